from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.search.engines.paging import (
    Place,
    decode_cursor,
    encode_cursor,
    in_order,
    is_after,
)
from recordsvc.search.engines.suggest import did_you_mean, nearest
from recordsvc.search.index import SORTS
from recordsvc.search.query import parse
from tests.recordsvc.search.made import LANGUAGES


class Words:
    def __init__(self, **counts):
        self.counts = Counter(counts)

    def frequency(self, word):
        return self.counts[word]

    def words(self, prefix):
        return (w for w in self.counts if w.startswith(prefix))


KNOWN = Words(
    water=5, waiter=1, government=9, committee=4, law=3, tax=7, hidden=0, água=2
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("watr", "water"),
        ("wtaer", "water"),
        ("atwer", None),
        ("awter", "water"),
        ("goverment", "government"),
        ("comitee", "committee"),
        ("lwa", "law"),
        ("txa", "tax"),
        ("taxs", None),
        ("hiden", None),
        ("water", None),
        ("waters", None),
        ("gvrnmnt", None),
        ("xy", None),
        ("2019", None),
        ("w4ter", None),
        ("anti-watr", None),
    ],
)
def test_the_nearest_known_word_is_offered(word, expected):
    assert nearest(word, KNOWN, LANGUAGES) == expected


def test_only_the_unknown_word_of_a_query_changes():
    def mended(text):
        return did_you_mean(parse(text), KNOWN, LANGUAGES)

    assert mended("goverment tax date:2019..") == "government tax date:2019.."
    assert mended("title:goverment OR watr") == "title:government OR water"
    assert mended("NOT watr") is None
    assert mended("tax") is None
    assert mended("") is None


places = st.builds(
    Place,
    record_id=st.uuids().map(str),
    score=st.floats(0, 10, width=32),
    key=st.sampled_from(["", "a", "b", "ü", "2019-01-01"]),
)


@given(st.lists(places, max_size=20), st.sampled_from(SORTS), st.integers(0, 20))
def test_what_is_after_a_place_is_what_follows_it_in_the_order(found, sort, at):
    ranked = in_order(found, sort)
    if not ranked:
        return
    last = ranked[at % len(ranked)]
    after = [p for p in ranked if is_after(p, last, sort)]
    assert after == ranked[at % len(ranked) + 1 :]


@given(places, st.sampled_from(SORTS))
def test_a_cursor_brings_its_place_back(place, sort):
    query = parse("water")
    back = decode_cursor(encode_cursor(query, sort, place), query, sort)
    assert back.record_id == place.record_id
    assert not is_after(place, back, sort)
    assert not is_after(back, place, sort)
