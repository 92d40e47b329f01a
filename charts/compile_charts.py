"""Compile the interactive charts of the report: from Altair to Vega, and Vega itself to one script.

`make charts` calls it after an edit here, or to take a newer Vega. What it writes is part of the package, so
that a run needs neither Altair nor the 30 MB of vl-convert, and draws a page without compiling anything.
"""

import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

OUT = Path(__file__).parents[1] / "src/bauta/frontier/page/static"
HEIGHT = 430
VEGA = (
    "/* Vega {version}, Vega-Lite and Vega-Embed {embed} (BSD-3-Clause) with parts of D3 (ISC) and others, "
    "bundled by vl-convert; the licences are in vega.LICENSE.md. */\n"
)
SCRIPT = "window.vegaEmbed = vegaEmbed;"
"""What the page takes. Vega-Embed interprets expressions of a chart, so that the page compiles no code."""

INK = "currentColor"
"""Of the page around a chart, so that it follows the page into the dark."""

TITLES = {"x": "x_title", "y": "y_title"}
"""Title of an axis here → the signal that the page sets."""

Y_LABELS = "y_labels"
"""Signal: the opacity of the numbers beside the vertical axis, 0 where it has no scale."""

SHARE = alt.Scale(domain=[0, 1], nice=False, zero=False)


def axis(title: str | None, **options: Any) -> alt.Axis:
    """An axis in the colour of the text around the chart."""
    return alt.Axis(
        title=title,
        labelColor=INK,
        titleColor=INK,
        domainColor=INK,
        tickColor=INK,
        gridColor=INK,
        gridOpacity=0.12,
        labelFontSize=12,
        titleFontSize=13,
        titleFontWeight="normal",
        titlePadding=8,
        **options,
    )


def frontier() -> alt.LayerChart:
    """Privacy and utility of each setting with both intervals, bounds, floors and the Pareto set."""
    settings, color = alt.NamedData("settings"), alt.Color("color:N", scale=None, legend=None)
    x = alt.X("x:Q", scale=SHARE, axis=axis("x", tickCount=6))
    y = alt.Y("y:Q", scale=SHARE, axis=axis("y", tickCount=6))
    bars = {"opacity": 0.45, "strokeWidth": 1.5, "aria": False}
    return alt.layer(
        alt.Chart(alt.NamedData("floor_x"), name="floor_x")
        .mark_rule(strokeDash=[5, 4], color=INK, opacity=0.55, aria=False)
        .encode(x=x),
        alt.Chart(alt.NamedData("floor_y"), name="floor_y")
        .mark_rule(strokeDash=[5, 4], color=INK, opacity=0.55, aria=False)
        .encode(y=y),
        alt.Chart(alt.NamedData("pareto"), name="pareto")
        .mark_line(color=INK, opacity=0.45, strokeWidth=1.5, aria=False)
        .encode(x=x, y=y, order="place:Q"),
        alt.Chart(alt.NamedData("bounds"), name="bounds")
        .mark_tick(orient="vertical", size=20, thickness=2.5, aria=False)
        .encode(x=x, y=y, color=color),
        alt.Chart(settings, name="x_interval")
        .mark_rule(**bars)
        .encode(x="x_low:Q", x2="x_high:Q", y=y, color=color),
        alt.Chart(settings, name="y_interval")
        .mark_rule(**bars)
        .encode(y="y_low:Q", y2="y_high:Q", x=x, color=color),
        alt.Chart(settings, name="points")
        .mark_point(size=110, strokeWidth=2, cursor="pointer")
        .encode(
            x=x,
            y=y,
            stroke=color,
            fill=alt.Fill("fill:N", scale=None, legend=None),
            shape=alt.Shape("shape:N", scale=None, legend=None),
            description="told:N",
            key="label:N",
        ),
        alt.Chart(alt.NamedData("names"), name="names")
        .mark_text(dy=-13, fontSize=11.5, color=INK, aria=False)
        .encode(x=x, y=y, text="label:N"),
    ).properties(width="container", height=HEIGHT)


def similarity() -> alt.Chart:
    """The similarities of pairs of one person and of two, each as a share of its own pairs."""
    colors = alt.Scale(domain=["one person", "two persons"], range=["#de8f05", "#0173b2"])
    return (
        alt.Chart(alt.NamedData("bins"), name="bins")
        .mark_area(interpolate="step-after", opacity=0.55, line=True, aria=False)
        .encode(
            x=alt.X("low:Q", scale=alt.Scale(nice=False, zero=False), axis=axis("x", tickCount=5)),
            y=alt.Y("share:Q", stack=None, axis=axis("y", tickCount=3, format="%")),
            color=alt.Color(
                "pairs:N",
                scale=colors,
                legend=alt.Legend(
                    title=None, orient="top", labelColor=INK, symbolType="square", labelFontSize=12
                ),
            ),
        )
        .properties(width="container", height=150)
    )


def compiled(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The Vega of a chart, whose titles of axes are signals."""
    chart = chart.configure_view(stroke=None).configure(background="transparent", font="inherit")
    vega = vl_convert.vegalite_to_vega(chart.to_json(validate=True))
    for one in vega["axes"]:
        if one.get("title") in TITLES:
            if one["title"] == "y":
                one["labelOpacity"] = {"signal": Y_LABELS}
            one["title"] = {"signal": TITLES[one["title"]]}
    set_by_page = [*({"name": name, "value": ""} for name in TITLES.values()), {"name": Y_LABELS, "value": 1}]
    vega["signals"] = [*vega.get("signals", ()), *set_by_page]
    return vega


def main() -> None:
    """Write the script of Vega and the charts."""
    bundle = vl_convert.javascript_bundle(SCRIPT)
    head = VEGA.format(version=vl_convert.get_vega_version(), embed=vl_convert.get_vega_embed_version())
    (OUT / "vega.js").write_text(head + bundle.strip() + "\n", encoding="utf-8")
    charts = {"frontier": compiled(frontier()), "similarity": compiled(similarity())}
    text = json.dumps(charts, indent=1, sort_keys=True, ensure_ascii=False)
    (OUT / "charts.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
