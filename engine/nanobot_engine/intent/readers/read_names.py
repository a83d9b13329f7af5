"""Readers of what gives a new name or place: rename, move, move module."""

import builtins
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from nanobot_engine.intent.names.module_place import new_module_path, new_place_of
from nanobot_engine.intent.names.resolution import TOP_LEVEL, Match, matches
from nanobot_engine.intent.names.symbol_table import CLASS, PARAMETER, Entry
from nanobot_engine.intent.plan import Argument, Sureness, listed
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import (
    KIND_WORDS,
    MODULE,
    NAME_ENDS,
    NOISE,
    Mention,
    mention_of,
)
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import EXACT, in_style_of

_RENAME_VERBS: Final = {
    "rename": 0.6, "call": 0.45, "change": 0.4, "use": 0.4, "replace": 0.35, "": 0.3,
}  # fmt: skip
_KINDS_OF_CODE: Final = frozenset(
    {"a", "an", "use", "using", "dataclass", "class", "function", "method", "staticmethod", "async"}
    | {"classmethod", "property", "protocol", "enum", "namedtuple", "generator", "coroutine"}
)
_CONVERSIONS: Final = frozenset({"turn", "convert", "transform", "make"})
_FOREIGN: Final = frozenset(sys.stdlib_module_names) | frozenset(dir(builtins))
_MOVE_VERBS: Final = {"move": 0.6, "extract": 0.3, "split": 0.2, "": 0.25, "replace": 0.1}


Pair: TypeAlias = tuple[Sequence[Token], Sequence[Token]]
"""The tokens of an old and of a new name."""


def read_rename(clause: Clause, context: Context) -> Reading | None:
    """Read "rename x to y", "y instead of x", "x should be called y" and the like."""
    weight = _RENAME_VERBS.get(clause.verb)
    if clause.has("give") and clause.has("name"):
        weight = _RENAME_VERBS["change"]
    pair = _named_pair(clause)
    if weight is None or pair is None:
        return None
    old_tokens, new_tokens = pair
    if any(one.raw[:1] == "`" and set("$([{=") & set(one.text) for one in old_tokens):
        # Code that is replaced is no name.
        return None
    old = mention_of(old_tokens, clause.chunk(c.FROM))
    if old is None and not old_tokens and context.previous is not None:
        old = Mention("", is_code=False, is_pronoun=True)
    if old is None or not _may_be_symbol(old):
        return None
    old = _with_owner(old, context, is_followed=clause.is_verb_inherited)
    code = next((one.text for one in new_tokens if one.kind is TokenKind.NAME), "")
    old = replace(old, new_name=code)
    reading = Reading("rename", weight)
    resolved = context.symbol(old, None, "symbol")
    swapped = _other_way_round(resolved, old, new_tokens, context)
    if swapped is not None:
        resolved, new_tokens, weight = swapped[0], old_tokens, weight - 0.1
    if resolved is None:
        reading.score -= 0.4
        reading.missing = f"{old.text!r}: there is no such name"
        return reading
    argument, match = resolved
    if swapped is not None:
        evidence = f"only {match.entry.name} is there, so it is the old name"
        argument = replace(argument, evidence=evidence, sureness=Sureness.OPEN)
    new = _new_name(new_tokens, match.entry.name)
    if new is None:
        reading.missing = "the new name"
        reading.score -= 0.4
        return reading
    reading.score = weight + 0.5 * match.score - _doubt(clause, old, match, new_tokens)
    reading.arguments = [argument, new]
    reading.summary = f"rename {match.label} to {new.value}"
    outer = match.entry.qualified_name.rpartition(".")[0]
    qualified = f"{outer}.{new.value}" if outer else new.value
    reading.after = context.table.with_symbol(match.entry.key, match.entry.path, qualified)
    reading.subject = replace(match.entry, qualified_name=qualified)
    return reading


def _named_pair(clause: Clause) -> Pair | None:
    """Return the tokens of old and new name of what is no place and no file."""
    pair = None if clause.chunk(c.PLACE) else _old_and_new(clause)
    if pair is None:
        return None
    old, new = _with_place_first(*_without_remark(*pair))
    return None if any(one.kind is TokenKind.PATH for one in new) else (old, new)


def _may_be_symbol(old: Mention) -> bool:
    is_module = old.is_path or MODULE in old.kinds
    is_name = not old.is_code or old.text.replace(".", "_").isidentifier()
    return is_name and not is_module


def _doubt(clause: Clause, old: Mention, match: Match, new: Sequence[Token]) -> float:
    """Return what speaks against a rename: "turn it into a dataclass", "port it to Rust"."""
    words = {token.word for token in clause.tokens}
    first = next((token for token in new if token.kind is not TokenKind.PUNCTUATION), None)
    is_about_kind = first is not None and first.word in _KINDS_OF_CODE
    is_code = any(token.is_code for token in new)
    is_conversion = bool(_CONVERSIONS & words) and (not is_code or is_about_kind)
    is_foreign = match.fit.score < EXACT and old.text.partition(".")[0] in _FOREIGN
    is_place = any(MODULE in KIND_WORDS.get(token.word, ()) for token in new) and is_code
    return 0.5 * (
        is_place or is_conversion or is_about_kind or is_foreign or _has_unknown_verb(clause)
    )


def _has_unknown_verb(clause: Clause) -> bool:
    """Tell whether words stand before a name that are no description of it."""
    if clause.verb or clause.chunk(c.INSTEAD, c.IS):
        return False
    head = clause.chunk("")
    end = next((i for i, one in enumerate(head) if one.word in {"of", "in", "on"}), len(head))
    codes = [i for i, one in enumerate(head[:end]) if one.is_code and not one.is_owner]
    place = codes[0] if codes else 0
    return any(_may_be_name(one) and not one.is_code for one in head[:place])


def _old_and_new(clause: Clause) -> Pair | None:
    """Return the tokens of the old and of the new name."""
    head = clause.chunk("")
    new = clause.chunk(c.TO, c.IS, c.NAMED)
    if joined := _old_with_to(clause):
        return joined
    if instead := clause.chunk(c.INSTEAD):
        return instead, head or new
    if new and (taken := clause.chunk(c.TAKES)):
        # "f has a parameter x, that should be y"
        of = Token(TokenKind.WORD, "of", "of")
        return (*taken, of, *head), new
    if new:
        return head, new
    return _old_by_verb(clause, head)


def _old_by_verb(clause: Clause, head: Sequence[Token]) -> Pair | None:
    """Read "use y for x", "replace x by y" and "call x y"."""
    if clause.verb == "use" and (old := clause.chunk(c.FOR)):
        return old, head
    if clause.verb == "replace" and (new := clause.chunk(c.WITH)):
        return head, new
    return _in_a_row(head) if clause.verb in {"call", "rename"} else None


def _old_with_to(clause: Clause) -> Pair | None:
    """Read "bytes to int -> x" and "x instead of bytes to int": a "to" is of the old name."""
    chunks = [one for one in clause.chunks if one.role != c.FROM]
    if len(chunks) != 3 or not all(one.tokens for one in chunks):
        return None
    first, second, third = chunks
    if second.role == c.TO and third.role in {c.TO, c.IS}:
        one, other, new = first, second, third.tokens
    elif second.role == c.INSTEAD and third.role == c.TO:
        one, other, new = second, third, first.tokens
    else:
        return None
    is_phrase = not any(token.is_code for token in (*one.tokens, *other.tokens))
    return ((*one.tokens, *other.marker, *other.tokens), new) if is_phrase else None


def _in_a_row(head: Sequence[Token]) -> Pair | None:
    """Read "call x y"."""
    names = [token for token in head if _may_be_name(token)]
    if len(names) < 2:
        return None
    cut = list(head).index(names[-1])
    return head[:cut], head[cut:]


def _without_remark(
    old: Sequence[Token], new: Sequence[Token]
) -> tuple[Sequence[Token], Sequence[Token]]:
    """Put what follows the new name in brackets before the old one, which it is about."""
    opens = next((i for i, one in enumerate(new) if one.text == "("), None)
    if not opens:
        return old, new
    remark = [one for one in new[opens:] if one.text not in {"(", ")"}]
    if any(one.kind is TokenKind.PATH for one in remark) and any(map(_may_be_name, old)):
        # "load -> read (io.py)" says where `load` is.
        return (*old, Token(TokenKind.WORD, "in", "in"), *remark), new[:opens]
    return (*remark, *old), new[:opens]


def _with_place_first(old: Sequence[Token], new: Sequence[Token]) -> Pair:
    """Put what says where after the old name: "x -> y in load"."""
    cut = next((i for i, one in enumerate(new) if i and one.word in {"in", "of", "on"}), None)
    return (old, new) if cut is None else ((*old, *new[cut:]), new[:cut])


def _may_be_name(token: Token) -> bool:
    is_punctuation = token.kind is TokenKind.PUNCTUATION
    return not is_punctuation and token.word not in NOISE and token.word not in KIND_WORDS


def _with_owner(old: Mention, context: Context, *, is_followed: bool) -> Mention:
    """Add what the part before was about: "rename f to g and its parameter x to y"."""
    previous = context.previous
    if not isinstance(previous, Entry) or old.is_pronoun or old.hints:
        return old
    if PARAMETER in old.kinds:
        owner = previous if previous.kind != PARAMETER else None
        name = owner.qualified_name if owner else ".".join(previous.owners)
        return replace(old, hints=(name,))
    if previous.kind == CLASS and old.kinds and is_followed:
        return replace(old, hints=(previous.qualified_name,))
    return old


def _other_way_round(
    resolved: tuple[Argument, Match] | None,
    old: Mention,
    new_tokens: Sequence[Token],
    context: Context,
) -> tuple[tuple[Argument, Match]] | None:
    """Return the symbol of the new name when only that is there."""
    if resolved is not None or old.is_pronoun or not old.text.isidentifier():
        return None
    new = mention_of(new_tokens)
    if new is None or new.is_pronoun:
        return None
    found = context.symbol(new, None, "symbol")
    if found is None or found[1].entry.name != new.text:
        return None
    return (found,)


def _new_name(tokens: Sequence[Token], old_name: str) -> Argument | None:
    code = [token for token in tokens if token.kind in {TokenKind.NAME, TokenKind.DOTTED}]
    if code:
        return said("new_name", code[0].text.rpartition(".")[2])
    phrase = next((token.text for token in tokens if token.kind is TokenKind.PHRASE), None)
    if phrase is None and any(token.word == "not" for token in tokens):
        return None
    end = next((i for i, one in enumerate(tokens) if i and one.word in NAME_ENDS), len(tokens))
    words = [token.text for token in tokens[:end] if _may_be_name(token) and not token.is_code]
    if phrase is None and not words:
        words = [token.text for token in tokens if token.word in KIND_WORDS][-1:]
        words = words or [t.text for t in tokens if t.word in NOISE - {"the", "a", "it", "just"}]
    text = phrase or " ".join(words)
    name = in_style_of(text, old_name)
    if not name.isidentifier():
        return None
    evidence = f"'{text}' is written {name}, as {old_name} is" if name != text else ""
    return said("new_name", name, evidence)


def read_move(clause: Clause, context: Context) -> Reading | None:
    """Read "move a and b from x to y"."""
    weight = _MOVE_VERBS.get(clause.verb)
    target_tokens = clause.chunk(c.TO, c.PLACE)
    if clause.chunk(c.NAMED) and _is_unnamed(target_tokens):
        target_tokens = (*target_tokens, *clause.chunk(c.NAMED))
    mention = _what_moves(clause)
    if weight is None or mention is None or not target_tokens:
        return None
    reading = Reading("move", weight)
    found: list[tuple[Argument, Match]] = []
    for one in mention.listed():
        near = _near_first(one, found, context)
        if near is None:
            reading.missing = f"{one.text!r}: there is no such name at the top of a module"
            reading.score -= 0.35
            return reading
        found.append(near)
    first = found[0][1].entry
    target = _target(target_tokens, first.path, context)
    if target is None:
        reading.missing = "the module it moves to"
        reading.score -= 0.4
        return reading
    reading.score = weight + 0.5 * min(match.score for _, match in found)
    is_said = clause.verb == "move" or bool(clause.chunk(c.PLACE))
    if target.value in context.table.modules() and not is_said:
        # Who writes the name of a module means it, more often than not.
        reading.score += 0.1
    elif not _says_module(target_tokens) and not is_said:
        reading.score -= 0.25
    # Who speaks of one twice moves it once.
    found = list({match.entry.key: (argument, match) for argument, match in found}.values())
    keys = [match.entry.key for _, match in found]
    evidence = "; ".join(argument.evidence for argument, _ in found if argument.evidence)
    is_open = any(argument.sureness is Sureness.OPEN for argument, _ in found)
    sureness = Sureness.OPEN if is_open else found[0][0].sureness
    label = listed([match.label for _, match in found])
    candidates = next((argument.candidates for argument, _ in found if argument.candidates), ())
    symbols = Argument("symbols", "\n".join(keys), label, evidence, sureness, candidates)
    reading.arguments = [symbols, target]
    reading.summary = f"move {label} from {first.path} to {target.value}"
    after = context.table
    for _, match in found:
        after = after.with_symbol(match.entry.key, target.value, match.entry.qualified_name)
    reading.after = after
    reading.subject = replace(first, path=target.value)
    return reading


def _what_moves(clause: Clause) -> Mention | None:
    """Return the symbols that are said to move; None for none, or a module."""
    head = clause.chunk("")
    mention = mention_of(head, clause.chunk(c.FROM))
    is_listed = len(head) > 2 and head[1].text in {",", ":"}
    if clause.verb == "split" and is_listed and head[0].kind is TokenKind.PATH:
        # "split a.py, f and g go to b.py"
        mention = mention_of(head[2:], head[:1])
    if mention is None or mention.is_path or MODULE in mention.kinds:
        return None
    return mention


def _near_first(
    one: Mention, found: Sequence[tuple[Argument, Match]], context: Context
) -> tuple[Argument, Match] | None:
    """Resolve one of a list: in the module of the first, if it is there."""
    if found:
        path = found[0][1].entry.path
        same = [m for m in matches(context.table, one, TOP_LEVEL) if m.entry.path == path]
        if same:
            one = replace(one, hints=(*one.hints, path))
    resolved = context.symbol(one, TOP_LEVEL, "symbols")
    if resolved is None or resolved[1].entry.owners:
        return None
    return resolved


def _is_unnamed(tokens: Sequence[Token]) -> bool:
    """Tell whether a target has no name: "its own module", "a new file"."""
    mention = mention_of(tokens)
    return mention is None or mention.is_pronoun


def _says_module(tokens: Sequence[Token]) -> bool:
    return any(
        token.kind is TokenKind.PATH or MODULE in KIND_WORDS.get(token.word, ()) for token in tokens
    )


def _target(tokens: Sequence[Token], source: str, context: Context) -> Argument | None:
    """Return the module that something moves to, which may be new."""
    mention = mention_of([token for token in tokens if token.word not in {"its", "it"}])
    if mention is None or not mention.text:
        return None
    is_new = any(token.word == "new" for token in tokens)
    if not is_new:
        questions = len(context.questions)
        existing = context.module(mention, "target")
        is_near = existing is not None and (
            existing.sureness is not Sureness.LIKELY or not mention.is_code
        )
        if existing is not None and is_near and existing.value != source:
            return existing
        del context.questions[questions:]
    path = new_module_path(context.table, mention.text, beside=source)
    if path == source:
        return None
    exists = path in context.table.modules()
    return said("target", path, "" if exists or mention.is_path else f"{path} is new")


def _is_conversion(clause: Clause, new: Sequence[Token]) -> bool:
    """Tell whether a file is to use something: "convert it to pathlib"."""
    is_turned = any(
        token.word in _CONVERSIONS | {"use", "switch", "port"} for token in clause.tokens
    )
    return is_turned and any(token.word in _FOREIGN | {"pytest"} for token in new)


def read_move_module(clause: Clause, context: Context) -> Reading | None:
    """Read "rename the module a to b", "move a.py into b/"."""
    weight = max(_MOVE_VERBS.get(clause.verb, 0.0), _RENAME_VERBS.get(clause.verb, 0.0))
    place = clause.chunk(c.PLACE)
    pair = (clause.chunk(""), place) if place else _old_and_new(clause)
    if not weight or pair is None:
        return None
    module_tokens, new_tokens = _without_remark(*pair)
    mention = mention_of(module_tokens, clause.chunk(c.FROM))
    if mention is None or mention.others or _is_conversion(clause, new_tokens):
        return None
    is_package = any(t.word in {"package", "folder", "subpackage"} for t in module_tokens)
    is_certain = mention.is_path or MODULE in mention.kinds
    if not is_certain and (mention.kinds or clause.verb == "extract"):
        return None
    reading = Reading("move module", weight)
    found = context.module(mention, "module", with_packages=is_package or "." not in mention.text)
    new = mention_of(new_tokens)
    if found is None or new is None:
        reading.missing = f"{mention.text!r}: there is no such module" if found is None else "where"
        reading.score -= 0.3 if is_certain else 0.6
        return reading
    says_folder = any(t.word in {"package", "folder", "subpackage"} for t in new_tokens)
    is_into = clause.verb == "move" and (says_folder or not new.text.endswith(".py"))
    text = new.text
    if not new.is_code:
        text = in_style_of(text, found.value.rpartition("/")[2].partition(".")[0])
    target = new_place_of(context.table, found.value, text, is_into=is_into)
    if new.hints and "/" not in new.text:
        folder = new.hints[0].strip("/").replace(".", "/")
        target = new_place_of(
            context.table, found.value, f"{folder}/{target.rpartition('/')[2]}", is_into=False
        )
    if target in context.table.modules():
        reading.missing = f"where: {target} is there already, so this may be a merge"
        return reading
    reading.score = weight + (0.5 if is_certain else 0.12)
    if found.sureness is Sureness.LIKELY:
        reading.score -= 0.1
    reading.arguments = [found, said("target", target)]
    reading.summary = f"move module {found.value} to {target}"
    reading.after = context.table.with_module(found.value, target)
    reading.subject = target
    return reading
