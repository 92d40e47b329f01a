"""Trap 36: what systems and programs leave beside photographs is neither a person nor a photograph."""

import json
import logging
import shutil

import numpy as np
import pytest

from bauta.datasets import ADAPTERS
from bauta.datasets.manifest import write_manifest
from bauta.io.companions import PATTERNS, companion, companion_in

LEFT = {
    "macOS": ["._1.jpg", ".DS_Store", "__MACOSX", ".AppleDouble", ".Spotlight-V100", "Icon\r"],
    "Windows": [
        "Thumbs.db",
        "desktop.ini",
        "$RECYCLE.BIN",
        "System Volume Information",
        "1.jpg:Zone.Identifier",
    ],
    "network storage": ["@eaDir", "#recycle", "@Recycle", ".@__thumb", "1.jpg@SynoEAStream", ".nfs0001"],
    "file system": ["lost+found", ".Trash-1000"],
    "thumbnails": [".thumbnails", ".xvpics"],
    "notebook": [".ipynb_checkpoints"],
    "version control": [".git", ".dvc", ".gitattributes", ".dvcignore", ".svn", ".hg"],
    "editor": ["1.jpg~", "#1.jpg#", ".#1.jpg", ".1.jpg.swp", "1.jpg.swp", "1.jpg_original"],
    "hidden": [".hidden.jpg", ".cache"],
}


@pytest.mark.parametrize(("kind", "names"), LEFT.items())
def test_names_and_whose_they_are(kind, names):
    assert {name: companion(name) for name in names} == dict.fromkeys(names, kind)


def test_every_kind_is_tried():
    assert LEFT.keys() == PATTERNS.keys()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "s1",
            "pins_Adriana Lima",
            "Abel_Pacheco_0001.jpg",
            "n000001",
            "José",
            "#1.jpg",
            "@alice",
            "1~2.jpg",
        ),
        *(
            "thumbs",
            "Thumbs",
            "recycle",
            "original.jpg",
            "1_original.jpg",
            "_1.jpg",
            "Trash",
            "git",
            "a.b.jpg",
        ),
    ],
)
def test_names_of_people_and_photographs(name):
    assert companion(name) is None


def test_a_path_is_a_companion_s_by_any_of_its_parts():
    assert companion_in("s1/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg") == "network storage"
    assert companion_in("s1/._1.jpg") == "macOS"
    assert companion_in("s1/1.jpg") is None


def spoil(root, image):
    """Put a companion file beside each image and companion folders everywhere; returns what was added."""
    added = set()
    for path in [path for path in root.rglob("*") if path.is_file()]:
        (path.parent / f"._{path.name}").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X")
        added.add((path.parent / f"._{path.name}").relative_to(root).as_posix())
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        for name in ("@eaDir", ".ipynb_checkpoints", "__MACOSX"):
            (folder / name).mkdir()
            shutil.copyfile(image, folder / name / image.name)
            added.add(f"{(folder / name).relative_to(root).as_posix()}/")
        (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
        shutil.copyfile(image, folder / ".hidden.jpg")
        added |= {(folder / name).relative_to(root).as_posix() for name in ("Thumbs.db", ".hidden.jpg")}
    return added


def folder(root, draw, write):
    return {}, [
        draw(root / f"{person}/{person}{number}.jpg") for person in ("ann", "bob") for number in range(2)
    ]


def lfw(root, draw, write):
    return {}, [draw(root / f"Ann_Lee/Ann_Lee_000{number}.jpg") for number in (1, 2)]


def celeba(root, draw, write):
    write(root / "identity_CelebA.txt", "000001.jpg 1\n000002.jpg 2\n")
    write(root / "list_eval_partition.txt", "000001.jpg 0\n000002.jpg 1\n")
    return {}, [draw(root / f"img_align_celeba/00000{number}.jpg") for number in (1, 2)]


def celebamask_hq(root, draw, write):
    write(
        root / "CelebA-HQ-to-CelebA-mapping.txt", "idx orig_idx orig_file\n0 1 000001.jpg\n1 2 000002.jpg\n"
    )
    write(root / "identity_CelebA.txt", "000001.jpg 1\n000002.jpg 2\n")
    return {}, [draw(root / f"CelebA-HQ-img/{number}.jpg") for number in range(2)]


def ckplus(root, draw, write):
    write(root / "Emotion/S005/001/S005_001_00000003_emotion.txt", "   3.0\n")
    return {"peak": 2}, [
        draw(root / f"cohn-kanade-images/S005/001/S005_001_0000000{n}.png") for n in (1, 2, 3)
    ]


def faces(root, draw, write):
    return {}, [draw(root / f"004_o_m_{letter}_a.jpg") for letter in "ad"]


def fer2013_folders(root, draw, write):
    return {}, [draw(root / f"train/{name}/1.jpg") for name in ("angry", "happy")]


def rafdb(root, draw, write):
    write(root / "EmoLabel/list_patition_label.txt", "train_00001.jpg 4\ntest_00001.jpg 7\n")
    return {}, [draw(root / f"Image/aligned/{part}_00001_aligned.jpg") for part in ("train", "test")]


def affectnet(root, draw, write):
    (root / "train_set/annotations").mkdir(parents=True)
    for number in range(2):
        np.save(root / f"train_set/annotations/{number}_exp.npy", np.array("1"))
    return {}, [draw(root / f"train_set/images/{number}.jpg") for number in range(2)]


def wider_face(root, draw, write):
    write(root / "wider_face_split/wider_face_val_bbx_gt.txt", "a/b.jpg\n1\n1 2 3 4 0 0 0 0 0 0\n")
    return {}, [draw(root / "WIDER_val/images/a/b.jpg")]


def affectnet_plus(root, draw, write):
    for number in range(2):
        write(root / f"train_set/annotations/{number}.json", '{"human-label": 1}')
    return {}, [draw(root / f"train_set/images/{number}.jpg") for number in range(2)]


def agedb(root, draw, write):
    return {}, [draw(root / f"{number}_MariaCallas_35_f.jpg") for number in range(2)]


def cfp(root, draw, write):
    return {}, [draw(root / f"Data/Images/001/frontal/0{number}.jpg") for number in (1, 2)]


def fairface(root, draw, write):
    rows = "train/1.jpg,3-9,Male,White,True\ntrain/2.jpg,3-9,Male,White,True\n"
    write(root / "fairface_label_train.csv", f"file,age,gender,race,service_test\n{rows}")
    return {}, [draw(root / f"train/{number}.jpg") for number in (1, 2)]


def ferv39k(root, draw, write):
    write(root / "4_setups/All_scenes/test_All.csv", "War/Fear/0007 Fear\n")
    clip = root / "2_ClipsforFaceCrop/War/Fear/0007"
    return {"frames_per_clip": 2}, [draw(clip / f"0000{number}.jpg") for number in (1, 2)]


def xqlfw(root, draw, write):
    return {}, [draw(root / f"xqlfw_aligned_112/Ann_Lee/Ann_Lee_000{number}.jpg") for number in (1, 2)]


LAYOUTS = [
    *(folder, lfw, celeba, celebamask_hq, ckplus, faces, fer2013_folders, rafdb, affectnet, wider_face),
    *(affectnet_plus, agedb, cfp, fairface, ferv39k, xqlfw),
]
WITHOUT_IMAGE_FILES = {"fer2013", "ferplus", "synthfaces"}


def test_every_adapter_that_walks_is_tried():
    assert {layout.__name__ for layout in LAYOUTS} | WITHOUT_IMAGE_FILES == set(ADAPTERS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_trap_36_companion_files_change_no_row(tmp_path, draw, write, caplog, layout):
    """Left out and counted by every adapter; all rows are as without them."""
    root = tmp_path / "data"
    options, images = layout(root, draw, write)
    clean = ADAPTERS.load(layout.__name__)(root, **options)
    assert {record.path for record in clean.records} == {path.relative_to(root).as_posix() for path in images}
    added = spoil(root, images[0])
    caplog.clear()
    spoiled = ADAPTERS.load(layout.__name__)(root, **options)
    assert spoiled.records == clean.records
    assert spoiled.problems == clean.problems
    assert spoiled.over_limit == clean.over_limit
    left_out = set(spoiled.ignored) - set(clean.ignored)
    assert left_out <= added
    for image in images:
        beside = (image.parent / f"._{image.name}").relative_to(root).as_posix()
        assert beside in left_out
        assert f"{image.parent.relative_to(root).as_posix()}/@eaDir/".removeprefix("./") in left_out
    (line,) = [text for text in caplog.messages if "companion files and folders are left out" in text]
    assert line.startswith(f"{len(left_out)} companion")
    assert "of macOS" in line


def test_what_is_left_out_stands_in_the_manifest(tmp_path, draw, write):
    folder(tmp_path / "data", draw, write)
    (tmp_path / "data/ann/._ann0.jpg").write_bytes(b"Mac OS X")
    listing = ADAPTERS.load("folder")(tmp_path / "data")
    table = write_manifest(listing, tmp_path / "data", tmp_path / "manifest.parquet")
    assert json.loads(table.schema.metadata[b"ignored"]) == ["ann/._ann0.jpg"]


def test_a_list_that_names_a_companion_file_does_not_make_it_a_photograph(tmp_path, draw, write, reasons):
    root = tmp_path / "data"
    celeba(root, draw, write)
    draw(root / "img_align_celeba/._000001.jpg")
    write(root / "identity_CelebA.txt", "000001.jpg 1\n._000001.jpg 1\n")
    write(root / "list_eval_partition.txt", "000001.jpg 0\n._000001.jpg 0\n")
    listing = ADAPTERS.load("celeba")(root)
    assert [record.image_id for record in listing.records] == ["000001.jpg"]
    assert "is a companion file (macOS)" in reasons(listing)["identity_CelebA.txt, line 2"]


def test_nothing_is_said_where_nothing_is_left_out(tmp_path, draw, write, caplog):
    folder(tmp_path, draw, write)
    with caplog.at_level(logging.INFO):
        ADAPTERS.load("folder")(tmp_path)
    assert "companion" not in caplog.text
