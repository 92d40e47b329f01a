import unicodedata

import pytest

from bauta.datasets.folder import list_folder
from bauta.errors import DataError

IMAGES = [f"s{person}/{number}.png" for person in (1, 2) for number in range(10)]


@pytest.fixture
def root(tmp_path, draw, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in IMAGES:
        draw(tmp_path / "data/mine" / name)
    return tmp_path / "data/mine"


def label(root, rows, header="path,expression", **options):
    (root / "labels.csv").write_text("\n".join([header, *rows]) + "\n")
    listing = list_folder(options.pop("seen_at", root), labels="labels.csv", **options)
    return {record.path: record.expression for record in listing.records if record.expression}, listing


WRITTEN = {
    "as documented": lambda root, name: name,
    "with a dot": lambda root, name: f"./{name}",
    "absolute": lambda root, name: f"{root}/{name}",
    "from the working directory": lambda root, name: f"data/mine/{name}",
    "from the folder above": lambda root, name: f"mine/{name}",
    "up and down again": lambda root, name: f"../mine/{name}",
    "backslashes": lambda root, name: name.replace("/", "\\"),
    "backslashes from the working directory": lambda root, name: f".\\data\\mine\\{name}".replace("/", "\\"),
    "suffix in capitals": lambda root, name: name.replace("png", "PNG"),
    "another case": lambda root, name: name.upper(),
    "quoted": lambda root, name: f'"{name}"',
    "spaces": lambda root, name: f" {name} ",
    "doubled slashes": lambda root, name: name.replace("/", "//"),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_paths_as_people_write_them(root, written):
    rows = [f"{WRITTEN[written](root, name)},sad" for name in IMAGES]
    found, listing = label(root, rows)
    assert found == dict.fromkeys(IMAGES, "sad")
    assert not listing.problems


def test_a_relative_root_and_a_linked_root_mean_the_same(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    rows = [f"{root}/{name},sad" for name in IMAGES[:10]] + [
        f"{tmp_path}/link/{name},sad" for name in IMAGES[10:]
    ]
    assert label(root, rows, seen_at="link")[0] == dict.fromkeys(IMAGES, "sad")
    assert label(root, rows[:10], seen_at="data/mine")[0] == dict.fromkeys(IMAGES[:10], "sad")


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
def test_either_unicode_form_is_found(root, draw, on_disk):
    name = "José/größe.png"
    draw(root / unicodedata.normalize(on_disk, name))
    for form in ("NFC", "NFD"):
        found, _ = label(root, [f"{unicodedata.normalize(form, name)},sad"])
        assert found == {unicodedata.normalize(on_disk, name): "sad"}


def test_bare_names_are_found_where_there_is_one(root, draw):
    draw(root / "s3/anna_01.png")
    assert label(root, ["anna_01.png,sad"])[0] == {"s3/anna_01.png": "sad"}
    with pytest.raises(DataError, match=r"'1.png' may be 's1/1.png', 's2/1.png' or others: 2 images"):
        label(root, ["1.png,sad"])


def test_labels_beside_the_root_may_name_their_images_from_there(root, tmp_path):
    (tmp_path / "data/labels.csv").write_text(
        "path,expression\n" + "".join(f"mine/{n},sad\n" for n in IMAGES)
    )
    listing = list_folder(root, labels="../labels.csv")
    assert [record.expression for record in listing.records] == ["sad"] * 20


@pytest.mark.parametrize(
    "path",
    ["../x.png", "/etc/x.png", "C:\\faces\\s1\\1.png", "..\\..\\x.png", "s1/../../../x.png", "//s/x.png"],
)
def test_a_path_never_leaves_the_root(root, draw, path):
    draw(root.parent / "x.png")
    (root / "s3").symlink_to(root.parent)
    rows = [f"{name},sad" for name in IMAGES]
    found, listing = label(root, [*rows, f'"{path}",happy'])
    assert found == dict.fromkeys(IMAGES, "sad")
    (problem,) = listing.problems
    assert problem.reason == f"expected a path inside the dataset's root, got '{path}'"


def test_twins_in_case_are_told_apart_and_never_guessed(root, draw):
    draw(root / "Bob/1.png")
    draw(root / "bob/1.png")
    if len(list(root.iterdir())) < 4:
        pytest.skip("the file system does not tell case")
    found, _ = label(root, ["Bob/1.png,sad", "bob/1.png,happy"])
    assert found == {"Bob/1.png": "sad", "bob/1.png": "happy"}
    with pytest.raises(DataError, match=r"'BOB/1\.png' may be"):
        label(root, ["BOB/1.png,sad"])


def test_a_name_with_a_backslash_of_its_own_is_that_file(root, draw):
    draw(root / "s1\\1.png")
    assert label(root, ["s1\\1.png,sad"])[0] == {"s1\\1.png": "sad"}


@pytest.mark.parametrize("path", ["Path", "filename", "image", "file_path", "IMAGE_ID", "pth"])
@pytest.mark.parametrize("expression", ["Expression", "emotion", "label", "class"])
def test_columns_as_people_name_them(root, path, expression):
    assert label(root, ["s1/1.png,Happy"], f"{path},{expression}")[0] == {"s1/1.png": "happy"}
    assert label(root, ["Happy;s1/1.png"], f"{expression};{path}")[0] == {"s1/1.png": "happy"}


def test_words_as_people_write_them(root):
    words = ["Happy", "happiness", "joyful", " happy", "HA", '"Happy"', "happy,"]
    found, _ = label(root, [f"{name},{word}" for name, word in zip(IMAGES, words, strict=False)])
    assert list(found.values()) == ["happy"] * len(words)


def test_contempt_is_counted_and_leaves_the_image_without_a_label(root):
    rows = [f"{name},contempt" for name in IMAGES[:15]] + [f"{name},sad" for name in IMAGES[15:]]
    found, listing = label(root, rows)
    assert found == dict.fromkeys(IMAGES[15:], "sad")
    assert len(listing.problems) == 15
    assert listing.problems[0].where == "s1/0.png"
    assert "contempt is none of the seven" in listing.problems[0].reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s1/1.png,", "'s1/1.png' has no expression"),
        ("s1/1.png", "expected 2 columns, got 1"),
        ("s1/1.png,sad,sad", "expected 2 columns, got 3"),
        (",sad", "there is no image ''"),
        ("s1/none.png,happy", "there is no image 's1/none.png'"),
        ('"s1/1.png,happy', "not a row of a CSV file"),
    ],
)
def test_one_row_in_ten_that_cannot_be_used_is_counted_and_costs_no_image(root, reasons, row, reason):
    rows = [f"{name},sad" for name in IMAGES[10:]]
    found, listing = label(root, [*rows, row])
    assert found == dict.fromkeys(IMAGES[10:], "sad")
    assert len(listing.records) == 20
    assert reason in reasons(listing)["labels.csv, line 12"]


@pytest.mark.parametrize("word", ["happy", "contempt"])
@pytest.mark.parametrize("name", ["s2/0.png", "s2/./0.png"])
def test_labels_that_contradict_each_other_are_none(root, reasons, name, word):
    for place in (0, 10):
        rows = [f"{name},sad" for name in IMAGES[10:]]
        rows.insert(place, f"{name},{word}")
        found, listing = label(root, rows)
        assert found == dict.fromkeys(IMAGES[11:], "sad")
        assert len(listing.records) == 20
        reason = "; ".join(reasons(listing).values())
        assert "'s2/0.png' has contradictory labels" in reason


def test_equal_labels_are_one_label(root):
    found, listing = label(root, [f"{name},{word}" for name in IMAGES for word in ("sad", "Sadness", "SA")])
    assert found == dict.fromkeys(IMAGES, "sad")
    assert not listing.problems


def test_fewer_stop_with_the_first_reason_the_words_and_the_list(root):
    rows = [f"{name},sad" for name in IMAGES[:8]] + ["gone/1.png,Happy"]
    with pytest.raises(DataError) as error:
        label(root, rows)
    message = str(error.value)
    assert "8 of 9 labelled rows can be used, expected at least 90%" in message
    assert "labels.csv, line 10: there is no image 'gone/1.png'" in message
    assert "8 × 'sad', 1 × 'Happy'" in message
    assert "accepted are angry, anger" in message
    assert "\n" not in message


@pytest.mark.parametrize("row", ["s1/1.png,hapy", "gone.png,hapy"])
def test_an_unknown_word_stops(root, row):
    rows = [f"{name},sad" for name in IMAGES[10:]]
    with pytest.raises(
        DataError, match=r"labels.csv: unknown expressions: 1 × 'hapy'; .*classes: {hapy: happy}"
    ):
        label(root, [*rows, row])


def test_codes_stop_until_the_user_says_what_they_mean(root):
    rows = [f"{name},{place % 2}" for place, name in enumerate(IMAGES)]
    with pytest.raises(DataError, match="unknown expressions: 10 × '0', 10 × '1'"):
        label(root, rows)
    found, _ = label(root, rows, classes={"0": "angry", "1": None})
    assert found == dict.fromkeys(IMAGES[::2], "angry")


@pytest.mark.parametrize("rows", [[], [",", ","], [f"{name},contempt" for name in IMAGES]])
def test_labels_without_a_label_are_refused(root, rows):
    with pytest.raises(DataError, match=r"0 of 0 labelled rows|none of 20 labels"):
        label(root, rows)
