"""What is particular to Whoosh: caches, merges, and commits that survive a kill."""

import contextlib

import pytest

from recordsvc.search.engines.whoosh import WhooshIndex
from recordsvc.search.engines.whoosh_cache import BoundedCache
from recordsvc.search.engines.whoosh_form import Places
from recordsvc.search.engines.whoosh_partition import WhooshPartition
from recordsvc.search.index import IndexDamaged
from recordsvc.search.query import parse
from tests.recordsvc.search.kills import check_after_kills, kill_writers
from tests.recordsvc.search.made import ANYONE, LANGUAGES, STAFF, document


@pytest.fixture
def index(tmp_path):
    opened = WhooshIndex(tmp_path / "index", LANGUAGES)
    yield opened
    opened.close()


def open_partition(index) -> WhooshPartition:
    return index._partition("open")


def segments(index):
    return open_partition(index).view().answers.snapshot.parts


def test_a_cache_stays_within_its_bound_and_keeps_what_was_used_last():
    made = []

    def make(text):
        def build():
            made.append(text)
            return text

        return build

    cache = BoundedCache(10, len)
    for text in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb"):
        assert cache.get(text, make(text)) == text
        assert cache.held <= 10
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    assert cache.get("too long", make("x" * 11)) == "x" * 11
    assert len(cache) == 2


def test_places_of_long_papers_come_back():
    encoding = Places()
    for places in ([0], [3, 70_000], [1, 2, 65_535], [65_536]):
        packed = encoding.encode(places)
        assert encoding.decode_positions(packed).tolist() == places
        assert encoding.decode_frequency(packed) == len(places)


def test_phrases_are_found_far_into_a_long_paper(index, ids):
    index.apply([document("long", "word " * 70_000 + "drinking water")], (), "w")
    assert ids(index, '"drinking water"') == ["long"]
    assert ids(index, '"water drinking"') == []


def test_small_commits_do_not_pile_up_segments(index):
    for n in range(70):
        index.apply([document(f"p{n}", f"water n{n}")], (), "w")
    assert len(segments(index)) < 16
    assert index.search(parse("water"), access=ANYONE).total == 70
    names = list(open_partition(index).folder.iterdir())
    assert len(names) < 16 * 12


def test_a_merge_drops_what_was_deleted(index, ids):
    for n in range(40):
        index.apply([document(f"p{n % 5}", f"water n{n}")], (), "w")
    assert len(ids(index, "water")) == 5
    kept = sum(part.segment.count for part in segments(index))
    assert kept <= 10


def test_scores_do_not_depend_on_merges_or_deleted_papers(tmp_path):
    papers = [document(f"p{n:02}", "water " * (n % 4 + 1) + "tax") for n in range(30)]
    grown = WhooshIndex(tmp_path / "grown", LANGUAGES)
    for n in range(0, 30, 3):
        grown.apply([*papers[n : n + 3], document("extra", "water law")], (), "w")
    grown.apply((), ["extra"], "w")
    built = WhooshIndex(tmp_path / "built", LANGUAGES)
    built.rebuild(papers, "w")
    query = parse("water OR tax")
    assert (
        grown.search(query, access=ANYONE, limit=30).hits
        == built.search(query, access=ANYONE, limit=30).hits
    )


def test_a_builder_that_is_full_begins_another_segment(index, ids, monkeypatch):
    monkeypatch.setattr("recordsvc.search.engines.whoosh_writer._MOST_POSTINGS", 50)
    papers = [document(f"p{n:03}", f"water law n{n}") for n in range(100)]
    index.rebuild(papers, "w")
    assert len(ids(index, "water law", limit=200)) == 100
    assert ids(index, "n57") == ["p057"]
    assert len(segments(index)) < 16


def test_what_did_not_change_is_not_read_again(index):
    index.apply([document(f"a{n}", "water") for n in range(30)], (), "w")
    before = segments(index)[0].segment
    index.apply([document("b", "water")], ["a3"], "w")
    after = segments(index)
    assert after[0].segment is before
    assert [len(part.dead) for part in after] == [1, 0]
    assert index.search(parse("water"), access=ANYONE).total == 30


def test_plain_whoosh_reads_our_files(index):
    from whoosh.index import FileIndex
    from whoosh.query import Term

    index.apply(
        [document(f"p{n}", f"drinking water number{n % 3}") for n in range(3000)],
        (),
        "w",
    )
    plain = FileIndex(open_partition(index).storage, indexname="MAIN")
    with plain.searcher() as searcher:
        found = searcher.search(Term("body_exact", "number1"), limit=None)
        assert len(found) == 1000


def test_a_flipped_byte_is_damage_if_it_is_an_error_at_all(index, tmp_path):
    index.apply([document(f"d{n}", f"water n{n}") for n in range(200)], (), "w")
    folder = open_partition(index).folder
    index.close()
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 12)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            again = WhooshIndex(tmp_path / "index", LANGUAGES)
            with contextlib.suppress(IndexDamaged):
                again.search(parse('"water n7" OR n3'), access=ANYONE)
                again.facets(parse("n9"), access=ANYONE, fields=("type", "year"))
        path.write_bytes(whole)


@pytest.mark.faults
def test_killed_writers_lose_nothing_they_told_of(tmp_path, request):
    folder = tmp_path / "index"
    last = kill_writers("whoosh", folder, request.config.rootpath, 6)
    index = WhooshIndex(folder, LANGUAGES)
    check_after_kills(index, last)
    index.close()


def test_the_folder_is_readable_to_its_owner_only(index):
    index.apply([document("a", "water", access="internal")], (), "w")
    for path in (index.files.folder, *index.files.folder.rglob("*")):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0
    assert index.search(parse("water"), access=STAFF).total == 1
