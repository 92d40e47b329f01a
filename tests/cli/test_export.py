"""Results in the formats of other programs: what stands behind a run, and that these programs accept it."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from bauta.cli.export_attributes import middle_of
from bauta.cli.export_croissant import About, export_croissant
from bauta.cli.export_hifd import export_hifd
from bauta.cli.main import main
from bauta.datasets.attributes import ATTRIBUTES
from bauta.errors import ConfigError, StoreError
from bauta.frontier.table import COLUMNS
from bauta.io.tables import ALIGNMENT, write_table
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value
from bauta.store import ArraySpec, StoreWriter
from bauta.store.reader import Store

FACES = ("ann/1.png", "ann/2.png", "bob/1.png", "bob/2.png")
CROP = Path("cache/faces/mtcnn-00000001")
SETTING = "kernel=11-00000002"
RESULTS = Path("results/demo")
FAILED = 3
"""Status code of a face without an output."""

FLAG = {"pareto": "false", "knee": "false", "valid": "true"}


def _store(path, **arrays):
    specs = {name: ArraySpec(rows.shape[1:], rows.dtype.name) for name, rows in arrays.items()}
    with StoreWriter(path, specs, list(FACES), {"size": 64, "margin": 0.4}) as writer:
        writer.append(**arrays)
    return path


def _measure(path, kind, model, *stores):
    measurement = Measurement(
        kind=kind,
        dataset="faces",
        backend="blur",
        setting="kernel=11",
        model=model,
        values={"top1": Value(value=0.5)},
    )
    measurement.write(
        RESULTS / "measurements/faces" / path, {str(one): Store.open(one).digest for one in stores}
    )


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of one set: its stores, its measurements and its table; the last face has no output."""
    monkeypatch.chdir(tmp_path)
    numbers = np.random.default_rng(0)
    ok, lost = np.zeros(4, np.uint8), np.array([0, 0, 0, FAILED], np.uint8)
    clear, hidden = _unit(numbers.normal(size=(4, 8))), _unit(numbers.normal(size=(4, 8)))
    hidden[3] = np.nan
    before, after = (numbers.dirichlet(np.ones(7), 4).astype(np.float32) for _ in range(2))
    after[3] = np.nan
    embeddings, posteriors = CROP / "embeddings/dlib_resnet-00000003", CROP / "posteriors/ferplus-00000004"
    stores = [
        _store(embeddings / "original.zarr", vectors=clear, status=ok),
        _store(embeddings / f"blur/{SETTING}.zarr", vectors=hidden, status=lost),
        _store(posteriors / "original.zarr", probabilities=before, status=ok),
        _store(posteriors / f"blur/{SETTING}.zarr", probabilities=after, status=lost),
    ]
    _measure(
        f"attack-00000005/dlib_resnet-00000003/blur/{SETTING}.json", "attack", "dlib_resnet", *stores[:2]
    )
    _measure(
        f"expression-00000006/ferplus-00000004/blur/{SETTING}.json", "expression", "ferplus", *stores[2:]
    )
    with (RESULTS / "frontier.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        row = {"dataset": "faces", "backend": "blur", "n_images": 4, "privacy": 0.5, **FLAG}
        writer.writerows([row | {"setting": "kernel=11", "note": "a, b"}, row | {"setting": "kernel=31"}])
    return {"clear": clear, "hidden": hidden, "before": before, "after": after}


def _envelope(kind, name):
    return json.loads((Path("out/faces/data") / kind / name).read_text())


def test_embeddings_without_an_output_are_leaks(run):
    list(export_hifd(RESULTS, Path("out"), landmarks=False))
    clear = _envelope("original", "face_embedding_dlib_resnet.json")
    hidden = _envelope("blur_kernel=11", "face_embedding_dlib_resnet.json")
    assert (clear["source"], hidden["source"], hidden["failed"]) == ("original", "deid", 1)
    assert list(clear["predictions"]) == list(hidden["predictions"]) == [f"face{row:06d}" for row in range(4)]
    found = np.array([hidden["predictions"][name]["embedding"] for name in hidden["predictions"]])
    np.testing.assert_allclose(found[:3], run["hidden"][:3], atol=1e-6)
    np.testing.assert_allclose(found[3], run["clear"][3], atol=1e-6)


def test_expressions_without_an_output_are_left_out(run):
    list(export_hifd(RESULTS, Path("out"), landmarks=False))
    hidden = _envelope("blur_kernel=11", "macro_exp_ferplus.json")
    assert hidden["class_names"] == list(EXPRESSIONS)
    assert list(hidden["predictions"]) == [f"face{row:06d}" for row in range(3)]
    np.testing.assert_allclose(hidden["predictions"]["face000001"]["probs"], run["after"][1], atol=1e-6)
    assert len(_envelope("original", "macro_exp_ferplus.json")["predictions"]) == 4


def test_hifd_scores_what_is_exported(run):
    hifd = pytest.importorskip("hifd", reason="hifd is not installed")
    assert hifd.__version__ == "0.1.0"
    (line,) = export_hifd(RESULTS, Path("out"), landmarks=False)
    program, *arguments = line.split()
    assert program == "hifd"
    from hifd.cli import main as hifd_main  # noqa: PLC0415 - where it is installed

    assert hifd_main(arguments) == 0
    lines = Path("out/faces/scores/per_method/method_level.csv").read_text().splitlines()
    (row,) = csv.DictReader(one for one in lines if not one.startswith("#"))
    cosine = (run["clear"] * run["hidden"]).sum(axis=1)
    cosine[3] = 1.0
    assert float(row["P"]) == pytest.approx(((1 - cosine) / 2).mean(), abs=1e-5)
    varied = 1 - np.abs(run["before"] - run["after"])[:3].sum(axis=1) / 2
    assert float(row["macro_exp"]) == pytest.approx(varied.mean(), abs=1e-5)


def test_a_store_that_was_replaced_is_refused(run):
    path = CROP / f"embeddings/dlib_resnet-00000003/blur/{SETTING}.zarr"
    shutil.rmtree(path)
    _store(path, vectors=run["clear"], status=np.zeros(4, np.uint8))
    with pytest.raises(StoreError, match="is not the one that was measured"):
        list(export_hifd(RESULTS, Path("out"), landmarks=False))


@pytest.mark.parametrize("kind", ["hifd", "croissant"])
def test_what_is_no_run_is_one_line(kind, tmp_path, run):
    with pytest.raises(SystemExit, match=r"expected the results of a run, .* lacks frontier.csv"):
        main(["export", kind, "cache", "out"])
    with pytest.raises(SystemExit, match="results is not empty"):
        main(["export", kind, str(RESULTS), "results"])


def test_a_croissant_describes_every_column(run):
    path = export_croissant(RESULTS, Path("out"), About("x", "A Lab", "CC-BY-4.0", "https://example.org/x"))
    found = json.loads(path.read_text())
    assert (path.parent / "frontier.csv").read_bytes() == (RESULTS / "frontier.csv").read_bytes()
    (file,), (records,) = found["distribution"], found["recordSet"]
    assert file["sha256"] == hashlib.sha256((path.parent / "frontier.csv").read_bytes()).hexdigest()
    kinds = {field["name"]: field["dataType"] for field in records["field"]}
    assert list(kinds) == COLUMNS
    assert [kinds[name] for name in ("backend", "pareto", "n_images", "n_subjects", "privacy")] == [
        "sc:Text",
        "sc:Boolean",
        "sc:Integer",
        "sc:Float",
        "sc:Float",
    ]


def test_mlcroissant_reads_the_table_back(run):
    mlc = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    path = export_croissant(RESULTS, Path("out"), About("x", "A Lab", "CC-BY-4.0", "https://example.org/x"))
    dataset = mlc.Dataset(jsonld=str(path))
    assert not dataset.metadata.ctx.issues.errors
    rows = list(dataset.records(record_set="frontier"))
    assert [row["frontier/setting"].decode() for row in rows] == ["kernel=11", "kernel=31"]
    assert [row["frontier/privacy"] for row in rows] == [0.5, 0.5]
    assert [row["frontier/valid"] for row in rows] == [True, True]


def test_the_folder_of_a_score_is_a_run_as_well(run):
    RESULTS.rename(RESULTS.with_name("score"))
    assert export_croissant(Path(), Path("out"), About("x")).is_file()
    with pytest.raises(ConfigError, match="expected the results of a run"):
        export_croissant(RESULTS, Path("more"), About("x"))


def test_the_commands_say_what_comes_next(run, capsys):
    main(["export", "hifd", str(RESULTS), "out", "--no-landmarks"])
    assert capsys.readouterr().out.startswith("hifd run-all --methods out/faces/methods.yaml")
    methods = yaml.safe_load(Path("out/faces/methods.yaml").read_text())
    assert methods["methods"] == [{"name": "blur kernel=11", "base_path": "blur_kernel=11"}]


def _soft(run):
    """A soft measurement: twelve people of the attacker's own, whose vectors tell gender and age."""
    numbers = np.random.default_rng(1)
    ids = [f"own/{row}.png" for row in range(12)]
    classes = [("female", "20-39") if row % 2 else ("male", "40-69") for row in range(12)]
    vectors = _unit(numbers.normal(size=(12, 8)) * 0.1 + np.where(np.arange(12) % 2, 1, -1)[:, None])
    own = CROP / "people-00000007/embeddings/dlib_resnet-00000003/original.zarr"
    specs = {"vectors": ArraySpec((8,), "float32"), "status": ArraySpec((), "uint8")}
    with StoreWriter(own, specs, ids) as writer:
        writer.append(vectors=vectors, status=np.zeros(12, np.uint8))
    aligned = [
        {
            "face_id": name,
            "image_id": name,
            "matrix": [1.0, 0, 0, 0, 1, 0],
            "inter_ocular": 1.0,
            "status": "ok",
        }
        for name in (*ids, *FACES)
    ]
    write_table(pa.Table.from_pylist(aligned, schema=ALIGNMENT), CROP / "alignment.parquet", ALIGNMENT)
    told = [
        {"image_id": name, "attributes": [("gender", gender), ("age", age), ("glasses", "no")]}
        for name, (gender, age) in zip(ids, classes, strict=True)
    ]
    attributes = Path("cache/faces/index-00000008/attributes-00000009.parquet")
    write_table(pa.Table.from_pylist(told, schema=ATTRIBUTES), attributes, ATTRIBUTES)
    embeddings = CROP / "embeddings/dlib_resnet-00000003"
    stores = [own, embeddings / "original.zarr", embeddings / f"blur/{SETTING}.zarr"]
    made_from = {str(one): Store.open(one).digest for one in stores}
    made_from |= dict.fromkeys((str(attributes), str(CROP / "alignment.parquet")), "0")
    Measurement(
        kind="soft", dataset="faces", backend="blur", setting="kernel=11", model="dlib_resnet", values={}
    ).write(RESULTS / f"measurements/faces/soft-0000000a/dlib_resnet-00000003/blur/{SETTING}.json", made_from)


def test_gender_and_age_are_read_by_who_learnt_from_others(run):
    _soft(run)
    list(export_hifd(RESULTS, Path("out"), landmarks=False))
    hidden = _envelope("blur_kernel=11", "gender_dlib_resnet_linear.json")
    assert (hidden["class_names"], hidden["failed"]) == (["female", "male"], 1)
    female = {name: found["probs"][0] for name, found in hidden["predictions"].items()}
    assert set(female) == {f"face{row:06d}" for row in range(3)}
    sides = run["hidden"][:3].sum(axis=1) > 0
    assert [share > 0.5 for share in female.values()] == sides.tolist()
    ages = _envelope("blur_kernel=11", "age_dlib_resnet_linear.json")["predictions"]
    for name, share in female.items():
        assert ages[name]["value"] == pytest.approx(29.5 * share + 54.5 * (1 - share), abs=0.01)
    assert not list(Path("out").rglob("*glasses*"))


def test_hifd_scores_attributes(run):
    pytest.importorskip("hifd", reason="hifd is not installed")
    from hifd.cli import main as hifd_main  # noqa: PLC0415 - where it is installed

    _soft(run)
    (line,) = export_hifd(RESULTS, Path("out"), landmarks=False)
    assert hifd_main(line.split()[1:]) == 0
    lines = Path("out/faces/scores/per_method/method_level.csv").read_text().splitlines()
    (row,) = csv.DictReader(one for one in lines if not one.startswith("#"))
    assert 0 < float(row["gender"]) < 1
    assert 0 < float(row["age"]) < 1


@pytest.mark.parametrize(
    ("group", "middle"), [("20-39", 29.5), ("4–19", 11.5), ("70+", 75.0), ("old", None), ("0-3 years", 1.5)]
)
def test_the_middle_of_an_age_group(group, middle):
    assert middle_of(group) == middle
