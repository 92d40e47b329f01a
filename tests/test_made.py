import pytest

from bauta.made import marking


@pytest.fixture
def marks(tmp_path):
    return tmp_path / ".made" / "frontier"


def test_there_is_one_mark_at_a_time(marks):
    for digest in ("a", "b"):
        with marking(marks / digest):
            assert not list(marks.iterdir())
        assert [path.name for path in marks.iterdir()] == [digest]


def test_what_fails_has_no_mark_and_neither_has_what_was_there_before(marks):
    with marking(marks / "a"):
        pass
    with pytest.raises(ValueError, match="full"), marking(marks / "b"):
        raise ValueError("full")
    assert not list(marks.iterdir())


def test_marks_of_other_results_stay(marks):
    with marking(marks / "one" / "a"):
        pass
    with marking(marks / "b"), marking(marks / "two" / "b"):
        pass
    assert (marks / "one" / "a").is_file()
