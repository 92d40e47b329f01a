import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

SEVEN = {"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"}
NAMES = {
    "FER-2013": "angry disgust fear happy sad surprise neutral",
    "in adjectives": "angry disgusted fearful happy sad surprised neutral",
    "AffectNet": "Anger Disgust Fear Happy Sad Surprise Neutral",
    "RAF-DB": "anger disgust fear happiness sadness surprise neutral",
}
CODES = {
    "fer2013_folders": "0 1 2 3 4 5 6",
    "rafdb": "6 3 2 4 5 1 7",
    "affectnet": "6 5 4 1 2 3 0",
}
"""The codes of the expressions in the order of `NAMES`, as the authors of each data set have them."""


def listed(adapter, root, draw, names, folder="{part}/{name}", parts=("train", "test"), **options):
    """Twelve images of each class of each part; the listing."""
    for part in parts:
        for name in names.split():
            for number in range(12):
                draw(root / folder.format(part=part, name=name) / f"{part}_{number}.jpg")
    return ADAPTERS.load(adapter)(root, **options)


def by_folder(listing):
    return {
        record.path.rpartition("/")[0].rpartition("/")[2]: record.expression for record in listing.records
    }


@pytest.mark.parametrize("adapter", CODES)
@pytest.mark.parametrize("names", NAMES)
def test_every_adapter_knows_the_words_of_the_field(tmp_path, draw, adapter, names):
    listing = listed(adapter, tmp_path, draw, NAMES[names])
    assert by_folder(listing) == dict(zip(NAMES[names].split(), NAMES["FER-2013"].split(), strict=True))
    assert len(listing.records) == 168
    assert not listing.problems
    assert not listing.ignored


@pytest.mark.parametrize("adapter", CODES)
def test_codes_are_those_of_the_adapter(tmp_path, draw, adapter):
    listing = listed(adapter, tmp_path, draw, CODES[adapter])
    assert by_folder(listing) == dict(zip(CODES[adapter].split(), NAMES["FER-2013"].split(), strict=True))


@pytest.mark.parametrize("adapter", CODES)
@pytest.mark.parametrize("wrapper", ["", "DATASET/", "archive (3)/AffectNet/"])
@pytest.mark.parametrize("parts", [("train", "test"), ("Train", "Validation"), ("train_set", "val_set"), ()])
def test_where_the_folders_may_be(tmp_path, draw, caplog, adapter, wrapper, parts):
    caplog.set_level("INFO")
    folder = f"{wrapper}{{part}}/{{name}}" if parts else f"{wrapper}{{name}}"
    listing = listed(adapter, tmp_path, draw, NAMES["AffectNet"], folder, parts or ("x",))
    assert {record.expression for record in listing.records} == SEVEN
    assert len(listing.records) == 84 * max(1, len(parts))
    second = "dev" if adapter == "fer2013_folders" and "test" not in parts else "test"
    assert {record.official_split for record in listing.records} == ({"train", second} if parts else {None})
    shape = "<part>/<class>/<image>" if parts else "<class>/<image>"
    assert f"layout: class folders, {shape} below {tmp_path / wrapper}" in caplog.text


@pytest.mark.parametrize("adapter", CODES)
def test_validation_is_the_dev_part_where_there_is_a_test_part(tmp_path, draw, adapter):
    listing = listed(adapter, tmp_path, draw, NAMES["AffectNet"], parts=("train", "val", "test"))
    assert [record.official_split for record in listing.records if "/val/" in f"/{record.path}"] == [
        "dev"
    ] * 84


@pytest.mark.parametrize("adapter", CODES)
def test_contempt_is_known_and_leaves_its_images_without_a_label(tmp_path, draw, adapter):
    listing = listed(adapter, tmp_path, draw, "anger contempt")
    assert by_folder(listing) == {"anger": "angry", "contempt": None}
    assert len(listing.problems) == 24
    assert all("contempt is none" in problem.reason for problem in listing.problems)


@pytest.mark.parametrize("adapter", CODES)
@pytest.mark.parametrize("wrong", ["hapy", "smile", "99", "1_happy"])
def test_an_unknown_class_folder_stops_with_its_name_its_number_and_the_list(tmp_path, draw, adapter, wrong):
    with pytest.raises(DataError) as error:
        listed(adapter, tmp_path, draw, f"angry sad {wrong}")
    assert f"unknown expressions: 24 × '{wrong}'; accepted are {sorted(CODES[adapter].split())[0]}, " in str(
        error.value
    )
    assert "afraid" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("adapter", CODES)
def test_the_user_may_say_what_a_folder_means(tmp_path, draw, adapter):
    classes = {"grins": "happy", "1": "sad", "odd": None}
    listing = listed(adapter, tmp_path, draw, "grins 1 odd angry", classes=classes)
    assert by_folder(listing) == {"grins": "happy", "1": "sad", "odd": None, "angry": "angry"}


def test_an_unknown_part_stops(tmp_path, draw):
    with pytest.raises(DataError, match="unknown parts: 24 × 'holdout'; accepted are train, training"):
        listed("fer2013_folders", tmp_path, draw, "happy sad", parts=("train", "test", "holdout"))


def test_images_elsewhere_are_problems_up_to_a_tenth(tmp_path, draw, reasons):
    draw(tmp_path / "train/loose.jpg")
    draw(tmp_path / "train/happy/deeper/1.jpg")
    draw(tmp_path / "cover.jpg")
    listing = listed("fer2013_folders", tmp_path, draw, "happy sad")
    assert set(reasons(listing)) == {"train/loose.jpg", "train/happy/deeper/1.jpg", "cover.jpg"}
    assert len(listing.records) == 48
    for number in range(10):
        draw(tmp_path / f"train/happy/deeper/{number}.jpg")
    with pytest.raises(DataError, match="48 of 60 labelled rows can be used"):
        ADAPTERS.load("fer2013_folders")(tmp_path)


def test_two_datasets_in_one_root_are_told_apart_by_the_user(tmp_path, draw):
    listed("rafdb", tmp_path / "A", draw, "happy sad")
    with pytest.raises(DataError, match=r"the folders A and B below .* each hold class folders"):
        listed("rafdb", tmp_path, draw, "happy sad", "B/{part}/{name}")


def test_hidden_and_packers_folders_are_no_layout(tmp_path, draw):
    draw(tmp_path / "__MACOSX/train/happy/._1.jpg")
    draw(tmp_path / ".trash/train/happy/1.jpg")
    listing = listed("rafdb", tmp_path, draw, "happy sad", "DATASET/{part}/{name}")
    assert {record.path.split("/")[0] for record in listing.records} == {"DATASET"}


def test_the_official_packings_come_first(tmp_path, draw, write):
    write(tmp_path / "EmoLabel/list_patition_label.txt", "train_00001.jpg 5\n")
    draw(tmp_path / "Image/aligned/train_00001_aligned.jpg")
    listing = listed("rafdb", tmp_path, draw, "happy")
    assert [record.image_id for record in listing.records] == ["train_00001"]


def test_rafdb_in_the_folder_that_its_archive_makes(tmp_path, draw, write, caplog):
    caplog.set_level("INFO")
    write(tmp_path / "basic/EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntest_0001.jpg 6.0\n")
    for name in ("train_00001", "test_0001"):
        draw(tmp_path / f"basic/Image/aligned/{name}_aligned.jpg")
    listing = ADAPTERS.load("rafdb")(tmp_path)
    assert [(r.path, r.expression, r.official_split) for r in listing.records] == [
        ("basic/Image/aligned/train_00001_aligned.jpg", "sad", "train"),
        ("basic/Image/aligned/test_0001_aligned.jpg", "angry", "test"),
    ]
    assert "layout: official" in caplog.text
