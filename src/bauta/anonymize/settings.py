"""The common part of the settings of all anonymizers; each setting is defined beside its anonymizer.

Settings are read while the Snakefile is parsed, so a module of settings imports nothing but pydantic.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from bauta.anonymize import ANONYMIZERS

Region = Literal["hull", "crop"]
LatentPolicy = Literal["one", "per_subject", "per_image"]

LABELS, POSTERIORS = "labels", "posteriors"
"""The fields that tell a backend the expressions: as labelled, and as a teacher reads them, with its name."""


class Setting(BaseModel):
    """Properties of a setting that are available before anything heavy is imported."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset()

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teachers that the backend was trained with, which cannot judge its utility."""
        return ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ()

    @property
    def restorable(self) -> bool:
        """Whether the backend offers inverses of itself: `protocols.InvertibleAnonymizer`."""
        return False

    @property
    def group(self) -> int | None:
        """Number of people who must share an output, for each label if it sees the labels, or None."""
        return None

    @property
    def outputs(self) -> int | None:
        """Largest number of different pictures that the backend makes, whatever the faces; None if any.

        Every set that it anonymizes is counted, and one with more pictures fails.
        """
        return None

    @property
    def named(self) -> dict[str, Any]:
        """The options that make up the setting's name: those that are not at their defaults."""
        return self.model_dump(exclude_defaults=True)

    @property
    def keyed(self) -> dict[str, Any]:
        """The options that determine the result and are part of its key."""
        return self.model_dump()

    @property
    def whole_images(self) -> bool:
        """Whether another program makes the pictures, and the backend is told where faces lie in images."""
        return False

    def folder(self, dataset: str) -> Path | None:
        """Return the folder of the pictures that another program made of a dataset; None if there is none."""
        del dataset
        return None

    def read_by(self, teacher: str) -> Self:
        """Return the setting that sees the posteriors of a teacher, if it sees some and names no teacher."""
        del teacher
        return self


def teachers_in(sees: Collection[str]) -> list[str]:
    """Return the teachers whose posteriors of the clear faces a declaration names."""
    return sorted(name.partition(":")[2] for name in sees if name.startswith(f"{POSTERIORS}:"))


def edits(region: Region) -> frozenset[str]:
    """Return the fields that a backend must see to edit a region of the image."""
    return frozenset({"images", "landmarks"} if region == "hull" else {"images"})


def owners(policy: LatentPolicy) -> frozenset[str]:
    """Return the fields that a backend must see to share latents by a policy."""
    return frozenset({"subjects"} if policy == "per_subject" else ())


class Settings(Mapping[str, type[Setting]]):
    """The model of each anonymizer's setting, as named on its card; imported on demand."""

    def __getitem__(self, backend: str) -> type[Setting]:
        """Return the model of a backend; `UnknownNameError` suggests the nearest backend."""
        return ANONYMIZERS.settings(backend, Setting)

    def __iter__(self) -> Iterator[str]:
        return iter(ANONYMIZERS)

    def __len__(self) -> int:
        return len(ANONYMIZERS)


SETTINGS = Settings()
"""Name of a backend → model of its setting."""
