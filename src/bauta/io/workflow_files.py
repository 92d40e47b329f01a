"""Where the workflow of bauta lies: in the root of a clone, or in the package that a wheel installs."""

from pathlib import Path

from bauta.errors import ConfigError

PACKAGE = Path(__file__).parents[1]
SNAKEFILE = "Snakefile"

WHEEL = PACKAGE / "_workflow"
"""Where a wheel has the files; pyproject.toml says which."""


def workflow_folder() -> Path:
    """The folder with the Snakefile, rules, scripts, profiles and ready configurations of this bauta.

    Raises:
        ConfigError: the package was copied without them.
    """
    places = (WHEEL, PACKAGE.parents[1])
    found = next((place for place in places if (place / SNAKEFILE).is_file()), None)
    if found is None:
        where = ", ".join(map(str, places))
        raise ConfigError(f"the workflow of bauta is not there, looked in: {where}: install bauta again")
    return found


def snakefile_for(folder: Path) -> Path:
    """The Snakefile that is right in a folder: its own, as in a clone and a project, else that of this bauta.

    Raises:
        ConfigError: there is none.
    """
    own = folder / SNAKEFILE
    return own if own.is_file() else workflow_folder() / SNAKEFILE
