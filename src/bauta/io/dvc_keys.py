"""`dvc_keys.yaml`: the paths that `dvc.yaml` lists and the fingerprints of raw data, for each config file.

The file is in git. It lets DVC find artifacts whose paths hold the hash of their inputs, and it also lets
users find them who pulled the artifacts but have no raw data. It lists nothing that is missing from
`dvc.lock`: `dvc pull` would remove whatever is listed but not recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bauta.errors import ConfigError
from bauta.io.atomic import write_text
from bauta.io.companions import companion

DVC_KEYS = Path("dvc_keys.yaml")
DVC_LOCK = Path("dvc.lock")
DVC_YAML = Path("dvc.yaml")
RAW = "raw"
SECTIONS = (RAW, "index", "split", "attributes", "detect", "align", "crop", "landmarks", "parse", "results")

HEADER = """\
# The paths that dvc.yaml lists, and the fingerprint of each folder of raw data; `configs` are the config
# files that use them. Written by `snakemake --cores 1 dvc_keys` alone, which records them in dvc.lock. Both
# belong in git.
"""

Entry = dict[str, Any]
Sections = dict[str, dict[str, Entry]]


@dataclass(frozen=True)
class DvcKeys:
    """Section → name → entry. An entry has `configs` and either `path` or, for raw data, `sha256`."""

    sections: Sections

    @classmethod
    def read(cls, path: Path = DVC_KEYS) -> "DvcKeys":
        """Read the file; without a file, nothing is recorded.

        Raises:
            ConfigError: the file does not have the form that `write` gives it.
        """
        if not path.is_file():
            return cls({})
        try:
            sections = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            return cls({name: _checked(entries) for name, entries in sections.items()})
        except (yaml.YAMLError, TypeError, AttributeError, KeyError, ValueError) as error:
            raise ConfigError(
                f"{path} cannot be read ({str(error).splitlines()[0]}): `git checkout {path}`, or remove it "
                "and run `snakemake --cores 1 dvc_keys`"
            ) from error

    def replace(self, config: str, made: Mapping[str, Mapping[str, Entry]]) -> "DvcKeys":
        """The keys with one config file's part replaced.

        The parts of config files that no longer exist are dropped.

        Args:
            config: The config file, relative to the working directory.
            made: Section → name → entry without `configs`.
        """
        sections: Sections = {name: {} for name in SECTIONS}
        for name, entries in self.sections.items():
            for key, entry in entries.items():
                others = [other for other in entry["configs"] if other != config and Path(other).is_file()]
                if others and name in sections:
                    sections[name][key] = {**entry, "configs": others}
        for name, new in made.items():
            for key, entry in new.items():
                others = sections[name].get(key, {"configs": []})["configs"]
                sections[name][key] = {**entry, "configs": sorted([*others, config])}
        return DvcKeys(sections)

    def unrecorded(self) -> list[str]:
        """Names of the stages that DVC has not recorded.

        Raises:
            ConfigError: `dvc.lock` cannot be read.
        """
        locked = _stages_in_lock()
        names = [f"{name}@{key}" for name, entries in self.sections.items() for key in entries if name != RAW]
        return [name for name in names if name not in locked]

    def recorded(self) -> "DvcKeys":
        """The keys without the stages that DVC has not recorded.

        Raises:
            ConfigError: `dvc.lock` cannot be read.
        """
        return self.without(self.unrecorded())

    def without(self, stages: Iterable[str]) -> "DvcKeys":
        """The keys without the given stages."""
        dropped = set(stages)
        return DvcKeys(
            {
                name: {key: entry for key, entry in entries.items() if f"{name}@{key}" not in dropped}
                for name, entries in self.sections.items()
            }
        )

    def text(self) -> str:
        """The file's text: one line per entry, sorted, so that changes seldom conflict in a merge."""
        lines = [HEADER]
        for name in SECTIONS:
            entries = self.sections.get(name, {})
            lines.append(f"{name}:\n" if entries else f"{name}: {{}}\n")
            lines += [f"  {_inline(key)}: {_inline(entries[key])}\n" for key in sorted(entries)]
        return "".join(lines)

    def write(self, path: Path = DVC_KEYS) -> None:
        """Write the file if its content would change."""
        text = self.text()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)


def recorded_fingerprint(raw: Path) -> str | None:
    """The recorded fingerprint of a folder of raw data, or of a file beside it, that is not on this machine.

    Returns:
        None where the data are on this machine, and where nothing is recorded.
    """
    if has_files(raw) or raw.is_file():
        return None
    entry = DvcKeys.read().sections.get(RAW, {}).get(str(raw))
    return None if entry is None else str(entry["sha256"])


def has_files(root: Path) -> bool:
    """Whether a folder exists and holds files of its own; an empty one may be an unmounted disk."""
    return root.is_dir() and any(companion(path.name) is None for path in root.iterdir())


def outs_of(section: str, path: str) -> list[Path]:
    """The paths of an entry that DVC tracks.

    Raises:
        ConfigError: there is no `dvc.yaml`, or it cannot be read.
    """
    try:
        stage = yaml.safe_load(DVC_YAML.read_text(encoding="utf-8"))["stages"][section]["do"]
        outs = [*stage["outs"], *stage.get("metrics", []), *stage.get("plots", [])]
        return [Path(name.replace("${item.path}", path)) for out in outs for name in out]
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"{DVC_YAML} cannot be read ({error!r}): `git checkout {DVC_YAML}`") from error


def _stages_in_lock() -> frozenset[str]:
    """Names of the stages that DVC has recorded.

    Raises:
        ConfigError: `dvc.lock` cannot be read, as in the middle of a merge.
    """
    if not DVC_LOCK.is_file():
        return frozenset()
    try:
        return frozenset(yaml.safe_load(DVC_LOCK.read_text(encoding="utf-8"))["stages"])
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise ConfigError(
            f"{DVC_LOCK} cannot be read: finish the merge, or `git checkout {DVC_LOCK}`"
        ) from error


def _checked(entries: Any) -> dict[str, Entry]:
    for key, entry in entries.items():
        if not isinstance(entry["configs"], list) or not ("path" in entry or "sha256" in entry):
            raise ValueError(f"{key}: expected configs and a path or sha256")
    return dict(entries)


def _inline(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")
