"""Find wheels on the package indexes that pip is configured for.

Works wherever pip works: behind a company mirror, with a folder of wheels, or without
a network. Nothing found here is installed or imported.
"""

import ast
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import requests
from pypi_simple import (
    ACCEPT_JSON_PREFERRED,
    PYPI_SIMPLE_ENDPOINT,
    DistributionPackage,
    ProjectPage,
    UnsupportedRepoVersionError,
)

from nanobot_engine.model.catalogue.catalogue import Package
from nanobot_engine.model.source.network import (
    DEFAULT_NETWORK_OPTIONS,
    NetworkOptions,
    session_for,
    shown,
)

log = logging.getLogger(__name__)

_PAGE_BYTES_MAX: Final = 16 << 20
_NOT_FOUND: Final = frozenset({403, 404, 410})
# Later ones win, as in pip.
_SECTIONS: Final = ("global", "install", "download", ":env:")
_CONFIG_LINE: Final = re.compile(r"([^=]+)=(.*)")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where to look for wheels, in order."""

    find_links: tuple[str, ...]
    """Folders of wheels, or pages that link to wheels: paths or URLs."""
    index_urls: tuple[str, ...]
    network: NetworkOptions


@dataclass(frozen=True, slots=True)
class Wheel:
    """One place that has a wheel."""

    url: str
    path: Path | None
    """Set if it is a file of this machine, to be read in place."""


def pip_settings(environ: Mapping[str, str]) -> IndexSettings:
    """Return what pip would use, from its configuration files and `PIP_*` variables.

    Without pip in this Python only the variables count.
    """
    values = _pip_config(environ)
    for name, value in environ.items():  # pip may be missing.
        if name.startswith("PIP_"):
            values[name[4:].lower().replace("_", "-")] = value
    network = DEFAULT_NETWORK_OPTIONS
    timeout = values.get("timeout", values.get("default-timeout", ""))
    if re.fullmatch(r"\d+(\.\d+)?", timeout):
        network = replace(network, timeout_s=max(1.0, float(timeout)))
    if values.get("cert"):
        network = replace(network, verify=values["cert"])
    if values.get("proxy"):
        network = replace(network, proxy=values["proxy"])
    index_urls = (
        values.get("index-url", "") or PYPI_SIMPLE_ENDPOINT,
        *values.get("extra-index-url", "").split(),
    )
    if values.get("no-index", "").lower() in {"1", "true", "yes", "on", "y", "t"}:
        index_urls = ()
    return IndexSettings(
        find_links=tuple(values.get("find-links", "").split()),
        index_urls=tuple(dict.fromkeys(index_urls)),
        network=network,
    )


class PackageIndexes:
    """All configured places, asked in order."""

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings

    def locate(self, package: Package) -> tuple[list[Wheel], list[str]]:
        """Look for a wheel everywhere.

        Returns:
            The places that have it, best first, and in words what the others said.
        """
        wheels: list[Wheel] = []
        problems: list[str] = []
        for link in self._settings.find_links:
            try:
                wheels.extend(_matching(self._linked(link), package))
            except _PageError as error:
                problems.append(f"{shown(link)}: {error}")
        for index in self._settings.index_urls:
            url = f"{index.rstrip('/')}/{package.name}/"
            try:
                found = _matching(self._page(url, package.name), package)
            except _PageError as error:
                problems.append(f"{shown(url)}: {error}")
                continue
            wheels.extend(found)
            if not found:
                problems.append(f"{shown(url)}: has no wheel of version {package.version}")
        # A local file first: it needs no network.
        wheels.sort(key=lambda wheel: wheel.path is None)
        return wheels, problems

    def _linked(self, link: str) -> Iterable[DistributionPackage]:
        path = _local_path(link)
        if path is None or path.suffix in {".html", ".htm"}:
            return self._page(link, "")
        try:
            names = sorted(entry.name for entry in path.iterdir())
        except OSError as error:
            raise _PageError(error.strerror or "unreadable") from error
        return [_local_package(path / name) for name in names if name.endswith(".whl")]

    def _page(self, url: str, project: str) -> list[DistributionPackage]:
        path = _local_path(url)
        if path is not None:
            if path.is_dir():
                path = path / "index.html"
                url = urljoin(url if url.endswith("/") else f"{url}/", "index.html")
            try:
                with path.open("rb") as file:
                    body = file.read(_PAGE_BYTES_MAX)
            except OSError as error:
                raise _PageError(error.strerror or "unreadable") from error
            return _parsed(body, "text/html", url if "://" in url else path.as_uri(), project)
        return self._http_page(url, project)

    def _http_page(self, url: str, project: str) -> list[DistributionPackage]:
        timeout_s = self._settings.network.timeout_s
        error: requests.RequestException | None = None
        for _attempt in range(2):  # A kept-alive proxy may drop the first one.
            try:
                with (
                    session_for(self._settings.network) as session,
                    session.get(
                        url,
                        headers={"Accept": ACCEPT_JSON_PREFERRED},
                        timeout=timeout_s,
                        stream=True,
                    ) as response,
                ):
                    if response.status_code in _NOT_FOUND:
                        msg = "no such package"
                        raise _PageError(msg)
                    response.raise_for_status()
                    body = b"".join(_bounded(response))
                    kind = response.headers.get("Content-Type", "text/html")
                    return _parsed(body, kind, response.url, project)
            except requests.RequestException as caught:
                error = caught
        msg = f"not reachable ({type(error).__name__})"
        raise _PageError(msg) from error


class _PageError(Exception):
    """A place said no."""


def _bounded(response: requests.Response) -> Iterable[bytes]:
    total = 0
    for chunk in response.iter_content(1 << 16):
        total += len(chunk)
        if total > _PAGE_BYTES_MAX:
            msg = "the page is too long"
            raise _PageError(msg)
        yield chunk


def _parsed(body: bytes, kind: str, url: str, project: str) -> list[DistributionPackage]:
    try:
        if kind.partition(";")[0].strip() == "application/vnd.pypi.simple.v1+json":
            return ProjectPage.from_json_data(json.loads(body), url).packages
        return ProjectPage.from_html(project, body, url).packages
    # What the parsers of the page formats raise on pages that are none.
    except (ValueError, KeyError, TypeError, UnsupportedRepoVersionError) as error:
        msg = f"its page is not understood ({type(error).__name__})"
        raise _PageError(msg) from error


def _matching(packages: Iterable[DistributionPackage], wanted: Package) -> list[Wheel]:
    return [
        Wheel(url=package.url, path=_local_path(package.url))
        for package in packages
        if package.package_type == "wheel"
        and package.project is not None
        and _normal(package.project) == _normal(wanted.name)
        and package.version == wanted.version
    ]


def _local_package(path: Path) -> DistributionPackage:
    page = ProjectPage.from_html("", f'<a href="{path.as_uri()}">{path.name}</a>', None)
    return page.packages[0]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _local_path(url: str) -> Path | None:
    if "://" not in url:
        return Path(url).expanduser()
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _pip_config(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's merged options by long name, without their sections."""
    try:
        done = subprocess.run(
            # -P: a file pip.py in the current folder must not be run.
            [sys.executable, "-P", "-m", "pip", "config", "list"],
            capture_output=True,
            check=True,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.info("pip is not asked for its indexes: reason=%s", error)
        return {}
    by_section: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in done.stdout.splitlines():
        match = _CONFIG_LINE.fullmatch(line)
        section, _, key = (match[1] if match else "").rpartition(".")
        if match and section in by_section:
            by_section[section][key] = _unquoted(match[2])
    return {key: value for section in _SECTIONS for key, value in by_section[section].items()}


def _unquoted(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return text
