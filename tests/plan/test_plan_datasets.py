"""From a dataset's section to what the rule `index` gets."""

from types import SimpleNamespace

import pytest

from bauta.config.load import parse_config
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import write_manifest
from bauta.workflow.rule_inputs import rule_inputs

PIXELS = " ".join(["9"] * 2304)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/fer").mkdir(parents=True)
    (tmp_path / "data/fer/fer2013.csv").write_text(
        f"emotion,pixels,Usage\n0,{PIXELS},Training\n3,{PIXELS},PublicTest\n3,{PIXELS},PrivateTest\n"
    )
    return tmp_path


def inputs(**values):
    section = {"adapter": "fer2013", "root": "data/fer", **values}
    return rule_inputs(parse_config({"datasets": {"fer": section}}))


def test_images_of_a_csv_lie_beside_the_manifest_and_leave_the_fingerprint_alone(project):
    rules = inputs(parts=["dev"])
    plan = rules.plan.datasets["fer"]
    digest = plan.source.index_key.digest
    config = rules.index(SimpleNamespace(dataset="fer", digest=digest))["config"]
    assert config["root"] == "data/fer"
    assert config["images"] == str(plan.source.root) == str(plan.source.manifest.parent / "images")
    listing = list_dataset(**config)
    write_manifest(listing, config["images"], plan.source.manifest)
    assert [record.expression for record in listing.records] == ["happy"]
    assert (plan.source.root / "00001.png").is_file()
    assert inputs(parts=["dev"]).plan.datasets["fer"].source.index_key.digest == plan.source.index_key.digest


def test_what_changes_the_manifest_changes_its_key(project):
    base = inputs()
    keys = {
        rules.plan.datasets["fer"].source.index_key.digest
        for rules in (base, inputs(parts=["test"]), inputs(sample=2), inputs(adapter="fer2013", sample=1))
    }
    assert len(keys) == 4
    same = inputs(splits={"official": True}).plan.datasets["fer"]
    assert same.source.index_key.digest == base.plan.datasets["fer"].source.index_key.digest
    assert same.source.split_key.digest != base.plan.datasets["fer"].source.split_key.digest
    (project / "data/fer/fer2013.csv").write_text(f"emotion,pixels,Usage\n0,{PIXELS},Training\n")
    assert inputs().plan.datasets["fer"].source.index_key.digest not in keys


def test_the_split_rule_gets_the_options_of_the_split(project):
    rules = inputs(splits={"official": True, "score": "dev"})
    plan = rules.plan.datasets["fer"]
    digests = {"index": plan.source.index_key.digest, "digest": plan.source.split_key.digest}
    config = rules.draw_split(SimpleNamespace(dataset="fer", **digests))["config"]
    assert config["official"] is True
    assert config["score"] == "dev"
