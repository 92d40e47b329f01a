"""What other distributions bring, and what is said when it cannot be used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.settings import SETTINGS, Setting
from bauta.config.load import parse_config
from bauta.detect import DETECTORS
from bauta.errors import ConfigError, PluginError, UnknownNameError
from bauta.io import keyed_names
from bauta.keys.key import Key
from bauta.keys.versions import VERSIONS
from bauta.plan.artifacts import artifacts
from bauta.recognize import RECOGNIZERS
from bauta.workflow.rule_inputs import rule_inputs

GROUP = "bauta.detectors"
SNAKEFILE = Path(__file__).parents[2] / "Snakefile"


def key_of(name):
    return Key("crop", {}, implementation=f"detect/{name}")


def test_an_entry_point_is_found_read_and_loaded(install):
    module = install("my-dist", "1.0", GROUP, "mine")
    assert "mine" in DETECTORS
    assert DETECTORS["mine"].about == "A thing."
    assert module not in sys.modules
    assert DETECTORS.load("mine").__name__ == "Thing"
    assert parse_config({"crop": {"detector": "mine"}}).crop.detector == "mine"


def test_a_near_match_may_be_a_plugin(install):
    install("my-dist", "1.0", GROUP, "wonderful")
    with pytest.raises(UnknownNameError, match="unknown detector 'wonderfull': did you mean 'wonderful'"):
        DETECTORS["wonderfull"]
    with pytest.raises(ConfigError, match=r"config: crop\.detector: unknown detector .*'wonderful'"):
        parse_config({"crop": {"detector": "wonderfull"}})


def test_the_distribution_is_the_version_in_the_key(install):
    install("my-dist", "1.0", GROUP, "mine")
    assert VERSIONS["detect/mine"] == "my-dist 1.0"
    first = key_of("mine").digest
    assert key_of("mine").describe()["versions"]["detect/mine"] == "my-dist 1.0"
    install("my-dist", "1.0.1", GROUP, "mine")
    assert key_of("mine").digest != first
    assert isinstance(VERSIONS["detect/mtcnn"], int)


def test_the_source_of_an_editable_installation_is_in_the_key(install, folder):
    module = install("my-dist", "1.0", GROUP, "mine", editable=True)
    first = VERSIONS["detect/mine"]
    assert first.startswith("my-dist 1.0 source ")
    (folder / f"{module}.py").write_text((folder / f"{module}.py").read_text() + "\nMORE = 1\n")
    install("my-dist", "1.0", GROUP, "mine", text=(folder / f"{module}.py").read_text(), editable=True)
    assert VERSIONS["detect/mine"] != first


def test_a_name_of_bauta_is_refused_with_both(install):
    install("my-dist", "1.0", GROUP, "mtcnn")
    with pytest.raises(PluginError, match=r"my-dist 1\.0: the detector 'mtcnn' comes with bauta"):
        DETECTORS["yunet"]


def test_a_name_of_two_distributions_is_refused_with_both(install):
    install("my-dist", "1.0", GROUP, "mine")
    install("other", "2.0", GROUP, "mine")
    with pytest.raises(PluginError, match=r"'mine' is that of") as error:
        DETECTORS["mtcnn"]
    assert "my-dist 1.0" in str(error.value)
    assert "other 2.0" in str(error.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": False}, "there is no module 'mine_of_my_dist'"),
        ({"text": "CARD = 3\n"}, "its card cannot be read"),
        ({"text": "X = 1\n"}, r"has no such card: expected CARD = Card\(name='mine', kind='detector'"),
        ({"kind": "teacher"}, "has no such card"),
        ({"point": "mine_of_my_dist:Other"}, "its entry point is mine_of_my_dist:Other, and its card says"),
    ],
)
def test_a_broken_plugin_is_a_line_with_its_distribution(install, given, reason):
    install("my-dist", "1.0", GROUP, "mine", **given)
    assert len(DETECTORS) == len(DETECTORS.built_in) + 1
    with pytest.raises(ConfigError, match=reason) as error:
        parse_config({"crop": {"detector": "mine"}})
    assert "detector 'mine' of my-dist 1.0" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("del Thing", "AttributeError: module"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_what_cannot_be_imported_is_a_line_with_its_distribution(install, folder, line, reason):
    module = install("my-dist", "1.0", GROUP, "mine")
    path = folder / f"{module}.py"
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    assert DETECTORS["mine"]
    with pytest.raises(PluginError, match=reason) as error:
        DETECTORS.load("mine")
    assert "detector 'mine' of my-dist 1.0" in str(error.value)
    assert "\n" not in str(error.value)


SETTING = """\
from bauta.anonymize.settings import Setting
from bauta.registry import Card

CARD = Card(
    name="veil",
    kind="anonymizer",
    implementation="{module}:Veil",
    about="A veil.",
    settings={settings},
)


class VeilSetting(Setting):
    \"\"\"A veil.\"\"\"

    width: int = 3


class Veil:
    pass
"""


def test_an_anonymizer_brings_its_setting(install):
    module = "veil_of_my_dist"
    text = SETTING.format(module=module, settings=f'"{module}:VeilSetting"')
    install("my-dist", "1.0", "bauta.anonymizers", "veil", text=text, point=f"{module}:Veil")
    grid = {"identity": {}, "blackout": {}, "veil": {"width": [5, 3]}}
    config = parse_config({"anonymizers": grid})
    assert list(config.anonymizers.settings("veil")) == ["width=5", "default"]
    with pytest.raises(ConfigError, match=r"anonymizers\.veil: unknown key 'widht': did you mean 'width'"):
        parse_config({"anonymizers": {**grid, "veil": {"widht": 3}}})
    # A class that is named directly has another name, and so another folder.
    named = parse_config({"anonymizers": {"identity": {}, "blackout": {}, f"{module}:Veil": {}}})
    assert list(named.anonymizers.root)[-1] == f"{module}-Veil"
    assert issubclass(SETTINGS[f"{module}:Veil"], Setting)
    assert f"{module}-Veil" not in ANONYMIZERS.built_in


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("None", "its card has no settings: expected"),
        ('"veil_of_my_dist:Veil"', "is something else"),
    ],
)
def test_an_anonymizer_without_a_setting_is_a_line(install, settings, reason):
    text = SETTING.format(module="veil_of_my_dist", settings=settings)
    install("my-dist", "1.0", "bauta.anonymizers", "veil", text=text, point="veil_of_my_dist:Veil")
    with pytest.raises(ConfigError, match=reason) as error:
        parse_config({"anonymizers": {"identity": {}, "blackout": {}, "veil": {}}})
    assert "anonymizer 'veil' of my-dist 1.0" in str(error.value)


def test_a_class_needs_neither_an_entry_point_nor_a_card(folder, install):
    (folder / "loose_module.py").write_text("class Loose:\n    pass\n")
    config = parse_config({"recognizers": ["loose_module:Loose"]})
    assert config.recognizers == ["loose_module-Loose"]
    assert RECOGNIZERS["loose_module-Loose"].gpu
    assert RECOGNIZERS.load("loose_module-Loose").__name__ == "Loose"
    first = VERSIONS["recognize/loose_module-Loose"]
    assert first.startswith("source ")
    (folder / "loose_module.py").write_text("class Loose:\n    pass\n\n")
    install("my-dist", "1.0", GROUP, "mine")
    assert VERSIONS["recognize/loose_module-Loose"] != first


def test_a_class_of_a_distribution_has_its_version(install):
    module = install("my-dist", "1.0", GROUP, "mine")
    assert DETECTORS.version(f"{module}:Thing") == "my-dist 1.0"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_package.part:Thing", r"there is no module 'no_such_package\.part'"),
        ("bauta.detect.mtcnn:Mtcnn", "comes with bauta: call it 'mtcnn'"),
        ("bauta.recognize.dlib_resnet:DlibResnet", "its card says that it is a recognizer"),
        ("../evil:Thing", "unknown detector"),
    ],
)
def test_a_class_that_cannot_be_used_is_a_line(install, target, reason):
    with pytest.raises(ConfigError, match=reason) as error:
        parse_config({"crop": {"detector": target}})
    assert "\n" not in str(error.value)


def test_paths_of_a_class_are_safe_and_fit_the_constraints_of_the_rules(folder, install):
    (folder / "loose_module.py").write_text("class Loose:\n    pass\n")
    names = {"crop": {"detector": "loose_module:Loose"}, "recognizers": ["loose_module:Loose"]}
    names |= {"parsing": ["loose_module:Loose"], "landmarks": ["dlib68", "loose_module:Loose"]}
    plan = rule_inputs(parse_config({**names, "teachers": ["loose_module:Loose"]})).plan
    (dataset,) = plan.datasets.values()
    constraints = dict(
        re.findall(r"^    (\w+)=(NAME|KEYED_NAME),$", SNAKEFILE.read_text(), flags=re.MULTILINE)
    )
    for wildcard, text in (
        ("crop", dataset.faces.crop),
        ("recognizer", dataset.recognizers.keyed("loose_module-Loose")),
        ("teacher", dataset.teachers.keyed("loose_module-Loose")),
        ("landmarks", "loose_module-Loose"),
        ("parsing", "loose_module-Loose"),
        ("backend", "loose_module-Loose"),
    ):
        assert text.startswith("loose_module-Loose")
        assert re.fullmatch(getattr(keyed_names, constraints[wildcard]), text)
    paths = [str(each.path) for each in artifacts(plan)]
    assert any("parsing-loose_module-Loose-" in path for path in paths)
    assert not any(":" in path for path in paths)


def test_an_attack_beside_bautas_own_is_in_the_keys_of_what_it_changes(folder, install):
    (folder / "loose_module.py").write_text("def attack():\n    pass\n")
    attacks = {"adaptive": {"candidates": ["loose_module:attack"]}}
    before, after = (
        rule_inputs(parse_config(config)).plan.measurements["synthfaces"].keys
        for config in ({}, {"attacks": attacks})
    )
    changed = {kind for kind, key in after.items() if before[kind].digest != key.digest}
    assert changed == {"adapt", "suite"}
    (version,) = after["adapt"].config["attacks"].values()
    assert version.startswith("source ")
    with pytest.raises(ConfigError, match="'nearest_template' always competes; leave it out"):
        parse_config({"attacks": {"adaptive": {"candidates": ["nearest_template"]}}})


def test_entry_points_are_read_once_and_the_metadata_of_others_is_not():
    code = (
        "import importlib.metadata as m\n"
        "names = []\n"
        "read = m.PathDistribution.read_text\n"
        "m.PathDistribution.read_text = lambda self, name: names.append(name) or read(self, name)\n"
        "from bauta.config.load import parse_config\n"
        "before = len(names)\n"
        "parse_config({}); first = len(names); parse_config({})\n"
        "print(len(names) - first, set(names[before:]) <= {'entry_points.txt'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True"]
