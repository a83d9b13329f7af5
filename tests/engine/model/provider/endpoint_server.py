"""llama.cpp's own HTTP server on a loopback port: `endpoint_server.py MODEL KEY`.

Run as an OS process of its own; it prints its address, and ends with its stdin.
"""

import os
import sys

import xllamacpp


def main() -> None:
    """Serve a model until stdin ends."""
    address = os.dup(1)
    os.dup2(2, 1)  # Native code may print.
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.n_parallel = 4
    params.n_ctx = 4 * 512
    params.kv_unified = False
    params.fit_params = False
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = 2
        cpu.poll = 0
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [sys.argv[2]]
    params.ui = False
    server = xllamacpp.Server(params)
    os.write(address, server.listening_address.encode() + b"\n")
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
