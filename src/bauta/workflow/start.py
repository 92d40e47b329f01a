"""The start of the Snakefile: the rules' input and params functions, or one line that says what is wrong."""

import gc
import shlex
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from bauta.cache.at_work import at_work_until_exit
from bauta.cache.share import warn_of_unrecorded
from bauta.cache.stale import register_plan
from bauta.config.command_line import configuring
from bauta.config.load import check_config_files, parse_config, take_overrides
from bauta.errors import BautaError
from bauta.io import layout
from bauta.io.fingerprint import Fingerprints
from bauta.models.store import FETCH
from bauta.plan import Plan
from bauta.plan.all_keys import described_keys
from bauta.workflow.avatar_inputs import AvatarInputs
from bauta.workflow.generator_inputs import GeneratorInputs
from bauta.workflow.job_processes import share_imports
from bauta.workflow.looks import one_look_at_a_time
from bauta.workflow.measurement_inputs import MeasurementInputs
from bauta.workflow.model_inputs import ModelInputs
from bauta.workflow.preflight import Preflight, Workflow
from bauta.workflow.progress.telling import tell_jobs
from bauta.workflow.progress.why import record_plan
from bauta.workflow.rule_inputs import rule_inputs
from bauta.workflow.signatures import with_signature
from bauta.workflow.teacher_inputs import TeacherInputs
from bauta.workflow.training_inputs import TrainingInputs
from bauta.workflow.view_inputs import ViewInputs

LOOKING = frozenset({"status", "clean_stale", "dvc_keys"})
"""Rules that compute nothing of a run."""

CONFIRM, FORGET = "confirm", "forget"
"""Keys of `--config` that only `clean_stale` accepts: the confirmation; a checkout to be disregarded."""

FREE = frozenset({"all"})
"""Methods of `ModelInputs` for targets that only fetch: an unknown hash is pinned by them."""

ALLOCATIONS = 200_000
"""New objects between two garbage collections; at 700, they take an eighth of a plan and find nothing."""


@dataclass(frozen=True)
class Answers:
    """Objects whose methods are the input and params functions of the rules.

    Attributes:
        inputs: Functions for datasets, crops and sets.
        measurements: Functions for measurements.
        models: Functions for model files.
        teachers: Functions for the training of teachers.
        generators: Functions for the training of generators.
        avatars: Functions for the learning of the avatar's book.
        training: Functions for the training scenario.
        views: Functions for an attacker's people and his views.
        configuration: The options of `bauta` that select the current configuration.
        cleaning: The options that `--config` adds for `clean_stale`.
    """

    inputs: Any
    measurements: Any
    models: Any
    teachers: Any
    generators: Any
    avatars: Any
    training: Any
    views: Any
    configuration: Sequence[str]
    cleaning: Sequence[str]

    @property
    def plan(self) -> Plan:
        """All artifacts of the run."""
        plan: Plan = self.inputs.plan
        return plan

    def begin(self, workflow: Any, scripts: Any) -> None:
        """Tell the console which jobs will run, and register this run as a user of the cache until it ends.

        Args:
            workflow: Snakemake's workflow object.
            scripts: Snakemake's class `PythonScript`; see `share_imports`.
        """
        jobs = list(workflow.dag.needrun_jobs())
        if not LOOKING.issuperset(job.rule.name for job in jobs):
            self._register(workflow.configfiles, jobs)
        tell_jobs(jobs, workflow.execution_settings.keep_going)
        share_imports(scripts, workflow, jobs)
        one_look_at_a_time(workflow.scheduler)

    def _register(self, configfiles: Sequence[Any], jobs: Sequence[Any]) -> None:
        with suppress(OSError):
            layout.CACHE.mkdir(exist_ok=True)
        register_plan(self.plan, configfiles)
        at_work_until_exit("snakemake")
        warn_of_unrecorded()
        record_plan(described_keys(self.plan), (str(path) for job in jobs for path in job.output))


@dataclass(frozen=True)
class Guarded:
    """Wraps methods for Snakemake, which would print an error of an input function with its traceback.

    Attributes:
        inputs: The object whose methods are wrapped.
        check: Called before the first of them.
        configuration: The options that select the configuration; a message adds them to a command.
    """

    inputs: Any
    check: Callable[[], None]
    configuration: Sequence[str]

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inputs, name)
        return self._stopping(value, name) if callable(value) else value

    def _stopping(self, function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
        @with_signature
        @wraps(function)
        def stopping(wildcards: Any) -> Any:
            try:
                if name not in FREE:
                    self.check()
                return function(wildcards)
            except BautaError as error:
                sys.exit(_explained(error, self.configuration))

        return stopping


def _explained(error: BautaError, configuration: Sequence[str]) -> str:
    """Message of an error; a command in it gets the options that select the configuration."""
    return f"error: {str(error).replace(FETCH, shlex.join([*shlex.split(FETCH), *configuration]))}"


def check_default(path: str) -> None:
    """Exit with one line if the configuration that Snakemake is about to read is unreadable."""
    try:
        check_config_files([path])
    except BautaError as error:
        sys.exit(f"error: {error}")


def start(config: MutableMapping[str, Any], workflow: Workflow) -> Answers:
    """Check a configuration and plan its run; exit with one line if it has a mistake.

    Args:
        config: Snakemake's `config`; overrides are converted in place, because scripts read it, too.
        workflow: Snakemake's workflow object. Jobs on a cluster take the fingerprints of raw data from the
            process that started them.
    """
    gc.set_threshold(ALLOCATIONS)
    overrides = dict(workflow.config_settings.config)
    take_overrides(config, overrides)
    answers = {key: config[key] for key in (CONFIRM, FORGET) if key in overrides}
    values = {key: value for key, value in config.items() if key not in answers}
    given = {key: value for key, value in overrides.items() if key not in answers}
    files = workflow.overwrite_configfiles or ()
    named = configuring(files, given)
    try:
        if workflow.is_main_process:
            check_config_files(workflow.configfiles)
        fingerprints = Fingerprints(look="always" if workflow.is_main_process else "if unknown")
        inputs = rule_inputs(parse_config(values), fingerprints)
        inputs.plan.all_measurements()
    except BautaError as error:
        sys.exit(_explained(error, named))
    preflight = Preflight(inputs.plan, workflow, dict(config) if answers else {})

    def guarded(methods: Any) -> Guarded:
        return Guarded(methods, preflight.check, named)

    return Answers(
        inputs=guarded(inputs),
        measurements=guarded(MeasurementInputs(inputs)),
        models=guarded(ModelInputs(inputs)),
        teachers=guarded(TeacherInputs(inputs)),
        generators=guarded(GeneratorInputs(inputs)),
        avatars=guarded(AvatarInputs(inputs)),
        training=guarded(TrainingInputs(inputs)),
        views=guarded(ViewInputs(inputs)),
        configuration=configuring(files, given, repeated=True),
        cleaning=_cleaning(answers),
    )


def _cleaning(answers: Mapping[str, Any]) -> list[str]:
    """Convert the values of `--config` to options of `bauta clean-stale`."""
    words = ["--yes"] if answers.get(CONFIRM) is True else []
    return words + (["--forget", str(answers[FORGET])] if FORGET in answers else [])
