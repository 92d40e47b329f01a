"""What pictures call the settings: short, without the options that all settings of an anonymizer share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from bauta.frontier.collection import natural_key
from bauta.frontier.result import SettingResult

LONGEST = 26
"""Characters of a name that fit on one line beside a row."""


@dataclass(frozen=True)
class Strengths:
    """How the settings of a backend are told apart beside their points.

    Attributes:
        option: Name of the option that varies; empty where none or several do.
        marks: Text beside the point of each setting: its value, or a letter where several options vary.
        meanings: What each letter stands for.
    """

    option: str
    marks: dict[str, str]
    meanings: dict[str, str] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Whether the settings are one after another, so that a line through their points says something."""
        return not self.meanings


def strengths(rows: Sequence[SettingResult]) -> dict[str, Strengths]:
    """How the settings of each backend are told apart.

    `kernel=11`, `kernel=31` become `kernel` and `11`, `31`. Where several options vary, the settings become
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


def readable(labels: Sequence[str]) -> dict[str, str]:
    """A name for each label of a row, in two lines where one would be long.

    `cgan lambda_id=0.0,steps=160` beside `cgan lambda_id=1.0,steps=160` becomes `cgan lambda_id=0.0`.
    """
    settings: dict[str, list[str]] = {}
    for label in labels:
        backend, _, setting = label.partition(" ")
        settings.setdefault(backend, []).append(setting)
    names = {}
    for label in labels:
        backend, _, setting = label.partition(" ")
        rest = _written(setting, _varying(settings[backend])) if len(settings[backend]) > 1 else ""
        rest = rest or setting.replace(",", ", ")
        short = f"{backend} {rest}".strip()
        names[label] = short if len(short) <= LONGEST else f"{backend}\n{rest}".strip()
    return names


def _options(setting: str) -> dict[str, str]:
    """Options of a setting; one that has a name alone has none."""
    return dict(part.split("=", 1) for part in setting.split(",") if "=" in part)


def _varying(settings: Sequence[str]) -> list[str]:
    """Options that differ between settings; of a single setting all of them."""
    options = [_options(name) for name in settings]
    keys = list(dict.fromkeys(key for option in options for key in option))
    return keys if len(settings) == 1 else [k for k in keys if len({o.get(k) for o in options}) > 1]


def _written(setting: str, keys: Sequence[str]) -> str:
    options = _options(setting)
    return ", ".join(f"{key}={options[key]}" for key in keys if key in options)


def _letter(place: int) -> str:
    """One of a to z, then of aa, ab and so on."""
    before, last = divmod(place, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]
