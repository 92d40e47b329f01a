"""`bauta compare`: what it writes where, what it says, and one line for every mistake."""

import pytest
from compared_runs import two_runs

from bauta.cli.main import main


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    two_runs()
    return tmp_path / "results"


def test_two_runs_become_a_page_and_a_table(results, capsys):
    main(["compare", "results/a", "results/b/metrics.json"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A a, B b; differences are B − A"
    assert (
        lines[-1] == "results/compare-a-b/compare.html and results/compare-a-b/compare.csv hold all of them"
    )
    assert len(lines) <= 20
    assert any("privacy" in line and "paired" in line for line in lines)
    out = results / "compare-a-b"
    assert (out / "compare.html").read_text().startswith("<!doctype html>\n<!-- Written by `bauta compare`")
    assert (out / "compare.html").stat().st_mode & 0o077 == 0
    main(["compare", "results/a", "results/b"])
    main(["compare", "results/b", "results/a", "--out", "elsewhere"])
    assert (results.parent / "elsewhere/compare.csv").is_file()


def test_mistakes_are_one_line(results):
    with pytest.raises(SystemExit, match=r"error: A and B are both .*: name two runs"):
        main(["compare", "results/a", "results/a/metrics.json"])
    with pytest.raises(SystemExit, match="error: B: expected the results of a finished run"):
        main(["compare", "results/a", "results/none"])
    with pytest.raises(SystemExit, match=r"error: --out: .* is one of the two runs"):
        main(["compare", "results/a", "results/b", "--out", "results/b"])
    with pytest.raises(SystemExit, match="error: --out: results holds something else"):
        main(["compare", "results/a", "results/b", "--out", "results"])
