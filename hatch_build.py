"""The workflow lies in the root of a clone, where Snakemake looks for it, and in the package of a wheel."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WORKFLOW = (
    "Snakefile",
    "config",
    "config.yaml",
    "envs",
    "profiles",
    "report",
    "rules",
    "slurm",
    "workflow_scripts",
)


class WorkflowFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Adds them to a wheel; an editable installation finds the clone's, see `bauta.io.workflow_files`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files before a build of "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"].update({name: f"bauta/_workflow/{name}" for name in WORKFLOW})
