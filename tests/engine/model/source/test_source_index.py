"""Where wheels are looked for: what pip is told, and every kind of place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from nanobot_engine.model.catalogue.catalogue import IndexSource, Package
from nanobot_engine.model.source.source_index import PackageIndexes, pip_settings

if TYPE_CHECKING:
    from engine.model.conftest import Goods, Shop

    Stock = Callable[..., Goods]


def check_pip(tmp_path: Path, config: str = "", **variables: str) -> dict[str, object]:
    """Return what counts of a pip configuration."""
    (tmp_path / "pip.conf").write_text(config, encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        # Takes the place of the configuration of this machine.
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        **variables,
    }
    settings = pip_settings(environ)
    return {
        "find_links": settings.find_links,
        "index_urls": settings.index_urls[1:],
        "first_index": settings.index_urls[:1],
        "timeout_s": settings.network.timeout_s,
        "verify": settings.network.verify,
        "proxy": settings.network.proxy,
    }


def first_package(goods: Goods) -> Package:
    source = goods.entry.sources[0]
    assert isinstance(source, IndexSource)
    return source.packages[0]


def test_variables_of_pip_count(tmp_path: Path) -> None:
    found = check_pip(
        tmp_path,
        PIP_INDEX_URL="http://127.0.0.1/a",
        PIP_EXTRA_INDEX_URL="http://127.0.0.1/b file:///c",
        PIP_FIND_LINKS="/wheels",
        PIP_CERT="/ca.pem",
        PIP_PROXY="http://127.0.0.1:3128",
        PIP_DEFAULT_TIMEOUT="7",
    )

    assert found == {
        "first_index": ("http://127.0.0.1/a",),
        "index_urls": ("http://127.0.0.1/b", "file:///c"),
        "find_links": ("/wheels",),
        "timeout_s": 7.0,
        "verify": "/ca.pem",
        "proxy": "http://127.0.0.1:3128",
    }


def test_the_configuration_file_of_pip_counts_less_than_variables(tmp_path: Path) -> None:
    config = """
[global]
index-url = http://127.0.0.1/file
timeout = 9
extra-index-url =
    http://127.0.0.1/one
    http://127.0.0.1/two
[install]
timeout = 11
"""

    found = check_pip(tmp_path, config, PIP_INDEX_URL="http://127.0.0.1/variable")

    assert found["first_index"] == ("http://127.0.0.1/variable",)
    assert found["index_urls"] == ("http://127.0.0.1/one", "http://127.0.0.1/two")
    assert found["timeout_s"] == 11.0


def test_no_index_leaves_the_folders(tmp_path: Path) -> None:
    found = check_pip(tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS="/wheels")

    assert found["first_index"] == ()
    assert found["find_links"] == ("/wheels",)


def test_without_configuration_pips_default_index_is_asked(tmp_path: Path) -> None:
    assert check_pip(tmp_path)["first_index"] == (PYPI_SIMPLE_ENDPOINT,)


def test_a_html_page_of_an_index_is_understood(stock: Stock, shop: Shop) -> None:
    goods = stock("index")

    wheels, problems = PackageIndexes(goods.settings).locate(first_package(goods))

    assert [wheel.url for wheel in wheels] == [f"{shop.url}/files/tiny_part0-1.0-py3-none-any.whl"]
    assert problems == []


def test_a_json_page_of_an_index_is_understood(stock: Stock, shop: Shop) -> None:
    goods = stock("index")
    name = "tiny_part0-1.0-py3-none-any.whl"
    page = {
        "meta": {"api-version": "1.0"},
        "name": "tiny-part0",
        "files": [{"filename": name, "url": f"/files/{name}", "hashes": {}}],
    }
    kind = "application/vnd.pypi.simple.v1+json"
    shop.pages["/simple/tiny-part0/"] = (kind, json.dumps(page).encode())

    wheels, _ = PackageIndexes(goods.settings).locate(first_package(goods))

    assert [wheel.url for wheel in wheels] == [f"{shop.url}/files/{name}"]


def test_a_page_that_is_none_is_a_problem_in_words(stock: Stock, shop: Shop) -> None:
    goods = stock("index")
    kind = "application/vnd.pypi.simple.v1+json"
    for page in (b"[", b"[]", b'{"files": 3}'):
        shop.pages["/simple/tiny-part0/"] = (kind, page)

        wheels, problems = PackageIndexes(goods.settings).locate(first_package(goods))

        assert wheels == []
        assert "not understood" in problems[0]


def test_another_version_is_not_taken(stock: Stock, shop: Shop) -> None:
    goods = stock("index")
    package = first_package(goods).model_copy(update={"version": "2.0"})

    wheels, problems = PackageIndexes(goods.settings).locate(package)

    assert wheels == []
    assert "has no wheel of version 2.0" in problems[0]


def test_a_folder_of_wheels_is_read_in_place_and_first(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    for name, wheel in goods.wheels.items():
        (tmp_path / name).write_bytes(wheel)
    for link in (str(tmp_path), tmp_path.as_uri()):
        settings = replace(goods.settings, find_links=(link,))

        wheels, _ = PackageIndexes(settings).locate(first_package(goods))

        assert [wheel.path for wheel in wheels] == [
            tmp_path / "tiny_part0-1.0-py3-none-any.whl",
            None,
        ]


def test_an_index_in_a_folder_works_without_network(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    name = "tiny_part0-1.0-py3-none-any.whl"
    page = tmp_path / "simple" / "tiny-part0" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f'<a href="../../files/{name}">{name}</a>', encoding="utf-8")
    index_url = (tmp_path / "simple").as_uri()
    settings = replace(goods.settings, index_urls=(index_url,))

    wheels, _ = PackageIndexes(settings).locate(first_package(goods))

    assert [wheel.path for wheel in wheels] == [tmp_path / "files" / name]


def test_places_that_are_not_there_are_named(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    settings = replace(
        goods.settings,
        find_links=(str(tmp_path / "nothing"),),
        index_urls=("http://me:secret@127.0.0.1:9/simple", "file:///no/such/index"),
    )

    wheels, problems = PackageIndexes(settings).locate(first_package(goods))

    assert wheels == []
    assert len(problems) == 3
    assert "secret" not in " ".join(problems)
    assert "127.0.0.1:9/simple/tiny-part0/: not reachable" in problems[1]
