"""Links below a dataset: followed, inside the root only, or refused; loops end, and nothing is lost."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bauta.config.datasets import Dataset
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import write_manifest
from bauta.errors import DataError
from bauta.io import walk as module
from bauta.io.walk import refusal, walk

LOOP = "the link leads back to a folder that it lies in"
TWICE = "the link was followed already, where another link led to it"


@pytest.fixture
def root(tmp_path):
    for name in ("root/s1/1.jpg", "root/s2/1.jpg", "outside/o/1.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "root"


def found(root, **options):
    """Name → why it cannot be read; no name comes twice."""
    entries = list(walk(root, **options))
    names = {entry.name: entry.unread for entry in entries}
    assert len(names) == len(entries)
    return names


def test_files_and_folders_at_the_other_end_of_links(root):
    (root / "s3").symlink_to("../outside/o")
    (root / "s4").mkdir()
    (root / "s4/1.jpg").symlink_to(root.parent / "outside/o/1.jpg")
    (root / "s4/deep").symlink_to(root / "s1")
    assert found(root) == dict.fromkeys(("s1/1.jpg", "s2/1.jpg", "s3/1.jpg", "s4/1.jpg", "s4/deep/1.jpg"))


@pytest.mark.parametrize(
    ("place", "target"),
    [("s1/loop", "."), ("s1/loop", ".."), ("s1/loop", "../.."), ("loop", "."), ("loop", "/")],
)
def test_a_link_to_a_folder_that_it_lies_in_is_a_loop(root, place, target):
    (root / place).symlink_to(target)
    assert found(root) == {"s1/1.jpg": None, "s2/1.jpg": None, place: LOOP}


def test_a_loop_through_a_folder_outside(root):
    (root / "s3").symlink_to(root.parent / "outside")
    (root.parent / "outside/o/back").symlink_to(root)
    (root.parent / "outside/o/again").symlink_to(root.parent / "outside")
    names = found(root)
    assert names["s3/o/1.jpg"] is None
    assert names["s3/o/back"] == names["s3/o/again"] == LOOP
    assert len(names) == 5


def test_two_people_s_links_to_each_other(root):
    (root / "s1/other").symlink_to("../s2")
    (root / "s2/other").symlink_to("../s1")
    assert found(root) == {
        "s1/1.jpg": None,
        "s2/1.jpg": None,
        "s1/other/1.jpg": None,
        "s2/other/1.jpg": None,
        "s1/other/other": LOOP,
        "s2/other/other": LOOP,
    }


def test_links_that_multiply_end(root):
    """Thirty floors of two links each to the next one: a thousand million ways down."""
    floors = [root.parent / f"floor{number:02d}" for number in range(31)]
    for floor, below in pairwise(floors):
        floor.mkdir()
        (floor / "left").symlink_to(below)
        (floor / "right").symlink_to(below)
    floors[-1].mkdir()
    (floors[-1] / "1.jpg").touch()
    (root / "s3").symlink_to(floors[0])
    names = found(root)
    assert len(names) < 70
    assert TWICE in names.values()
    assert any(name.endswith("1.jpg") and name.startswith("s3/") for name in names)


def test_a_real_folder_comes_before_links_to_it(root):
    """A link that is met first does not take what a person's own folder holds."""
    (root / "s2/more").symlink_to(root.parent / "outside")
    (root / "a").symlink_to("s2")
    names = found(root)
    assert names["s2/more/o/1.jpg"] is None
    assert names["a/more"] == TWICE


@pytest.mark.parametrize("links", ["inside", "refuse"])
def test_links_that_are_not_to_be_followed(root, links):
    (root / "s1/in.jpg").symlink_to("../s2/1.jpg")
    (root / "s1/out.jpg").symlink_to(root.parent / "outside/o/1.jpg")
    (root / "s3").symlink_to("s1")
    (root / "s4").symlink_to(root.parent / "outside/o")
    (root / "s5.jpg").symlink_to("/nowhere")
    names = found(root, links=links)
    assert f"(links: {links})" in names.pop("s1/out.jpg")
    assert f"(links: {links})" in names.pop("s4")
    assert f"(links: {links})" in names.pop("s5.jpg")
    if links == "refuse":
        assert f"(links: {links})" in names.pop("s3")
        assert f"(links: {links})" in names.pop("s1/in.jpg")
        assert names == {"s1/1.jpg": None, "s2/1.jpg": None}
    else:
        assert f"(links: {links})" in names.pop("s3/out.jpg")
        assert names == dict.fromkeys(("s1/1.jpg", "s2/1.jpg", "s1/in.jpg", "s3/1.jpg", "s3/in.jpg"))


def test_the_root_itself_may_be_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    for links in ("follow", "inside", "refuse"):
        assert found(tmp_path / "link", links=links) == {"s1/1.jpg": None, "s2/1.jpg": None}


def test_a_path_never_leaves_the_root_through_its_name(root):
    (root / "s3").symlink_to(root.parent / "outside")
    for links in ("follow", "inside", "refuse"):
        for name in ("../outside/o/1.jpg", "/etc/passwd", "s1/../../outside/o/1.jpg", "s1/.."):
            assert refusal(root, name, links) == "the path leads out of the dataset's root"
    assert refusal(root, "s3/o/1.jpg", "follow") is None
    assert "(links: inside)" in refusal(root, "s3/o/1.jpg", "inside")
    assert "(links: refuse)" in refusal(root, "s3/o/1.jpg", "refuse")
    assert refusal(root, "s1/1.jpg", "refuse") is None


def test_a_folder_that_is_a_link_is_judged_where_a_walk_begins_there(root):
    (root / "images").symlink_to(root.parent / "outside")
    assert found(root, folder="images") == {"images/o/1.jpg": None}
    assert list(found(root, folder="images", links="inside")) == ["images"]


def test_a_file_that_vanishes_is_one_line(root, monkeypatch):
    scandir = os.scandir

    class Late:
        """A folder of which a file is taken away once it has been listed."""

        def __init__(self, path):
            self._path, self._entries = Path(path), scandir(path)

        def __enter__(self):
            return iter(list(self._entries))

        def __exit__(self, *_):
            if self._path.name == "s1":
                (root / "s1/1.jpg").unlink()

    monkeypatch.setattr(os, "scandir", Late)
    with pytest.raises(DataError, match=r"1\.jpg cannot be inspected: No such file"):
        list(walk(root))
    (root / "s1/1.jpg").touch()
    monkeypatch.setattr(module, "companion", lambda name: "editor" if name == "1.jpg" else None)
    assert found(root) == {"s1/1.jpg": None, "s2/1.jpg": None}


# --- the option of a dataset

SECTIONS = TypeAdapter(Dataset)


def index(root, tmp_path, **values):
    """The rows of the manifest by path."""
    config = SECTIONS.validate_python({"root": str(root), **values}).listing(seed=0)
    listing = list_dataset(root, root, **config)
    return {row["path"]: row for row in write_manifest(listing, root, tmp_path / "m.parquet").to_pylist()}


@pytest.fixture
def celeba(tmp_path, draw, write):
    """CelebA of which one image and one list are links, inside and out."""
    root = tmp_path / "celeba"
    write(root / "identity_CelebA.txt", "".join(f"{n}.jpg {n}\n" for n in range(4)))
    write(root / "list_eval_partition.txt", "".join(f"{n}.jpg 0\n" for n in range(4)))
    draw(root / "img_align_celeba/0.jpg")
    draw(root / "store/1.jpg")
    draw(tmp_path / "elsewhere/2.jpg")
    (root / "img_align_celeba/1.jpg").symlink_to("../store/1.jpg")
    (root / "img_align_celeba/2.jpg").symlink_to(tmp_path / "elsewhere/2.jpg")
    (root / "img_align_celeba/3.jpg").symlink_to(tmp_path / "elsewhere/gone.jpg")
    return root


@pytest.mark.parametrize(
    ("links", "read"), [("follow", "012"), (None, "012"), ("inside", "01"), ("refuse", "0")]
)
def test_images_that_a_list_names_are_judged_like_those_that_are_found(celeba, tmp_path, links, read):
    rows = index(celeba, tmp_path, adapter="celeba", **({} if links is None else {"links": links}))
    assert len(rows) == 4
    assert {Path(path).stem for path, row in rows.items() if row["status"] == "ok"} == set(read)
    assert all(row["reason"] for row in rows.values() if row["status"] != "ok")


def test_a_list_that_is_a_link_stops_where_links_are_not_followed(celeba, tmp_path):
    """It is not in the fingerprint there, so that nothing may be read from it."""
    (celeba / "list_eval_partition.txt").rename(tmp_path / "partition.txt")
    (celeba / "list_eval_partition.txt").symlink_to(tmp_path / "partition.txt")
    index(celeba, tmp_path, adapter="celeba")
    for links in ("inside", "refuse"):
        with pytest.raises(DataError, match=r"list_eval_partition\.txt is a link that this leaves out"):
            index(celeba, tmp_path, adapter="celeba", links=links)


def test_every_dataset_with_a_root_has_the_option(tmp_path):
    for name in ("folder", "lfw", "celeba", "ckplus", "fer2013", "ferplus", "rafdb", "wider_face"):
        section = SECTIONS.validate_python({"adapter": name, "root": str(tmp_path), "links": "inside"})
        assert section.listing(seed=0)["links"] == "inside"
    with pytest.raises(ValueError, match="links"):
        SECTIONS.validate_python({"adapter": "folder", "root": "a", "links": "maybe"})


def test_an_image_folder_that_is_a_link_is_read(tmp_path, draw, write):
    root = tmp_path / "celeba"
    write(root / "identity_CelebA.txt", "1.jpg 1\n")
    write(root / "list_eval_partition.txt", "1.jpg 0\n")
    draw(tmp_path / "disk/1.jpg")
    (root / "img_align_celeba").symlink_to(tmp_path / "disk")
    assert [row["status"] for row in index(root, tmp_path, adapter="celeba").values()] == ["ok"]
    with pytest.raises(DataError, match=r"none of 1 images .* \(links: inside\)"):
        index(root, tmp_path, adapter="celeba", links="inside")
