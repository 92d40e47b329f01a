import numpy as np
import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

TRAIN = """0--Parade/0_Parade_1.jpg
2
449 330 122 149 0 0 0 0 0 0
10 20 30 40 2 1 0 0 2 1
0--Parade/0_Parade_2.jpg
0
0 0 0 0 0 0 0 0 0 0
0--Parade/0_Parade_3.jpg
3
1 2 3 4 0 0 0 1 0 0
5 6 0 8 0 0 0 0 0 0
5 6 7 8 0 0 0 0 0 0
0--Parade/0_Parade_4.jpg
2
1 2 3 4 0 0 0 0 0 0
0--Parade/0_Parade_5.jpg
1
1 2 3 x 0 0 0 0 0 0
0--Parade/0_Parade_6.jpg
many
1 2 3 4 0 0 0 0 0 0
0--Parade/0_Parade_7.jpg
1
1 2 3 4 0 0
0--Parade/gone.jpg
1
1 2 3 4 0 0 0 0 0 0
../../secret.jpg
1
1 2 3 4 0 0 0 0 0 0
0--Parade/0_Parade_1.jpg
1
1 2 3 4 0 0 0 0 0 0
0--Parade/0_Parade_8.jpg
"""


def test_boxes_of_each_image(tmp_path, draw, write, reasons):
    for number in range(1, 10):
        draw(tmp_path / f"WIDER_train/images/0--Parade/0_Parade_{number}.jpg")
    draw(tmp_path / "WIDER_val/images/1--Handshaking/v.jpg")
    draw(tmp_path / "secret.jpg")
    write(tmp_path / "wider_face_split/wider_face_train_bbx_gt.txt", TRAIN)
    write(
        tmp_path / "wider_face_split/wider_face_val_bbx_gt.txt",
        "1--Handshaking/v.jpg\n1\n1 2 3 4 0 0 0 0 0 0\n",
    )
    found = ADAPTERS.load("wider_face")(tmp_path)
    folder = "WIDER_train/images/0--Parade"
    assert [(record.path, record.boxes, record.official_split) for record in found.records] == [
        (f"{folder}/0_Parade_1.jpg", ((448.5, 329.5, 570.5, 478.5), (9.5, 19.5, 39.5, 59.5)), "train"),
        (f"{folder}/0_Parade_2.jpg", (), "train"),
        (f"{folder}/0_Parade_3.jpg", ((4.5, 5.5, 11.5, 13.5),), "train"),
        ("WIDER_val/images/1--Handshaking/v.jpg", ((0.5, 1.5, 3.5, 5.5),), "test"),
    ]
    assert np.shape(found.records[0].points) == (2, 5, 2)
    assert np.isnan(found.records[0].points).all()
    assert {record.subject for record in found.records} == {None}
    problems = reasons(found)
    texts = {13: "2 faces, got 1", 16: "ten whole numbers", 19: "a number of faces", 22: "ten whole numbers"}
    texts |= {25: "no image", 28: "inside", 31: "listed already", 34: "a number of faces"}
    for line, text in texts.items():
        assert text in problems.pop(f"wider_face_train_bbx_gt.txt, line {line}")
    assert not problems
    assert found.ignored == tuple(f"{folder}/0_Parade_{number}.jpg" for number in (4, 5, 6, 7, 8, 9))


def test_without_annotations_it_is_refused(tmp_path, draw):
    draw(tmp_path / "WIDER_train/images/0--Parade/a.jpg")
    with pytest.raises(DataError, match="wider_face_train_bbx_gt"):
        ADAPTERS.load("wider_face")(tmp_path)
