"""A project folder for a bauta that is installed as a package: `bauta init`."""

import shutil
from pathlib import Path

from bauta.errors import ConfigError
from bauta.io.workflow_files import workflow_folder

COPIED = ("config.yaml", "config", "profiles", "slurm")
"""The files that a user edits; the rules and scripts stay in the package."""

SNAKEFILE = """\
# The workflow is in the installed package; you can add rules of your own below.
from bauta.io.workflow_files import workflow_folder


include: str(workflow_folder() / "Snakefile")


# Without a target, Snakemake runs a rule of this file, not one of an included file.
rule everything:
    default_target: True
    input:
        rules.all.input,
"""

README = """\
# {name}

`bauta run` runs `config.yaml` and writes `results/`; `bauta status` says what is cached and what is missing.
Put images below `data/`. Pictures of people are personal data: check who can read this folder.
Ready configurations: `bauta run --configfile config/lfw.yaml`; on a cluster: `bauta run --profile slurm`.
"""

IGNORED = "/data/\n/cache/\n/results/\n/logs/\n.snakemake/\n"


def make_project(folder: Path) -> None:
    """Create a project.

    Args:
        folder: The folder to create; it may exist if it is empty.

    Raises:
        ConfigError: it is not a folder, or is not empty.
    """
    if folder.is_dir() and any(folder.iterdir()):
        first = min(path.name for path in folder.iterdir())
        raise ConfigError(f"{folder} is not empty ({first} is there): name a folder that is new or empty")
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file: name a folder that is new or empty")
    workflow = workflow_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = workflow / name
        if source.is_dir():
            shutil.copytree(source, folder / name, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, folder / name)
    # Faces go here, so it is private to the user.
    (folder / "data").mkdir(mode=0o700)
    for name, text in {"Snakefile": SNAKEFILE, "README.md": README, ".gitignore": IGNORED}.items():
        (folder / name).write_text(text.replace("{name}", folder.resolve().name), encoding="utf-8")
