# bauta: how well face anonymizers hide who someone is and keep what they express.
#
#   snakemake --cores all      run everything, results in results/<run>
#   snakemake -n               say what that would do
#   snakemake --cores 1 models fetch the model files, for nodes without a network
#
# Rules are in rules/, one file a stage, left to right in the order of the includes. A rule's script has its name
# in workflow_scripts/, and what the script calls has it in src/bauta/.
import sys

from snakemake.logging import logger
from snakemake.utils import min_version

from bauta.config import parse_config
from bauta.errors import BautaError
from bauta.workflow import rule_inputs
from bauta.workflow_generators import GeneratorInputs
from bauta.workflow_models import ModelInputs
from bauta.workflow_teachers import TeacherInputs

min_version("9.20")


# A file named on the command line takes the place of config.yaml; merged, both files' datasets would run.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


try:
    INPUTS = rule_inputs(parse_config(config))
    MODELS, TEACHERS = ModelInputs(INPUTS), TeacherInputs(INPUTS)
    GENERATORS = GeneratorInputs(INPUTS)
    # Snakemake does not know its targets yet when it reads this.
    INPUTS.plan.check_models(fetching="models" in sys.argv[1:])
    MEASUREMENTS = INPUTS.plan.all_measurements()
except BautaError as error:
    sys.exit(f"error: {error}")

RESULTS = INPUTS.plan.results


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


localrules:
    all,
    models,
    teacher,
    generator,
    plot_generator,
    fetch_model,
    split,


rule all:
    input:
        RESULTS / "report.html",
        INPUTS.plan.pictures(),
        GENERATORS.pictures(),
        ancient(INPUTS.plan.crop_labels()),


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
