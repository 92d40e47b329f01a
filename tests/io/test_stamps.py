import pytest

from bauta.io.seal import SealError
from bauta.io.stamps import check_results, check_stamp, stamping


@pytest.fixture
def stamps(tmp_path):
    return tmp_path / ".made" / "frontier"


def test_there_is_one_stamp_at_a_time(stamps):
    for digest in ("a", "b"):
        with stamping(stamps / digest):
            assert not list(stamps.iterdir())
        assert [path.name for path in stamps.iterdir()] == [digest]


def test_what_fails_has_no_stamp_and_neither_has_what_was_there_before(stamps):
    with stamping(stamps / "a"):
        pass
    with pytest.raises(ValueError, match="full"), stamping(stamps / "b"):
        raise ValueError("full")
    assert not list(stamps.iterdir())


def test_stamps_of_other_results_stay(stamps):
    with stamping(stamps / "one" / "a"):
        pass
    with stamping(stamps / "b"), stamping(stamps / "two" / "b"):
        pass
    assert (stamps / "one" / "a").is_file()


def test_a_result_that_changed_since_it_was_made_is_refused(stamps, tmp_path):
    """A picture that was changed after it was drawn is never embedded."""
    picture, other = tmp_path / "a.png", tmp_path / "b.png"
    for path in (picture, other):
        path.write_bytes(b"a picture")
    with stamping(stamps / "a", [picture]):
        pass
    check_stamp(stamps / "a")
    check_results(tmp_path, [picture])
    with pytest.raises(SealError, match=r"b\.png has no stamp"):
        check_results(tmp_path, [picture, other])
    picture.write_bytes(b"another picture")
    for check in (lambda: check_stamp(stamps / "a"), lambda: check_results(tmp_path, [picture])):
        with pytest.raises(SealError, match=r"a\.png is not what was made .expected .*: delete it and run"):
            check()
