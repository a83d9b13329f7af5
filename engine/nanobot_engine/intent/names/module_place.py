"""Which existing module a sentence means, and where a new one goes."""

from collections.abc import Sequence

from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.intent.plan import Candidate
from nanobot_engine.intent.words.mention import Mention
from nanobot_engine.intent.words.spelling import EXACT, fit, in_style_of

_SCORE_MIN = 0.6


def module_candidates(
    table: SymbolTable, mention: Mention, *, with_packages: bool = False
) -> list[Candidate]:
    """Return the modules that a mention may mean, best first."""
    found: dict[str, Candidate] = {}
    for path in table.modules():
        if path.endswith(".pyi") and path[:-1] in table.modules():
            continue
        _add(found, path, *_module_fit(path, mention.text))
    if with_packages:
        for folder in table.folders():
            score, reason = _folder_fit(folder, mention.text)
            _add(found, folder, score, reason)
    ranked = [
        Candidate(one.value, one.label, one.reason, _with_hints(one, mention))
        for one in found.values()
    ]
    return sorted(ranked, key=lambda one: (-round(one.score, 4), len(one.value), one.value))


def _add(found: dict[str, Candidate], path: str, score: float, reason: str) -> None:
    if score >= _SCORE_MIN:
        found[path] = Candidate(path, path, reason, score)


def _with_hints(candidate: Candidate, mention: Mention) -> float:
    score = candidate.score
    for hint in mention.hints:
        bare = hint.strip("/").replace(".", "/").removesuffix("/py")
        is_there = f"/{bare}/" in f"/{candidate.value}/" or f"/{bare}." in f"/{candidate.value}"
        score += 0.02 if is_there else -0.2
    if any(part in {"tests", "test", "docs", "testing"} for part in candidate.value.split("/")):
        score -= 0.1 if not mention.is_path else 0.02
    return score


def _module_fit(path: str, text: str) -> tuple[float, str]:
    bare = text.strip("/")
    if path == bare:
        return 1.02, ""
    if "/" in bare or bare.endswith((".py", ".pyi")):
        return _path_fit(path, bare)
    if path.endswith("/__init__.py"):
        return 0.0, ""
    if "." in bare:
        dotted = path.removesuffix(".py").replace("/", ".")
        return (EXACT if f".{dotted}".endswith(f".{bare}") else 0.0), ""
    how = fit(bare, _stem(path))
    return (how.score, "" if how.score == EXACT else how.reason) if how is not None else (0.0, "")


def _path_fit(path: str, bare: str) -> tuple[float, str]:
    if path.endswith(f"/{bare}"):
        return EXACT, ""
    if path.endswith(f"/{bare}.py"):
        return 0.97, ""
    how = fit(bare.rpartition("/")[2].removesuffix(".py"), _stem(path))
    folder_fits = "/" not in bare or bare.rpartition("/")[0] in path
    return (how.score - 0.1, how.reason) if how is not None and folder_fits else (0.0, "")


def _folder_fit(folder: str, text: str) -> tuple[float, str]:
    bare = text.strip("/").replace(".", "/")
    if folder == bare or folder.endswith(f"/{bare}"):
        return EXACT - (0.03 if "/" not in text else 0.0), ""
    how = fit(bare, folder.rpartition("/")[2])
    return (how.score - 0.05, how.reason) if how is not None and "/" not in bare else (0.0, "")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def new_module_path(table: SymbolTable, text: str, *, beside: str) -> str:
    """Return the path of a module that does not exist yet.

    Args:
        table: The codebase.
        text: As the sentence has it: a path, a dotted name, or one word.
        beside: A module of the place where it belongs when only its name is given.
    """
    written = text.strip("/")
    if "/" not in written and not written.endswith(".py"):
        words = written.split(".")
        if len(words) == 1:
            words = [in_style_of(written, _stem(beside).lower())]
        written = "/".join(words)
    written = written if written.endswith(".py") else f"{written}.py"
    folder, _, name = written.rpartition("/")
    if not folder:
        here = beside.rpartition("/")[0]
        return f"{here}/{name}" if here else name
    existing = _existing_folder(table, folder)
    return f"{existing}/{name}"


def _existing_folder(table: SymbolTable, folder: str) -> str:
    """Return a folder as the workspace has it: `click` is `src/click`."""
    folders = table.folders()
    parts = folder.split("/")
    for count in range(len(parts), 0, -1):
        head, rest = "/".join(parts[:count]), parts[count:]
        fitting = [one for one in folders if one == head or one.endswith(f"/{head}")]
        if fitting:
            return "/".join([min(fitting, key=lambda one: (len(one), one)), *rest])
    return folder


def new_place_of(table: SymbolTable, module: str, text: str, *, is_into: bool) -> str:
    """Return the new path of a module or package that moves or is renamed.

    Args:
        table: The codebase.
        module: Its path.
        text: What the sentence says: a path, a folder, a dotted name, or a new name.
        is_into: Whether a folder is certainly meant ("into the package x").
    """
    is_package = not module.endswith((".py", ".pyi"))
    here, _, old = module.rpartition("/")
    bare = text.strip("/")
    folder = _existing_folder_exactly(table, bare if "/" in bare else bare.replace(".", "/"))
    if text.endswith("/") or (folder is not None and folder != module and is_into):
        return f"{folder or _existing_folder(table, bare)}/{old}"
    if is_package:
        place = bare.replace(".", "/")
        if "/" not in place:
            return f"{here}/{place}" if here else place
        outer, _, name = place.rpartition("/")
        return f"{_existing_folder(table, outer)}/{name}"
    return new_module_path(table, text, beside=module)


def _existing_folder_exactly(table: SymbolTable, folder: str) -> str | None:
    fitting: Sequence[str] = [
        one for one in table.folders() if one == folder or one.endswith(f"/{folder}")
    ]
    return min(fitting, key=lambda one: (len(one), one), default=None)
