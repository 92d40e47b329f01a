"""Pairs in the files of LFW, CFP and AgeDB."""

import numpy as np
import pytest
from scipy.io import savemat

from bauta.attack.lfw_pairs import Pair, evaluate_pairs
from bauta.attack.pair_files import read_pair_files
from bauta.errors import DataError
from bauta.io.fingerprint import file_fingerprint, files_fingerprint


def cfp_files(root, protocol="FP", folds=2):
    lists = {"Pair_list_F.txt": ("frontal", 4), "Pair_list_P.txt": ("profile", 3)}
    for name, (kind, count) in lists.items():
        rows = [f"{n} ../Data/Images/00{n}/{kind}/01.jpg" for n in range(1, count + 1)]
        (root / name).write_text("\n".join(rows) + "\n")
    paths = [root / name for name in list(lists)[: 1 + (protocol == "FP")]]
    for fold in range(1, folds + 1):
        folder = root / f"Split/{protocol}/{fold:02d}"
        folder.mkdir(parents=True)
        (folder / "same.txt").write_text(f"{fold},{fold}\n")
        (folder / "diff.txt").write_text(f"{fold},3\n4,{fold}\n")
        paths += [folder / "same.txt", folder / "diff.txt"]
    return paths


@pytest.mark.parametrize(("protocol", "kind"), [("FP", "profile"), ("FF", "frontal")])
def test_the_numbers_of_cfp_are_images_of_two_lists(tmp_path, protocol, kind):
    paths = cfp_files(tmp_path, protocol)
    folds = read_pair_files(paths, "cfp", files_fingerprint(paths))
    assert folds[1] == (
        Pair("002/frontal/01", f"002/{kind}/01", genuine=True),
        Pair("002/frontal/01", f"003/{kind}/01", genuine=False),
        Pair("004/frontal/01", f"002/{kind}/01", genuine=False),
    )
    assert len(folds) == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "Pair_list_F.txt",
            "one ../Data/Images/001/frontal/01.jpg",
            "line 1: expected a number and an image",
        ),
        ("Pair_list_F.txt", "1 ../Data/Images/001/back/01.jpg", "line 1: expected a number and an image"),
        ("Split/FP/01/same.txt", "1,1\n9,1", "line 2: expected the numbers of two images, got '9,1'"),
        ("Split/FP/01/same.txt", "1 1", "line 1: expected the numbers"),
    ],
)
def test_other_files_than_those_of_cfp_are_refused(tmp_path, name, text, message):
    paths = cfp_files(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_pair_files(paths, "cfp")


def matlab(path, folds):
    """As in the file of AgeDB: cells of structures with two rows of cells, each a name and an age."""
    splits = np.empty((len(folds), 1), dtype=object)
    for number, pairs in enumerate(folds):
        table = np.empty((2, len(pairs)), dtype=object)
        for column, pair in enumerate(pairs):
            for row, name in enumerate(pair):
                table[row, column] = {"name": name, "age": 35}
        splits[number, 0] = {"split": table}
    savemat(path, {"splits": splits})
    return path


NAMES = [
    [("MariaCallas_35_f_0_1", "MariaCallas_65_f_2_3"), ("MariaCallas_35_f_0_1", "OrsonWelles_60_m_0_7")],
    [("OrsonWelles_20_m_1_1", "OrsonWelles_60_m_0_7"), ("OrsonWelles_20_m_1_1", "MariaCallas_65_f_2_3")],
]


def test_agedb_names_its_people_in_a_file_of_matlab(tmp_path):
    path = matlab(tmp_path / "04_FINAL_protocol_30_years.mat", NAMES)
    folds = read_pair_files([path], "agedb", file_fingerprint(path))
    assert folds == tuple(
        tuple(Pair(*names, genuine=place == 0) for place, names in enumerate(fold)) for fold in NAMES
    )


def test_other_files_of_matlab_are_refused(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(b"not MATLAB's" * 100)
    with pytest.raises(DataError, match="expected AgeDB's 'splits'"):
        read_pair_files([path], "agedb")
    savemat(path, {"pairs": np.zeros(3)})
    with pytest.raises(DataError, match="KeyError: 'splits'"):
        read_pair_files([path], "agedb")
    savemat(path, {"splits": np.zeros((2, 2))})
    with pytest.raises(DataError, match="expected AgeDB's 'splits'"):
        read_pair_files([path], "agedb")
    with pytest.raises(DataError, match="no person in"):
        read_pair_files([matlab(path, [[("a", "b")]])], "agedb")
    with pytest.raises(DataError, match="at least two folds with pairs of both kinds, got 1"):
        read_pair_files([matlab(path, [NAMES[0], NAMES[1][:1]])], "agedb")


@pytest.mark.parametrize("line", ["{one} {other} {kind}", "{kind} x/{one} x/{other}"])
def test_lines_with_two_images_make_ten_folds(tmp_path, line):
    path = tmp_path / "pairs.txt"
    rows = [
        line.format(one=f"{n}_A.B_1_m", other=f"{n}_B_2_f.jpg", kind=kind)
        for n in range(10)
        for kind in (1, 0)
    ]
    path.write_text("\n".join(rows) + "\n")
    folds = read_pair_files([path], "agedb")
    assert len(folds) == 10
    assert folds[3] == tuple(Pair("3_A.B_1_m", "3_B_2_f", genuine) for genuine in (True, False))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b 2\n", "line 1: expected two images and 1 or 0"),
        ("a b\n", "line 1: expected two images and 1 or 0"),
        ("a b 1\n" * 11, "expected 10 folds of equal size, got 11 pairs"),
        ("", "expected 10 folds of equal size, got 0 pairs"),
        ("a b 1\n" * 10, "at least two folds with pairs of both kinds, got 0"),
    ],
)
def test_other_lines_are_refused(tmp_path, text, message):
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_pair_files([tmp_path / "pairs.txt"], "agedb")


def test_files_that_changed_since_the_run_was_planned_are_refused(tmp_path):
    paths = cfp_files(tmp_path)
    planned = files_fingerprint(paths)
    paths[2].write_text("2,2\n")
    with pytest.raises(DataError, match="changed since this run was planned; run again"):
        read_pair_files(paths, "cfp", planned)
    assert files_fingerprint(paths[:1]) == file_fingerprint(paths[0])
    assert files_fingerprint(paths[::-1]) != files_fingerprint(paths)


def test_lfw_is_read_as_before_and_pairs_are_evaluated(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("2\t1\nA\t1\t2\nA\t1\tB\t1\nB\t1\t2\nB\t2\tA\t2\n")
    folds = read_pair_files([path], "lfw", file_fingerprint(path))
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    found = evaluate_pairs(folds, ["A_0001", "A_0002", "B_0001", "B_0002"], vectors)
    assert found.accuracy.value == 1
