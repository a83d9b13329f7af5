"""What a sentence of no known form asks for, by evidence: what it names, and words about it.

    names by kind ─┬─> each refactoring whose arguments these are, all of them
    words of it   ─┘      │ words that speak for it, none against it
                          └─> a plain sentence for the rules, or nothing

A refactoring counts only when it takes everything that is named, when a word speaks for
it, and when no other does so as well: a wrong plan is worse than a refusal.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.named import Named
from nanobot_engine.intent.names.resolution import CALLABLE, TOP_LEVEL
from nanobot_engine.intent.names.symbol_table import FUNCTION, METHOD
from nanobot_engine.intent.words.conditions import is_against, is_question, without_reasons
from nanobot_engine.intent.words.sentence import declared, is_expression

_ALL: Final = frozenset({"__all__"})
_FOLLOW: Final = re.compile(
    # What every refactoring does anyway.
    r"[,.;(]? ?(?:(?:and|also|then|please) )*"
    r"(?:(?:along with|together with|including|as well as|with|and|change|adapt|update|adjust|fix"
    r"|correct) )+(?:(?:all|every|any|each|of) )*(?:the |its |their )?"
    r"(?:imports?|calls?|callers?|references?|usages?|uses|tests?|docs?|documentation|entry|entries"
    r"|exports?|call sites?)(?: (?:in|of|to|from) (?:__all__|it|them|the (?:tests?|docs?|code)))?"
    r"(?: (?:as well|too|accordingly|everywhere|that follow))?"
)
_STAYS: Final = re.compile(
    r"[.;,] ?(?:and )?(?:SYM|[a-z_.]+) (?:must|should|has to|needs to|shall) (?:still|continue to)"
    r" (?:exist|work|be (?:there|importable|available))\b"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One refactoring that a sentence may ask for."""

    refactorings: frozenset[str]
    """What the plain sentence may be read as."""
    sentence: str
    """In a form that the rules read."""
    score: int
    """How many things that are said speak for it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a refactoring shows."""

    refactorings: frozenset[str]
    cues: tuple[str, ...]
    """Regular expressions; one of them must be found. They take what they match off the
    sentence: "nobody may pass it by position" denies nothing."""
    against: str
    """A regular expression that must not be found."""
    sentence: Callable[[Named], str]
    """Makes the plain sentence; "" where what is named does not fit."""
    is_keeping: bool = False
    """Whether what it changes can be imported from where it was exported."""


def evidence_of(named: Named) -> list[Evidence]:
    """Return what a sentence can ask for, the best first; nothing where it restricts it.

    Args:
        named: What the sentence names.
    """
    if is_question(named.text):
        return []
    found = [one for kind in KINDS if (one := _weighed(kind, named)) is not None]
    return sorted(found, key=lambda one: -one.score)


def leader(found: Sequence[Evidence]) -> Evidence | None:
    """Return what leads clearly."""
    if not found or (len(found) > 1 and found[1].score >= found[0].score):
        return None
    return found[0]


def _weighed(kind: Kind, named: Named) -> Evidence | None:
    text = _FOLLOW.sub(" ", without_reasons(named.text))
    if kind.is_keeping:
        text = _STAYS.sub(" ", text)
    cues = [cue for cue in kind.cues if re.search(cue, text)]
    if not cues:
        return None
    for cue in cues:
        text = re.sub(cue, lambda found: " ".join(re.findall(r"[A-Z]+", found[0])), text)
    if is_against(text) or (kind.against and re.search(kind.against, text)):
        return None
    sentence = kind.sentence(named)
    return Evidence(kind.refactorings, sentence, len(cues)) if sentence else None


# What is named, as plain sentences. Each takes all that is named, or nothing.


def _is_only(named: Named, *parts: str) -> bool:
    """Tell whether nothing is named but some parts, and places of the symbols."""
    given = {
        "symbols": bool(named.symbols),
        "parameters": bool(named.parameters),
        "new": bool(named.new),
        "modules": bool(named.modules) and not named.place(),
        "files": bool(named.files),
        "expressions": bool(named.expressions),
        "declarations": bool(named.declarations),
        "lines": bool(named.lines),
        "foreign": not _is_decoration(named),
    }
    return {part for part, is_given in given.items() if is_given} <= {*parts}


def _is_decoration(named: Named) -> bool:
    """Tell whether what is foreign only says more of the symbols, as `__all__` does."""
    described = {
        match[1]
        for text in named.foreign
        if (match := re.search(rf"\b({re.escape(text.lower())}) SYM", named.text))
    }
    return {text.lower() for text in named.foreign} <= _ALL | described


def _single(named: Named, *kinds: str) -> str:
    """Return the one symbol of some kinds, with where it is; "" for none or several."""
    if len(named.symbols) != 1 or (kinds and named.symbols[0][1].kind not in kinds):
        return ""
    return f"`{named.symbols[0][0]}`{named.place()}"


def _rename(named: Named) -> str:
    if named.parameters and len(named.parameters) == len(named.new) == 1:
        function = _single(named, *CALLABLE)
        fits = function and _is_only(named, "symbols", "parameters", "new")
        old = f"the parameter `{named.parameters[0]}` of {function}"
        return f"rename {old} to `{named.new[0]}`" if fits else ""
    if not _is_only(named, "symbols", "new") or len(named.new) != 1:
        return ""
    old = _single(named)
    return f"rename {old} to `{named.new[0]}`" if old else ""


def _move(named: Named) -> str:
    sources = {entry.path for _, entry in named.symbols}
    modules = [one for one in named.modules if one not in sources]
    targets = [*modules, *named.files]
    is_whole = _is_only(named, "symbols", "modules", "files")
    if len(sources) != 1 or len(targets) != 1 or not is_whole:
        return ""
    if any(
        entry.kind not in TOP_LEVEL or "." in entry.qualified_name for _, entry in named.symbols
    ):
        return ""
    moved = " and ".join(f"`{text}`" for text, _ in named.symbols)
    source = f" from `{sources.pop()}`" if len(named.modules) > len(modules) else ""
    return f"move {moved}{source} to `{targets[0]}`"


_CALLED: Final = re.compile(
    r"\bMOD\b.*\b(?:call|name|rename) it (?:to )?(?P<new>NEW|SYM|[a-z]\w*)(?= ?(?:$|[.,;!]))"
)


def _move_module(named: Named) -> str:
    called = _CALLED.search(named.text)
    if called is not None and _is_only(named, "modules", "new", "symbols"):
        return _call_module(named, called["new"])
    is_whole = _is_only(named, "modules", "files")
    if not is_whole or len(named.modules) != 1 or len(named.files) != 1:
        return ""
    return f"rename the file `{named.modules[0]}` to `{named.files[0]}`"


def _call_module(named: Named, new: str) -> str:
    """Read "the _old module …, call it old"."""
    others = [*named.new, *(text for text, _ in named.symbols)]
    # What is written like code counts as a name only where the new name is the only one.
    name = new if new.islower() and not others else "".join(others)
    is_whole = len(others) <= 1 and len(named.modules) == 1 and name.isidentifier()
    folder, slash, _ = named.modules[0].rpartition("/")
    path = f"{folder}{slash}{name}.py"
    return f"rename the file `{named.modules[0]}` to `{path}`" if is_whole else ""


def _merge(named: Named) -> str:
    if not _is_only(named, "modules") or len(named.modules) != 2:
        return ""
    source, target = named.modules
    if re.search(r"\binto MOD\b.*\bMOD\b", named.text):
        source, target = target, source
    return f"merge the module `{source}` into `{target}`"


_PARAMETER: Final = r"(?:parameter|param|argument|arg|kwarg|keyword|flag|option)"
_NO_NAMES: Final = frozenset(
    {"which", "that", "whose", "with", "and", "to", "of", "in", "at", "for", "is", "by", "so", "as"}
    | {"on", "it", "too", "the", "a", "an", "called", "named", "from", "default", "keyword", "only"}
    | {"optional", "new", "extra", "additional", "another", "if", "unless", "or"}
)
_NEW_PARAMETER: Final = re.compile(
    rf"\b{_PARAMETER} ?,? ?(?:(?:called|named) )?(?P<after>[a-z_]\w*|NEW|DECL)\b"
    r"|\b(?:another|extra|new|additional|optional|an?)"
    rf" (?!(?:another|extra|new|additional|optional) )(?P<before>[a-z_]\w*|NEW|DECL) {_PARAMETER}\b"
)


def _add_parameter(named: Named) -> str:
    function = _single(named, *CALLABLE)
    is_whole = _is_only(named, "symbols", "new", "expressions", "declarations", "foreign")
    said = (one["after"] or one["before"] for one in _NEW_PARAMETER.finditer(named.text))
    name = next((one for one in said if one not in _NO_NAMES), "")
    if not function or not is_whole or not name or len(named.expressions) > 1:
        return ""
    default = named.expressions[0] if named.expressions else ""
    if name == "DECL" and len(named.declarations) == 1 and not default and not named.new:
        given = declared(named.declarations[0])
        return f"add a parameter `{named.declarations[0]}` to {function}" if given else ""
    if name == "NEW":
        name = named.new[0] if len(named.new) == 1 else ""
    elif named.new:
        return ""
    # A name that is somewhere else may be new for this function.
    if not set(named.foreign) <= {name} or named.declarations or not name or not default:
        return ""
    is_default = re.search(r"\bdefault|\bunless\b|\bif (?:it is )?not given", named.text)
    return f"add a parameter `{name}` to {function} with default {default}" if is_default else ""


def _keyword_only(named: Named) -> str:
    function = _single(named, *CALLABLE)
    if not function or not named.parameters or not _is_only(named, "symbols", "parameters"):
        return ""
    listed = " and ".join(f"`{one}`" for one in dict.fromkeys(named.parameters))
    word = "parameters" if len(named.parameters) > 1 else "parameter"
    return f"make the {word} {listed} of {function} keyword-only"


def _static(named: Named) -> str:
    method = _single(named, METHOD)
    return f"make the method {method} static" if method and _is_only(named, "symbols") else ""


def _to_function(named: Named) -> str:
    method = _single(named, METHOD)
    is_whole = method and _is_only(named, "symbols")
    return f"turn the method {method} into a function" if is_whole else ""


def _extract_constant(named: Named) -> str:
    is_whole = _is_only(named, "new", "modules", "expressions")
    counts = [len(one) for one in (named.new, named.modules, named.expressions)]
    if not is_whole or counts != [1, 1, 1] or not named.new[0].isupper():
        return ""
    literal = named.expressions[0]
    return f"extract the literal {literal} in `{named.modules[0]}` to a constant `{named.new[0]}`"


def _extract_variable(named: Named) -> str:
    is_whole = _is_only(named, "symbols", "new", "expressions")
    function = _single(named, FUNCTION, METHOD)
    if not is_whole or not function or len(named.new) != 1 or len(named.expressions) != 1:
        return ""
    return f"extract `{named.expressions[0]}` in {function} to a variable `{named.new[0]}`"


def _extract_function(named: Named) -> str:
    between = re.search(r"\blines? EXP (?:to|through|until|and|-) EXP\b", named.text)
    numbers = named.expressions
    is_whole = _is_only(named, "new", "modules", "lines", "expressions")
    is_range = between is not None and len(numbers) == 2 and all(one.isdigit() for one in numbers)
    lines = "-".join(numbers) if is_range else named.lines
    if not is_whole or not lines or (numbers and not is_range) or (numbers and named.lines):
        return ""
    if len(named.new) != 1 or len(named.modules) != 1:
        return ""
    return f"extract lines {lines} of `{named.modules[0]}` to a function `{named.new[0]}`"


def _replace(named: Named) -> str:
    codes = named.expressions
    is_whole = _is_only(named, "modules", "expressions")
    if not is_whole or len(codes) != 2 or not all(is_expression(one) for one in codes):
        return ""
    is_new_first = re.search(r"EXP (?:instead of|rather than|in place of|for) EXP", named.text)
    old, new = reversed(codes) if is_new_first else codes
    where = f" in `{named.modules[0]}`" if len(named.modules) == 1 else ""
    return f"replace `{old}` by `{new}`{where}" if len(named.modules) < 2 else ""


_OTHER: Final = (
    r"\b(?:docstrings?|document|type hints?|annotat\w+|test for|tests for|log|logs|logging|inline"
    r"|delete|remove|deprecate\w*|alias\w*|subclass|copy|duplicate|wrap|cache|async\w*|property"
    r"|decorat\w+|faster|speed|rewrite|implement\w*|fix|bugs?)\b"
)
_NOT_A_MOVE: Final = rf"{_OTHER}|\b(?:rename|called|named|parameter|argument|method|static)\b"
# A name with what is said of it: "SYM ( a function of MOD )", "SYM , the helper of the tests ,".
_OLD: Final = (
    r"(?:SYM|PAR)(?: \( [^()]* \))?(?: ,[^,.]*,)?(?: (?:of|in|from|exception|error|class|function"
    r"|method|constant|parameter|the|helper|SYM|MOD))*"
)


def _kind(
    names: str, cues: tuple[str, ...], against: str, sentence: Callable[[Named], str]
) -> Kind:
    refactorings = frozenset(names.split("|"))
    return Kind(refactorings, cues, against, sentence, is_keeping="move" in refactorings)


KINDS: Final = (
    _kind(
        "rename",
        (
            rf"\b(?:rename|renaming|change|spell|rechristen)\b.*{_OLD} (?:to|into) NEW\b",
            rf"^(?:please )?{_OLD} (?:->|to|>) NEW\b",
            (rf"{_OLD} (?:should|shall|must|could|can|will|would|ought to|needs? to|has to)"
            r" (?:now )?(?:be|become|get)(?: (?:called|named|renamed to|the name))? NEW\b"),
            r"\b(?:make|call|name) it NEW\b",
            (r"\bNEW (?:would (?:be|tell|say|read|fit|sound)|tells|says|fits|sounds|reads)\b"
            r"(?: (?:be|tell|say|read|fit|sound|better|clearer|me|more|a|the|best|nicer|good))*"),
            r"\b(?:its?|it is|should be) NEW ?,? (?:and )?not SYM\b",
        ),
        rf"{_OTHER}|\b(?:move|mv|extract|merge|split|parameter NEW|argument NEW|called by)\b",
        _rename,
    ),
    _kind(
        "move|split module",
        (
            r"\b(?:move|mv|put|relocate|transfer|shift|carry|extract|split|pull)\b(?=.*SYM)",
            r"\btake\b.*SYM .*out of\b", r"\b(?:own|separate|new) (?:file|module)\b",
            (r"\b(?:live|belong|belongs|go|goes|sit|stay|fit)s? (?:better )?(?:\w+ )?"
            r"(?:in|into|to|with)\b(?=.*(?:MOD|FILE))"), r"\bof (?:its|their) own\b",
        ),
        _NOT_A_MOVE, _move,
    ),
    _kind(
        "move module",
        (
            r"\bMOD (?:\w+ )*(?:->|to|be|become|becomes|called|named|as) FILE\b", r"\brename\b",
            r"\b(?:call|name) it (?:NEW|SYM|[a-z]\w*)(?= ?(?:$|[.,;!]))",
        ),
        rf"{_OTHER}|\b(?:split|merge|copy|import FILE)\b", _move_module,
    ),
    _kind(
        "merge modules",
        (
            r"\b(?:merge|combine|fold|join|unite|fuse)\b",
            (r"\b(?:contents?|everything|all|stuff|rest|definitions)\b.* (?:go|goes|moves?|moved"
            r"|live|be put|put) (?:\w+ )?(?:to|in|into) MOD\b"),
        ),
        r"\b(?:rename|import|split|functions?|class|classes|called|named|docstrings?)\b", _merge,
    ),
    _kind(
        "add parameter",
        (
            rf"\b(?:another|extra|new|additional|optional|more) (?:\w+ )?{_PARAMETER}\b",
            rf"\b(?:take|takes|accept|accepts|needs?|gets?|have|has|add|give)\b(?=.*{_PARAMETER})",
            (r"\b(?:unless|if (?:it is )?not) (?:given|passed|set|told|said)\b"
            r"|\bunless (?:told|said) otherwise\b"),
        ),
        r"\b(?:remove|rename|drop|keyword|kw|named only|depends?|deprecat\w+|class|log)\b"
        r"|\b(?:position|type|typed|annotated)\b", _add_parameter,
    ),
    _kind(
        "make keyword only",
        (
            (r"\b(?:keyword|kw|name|named)[ -]?only\b|\bkwonly\b"
            r"|\bonly (?:by|as) (?:keyword|name)\b"),
            r"\b(?:nobody|no one|noone|no caller|never|not)\b[^.]* (?:by position|positionally)\b",
        ),
        r"\b(?:rename|remove|drop|add|default|new|move)\b", _keyword_only,
    ),
    _kind(
        "method to static method",
        (
            r"\bstatic ?methods?\b|\bstatic\b|\bstaticmethod\b",
            (r"\b(?:has|have) no use for self\b|\b(?:does|do) not (?:use|need|touch) self\b"
            r"|\b(?:never|not) uses? self\b|\bwithout self\b"),
        ),
        r"\b(?:function|instead|class ?method|property|rename|move|remove|delete|inline)\b",
        _static,
    ),
    _kind(
        "method to function",
        (
            (r"\b(?:ordinary|plain|free|normal|module-level|regular|standalone|top-level|simple)"
            r" function\b(?=.*\b(?:method|class)\b)(?: (?:in|of) (?:MOD|the module))?"
            r"(?: instead of an? (?:static ?)?(?:method|staticmethod)(?: of (?:the |a )?\w+)?)?"),
        ),
        r"\b(?:instead|rename|remove|delete|add|parameter|argument|called|named|inline)\b",
        _to_function,
    ),
    _kind(
        "extract constant", (r"\bconstant\b",),
        r"\b(?:rename|variable|parameter|argument|default|inline)\b|\bfunction\b",
        _extract_constant,
    ),
    _kind(
        "extract variable",
        (r"\b(?:variable|local)\b", r"\b(?:store|save|remember|name|assign)\b(?=.*EXP)"),
        r"\b(?:rename|parameter|argument|default|constant|inline|twice)\b", _extract_variable,
    ),
    _kind(
        "extract function",
        (r"\b(?:lines?)\b(?=.*\b(?:function|helper|method)\b)",), r"\b(?:delete|inline|rename)\b",
        _extract_function,
    ),
    _kind(
        "replace pattern",
        (
            r"EXP (?:instead of|rather than|in place of) EXP", r"\breplace EXP (?:by|with) EXP",
            r"\bchange EXP (?:to|into) EXP",
        ),
        r"\b(?:constant|variable|parameter|default|function|rename|test|tests)\b", _replace,
    ),
)  # fmt: skip
