"""Confine this process and run a command: `launcher.py FOLDER CPU_S BYTES COMMAND…`.

Run as a script, by an interpreter that knows nothing of nanobot. What the kernel
offers is used, and what it does not is left out; with `--report=FD` first, it is said on
that file descriptor, a word per line:

    network     a new network namespace: nothing can be reached but its own loopback
    processes   a new process namespace: all processes of the command die with this one
    writes      Landlock: only FOLDER can be written to
    limits      of processor time, memory, size of a file

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


def main(
    folder: str, cpu_s: int, memory_bytes_max: int, command: list[str], *, report: int | None
) -> int:
    """Confine, run, wait. Returns the exit code."""
    if not _leave_namespaces():
        _say(report, "network", "processes")
    child = os.fork()
    if child == 0:
        try:
            _die_with_parent()
            _bring_loopback_up()
            if not _limit(cpu_s, memory_bytes_max):
                _say(report, "limits")
            if not _allow_writes_in(folder):
                _say(report, "writes")
            if report is not None:
                os.close(report)
            os.execvp(command[0], command)  # noqa: S606 - the command is the point
        finally:
            os._exit(127)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) % 256


def _say(report: int | None, *words: str) -> None:
    if report is not None:
        os.write(report, "".join(f"{word}\n" for word in words).encode())


def _leave_namespaces() -> bool:
    uid, gid = os.getuid(), os.getgid()
    own = 0 if uid == 0 else _CLONE_NEWUSER
    if _libc.unshare(own | _CLONE_NEWNET | _CLONE_NEWPID) != 0:
        return False
    if own:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - no pathlib in a launcher
                file.write(text)
    return True


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _bring_loopback_up() -> None:
    """Let tests talk to themselves."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    except OSError:
        pass


def _limit(cpu_s: int, memory_bytes_max: int) -> bool:
    limits = (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes_max),
        (resource.RLIMIT_FSIZE, memory_bytes_max),
        (resource.RLIMIT_CORE, 0),
    )
    is_complete = True
    for limit, value in limits:
        _, hard = resource.getrlimit(limit)
        # A limit that is lower already stays.
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            is_complete = False
    return is_complete


def _allow_writes_in(folder: str) -> bool:
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = _libc.syscall(_SYS_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    handled = _CHANGES
    if version >= 2:
        handled |= _REFER
    if version >= 3:
        handled |= _TRUNCATE
    attributes = struct.pack("<Q", handled)
    ruleset = _libc.syscall(_SYS_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    devices = handled & (_WRITE_FILE | _TRUNCATE)
    for path, rights in ((folder, handled), ("/dev", devices), ("/dev/shm", handled)):  # noqa: S108 - shared memory of tests
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        rule = struct.pack("<Qi", rights, parent)
        _libc.syscall(_SYS_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
        os.close(parent)
    is_restricted: bool = _libc.syscall(_SYS_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return is_restricted


if __name__ == "__main__":
    options = sys.argv[1:2] if sys.argv[1].startswith("--report=") else []
    first = 1 + len(options)
    sys.exit(
        main(
            sys.argv[first],
            int(sys.argv[first + 1]),
            int(sys.argv[first + 2]),
            sys.argv[first + 3 :],
            report=int(options[0].partition("=")[2]) if options else None,
        )
    )
