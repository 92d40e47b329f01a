import threading

import pytest

from bauta.store.ahead import one_ahead

PATIENCE = 60.0
"""Seconds after which a thread is taken for stuck."""


def test_the_items_come_in_order_whatever_they_are():
    assert list(one_ahead([])) == []
    assert list(one_ahead([None, 0, [], "x"])) == [None, 0, [], "x"]


def test_the_next_item_is_computed_while_one_is_used_and_no_more():
    begun = [threading.Event() for _ in range(4)]

    def items():
        for number, event in enumerate(begun):
            event.set()
            yield number

    for number in one_ahead(items()):
        if number + 1 < len(begun):
            assert begun[number + 1].wait(PATIENCE)
        assert not any(event.is_set() for event in begun[number + 2 :])


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("damaged")

    seen = []
    with pytest.raises(ValueError, match="damaged"):
        seen.extend(one_ahead(items()))
    found = one_ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(found)


def test_no_thread_outlives_a_loop_that_is_left():
    before = threading.active_count()
    items = one_ahead(iter(range(10)))
    assert next(items) == 0
    items.close()
    assert threading.active_count() == before
