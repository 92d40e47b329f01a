"""Nobody else can read what a run leaves; no picture shows a face that the configuration did not allow."""

import base64
import re
import stat

import cv2
import numpy as np
import pytest
from projects import TINY

from bauta.detect import DETECTORS
from bauta.models.store import ModelStore

pytestmark = pytest.mark.slow

WRITTEN = ("cache", "data", "results", "logs", ".snakemake")


def test_nothing_is_open_to_others(finished):
    """Also what Snakemake makes itself: folders of outputs, logs, its records."""
    reached = [path for name in WRITTEN for path in [finished.folder / name] if path.exists()]
    assert len(reached) == len(WRITTEN)
    open_ones = []
    while reached:
        path = reached.pop()
        mode = path.stat().st_mode
        if not mode & (stat.S_IRWXG | stat.S_IRWXO):
            if path.name != ".snakemake" and path.is_dir():
                reached += path.iterdir()
            continue
        open_ones.append(str(path.relative_to(finished.folder)))
    assert not open_ones


def faces_in(picture):
    detector = DETECTORS.load("mtcnn")(ModelStore.default())
    return len(detector.detect(picture).boxes)


def read(content):
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def test_only_the_contact_sheet_shows_faces(finished):
    """The detector finds them there, so that finding none in the other pictures says something."""
    shown = {
        path.name: faces_in(read(path.read_bytes())) for path in finished.folder.glob("results/tiny/plots/*")
    }
    assert shown.pop("synthfaces-contact_sheet.png") > 5
    assert shown.pop("synthfaces-restored.png") > 5
    assert set(shown.values()) == {0}


def test_no_figure_holds_pixels(finished):
    figures = [path.read_bytes() for path in finished.folder.glob("results/tiny/figures/*")]
    assert len(figures) > 12
    assert not [one for one in figures if b"<image" in one or b"/Subtype /Image" in one]


def test_the_page_holds_the_pictures_and_no_other(finished):
    page = (finished.folder / "results/tiny/report.html").read_text()
    pictures = [
        base64.b64decode(data) for data in re.findall(r"data:image/\w+;base64,([A-Za-z0-9+/=]+)", page)
    ]
    plots = sorted(finished.folder.glob("results/tiny/plots/*"))
    assert len(pictures) == len(plots)
    sheets = {path.read_bytes() for path in plots if path.stem.endswith(("contact_sheet", "restored"))}
    assert sheets < set(pictures)
    # Plots have fewer colours on the page.
    others = {read(path.read_bytes()).shape: read(path.read_bytes()) for path in plots}
    for picture in pictures:
        shown = read(picture).astype(int)
        assert np.abs(shown - others[shown.shape]).mean() < 2


def test_logs_are_text(finished):
    for path in (finished.folder / "logs").rglob("*"):
        if path.is_file():
            assert not re.search(r"[A-Za-z0-9+/]{300}", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["contact_sheet", "restored"])
def test_a_contact_sheet_that_is_not_allowed_cannot_be_asked_for(finished, name):
    sheet = finished.folder / f"results/tiny/plots/synthfaces-{name}.png"
    config = (finished.folder / "config.yaml").read_text()
    before = sheet.read_bytes()
    dataset = {**TINY["datasets"]["synthfaces"], "contact_sheet": False}
    try:
        finished.configure({**TINY, "datasets": {"synthfaces": dataset}})
        sheet.unlink()
        done = finished.snakemake("-n", f"results/tiny/plots/synthfaces-{name}.png", check=False)
        assert done.returncode != 0
        assert "contact_sheet: it shows these people's faces" in done.stdout
        assert not {"plot_contact_sheet", "plot_restored"} & set(finished.planned())
    finally:
        sheet.write_bytes(before)
        (finished.folder / "config.yaml").write_text(config)
