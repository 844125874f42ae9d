"""What is particular to tantivy: its watermark, panics, groups of equals, phrases."""

import json
import os

import pytest

from recordsvc.search.engines import tantivy_query
from recordsvc.search.engines.tantivy import TantivyIndex
from recordsvc.search.engines.tantivy_form import ORDERS, order_fields, order_numbers
from recordsvc.search.engines.tantivy_query import is_level
from recordsvc.search.index import IndexBusy, IndexDamaged
from recordsvc.search.plan import (
    All,
    AnyToken,
    Between,
    Equals,
    Some,
    Weighted,
    Without,
)
from recordsvc.search.query import parse
from tests.recordsvc.search.kills import check_after_kills, kill_writers
from tests.recordsvc.search.made import ANYONE, LANGUAGES, STAFF, document


@pytest.fixture
def index(tmp_path):
    opened = TantivyIndex(tmp_path / "index", LANGUAGES)
    yield opened
    opened.close()


def open_partition(index):
    return index._partition("open")


def test_order_numbers_rise_with_key_and_record_id_and_empty_keys_are_last():
    keys = ["1", "1999-01-01", "2020", "2020-01-01", "a", "ab", "b", "é", "\U0010ffff"]
    for sort in ORDERS:
        ordered = reversed(keys) if sort == "-date" else keys
        numbers = [
            order_numbers(sort, key, record_id)
            for key in (*ordered, "")
            for record_id in ("r1", "r2")
        ]
        assert numbers == sorted(numbers)
        assert len(set(numbers)) == len(numbers)
        assert len(order_fields(sort)) == len(numbers[0])
    assert order_numbers("title", "x" * 40, "r1") == order_numbers(
        "title", "x" * 41, "r2"
    )


def test_the_watermark_holds_before_and_after_the_commit_it_was_noted_for(index):
    index.apply([document("a", "water"), document("b", "x", access="x")], (), "one")
    partition = open_partition(index)
    # A writer that died after its note and before its commit.
    partition.note("two")
    index.close()
    assert index.stat().watermark == "one"
    index.apply([document("a", "wine"), document("b", "y", access="x")], (), "three")
    assert index.stat().watermark == "three"


def test_a_watermark_that_is_gone_or_of_another_commit_is_not_claimed(index):
    index.apply([document("a", "water")], (), "one")
    mark = open_partition(index).folder / "watermark.json"
    note = json.loads(mark.read_text())
    mark.write_text(json.dumps({**note, "base": 10**9}))
    index.close()
    assert index.stat().watermark is None
    mark.unlink()
    index.close()
    assert index.stat().watermark is None
    assert index.search(parse("water"), access=ANYONE).total == 1


def test_a_panic_is_damage(index):
    class PanicException(BaseException):
        """What pyo3 raises; it cannot be imported."""

    index.apply([document("a", "water")], (), "w")
    with pytest.raises(IndexDamaged, match="rebuild"), open_partition(index).guarded():
        raise PanicException("index out of bounds")
    with pytest.raises(KeyboardInterrupt), open_partition(index).guarded():
        raise KeyboardInterrupt


def test_a_foreign_tantivy_writer_makes_it_busy(index):
    index.apply([document("a", "water")], (), "w")
    partition = open_partition(index)
    foreign = partition.index.writer(15_000_000, 1)
    with pytest.raises(IndexBusy):
        index.apply([document("a", "wine")], (), "w")
    foreign.rollback()
    del foreign
    index.apply([document("a", "wine")], (), "w")
    assert index.search(parse("wine"), access=ANYONE).total == 1


def test_no_writer_is_left_open_for_a_fork_to_meet(index):
    index.apply([document("a", "water")], (), "w")
    child = os.fork()
    if child == 0:
        # An open writer's drop would panic here.
        index.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def walk(index, query, sort, limit):
    found, cursor = [], None
    while True:
        page = index.search(query, access=STAFF, sort=sort, limit=limit, cursor=cursor)
        found += [hit.record_id for hit in page.hits]
        cursor = page.next
        if cursor is None:
            return found, page.total


@pytest.mark.parametrize("sort", ["relevance", "date", "-date", "title", "number"])
@pytest.mark.parametrize("query", ["", "water", "type:bill"])
def test_large_groups_of_equals_are_paged_whole(index, sort, query):
    papers = [
        document(
            f"{n * 7919 % 1000:04}",
            "water",
            type="bill",
            title=f"Written question to the minister of the interior {n % 3}",
            date="2020-01-01" if n % 5 else "",
            access="open" if n % 2 else "internal",
        )
        for n in range(700)
    ]
    for start in range(0, 700, 100):
        index.apply(papers[start : start + 100], (), "w")
    found, total = walk(index, parse(query), sort, 90)
    assert total == 700
    assert sorted(found) == sorted(paper.record_id for paper in papers)
    whole = index.search(parse(query), access=STAFF, sort=sort, limit=700)
    assert [hit.record_id for hit in whole.hits] == found


def test_what_is_worth_the_same_for_all_is_known():
    word = AnyToken(tokens=(Weighted(column="body_exact", token="a"),))
    bill = Equals(column="type", value="bill")
    act = Equals(column="type", value="act")
    english = Equals(column="languages", value="en")
    french = Equals(column="languages", value="fr")
    dated = Between(column="date", low=None, high=None)
    assert is_level(bill)
    assert is_level(Some(parts=(bill, act)))
    assert is_level(All(parts=(bill, dated, Without(part=word))))
    assert not is_level(Some(parts=(english, french)))
    assert not is_level(Some(parts=(bill, dated)))
    assert not is_level(All(parts=(bill, word)))


def test_phrases_too_many_to_spell_out_are_found_by_neighbours(index, ids, monkeypatch):
    index.apply(
        [
            document("yes", "one water two law three tax four"),
            document("no", "tax law water"),
            document("far", "water " + "x " * 20 + "law " + "x " * 20 + "tax"),
        ],
        (),
        "w",
    )
    query = '"water law tax"~4'
    assert ids(index, query) == ["yes"]
    monkeypatch.setattr(tantivy_query, "_MOST_PHRASES", 8)
    assert ids(index, query) == ["yes"]
    monkeypatch.setattr(tantivy_query, "_MOST_PHRASES", 64)
    assert sorted(ids(index, '"water law tax"~40')) == ["far", "yes"]


def test_a_phrase_of_many_words_far_apart_answers(index, ids):
    words = [f"word{n}" for n in range(12)]
    index.apply([document("a", " and so ".join(words))], (), "w")
    assert ids(index, f'"{" ".join(words)}"~100') == ["a"]
    assert ids(index, f'"{" ".join(reversed(words))}"~100') == []


@pytest.mark.faults
def test_killed_writers_lose_nothing_they_told_of(tmp_path, request):
    folder = tmp_path / "index"
    last = kill_writers("tantivy", folder, request.config.rootpath, 6)
    index = TantivyIndex(folder, LANGUAGES)
    check_after_kills(index, last)
    index.close()
