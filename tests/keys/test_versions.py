"""Whoever changes what a stage computes raises its version, or says that the numbers are the same."""

import ast
import shutil
import textwrap

import pytest

from bauta.cli.main import main
from bauta.errors import UnknownNameError
from bauta.keys import versions
from bauta.keys.source_hashes import ROOT, TEMPLATES, Module, SourceTree, normalize, sources
from bauta.keys.versions import VERSIONS, changed, read_record, update


def test_the_record_is_that_of_the_source():
    names = changed(read_record(), sources())
    assert not names, (
        f"the source of {', '.join(names)} has changed. If it computes something else: "
        f"`bauta versions raise {' '.join(names)}`, and what it made is made again. "
        f"If the numbers are the same: `bauta versions keep {' '.join(names)}`. Then commit "
        "src/bauta/keys/versions.json"
    )


def normalized(text):
    return normalize(ast.parse(textwrap.dedent(text)))


CODE = '''
"""What the module does."""
import b
from a import c

LIMIT = 3
"""How many."""


def double(x: int) -> int:
    """Twice."""
    return 2 * x  # fast
'''


@pytest.mark.parametrize(
    "same",
    [
        CODE.replace("  # fast", ""),
        CODE.replace('    """Twice."""\n', ""),
        CODE.replace('"""How many."""\n', ""),
        CODE.replace("2 * x", "(2 *\n        x)"),
        CODE.replace("import b\nfrom a import c", "from a import c\nimport b"),
        CODE + '\nTHINGS = Registry("thing", {"one": "a:b"})\n',
    ],
    ids=["comment", "docstring", "text of a constant", "layout", "order of imports", "registry"],
)
def test_what_has_no_effect_does_not_count(same):
    assert normalized(same) == normalized(CODE)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("2 * x", "3 * x"),
        CODE.replace("LIMIT = 3", "LIMIT = 4"),
        CODE.replace("from a import c", "from d import c"),
        CODE.replace("x: int)", "x: int = 1)"),
        CODE.replace("return 2 * x", "return x * 2"),
    ],
    ids=["number", "constant", "import", "default", "expression"],
)
def test_everything_else_counts(other):
    assert normalized(other) != normalized(CODE)


@pytest.fixture(scope="module")
def tree():
    """The repository, parsed once."""
    parsed = SourceTree(ROOT)
    sources(parsed)
    return parsed


def depending_on(tree, name):
    """Stages and implementations whose source is another when one module gets a line more."""
    other = SourceTree(ROOT, dict(tree._modules))
    other._modules[ROOT / name] = Module.parse((ROOT / name).read_text() + "\nADDED = 1\n")
    before, after = sources(tree), sources(other)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("src/bauta/anonymize/classical/blur.py", {"anonymize/blur"}),
        (
            "src/bauta/anonymize/ksame/grouping.py",
            {"anonymize/ksame", "anonymize/ksame_select", "anonymize/ksame_generated"},
        ),
        ("src/bauta/anonymize/ksame/group_averages.py", {"anonymize/ksame", "anonymize/ksame_select"}),
        ("src/bauta/anonymize/run.py", {"anonymize"}),
        ("src/bauta/detect/mtcnn.py", {"detect/mtcnn"}),
        (
            "src/bauta/datasets/synthfaces/wrinkles.py",
            {"render", "datasets/synthfaces", "anonymize/prototype", "anonymize/avatar", "preservation"},
        ),
        ("src/bauta/datasets/lfw.py", {"attack", "datasets/lfw", "datasets/xqlfw"}),
        ("src/bauta/metrics/realism.py", {"realism"}),
        ("src/bauta/frontier/plots/points.py", {"plot"}),
        (
            "src/bauta/metrics/intervals.py",
            {
                *("attack", "adapt", "suite", "soft", "expression", "agreement", "significance"),
                *("realism", "preservation", "training", "coverage"),
            },
        ),
        (
            "src/bauta/alignment/align.py",
            {
                *(
                    "crop",
                    "detect/annotations",
                    "detect/full_frame",
                    "anonymize/external",
                    "anonymize/command",
                    "anonymize/prototype",
                    "anonymize/avatar",
                ),
                "preservation",
            },
        ),
        ("workflow_scripts/split.py", {"split"}),
        ("src/bauta/errors.py", set()),
        ("src/bauta/models/download.py", set()),
        ("src/bauta/config/models.py", set()),
    ],
)
def test_a_change_is_one_of_whoever_depends_on_it(tree, path, names):
    assert depending_on(tree, path) == names


def test_what_all_stages_share_is_a_change_of_all_that_write_stores(tree):
    writers = {"crop", "landmarks", "parse", "anonymize", "embed", "express", "estimate"}
    assert writers <= depending_on(tree, "src/bauta/store/writer.py")


def test_the_template_of_the_page_counts(tree, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "src/bauta").mkdir(parents=True)
        (tmp_path / name / "src/bauta/page.j2").write_text(name)
    hashes = {SourceTree(tmp_path / name).hash((), ["page.j2"]) for name in ("a", "b")}
    assert len(hashes) == 2
    assert all((ROOT / "src/bauta" / name).is_file() for names in TEMPLATES.values() for name in names)


RECORD = {"crop": {"version": 3, "source": "a"}, "gone": {"version": 1, "source": "b"}}
SOURCES = {"crop": "c", "new": "d"}


def test_raising_and_keeping():
    assert changed(RECORD, SOURCES) == ["crop", "gone", "new"]
    raised = update(RECORD, SOURCES, ["crop", "gone", "new"], raised=True)
    assert raised == {"crop": {"version": 4, "source": "c"}, "new": {"version": 1, "source": "d"}}
    kept = update(RECORD, SOURCES, ["crop"], raised=False)
    assert kept == {**RECORD, "crop": {"version": 3, "source": "c"}}
    assert changed(raised, SOURCES) == []
    with pytest.raises(UnknownNameError, match="no stage or implementation 'corp': did you mean 'crop'"):
        update(RECORD, SOURCES, ["corp"], raised=True)


def test_the_command_records_and_says_so(tmp_path, monkeypatch, capsys):
    record = tmp_path / "versions.json"
    shutil.copy(versions.RECORD, record)
    monkeypatch.setattr(versions, "RECORD", record)
    main(["versions", "raise", "crop", "detect/mtcnn"])
    assert capsys.readouterr().out == (
        f"crop: version {VERSIONS['crop'] + 1}\ndetect/mtcnn: version {VERSIONS['detect/mtcnn'] + 1}\n"
    )
    assert read_record()["crop"]["version"] == VERSIONS["crop"] + 1
    with pytest.raises(SystemExit, match="error: no stage or implementation 'corp'"):
        main(["versions", "keep", "corp"])
