"""Short names of settings for pictures, without the options that all settings of an anonymizer share."""

import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from types import MappingProxyType
from typing import NamedTuple, Protocol

LONGEST = 26  # characters of a name that fit on one line beside a row


class Named(Protocol):
    """One backend at one setting."""

    @property
    def backend(self) -> str:
        """Name of the anonymizer."""

    @property
    def setting(self) -> str:
        """Its setting, such as `kernel=11`."""


class Strengths(NamedTuple):
    """Marks that distinguish the settings of a backend beside their points.

    Attributes:
        option: Name of the option that varies; empty if none or several do.
        marks: Text beside the point of each setting: its value, or a letter if several options vary.
        meanings: The meaning of each letter; empty if there are no letters.
    """

    option: str
    marks: dict[str, str]
    meanings: Mapping[str, str] = MappingProxyType({})


def strengths(rows: Sequence[Named]) -> dict[str, Strengths]:
    """Return the marks that distinguish the settings of each backend.

    `kernel=11`, `kernel=31` become `kernel` and `11`, `31`. If several options vary, the settings become
    a, b, c. A setting without options has an empty text.
    """
    found = {}
    for backend in dict.fromkeys(row.backend for row in rows):
        settings = sorted({row.setting for row in rows if row.backend == backend}, key=natural_key)
        varying = _varying(settings)
        if len(varying) == 1:
            marks = {name: _options(name).get(varying[0], "default") for name in settings}
            found[backend] = Strengths(varying[0], marks)
        elif len(settings) == 1:
            found[backend] = Strengths("", {settings[0]: ""})
        else:
            marks = {name: _letter(place) for place, name in enumerate(settings)}
            meanings = {mark: _written(name, varying) or "default" for name, mark in marks.items()}
            found[backend] = Strengths("", marks, meanings)
    return found


def natural_key(text: str) -> list[tuple[int, float, str]]:
    """Sort key that puts `k=2` before `k=10`."""
    parts = re.split(r"(\d+(?:\.\d+)?)", text)
    return [(1, float(part), "") if index % 2 else (0, 0.0, part) for index, part in enumerate(parts)]


def readable(labels: Sequence[str]) -> dict[str, str]:
    """Return a name for each row label, on two lines if one would be too long.

    `cgan lambda_id=0.0,steps=160` beside `cgan lambda_id=1.0,steps=160` becomes `cgan lambda_id=0.0`. What
    follows a comma and a space, as in `blur kernel=31, restored`, is no option and gets a line of its own.
    """
    names, plain = {}, list(dict.fromkeys(label.partition(", ")[0] for label in labels))
    for label in labels:
        of_setting, _, view = label.partition(", ")
        backend, _, setting = of_setting.partition(" ")
        settings = [other.partition(" ")[2] for other in plain if other.partition(" ")[0] == backend]
        rest = _written(setting, _varying(settings)) if len(settings) > 1 else ""
        rest = rest or setting.replace(",", ", ")
        short = f"{backend} {rest}".strip()
        short = short if len(short) <= LONGEST else f"{backend}\n{rest}".strip()
        names[label] = f"{short}\n{view}" if view else short
    return names


def _options(setting: str) -> dict[str, str]:
    """Options of a setting; a setting with only a name has none."""
    return dict(part.split("=", 1) for part in setting.split(",") if "=" in part)


def _varying(settings: Sequence[str]) -> list[str]:
    """Options that differ between settings; for a single setting, all of them."""
    options = [_options(name) for name in settings]
    keys = dict.fromkeys(key for option in options for key in option)
    return [key for key in keys if len(settings) == 1 or len({option.get(key) for option in options}) > 1]


def _written(setting: str, keys: Sequence[str]) -> str:
    options = _options(setting)
    return ", ".join(f"{key}={options[key]}" for key in keys if key in options)


def _letter(place: int) -> str:
    """A letter from a to z, then aa, ab and so on."""
    before, last = divmod(place, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]
