"""The axes that a reader of the page can choose."""

from frontier_samples import CHANCE, CONFIG, run_measurements, share

from bauta.frontier.assemble import assemble
from bauta.frontier.page.choices import privacy_choices, utility_choices

GOOD, BLIND = "dlib_resnet", "arcface_r50"


def test_a_recognizer_that_knows_nobody_on_clear_faces_has_no_axis():
    """All settings would be private to it, and the advice for its axis would be to use any of them."""
    found = []
    for one in run_measurements(models=(GOOD, BLIND)):
        blind = {"clear_top1": share(CHANCE)} if one.model == BLIND and "clear_top1" in one.values else {}
        found.append(one.model_copy(update={"values": {**one.values, **blind}}))
    (dataset,) = assemble(found, {**CONFIG, "recognizers": [GOOD, BLIND]}, {}).datasets
    assert {choice.who for choice in privacy_choices(dataset, "worst_top1")} == {None, GOOD}


def test_a_teacher_alone_is_told_its_part_in_each_setting_on_every_measure():
    (dataset,) = assemble(run_measurements(), CONFIG, {}).datasets
    rows = [row.model_copy(update={"partial": {"resnet18": "was in a loss"}}) for row in dataset.rows[:2]]
    dataset = dataset.model_copy(update={"rows": (*rows, *dataset.rows[2:])})
    own = [one for one in utility_choices(dataset, "relative_macro_f1") if one.who == "resnet18"]
    assert len({one.measure for one in own}) > 1
    for one in own:
        assert one.told[:2] == ("was in a loss", "was in a loss")
        assert not any(one.told[2:])
