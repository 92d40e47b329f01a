import cv2
import numpy as np
import pytest
from frontier_samples import CONFIG, expression, run_measurements, with_suites
from hypothesis import given
from hypothesis import strategies as st

from bauta.config.limits import Limits
from bauta.config.short_names import readable, strengths
from bauta.drawing.canvas import ALARM
from bauta.errors import DataError, UnknownNameError
from bauta.frontier.assemble import assemble
from bauta.frontier.bounds import privacy_floor
from bauta.frontier.plots import points
from bauta.frontier.plots.bounds import wall_handle
from bauta.frontier.plots.panels import _judge_of_all
from bauta.frontier.plots.pictures import PICTURES, draw_picture
from bauta.frontier.plots.points import plot_attackers, plot_frontier
from bauta.frontier.plots.style import IN_WORDS, Shown, looks
from bauta.measurement import Measurement, Value
from bauta.metrics.axes import PRIVACY_AXES, UTILITY_AXES
from bauta.plan.pictures import SHOWN

AXES = ("worst_top1", "relative_macro_f1")
FEW = ("identity", "blackout", "prototype", "ksame")


@pytest.fixture
def few(measured):
    """The measurements of a few settings, with suites: pictures of them are drawn faster."""
    return with_suites([one for one in measured if one.backend in (*FEW, "original")])


def read(path):
    image = cv2.imread(str(path))
    assert image is not None
    return image


def margin(path):
    """The outermost pixels, on which nothing may be drawn."""
    image = read(path)
    return np.concatenate(
        [image[:4].ravel(), image[-4:].ravel(), image[:, :4].ravel(), image[:, -4:].ravel()]
    )


def alarm_share(path):
    """Share of pixels in the colour of the banner."""
    color = [int(ALARM[i : i + 2], 16) for i in (5, 3, 1)]
    return (np.abs(read(path).astype(int) - color).max(axis=2) <= 2).mean()


@pytest.mark.parametrize("kind", list(PICTURES))
def test_every_plot_is_drawn_fits_a_laptop_and_is_not_cut_off(few, tmp_path, kind):
    path = tmp_path / f"{kind}.png"
    draw_picture(kind, assemble(few, CONFIG, {}), "synthfaces", path, few)
    image = read(path)
    assert image.shape[1] <= 1440
    assert 0.005 < (image.min(axis=2) < 200).mean() < 0.6
    assert (margin(path) == 255).all()
    assert alarm_share(path) < 1e-3


def test_what_each_plot_waits_for_is_said():
    assert SHOWN.keys() == PICTURES.keys()


def test_plots_are_the_same_bytes_each_time(few, tmp_path):
    found = assemble(few, CONFIG, {}).datasets[0]
    for name in ("one.png", "two.png"):
        plot_frontier(Shown(found, AXES, None, {}), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("kind", list(PICTURES))
def test_every_plot_has_the_banner_when_a_control_fails(few, tmp_path, kind):
    broken = [one for one in few if one.backend in ("identity", "original")]
    draw_picture(kind, assemble(broken, CONFIG, {}), "synthfaces", tmp_path / "plot.png", broken)
    assert alarm_share(tmp_path / "plot.png") > 0.01


def test_without_a_utility_the_privacy_is_drawn(monkeypatch, tmp_path):
    few = [one for one in run_measurements(labelled=False) if one.backend in (*FEW, "original")]
    monkeypatch.setattr(points, "place_labels", None)
    draw_picture("frontier", assemble(few, CONFIG, {}), "synthfaces", tmp_path / "plot.png")
    assert 0.005 < (read(tmp_path / "plot.png").min(axis=2) < 200).mean() < 0.6


def test_pictures_that_the_measurements_do_not_support_are_refused(few, tmp_path):
    frontier = assemble(few, CONFIG, {})
    unlabelled = assemble(run_measurements(labelled=False), CONFIG, {})
    with pytest.raises(DataError, match="expected a teacher to draw, got none"):
        draw_picture("confusion", unlabelled, "synthfaces", tmp_path / "plot.png")
    for kind in ("confusion", "similarity"):
        with pytest.raises(DataError, match="got none; run the"):
            draw_picture(kind, frontier, "synthfaces", tmp_path / "plot.png", [])
    with pytest.raises(DataError, match="got 'pins'"):
        draw_picture("frontier", frontier, "pins", tmp_path / "plot.png")
    with pytest.raises(UnknownNameError, match="did you mean 'frontier'"):
        draw_picture("frontiers", frontier, "synthfaces", tmp_path / "plot.png")


def test_invalid_rows_missing_values_and_points_outside_their_interval_are_drawn(few, tmp_path):
    found = assemble(few, CONFIG, {}).datasets[0]
    rows = list(found.rows)
    rows[2] = rows[2].model_copy(update={"valid": False, "pareto": False})
    odd = {"privacy": Value(value=0.5, low=0.6, high=0.7), "adaptive_top1": Value.missing("none")}
    rows[3] = rows[3].model_copy(update={"values": {**rows[3].values, **odd}})
    found = found.model_copy(update={"rows": tuple(rows)})
    plot_frontier(Shown(found, AXES, None, {}), tmp_path / "frontier.png")
    plot_attackers(Shown(found, AXES, None, {}), tmp_path / "attackers.png")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_measurement_without_its_curves_is_refused(few, tmp_path):
    bare = [one.model_copy(update={"curves": {}}) if one.kind == "expression" else one for one in few]
    with pytest.raises(DataError, match="expected the curve"):
        draw_picture("confusion", assemble(few, CONFIG, {}), "synthfaces", tmp_path / "plot.png", bare)


def test_a_bound_below_one_is_drawn_and_explained(few, monkeypatch, tmp_path):
    """With the bounds away, the pictures have neither sign nor wall, and nothing in the legend."""
    told, drawn = [], []
    monkeypatch.setattr(
        points, "legend_beside", lambda _, handles, __: told.append([h.get_label() for h in handles])
    )
    monkeypatch.setattr(points, "draw_walls", lambda _, bounds, __: drawn.append(list(bounds)))
    found = assemble(few, CONFIG, {}).datasets[0]
    empty = {"bound_top1": Value(value=1.0, n=200)}
    rows = [row.model_copy(update={"values": {**row.values, **empty}}) for row in found.rows]
    for name, rows_of in (("bounds", found.rows), ("none", tuple(rows))):
        shown = Shown(found.model_copy(update={"rows": rows_of}), AXES, None, {})
        plot_frontier(shown, tmp_path / f"{name}.png")
        plot_attackers(shown, tmp_path / f"{name}-attackers.png")
    floor = "no attack but reverse\ncan go below"
    assert [floor in labels for labels in told] == [True, False]
    assert drawn == [[1.0, 0.03, 0.07, 0.5, 0.2, 0.1], [1.0] * 6]
    assert (tmp_path / "bounds.png").read_bytes() != (tmp_path / "none.png").read_bytes()
    assert not wall_handle([1.0, np.nan])
    assert wall_handle([1.0, 0.07])


def test_the_floor_of_the_privacy_is_the_bound_on_its_axis(few):
    rows = {row.label: row for row in assemble(few, CONFIG, {}).datasets[0].rows}
    assert privacy_floor(rows["prototype"], "worst_top1") == pytest.approx(1 - (0.07 - 0.025) / (1 - 0.025))
    assert privacy_floor(rows["identity"], "worst_top1") is None
    assert privacy_floor(rows["prototype"], "worst_auc") is None
    assert privacy_floor(rows["prototype"], "worst_top1") <= rows["prototype"].values["privacy"].value


def test_strengths_and_looks(measured):
    rows = assemble(measured, CONFIG, {}).datasets[0].rows
    blur = strengths(rows)["blur"]
    assert blur.option == "kernel"
    assert not blur.meanings
    assert list(blur.marks.values()) == ["11", "31", "51", "101"]
    assert strengths(rows)["identity"].marks == {"default": ""}
    styles = looks(rows)
    colored = [styles[name] for name in ("blur", "pixelate", "ksame", "ksame_select")]
    assert len({look.marker for look in colored}) == len({look.color for look in colored}) == 4


GRID = [f"lambda_id={i},lambda_expr={e},steps=160,width=12" for i in ("0.0", "4.0") for e in ("0.0", "1.0")]


def of_several_options(measured):
    """The measurements of k-Same under the name and the settings of a grid over two options."""
    own = {one.setting: None for one in measured if one.backend == "ksame"}
    renamed = dict(zip(own, GRID, strict=False))
    return [
        one.model_copy(update={"backend": "cgan_trained", "setting": renamed[one.setting]})
        if one.backend == "ksame"
        else one
        for one in measured
        if one.backend != "ksame" or one.setting in renamed
    ]


def test_settings_of_several_options_get_letters_and_their_meaning(measured):
    rows = assemble(of_several_options(measured), CONFIG, {}).datasets[0].rows
    found = strengths(rows)["cgan_trained"]
    assert list(found.marks.values()) == ["a", "b", "c"]
    assert found.meanings["b"] == "lambda_id=0.0, lambda_expr=1.0"


def test_names_leave_out_what_all_settings_share():
    names = readable(["identity", "blur kernel=11", *(f"cgan_trained {setting}" for setting in GRID)])
    assert list(names.values())[:3] == [
        "identity",
        "blur kernel=11",
        "cgan_trained\nlambda_id=0.0, lambda_expr=0.0",
    ]
    assert len(set(names.values())) == len(names)
    assert readable(["cgan default", "cgan size=64"]) == {
        "cgan default": "cgan default",
        "cgan size=64": "cgan size=64",
    }


@pytest.mark.parametrize("kind", list(PICTURES))
def test_long_names_are_not_cut_off(few, tmp_path, kind):
    path = tmp_path / f"{kind}.png"
    measured = of_several_options(few)
    draw_picture(kind, assemble(measured, CONFIG, {}), "synthfaces", path, measured)
    assert (margin(path) == 255).all()


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["0", "1"])),
        min_size=1,
        unique_by=lambda options: tuple(sorted(options.items())),
    )
)
def test_no_two_settings_have_one_name(settings):
    written = [",".join(f"{key}={options[key]}" for key in sorted(options)) for options in settings]
    labels = [f"cgan {setting or 'default'}" for setting in written]
    names = readable(labels)
    assert len(set(names.values())) == len(labels)


READERS = {"resnet18_anonymized": 0.5, "resnet18_both": 0.75}


def test_readers_that_adapt_are_series_of_their_own(few, tmp_path):
    """Their columns hold what they read, and the picture shows it; without them it says that none did."""
    read_by = [expression("synthfaces", "ksame", "k=2", u, model=name) for name, u in READERS.items()]
    found = assemble([*few, *read_by], CONFIG, {})
    row = next(row for row in found.datasets[0].rows if row.label == "ksame k=2")
    other = next(row for row in found.datasets[0].rows if row.label == "ksame k=5")
    assert row.values["utility_reader_anonymized"].value == 0.5
    assert row.values["utility_reader_both"].value == 0.75
    assert other.values["utility_reader_both"].value is None
    for name, frontier in {"with": found, "without": assemble(few, CONFIG, {})}.items():
        draw_picture("readers", frontier, "synthfaces", tmp_path / f"{name}.png")
        assert (margin(tmp_path / f"{name}.png") == 255).all()
    shown = [(read(tmp_path / f"{name}.png").min(axis=2) < 200).mean() for name in ("with", "without")]
    assert shown[0] > shown[1]


def label(frontier, axis):
    return getattr(
        Shown(frontier.datasets[0], (frontier.privacy_axis, frontier.utility_axis), None, {}), axis
    )


def test_trap_34_the_axes_are_labelled_after_what_is_drawn(few):
    unlabelled = [
        one.model_copy(update={"values": {
            name: value if name == "kappa" else Value.missing("no face has an expression label")
            for name, value in one.values.items()
        }}) if one.kind == "expression" else one for one in few
    ]  # fmt: skip
    assert label(assemble(few, CONFIG, {}), "utility").startswith("utility: macro-F1")
    assert label(assemble(unlabelled, CONFIG, {}), "utility") == "utility: Cohen's κ to clear faces"
    assert label(assemble(run_measurements(labelled=False), CONFIG, {}), "utility")
    named = {**CONFIG, "frontier": {"privacy": "worst_eer", "utility": "accuracy"}}
    found = assemble(few, named, {})
    assert label(found, "utility") == "utility: accuracy of the expressions"
    assert label(found, "privacy") == "privacy: EER of the strongest verification, scaled from 0 to 0.5"
    assert "top-1 identification, corrected for chance" in label(assemble(few, CONFIG, {}), "privacy")


def test_every_axis_has_words():
    assert set(IN_WORDS) == {*PRIVACY_AXES, *UTILITY_AXES}


def test_trap_27_the_confusion_is_of_a_teacher_that_judges_every_setting(few):
    """The first teacher chose the faces of one setting, and would read there what it chose."""
    second = [
        expression(one.dataset, one.backend, one.setting, 0.5, model="vgg_fer2013")
        for one in few
        if one.kind == "expression"
    ]
    config = {**CONFIG, "teachers": ["resnet18", "vgg_fer2013"]}
    seen = {"synthfaces": Limits(sees={"ksame": {"k=2": ("posteriors:resnet18",)}})}
    for limits, teacher in (({}, "resnet18"), (seen, "vgg_fer2013")):
        (found,) = assemble([*few, *second], config, {}, limits).datasets
        assert _judge_of_all(Shown(found, AXES, None, {})) == teacher


def test_the_agreement_of_teachers_is_drawn_where_the_utility_is_one(few, tmp_path):
    agreed = Measurement(
        kind="agreement",
        dataset="synthfaces",
        backend="original",
        setting="clear",
        values={"resnet18/vgg_fer2013/kappa": Value(value=0.65, low=0.6, high=0.7, n=200)},
    )
    for utility, drawn in (("kappa", True), ("accuracy", False)):
        config = {**CONFIG, "frontier": {**CONFIG["frontier"], "utility": utility}}
        for name, measured in {"with": [*few, agreed], "without": few}.items():
            draw_picture("frontier", assemble(measured, config, {}), "synthfaces", tmp_path / f"{name}.png")
        pictures = [(tmp_path / f"{name}.png").read_bytes() for name in ("with", "without")]
        assert (pictures[0] != pictures[1]) == drawn
