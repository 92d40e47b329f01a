"""How long `snakemake -n` takes for a large grid: 3 datasets × 40 settings × 3 recognizers, 3,500 jobs.

    python benchmarks/plan.py            of this checkout, with nothing made and with everything made

The processor time is what the plan costs; the wall time is more on a machine that does other things, too. The
last column sets it against a bare Snakefile of as many jobs with as many inputs, planned in the same run.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bauta.cache.status import OWN_CONSOLE
from bauta.config.load import parse_config
from bauta.io import layout
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs

ROOT = Path(__file__).parents[1]
BARE = """
def earlier(wildcards):
    number = int(wildcards.number)
    return [f"made/{other}" for other in {number // part for part in range(2, 9)} - {number}]

rule all:
    input: expand("made/{number}", number=range(JOBS))

rule one:
    input: earlier
    output: "made/{number}"
    shell: "touch {output}"
"""
"""As many jobs as a plan has, with as many inputs: seven a job, as where 1,868 jobs had 13,681."""
PARTS = ("Snakefile", "rules", "envs", "workflow_scripts", "profiles", "report", "slurm")
LARGE = {
    "run": "large",
    "datasets": {
        name: {"adapter": "synthfaces", "subjects": subjects}
        for name, subjects in (("a", 40), ("b", 50), ("c", 60))
    },
    "anonymizers": {
        "identity": {},
        "blackout": {},
        "blur": {"kernel": list(range(3, 27, 2))},
        "pixelate": {"block": list(range(2, 14))},
        "ksame": {"k": list(range(2, 9))},
        "ksame_select": {"k": list(range(2, 9))},
    },
    "recognizers": ["dlib_resnet", "facenet_vggface2", "arcface_mbf"],
}


def plan_seconds(folder: Path) -> tuple[float, float, int]:
    """Wall and processor seconds of a dry run, and the jobs that it plans."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n"],
        cwd=folder,
        env={**os.environ, **OWN_CONSOLE, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("total ")]
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, processor, int(rows[0][1]) if rows else 0


def make_everything(folder: Path) -> None:
    """What a plan asks for is whether files are there."""
    plan = rule_inputs(parse_config(LARGE)).plan
    tables = (
        layout.TABLE,
        layout.TABLE_TEX,
        layout.TABLE_MD,
        layout.ATTACKS,
        layout.SOFT_TABLE,
        layout.TEACHERS_TABLE,
    )
    names = (*tables, layout.SIGNIFICANCE_TABLE, layout.METRICS, layout.SCORES, layout.SUMMARY, layout.REPORT)
    results = [plan.results / name for name in names]
    files = [*(artifact.path for artifact in artifacts(plan)), *results, *plan.marks(), *plan.pictures()]
    files += plan.drawn.figures
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zarr":
            (folder / path).mkdir(exist_ok=True)
        elif not path.is_relative_to(layout.DATA):
            (folder / path).touch()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in PARTS:
            (folder / part).symlink_to(ROOT / part)
        (folder / "config.yaml").write_text(yaml.safe_dump(LARGE))
        bare = folder / "bare"
        for state in ("nothing is made", "everything is made"):
            wall, processor, jobs = plan_seconds(folder)
            if jobs:
                bare.mkdir()
                (bare / "Snakefile").write_text(BARE.replace("JOBS", str(jobs - 1)))
                _, least, _ = plan_seconds(bare)
            print(
                f"{state:<20} {jobs:>5} jobs {wall:6.1f} s wall {processor:6.1f} s processor, "
                f"{processor / least:.2f} of a bare Snakefile"
            )
            make_everything(folder)


if __name__ == "__main__":
    main()
