"""`dvc_keys.yaml`: the paths that `dvc.yaml` lists and the fingerprints of raw data, for each config file.

The file is in git. It lets DVC find artifacts whose paths hold the hash of what made them, and it lets
somebody who pulled the artifacts, but has no raw data, find them too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bauta.errors import ConfigError
from bauta.files import write_text

DVC_KEYS = Path("dvc_keys.yaml")
DVC_LOCK = Path("dvc.lock")
RAW = "raw"
SECTIONS = (RAW, "index", "split", "detect", "align", "crop", "landmarks", "parse", "results")

HEADER = """\
# The paths that dvc.yaml lists, and the fingerprint of each folder of raw data; `configs` are the config
# files that use them. Written when Snakemake starts to run a config, and by `snakemake --cores 1 dvc_keys`.
# Belongs in git.
"""

Entry = dict[str, Any]
Sections = dict[str, dict[str, Entry]]


@dataclass(frozen=True)
class DvcKeys:
    """Section → name → entry; an entry has `configs` and either `path` or, for raw data, `sha256`."""

    sections: Sections

    @classmethod
    def read(cls, path: Path = DVC_KEYS) -> "DvcKeys":
        """Read the file; without one nothing is recorded.

        Raises:
            ConfigError: it is not what `write` writes.
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
        """What is recorded once a config file's part is replaced.

        Config files that are gone lose their part. So does what was never made, being neither on this disk
        nor in `dvc.lock`: `dvc pull` would miss it.

        Args:
            config: The config file, relative to the working directory.
            made: Section → name → entry without `configs`.
        """
        sections: Sections = {name: {} for name in SECTIONS}
        locked = _stages_in_lock()
        for name, entries in self.sections.items():
            for key, entry in entries.items():
                others = [other for other in entry["configs"] if other != config and Path(other).is_file()]
                there = name == RAW or locked is None or f"{name}@{key}" in locked or _is_there(entry["path"])
                if others and there and name in sections:
                    sections[name][key] = {**entry, "configs": others}
        for name, new in made.items():
            for key, entry in new.items():
                others = sections[name].get(key, {"configs": []})["configs"]
                sections[name][key] = {**entry, "configs": sorted([*others, config])}
        return DvcKeys(sections)

    def text(self) -> str:
        """The file's text: one line an entry, sorted, so that two people's lines seldom meet in a merge."""
        lines = [HEADER]
        for name in SECTIONS:
            entries = self.sections.get(name, {})
            lines.append(f"{name}:\n" if entries else f"{name}: {{}}\n")
            lines += [f"  {_inline(key)}: {_inline(entries[key])}\n" for key in sorted(entries)]
        return "".join(lines)

    def write(self, path: Path = DVC_KEYS) -> None:
        """Write the file if it would change."""
        text = self.text()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)


def recorded_fingerprint(root: Path) -> str | None:
    """Fingerprint of a folder of raw data that is not on this machine.

    Returns:
        None where the folder is there, and where nothing is recorded.
    """
    if has_files(root):
        return None
    entry = DvcKeys.read().sections.get(RAW, {}).get(str(root))
    return None if entry is None else str(entry["sha256"])


def has_files(root: Path) -> bool:
    """Whether a folder is there and holds anything; an empty one may be a disk that is not mounted."""
    return root.is_dir() and any(root.iterdir())


def _stages_in_lock() -> frozenset[str] | None:
    """Names of the stages that DVC has recorded; None where nobody can tell, as in the middle of a merge."""
    if not DVC_LOCK.is_file():
        return frozenset()
    try:
        return frozenset(yaml.safe_load(DVC_LOCK.read_text(encoding="utf-8"))["stages"])
    except (yaml.YAMLError, TypeError, KeyError):
        return None


def _is_there(path: str) -> bool:
    """Whether anything of an entry is on this disk; the path of a store stands there without `.zarr`."""
    return Path(path).exists() or Path(f"{path}.zarr").exists()


def _checked(entries: Any) -> dict[str, Entry]:
    for key, entry in entries.items():
        if not isinstance(entry["configs"], list) or not ("path" in entry or "sha256" in entry):
            raise ValueError(f"{key}: expected configs and a path or sha256")
    return dict(entries)


def _inline(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")
