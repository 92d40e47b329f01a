"""What is shown of a run."""

import logging

import pytest

from bauta.brief import Brief


@pytest.mark.parametrize(
    ("event", "level", "shown"),
    [
        ("job_info", logging.INFO, False),
        ("group_info", logging.INFO, False),
        ("job_info", logging.DEBUG, True),
        ("job_error", logging.INFO, True),
        ("group_error", logging.INFO, True),
        ("progress", logging.INFO, True),
        (None, logging.INFO, True),
    ],
)
def test_errors_are_shown_and_blocks_of_jobs_are_not(event, level, shown):
    logger = logging.getLogger("test_brief")
    logger.setLevel(level)
    record = logger.makeRecord(
        "test_brief", logging.INFO, "file", 1, "text", (), None, extra={"event": event}
    )
    assert Brief().filter(record) == shown
