"""`nanobot prove needle`: measure on this machine what the index promises.

Exit code 1 when a bar is missed, so that a script can rely on it.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from nanobot_indexer.needle import (
    NEEDLES_MAX,
    NeedleOptions,
    NeedleReport,
    plot_svg,
    prove_needle,
)
from nanobot_server.cli.arguments import Json
from nanobot_server.cli.interruption import uninterrupted
from nanobot_server.cli.needle_ask import ASK_MAX, ask_needles, needle_questions, say_asked
from nanobot_server.cli.needle_semantic import ask_by_meaning, say_by_meaning
from nanobot_server.cli.output import EXIT_FAILED, print_json, remark, reported, say, table
from nanobot_server.host.errors import USAGE, HostError

TOKENS_MIN: Final = 100_000
TOKENS_PER_NEEDLE_MIN: Final = 3_000
"""In less, there are not enough files to hide in."""
TOKENS_MAX: Final = 100_000_000
_TOKENS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kM]?)")
_FACTORS: Final = {"": 1, "k": 1_000, "M": 1_000_000}
_MIB: Final = 1024 * 1024


class Proof(StrEnum):
    """What can be proved."""

    NEEDLE = "needle"


def command(
    what: Annotated[Proof, typer.Argument(metavar="WHAT", help="'needle': needle in a haystack.")],
    *,
    tokens: Annotated[
        str, typer.Option(metavar="COUNT", help="Size of the haystack, such as 300k, 1M or 10M.")
    ] = "1M",
    needles: Annotated[
        int, typer.Option(metavar="N", min=1, max=NEEDLES_MAX, help="How many to hide.")
    ] = 100,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Another seed, other needles and places.")
    ] = 1,
    ask: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=ASK_MAX,
            help="Ask the models N questions about needles, and N about absent ones.",
        ),
    ] = 0,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Also embed the haystack and ask by meaning too.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the haystack, needle.json and needle.svg in this new or empty folder.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure on this machine what the index promises.

    'needle': hides needles in a haystack of code, documents and logs, and asks the index
    for them.
    """
    assert what is Proof.NEEDLE
    with reported(as_json=as_json), ExitStack() as stack:
        options = NeedleOptions(_parsed_tokens(tokens), needles, seed)
        if options.tokens < needles * TOKENS_PER_NEEDLE_MIN:
            needed = f"{needles * TOKENS_PER_NEEDLE_MIN // 1000}k"
            message = f"--tokens {tokens}: too few to hide {needles} needles; ask for {needed}"
            raise HostError(USAGE, message)
        folder = stack.enter_context(_scratch_folder()) if out is None else _empty_folder(out)
        report = prove_needle(folder / "haystack", options, tell=remark)
        document = report.document()
        if ask:
            questions = needle_questions(report.haystack.planted, options, ask)
            document["ask"] = ask_needles(folder / "haystack", questions, tell=remark)
        if semantic:
            planted = report.haystack.planted
            document["semantic"] = ask_by_meaning(folder / "haystack", planted, tell=remark)
        if out is not None:
            _write(folder, report, document)
        if as_json:
            print_json(document)
        else:
            _say(report)
            if ask:
                say_asked(document["ask"])
            if semantic:
                say_by_meaning(document["semantic"])
        met = all(report.met_by_bar.values())
    if not met:
        raise typer.Exit(EXIT_FAILED)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards, also when somebody presses Ctrl-C twice."""
    folder = Path(tempfile.mkdtemp(prefix="nanobot-"))
    try:
        yield folder
    finally:
        with uninterrupted():
            shutil.rmtree(folder)


def _parsed_tokens(text: str) -> int:
    match = _TOKENS.fullmatch(text)
    tokens = int(float(match[1]) * _FACTORS[match[2]]) if match else 0
    if not TOKENS_MIN <= tokens <= TOKENS_MAX:
        message = f"--tokens {text}: not a size from 100k to 100M; write it as 1M or 10M"
        raise HostError(USAGE, message)
    return tokens


def _empty_folder(given: Path) -> Path:
    folder = given.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder}: not an empty folder; name a new one"
        raise HostError(USAGE, message)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(folder: Path, report: NeedleReport, document: dict[str, object]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    (folder / "needle.json").write_text(text, "utf-8")
    title = f"{report.options.needles} needles in {report.haystack.tokens:,} tokens"
    (folder / "needle.svg").write_text(plot_svg(report.answers, title), "utf-8")


def _say(report: NeedleReport) -> None:
    haystack, indexing = report.haystack, report.indexing
    say(
        f"{haystack.tokens:,} tokens in {haystack.files:,} files, "
        f"{haystack.size_bytes / 1e6:.1f} MB; indexed in {indexing.wall_s:.2f} s "
        f"({indexing.cpu_s:.2f} s CPU, {indexing.peak_memory_bytes / _MIB:.0f} MiB at most), "
        f"index {indexing.index_bytes / 1e6:.1f} MB with its text"
    )
    rows = [
        (
            kind.value,
            str(score.needles),
            f"{score.recall_at_1:.3f}",
            f"{score.recall_at_5:.3f}",
            f"{score.precision_at_5:.3f}",
            f"{score.p50_ms:.2f}",
            f"{score.p99_ms:.2f}",
        )
        for kind, score in report.score_by_kind.items()
    ]
    table(("kind", "needles", "recall@1", "recall@5", "precision@5", "p50 ms", "p99 ms"), rows)
    for bar, met in report.met_by_bar.items():
        say(f"{bar}: {'met' if met else 'MISSED'}")
