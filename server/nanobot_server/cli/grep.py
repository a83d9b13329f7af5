"""`nanobot grep PATTERN`: every place with some text."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated, Any

import typer

from nanobot_indexer import Index, grep
from nanobot_server.cli.arguments import (
    MATCHES_MAX,
    ContextLines,
    In,
    Json,
    Languages,
    PathGlob,
    limit_option,
    workspace_of,
)
from nanobot_server.cli.output import counted, print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.index_answers import grep_answer


def command(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="Text as it stands; with --regex RE2 syntax.")
    ],
    workspace: In = None,
    *,
    regex: Annotated[
        bool, typer.Option("--regex", "-e", help="PATTERN is a regular expression.")
    ] = False,
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", "-i", help="Small letters and capitals are the same.")
    ] = False,
    word: Annotated[bool, typer.Option("--word", "-w", help="Only whole words.")] = False,
    path: PathGlob = None,
    language: Languages = None,
    context: ContextLines = 0,
    limit: Annotated[int, limit_option("matches", most=MATCHES_MAX)] = 100,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Find text or a regular expression, by path and line."""
    with reported(as_json=as_json):

        def ask(index: Index) -> dict[str, Any]:
            result = grep(
                index.live,
                pattern,
                limit=limit,
                is_regex=regex,
                ignore_case=ignore_case,
                whole_word=word,
                path_glob=path,
                languages=language or None,
                context_lines=context,
            )
            return grep_answer(result)

        document = answer_from_index(workspace_of(workspace), ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        matches = document["matches"]
        for line in shown_lines(matches, separate=context > 0):
            say(line)
        if not matches:
            remark(f"nothing found for {pattern!r}")
        elif not document["is_complete"]:
            remark(f"only the first {counted(limit, 'match', 'matches')}; {more_of(limit)}")


def more_of(limit: int) -> str:
    """Say how to see more places in text than a limit let through."""
    return "narrow it down" if limit == MATCHES_MAX else f"--limit N shows up to {MATCHES_MAX}"


def shown_lines(matches: Iterable[dict[str, Any]], *, separate: bool) -> Iterator[str]:
    """Yield matches the way other greps print them: each line once, with those around it.

    Args:
        matches: Views of matches, by path and place. One with `role` shows it.
        separate: Put `--` where lines are left out.
    """
    is_first = True
    for path, group in groupby(matches, key=lambda match: str(match["path"])):
        last = None
        for number, text in sorted(_lines(path, group).items()):
            if separate and not is_first and number - 1 != last:
                yield "--"
            yield text
            last, is_first = number, False


def _lines(path: str, matches: Iterable[dict[str, Any]]) -> dict[int, str]:
    matched: dict[int, str] = {}
    around: dict[int, str] = {}
    for match in matches:
        line = match["line"]
        role = f"{match['role']}: " if "role" in match else ""
        matched.setdefault(line, f"{path}:{line}:{match['column']}: {role}{match['text']}")
        first = line - len(match["before"])
        for number, text in enumerate(match["before"], start=first):
            around[number] = f"{path}-{number}- {text}".rstrip()
        for number, text in enumerate(match["after"], start=match["end_line"] + 1):
            around[number] = f"{path}-{number}- {text}".rstrip()
    return around | matched
