"""Confine this process and run a command: `launcher.py FOLDER CPU_S BYTES COMMAND…`.

Run as a script, by an interpreter that knows nothing of nanobot. What the kernel
offers is used, and what it does not is left out:

    new network namespace     nothing can be reached but its own loopback
    new process namespace     all processes of the command die with this one
    Landlock                  only FOLDER can be written to
    resource limits           processor time, memory, size of a file

Prints nothing; leaves with the exit code of the command.
"""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

# Of `linux/landlock.h`: every right that changes something.
_WRITE_FILE = 1 << 1
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_SYS_CREATE_RULESET, _SYS_ADD_RULE, _SYS_RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_libc = ctypes.CDLL(None, use_errno=True)


def main(folder: str, cpu_s: int, memory_bytes_max: int, command: list[str]) -> int:
    """Confine, run, wait. Returns the exit code."""
    _leave_namespaces()
    child = os.fork()
    if child == 0:
        try:
            _die_with_parent()
            _bring_loopback_up()
            _limit(cpu_s, memory_bytes_max)
            _allow_writes_in(folder)
            os.execvp(command[0], command)  # noqa: S606 - the command is the point
        finally:
            os._exit(127)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) % 256


def _leave_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    own = 0 if uid == 0 else _CLONE_NEWUSER
    if _libc.unshare(own | _CLONE_NEWNET | _CLONE_NEWPID) != 0:
        return
    if own:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - no pathlib in a launcher
                file.write(text)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _bring_loopback_up() -> None:
    """Let tests talk to themselves."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    except OSError:
        pass


def _limit(cpu_s: int, memory_bytes_max: int) -> None:
    limits = (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes_max),
        (resource.RLIMIT_FSIZE, memory_bytes_max),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, value in limits:
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):
            continue


def _allow_writes_in(folder: str) -> None:
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = _libc.syscall(_SYS_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return
    handled = _CHANGES
    if version >= 2:
        handled |= _REFER
    if version >= 3:
        handled |= _TRUNCATE
    attributes = struct.pack("<Q", handled)
    ruleset = _libc.syscall(_SYS_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    devices = handled & (_WRITE_FILE | _TRUNCATE)
    for path, rights in ((folder, handled), ("/dev", devices), ("/dev/shm", handled)):  # noqa: S108 - shared memory of tests
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        rule = struct.pack("<Qi", rights, parent)
        _libc.syscall(_SYS_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
        os.close(parent)
    _libc.syscall(_SYS_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
