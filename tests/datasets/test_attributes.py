"""Attributes of people: what each adapter knows of them, and the table that they are kept in."""

import hashlib

import pyarrow as pa
import pytest

from bauta.config.load import parse_config
from bauta.datasets import ADAPTERS, ImageRecord, Listing
from bauta.datasets.attributes import read_attributes, write_attributes
from bauta.datasets.manifest import write_manifest
from bauta.datasets.synthfaces import sample_identity
from bauta.errors import ConfigError, DataError
from bauta.io.parquet import write_parquet
from bauta.io.tables import ALIGNMENT, table_of, write_table
from bauta.workflow.rule_inputs import rule_inputs

YOUNG = (("age", "young"), ("gender", "female"))


def known(listing):
    return {record.image_id: dict(record.attributes) for record in listing.records}


@pytest.fixture
def tables(tmp_path):
    records = (
        ImageRecord("a", "a.png", "p", attributes=YOUNG),
        ImageRecord("b", "b.png", "q", attributes=(("gender", "male"),)),
        ImageRecord("c", "c.png", "q"),
    )
    write_attributes(Listing(records), tmp_path / "attributes.parquet")
    face = {"matrix": None, "inter_ocular": None, "status": "ok", "reason": None}
    faces = [{"face_id": f"{image}#{n}", "image_id": image, **face} for image in "abc" for n in (0, 1)]
    write_table(table_of(faces, ALIGNMENT), tmp_path / "alignment.parquet", ALIGNMENT)
    return tmp_path / "attributes.parquet", tmp_path / "alignment.parquet"


def test_a_face_has_the_attributes_of_its_image(tables):
    found = read_attributes(*tables, ["b#1", "a#0", "c#0", "a#1"])
    assert {name: list(classes) for name, classes in found.items()} == {
        "age": [None, "young", None, "young"],
        "gender": ["male", "female", None, "female"],
    }
    assert read_attributes(*tables, ["c#1"]) == {}
    assert read_attributes(*tables, []) == {}
    with pytest.raises(DataError, match="lacks 1 of 2 faces"):
        read_attributes(*tables, ["a#0", "z#0"])


def test_two_classes_of_one_attribute_are_refused(tmp_path):
    twice = ImageRecord("a", "a.png", attributes=(("age", "1"), ("age", "2")))
    with pytest.raises(DataError, match="image 'a' has an attribute twice"):
        write_attributes(Listing((twice,)), tmp_path / "attributes.parquet")


def test_the_manifest_is_the_same_with_and_without_attributes(tmp_path, draw):
    draw(tmp_path / "a.png")
    for name, attributes in (("with", YOUNG), ("without", ())):
        listing = Listing((ImageRecord("a", "a.png", "p", attributes=attributes),))
        write_manifest(listing, tmp_path, tmp_path / name / "manifest.parquet")
    manifests = [tmp_path / name / "manifest.parquet" for name in ("with", "without")]
    assert manifests[0].read_bytes() == manifests[1].read_bytes()


def test_synthfaces_tell_what_the_renderer_draws(tmp_path):
    rows = [
        {
            "image_id": f"s{subject:04d}/0",
            "path": f"{subject}.jpg",
            "subject": f"s{subject:04d}",
            "expression": "happy",
            "image_sha256": hashlib.sha256(b"x").hexdigest(),
        }
        for subject in range(30)
    ]
    for row in rows:
        (tmp_path / row["path"]).write_bytes(b"x")
    write_parquet(pa.Table.from_pylist(rows), tmp_path / "truth.parquet")
    listed = ADAPTERS.load("synthfaces")
    assert set(map(bool, known(listed(tmp_path)).values())) == {False}
    found = known(listed(tmp_path, seed=3))
    for subject in range(30):
        person, classes = sample_identity(3, subject), found[f"s{subject:04d}/0"]
        assert classes["glasses"] == ("no" if person.glasses is None else "yes")
        assert classes["gender"] == ("male" if person.masculinity > 0.5 else "female")
        assert classes["age"] == ("young" if person.age < 36 else "middle-aged" if person.age < 54 else "old")
    for name, classes in {"age": 3, "gender": 2, "glasses": 2}.items():
        assert len({one[name] for one in found.values()}) == classes


def test_faces_have_them_in_their_names(tmp_path, draw):
    for name in ("004_o_m_a_a", "140_y_f_h_b", "066_m_m_n_a"):
        draw(tmp_path / f"{name}.jpg")
    assert known(ADAPTERS.load("faces")(tmp_path)) == {
        "004_o_m_a_a": {"age": "old", "gender": "male"},
        "066_m_m_n_a": {"age": "middle-aged", "gender": "male"},
        "140_y_f_h_b": dict(YOUNG),
    }


CELEBA = "3\n5_o_Clock_Shadow Male Young\n000001.jpg -1  1 -1\n000002.jpg  1 -1  1\n000003.jpg 1 0 1\n"
OF_CELEBA = {
    "000001.jpg": {"5_o_clock_shadow": "no", "male": "yes", "young": "no"},
    "000002.jpg": {"5_o_clock_shadow": "yes", "male": "no", "young": "yes"},
    "000003.jpg": {},
}


@pytest.mark.parametrize("packing", ["official", "flat", "kaggle"])
def test_celeba_has_a_file_of_them(tmp_path, draw, write, packing):
    anno = "Anno/" if packing == "official" else ""
    for number in (1, 2, 3):
        draw(tmp_path / f"img_align_celeba/{number:06d}.jpg")
    write(tmp_path / f"{anno}identity_CelebA.txt", "".join(f"{name} 7\n" for name in OF_CELEBA))
    write(tmp_path / "list_eval_partition.txt", "".join(f"{name} 0\n" for name in OF_CELEBA))
    if packing == "kaggle":
        lines = CELEBA.splitlines()[1:]
        text = "\n".join([f"image_id {lines[0]}", *lines[1:]])
        write(
            tmp_path / "list_attr_celeba.csv",
            ",".join(" ".join(text.split(" ")).split(" ")).replace(",,", ","),
        )
    else:
        write(tmp_path / f"{anno}list_attr_celeba.txt", CELEBA)
    listed = ADAPTERS.load("celeba")
    found = listed(tmp_path, attributes=True)
    assert known(found) == OF_CELEBA
    assert [problem.reason for problem in found.problems] == ["expected 3 values of 1 or -1"]
    bare = listed(tmp_path)
    assert not bare.problems
    assert not any(known(bare).values())


def test_celebamask_hq_has_a_file_of_its_own(tmp_path, draw, write):
    draw(tmp_path / "CelebA-HQ-img/0.jpg")
    write(tmp_path / "CelebA-HQ-to-CelebA-mapping.txt", "idx orig_idx orig_file\n0 5 000006.jpg\n")
    write(tmp_path / "identity_CelebA.txt", "000006.jpg 1\n")
    write(tmp_path / "CelebAMask-HQ-attribute-anno.txt", "1\nMale Young \n0.jpg  -1 1\n")
    found = ADAPTERS.load("celebamask_hq")(tmp_path, attributes=True)
    assert known(found) == {"0": {"male": "no", "young": "yes"}}


def test_rafdb_has_a_file_for_each_image(tmp_path, draw, write):
    points = "1.5\t2.5\n" * 5
    for name, lines in {"train_00001": "0\n2\n3\n", "train_00002": "2\n0\n4\n", "test_0001": None}.items():
        draw(tmp_path / f"basic/Image/aligned/{name}_aligned.jpg")
        if lines is not None:
            write(tmp_path / f"basic/Annotation/manual/{name}_manu_attri.txt", points + lines)
    rows = "train_00001.jpg 4\ntrain_00002.jpg 5\ntest_0001.jpg 4\n"
    write(tmp_path / "basic/EmoLabel/list_patition_label.txt", rows)
    assert known(ADAPTERS.load("rafdb")(tmp_path, attributes=True)) == {
        "train_00001": {"gender": "male", "race": "asian", "age": "40-69"},
        "train_00002": {"race": "caucasian", "age": "70+"},
        "test_0001": {},
    }
    assert not any(known(ADAPTERS.load("rafdb")(tmp_path)).values())


LABELS = """file,Gender,emotion,Age group
a/1.png,female,happy,20-29
a/2.png,female,sad,
b/1.png,male,happy,30-39
b/1.png,male,happy,40-49
"""


def test_a_folder_has_the_columns_that_are_asked_for(tmp_path, draw, write):
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        draw(tmp_path / name)
    write(tmp_path / "labels.csv", LABELS)
    listed = ADAPTERS.load("folder")
    found = listed(tmp_path, labels="labels.csv", subject_level=1, attributes=["gender", "age group"])
    assert known(found) == {
        "a/1.png": {"gender": "female", "age group": "20-29"},
        "a/2.png": {"gender": "female"},
        "b/1.png": {"gender": "male"},
        "b/2.png": {},
    }
    (problem,) = found.problems
    assert problem.reason == "'b/1.png' has contradictory values of age group; none is used"
    with pytest.raises(DataError, match="expected the columns path, hair"):
        listed(tmp_path, labels="labels.csv", subject_level=1, attributes=["hair"])


def mine(root, **options):
    options = {"adapter": "folder", "root": str(root), "subject_level": 1, **options}
    return rule_inputs(parse_config({"datasets": {"mine": options}})).plan


def test_the_columns_change_no_key_but_their_own(tmp_path, draw, write):
    draw(tmp_path / "raw/a/1.png")
    write(tmp_path / "raw/labels.csv", LABELS)
    plans = [
        mine(tmp_path / "raw", labels="labels.csv", attributes=names)
        for names in (None, ["gender"], ["age", "gender"])
    ]
    sources = [plan.datasets["mine"].source for plan in plans]
    assert len({source.index_key.digest for source in sources}) == 1
    assert [source.attributed for source in sources] == [False, True, True]
    assert sources[1].attributes_key.digest != sources[2].attributes_key.digest
    soft = [[path for path in plan.all_measurements() if "/soft-" in str(path)] for plan in plans]
    assert soft[0] == []
    assert len(soft[1]) == len(soft[2]) > 0
    assert set(soft[1]).isdisjoint(soft[2])
    assert set(plans[0].all_measurements()) == set(plans[1].all_measurements()) - set(soft[1])
    assert plans[0].whole == plans[2].whole


def test_columns_without_a_file_of_labels_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="name it in labels"):
        mine(tmp_path, attributes=["gender"])


def test_nothing_is_planned_where_nobody_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked, unasked = (
        rule_inputs(parse_config({"attacks": {"attributes": wanted}})).plan for wanted in (True, False)
    )
    soft = {path for path in asked.all_measurements() if "/soft-" in str(path)}
    assert len(soft) == len(asked.datasets["synthfaces"].sets.all)
    assert set(asked.all_measurements()) - soft == set(unasked.all_measurements())
    assert asked.datasets["synthfaces"].faces.crop_key == unasked.datasets["synthfaces"].faces.crop_key
