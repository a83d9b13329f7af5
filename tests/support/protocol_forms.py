"""Our own messages as four files describe them, read into one form.

An object is its keys, each with a type: `string`, `number`, `boolean` or the name of an
object, with `[]` behind it for a list, ` | null` for what may be null, and `?` before it
for what may be absent. Whether a number is an integer only some of the files say.
"""

import re
from dataclasses import dataclass
from types import ModuleType, NoneType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Objects = dict[str, dict[str, str]]

_ONE: Final = r'(?:"\w+"|\w+)(?:\[\])?'


@dataclass(frozen=True)
class Protocol:
    """What one file says."""

    version: int
    methods: dict[str, str]
    """The last word of a method, and the method."""
    objects: Objects


def of_python(module: ModuleType) -> Protocol:
    """Read `own_messages`."""
    constants = [value for name, value in vars(module).items() if name.isupper()]
    methods = [value for value in constants if isinstance(value, str)]
    objects = {
        name: {
            key: _of_annotation(kind)
            for key, kind in get_type_hints(value, include_extras=True).items()
        }
        for name, value in vars(module).items()
        if is_typeddict(value)
    }
    return Protocol(module.PROTOCOL_VERSION, _by_last_word(methods), objects)


def of_markdown(page: str) -> Protocol:
    """Read `docs/protocol.md`."""
    (version,) = re.findall(r"This page describes version (\d+)\.", page)
    methods = re.findall(r"^\| `(nanobot/\w+)` \|", page, re.MULTILINE)
    objects: Objects = {}
    for name, text in re.findall(r"^### `(\w+)`$(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL):
        objects[name] = {}
        for key, mark, kind in re.findall(r"^\| `(\w+)`(\??) \| `([^`]+)` \|", text, re.MULTILINE):
            plain = kind.replace("\\|", "|").replace("integer", "number")
            objects[name][key] = mark + plain
    return Protocol(int(version), _by_last_word(methods), objects)


def of_typescript(source: str) -> Protocol:
    """Read `protocol.ts`, in the form that the page describes.

    Raises:
        ValueError: A line of an object or of the methods has another form.
    """
    (version,) = re.findall(r"^export const PROTOCOL_VERSION = (\d+);$", source, re.MULTILINE)
    (listed,) = re.findall(
        r"^export const METHODS = \{\n(.*?)^\} as const;$", source, re.MULTILINE | re.DOTALL
    )
    methods = _methods(_lines(listed, "//"), r'(\w+): "(nanobot/\w+)",?')
    objects: Objects = {}
    pattern = r"^export interface (\w+) \{\n(.*?)^\}$"
    for name, text in re.findall(pattern, source, re.MULTILINE | re.DOTALL):
        objects[name] = {}
        for line in _lines(text, "//"):
            key, mark, kind = _matched(line, rf"(?:readonly )?(\w+)(\??): ({_ONE}(?: \| {_ONE})*);")
            objects[name][key] = mark + _of_typescript(kind)
    return Protocol(int(version), methods, objects)


def of_lua(source: str) -> Protocol:
    """Read `protocol.lua`, in the form that the page describes.

    Raises:
        ValueError: A line of an object or of the methods has another form.
    """
    (version,) = re.findall(r"^M\.version = (\d+)$", source, re.MULTILINE)
    (listed,) = re.findall(r"^M\.methods = \{\n(.*?)^\}$", source, re.MULTILINE | re.DOTALL)
    methods = _methods(_lines(listed, "--"), r"""(\w+) = ["'](nanobot/\w+)["'],?""")
    objects: Objects = {}
    for name, text in re.findall(
        r"^---@class nanobot\.(\w+)\b.*\n((?:---.*\n)*?)(?!---(?!@class))", source, re.MULTILINE
    ):
        objects[name] = {}
        for line in text.splitlines():
            if line.startswith("---@field"):
                key, mark, kind = _matched(line, r"---@field (\w+)(\??) (\S+)(?: .*)?")
                objects[name][key] = mark + _of_lua(kind)
    return Protocol(int(version), methods, objects)


def _by_last_word(methods: list[str]) -> dict[str, str]:
    return {method.rpartition("/")[2]: method for method in methods}


def _of_annotation(kind: Any) -> str:
    """Return the type of a key of a TypedDict."""
    if get_origin(kind) is NotRequired:
        return "?" + _of_annotation(get_args(kind)[0])
    members = get_args(kind)
    if get_origin(kind) is list:
        return _of_annotation(members[0]) + "[]"
    if get_origin(kind) is Literal:
        return "string"
    if NoneType in members:
        (other,) = (member for member in members if member is not NoneType)
        return _of_annotation(other) + " | null"
    names = {str: "string", int: "number", float: "number", bool: "boolean"}
    return names.get(kind) or str(kind.__name__)


def _of_typescript(kind: str) -> str:
    members = [member.strip() for member in kind.split("|")]
    plain = ["string" if re.fullmatch(r'"\w+"', member) else member for member in members]
    return " | ".join(dict.fromkeys(plain))


def _of_lua(kind: str) -> str:
    members = kind.removesuffix("?").replace("nanobot.", "").split("|")
    names = {"integer": "number", "vim.NIL": "null", "nil": "null"}
    plain = []
    for member in members:
        stem = member.removesuffix("[]")
        plain.append(names.get(stem, stem) + member[len(stem) :])
    if kind.endswith("?"):
        plain.append("null")
    return " | ".join(dict.fromkeys(plain))


def _lines(text: str, comment: str) -> list[str]:
    """Return the lines that are more than a comment, without it."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    stripped = (line.partition(f" {comment}")[0].strip() for line in bare.splitlines())
    return [line for line in stripped if line and not line.startswith(comment)]


def _methods(lines: list[str], pattern: str) -> dict[str, str]:
    found = (_matched(line, pattern) for line in lines)
    return {groups[0]: groups[1] for groups in found}


def _matched(line: str, pattern: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, line)
    if found is None:
        message = f"{line!r}: not in the form that docs/protocol.md describes"
        raise ValueError(message)
    return found.groups()
