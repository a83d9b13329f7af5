"""The main job on real input, from nothing: `python3 scripts/demo.py`.

Installs nanobot into `.venv`, gets the models, and adds docstrings to every
public function and class of a well-known package (or of `--in PATH`). Your own
files change only when you run the `accept` command that it prints at the end.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

from bootstrap import ensure_venv

GOAL = "add docstrings to every public function and class that has none"

# Pure Python, known to everybody, and hardly documented.
PACKAGE = "colorama"
VERSION = "0.4.6"
SHA256 = "08695f5cb7ed6e0531a20572697297273c47b8cae5a63ffc6d6ed5c201be6e44"

EXIT_REVIEW = 3


def main() -> int:
    """Run the demo. Returns the exit code of the main job."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--in", dest="path", type=Path, help="your own code instead of the package")
    parser.add_argument("--budget", type=int, help="document at most this many definitions")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same result")
    options = parser.parse_args()
    started = time.monotonic()

    step("installing nanobot")
    python = ensure_venv(None)
    nanobot = python.with_name("nanobot")
    step("getting the models ready")
    run([nanobot, "setup", "--yes"])
    if options.path is not None:
        workspace = options.path.absolute()
    else:
        step(f"fetching the source of {PACKAGE} {VERSION}")
        workspace = fresh_copy(python)
    step(f'nanobot process "{GOAL}" --in {workspace}')
    command: list[str | Path] = [nanobot, "process", GOAL, "--in", workspace, "--json"]
    command += ["--seed", str(options.seed)]
    if options.budget is not None:
        command += ["--budget", str(options.budget)]
    code, report = run_json(command)
    if code not in {0, EXIT_REVIEW}:
        print(report.get("error", report).get("message", report.get("reason", "")), file=sys.stderr)
        return code
    process_id = str(report["process_id"])
    run([nanobot, "diff", process_id, "--in", workspace])
    print()
    run([nanobot, "status", process_id, "--in", workspace])
    step(f"done in {time.monotonic() - started:.0f} s; to write the edits into the files:")
    print(f"{nanobot} accept {process_id} --in {workspace}")
    return 0


def step(text: str) -> None:
    """Say what comes next, on stderr: stdout is the result."""
    print(f"\n== {text}", file=sys.stderr, flush=True)


def run(command: list[str | Path]) -> None:
    """Run a command that must succeed, its output shown."""
    done = subprocess.run([str(part) for part in command], check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def run_json(command: list[str | Path]) -> tuple[int, dict[str, Any]]:
    """Run a command with `--json`; progress still shows on stderr."""
    done = subprocess.run([str(part) for part in command], check=False, stdout=subprocess.PIPE)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode or 1, {"reason": done.stdout.decode(errors="replace")}


def fresh_copy(python: Path) -> Path:
    """Return a fresh folder with the package's source; fetched by pip only once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nanobot" / "demo"
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"{PACKAGE}-{VERSION}.tar.gz"
    if not archive.exists():
        pip: list[str | Path] = [python, "-m", "pip", "download", "--quiet", "--no-deps"]
        run([*pip, "--no-binary", ":all:", "--dest", cache, f"{PACKAGE}=={VERSION}"])
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        archive.unlink()
        sys.exit(f"{archive.name}: sha256 is {found}, expected {SHA256}; run the demo again")
    folder = cache / f"{PACKAGE}-{VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as content:
        content.extractall(cache, filter="data")
    # The package's own demos and build scripts are not what its users call.
    return folder / PACKAGE


if __name__ == "__main__":
    sys.exit(main())
