# bauta: how well face anonymizers hide who someone is and keep what they express.
#
#   snakemake --cores all      run everything, results in results/<run>
#   snakemake -n               say what that would do
#   snakemake --cores 1 models fetch the model files, for nodes without a network
#   snakemake --cores 1 verify check everything in the cache against its checksums
#   snakemake status           say what is cached, what a run would make and what nothing reaches
#   snakemake clean_stale      show the stores that no configuration reaches, and remove them
#   snakemake --cores 1 dvc_keys  write dvc_keys.yaml, from which DVC knows the paths, and run nothing
#
# Rules are in rules/, one file a stage, left to right in the order of the includes. A rule's script has its name
# in workflow_scripts/, and what the script calls has it in src/bauta/.
import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake.utils import min_version

from bauta.access import keep_private
from bauta.brief import Brief
from bauta.resources import gpu_for, scaled
from bauta.snakefile import start

min_version("9.20")
logger.addFilter(Brief())

# Also where a job's own Snakemake reads this, on another node.
keep_private(Path.cwd())


# A file named on the command line takes the place of config.yaml; merged, both files' datasets would run.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


RUN = start(config, sys.argv[1:], main=workflow.is_main_process)
INPUTS, MEASUREMENTS = RUN.inputs, RUN.measurements
MODELS, TEACHERS, GENERATORS = RUN.models, RUN.teachers, RUN.generators
RESULTS = RUN.plan.results


onsuccess:
    if (RESULTS / "summary.txt").is_file():
        logger.info((RESULTS / "summary.txt").read_text())


wildcard_constraints:
    dataset=r"[a-z][a-z0-9_]*",
    crop=r"[a-z0-9_]+-[0-9a-f]{8}",
    backend=r"[a-z0-9_]+",
    setting=r"[^/]+",
    recognizer=r"[a-z0-9_]+-[0-9a-f]{8}",
    teacher=r"[a-z0-9_]+-[0-9a-f]{8}",
    digest=r"[0-9a-f]{8}",


rule all:
    input:
        RESULTS / "report.html",
        [RESULTS / name for name in ("frontier.csv", "metrics.json", "scores.json")],
        RUN.plan.pictures(),
        RUN.plan.marks(),
        RUN.plan.generator_pictures(),
        ancient(RUN.plan.crop_labels()),


include: "rules/status.smk"
include: "rules/dvc_keys.smk"
include: "rules/fetch_model.smk"
include: "rules/render.smk"
include: "rules/index.smk"
include: "rules/split.smk"
include: "rules/detect.smk"
include: "rules/align.smk"
include: "rules/crop.smk"
include: "rules/landmarks.smk"
include: "rules/parse.smk"
include: "rules/train_anonymizer.smk"
include: "rules/anonymize.smk"
include: "rules/embed.smk"
include: "rules/train_teacher.smk"
include: "rules/express.smk"
include: "rules/audit.smk"
include: "rules/coverage.smk"
include: "rules/attack.smk"
include: "rules/adapt.smk"
include: "rules/expression.smk"
include: "rules/realism.smk"
include: "rules/frontier.smk"
include: "rules/plot.smk"
include: "rules/report.smk"
include: "rules/verify.smk"
