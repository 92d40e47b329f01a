import pytest

from bauta.config.load import parse_config
from bauta.config.models import Config
from bauta.errors import ConfigError


def dataset(**values):
    return parse_config({"datasets": {"x": {"root": "data/x", **values}}}).datasets["x"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"adapter": "fer2013_folders", "labels": "fer2013new.csv"}, "the folders have lost their order"),
        ({"adapter": "fer2013_folders", "mode": "majority"}, "use the adapter 'ferplus'"),
        ({"adapter": "fer2013_folders", "mood": "x"}, "unknown key 'mood'"),
        ({"adapter": "ferplus", "mode": "median"}, "multi_target"),
        ({"adapter": "lfw", "splits": {"official": True}}, "'lfw' has no official split"),
        ({"adapter": "rafdb", "splits": {"official": True, "score": "dev"}}, "parts train, test, got 'dev'"),
        ({"adapter": "celeba", "splits": {"score": "dev"}}, "add official: true"),
        ({"adapter": "celeba", "splits": {"official": True, "train": 0.5}}, "leave train out, got 0.5"),
        ({"adapter": "fer2013", "splits": {"train": 0.5}}, "one image a person and no identities; use {off"),
        ({"adapter": "lfw", "parts": ["train"]}, "'lfw' has no official split"),
        ({"adapter": "rafdb", "parts": ["dev"]}, "'rafdb' has train, test, got 'dev'"),
        ({"adapter": "rafdb", "parts": []}, "at least 1"),
        ({"adapter": "fer2013", "parts": ["dev"], "splits": {"official": True}}, "'test' is left out"),
        ({"adapter": "fer2013", "sample": 0}, "expected at least 1, got 0"),
        ({"adapter": "celeba", "detector": "mtcn"}, "did you mean 'mtcnn'"),
        ({"adapter": "synthfaces", "sample": 3}, "unknown key"),
        (
            {"adapter": "folder", "classes": {"grin": "hapy"}},
            "unknown expression 'hapy': did you mean 'happy'",
        ),
        ({"adapter": "folder", "classes": {"Grin": "happy", " grin": "sad"}}, "' grin' is given twice"),
        ({"adapter": "folder", "classes": {8: "happy", "8": "sad"}}, "'8' is given twice"),
        ({"adapter": "folder", "classes": {"grin": 3}}, "expected a string, got 3"),
        ({"adapter": "rafdb", "classes": {"8": "contempt"}}, "unknown expression 'contempt'"),
        ({"adapter": "fer2013", "classes": {"8": "sad"}}, "unknown key 'classes'"),
    ],
)
def test_what_a_dataset_cannot_support_is_refused_with_the_reason(values, reason):
    with pytest.raises(ConfigError) as error:
        dataset(**values)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_who_has_labels_and_identities():
    unlabelled = {
        "folder",
        "lfw",
        "celeba",
        "celebamask_hq",
        "wider_face",
        "agedb",
        "cfp",
        "fairface",
        "xqlfw",
    }
    nobody = {"fer2013", "fer2013_folders", "ferplus", "rafdb", "affectnet", "wider_face"}
    nobody |= {"affectnet_plus", "fairface", "ferv39k"}
    everybody = {"folder", "lfw", "celeba", "celebamask_hq", "ckplus", "faces", "agedb", "cfp", "xqlfw"}
    for adapter in nobody | everybody:
        section = dataset(adapter=adapter)
        assert section.labelled == (adapter not in unlabelled)
        assert (section.identities is None) == (adapter in everybody)
    assert dataset(adapter="folder", labels="labels.csv").labelled
    assert Config().datasets["synthfaces"].labelled
    assert Config().datasets["synthfaces"].identities is None
    assert dataset(adapter="fer2013").identities == "FER-2013 has one image a person and no identities"
    assert dataset(adapter="folder", subject_level=1).identities is None
    assert "nobody is known" in dataset(adapter="folder", subject_level=0).identities


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"adapter": "lfw"}, "no expression labels"),
        ({"adapter": "ckplus"}, "must be above 0"),
        ({"adapter": "ckplus", "splits": {"train": 0.5}}, "must be above 0"),
        ({"adapter": "ckplus", "splits": {"train": 0.5, "dev": 0.2}}, None),
        ({"adapter": "fer2013"}, "must be above 0"),
        ({"adapter": "fer2013", "splits": {"official": True}}, None),
        (
            {"adapter": "fer2013", "splits": {"official": True, "score": "dev"}},
            "nothing is left to calibrate",
        ),
        ({"adapter": "fer2013", "splits": {"official": True, "score": "dev", "dev": 0.1}}, None),
        ({"adapter": "fer2013", "parts": ["dev"], "splits": {"official": True, "score": "dev"}}, "training"),
        ({"adapter": "rafdb", "splits": {"official": True}}, "nothing is left to calibrate"),
        ({"adapter": "rafdb", "splits": {"official": True, "dev": 0.1}}, None),
    ],
)
def test_on_what_a_teacher_can_be_trained(values, reason):
    found = dataset(**values).untrainable
    assert found == reason if reason is None else reason in found


def test_options_of_the_adapters():
    assert dataset(adapter="folder", limit=3).options == {"labels": None, "limit": 3, "subject_level": None}
    for adapter, pairs in {"lfw": "pairs.txt", "xqlfw": "pairs.txt", "agedb": "a.mat", "cfp": "FP"}.items():
        assert dataset(adapter=adapter, pairs=pairs).options == {}
    assert dataset(adapter="ferv39k").options == {"frames_per_clip": 1}
    assert dataset(adapter="ckplus").options == {"peak": 1, "neutral": True}
    assert dataset(adapter="ferplus").options == {"mode": "majority"}
    assert dataset(adapter="celeba").options == {}
    classes = {7: "Happiness", "grin": "happy", "8": None}
    for adapter in ("folder", "fer2013_folders", "rafdb", "affectnet", "affectnet_plus", "ferv39k"):
        assert dataset(adapter=adapter, classes=classes).options["classes"] == {
            "7": "happy",
            "grin": "happy",
            "8": None,
        }
        assert "classes" not in dataset(adapter=adapter).options


def test_files_of_pairs(tmp_path):
    assert dataset(adapter="folder").pair_files == ()
    assert dataset(adapter="agedb").pair_files == ()
    assert dataset(adapter="agedb").attributed
    assert not dataset(adapter="agedb", root="data/03_Protocol_Images").attributed
    assert [str(path) for path in dataset(adapter="agedb", pairs="a.mat").pair_files] == ["a.mat"]
    assert dataset(adapter="cfp").pair_files == ()
    frontal = dataset(adapter="cfp", root="cfp", pairs="FF").pair_files
    assert [str(path) for path in frontal[:3]] == [
        "cfp/Protocol/Pair_list_F.txt",
        "cfp/Protocol/Split/FF/01/same.txt",
        "cfp/Protocol/Split/FF/01/diff.txt",
    ]
    assert len(frontal) == 21
    (tmp_path / "cfp-dataset/Protocol").mkdir(parents=True)
    profile = dataset(adapter="cfp", root=str(tmp_path), pairs="FP").pair_files
    assert profile[1] == tmp_path / "cfp-dataset/Protocol/Pair_list_P.txt"
    assert profile[-1] == tmp_path / "cfp-dataset/Protocol/Split/FP/10/diff.txt"
    assert len(profile) == 22
    with pytest.raises(ConfigError, match="pairs"):
        dataset(adapter="cfp", pairs="PP")
