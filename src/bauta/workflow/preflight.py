"""Checks before the first job of a run starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bauta.cache.at_work import check_not_cleaned
from bauta.cache.share import check_raw_data
from bauta.cache.stale import register_plan
from bauta.config.load import parse_config
from bauta.plan import Plan
from bauta.workflow.progress.telling import tell_plan


class Settings(Protocol):
    """The part of Snakemake's settings that is used here."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The values of `--config`."""


class Workflow(Protocol):
    """The part of Snakemake's workflow object that is used here."""

    @property
    def is_main_process(self) -> bool:
        """Whether this process plans the run; jobs on a cluster read the Snakefile, too."""

    @property
    def config_settings(self) -> Settings:
        """The settings that determine the configuration."""

    @property
    def configfiles(self) -> list[Path]:
        """The files that the configuration was read from."""

    @property
    def overwrite_configfiles(self) -> list[Path] | None:
        """The files among them that the command line named."""

    @property
    def dryrun(self) -> bool:
        """Whether nothing may be changed; known as soon as the targets are."""


@dataclass
class Preflight:
    """Checks of a run, made once, when Snakemake first asks a rule of the run for its input.

    Snakemake does not know its targets while it reads the Snakefile. A target that only inspects existing
    files, or only fetches models, asks for no input of the run and therefore skips these checks.

    Attributes:
        plan: The plan of the run.
        workflow: Snakemake's workflow object.
        strangers: Keys given by `--config` that only other targets accept.
    """

    plan: Plan
    workflow: Workflow
    strangers: Mapping[str, Any] = field(default_factory=dict)
    _passed: bool = False

    def check(self) -> None:
        """Check the requested run, and record in the cache which artifacts it reaches.

        Raises:
            ConfigError: a run does not accept a key of `--config`, or raw data are missing.
            ModelError: a model is unavailable.
            StoreError: another process is removing stores.
        """
        if self._passed:
            return
        if self.strangers:
            parse_config(self.strangers)
        self.plan.check_models()
        check_raw_data(self.plan)
        if self.workflow.is_main_process and not self.workflow.dryrun:
            register_plan(self.plan, self.workflow.configfiles)
            check_not_cleaned()
        if self.workflow.is_main_process:
            tell_plan(self.plan)
        self._passed = True
