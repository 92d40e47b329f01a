"""No dataset has the name of a folder in the cache that is not a dataset's."""

import re
from pathlib import Path

import pytest

from bauta.cache.stale import OTHERS
from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.io.layout import RESERVED

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_dataset_of_a_reserved_name_is_refused(name):
    with pytest.raises(ConfigError, match=rf"datasets: '{name}' cannot be .*cache/{name} holds .*another"):
        parse_config({"datasets": {name: {"adapter": "synthfaces"}}})
    parse_config({"datasets": {f"{name}2": {"adapter": "synthfaces"}}})


def test_every_folder_that_code_names_is_reserved():
    """What begins with a dot is no name of a dataset; what begins with a brace is one's own."""
    files = [*ROOT.glob("rules/*.smk"), *ROOT.glob("workflow_scripts/*.py"), *ROOT.glob("src/**/*.py")]
    texts = "\n".join(path.read_text() for path in files)
    named = set(re.findall(r"\"cache/([a-z][a-z_]*)", texts))
    assert {"models", "fingerprints", "teachers", "generators"} <= named == set(RESERVED)
    assert {path.name for path in OTHERS} <= set(RESERVED)
