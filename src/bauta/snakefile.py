"""What the Snakefile starts with: everything that rules ask, or one line that says what is wrong."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from bauta.config import parse_config
from bauta.errors import BautaError
from bauta.fingerprint import Fingerprints
from bauta.plan import Plan
from bauta.share import check_raw_data
from bauta.workflow import rule_inputs
from bauta.workflow_generators import GeneratorInputs
from bauta.workflow_measurements import MeasurementInputs
from bauta.workflow_models import ModelInputs
from bauta.workflow_teachers import TeacherInputs

COMMANDS = frozenset({"status", "clean_stale"})
"""Targets that only look at what is there."""

WITHOUT_RAW_DATA = frozenset({"models", "dvc_keys"})
"""Targets that make nothing of raw data."""


@dataclass(frozen=True)
class Answers:
    """Objects whose methods are the input and params functions of the rules."""

    inputs: Any
    measurements: Any
    models: Any
    teachers: Any
    generators: Any

    @property
    def plan(self) -> Plan:
        """All artifacts of the run."""
        plan: Plan = self.inputs.plan
        return plan


@dataclass(frozen=True)
class OneLineErrors:
    """The same methods for Snakemake, which would print an error of an input function with its traceback."""

    inputs: Any

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inputs, name)
        return _stopping(value) if callable(value) else value


def _stopping(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(function)
    def stopping(wildcards: Any) -> Any:
        try:
            return function(wildcards)
        except BautaError as error:
            sys.exit(f"error: {error}")

    return stopping


def start(config: Mapping[str, Any], arguments: Sequence[str], *, main: bool) -> Answers:
    """Check a configuration and plan its run; a mistake ends the process with one line.

    Snakemake does not know its targets yet when it reads the Snakefile, so that they are looked for among its
    arguments: `models` may fetch what is not pinned yet, `status` and `clean_stale` answer at once and end
        here.

    Args:
        config: Snakemake's `config`.
        arguments: What Snakemake was called with.
        main: Whether this is the process that plans. Jobs on a cluster read the Snakefile, too; they take the
            fingerprints of raw data from the one that started them.
    """
    command = next(iter(COMMANDS.intersection(arguments)), None) if main else None
    values = dict(config)
    # Snakemake reads `true` as a text and `True` as a truth value.
    confirmed = command == "clean_stale" and str(values.pop("confirm", "")).lower() == "true"
    try:
        inputs = rule_inputs(parse_config(values), Fingerprints(look="always" if main else "if unknown"))
        if command is not None:
            from bauta.status import run_command  # noqa: PLC0415 - only these two need it

            run_command(command, inputs.plan, arguments, confirmed=confirmed)
            sys.exit()
        inputs.plan.check_models(fetching="models" in arguments)
        inputs.plan.all_measurements()
        if not WITHOUT_RAW_DATA.intersection(arguments):
            check_raw_data(inputs.plan)
    except BautaError as error:
        sys.exit(f"error: {error}")
    others = (MeasurementInputs, ModelInputs, TeacherInputs, GeneratorInputs)
    return Answers(*map(OneLineErrors, (inputs, *(make(inputs) for make in others))))
