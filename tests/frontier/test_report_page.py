"""The page in a real Chromium: what it shows equals `metrics.json`, and everything on it works."""

import io
import json
import math
from unicodedata import normalize

import numpy as np
import pytest
from chromium import browser, needs_chromium, page_of
from frontier_samples import CONFIG, expression, run_measurements, share, with_suites
from PIL import Image
from pypdf import PdfReader

from bauta.config.frontier import Floors
from bauta.frontier.advice import advise
from bauta.frontier.assemble import assemble
from bauta.frontier.page.choices import privacy_choices, utility_choices
from bauta.frontier.page.validity import ON_SCORED
from bauta.frontier.page.write import COLUMNS, write_report
from bauta.frontier.rows import COLUMNS as EVERY

pytestmark = [needs_chromium, pytest.mark.slow]

EVIL = "<script>window.hacked=1</script>"
BREAKING = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'
MODELS = ("dlib_resnet", "arcface_r50")
TEACHERS = ("resnet18", "vgg_fer2013")


def measurements():
    """Two recognizers, two teachers that do not agree, suites, and names that would be scripts."""
    found = with_suites(run_measurements(models=MODELS))
    found = list({(m.kind, m.backend, m.setting, m.model): m for m in found}.values())
    for index, one in enumerate(found):
        if one.kind == "suite":
            pooled = share(min(1.0, 1.05 * one.values["worst_top1"].value))
            found[index] = one.model_copy(update={"values": {**one.values, "worst_top1_pooled": pooled}})
    for one in [one for one in found if one.kind == "expression"]:
        utility = one.values["utility"].value * (1 if one.backend == "identity" else 0.9)
        found.append(expression(one.dataset, one.backend, one.setting, utility, model=TEACHERS[1]))
    evil = [one for one in found if (one.backend, one.setting) == ("ksame", "k=10")]
    return [one for one in found if one not in evil] + [
        one.model_copy(update={"backend": EVIL, "setting": BREAKING, "notes": [EVIL]}) for one in evil
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The frontier, the page and `metrics.json`."""
    folder = tmp_path_factory.mktemp("page")
    config = {**CONFIG, "run": EVIL, "recognizers": list(MODELS), "teachers": list(TEACHERS)}
    found = measurements()
    frontier = assemble(found, config, {"config": config, "note": BREAKING})
    plots = [folder / f"synthfaces-{kind}.png" for kind in ("frontier", "attackers")]
    for plot in plots:
        Image.new("RGB", (600, 200), "white").save(plot)
    write_report(frontier, plots, folder / "report.html", found)
    frontier.write(folder / "metrics.json")
    return frontier, folder / "report.html", json.loads((folder / "metrics.json").read_text())


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


@pytest.fixture
def page(made, chromium):
    with page_of(made[1], chromium, viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def label_of(row):
    return row["backend"] if row["setting"] == "default" else f"{row['backend']} {row['setting']}"


def points(page):
    """Label and place of each point in the chart."""
    return page.evaluate(
        "[...document.querySelectorAll('.points_marks path')].map((mark) => mark.__data__.datum)"
        ".map(({label, x, y}) => [label, x, y])"
    )


def set_slider(page, axis, number):
    page.locator(f"#explorer-0-floor-{axis}").evaluate(
        "(range, number) => { range.value = number; range.dispatchEvent(new Event('input')); }", number
    )


def advice_of(page):
    return page.locator(".advice.live").inner_text()


def test_it_loads_itself_and_nothing_else_and_complains_about_nothing(page, made):
    assert page.watch.requests == [made[1].as_uri()]
    assert page.watch.messages == []
    assert page.locator("#trouble").is_hidden()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".label", has_text=BREAKING).count() == 1


def test_every_number_of_the_table_is_that_of_metrics_json(page, made):
    rows = page.evaluate(
        "[...document.querySelectorAll('table.settings tbody tr')].map((row) => [...row.cells].map("
        "(cell) => [cell.dataset.value ?? null, cell.firstChild?.textContent ?? '']))"
    )
    expected = made[2]["datasets"][0]["rows"]
    assert len(rows) == len(expected)
    seen = 0
    for cells, row in zip(rows, expected, strict=True):
        assert cells[0][1] == label_of(row)
        for (number, text), column in zip(cells[1:-1], COLUMNS, strict=True):
            value = row["values"][column]
            if number is None:
                assert value["value"] is None or column.startswith("bound")
                continue
            assert float(number) == value["value"]
            digits = 1 if column == "psnr" else 3
            assert text == f"{value['value']:.{digits}f}"
            seen += 1
    assert seen > 150


def test_every_number_of_a_setting_is_that_of_metrics_json(page, made):
    data = page.evaluate("bauta.data")
    for shown, row in zip(data["datasets"][0]["rows"], made[2]["datasets"][0]["rows"], strict=True):
        pairs = list(zip(shown["values"], (row["values"][column] for column in EVERY), strict=True))
        for part, whole in (("recognizers", "by_recognizer"), ("teachers", "by_teacher")):
            assert shown[part].keys() == row[whole].keys()
            for who, own in row[whole].items():
                pairs += [(shown[part][who][name], own[name]) for name in own]
        assert len(pairs) > 150
        for packed, value in pairs:
            if value["value"] is None:
                assert data["reasons"][packed] == value["reason"]
                continue
            for number, name in zip([*packed, None, None, None], ("value", "low", "high", "n"), strict=False):
                assert (number is None) == (value[name] is None)
                assert number is None or number == pytest.approx(value[name], rel=1e-5, abs=1e-12)


def test_pointing_at_a_setting_tells_both_intervals_and_the_worst_attack(page):
    page.evaluate("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    label = "ksame_select k=5"
    mark = page.evaluate_handle(
        "(label) => [...document.querySelectorAll('.points_marks path')].find("
        "(mark) => mark.__data__.datum.label === label)",
        label,
    )
    mark.as_element().hover()
    told = page.locator(".tip").inner_text()
    assert label in told
    assert "0.84 [0.79, 0.90]" in told
    assert "utility" in told
    assert "/dlib_resnet" in told
    assert label in mark.evaluate("(mark) => mark.getAttribute('aria-label')")
    page.mouse.move(5, 5)
    assert page.locator(".tip").is_hidden()


def test_a_click_opens_everything_about_a_setting_and_escape_closes_it(page, made):
    page.evaluate("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    at = page.evaluate(
        "(() => { const {x, y, width, height} = [...document.querySelectorAll('.points_marks path')].find("
        "(mark) => mark.__data__.datum.label === 'ksame_select k=5').getBoundingClientRect();"
        "return [x + width / 2, y + height / 2]; })()"
    )
    page.mouse.click(*at)
    dialog = page.locator("dialog[open]")
    text = dialog.inner_text()
    assert "ksame_select k=5 on synthfaces" in text
    for part in ("Every attack of the suite (3)", "Recognizers", "Similarity of pairs", "Expressions before"):
        assert part in text
    assert dialog.locator("h4", has_text="arcface_r50").count() == 2
    page.wait_for_function("document.querySelectorAll('dialog .chart.small svg').length === 8")
    assert dialog.locator(".matrix").count() == 4
    shown = dialog.locator("b[data-column=privacy]").get_attribute("data-value")
    row = next(row for row in made[0].datasets[0].rows if row.label == "ksame_select k=5")
    assert float(shown) == pytest.approx(row.values["privacy"].value, rel=1e-5)
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.watch.messages == []


def test_attacks_that_were_chosen_on_scored_people_are_said_to_be(page):
    told = "(note) => howChosen({ notes: [note] })"
    assert "on the people who are scored" in page.evaluate(told, f"{ON_SCORED}: choosing on others needs 8")
    assert "before their score was known" in page.evaluate(told, "anything else")


def test_the_keyboard_reaches_every_point_and_comes_back(page):
    page.locator(".points_marks path[tabindex='0']").focus()
    first = page.evaluate("document.activeElement.__data__.datum.label")
    assert page.locator(".tip").is_visible()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.__data__.datum.label")
    assert label != first
    page.keyboard.press("Enter")
    assert label in page.locator("dialog[open] h2").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.__data__?.datum.label") == label
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_the_table_sorts_by_a_column_and_opens_a_setting(page):
    head = page.locator("table.settings th", has_text="privacy").first
    head.locator("button").click()
    numbers = (
        "[...document.querySelectorAll('table.settings tbody tr')].map((row) => row.cells[1].dataset.value)"
    )
    rising = [float(number) for number in page.evaluate(numbers)]
    assert rising == sorted(rising)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert [float(number) for number in page.evaluate(numbers)] == rising[::-1]
    page.locator("button.label", has_text="blur kernel=51").press("Enter")
    assert "blur kernel=51" in page.locator("dialog[open] h2").inner_text()


def test_filters_reach_the_chart_the_table_and_the_advice(page, made):
    before = len(points(page))
    page.locator(".tick", has_text="ksame_select").locator("input").uncheck()
    assert len(points(page)) == before - 1
    assert page.locator("table.settings tbody tr[hidden]").count() == 1
    rows = [row for row in made[0].datasets[0].rows if row.backend != "ksame_select"]
    assert advise(rows, Floors()).sentence in advice_of(page)
    page.get_by_role("button", name="as in the run").click()
    assert len(points(page)) == before
    assert advice_of(page) == f"synthfaces: {made[0].datasets[0].advice.sentence}."


def test_the_advice_is_that_of_the_library_for_any_floors_and_axes(page, made):
    found, frontier = made[0].datasets[0], made[0]
    xs = privacy_choices(found, frontier.privacy_axis)
    ys = utility_choices(found, frontier.utility_axis)
    assert {choice.who for choice in xs} == {None, *MODELS}
    assert {choice.who for choice in ys} == {None, *TEACHERS}
    assert {"run", "worst_top1_pooled", "worst_eer"} <= {choice.measure for choice in xs}
    numbers = [None, 0.05, 0.29, 0.5, 0.57, 0.78, 0.84, 0.95]
    asked = [
        (x, y, first, second)
        for x in range(len(xs))
        for y in range(len(ys))
        for first in numbers[:: 1 if (x, y) == (0, 0) else 3]
        for second in numbers[:: 1 if (x, y) == (0, 0) else 3]
    ]
    got = page.evaluate(
        """(asked) => asked.map(([x, y, privacy, utility]) => {
          const explorer = bauta.explorers[0], { axes } = explorer.found;
          explorer.chosen = { privacy: axes.privacy[x], utility: axes.utility[y] };
          return bauta.advise(explorer.points(), { privacy, utility }, null).sentence;
        })""",
        [list(one) for one in asked],
    )
    for (x, y, first, second), sentence in zip(asked, got, strict=True):
        axes = zip(found.rows, xs[x].values, ys[y].values, strict=True)
        rows = [
            row.model_copy(update={"values": {**row.values, "privacy": privacy, "utility": utility}})
            for row, privacy, utility in axes
        ]
        assert sentence == advise(rows, Floors(privacy=first, utility=second)).sentence


def test_sliders_move_the_floors(page, made):
    set_slider(page, "privacy", 0.9)
    assert advise(made[0].datasets[0].rows, Floors(privacy=0.9)).sentence in advice_of(page)
    set_slider(page, "privacy", 0)
    set_slider(page, "utility", 0.6)
    expected = advise(made[0].datasets[0].rows, Floors(privacy=None, utility=0.6)).sentence
    assert expected in advice_of(page)
    assert page.locator("#explorer-0-floor-privacy").get_attribute("aria-valuetext") == "none"


def test_axes_are_switched_to_pooled_and_to_one_teacher_and_recognizer(page, made):
    found = made[0].datasets[0]
    page.locator("#explorer-0-privacy-measure").select_option("worst_top1_pooled")
    page.locator("#explorer-0-utility-who").select_option(TEACHERS[1])
    pooled = next(c for c in privacy_choices(found, "worst_top1") if c.measure == "worst_top1_pooled")
    read = next(c for c in utility_choices(found, made[0].utility_axis) if c.who == TEACHERS[1])
    place = {row.label: index for index, row in enumerate(found.rows)}
    shown = points(page)
    assert len(shown) == len([value for value in pooled.values if value.value is not None])
    for label, x, y in shown:
        assert math.isclose(x, pooled.values[place[label]].value)
        assert math.isclose(y, read.values[place[label]].value)
    assert "all pictures of a person" in page.locator(".chart svg").inner_html()
    page.locator("#explorer-0-privacy-who").select_option(MODELS[1])
    assert page.locator("#explorer-0-privacy-measure").input_value() != "worst_top1_pooled"
    assert MODELS[1] in page.locator(".chart svg").inner_html()


def test_a_teacher_that_had_a_part_in_settings_is_marked_on_the_axis_and_in_the_sentence(page):
    """In all settings that are shown, whatever the measure."""
    page.evaluate(
        "(who) => bauta.explorers[0].found.axes.utility.filter((one) => one.who === who)"
        ".forEach((one) => { one.told = one.values.map(() => 'was in a loss'); })",
        TEACHERS[1],
    )
    assert "had a part" not in advice_of(page)
    page.locator("#explorer-0-utility-who").select_option(TEACHERS[1])
    said = f"had a part in {len(points(page))} of these settings"
    assert f"{TEACHERS[1]} {said}, and is no judge of those." in advice_of(page)
    assert said in page.locator(".chart svg").inner_html()
    page.locator("#explorer-0-utility-who").select_option("")
    assert "had a part" not in advice_of(page)
    assert "had a part" not in page.locator(".chart svg").inner_html()


def test_numbers_round_as_in_the_text_that_python_writes(page):
    """Ties above all, which JavaScript alone rounds away from zero."""
    ties = [sign * odd / 2**power for power in range(1, 12) for odd in (1, 3, 5, 7, 13) for sign in (1, -1)]
    numbers = [*ties, *np.random.default_rng(0).normal(0, 1, 200).tolist(), -0.0, 0.0, 9.995, 1e-5, 2.5e-7]
    for digits in (1, 2, 3):
        shown = page.evaluate(
            "([numbers, digits]) => numbers.map((one) => fixed(one, digits))", [numbers, digits]
        )
        assert shown == [f"{number:.{digits}f}" for number in numbers]
        below = [number for number in numbers if abs(number) < 10**digits]
        shown = page.evaluate(
            "([numbers, digits]) => numbers.map((one) => short(one, digits))", [below, digits]
        )
        assert [float(one) for one in shown] == [float(f"{number:.{digits}g}") for number in below]


def test_the_pareto_set_of_the_script_is_that_of_the_run(page, made):
    labels = page.evaluate("paretoSet(bauta.explorers[0].points()).map((point) => point.label)")
    assert labels == [row.label for row in made[0].datasets[0].pareto]


def test_the_theme_follows_the_system_and_the_toggle(made, chromium):
    color = "getComputedStyle(document.body).backgroundColor"
    with page_of(made[1], chromium, color_scheme="dark") as page:
        dark = page.evaluate(color)
        assert dark != "rgb(255, 255, 255)"
        button = page.locator("#theme")
        button.click()
        assert button.inner_text() == "Theme: dark"
        button.click()
        assert page.evaluate(color) == "rgb(255, 255, 255)"
    with page_of(made[1], chromium, color_scheme="light") as page:
        assert page.evaluate(color) == "rgb(255, 255, 255)"
        page.locator("#theme").click()
        assert page.evaluate(color) == dark


def test_nothing_is_wider_than_a_small_screen(made, chromium):
    with page_of(made[1], chromium, viewport={"width": 400, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.locator(".chart svg").evaluate("(svg) => svg.getBoundingClientRect().width") <= 400
        assert page.locator("table.settings tbody tr td[data-label=PSNR]").first.is_visible()


def test_a_print_on_a4_has_every_column_and_every_row(page, made):
    page.locator(".tick", has_text="blur").locator("input").uncheck()
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert 3 <= len(pages) <= 16
    placed = []
    for sheet in pages:
        width = float(sheet.mediabox.width)
        assert sorted((round(width), round(float(sheet.mediabox.height)))) in ([595, 842], [594, 842])

        def keep(text, page, line, *_, width=width):
            if text.strip():
                placed.append((text.strip(), line[4] * page[0] + line[5] * page[2] + page[4], width))

        sheet.extract_text(visitor_text=keep)
    # A PDF writes "fi" as one letter.
    text = normalize("NFKC", "".join(part for part, _, _ in placed)).replace(" ", "")
    for title in ("setting", *COLUMNS.values(), "note"):
        assert title.replace(" ", "") in text
    wide = [sheet.extract_text() for sheet in pages if sheet.mediabox.width > sheet.mediabox.height]
    assert len(wide) > 1
    assert all("PSNR" in sheet for sheet in wide)
    for row in made[0].datasets[0].rows:
        if row.backend != EVIL:
            assert row.label.replace(" ", "") in text
    assert "Versions,config,hashes" in text
    assert '"bootstrap"' in text  # what was folded on the screen
    assert all(0 <= left <= width for _, left, width in placed)


def test_a_print_has_the_picture_of_the_run_unless_a_reader_chose_otherwise_and_notes_below(page, made):
    row = next(row for row in made[0].datasets[0].rows if row.backend == "blur")
    page.emulate_media(media="print")
    chart, picture = page.locator(".canvas").first, page.locator(".still").first
    assert picture.is_visible()
    assert not chart.is_visible()
    assert not page.locator("td.note").first.is_visible()
    assert page.locator(".notes dt", has_text=row.label).count() == (1 if row.notes else 0)
    page.emulate_media(media="screen")
    assert not page.locator(".notes").first.is_visible()
    page.locator(".tick", has_text="blur").locator("input").uncheck()
    page.emulate_media(media="print")
    assert chart.is_visible()
    assert not picture.is_visible()


def test_a_dataset_without_privacy_keeps_the_picture_of_its_utility(made, chromium, tmp_path):
    """An empty chart would tell less."""
    expressions = [one for one in run_measurements() if one.kind == "expression"]
    frontier = assemble(expressions, CONFIG, {})
    assert all(row.values["privacy"].value is None for row in frontier.datasets[0].rows)
    plot = made[1].parent / "synthfaces-frontier.png"
    write_report(frontier, [plot], tmp_path / "report.html", expressions)
    with page_of(tmp_path / "report.html", chromium) as page:
        assert page.locator(".still").is_visible()
        assert not page.locator(".explorer").is_visible()
        page.locator("table.settings button.label").first.click()
        assert page.locator("dialog[open]").is_visible()
        assert page.watch.messages == []


def test_without_scripts_the_words_the_table_and_the_pictures_are_there(made, chromium):
    with page_of(made[1], chromium, ready=False, java_script_enabled=False) as page:
        assert made[0].datasets[0].advice.sentence in page.locator(".answer").inner_text()
        assert page.locator("figure.still img").is_visible()
        assert page.locator("table.settings tbody tr").count() == len(made[0].datasets[0].rows)
        assert page.locator("#theme").is_hidden()
        assert page.locator(".explorer").is_hidden()
        assert "Scripts are off" in page.locator("noscript").inner_text()
