# bauta: how well face anonymizers hide who someone is and keep what they express.
#
#   snakemake --cores all      run everything, results in results/<run>
#   snakemake -n               show what would run
#   snakemake --cores 1 models fetch the model files, for nodes without a network
#   snakemake --cores 1 verify check everything in the cache against its checksums
#   snakemake --cores 1 status list what is cached, what a run would compute and what is stale
#   snakemake --cores 1 clean_stale  show the stores that no configuration reaches, and remove them
#   snakemake --cores 1 dvc_keys     record the artifacts of a run with DVC, and write dvc_keys.yaml
#
# `bauta run`, `bauta verify`, `bauta status`, … do the same without --cores; `bauta --help` lists all commands.
#
# Rules are in rules/, one file per stage, in the order of the includes. A rule's script has the same name in
# workflow_scripts/, and the code that it calls is in src/bauta/. The paths are in src/bauta/io/layout.py.
import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake.script import PythonScript
from snakemake.utils import min_version

from bauta.io import layout
from bauta.io.keyed_names import DIGEST, KEYED_NAME, KEYED_SETTING, NAME
from bauta.io.permissions import keep_private
from bauta.workflow.resources import gpu_for, scaled
from bauta.workflow.start import check_default, start

min_version("9.20")

# Also needed when the Snakemake of a job reads this file on another node.
keep_private(Path.cwd())


# A file named on the command line replaces config.yaml; if they were merged, the datasets of both would run.
if not workflow.overwrite_configfiles:
    check_default("config.yaml")

    configfile: "config.yaml"


RUN = start(config, workflow)
INPUTS, MEASUREMENTS = RUN.inputs, RUN.measurements
MODELS, TEACHERS, TRAINING = RUN.models, RUN.teachers, RUN.training
GENERATORS, AVATARS, VIEWS = RUN.generators, RUN.avatars, RUN.views
RESULTS = RUN.plan.results


onstart:
    RUN.begin(workflow, PythonScript)


onsuccess:
    if (RESULTS / layout.SUMMARY).is_file():
        logger.info((RESULTS / layout.SUMMARY).read_text())


wildcard_constraints:
    dataset=r"[a-z][a-z0-9_]*",
    # A plug-in without an entry point is called package.module-Name.
    crop=KEYED_NAME,
    backend=NAME,
    setting=r"[^/]+",
    landmarks=NAME,
    parsing=NAME,
    recognizer=KEYED_NAME,
    view=KEYED_NAME,
    people=DIGEST,
    teacher=KEYED_NAME,
    estimator=KEYED_NAME,
    digest=DIGEST,


rule all:
    input:
        ancient(RUN.plan.verdicts()),
        RESULTS / layout.REPORT,
        [RESULTS / name for name in layout.ALL_TABLES],
        RUN.plan.pictures(),
        RUN.plan.drawn.figures,
        RUN.plan.marks(),
        RUN.plan.generator_pictures(),
        ancient(RUN.plan.crop_labels()),


include: "rules/status.smk"
include: "rules/dvc_keys.smk"
include: "rules/fetch_model.smk"
include: "rules/render.smk"
include: "rules/index.smk"
include: "rules/split.smk"
include: "rules/attributes.smk"
include: "rules/judge.smk"
include: "rules/detect.smk"
include: "rules/align.smk"
include: "rules/crop.smk"
include: "rules/landmarks.smk"
include: "rules/parse.smk"
include: "rules/flame.smk"
include: "rules/train_anonymizer.smk"
include: "rules/learn_avatar.smk"
include: "rules/anonymize.smk"
include: "rules/embed.smk"
include: "rules/train_teacher.smk"
include: "rules/express.smk"
include: "rules/training.smk"
include: "rules/audit.smk"
include: "rules/coverage.smk"
include: "rules/attack.smk"
include: "rules/adapt.smk"
include: "rules/soft.smk"
include: "rules/view.smk"
include: "rules/suite.smk"
include: "rules/expression.smk"
include: "rules/agreement.smk"
include: "rules/significance.smk"
include: "rules/realism.smk"
include: "rules/preservation.smk"
include: "rules/frontier.smk"
include: "rules/plot.smk"
include: "rules/report.smk"
include: "rules/verify.smk"
