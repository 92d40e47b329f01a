"""`frontier.tex` and `frontier.md`, read back cell by cell."""

import re

from frontier_samples import CONFIG, run_measurements, with_suites
from hypothesis import example, given
from hypothesis import strategies as st

from bauta.frontier.assemble import assemble
from bauta.frontier.paper_table import DASH, HEADINGS, LATEX, escape_latex, escape_markdown, latex, markdown
from bauta.measurement import Value

SPECIAL = set(r"\{}$&#^_~%")
TOKEN = re.compile(r"\\[A-Za-z]+\{\}|\\[^A-Za-z]|\$[^$]*\$|---?|''|.", re.DOTALL)
PRINTED = {code: letter for letter, code in LATEX.items() if letter != "’"}
TEXTS = st.text(st.one_of(st.sampled_from(r"\{}$&#^_~%|`'\"*-–κ[]<>!+()"), st.characters(codec="utf-8")))


def prints(code):
    """What LaTeX prints for escaped text; fails on a special character that is not escaped."""
    found = ""
    for token in TOKEN.findall(code.replace("-{}-", "-\0-").replace("-{}-", "-\0-")):
        assert token not in SPECIAL, (token, code)
        found += PRINTED.get(token, token)
    return found.replace("\0", "")


def lines_of(text):
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


@given(TEXTS)
@example('-- --- k=2,λ_0.5 50% {a}\\\\ `x\' "y" #1 & $z$ ~^')
def test_latex_prints_a_text_as_it_is(text):
    code = escape_latex(text)
    assert "\n" not in code
    assert prints(code) == lines_of(text).replace("’", "'")


@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["a|b", "\\|", "*x* <b> _y_ [z](w)"])
def test_markdown_keeps_a_text_in_its_cell(texts):
    row = "|".join(f" {escape_markdown(text)} " for text in texts)
    cells = re.findall(r"(?:\\.|[^|\\])+", row)
    assert [re.sub(r"\\(.)", r"\1", cell[1:-1]) for cell in cells] == [lines_of(text) for text in texts]
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`<\[]", row)


def frontier(**changes):
    """A result whose third row is changed."""
    (found,) = (made := assemble(with_suites(run_measurements()), CONFIG, {})).datasets
    rows = list(found.rows)
    values = changes.pop("values", {})
    rows[2] = rows[2].model_copy(update={**changes, "values": {**rows[2].values, **values}})
    return made.model_copy(update={"datasets": (found.model_copy(update={"rows": tuple(rows)}),)})


def latex_rows(text):
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0]
    return [line.removesuffix(r" \\").split(" & ") for line in body.strip().splitlines()]


def markdown_rows(text):
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows][2:]


def test_both_tables_show_each_setting_with_its_intervals():
    found = frontier(values={"utility": Value(value=-0.25, low=-0.5, high=0.125, n=9)})
    settings = found.datasets[0].rows
    tex, md = latex_rows(latex(found)), markdown_rows(markdown(found))
    assert [row[:3] for row in tex][-1] == ["synthfaces", r"ksame\_select", "k=5"]
    assert [len(row) for row in tex] == [len(row) for row in md] == [3 + len(HEADINGS)] * len(settings)
    assert tex[2][7] == "$-$0.25 [$-$0.50, 0.12]"
    assert md[2][7] == r"−0.25 \[−0.50, 0.12\]"
    shown = [row.values["privacy"] for row in settings]
    assert [row[3] for row in tex] == [f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]" for one in shown]


def test_a_missing_value_is_a_dash_with_its_reason_once_below():
    why = {"reason": "50 % of A&B_c | no people"}
    found = frontier(values={name: Value(value=None, **why) for name in ("utility", "coverage")})
    tex, md = latex(found), markdown(found)
    assert latex_rows(tex)[2][7:] == [r"--\textsuperscript{b}"] * 2
    assert markdown_rows(md)[2][7:] == [f"{DASH}<sup>b</sup>"] * 2
    assert tex.count(r"50 \% of A\&B\_c \textbar{} no people") == 1
    assert md.count(r"<sup>b</sup> 50 % of A\&B\_c \| no people") == 1


def test_rows_that_are_infeasible_or_not_valid_say_so():
    unfit = frontier(infeasible="needs two people", values=dict.fromkeys(HEADINGS, Value.missing("x")))
    assert latex_rows(latex(unfit))[2][3:] == [r"--\textsuperscript{b}"] * len(HEADINGS)
    assert r"\textsuperscript{b} needs two people" in latex(unfit)
    assert "Not valid" not in latex(unfit)
    weak = frontier(valid=False)
    assert latex_rows(latex(weak))[2][1] == r"prototype\textsuperscript{*}"
    assert r"prototype<sup>\*</sup>" in markdown(weak)
    assert r"\* Not valid" in markdown(weak)


def test_a_failed_control_is_told_above_the_table():
    broken = [one for one in with_suites(run_measurements()) if one.backend in ("identity", "original")]
    found = assemble(broken, CONFIG, {})
    assert latex(found).index("CONTROLS FAILED") < latex(found).index("tabular")
    assert markdown(found).startswith("**CONTROLS FAILED")


def test_braces_and_environments_of_the_table_are_closed():
    tex = latex(frontier())
    bare = re.sub(r"\\[\\{}%&_#$]", "", "".join(line for line in tex.splitlines(True) if line[0] != "%"))
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\(begin|end){tabular}", tex) == ["begin", "end"]
    assert all(rule in tex for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
