import csv
import json
import logging
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from bauta.apply.chosen import ChosenSetting, parse_setting
from bauta.apply.evidence import Compared
from bauta.apply.inputs import Item
from bauta.apply.journal import Journal
from bauta.apply.pipeline import Options
from bauta.apply.run import Request, apply_files, look_only
from bauta.errors import ConfigError, DiskError
from bauta.models.store import ModelStore

COLOURS = {"face": (255, 0, 0), "empty": (9, 9, 9), "crash": (0, 0, 255)}


def save(path, kind="face", second=None, size=(60, 40)):
    """Write a picture of which the detector of conftest finds a face, none, or crashes."""
    rng = np.random.default_rng(len(path.name))
    image = rng.integers(0, 200, (size[1], size[0], 3), dtype=np.uint8)
    image[0, 0] = COLOURS[kind]
    if second is not None:
        image[0, 1] = second
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
    return image


@pytest.fixture
def folder(tmp_path, fake_models):
    source = tmp_path / "in"
    save(source / "a.png")
    save(source / "sub/b.png")
    return source


def request(folder, **changes):
    return Request(
        **{
            "inputs": [folder],
            "out": folder.parent / "out",
            "setting": ChosenSetting("blackout"),
            "models": ModelStore.default(),
        }
        | changes
    )


def read_table(out):
    with (out / "faces.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_faces_change_and_all_other_pixels_stay(folder, tmp_path):
    results = apply_files(request(folder))
    before = np.asarray(Image.open(folder / "sub/b.png"))
    after = np.asarray(Image.open(tmp_path / "out/sub/b.png"))
    assert (after[10:30, 15:45] == 255).all()
    after = after.copy()
    after[10:30, 15:45] = before[10:30, 15:45]
    assert (after == before).all()
    assert results.all_processed
    assert results.sentence() == "2 files (2 released), 2 faces (2 anonymized)"


def test_a_bound_that_holds_for_crops_is_said_not_to_hold_for_photographs(folder, caplog):
    caplog.set_level(logging.INFO)
    apply_files(request(folder))
    (said,) = (record.getMessage() for record in caplog.records if "no bound holds" in record.getMessage())
    assert said.startswith("blackout makes 1 different picture, which bounds every attack on a crop alone;")
    assert said in list(look_only(request(folder, overwrite=True)))
    caplog.clear()
    blur = request(folder, overwrite=True, setting=parse_setting("blur kernel=61"))
    apply_files(blur)
    assert not any("no bound holds" in line for line in [*caplog.messages, *look_only(blur)])


def test_the_tables_say_what_was_done(folder, tmp_path):
    save(folder / "none.png", "empty")
    apply_files(request(folder))
    rows = read_table(tmp_path / "out")
    assert [(row["picture"], row["status"], row["outcome"]) for row in rows] == [
        ("a.png", "released", "anonymized"),
        ("none.png", "unprocessed", "no_face"),
        ("sub/b.png", "released", "anonymized"),
    ]
    assert rows[0]["setting"] == "blackout"
    assert [float(rows[0][name]) for name in ("x0", "y0", "x1", "y1")] == [15, 10, 45, 30]
    table = pq.read_table(tmp_path / "out/faces.parquet").to_pylist()
    assert [row["reason"] for row in table] == [None, "no face was found", None]
    assert table[1]["face"] is None


def test_a_picture_without_a_face_is_put_aside_or_kept_on_request(folder, tmp_path):
    before = save(folder / "none.png", "empty")
    assert not apply_files(request(folder)).all_processed
    out = tmp_path / "out"
    assert not (out / "none.png").exists()
    assert (np.asarray(Image.open(out / "unprocessed/none.png")) == before).all()
    assert (out / "unprocessed").stat().st_mode & 0o077 == 0
    kept = apply_files(request(folder, options=Options(keep_unprocessed=True), overwrite=True))
    assert (out / "none.png").exists()
    assert not (out / "unprocessed/none.png").exists()
    assert not kept.all_processed


def test_a_picture_with_a_face_that_failed_is_never_released(folder, tmp_path):
    save(folder / "green.png", second=(0, 255, 0))
    results = apply_files(request(folder, options=Options(keep_unprocessed=True)))
    assert not (tmp_path / "out/green.png").exists()
    assert (tmp_path / "out/unprocessed/green.png").exists()
    assert results.rows["green.png"][0].reason == "it is green"
    assert not results.all_processed


def test_hostile_files_take_one_line_each_and_the_rest_is_done(folder, tmp_path, caplog):
    save(folder / "whole.png")
    (folder / "cut.png").write_bytes((folder / "whole.png").read_bytes()[:400])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "two\nlines.jpg").write_bytes(b"GIF89a nonsense")
    save(folder / "crash.png", "crash")
    save(folder / "=formula.png")
    with caplog.at_level(logging.WARNING):
        results = apply_files(request(folder))
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 4
    assert all("\n" not in line for line in warnings)
    withheld = {
        row["picture"]: row["reason"] for row in read_table(tmp_path / "out") if row["status"] == "withheld"
    }
    assert set(withheld) == {"cut.png", "empty.jpg", "two\\nlines.jpg", "crash.png"}
    assert withheld["crash.png"] == "the detector failed: no network for"
    assert {"a.png", "whole.png", "=formula.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert not list((tmp_path / "out").glob("crash*"))
    assert "'=formula.png" in (tmp_path / "out/faces.csv").read_text()
    assert not results.all_processed


def test_an_error_of_the_editor_costs_one_picture(folder, tmp_path, fake_models, monkeypatch):
    whole = fake_models.edit_all

    def broken(requests):
        if any(tuple(one.image[0, 1]) == (1, 2, 3) for one in requests):
            raise RuntimeError("out of memory")
        return whole(requests)

    monkeypatch.setattr(fake_models, "edit_all", broken)
    save(folder / "bad.png", second=(1, 2, 3))
    results = apply_files(request(folder))
    assert results.rows["bad.png"][0].reason == "the anonymizer failed: out of memory"
    assert not (tmp_path / "out/bad.png").exists()
    assert (tmp_path / "out/a.png").exists()


def test_pictures_share_a_batch(folder, fake_models):
    for number in range(6):
        save(folder / f"{number}.png")
    apply_files(request(folder))
    assert sum(fake_models.groups) == 8
    assert max(fake_models.groups) > 1


def test_a_run_is_resumed(folder, tmp_path, fake_models):
    apply_files(request(folder))
    first = (tmp_path / "out/a.png").stat().st_mtime_ns
    save(folder / "c.png")
    fake_models.groups.clear()
    results = apply_files(request(folder, resume=True))
    assert sum(fake_models.groups) == 1
    assert (tmp_path / "out/a.png").stat().st_mtime_ns == first
    assert [row["picture"] for row in read_table(tmp_path / "out")] == ["a.png", "c.png", "sub/b.png"]
    assert results.all_processed


def test_resuming_redoes_what_changed_or_is_lost(folder, tmp_path, fake_models):
    apply_files(request(folder))
    (tmp_path / "out/a.png").unlink()
    save(folder / "sub/b.png", size=(90, 50))
    journal = tmp_path / "out/.bauta-apply.jsonl"
    journal.write_text(journal.read_text() + '{"target": "x", "st')  # a killed process
    fake_models.groups.clear()
    apply_files(request(folder, resume=True))
    assert sum(fake_models.groups) == 2
    assert Image.open(tmp_path / "out/sub/b.png").size == (90, 50)


@pytest.mark.parametrize("again", [{"resume": True}, {"overwrite": True}])
def test_what_is_withheld_leaves_no_result_of_an_earlier_run(again, folder, tmp_path):
    apply_files(request(folder))
    out = tmp_path / "out"
    (folder / "a.png").write_bytes(b"broken")
    save(folder / "sub/b.png", "crash", size=(70, 40))
    results = apply_files(request(folder, **again))
    assert [row.status for row in results.all_rows()] == ["withheld", "withheld"]
    assert not list(out.rglob("*.png"))


def test_a_full_disk_takes_one_line_in_the_journal_too(tmp_path):
    for call in (lambda journal: journal.add(Item(tmp_path, "a", "a", "image"), []), Journal.close):
        journal = Journal(Path("/dev/full").open("a", encoding="utf-8"), {}, tmp_path)  # noqa: SIM115
        journal._file.write("x")
        with pytest.raises(DiskError, match="No space left"):
            call(journal)


def test_resuming_with_other_options_is_refused(folder):
    apply_files(request(folder))
    with pytest.raises(ConfigError, match="begun with another fallback"):
        apply_files(request(folder, resume=True, fallback="blur"))
    other = parse_setting("pixelate block=8")
    with pytest.raises(ConfigError, match="begun with another setting"):
        apply_files(request(folder, resume=True, setting=other))


@pytest.mark.parametrize(("name", "value"), [("landmarker", "mediapipe478"), ("parser", "farl_celebm")])
def test_resuming_with_other_models_is_refused(name, value, folder):
    apply_files(request(folder))
    other = ChosenSetting("blackout", **{name: value})
    with pytest.raises(ConfigError, match=f"begun with another .*{name}"):
        apply_files(request(folder, resume=True, setting=other))


def test_resuming_with_another_file_of_a_model_is_refused(folder, monkeypatch):
    apply_files(request(folder))
    monkeypatch.setattr(ModelStore, "sha256", lambda _, name: f"another {name}")
    with pytest.raises(ConfigError, match="begun with another model files"):
        apply_files(request(folder, resume=True))


@pytest.mark.parametrize("again", [{}, {"resume": True}, {"overwrite": True}])
def test_a_second_run_into_the_same_folder_is_refused(again, folder, tmp_path, fake_models, monkeypatch):
    whole, refused = fake_models.edit_all, []

    def meanwhile(requests):
        with pytest.raises(ConfigError) as caught:
            apply_files(request(folder, **{"overwrite": True} | again))
        refused.append(str(caught.value))
        return whole(requests)

    monkeypatch.setattr(fake_models, "edit_all", meanwhile)
    results = apply_files(request(folder, **again))
    assert results.all_processed
    assert refused
    assert all("is being written by another run of bauta apply" in line for line in refused)
    assert len(read_table(tmp_path / "out")) == 2
    monkeypatch.setattr(fake_models, "edit_all", whole)
    apply_files(request(folder, overwrite=True))


def test_what_another_run_wrote_meanwhile_is_not_overwritten(folder, tmp_path, fake_models, monkeypatch):
    """Both find no folder, one ends before the other begins to write."""

    def slow(*_, **__):
        monkeypatch.setattr("bauta.apply.run.open_editor", lambda *_, **__: fake_models)
        apply_files(request(folder))
        return fake_models

    monkeypatch.setattr("bauta.apply.run.open_editor", slow)
    with pytest.raises(ConfigError, match="is not empty: use --resume"):
        apply_files(request(folder))
    assert len(read_table(tmp_path / "out")) == 2


class Compares:
    """A second look with a fixed answer, or an error."""

    threshold = 0.5

    def __init__(self, answer):
        self.answer = answer

    def compare(self, before, faces, after):
        if isinstance(self.answer, Exception):
            raise self.answer
        return [self.answer] * len(faces)


@pytest.mark.parametrize(
    ("answer", "well", "said"),
    [
        ((Compared.YES, 0.1), True, ""),
        ((Compared.YES, 0.9), False, ", 2 still recognized"),
        ((Compared.NOTHING_LEFT, None), True, ", 2 with nothing left to compare"),
        ((Compared.NO, None), False, ", 2 could not be compared"),
        (RuntimeError("no\nnetwork"), False, ", 2 could not be compared"),
    ],
)
def test_a_face_that_was_not_compared_is_not_all_right(
    answer, well, said, folder, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr("bauta.apply.run.Evidence.open", lambda *_, **__: Compares(answer))
    results = apply_files(request(folder, recognizer="dlib_resnet", options=Options(review=True)))
    assert results.all_processed == well
    assert results.sentence() == f"2 files (2 released), 2 faces (2 anonymized){said}"
    compared = "no" if isinstance(answer, Exception) else str(answer[0])
    assert [row["compared"] for row in read_table(tmp_path / "out")] == [compared] * 2
    assert ("face 0 could not be compared" in caplog.text) == (compared == "no")
    assert ("could not be compared" in (tmp_path / "out/review.html").read_text()) == (compared == "no")


def test_a_folder_with_files_is_not_written_to_by_mistake(folder):
    apply_files(request(folder))
    with pytest.raises(ConfigError, match="is not empty: use --resume"):
        apply_files(request(folder))
    with pytest.raises(ConfigError, match="is not empty"):
        list(look_only(request(folder)))
    apply_files(request(folder, overwrite=True))


def test_nothing_is_written_through_a_link_in_the_output_folder(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sub").symlink_to(elsewhere)
    results = apply_files(request(folder, overwrite=True))
    assert not list(elsewhere.iterdir())
    assert "leads out of the output folder" in results.rows["sub/b.png"][0].reason


def test_an_interrupted_run_has_tables_and_can_be_resumed(folder, tmp_path, fake_models, monkeypatch):
    for number in range(9):
        save(folder / f"z{number}.png", size=(60 + number, 40))
    whole = fake_models.edit_all

    def interrupted(requests):
        if any(one.image.shape[1] == 66 for one in requests):
            raise KeyboardInterrupt
        return whole(requests)

    monkeypatch.setattr(fake_models, "edit_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply_files(request(folder))
    done = {row["picture"] for row in read_table(tmp_path / "out")}
    assert len(done) < 11
    monkeypatch.setattr(fake_models, "edit_all", whole)
    apply_files(request(folder, resume=True))
    assert len(read_table(tmp_path / "out")) == 11


def test_the_review_page_shows_originals_only_where_asked(folder, tmp_path):
    save(folder / "<script>.png", "empty")
    apply_files(request(folder, options=Options(review=True)))
    out = tmp_path / "out"
    page = (out / "review.html").read_text()
    assert "<script>" not in page
    assert page.index("&lt;script&gt;.png") < page.index("a.png</h2>")
    assert {path.name.rpartition("-")[2] for path in (out / "review").iterdir()} == {"after.jpg"}
    assert page.count("<img") == 3
    apply_files(request(folder, options=Options(review=True, review_originals=True), overwrite=True))
    assert (out / "review.html").read_text().count("<img") == 6


@pytest.mark.parametrize("again", [{"resume": True}, {"overwrite": True}])
def test_originals_of_an_earlier_review_page_go(again, folder, tmp_path):
    apply_files(request(folder, options=Options(review=True, review_originals=True)))
    assert len(list((tmp_path / "out/review").glob("*-before.jpg"))) == 2
    apply_files(request(folder, options=Options(review=True), **again))
    assert not list((tmp_path / "out/review").glob("*-before.jpg"))
    assert "-before" not in (tmp_path / "out/review.html").read_text()


def test_a_dry_run_writes_nothing(folder, tmp_path):
    save(folder / "none.png", "empty")
    (folder / "broken.png").write_bytes(b"x")
    lines = list(look_only(request(folder)))
    assert "a.png: 1 faces of 20 pixels" in lines
    assert "none.png: no face: unprocessed" in lines
    assert any(line.startswith("broken.png: withheld") for line in lines)
    assert not (tmp_path / "out").exists()


def test_videos_are_withheld_until_something_edits_them(folder, tmp_path):
    (folder / "v.mp4").write_bytes(b"x")
    results = apply_files(request(folder))
    assert results.rows["v.mp4"][0].status == "withheld"
    seen = []

    def edit(item, out, setting, finder, editor):
        seen.append((item.name, out, setting.label))
        return results.rows["a.png"]

    apply_files(request(folder, overwrite=True), videos=edit)
    assert seen == [("v.mp4", tmp_path / "out", "blackout")]


@pytest.mark.parametrize("content", ["[1]\n", "7\n", '{"a": 1}\n[1]\n', "nothing", ""])
def test_a_journal_of_something_else_takes_one_line(content, folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.bauta-apply.jsonl").write_text(content)
    with pytest.raises(ConfigError, match="resume"):
        apply_files(request(folder, resume=True))


def test_results_of_originals_that_are_gone_are_named(folder, tmp_path, caplog):
    save(folder / "none.png", "empty")
    apply_files(request(folder))
    assert "are of no input" not in caplog.text
    (folder / "a.png").unlink()
    (folder / "none.png").unlink()
    (tmp_path / "out/index.html").write_text("x")
    apply_files(request(folder, overwrite=True))
    assert f"{tmp_path / 'out'}: 1 files are of no input of this run and may show faces: a.png" in caplog.text


def test_the_journal_names_no_place(folder, tmp_path):
    apply_files(request(folder))
    lines = (tmp_path / "out/.bauta-apply.jsonl").read_text().splitlines()
    assert str(tmp_path) not in "".join(lines)
    assert json.loads(lines[0])["setting"] == "blackout"
