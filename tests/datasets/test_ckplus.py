import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

CODES = ("neutral", "angry", None, "disgust", "fear", "happy", "sad", "surprise")


def sequence(root, draw, subject, number, frames, emotion=None):
    stem = f"{subject}_{number}"
    for frame in range(1, frames + 1):
        draw(root / f"cohn-kanade-images/{subject}/{number}/{stem}_{frame:08d}.png")
    folder = root / f"Emotion/{subject}/{number}"
    folder.mkdir(parents=True)
    if emotion is not None:
        (folder / f"{stem}_{frames:08d}_emotion.txt").write_text(f"   {emotion}\n")


def test_the_first_frame_is_neutral_and_the_last_shows_the_emotion(tmp_path, draw, reasons):
    for code in range(8):
        sequence(tmp_path, draw, f"S{code:03d}", "001", 4, f"{code:.7e}")
    draw(tmp_path / "cohn-kanade-images/S000/001/.DS_Store.png")
    (tmp_path / "cohn-kanade-images/S000/001/.DS_Store.png").rename(
        tmp_path / "cohn-kanade-images/S000/.DS_Store"
    )
    found = ADAPTERS.load("ckplus")(tmp_path)
    assert [(r.subject, r.expression) for r in found.records] == [
        (f"S{code:03d}", label) for code, name in enumerate(CODES) for label in ("neutral", name)
    ]
    assert [r.image_id for r in found.records[:2]] == ["S000_001_00000001", "S000_001_00000004"]
    assert len(found.over_limit) == 16
    assert all(name.endswith(("2.png", "3.png")) for name in found.over_limit)
    assert "contempt" in reasons(found)["S002_001_00000004"]


def test_several_frames_of_the_peak_and_no_neutral_one(tmp_path, draw):
    sequence(tmp_path, draw, "S005", "001", 11, "3.0")
    found = ADAPTERS.load("ckplus")(tmp_path, peak=3, neutral=False)
    assert [(r.image_id[-2:], r.expression) for r in found.records] == [
        ("09", "disgust"),
        ("10", "disgust"),
        ("11", "disgust"),
    ]
    assert len(found.over_limit) == 8


def test_a_short_sequence_keeps_its_neutral_frame_apart(tmp_path, draw):
    sequence(tmp_path, draw, "S005", "001", 3, "3.0")
    found = ADAPTERS.load("ckplus")(tmp_path, peak=3)
    assert [record.expression for record in found.records] == ["neutral", "disgust", "disgust"]
    assert not found.problems


@pytest.mark.parametrize(
    ("emotion", "reason"),
    [
        (None, "the sequence has no label"),
        ("happy", "expected one number"),
        ("2.5", "expected one number"),
        ("inf", "expected one number"),
        ("", "expected one number"),
        ("9.0", "expected one number from 0 to 7 in Emotion/S005/001, got 9.0"),
    ],
)
def test_a_label_that_is_missing_or_broken(tmp_path, draw, reasons, emotion, reason):
    sequence(tmp_path, draw, "S005", "001", 3, emotion)
    for number in range(10, 15):
        sequence(tmp_path, draw, f"S{number:03d}", "001", 2, "3.0")
    found = ADAPTERS.load("ckplus")(tmp_path)
    assert [(r.image_id[-1], r.expression) for r in found.records[:2]] == [("1", "neutral"), ("3", None)]
    assert reason in reasons(found)["S005_001_00000003"]


def test_a_file_that_is_in_no_sequence_is_counted(tmp_path, draw, reasons):
    for number in range(5):
        sequence(tmp_path, draw, f"S{number:03d}", "001", 3, "1.0")
    draw(tmp_path / "cohn-kanade-images/S000/loose.png")
    found = ADAPTERS.load("ckplus")(tmp_path)
    assert len(found.records) == 10
    assert set(reasons(found)) == {"cohn-kanade-images/S000/loose.png"}


@pytest.mark.parametrize("lost", ["cohn-kanade-images", "Emotion"])
def test_what_is_missing_is_named(tmp_path, draw, lost):
    sequence(tmp_path, draw, "S005", "001", 2, "3.0")
    (tmp_path / lost).rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=lost):
        ADAPTERS.load("ckplus")(tmp_path)


FRAMES = {
    "anger": ["S010_004_00000017", "S010_004_00000018", "S010_004_00000019", "S011_004_00000021"],
    "contempt": ["S138_008_00000007", "S138_008_00000008", "S138_008_00000009"],
    "disgust": ["S005_001_00000009", "S005_001_00000010", "S005_001_00000011"],
    "happy": ["S010_006_00000013", "S010_006_00000014", "S010_006_00000015"],
}


def ck48(root, draw):
    for emotion, names in FRAMES.items():
        for name in names:
            draw(root / emotion / f"{name}.png")


@pytest.mark.parametrize("folder", ["", "CK+48"])
def test_ck48_is_read_with_the_subject_of_the_file_name(tmp_path, draw, reasons, caplog, folder):
    caplog.set_level("INFO")
    ck48(tmp_path / folder, draw)
    found = ADAPTERS.load("ckplus")(tmp_path)
    assert [(r.image_id, r.subject, r.expression) for r in found.records] == [
        ("S010_004_00000019", "S010", "angry"),
        ("S011_004_00000021", "S011", "angry"),
        ("S138_008_00000009", "S138", None),
        ("S005_001_00000011", "S005", "disgust"),
        ("S010_006_00000015", "S010", "happy"),
    ]
    assert len(found.over_limit) == 8
    assert set(reasons(found)) == {"S138_008_00000009"}
    assert f"layout: CK+48, class folders, <class>/<image> below {tmp_path / folder}" in caplog.text
    assert len(ADAPTERS.load("ckplus")(tmp_path, peak=3).records) == 13


def test_ck48_with_another_folder_stops(tmp_path, draw):
    ck48(tmp_path, draw)
    draw(tmp_path / "smiling/S050_006_00000015.png")
    with pytest.raises(DataError, match="unknown expressions: 1 × 'smiling'"):
        ADAPTERS.load("ckplus")(tmp_path)


def test_ck48_with_other_names_is_not_read_without_saying_so(tmp_path, draw):
    ck48(tmp_path, draw)
    for number in range(3):
        draw(tmp_path / f"happy/face{number}.png")
    with pytest.raises(
        DataError, match=r"happy/face0.png: expected a name such as anger/S010_004_00000017.png"
    ):
        ADAPTERS.load("ckplus")(tmp_path)
