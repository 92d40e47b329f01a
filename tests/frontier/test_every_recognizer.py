"""What counts is the worst over all recognizers and protocols, and the numbers of each are kept."""

import pandas as pd
import pytest
from frontier_samples import (
    CONFIG,
    SETTINGS,
    adapt,
    attack,
    audit,
    baseline,
    coverage,
    expression,
    realism,
    share,
)

from bauta.errors import ConfigError
from bauta.frontier.assemble import assemble
from bauta.frontier.plots import points
from bauta.frontier.plots.pictures import draw_picture
from bauta.frontier.result import Frontier
from bauta.frontier.rows import PROTOCOLS
from bauta.frontier.table import write_table
from bauta.measurement import Measurement, Value

BOTH = ("dlib_resnet", "arcface")
BLUR = ("synthfaces", "blur", "kernel=51")
RUN = {**CONFIG, "recognizers": list(BOTH)}


def measurements(**verification):
    """Blur between the controls, by two recognizers.

    All verify alike, with an AUC of 0.6, but for `recognizer__protocol={measure: value or None}`.
    """
    found = [baseline("synthfaces", model) for model in BOTH]
    for place in (("synthfaces", name, "default") for name in ("identity", "blackout")):
        found += of_a_set(place)
    for one in of_a_set(BLUR):
        own = {
            f"{name.split('__')[1]}_{measure}": Value.missing("too few") if value is None else share(value)
            for name, changed in verification.items()
            for measure, value in changed.items()
            if name.split("__")[0] == one.model and one.kind == "attack"
        }
        assert set(own) <= set(one.values)
        found.append(one.model_copy(update={"values": {**one.values, **own}}))
    return found


def of_a_set(place):
    naive, adaptive, utility = SETTINGS[place[1:]]
    every = [
        part for model in BOTH for part in (attack(*place, naive, model), adapt(*place, adaptive, model))
    ]
    if place == BLUR:
        same = {"auc": 0.6, "eer": 0.4, "tar_at_far_1e-2": 0.2}
        alike = {f"{p}_{name}": share(v) for p in PROTOCOLS for name, v in same.items()}
        every = [
            one.model_copy(update={"values": {**one.values, **alike}}) if one.kind == "attack" else one
            for one in every
        ]
    others = (expression(*place, utility), realism(*place, utility), coverage(*place), audit(*place))
    return [*every, *others]


def blur(measured, config=RUN):
    return next(row for row in assemble(measured, config, {}).datasets[0].rows if row.backend == "blur")


@pytest.mark.parametrize(
    ("measure", "worst", "harmless"), [("auc", 0.9, 0.55), ("eer", 0.1, 0.45), ("tar_at_far_1e-2", 0.9, 0.1)]
)
@pytest.mark.parametrize("protocol", ["naive", "reverse", "parrot"])
@pytest.mark.parametrize("recognizer", BOTH)
def test_a_verification_column_is_the_worst_over_recognizers_and_protocols(
    measure, worst, harmless, protocol, recognizer
):
    other = next(name for name in BOTH if name != recognizer)
    row = blur(
        measurements(
            **{f"{recognizer}__{protocol}": {measure: worst}, f"{other}__parrot": {measure: harmless}}
        )
    )
    assert row.values[f"worst_{measure}"] == share(worst), "with the interval of that attack"
    assert row.worst_verifiers[f"worst_{measure}"] == f"{protocol}/{recognizer}"
    if (recognizer, protocol) != ("dlib_resnet", "naive"):
        assert row.values[measure].value not in (worst, harmless), "the first recognizer's, naive"


@pytest.mark.parametrize(
    ("measure", "worst", "privacy"),
    [("auc", 0.9, 0.2), ("eer", 0.1, 0.2), ("tar_at_far_1e-2", 0.901, 0.1), ("tar_at_far_1e-3", 0.5005, 0.5)],
)
def test_the_privacy_axis_reads_the_worst(measure, worst, privacy):
    config = {**RUN, "frontier": {"privacy": f"worst_{measure}"}}
    row = blur(measurements(arcface__parrot={measure: worst}), config)
    assert row.values["privacy"].value == pytest.approx(privacy)
    ends = sorted((row.values["privacy"].low, row.values["privacy"].high))
    assert ends[0] < privacy < ends[1]
    with pytest.raises(ConfigError, match=f"write worst_{measure}"):
        blur(measurements(), {**RUN, "frontier": {"privacy": measure}})


def test_an_unknown_value_of_one_does_not_hide_that_of_another():
    row = blur(measurements(dlib_resnet__naive={"auc": None}, arcface__reverse={"auc": 0.7}))
    assert row.values["auc"].value is None
    assert row.values["worst_auc"].value == pytest.approx(0.7)
    nobody = blur(measurements())
    assert nobody.values["worst_tar_at_far_1e-3"].value is None
    assert "resolve no FAR" in nobody.values["worst_tar_at_far_1e-3"].reason
    assert "worst_tar_at_far_1e-3" not in nobody.worst_verifiers


def test_every_number_of_every_recognizer_is_in_the_metrics(tmp_path):
    measured = measurements(arcface__parrot={"auc": 0.9})
    assemble(measured, RUN, {}).write(tmp_path / "metrics.json")
    read = Frontier.read(tmp_path / "metrics.json").datasets[0]
    row = next(row for row in read.rows if row.backend == "blur")
    assert set(row.by_recognizer) == set(BOTH)
    for one in measured:
        if one.kind in ("attack", "adapt") and one.backend == "blur":
            kept = row.by_recognizer[one.model]
            assert {name: kept[name] for name in one.values} == one.values
    assert row.by_recognizer["arcface"]["clear_top1"].value == 0.965
    assert row.worst_verifiers["worst_auc"] == "parrot/arcface"


def test_a_recognizer_without_a_measurement_has_the_reason():
    def is_of(one, kind):
        return (one.kind, one.model, one.backend) == (kind, "arcface", "blur")

    refused = Measurement(
        kind="adapt", dataset="synthfaces", backend="blur", setting="kernel=51", model="arcface",
        values={}, infeasible="one face a person",
    )  # fmt: skip
    measured = [one for one in measurements() if not is_of(one, "attack") and not is_of(one, "adapt")]
    own = blur([*measured, refused]).by_recognizer["arcface"]
    assert own["naive_top1"] == Value.missing("no recognizer attacked this set")
    assert own["adaptive_top1"] == Value.missing("one face a person")


def test_the_table_has_the_worst_with_their_intervals(tmp_path):
    frontier = assemble(measurements(arcface__parrot={"auc": 0.9, "eer": 0.1}), RUN, {})
    write_table(frontier, tmp_path / "frontier.csv")
    cells = pd.read_csv(tmp_path / "frontier.csv").set_index("backend").loc["blur"]
    for name, value in (("worst_auc", share(0.9)), ("worst_eer", share(0.1))):
        ends = (cells[name], cells[f"{name}_lo"], cells[f"{name}_hi"])
        assert ends == pytest.approx((value.value, value.low, value.high), rel=1e-5)
    assert (cells["auc"], cells["eer"]) == pytest.approx((0.6, 0.4))
    assert pd.isna(cells["worst_tar_at_far_1e-3"])


def test_trap_34_the_picture_of_attackers_has_every_attack_of_every_recognizer(tmp_path, monkeypatch):
    drawn, own = {}, points.draw_points

    def spy(axes, frame, x, y, styles, *areas, page):
        drawn[x] = frame.set_index("backend").loc["blur"][x]
        assert frame[y].between(-0.5, len(frame) - 0.5).all()
        own(axes, frame, x, y, styles, *areas, page=page)

    suite = {"worst_top1": share(0.7), "max_top1": share(0.8)}
    strongest = [
        Measurement(
            kind="suite", dataset="synthfaces", backend="blur", setting="kernel=51", model="dlib_resnet",
            values=suite, provenance={"worst_one": "pixels/nearest_template/naive"},
        )
    ]  # fmt: skip
    monkeypatch.setattr(points, "draw_points", spy)
    frontier = assemble([*measurements(), *strongest], RUN, {})
    draw_picture("attackers", frontier, "synthfaces", tmp_path / "plot.png")
    attacks = ("naive_top1", "reverse_top1", "parrot_top1", "adaptive_top1")
    assert set(drawn) == {*(f"{name}/{one}" for name in BOTH for one in attacks), "worst_top1", "max_top1"}
    assert (drawn["worst_top1"], drawn["max_top1"]) == (0.7, 0.8)
    assert drawn["arcface/adaptive_top1"] == SETTINGS[BLUR[1:]][1]
