import pytest

from bauta.apply.chosen import parse_setting, read_options, setting_of_run
from bauta.errors import ConfigError, UnknownNameError
from bauta.frontier.result import Advice, Control, DatasetFrontier, Frontier, SettingResult
from bauta.measurement import Value

HALF = Value(value=0.5, low=0.4, high=0.6, n=9)
CONFIG = {
    "seed": 7,
    "crop": {"detector": "yunet", "size": 128, "margin": 0.6},
    "landmarks": ["dlib68"],
    "anonymizers": {"blur": {"kernel": [31, 61], "region": ["crop"]}, "blackout": {}, "ksame": {"k": [2]}},
}


def row(backend, setting="default", **values):
    return SettingResult(
        dataset="d", backend=backend, setting=setting, values={"privacy": HALF, "utility": HALF}, **values
    )


ROWS = (
    row("blur", "kernel=31,region=crop"),
    row("blur", "kernel=61,region=crop", pareto=True, knee=True),
    row("blackout"),
    row("ksame", "k=2", infeasible="more people than there are"),
)


def write_run(folder, rows=ROWS, advice="blur kernel=31,region=crop", controls=(), datasets=("d",)):
    frontier = Frontier(
        run="demo",
        privacy_axis="worst_top1",
        utility_axis="macro_f1",
        controls=controls,
        datasets=tuple(
            DatasetFrontier(
                dataset=name,
                recognizers=("dlib_resnet",),
                teachers=(),
                rows=tuple(one.model_copy(update={"dataset": name}) for one in rows),
                hypervolume=HALF,
                advice=Advice(setting=advice, sentence="because"),
            )
            for name in datasets
        ),
        provenance={"config": CONFIG},
    )
    folder.mkdir(parents=True, exist_ok=True)
    frontier.write(folder / "metrics.json")
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "results/demo")


def test_a_setting_is_named_by_hand():
    chosen = parse_setting("blur kernel=61,region=crop")
    assert (chosen.backend, chosen.options) == ("blur", {"kernel": 61, "region": "crop"})
    assert chosen.label == "blur kernel=61,region=crop"
    assert parse_setting("blackout").label == "blackout"
    assert parse_setting("blur", {"kernel": 31}).options == {"kernel": 31}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("blurr kernel=3", UnknownNameError, "unknown anonymizer 'blurr'.*blur"),
        ("blur", ConfigError, "setting blur.kernel: this key is required"),
        ("blur kernel=60", ConfigError, "expected an odd number, got 60"),
        ("blur kernel=soft", ConfigError, "setting blur.kernel: expected"),
        ("blur kernel", ConfigError, "expected an option such as kernel=61, got 'kernel'"),
        ("blur kernal=61", ConfigError, "setting blur: unknown option 'kernal': did you mean 'kernel'"),
        ("blackout kernel=61", ConfigError, "this anonymizer has no options"),
        ("ksame k=5", ConfigError, "replaces 5 people of a data set by one face"),
        ("ksame_select k=5", ConfigError, "replaces 5 people"),
        ("ksame_generated k=5", ConfigError, "replaces 5 people"),
        ("identity", ConfigError, "the control that changes nothing"),
        ("cgan_trained", ConfigError, "trains it for each run; use cgan"),
        ("ganonymization_trained", ConfigError, "trains it for each run; use cgan"),
    ],
)
def test_a_mistake_takes_one_line(text, error, said):
    with pytest.raises(error, match=said) as caught:
        parse_setting(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["cgan", "cgan quantize=64", "avatar states=7", "avatar_free", "prototype"])
def test_what_a_teacher_with_weights_reads_can_be_read_here(text):
    assert parse_setting(text).label == text


def test_options_have_the_values_of_a_configuration():
    assert read_options(["a=1", " b = x ", "c=1.5", "d=true"]) == {"a": 1, "b": "x", "c": 1.5, "d": True}


def test_the_knee_and_the_advice_of_a_run(run):
    assert setting_of_run(run).label == "blur kernel=61,region=crop"
    advised = setting_of_run(run, "advice")
    assert advised.label == "blur kernel=31,region=crop"
    assert (advised.detector, advised.seed) == ("yunet", 7)
    assert (advised.contract.size, advised.contract.margin) == (128, 0.6)
    assert setting_of_run(run, "blackout").label == "blackout"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("blur kernel=63", "has no setting 'blur kernel=63': .*kernel=61"),
        ("ksame k=2", "could not measure ksame k=2: more people than there are"),
    ],
)
def test_a_setting_that_the_run_lacks(name, said, run):
    with pytest.raises(ConfigError, match=said):
        setting_of_run(run, name)


def test_a_run_that_is_missing_or_damaged(run, tmp_path):
    with pytest.raises(ConfigError, match="is not a folder; name the results"):
        setting_of_run(tmp_path / "none")
    with pytest.raises(ConfigError, match=r"has no metrics.json; name the results"):
        setting_of_run(tmp_path)
    (run / "metrics.json").write_text("{}")
    with pytest.raises(ConfigError, match="run: "):
        setting_of_run(run)


def test_without_a_knee_or_an_advice_the_reason_is_given(tmp_path):
    folder = write_run(tmp_path, rows=ROWS[2:], advice=None)
    with pytest.raises(ConfigError, match="its Pareto set is empty; name a setting"):
        setting_of_run(folder)
    with pytest.raises(ConfigError, match="advises no setting on d: because"):
        setting_of_run(folder, "advice")


def test_failed_controls_prove_no_knee(tmp_path):
    failed = Control(
        name="blackout", dataset="d", passed=False, expected="0", got="1", message="blackout leaks"
    )
    folder = write_run(tmp_path, controls=(failed,))
    with pytest.raises(ConfigError, match="a control failed, so its knee proves nothing: blackout leaks"):
        setting_of_run(folder)
    assert setting_of_run(folder, "blackout").backend == "blackout"


def test_of_several_datasets_one_is_named(tmp_path):
    folder = write_run(tmp_path, datasets=("lfw", "orl"))
    with pytest.raises(ConfigError, match="has the datasets lfw, orl; name one with --dataset"):
        setting_of_run(folder)
    with pytest.raises(ConfigError, match=r"no dataset 'lfv': .*lfw"):
        setting_of_run(folder, dataset="lfv")
    assert setting_of_run(folder, dataset="orl").label == "blur kernel=61,region=crop"


def test_options_are_read_from_the_name_where_the_configuration_lacks_them(tmp_path):
    folder = write_run(tmp_path, rows=(row("pixelate", "block=32", pareto=True, knee=True),))
    assert setting_of_run(folder).options == {"block": 32}
