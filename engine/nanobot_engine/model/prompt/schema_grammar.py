"""From a JSON schema, as pydantic writes them, to GBNF.

Strict: a keyword that is not known here is refused, because to overlook one would admit
answers that the model refuses. Names of rules are built from the place in the schema.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nanobot_engine.model.errors import GrammarError
from nanobot_engine.model.prompt.integer_grammar import integer_grammar
from nanobot_engine.model.prompt.pattern_grammar import pattern_grammar

TEXT_CHARS_MAX: Final = 1_000
"""llama.cpp writes a repetition out, and refuses more than about twice as many."""
ITEMS_MAX: Final = 200

# As compact JSON is written: no escape where none is needed, so no half of a pair.
_CHAR_RULE: Final = r'char ::= [^"\\\x00-\x1F] | "\\" (["\\bfnrt] | "u00" [01] [0-9a-f])'
_ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "discriminator", "deprecated", "$defs"}
)
_LOWS: Final = (("minimum", 0), ("exclusiveMinimum", 1))
_HIGHS: Final = (("maximum", 0), ("exclusiveMaximum", 1))
_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "integer": frozenset(key for key, _ in _LOWS + _HIGHS),
    "boolean": frozenset(),
    "null": frozenset(),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}


def grammar_of_schema(schema: Mapping[str, Any]) -> str:
    """Return the grammar of the compact JSON that a schema admits.

    Args:
        schema: As `pydantic.TypeAdapter.json_schema` returns it.

    Raises:
        GrammarError: It admits what has no end, or what a grammar can not say.
    """
    return _Grammar(schema).written()


class _Grammar:
    """The rules found so far. One use."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._rules: dict[str, str] = {}
        self._rule_by_definition: dict[str, str] = {}
        self._open: list[str] = []
        """The definitions that are being written: one in itself has no end."""

    def written(self) -> str:
        """Return the whole grammar, `root` first."""
        root = self._value(self._schema, "root")
        rules = [f"{name} ::= {body}" for name, body in self._rules.items()]
        return "\n".join([f"root ::= {root}", *rules, _CHAR_RULE]) + "\n"

    def _value(self, schema: Mapping[str, Any], place: str) -> str:
        """Return what stands for a value; alternatives are in parentheses."""
        if "$ref" in schema:
            return self._referred(schema, place)
        if "const" in schema or "enum" in schema:
            _check_known(schema, place, {"type", "const", "enum"})
            values = schema["enum"] if "enum" in schema else [schema["const"]]
            return _one_of([_literal(_compact(value)) for value in values])
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                _check_known(schema, place, {keyword})
                options = enumerate(schema[keyword])
                return _one_of([self._value(one, f"{place}.{number}") for number, one in options])
        return self._of_kind(schema, place)

    def _of_kind(self, schema: Mapping[str, Any], place: str) -> str:
        kind = schema.get("type")
        if not isinstance(kind, str) or kind not in _KEYWORDS:
            what = "of any kind" if kind is None else f"of the kind {kind}"
            raise GrammarError(place, f"a value {what}; say a literal, text, integer or list")
        _check_known(schema, place, {"type", *_KEYWORDS[kind]})
        write = {
            "string": _text,
            "integer": _integer,
            "array": self._list,
            "object": self._object,
            "null": lambda *_: '"null"',
            "boolean": lambda *_: '("true" | "false")',
        }[kind]
        return write(schema, place)

    def _referred(self, schema: Mapping[str, Any], place: str) -> str:
        _check_known(schema, place, {"$ref"})
        name = schema["$ref"].removeprefix("#/$defs/")
        if name in self._open:
            raise GrammarError(place, f"{name} has itself in it, so it has no end")
        if name not in self._rule_by_definition:
            self._open.append(name)
            body = self._value(self._schema["$defs"][name], name)
            self._open.pop()
            self._rule_by_definition[name] = self._named(name, body)
        return self._rule_by_definition[name]

    def _list(self, schema: Mapping[str, Any], place: str) -> str:
        shortest, longest = schema.get("minItems", 0), schema.get("maxItems")
        if "prefixItems" in schema:
            parts = [
                self._value(one, f"{place}.{number}")
                for number, one in enumerate(schema["prefixItems"])
            ]
            if "items" in schema or not shortest == longest == len(parts):
                raise GrammarError(place, "a tuple with items that are not named")
            return " ".join(['"["', ' "," '.join(parts), '"]"'])
        if longest is None or longest > ITEMS_MAX:
            raise GrammarError(place, f"a list without max_length up to {ITEMS_MAX}")
        if "items" not in schema:
            raise GrammarError(place, "a list of anything")
        _check_order(place, shortest, longest)
        if longest == 0:
            return '"[]"'
        # Rules of their own, so that a repetition repeats one symbol.
        some = item = self._named(f"{place}-item", self._value(schema["items"], f"{place}.item"))
        if longest > 1:
            more = self._named(f"{place}-more", f'"," {item}')
            some = f"{item} {_repeated(more, max(0, shortest - 1), longest - 1)}"
        return f'"[" {some} "]"' if shortest else f'"[" ({some})? "]"'

    def _object(self, schema: Mapping[str, Any], place: str) -> str:
        if schema.get("additionalProperties", False) is not False:
            raise GrammarError(place, "a mapping with keys that are not named")
        required = set(schema.get("required", ()))
        fields = [
            # A field with one value says what the object is: a union is read by it.
            _Field(key, self._value(value, f"{place}.{key}"), key in required or "const" in value)
            for key, value in schema.get("properties", {}).items()
        ]
        return " ".join(part for part in ('"{"', _fields(fields, is_first=True), '"}"') if part)

    def _named(self, name: str, body: str) -> str:
        """Give an expression a rule of its own; return the rule's name."""
        rule = "r-" + re.sub("[^a-zA-Z0-9-]", "-", name)
        while self._rules.get(rule, body) != body:  # Another name may look the same.
            rule += "-x"
        self._rules[rule] = body
        return rule


@dataclass(frozen=True, slots=True)
class _Field:
    key: str
    value: str
    is_required: bool


def _fields(fields: Sequence[_Field], *, is_first: bool) -> str:
    """Return the rest of an object: a field that may be left out takes its comma along."""
    if not fields:
        return ""
    field, rest = fields[0], fields[1:]
    key = _literal(("" if is_first else ",") + _compact(field.key) + ":")
    after = _fields(rest, is_first=False)
    pair = f"{key} {field.value}"
    if field.is_required:
        return f"{pair} {after}".rstrip()
    if not is_first:
        return f"({pair})? {after}".rstrip()
    without = _fields(rest, is_first=True)
    present = f"{pair} {after}".rstrip()
    return f"({present} | {without})" if without else f"({present})?"


def _text(schema: Mapping[str, Any], place: str) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        if longest is not None or shortest:
            raise GrammarError(place, "a pattern and a length; say the length in the pattern")
        return f'"\\"" {pattern_grammar(schema["pattern"], place)} "\\""'
    if longest is None or longest > TEXT_CHARS_MAX:
        raise GrammarError(place, f"a text without max_length up to {TEXT_CHARS_MAX}")
    _check_order(place, shortest, longest)
    return f'"\\"" {_repeated("char", shortest, longest)} "\\""' if longest else '"\\"\\""'


def _integer(schema: Mapping[str, Any], place: str) -> str:
    lows = [schema[key] + more for key, more in _LOWS if key in schema]
    highs = [schema[key] - less for key, less in _HIGHS if key in schema]
    if not lows or not highs:
        raise GrammarError(place, "an integer without ge and le")
    _check_order(place, max(lows), min(highs))
    return f"({integer_grammar(max(lows), min(highs))})"


def _check_known(schema: Mapping[str, Any], place: str, known: set[str]) -> None:
    unknown = sorted(set(schema) - known - _ANNOTATIONS)
    if unknown:
        raise GrammarError(place, f"{', '.join(unknown)}: not known to the grammar")


def _check_order(place: str, least: int, most: int) -> None:
    if least > most:
        raise GrammarError(place, f"at least {least} and at most {most}: nothing is both")


def _one_of(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else f"({' | '.join(options)})"


def _repeated(symbol: str, least: int, most: int) -> str:
    return f"{symbol}{{{least},{most}}}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _literal(text: str) -> str:
    """Write a text as a terminal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
