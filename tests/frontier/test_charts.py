"""What the package holds of the charts is what `make charts` makes of them."""

import json
from importlib.resources import files

import pytest
import vl_convert
from compile_charts import compiled, frontier, similarity

STATIC = files("bauta.frontier.page").joinpath("static")


@pytest.mark.slow
def test_the_compiled_charts_are_those_of_their_source():
    charts = json.loads(STATIC.joinpath("charts.json").read_text(encoding="utf-8"))
    assert charts == {"frontier": compiled(frontier()), "similarity": compiled(similarity())}, "make charts"


def test_the_script_names_its_versions_and_can_stand_in_a_page():
    script = STATIC.joinpath("vega.js").read_text(encoding="utf-8")
    assert f"Vega {vl_convert.get_vega_version()}" in script[:200], "make charts"
    assert "BSD-3-Clause" in script[:200]
    for end in ("</script", "<!--", "<script"):
        assert end not in script
