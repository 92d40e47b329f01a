import os

import pytest
from PIL import Image

from bauta.apply.inputs import plan_items, shown, target_name
from bauta.errors import ConfigError


@pytest.fixture
def pictures(tmp_path):
    """A folder with two pictures, one of them in a folder of its own, and a text."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.jpg", "sub/b.PNG"):
        Image.new("RGB", (8, 8)).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


def targets(*inputs, out):
    return sorted(item.target for item in plan_items(list(inputs), out))


def test_a_folder_keeps_its_structure(pictures, tmp_path):
    assert targets(pictures, out=tmp_path / "out") == ["a.jpg", "sub/b.PNG"]


def test_several_inputs_go_to_a_folder_each(pictures, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (8, 8)).save(other / "a.jpg")
    got = targets(pictures, other, other / "a.jpg", out=tmp_path / "out")
    assert got == ["a.jpg", "in/a.jpg", "in/sub/b.PNG", "other/a.jpg"]


def test_two_pictures_of_one_name_are_refused(pictures, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (8, 8)).save(other / "a.jpg")
    with pytest.raises(ConfigError, match=r"in/a.jpg and .*other/a.jpg would both be written to .*out/a.jpg"):
        plan_items([pictures / "a.jpg", other / "a.jpg"], tmp_path / "out")


def test_formats_that_are_not_written_get_a_suffix_that_no_other_picture_has():
    names = ["x.heic", "x.jpg", "x.gif", "x", "x.tif"]
    assert [target_name(name) for name in names] == ["x.heic.jpg", "x.jpg", "x.gif.png", "x.png", "x.tif"]


def test_the_output_in_an_input_is_left_out(pictures):
    out = pictures / "out"
    out.mkdir()
    Image.new("RGB", (8, 8)).save(out / "earlier.jpg")
    assert targets(pictures, out=out) == ["a.jpg", "sub/b.PNG"]


def test_the_output_must_not_be_an_input(pictures, tmp_path):
    (tmp_path / "link").symlink_to(pictures)
    for out in (pictures, tmp_path / "link", pictures / "sub" / ".."):
        with pytest.raises(ConfigError, match="is the input itself"):
            plan_items([pictures], out)


def test_an_original_is_never_overwritten(pictures, tmp_path):
    with pytest.raises(ConfigError, match="would be overwritten"):
        plan_items([pictures / "a.jpg"], pictures)
    out = tmp_path / "out"
    out.mkdir()
    (out / "sub").symlink_to(pictures / "sub")
    with pytest.raises(ConfigError, match="would be overwritten"):
        plan_items([pictures], out)


@pytest.mark.parametrize("name", ["unprocessed", "review"])
def test_names_that_bauta_needs_are_refused(name, pictures, tmp_path):
    (pictures / "sub").rename(pictures / name)
    with pytest.raises(ConfigError, match="which bauta uses itself"):
        plan_items([pictures], tmp_path / "out")


def test_what_is_missing_or_empty_is_said(pictures, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError, match="does not exist"):
        plan_items([tmp_path / "none"], tmp_path / "out")
    with pytest.raises(ConfigError, match=r"no pictures or videos in .*empty"):
        plan_items([empty], tmp_path / "out")
    with pytest.raises(ConfigError, match="is a file: name a folder"):
        plan_items([pictures], pictures / "notes.txt")


def test_links_pipes_and_hidden_files(pictures, tmp_path):
    os.mkfifo(pictures / "pipe.jpg")
    (pictures / "loop").symlink_to(pictures)
    (pictures / "gone.jpg").symlink_to(tmp_path / "gone")
    (pictures / "._a.jpg").write_bytes(b"x")
    items = {item.target: item for item in plan_items([pictures], tmp_path / "out")}
    assert sorted(items) == ["a.jpg", "gone.jpg", "pipe.jpg", "sub/b.PNG"]
    assert items["pipe.jpg"].reason == "not a regular file"
    assert "cannot be followed" in items["gone.jpg"].reason


def test_a_picture_without_a_suffix_is_found_by_its_content(pictures, tmp_path):
    (pictures / "a.jpg").rename(pictures / "portrait")
    assert targets(pictures, out=tmp_path / "out") == ["portrait.png", "sub/b.PNG"]


def test_videos_are_told_apart(pictures, tmp_path):
    (pictures / "v.MP4").write_bytes(b"x")
    kinds = {item.target: item.kind for item in plan_items([pictures], tmp_path / "out")}
    assert kinds == {"a.jpg": "image", "sub/b.PNG": "image", "v.MP4": "video"}


def test_names_are_shown_on_one_line():
    assert shown("a\nb\x1b[31m") == "a\\nb\\x1b[31m"
    assert shown(os.fsdecode(b"\xff.jpg")) == "\\xff.jpg"
