"""Which calls can fail for reasons outside of the program, and with what.

A table and nothing else: what a call of the standard library (and of the two usual HTTP
clients) raises when a file, a network, another program or a text is not as hoped. What
only a mistake in the program raises (KeyError, TypeError, AttributeError) is not in it.

Words are for a message that begins with "Failed to"; `{0}` is the first argument, `{self}`
what a method is called on. After the bar stands what is said where an argument can not
be shown.

Source: the library reference of Python 3.11, what each function says it raises.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """What a failure is about. Stored by value: never rename one."""

    FILE = "file"
    PARSE = "parse"
    NETWORK = "network"
    PROCESS = "process"
    DATABASE = "database"
    IMPORT = "import"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Failure:
    """How one call fails."""

    family: Family
    errors: tuple[str, ...]
    """Builtin names, or a name of the module that the function is of: `.Error`."""
    words: str
    plain: str
    is_certain: bool = True
    """Whether handling is due wherever it is missing; otherwise somebody judges the place."""


def _of(family: Family, errors: str, words: str, *, is_certain: bool = True) -> Failure:
    filled, _, plain = words.partition("|")
    return Failure(family, tuple(errors.split()), filled, plain or filled, is_certain)


_OS: Final = "OSError"
_FILE: Final = {
    "os.remove": "remove {0}|remove a file",
    "os.unlink": "remove {0}|remove a file",
    "os.rename": "rename {0} to {1}|rename a file",
    "os.replace": "move {0} to {1}|move a file",
    "os.renames": "rename {0} to {1}|rename a file",
    "os.mkdir": "create directory {0}|create a directory",
    "os.makedirs": "create directory {0}|create a directory",
    "os.rmdir": "remove directory {0}|remove a directory",
    "os.removedirs": "remove directory {0}|remove a directory",
    "os.listdir": "list {0}|list a directory",
    "os.scandir": "list {0}|list a directory",
    "os.stat": "get the status of {0}|get the status of a file",
    "os.lstat": "get the status of {0}|get the status of a file",
    "os.path.getsize": "get the size of {0}|get the size of a file",
    "os.path.getmtime": "get the modification time of {0}|get a modification time",
    "os.path.getctime": "get the creation time of {0}|get a creation time",
    "os.path.getatime": "get the access time of {0}|get an access time",
    "os.chmod": "change the mode of {0}|change the mode of a file",
    "os.chown": "change the owner of {0}|change the owner of a file",
    "os.utime": "set the times of {0}|set the times of a file",
    "os.symlink": "link {1} to {0}|create a link",
    "os.link": "link {1} to {0}|create a link",
    "os.readlink": "read the link {0}|read a link",
    "os.truncate": "truncate {0}|truncate a file",
    "os.open": "open {0}|open a file",
    "os.fdopen": "open a file descriptor",
    "os.chdir": "change to directory {0}|change the directory",
    "os.mkfifo": "create {0}|create a pipe",
    "shutil.copy": "copy {0} to {1}|copy a file",
    "shutil.copy2": "copy {0} to {1}|copy a file",
    "shutil.copyfile": "copy {0} to {1}|copy a file",
    "shutil.copytree": "copy {0} to {1}|copy a directory",
    "shutil.copymode": "copy the mode of {0} to {1}|copy the mode of a file",
    "shutil.copystat": "copy the status of {0} to {1}|copy the status of a file",
    "shutil.move": "move {0} to {1}|move a file",
    "shutil.rmtree": "remove directory {0}|remove a directory",
    "shutil.disk_usage": "get the disk usage of {0}|get the disk usage",
    "shutil.make_archive": "create archive {0}|create an archive",
    "shutil.unpack_archive": "unpack {0}|unpack an archive",
    "tempfile.mkstemp": "create a temporary file",
    "tempfile.mkdtemp": "create a temporary directory",
    "tempfile.NamedTemporaryFile": "create a temporary file",
    "tempfile.TemporaryFile": "create a temporary file",
    "tempfile.TemporaryDirectory": "create a temporary directory",
    "gzip.open": "open {0}|open a compressed file",
    "bz2.open": "open {0}|open a compressed file",
    "lzma.open": "open {0}|open a compressed file",
    "mmap.mmap": "map a file",
}
_OTHERS: Final = {
    "zipfile.ZipFile": (Family.FILE, "OSError .BadZipFile", "open archive {0}|open an archive"),
    "tarfile.open": (Family.FILE, "OSError .TarError", "open archive {0}|open an archive"),
    "json.load": (Family.PARSE, "ValueError", "parse {0} as JSON|parse JSON"),
    "json.loads": (Family.PARSE, "ValueError", "parse {0} as JSON|parse JSON"),
    "tomllib.load": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "tomllib.loads": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "tomli.load": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "tomli.loads": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "toml.load": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "toml.loads": (Family.PARSE, "ValueError", "parse {0} as TOML|parse TOML"),
    "yaml.load": (Family.PARSE, ".YAMLError", "parse {0} as YAML|parse YAML"),
    "yaml.safe_load": (Family.PARSE, ".YAMLError", "parse {0} as YAML|parse YAML"),
    "yaml.load_all": (Family.PARSE, ".YAMLError", "parse {0} as YAML|parse YAML"),
    "yaml.safe_load_all": (Family.PARSE, ".YAMLError", "parse {0} as YAML|parse YAML"),
    "xml.etree.ElementTree.parse": (
        Family.PARSE, "OSError .ParseError", "parse {0} as XML|parse XML",
    ),
    "xml.etree.ElementTree.fromstring": (
        Family.PARSE, ".ParseError", "parse {0} as XML|parse XML",
    ),
    "subprocess.run": (Family.PROCESS, "OSError .SubprocessError", "run {0}|run a command"),
    "subprocess.call": (Family.PROCESS, "OSError .SubprocessError", "run {0}|run a command"),
    "subprocess.check_call": (Family.PROCESS, "OSError .SubprocessError", "run {0}|run a command"),
    "subprocess.check_output": (
        Family.PROCESS, "OSError .SubprocessError", "run {0}|run a command",
    ),
    "subprocess.Popen": (Family.PROCESS, "OSError", "start {0}|start a command"),
    "asyncio.create_subprocess_exec": (Family.PROCESS, "OSError", "start {0}|start a command"),
    "asyncio.create_subprocess_shell": (Family.PROCESS, "OSError", "start a command"),
    "socket.create_connection": (Family.NETWORK, "OSError", "connect to {0}|connect"),
    "socket.create_server": (Family.NETWORK, "OSError", "listen on {0}|listen"),
    "socket.getaddrinfo": (Family.NETWORK, "OSError", "resolve {0}|resolve a host"),
    "socket.gethostbyname": (Family.NETWORK, "OSError", "resolve {0}|resolve a host"),
    "socket.gethostbyaddr": (Family.NETWORK, "OSError", "resolve {0}|resolve an address"),
    "asyncio.open_connection": (Family.NETWORK, "OSError", "connect to {0}|connect"),
    "asyncio.start_server": (Family.NETWORK, "OSError", "start a server"),
    "urllib.request.urlopen": (Family.NETWORK, "OSError", "fetch {0}|fetch a URL"),
    "urllib.request.urlretrieve": (Family.NETWORK, "OSError", "fetch {0}|fetch a URL"),
    "sqlite3.connect": (Family.DATABASE, ".Error", "open database {0}|open a database"),
}  # fmt: skip
_JUDGED: Final = {
    "importlib.import_module": (Family.IMPORT, "ImportError", "import {0}|import a module"),
    "int": (Family.NUMBER, "ValueError", "read {0} as a number|read a number"),
    "float": (Family.NUMBER, "ValueError", "read {0} as a number|read a number"),
    "uuid.UUID": (Family.NUMBER, "ValueError", "read {0} as a UUID|read a UUID"),
    "ipaddress.ip_address": (Family.NUMBER, "ValueError", "read {0} as an address|read an address"),
    "ipaddress.ip_network": (Family.NUMBER, "ValueError", "read {0} as a network|read a network"),
    "datetime.datetime.strptime": (Family.NUMBER, "ValueError", "read {0} as a time|read a time"),
    "datetime.datetime.fromisoformat": (
        Family.NUMBER, "ValueError", "read {0} as a time|read a time",
    ),
    "datetime.date.fromisoformat": (Family.NUMBER, "ValueError", "read {0} as a date|read a date"),
    "base64.b64decode": (Family.PARSE, "ValueError", "decode {0}|decode base64"),
    "ast.literal_eval": (Family.PARSE, "ValueError SyntaxError", "evaluate {0}|evaluate a literal"),
}  # fmt: skip
_HTTP: Final = {
    "requests": ".RequestException",
    "httpx": ".HTTPError",
}
_HTTP_VERBS: Final = {
    "get": "fetch {0}|fetch a URL",
    "head": "fetch {0}|fetch a URL",
    "post": "send a request to {0}|send a request",
    "put": "send a request to {0}|send a request",
    "patch": "send a request to {0}|send a request",
    "delete": "send a request to {0}|send a request",
    "request": "send a request to {1}|send a request",
}

FAILURE_BY_FUNCTION: Final[dict[str, Failure]] = {
    **{name: _of(Family.FILE, _OS, words) for name, words in _FILE.items()},
    **{name: _of(*entry) for name, entry in _OTHERS.items()},
    **{name: _of(*entry, is_certain=False) for name, entry in _JUDGED.items()},
    **{
        f"{module}.{verb}": _of(Family.NETWORK, error, words)
        for module, error in _HTTP.items()
        for verb, words in _HTTP_VERBS.items()
    },
}
"""By the dotted name of the function."""

OPENING: Final = frozenset({"open", "io.open", "codecs.open"})
"""Functions that open a file in the mode of their second argument."""

OPEN_TO_READ: Final = _of(Family.FILE, _OS, "read {0}|read a file")
OPEN_TO_WRITE: Final = _of(Family.FILE, _OS, "write {0}|write a file")
OPEN_SOMEHOW: Final = _of(Family.FILE, _OS, "open {0}|open a file")

FAILURE_BY_PATH_METHOD: Final[dict[str, Failure]] = {
    name: _of(Family.FILE, _OS, words)
    for name, words in {
        "read_text": "read {self}|read a file",
        "read_bytes": "read {self}|read a file",
        "write_text": "write {self}|write a file",
        "write_bytes": "write {self}|write a file",
        "mkdir": "create directory {self}|create a directory",
        "rmdir": "remove directory {self}|remove a directory",
        "unlink": "remove {self}|remove a file",
        "touch": "create {self}|create a file",
        "iterdir": "list {self}|list a directory",
        "symlink_to": "create link {self}|create a link",
        "hardlink_to": "create link {self}|create a link",
        "chmod": "change the mode of {self}|change the mode of a file",
    }.items()
}
"""Methods of a `pathlib.Path`."""

READS_AND_WRITES: Final = frozenset({"read_text", "read_bytes", "write_text", "write_bytes"})
"""Methods that only paths have, whatever the program calls them."""

_ALL_ERRORS: Final = frozenset({"Exception", "BaseException"})
_RELATED: Final = (
    frozenset(
        {
            "OSError", "IOError", "EnvironmentError", "FileNotFoundError", "FileExistsError",
            "PermissionError", "NotADirectoryError", "IsADirectoryError", "ConnectionError",
            "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError",
            "BrokenPipeError", "TimeoutError", "InterruptedError", "BlockingIOError",
            "ProcessLookupError", "ChildProcessError", "error", "gaierror", "herror", "timeout",
            "URLError", "HTTPError", "RequestException", "Error", "SubprocessError",
            "CalledProcessError", "TimeoutExpired", "BadZipFile", "TarError", "ReadError",
        }
    ),
    frozenset(
        {
            "ValueError", "JSONDecodeError", "UnicodeError", "UnicodeDecodeError",
            "UnicodeEncodeError", "TOMLDecodeError", "TomlDecodeError", "SyntaxError", "Error",
            "YAMLError", "ParseError",
        }
    ),
    frozenset({"ImportError", "ModuleNotFoundError"}),
)  # fmt: skip
_UNRELATED: Final = frozenset(
    {
        "AttributeError", "KeyError", "IndexError", "LookupError", "TypeError", "NameError",
        "StopIteration", "StopAsyncIteration", "AssertionError", "ArithmeticError",
        "ZeroDivisionError", "OverflowError", "FloatingPointError", "NotImplementedError",
        "KeyboardInterrupt", "SystemExit", "GeneratorExit", "RuntimeError", "RecursionError",
        "MemoryError", "ReferenceError", "EOFError", "UnboundLocalError",
    }
)  # fmt: skip


def may_handle(caught: str | None, error: str) -> bool:
    """Tell whether somebody who catches one exception already cares about another.

    Args:
        caught: The last part of a name after `except`; None for a bare one, "" for what is
            no name.
        error: The last part of the name of what is raised.

    Returns:
        True as well for an exception that is not known: it may be a base of the other.
    """
    if caught is None or caught in _ALL_ERRORS or caught == error:
        return True
    if caught in _UNRELATED:
        return False
    groups = [group for group in _RELATED if caught in group]
    return not groups or any(error in group for group in groups)
