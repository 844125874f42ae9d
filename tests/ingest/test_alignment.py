"""Common runs: in order, true, as many as matter, in bounded time."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.alignment import common_runs

FEW = st.lists(st.sampled_from("abcd"), max_size=40)
MANY = st.lists(st.integers(0, 60), max_size=60)


@given(st.one_of(st.tuples(FEW, FEW), st.tuples(MANY, MANY)))
def test_runs_are_equal_and_in_order_and_never_touch(pair):
    left, right = pair
    index = place = 0
    for begin, start, size in common_runs(left, right):
        assert size > 0
        assert left[begin : begin + size] == right[start : start + size]
        assert begin >= index
        assert start >= place
        assert not index or (begin, start) != (index, place)
        index, place = begin + size, start + size


@given(MANY)
def test_a_sequence_is_all_common_with_itself(sequence):
    runs = common_runs(sequence, list(sequence))
    assert runs == ([(0, 0, len(sequence))] if sequence else [])


@given(MANY, st.data())
def test_what_was_inserted_alone_is_left_out(sequence, data):
    place = data.draw(st.integers(0, len(sequence)))
    longer = [*sequence[:place], "new", *sequence[place:]]
    assert sum(size for *_, size in common_runs(sequence, longer)) == len(sequence)


@pytest.mark.parametrize("kinds", [2, 50, 2_000, 1_000_000])
def test_long_sequences_take_bounded_time(kinds):
    rnd = random.Random(kinds)
    left = [rnd.randrange(kinds) for _ in range(40_000)]
    right = [rnd.randrange(kinds) for _ in range(40_000)]
    started = time.process_time()
    common_runs(left, right)
    assert time.process_time() - started < 4


def test_anchors_that_cross_many_times_take_bounded_time():
    left = list(range(20_000))
    right = left[::-1]
    started = time.process_time()
    assert len(common_runs(left, right)) >= 1
    nested = [n // 2 if n % 2 else -n for n in range(40_000)]
    common_runs(nested, nested[1:] + nested[:1])
    assert time.process_time() - started < 4
