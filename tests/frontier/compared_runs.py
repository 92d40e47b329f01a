"""Results of made-up runs on disk, with the outcomes of each person, to compare two of them."""

from pathlib import Path

import numpy as np
from frontier_samples import CHANCE, CONFIG, PROBES, SUBJECTS, run_measurements, share, suite

from bauta.attack.faces import AttackLabels
from bauta.attack.person_hits import HITS, hits_curve
from bauta.cache.lineage import sources
from bauta.frontier.assemble import build_frontier
from bauta.measurement import Measurement

EACH = PROBES // SUBJECTS
LABELS = AttackLabels(
    [f"{person:02d}/{role}{image}" for person in range(SUBJECTS) for role in "ep" for image in range(EACH)],
    np.array([f"p{person:02d}" for person in range(SUBJECTS) for _ in range(2 * EACH)]),
    np.array([role for _ in range(SUBJECTS) for role in ("enrol", "probe") for _ in range(EACH)]),
)
MODELS = {"dlib_resnet": {"dlib.dat": "a" * 64}, "resnet18": {"resnet18.onnx": "b" * 64}}


def named_probes(top1: float, seed: int) -> np.ndarray:
    """Whether each probe is named: the same people are hard in every run, whatever the seed."""
    hard = np.random.default_rng(7).random(SUBJECTS)
    luck = np.repeat(hard, EACH) + 0.1 * np.random.default_rng(seed).random(PROBES)
    named = np.zeros(PROBES)
    named[np.argsort(luck)[: int(np.ceil(top1 * PROBES))]] = 1.0
    return named


def with_hits(measured: list[Measurement], seed: int, shift: float = 0.0) -> list[Measurement]:
    """The measurements, and a suite with outcomes that is as strong as each adaptive attack was."""
    found = [one for one in measured if one.kind != "adapt"]
    for one in measured:
        if one.kind == "adapt":
            found.append(one.model_copy(update={"values": {**one.values, "adaptive_top1": share(CHANCE)}}))
            top1 = one.values["adaptive_top1"].value
            moved = shift if 0.1 < top1 < 0.9 else 0.0
            named = named_probes(min(1.0, top1 + moved), seed)
            pooled = named.reshape(SUBJECTS, EACH).max(axis=1)
            made = suite(one.dataset, one.backend, one.setting, float(named.mean()))
            values = {**made.values, "worst_top1_pooled": share(float(pooled.mean()), n=SUBJECTS)}
            curves = {**made.curves, HITS: hits_curve(LABELS, one=named, pooled=pooled)}
            found.append(made.model_copy(update={"values": values, "curves": curves}))
    return found


def write_run(
    name: str, measured: list[Measurement], config: dict | None = None, split: str = "5", models=MODELS
) -> Path:
    """Write the results of a run below the working directory, and return their folder."""
    folder, paths = Path("results") / name, []
    for one in measured:
        model = [f"{one.model}-00000001"] if one.model else []
        parts = [one.dataset, f"{one.kind}-00000002", *model, one.backend, f"{one.setting}-00000003.json"]
        path = folder.joinpath("measurements", *parts)
        one.with_provenance(split_sha256=split * 64).write(path)
        paths.append(path)
    tables = {
        each: folder / f"{each}.csv"
        for each in ("table", "attacks", "soft", "teachers", "significance", "training")
    }
    build_frontier(
        paths,
        {**CONFIG, "run": name, **(config or {})},
        **tables,
        metrics=folder / "metrics.json",
        models=models,
        made_from=sources(paths),
    )
    return folder


def small(measured: list[Measurement], *backends: str) -> list[Measurement]:
    """Only some backends, the controls and the originals among them."""
    kept = {"original", "identity", "blackout", *backends}
    return [one for one in measured if one.backend in kept]


def two_runs(**changes) -> tuple[Path, Path]:
    """A with blur and pixelate; B with blur and k-Same, whose attacks reach 0.1 more where there is room."""
    a = write_run("a", with_hits(small(run_measurements(), "blur", "pixelate"), 1))
    b = write_run("b", with_hits(small(run_measurements(), "blur", "ksame"), 2, shift=0.1), **changes)
    return a, b


def without_hits(measured: list[Measurement]) -> list[Measurement]:
    """Measurements of a time when no outcomes were stored."""
    return [
        one.model_copy(update={"curves": {name: c for name, c in one.curves.items() if name != HITS}})
        for one in measured
    ]
