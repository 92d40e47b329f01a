"""What Snakemake plans after it was killed, when a job that it left behind has finished all the same."""

import base64
import json
import shutil

import pytest
from completed import complete
from projects import TINY

from bauta.config.load import parse_config
from bauta.workflow.rule_inputs import rule_inputs


@pytest.fixture
def interrupted(project, monkeypatch):
    """A project without results and embeddings, whose crops Snakemake has never seen finished."""
    monkeypatch.chdir(project.folder)
    plan = rule_inputs(parse_config(TINY)).plan
    complete(project.folder, plan)
    crops = plan.datasets["synthfaces"].faces.crops
    shutil.rmtree(crops.parent / "embeddings")
    shutil.rmtree(plan.results)
    project.snakemake("-n")
    mark = project.folder / ".snakemake/incomplete" / base64.b64encode(str(crops).encode()).decode()
    mark.write_text(json.dumps({"external_jobid": None}))
    return project


@pytest.mark.parametrize("arguments", [(), ("--rerun-incomplete",)])
def test_all_that_is_missing_is_planned_and_what_is_there_is_not(interrupted, arguments):
    planned = interrupted.planned(*arguments)
    assert {"embed_originals", "embed_anonymized", "attack", "frontier", "report_page"} <= planned.keys()
    assert "crop" not in planned


def test_otherwise_snakemake_would_plan_that_job_alone(interrupted):
    """Why `ignore-incomplete` is in the default profile."""
    profile = interrupted.folder / "profiles"
    copied = profile.resolve()
    profile.unlink()
    shutil.copytree(copied, profile)
    config = profile / "default/config.yaml"
    config.write_text(config.read_text().replace("ignore-incomplete: true", ""))
    assert interrupted.planned() == {"crop": 1}
