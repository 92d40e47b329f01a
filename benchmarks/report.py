"""Size and speed of the report: bytes, seconds to build, and Chromium's time until it can be used.

    python benchmarks/report.py            3 datasets, 40 settings, 3 recognizers
    python benchmarks/report.py --keep DIR write the page there as well

The measurements are made up (`tests/frontier/frontier_samples.py`); the pictures are drawn by the
workflow's code.
"""

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "frontier")]

import frontier_samples as samples
from chromium import page_of

from bauta.frontier.assemble import assemble
from bauta.frontier.page.write import write_report
from bauta.frontier.plots.pictures import PICTURES, draw_picture
from bauta.frontier.result import Frontier
from bauta.io.layout import PLOT, fill
from bauta.measurement import Measurement

DATASETS, SETTINGS, RECOGNIZERS = 3, 40, ("dlib_resnet", "arcface_r50", "facenet_vggface2")
TEACHERS = ("resnet18", "vgg_fer2013")
DRAWN = ("frontier", "attackers", "similarity", "strength", "confusion")
"""The pictures of a dataset that a run with labels and an attack suite has."""


def many_settings(count: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    """The made-up settings and as many more as are needed, between those that are there."""
    found = dict(samples.SETTINGS)
    names = [place for place in found if place[0] in ("blur", "pixelate", "ksame")]
    for index in itertools.count():
        if len(found) >= count:
            break
        backend, setting = names[index % len(names)]
        option, _, number = setting.partition("=")
        naive, adaptive, utility = samples.SETTINGS[backend, setting]
        step = 1 + index // len(names)
        shift = 0.97**step
        place = (backend, f"{option}={int(number) + 2 * step}")
        found.setdefault(place, (naive * shift, adaptive * shift, utility * shift))
    return found


def measured(dataset: str, settings: int) -> list[Measurement]:
    """Made-up measurements of a dataset by all recognizers and teachers, with an attack suite."""
    found = [samples.baseline(dataset, model) for model in RECOGNIZERS]
    for (backend, setting), (naive, adaptive, utility) in many_settings(settings).items():
        which = (dataset, backend, setting)
        for model in RECOGNIZERS:
            found += [samples.attack(*which, naive, model), samples.adapt(*which, adaptive, model)]
        found.append(suite(*which, adaptive))
        found += [samples.expression(*which, utility, model=model) for model in TEACHERS]
        found += [samples.realism(*which, utility), samples.coverage(*which), samples.audit(*which)]
    return found


def suite(dataset: str, backend: str, setting: str, top1: float) -> Measurement:
    """A suite of as many attacks as a default run makes with these recognizers."""
    one = samples.suite(dataset, backend, setting, top1)
    listed = []
    for recognizer in RECOGNIZERS:
        for view in (
            "as_is",
            "pixels",
            "restored",
            "restored_network",
            "as_is+clear_map",
            "restored+clear_map",
        ):
            for matcher in ("nearest_template", "embedding_discriminant"):
                for attack in one.curves["attacks"]:
                    scale = 1 if view == "restored" and recognizer == RECOGNIZERS[0] else 0.8
                    numbers = {name: attack[name] * scale for name in ("value", "low", "high")}
                    counts = attack["counts"] and scale == 1 and matcher == "nearest_template"
                    own = {"view": view, "matcher": matcher, "recognizer": recognizer, "counts": counts}
                    listed.append({**attack, **own, **numbers})
    return one.model_copy(update={"curves": {**one.curves, "attacks": listed}})


def config(datasets: list[str]) -> dict[str, object]:
    """The configuration of the made-up run."""
    names = {"datasets": {name: {"adapter": "synthfaces"} for name in datasets}}
    return {**samples.CONFIG, **names, "recognizers": list(RECOGNIZERS), "teachers": list(TEACHERS)}


def draw(frontier: Frontier, measurements: list[Measurement], folder: Path) -> list[Path]:
    """The pictures of the run."""
    paths = []
    for found in frontier.datasets:
        own = [one for one in measurements if one.dataset == found.dataset]
        for kind in (name for name in PICTURES if name in DRAWN):
            paths.append(folder / Path(fill(PLOT, dataset=found.dataset, kind=kind)).name)
            draw_picture(kind, frontier, found.dataset, paths[-1], own)
    return paths


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=DATASETS)
    parser.add_argument("--settings", type=int, default=SETTINGS)
    parser.add_argument("--keep", type=Path, help="folder for the page")
    given = parser.parse_args()
    names = [f"set_{letter}" for letter in "abcdefghij"[: given.datasets]]
    measurements = [one for name in names for one in measured(name, given.settings)]
    settings = config(names)
    frontier = assemble(measurements, settings, {"config": settings})
    with tempfile.TemporaryDirectory() as scratch:
        plots = draw(frontier, measurements, Path(scratch))
        path = (given.keep or Path(scratch)) / "report.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        start, used = time.perf_counter(), time.process_time()
        write_report(frontier, plots, path, measurements)
        built, used = time.perf_counter() - start, time.process_time() - used
        size, drawn = path.stat().st_size, sum(plot.stat().st_size for plot in plots)
        print(f"{len(names)} datasets x {given.settings} settings x {len(RECOGNIZERS)} recognizers")
        print(f"{size / 1e6:.2f} MB, from {drawn / 1e6:.2f} MB of pictures")
        print(f"built in {built:.2f} s, of which the processor worked {used:.2f} s")
        with page_of(path) as page:
            ready = float(page.locator("html").get_attribute("data-ready"))
            print(f"interactive {ready / 1000:.2f} s after the start of the navigation in Chromium")


if __name__ == "__main__":
    main()
