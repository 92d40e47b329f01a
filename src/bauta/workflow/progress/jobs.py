"""Jobs as a person reads them: `view · lfw · blur kernel=31 · restored · dlib_resnet`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bauta.io.keyed_names import split_digest

SEPARATOR = " · "

PLACES = frozenset({"dataset", "backend", "setting", "crop"})
"""Wildcards that have a place of their own in a name."""

HIDDEN = frozenset({"people", "digest", "index"})
"""Wildcards that are digests alone."""

TARGETS = frozenset({"all", "everything", "models", "generator", "teacher"})
"""Rules that only name targets."""


@dataclass(frozen=True)
class Job:
    """One job of Snakemake.

    Attributes:
        number: Snakemake's id of the job.
        rule: Name of its rule.
        wildcards: Name → value.
        threads: The cores that it uses.
        retries: How often it is tried again if it fails.
        benchmark: The file that its seconds are written to, or None.
        inputs: The files that it reads.
        outputs: The files that it writes.
    """

    number: int
    rule: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    retries: int = 0
    benchmark: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    @classmethod
    def of_record(cls, fields: Mapping[str, Any]) -> Self:
        """The job of Snakemake's event `job_info`.

        Args:
            fields: The attributes of the log record.
        """
        return cls(
            number=fields["jobid"],
            rule=fields["rule_name"],
            wildcards=dict(fields.get("wildcards") or {}),
            threads=fields.get("threads") or 1,
            benchmark=fields.get("benchmark"),
            inputs=tuple(fields.get("input") or ()),
            outputs=tuple(fields.get("output") or ()),
        )

    @property
    def is_target(self) -> bool:
        """Whether it computes nothing and only names what is wanted."""
        return self.rule in TARGETS

    @property
    def dataset(self) -> str:
        """Name of its dataset; empty if it has none."""
        return self.wildcards.get("dataset", "")

    @property
    def backend(self) -> str:
        """The anonymizer; empty if it works on no anonymized set."""
        return self.wildcards.get("backend", "")

    @property
    def setting(self) -> str:
        """The anonymizer with its setting, such as `blur kernel=31`; empty if it works on none."""
        name = split_digest(self.wildcards.get("setting", ""))[0].replace("+", ",")
        return self.backend if name in ("", "default") else f"{self.backend} {name}"

    @property
    def group(self) -> str:
        """The jobs of a stage on a dataset, which are reported together."""
        return SEPARATOR.join(filter(None, (self.stage, self.dataset)))

    @property
    def stage(self) -> str:
        """The first word of the rule."""
        return self.rule.partition("_")[0]

    @property
    def title(self) -> str:
        """The rule in words."""
        return self.rule.replace("_", " ")

    def __str__(self) -> str:
        others = [
            split_digest(value)[0] for name, value in self.wildcards.items() if name not in PLACES | HIDDEN
        ]
        if not others and not self.backend and "crop" in self.wildcards:
            others = [split_digest(self.wildcards["crop"])[0]]
        return SEPARATOR.join(filter(None, (self.title, self.dataset, self.setting, *others)))


def plural(count: int, what: str) -> str:
    """A number of things: `1 job`, `2 jobs`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
