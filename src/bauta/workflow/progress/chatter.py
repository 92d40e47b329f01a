"""Messages of Snakemake that tell a person nothing, or that the console tells in its own words.

Everything else is shown: what is not known here may matter.
"""

import re

STARTING = (
    "Assuming unrestricted shared filesystem usage",
    "Building DAG of jobs",
    "Using shell: ",
    "Provided cores: ",
    "Provided remote nodes: ",
    "Provided resources: ",
    "Rules claiming more threads will be scaled down",
    "Group jobs: inactive",
    "Conda environments: ignored",
    "Singularity containers: ignored",
    "Workflow has started",
    "Processed ",
)
RUNNING = (
    "Select jobs to execute",
    "Execute ",
    "Finished jobid: ",
    "Removing output files of failed job",
    "Removing temporary output",
    "Job rate limit reached",
    "Trying to restart job ",
    "Waiting at most ",
    "SLURM run ID: ",
    "Cleaning up SLURM log files",
    "Job .* has been submitted with SLURM jobid",
    "Submitted array job with Snakemake IDs",
    "Auto-selected partition ",
    "Group job .* has been submitted",
)
ENDING = (
    "Shutting down, this might take some time",
    r"Exiting because a job execution failed\.",
    "At least one job did not complete successfully",
    "Complete log",
    "Elapsed time: ",
)
DRY = ("Job stats:", "Reasons:", "This was a dry-run", ".*jobs have (missing|outdated) provenance")

CHATTER = re.compile("|".join((*STARTING, *RUNNING, *ENDING, *DRY)))


def is_chatter(text: str) -> bool:
    """Whether a message is not shown."""
    said = text.strip().removeprefix("WorkflowError:").strip()
    return not said or CHATTER.match(said) is not None
