import numpy as np
import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
)
CODES = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", None, None, None, None)
LANDMARKS = np.arange(136, dtype=float).reshape(68, 2)
FIVE = [LANDMARKS[36:42].mean(0), LANDMARKS[42:48].mean(0), LANDMARKS[30], LANDMARKS[48], LANDMARKS[54]]


def row(path, expression, landmarks=None, box="10,20,30,40"):
    text = ";".join(map(str, (LANDMARKS if landmarks is None else landmarks).ravel()))
    return f"{path},{box},{text},{expression},0.1,-0.2"


def older(root, training, validation=()):
    folder = root / "Manually_Annotated_file_lists"
    folder.mkdir()
    (folder / "training.csv").write_text("\n".join([HEADER, *training]) + "\n")
    (folder / "validation.csv").write_text("\n".join([HEADER, *validation]) + "\n")
    return ADAPTERS.load("affectnet")(root)


def test_older_packing(tmp_path, draw, reasons):
    for code in range(11):
        draw(tmp_path / f"Manually_Annotated_Images/1/{code}.jpg")
    draw(tmp_path / "Manually_Annotated_Images/2/v.jpg")
    found = older(tmp_path, [row(f"1/{code}.jpg", code) for code in range(11)], [row("2/v.jpg", 3)])
    assert tuple(record.expression for record in found.records[:11]) == CODES
    assert [record.official_split for record in found.records] == ["train"] * 11 + ["test"]
    assert found.records[0].boxes == ((9.5, 19.5, 39.5, 59.5),)
    np.testing.assert_allclose(found.records[0].points, [FIVE])
    problems = reasons(found)
    assert set(problems) == {f"Manually_Annotated_Images/1/{code}.jpg" for code in range(7, 11)}
    assert "contempt" in problems["Manually_Annotated_Images/1/7.jpg"]
    assert "no face" in problems["Manually_Annotated_Images/1/10.jpg"]
    assert all("stays without a label" in reason for reason in problems.values())


def test_older_packing_with_broken_rows(tmp_path, draw, reasons):
    for name in ("a", "b", "c", "d", "e", "unlisted"):
        draw(tmp_path / f"Manually_Annotated_Images/1/{name}.jpg")
    for number in range(80):
        draw(tmp_path / f"Manually_Annotated_Images/2/{number}.jpg")
    draw(tmp_path / "secret.jpg")
    rows = [
        row("1/a.jpg", 1),
        row("1/gone too.jpg", 1),
        row("1/c.jpg", 1, LANDMARKS[:60]),
        row("1/d.jpg", 1, box="10,,30,40"),
        row("1/e.jpg", 10, box="NULL,NULL,NULL,NULL"),
        row("../secret.jpg", 1),
        row("1/gone.jpg", 1),
        row("1/a.jpg", 2),
        "1/a.jpg,1",
        row("1/./a.jpg", 2),
        row("", 2),
    ]
    found = older(tmp_path, [*rows, *(row(f"2/{number}.jpg", 1) for number in range(80))])
    records = {record.path.rpartition("/")[2]: record for record in found.records if "/2/" not in record.path}
    assert set(records) == {"a.jpg", "e.jpg"}
    assert records["a.jpg"].expression == "happy"
    assert records["e.jpg"].expression is None
    assert records["e.jpg"].boxes is None
    problems = reasons(found)
    expected = {3: "there is no image", 4: "136 coordinates, got 120", 5: "a box and 68 points"}
    expected |= {7: "inside the dataset's root", 8: "there is no image", 9: "listed already", 10: "9 columns"}
    expected |= {11: "listed already", 12: "there is no image"}
    for line, text in expected.items():
        assert text in problems.pop(f"training.csv, line {line}")
    assert set(problems) == {"Manually_Annotated_Images/1/e.jpg"}
    assert "Manually_Annotated_Images/1/unlisted.jpg" in found.ignored
    assert "secret.jpg" not in found.ignored


def test_newer_packing(tmp_path, draw, reasons):
    def annotate(folder, name, code, landmarks=LANDMARKS):
        draw(tmp_path / folder / "images" / f"{name}.jpg")
        annotations = tmp_path / folder / "annotations"
        annotations.mkdir(exist_ok=True)
        np.save(annotations / f"{name}_exp.npy", np.array(code))
        np.save(annotations / f"{name}_lnd.npy", landmarks.ravel())

    annotate("train_set", 0, "6")
    annotate("train_set", 1, "7")
    annotate("train_set", 10, 2)
    for number in range(20, 60):
        annotate("train_set", number, "1.0")
    annotate("train_set", 12, "1", LANDMARKS[:5])
    annotate("val_set", 0, "0")
    np.save(tmp_path / "train_set/annotations/13_exp.npy", np.array(["1", {}], dtype=object))
    draw(tmp_path / "train_set/images/13.jpg")
    (tmp_path / "train_set/annotations/14_exp.npy").write_bytes(b"")
    draw(tmp_path / "train_set/images/14.jpg")
    draw(tmp_path / "train_set/images/15.jpg")
    found = ADAPTERS.load("affectnet")(tmp_path)
    records = [record for record in found.records if record.expression != "happy"]
    assert len(found.records) == len(records) + 40
    assert [(record.path, record.expression, record.official_split) for record in records] == [
        ("train_set/images/0.jpg", "angry", "train"),
        ("train_set/images/1.jpg", None, "train"),
        ("train_set/images/10.jpg", "sad", "train"),
        ("val_set/images/0.jpg", "neutral", "test"),
    ]
    np.testing.assert_allclose(found.records[0].points, [FIVE])
    assert np.isnan(found.records[0].boxes).all()
    problems = reasons(found)
    assert "contempt" in problems.pop("train_set/images/1.jpg")
    assert "136 coordinates" in problems.pop("train_set/images/12.jpg")
    assert set(problems) == {f"train_set/images/{name}.jpg" for name in (13, 14, 15)}
    assert all("annotation cannot be read" in reason for reason in problems.values())


def test_no_packing_is_refused(tmp_path, draw):
    with pytest.raises(DataError, match="got none"):
        ADAPTERS.load("affectnet")(tmp_path)
    draw(tmp_path / "Manually_Annotated_Images/1/a.jpg")
    with pytest.raises(DataError, match="got none"):
        ADAPTERS.load("affectnet")(tmp_path)


@pytest.mark.parametrize("code", [11, "x", "-1", "1.5", ""])
def test_a_code_that_nobody_knows_stops(tmp_path, draw, code):
    for number in range(20):
        draw(tmp_path / f"Manually_Annotated_Images/1/{number}.jpg")
    rows = [row(f"1/{number}.jpg", number % 7) for number in range(19)]
    with pytest.raises(DataError, match=rf"unknown expressions: 1 × '{code}'; accepted are 0, 1, 2"):
        older(tmp_path, [*rows, row("1/19.jpg", code)])
