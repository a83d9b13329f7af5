"""What the template inside a model file renders, and its tokens: `python -m … < JSON`.

llama.cpp interprets the template in this process of its own. Reads `model`, `socket` and
`talks` from stdin, each with its `messages` and with `segments` of ours; writes, per talk,
the text of the template, its tokens, and those of the segments to the descriptor named by
its argument.
"""

import http.client
import json
import os
import socket
import sys
from typing import Any

import xllamacpp


def main() -> None:
    asked = json.load(sys.stdin)
    params = xllamacpp.CommonParams()
    params.model.path = asked["model"]
    params.n_ctx = 256
    params.warmup = False
    params.ui = False
    params.use_jinja = True
    params.verbosity = 0
    params.hostnames = [asked["socket"]]
    server = xllamacpp.Server(params)
    answers = []
    for talk in asked["talks"]:
        body = {"messages": talk["messages"]}
        text = _post(asked["socket"], "/apply-template", body)["prompt"]
        tokens = _tokens(asked["socket"], text, is_special=True)
        ours = [
            token
            for segment in talk["segments"]
            for token in _tokens(asked["socket"], segment["text"], is_special=segment["special"])
        ]
        answers.append({"text": text, "tokens": tokens, "ours": ours})
    with os.fdopen(int(sys.argv[1]), "w") as reply:
        json.dump(answers, reply)
    del server


def _tokens(path: str, text: str, *, is_special: bool) -> list[int]:
    body = {"content": text, "add_special": False, "parse_special": is_special}
    tokens: list[int] = _post(path, "/tokenize", body)["tokens"]
    return tokens


def _post(path: str, url: str, body: dict[str, Any]) -> Any:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(path)
        connection.request("POST", url, json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


if __name__ == "__main__":
    main()
