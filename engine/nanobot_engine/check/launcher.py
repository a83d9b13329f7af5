"""Confine this process and run a command: `launcher.py FOLDER CPU_S BYTES COMMAND…`.

Run as a script, by an interpreter that knows nothing of nanobot. What the kernel
offers is used, and what it does not is left out; with `--report=FD`, it is said on
that file descriptor, a word per line:

    network     a new network namespace: nothing can be reached but its own loopback
    processes   a new process namespace: all processes of the command die with this one
    writes      Landlock: only FOLDER and shared memory can be written to
    limits      of processor time, memory, size of a file, and of the number of processes

With `--until=FD`, a pipe, the command is killed when nobody holds the other end any more.
With `--tasks=N` it may have so many processes and threads at once. The kernel's own limit
(RLIMIT_NPROC) counts all of a user's, and none of root's; since Linux 5.14 it counts those
of one user namespace, so it is set where the command has one of its own. In any case the
tree below this process is counted again and again, and killed when it is too large. That
is said as `crowd`.

Prints nothing; leaves with the exit code of the command.
"""

import ctypes
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import sys
from contextlib import suppress

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1 << 1, 1 << 2, 1 << 3
_MS_REC, _MS_PRIVATE = 1 << 14, 1 << 18
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


_POLL_MS = 50
_TASKS_MORE = 64
_KILL_ROUNDS_MAX = 200


def main(
    folder: str,
    cpu_s: int,
    memory_bytes_max: int,
    command: list[str],
    *,
    report: int | None = None,
    until: int | None = None,
    tasks: int | None = None,
) -> int:
    """Confine, run, wait. Returns the exit code."""
    uid = os.getuid()
    has_namespaces = _leave_namespaces()
    if not has_namespaces:
        _say(report, "network", "processes")
    # What leaves the tree below the command becomes a child of this process.
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if tasks is not None and _count(os.getpid()) is None:
        _say(report, "limits")
    child = os.fork()
    if child == 0:
        try:
            _confine(folder, cpu_s, memory_bytes_max, report, has_namespaces=has_namespaces)
            if tasks is not None and has_namespaces and uid != 0 and _counts_by_namespace():
                # Somewhat more, so that a crowd is seen and killed, and not only refused.
                _set_limit(resource.RLIMIT_NPROC, tasks + _TASKS_MORE)
            for descriptor in (report, until):
                if descriptor is not None:
                    os.close(descriptor)
            if has_namespaces:
                _fork_from_first()
            os.execvp(command[0], command)  # noqa: S606 - the command is the point
        finally:
            os._exit(127)
    return _watched(child, report=report, until=until, tasks=tasks)


def _confine(
    folder: str, cpu_s: int, memory_bytes_max: int, report: int | None, *, has_namespaces: bool
) -> None:
    _die_with_parent()
    _bring_loopback_up()
    if has_namespaces:
        _mount_own()
    if not _limit(cpu_s, memory_bytes_max):
        _say(report, "limits")
    if not _allow_writes_in(folder):
        _say(report, "writes")


def _fork_from_first() -> None:
    """Return in a new process, and stay as the first one of the namespace until that ends.

    The first process has to wait for all that lose their parent, and signals without a
    handler do not reach it; a command expects neither.
    """
    command = os.fork()
    if command == 0:
        return
    pid = status = 0
    while pid != command:
        pid, status = os.waitpid(-1, 0)
    os._exit(os.waitstatus_to_exitcode(status) % 256)


def _watched(child: int, *, report: int | None, until: int | None, tasks: int | None) -> int:
    """Wait for a child, and kill everything where it may not go on."""
    poller = select.poll()
    if until is not None:
        poller.register(until, 0)
    # An old kernel has none: it is looked for in intervals.
    with suppress(OSError):
        poller.register(os.pidfd_open(child), select.POLLIN)
    while True:
        is_alone = any(descriptor == until for descriptor, _ in poller.poll(_POLL_MS))
        status = _reaped(child)
        if status is not None:
            _kill_all()
            return os.waitstatus_to_exitcode(status) % 256
        # This process and the first of the namespace are none of the command's.
        is_crowd = tasks is not None and (_count(os.getpid()) or 0) > tasks + 2
        if is_crowd:
            _say(report, "crowd")
        if is_crowd or is_alone:
            # Where it has a process namespace, everything dies with its first process.
            os.kill(child, signal.SIGKILL)
            _kill_all()
            return 128 + signal.SIGKILL


def _reaped(child: int) -> int | None:
    """Reap what ended; return the status of a child when it did."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid in (0, child):
            return status if pid == child else None


def _kill_all() -> None:
    """Kill all below this process. They are stopped first, so that none starts another."""
    stopped: set[int] = set()
    for _ in range(_KILL_ROUNDS_MAX):
        found = _below(os.getpid())
        if not found:
            return
        signal_number = signal.SIGSTOP if found - stopped else signal.SIGKILL
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        stopped |= found
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _below(top: int) -> set[int]:
    """Return all processes below one."""
    found: set[int] = set()
    waiting = [top]
    while waiting:
        pid = waiting.pop()
        for child in _children(pid)[0]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _count(top: int) -> int | None:
    """Return how many processes and threads there are below one, itself included.

    None where the kernel does not say.
    """
    own = _children(top)[1]
    return own + sum(_children(pid)[1] for pid in _below(top)) if own else None


def _children(pid: int) -> tuple[list[int], int]:
    """Return the children of a process, and the number of its threads.

    Nothing of one that is gone.
    """
    children: list[int] = []
    tasks = 0
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - no pathlib in a launcher
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:  # noqa: PTH123 - no pathlib in a launcher
                children += map(int, file.read().split())
            tasks += 1
    return children, tasks


def _counts_by_namespace() -> bool:
    """Tell whether RLIMIT_NPROC counts the processes of one user namespace."""
    numbers = os.uname().release.split(".")[:2]
    return all(one.isdecimal() for one in numbers) and tuple(map(int, numbers)) >= (5, 14)


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
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def _mount_own() -> None:
    """Show only what is in the namespaces: a `/proc` without others, an empty `/dev/shm`.

    Where a container forbids it they stay as they are; nothing that confines depends on it.
    """
    if _libc.unshare(_CLONE_NEWNS) != 0:
        return
    # Or the mounts would be seen outside.
    if _libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) != 0:
        return
    flags = _MS_NOSUID | _MS_NODEV
    _libc.mount(b"proc", b"/proc", b"proc", flags | _MS_NOEXEC, None)
    if os.path.isdir("/dev/shm"):  # noqa: S108, PTH112 - shared memory of tests; no pathlib in a launcher
        _libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", flags, b"size=1g")


def _limit(cpu_s: int, memory_bytes_max: int) -> bool:
    limits = (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes_max),
        (resource.RLIMIT_FSIZE, memory_bytes_max),
        (resource.RLIMIT_CORE, 0),
    )
    # Each of them, whatever became of the others.
    done = [_set_limit(limit, value) for limit, value in limits]
    return all(done)


def _set_limit(limit: int, value: int) -> bool:
    _, hard = resource.getrlimit(limit)
    # A limit that is lower already stays.
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(limit, (most, most))
    except (OSError, ValueError):
        return False
    return True


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
    options: dict[str, int] = {}
    rest = sys.argv[1:]
    while rest[0].startswith("--"):
        option, _, number = rest.pop(0)[2:].partition("=")
        options[option] = int(number)
    sys.exit(
        main(
            rest[0],
            int(rest[1]),
            int(rest[2]),
            rest[3:],
            report=options.get("report"),
            until=options.get("until"),
            tasks=options.get("tasks"),
        )
    )
