"""Downloads from a server on this machine: whole, broken off, wrong, missing, and nobody there."""

import zipfile

import pytest
from small_registry import make_card

from bauta.errors import ModelError

CONTENT = bytes(range(256)) * 4096


def leftovers(store):
    """Files in the cache that are neither a model nor a lock."""
    return [path.name for path in store.cache.iterdir() if path.suffix not in (".bin", ".lock")]


def test_a_file_is_fetched_once_and_checked(registry, store, server):
    server.files["w"] = CONTENT
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    assert store.path("tiny").read_bytes() == CONTENT
    assert store.path("tiny") == store.cache / "weights.bin"
    assert server.seen["w"] == 1
    assert leftovers(store) == []


def test_a_broken_download_goes_on_where_it_stopped(registry, store, server):
    server.files["w"] = CONTENT
    server.breaks = 2
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    assert store.path("tiny").read_bytes() == CONTENT
    starts = [asked for _, asked in server.requests]
    assert starts[0] is None
    assert starts[1] == f"bytes={len(CONTENT) // 2}-"
    assert starts[2] == f"bytes={len(CONTENT) * 3 // 4}-"


def test_a_later_run_goes_on_too(registry, store, server):
    server.files["w"] = CONTENT
    server.breaks = 3
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    with pytest.raises(ModelError, match=r"the connection ended after|IncompleteRead|Connection broken"):
        store.path("tiny")
    assert not (store.cache / "weights.bin").exists()
    asked = len(server.requests)
    assert store.path("tiny").read_bytes() == CONTENT
    assert server.requests[asked][1] == f"bytes={len(CONTENT) * 7 // 8}-"


def test_a_server_that_cannot_resume_sends_it_all_again(registry, store, server):
    server.files["w"] = CONTENT
    server.breaks, server.ranges = 1, False
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    assert store.path("tiny").read_bytes() == CONTENT


def test_another_file_is_refused_and_not_kept(registry, store, server):
    server.files["w"] = CONTENT[::-1]
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    with pytest.raises(ModelError, match="another file than expected") as caught:
        store.path("tiny")
    assert "\n" not in str(caught.value)
    assert not (store.cache / "weights.bin").exists()
    assert leftovers(store) == []


@pytest.mark.parametrize("size", [len(CONTENT) // 2, len(CONTENT) + 5])
def test_a_file_of_another_size_is_refused(registry, store, server, size):
    server.files["w"] = (CONTENT + CONTENT)[:size]
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    with pytest.raises(ModelError, match=rf"{size} (of \d+ )?bytes"):
        store.path("tiny")
    assert not (store.cache / "weights.bin").exists()


def test_the_next_address_is_tried(registry, store, server):
    server.files["w"] = CONTENT
    registry["tiny"] = make_card(CONTENT, urls=(server.url("gone"), server.url("w")))
    assert store.path("tiny").read_bytes() == CONTENT


def test_a_missing_page_is_named(registry, store, server):
    registry["tiny"] = make_card(CONTENT, urls=(server.url("gone"),))
    with pytest.raises(ModelError, match="HTTP 404") as caught:
        store.path("tiny")
    message = str(caught.value)
    assert server.url("gone") in message
    assert "put the file into the folder models.dir" in message
    assert "\n" not in message
    assert leftovers(store) == []


def test_nobody_there_is_one_line(registry, store, server):
    registry["tiny"] = make_card(CONTENT, urls=("http://127.0.0.1:9/w",))
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        store.path("tiny")
    assert "\n" not in str(caught.value)
    assert not (store.cache / "weights.bin").exists()


def test_a_pack_is_fetched_and_only_known_members_come_out(registry, store, server, tmp_path):
    archive = tmp_path / "pack.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("nested/nested/inner.onnx", CONTENT)
        packed.writestr("../../escaped.txt", b"outside")
        packed.writestr("nested/unknown.onnx", b"nobody asked")
    server.files["pack.zip"] = archive.read_bytes()
    registry["pack"] = make_card(
        archive.read_bytes(), kind="pack", file="pack.zip", urls=(server.url("pack.zip"),), input=None
    )
    registry["tiny"] = make_card(CONTENT, file="inner.onnx", pack="pack", member="inner.onnx")
    assert store.path("tiny").read_bytes() == CONTENT
    inside = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert inside == ["cache/pack.zip", "cache/pack.zip.lock", "cache/pack/inner.onnx", "pack.zip"]


def test_a_damaged_pack_is_one_line(registry, store):
    (store.folder / "pack.zip").write_bytes(b"no zip")
    registry["pack"] = make_card(b"no zip", kind="pack", file="pack.zip", input=None)
    registry["tiny"] = make_card(CONTENT, file="inner.onnx", pack="pack", member="inner.onnx")
    with pytest.raises(ModelError, match="cannot be unpacked"):
        store.path("tiny")
