"""What is planned where one dataset lends its people to the attackers of the others."""

from types import SimpleNamespace

import pytest

from bauta.cache.stale import Reached
from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.plan.artifacts import artifacts
from bauta.workflow.measurement_inputs import MeasurementInputs
from bauta.workflow.rule_inputs import rule_inputs
from bauta.workflow.view_inputs import ViewInputs

LENDER = {"adapter": "synthfaces", "subjects": 20, "splits": {"train": 0.3, "dev": 0.6}}
SMALL = {"adapter": "synthfaces", "subjects": 6}
CONTROLS = {"identity": {}, "blackout": {}}


def inputs(*, small=None, lender=None, people="lender", anonymizers=None, **values):
    datasets = {
        "small": {**SMALL, "splits": {}, **(small or {})},
        "lender": {**LENDER, **(lender or {})},
    }
    return rule_inputs(
        parse_config(
            {
                "datasets": datasets,
                "anonymizers": {
                    **CONTROLS,
                    **({"blur": {"kernel": 31}} if anonymizers is None else anonymizers),
                },
                "attacks": {"people": people, "views": ["as_is", "restored"]},
                **values,
            }
        )
    )


def views_of(plan):
    return [
        plan.views.view(view, recognizer, item)
        for item in plan.sets.all
        for view, recognizer in plan.seen(item)
    ]


def job(rules, name):
    """The wildcards of the rule `view` for the blurred faces of a dataset."""
    plan = rules.plan.datasets[name]
    item = next(item for item in plan.sets.all if item.backend == "blur")
    return SimpleNamespace(
        dataset=name,
        crop=plan.faces.crop,
        people=plan.views.people.key.digest,
        view=plan.views.all[-1].keyed,
        recognizer=plan.recognizers.keyed("dlib_resnet"),
        backend=item.backend,
        setting=item.setting,
    )


def test_a_view_of_a_borrower_reads_the_people_of_the_lender_where_the_lender_makes_them():
    rules = inputs()
    small, lender = rules.plan.datasets["small"], rules.plan.datasets["lender"]
    views, place = ViewInputs(rules), job(rules, "small")
    (own,), (embeddings,) = views.own_people(place), views.own_embeddings(place)
    assert own.is_relative_to(lender.faces.folder / f"people-{lender.people.key.digest}")
    of_lender = job(rules, "lender")
    assert [own] == views.own_people(of_lender)
    assert [embeddings] == views.own_embeddings(of_lender)
    assert views.own_crops(place) == lender.faces.crops
    assert views.own_landmarks(place) == lender.faces.hull
    assert views.own_alignment(place) == lender.faces.alignment
    assert views.own_split(place) == lender.source.split
    assert all(path.is_relative_to(small.faces.folder) for path in views.view_stores(place))
    assert views.view(place)["config"]["lender"] == "lender"
    # The job that makes them is one of the lender's, and knows nothing of who borrows.
    made = SimpleNamespace(**{**vars(of_lender), "people": own.parts[3].removeprefix("people-")})
    assert "lender" not in views.anonymize_people(made)["config"]
    assert "lender" not in views.people(made)["config"]


def test_the_suite_of_a_borrower_is_told_whose_people_it_chooses_on():
    rules = inputs()
    measure = MeasurementInputs(rules)
    for name, expected in (("small", "lender"), ("lender", None)):
        place = job(rules, name)
        place.digest = rules.plan.measurements[name].keys["suite"].digest
        assert measure.suite(place)["config"].get("lender") == expected


def test_nothing_changes_for_the_lender_and_without_one():
    lending, alone = inputs().plan, inputs(people=None).plan
    for plan in (lending, alone):
        assert plan.datasets["lender"].views.lender is None
    assert views_of(lending.datasets["lender"]) == views_of(alone.datasets["lender"])
    assert list(lending.measurements["lender"].paths()) == list(alone.measurements["lender"].paths())
    assert "people" not in alone.whole["attacks"]
    borrowed, own = (set(plan.measurements["small"].paths()) for plan in (lending, alone))
    assert {path.parts[4].partition("-")[0] for path in borrowed - own} == {"suite"}
    assert not set(views_of(lending.datasets["small"])) & set(views_of(alone.datasets["small"]))


@pytest.mark.parametrize(
    "lender",
    [
        {"splits": {"train": 0.4, "dev": 0.4}},
        {"detector": "dlib_hog"},
        {"subjects": 21},
    ],
    ids=["split", "crops", "images"],
)
def test_the_views_of_a_borrower_follow_the_lender_and_its_own_sets_do_not(lender):
    before, after = inputs().plan, inputs(lender=lender).plan
    views, sets = (
        [set(of(plan.datasets["small"])) for plan in (before, after)]
        for of in (views_of, lambda plan: [plan.sets.anonymized(item) for item in plan.sets.all])
    )
    assert not views[0] & views[1]
    assert sets[0] == sets[1]
    suites = [plan.measurements["small"].keys["suite"].digest for plan in (before, after)]
    assert suites[0] != suites[1]


def test_the_name_of_the_lender_is_in_the_key_because_it_is_in_the_ids():
    datasets = {"small": SMALL, "one": LENDER, "two": LENDER}
    plans = [
        rule_inputs(
            parse_config({"datasets": datasets, "anonymizers": CONTROLS, "attacks": {"people": name}})
        ).plan
        for name in ("one", "two")
    ]
    one, two = (plan.datasets["small"].views for plan in plans)
    assert one.people.key.digest == two.people.key.digest
    assert one.all[0].keyed != two.all[0].keyed


def test_what_a_borrower_reads_is_reached_once_and_is_the_lenders():
    plan = inputs().plan
    listed = list(artifacts(plan))
    assert len(listed) == len({artifact.path for artifact in listed})
    rules = inputs()
    (own,) = ViewInputs(rules).own_people(job(rules, "small"))
    assert [artifact.dataset for artifact in listed if artifact.path == own] == ["lender"]
    reached = Reached()
    reached.add(plan)
    assert {own, *views_of(plan.datasets["small"])} <= reached.paths


@pytest.fixture
def celeba(tmp_path, monkeypatch):
    """CelebA with its identities, of which nothing is scored."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "celeba/img_align_celeba").mkdir(parents=True)
    (tmp_path / "celeba/img_align_celeba/000001.jpg").write_bytes(b"x")
    (tmp_path / "celeba/identity_CelebA.txt").write_text("000001.jpg 1\n")
    return {"adapter": "celeba", "root": "celeba", "splits": {"official": True, "score": "nothing"}}


def test_a_lender_of_which_nothing_is_scored_only_lends(celeba):
    plan = rule_inputs(
        parse_config(
            {
                "datasets": {"small": SMALL, "celeba": celeba},
                "anonymizers": CONTROLS,
                "attacks": {"people": "celeba"},
            }
        )
    ).plan
    kinds = {artifact.kind for artifact in artifacts(plan) if artifact.dataset == "celeba"}
    assert {"attacker's faces", "attacker's embeddings", "crops", "landmarks"} <= kinds
    assert not kinds & {"anonymized", "embeddings", "views", "measurements", "verdict"}
    assert {path.name.partition("-")[0] for path in plan.pictures()} == {"small"}
    assert all("celeba" not in str(path) for path in plan.all_measurements())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"anonymizers": {"cgan_trained": {}}, "parsing": ["landmark_hull"]},
            "people for cgan_trained on 'small': expected one anonymizer for both, got a generator for each",
        ),
        (
            {"anonymizers": {"ksame_select": {"k": 2}}, "teachers": ["resnet18"]},
            "expected one anonymizer for both, got the predictions of resnet18, which is trained",
        ),
        (
            {
                "anonymizers": {"ksame_select": {"k": 2}},
                "teachers": ["resnet18", "resnet18_fer2013"],
                "small": {"splits": {}},
            },
            "cannot lend people for ksame_select k=2 on 'small': expected the same setting on both",
        ),
    ],
    ids=["generator", "teacher", "first teacher"],
)
def test_another_anonymizer_than_that_of_the_release_is_refused_in_one_line(change, message):
    change = {"small": {"splits": {"train": 0.2, "dev": 0.2}}, **change}
    with pytest.raises(ConfigError) as error:
        inputs(**change).plan.all_measurements()
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    # The lender's own attackers, and attackers without a lender, are as they were.
    assert inputs(**change, people=None).plan.all_measurements()


def test_a_pretrained_teacher_is_the_same_on_both():
    plan = inputs(anonymizers={"ksame_select": {"k": 2}}, teachers=["resnet18_fer2013"]).plan
    assert plan.all_measurements()
    assert any(artifact.path.stem == "training" for artifact in artifacts(plan))
