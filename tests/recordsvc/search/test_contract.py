"""What every engine owes: the port, with the same answers."""

import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.search import ast
from recordsvc.search.engines import open_index
from recordsvc.search.index import (
    AccessFilter,
    CursorInvalid,
    IndexBusy,
    IndexDamaged,
    SearchError,
)
from recordsvc.search.matching import matches
from recordsvc.search.query import parse
from tests.recordsvc.search.made import ANYONE, LANGUAGES, STAFF, document


@pytest.fixture
def library(index):
    index.apply(
        [
            document(
                "bill",
                "The government of the district supplies drinking water.",
                title="Water Supply Bill",
                type="bill",
                date="2019-03-04",
                jurisdiction="ke",
                collection="Bills 2019",
                class_code="LEG.BILL",
                identifiers=("Bill No. 7/2019",),
                status="active",
                format="application/pdf",
                chamber="senate",
                session="3",
            ),
            document(
                "act",
                "See Bill No. 7/2019. No tax on water is due; drink safely.",
                title="Finance Act",
                type="act",
                date="2021-12-31",
                jurisdiction="ke",
                identifiers=("Act No. 24/1999", "E-000123/2020"),
            ),
            document(
                "lei",
                "Água potável para todos os municípios. Lei 14.026/2020.",
                title="Atualiza o marco legal do saneamento",
                language="pt",
                type="act",
                date="2020-07-15",
                jurisdiction="br",
            ),
            document(
                "report",
                "Agua potable y resoluciones del gobierno",
                title="Informe",
                language="es",
                type="report",
                date="2020-02-29",
            ),
            document("undated", "Minutes of the committee on gardens", title="Minutes"),
            document(
                "secret",
                "The zebra inquiry heard the whistleblower on water.",
                title="Confidential hearing",
                access="confidential",
                type="evidence",
                date="2022-05-06",
            ),
        ],
        (),
        "store-1",
    )
    return index


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("water", {"bill", "act", "secret"}),
        ("WATERS", {"bill", "act", "secret"}),
        ("água", {"lei", "report"}),
        ("agua", {"lei", "report"}),
        ("resolução", {"report"}),
        ("drinking water", {"bill", "act"}),
        ("water OR gardens", {"bill", "act", "secret", "undated"}),
        ("water NOT tax", {"bill", "secret"}),
        ("-water", {"lei", "report", "undated"}),
        ("NOT (water OR água)", {"undated"}),
        ("water (tax OR zebra)", {"act", "secret"}),
        ('"drinking water"', {"bill"}),
        ('"water drinking"', set()),
        ('"government district"', set()),
        ('"government district"~2', {"bill"}),
        ('"government supplies"~2', set()),
        ('"government supplies"~3', {"bill"}),
        ('"district government"~20', set()),
        ("title:water", {"bill"}),
        ("text:water", {"bill", "act", "secret"}),
        ('title:"finance act"', {"act"}),
        ("municip*", {"lei"}),
        ("títl* OR gard*", {"undated"}),
        ("title:min*", {"undated"}),
        ("type:act", {"act", "lei"}),
        ("type:(bill OR report)", {"bill", "report"}),
        ("type:Bill", {"bill"}),
        ("language:pt", {"lei"}),
        ("class:LEG.BILL", {"bill"}),
        ('collection:"Bills 2019"', {"bill"}),
        ("jurisdiction:ke chamber:senate session:3 status:active", {"bill"}),
        ("date:2020", {"lei", "report"}),
        ("date:2020-02", {"report"}),
        ("date:2020-07-15", {"lei"}),
        ("date:2019..2020", {"bill", "lei", "report"}),
        ("date:2020-02-29..2021-12-31", {"act", "lei", "report"}),
        ("date:2021..", {"act", "secret"}),
        ("date:..2019-03", {"bill"}),
        ("-date:1000..", {"undated"}),
        ("identifier:E-000123/2020", {"act"}),
        ("identifier:e-000123/2020 type:bill", set()),
        ('"Act, No. 24/1999"', {"act"}),
        ('"bill no. 7/2019"', {"bill", "act"}),
        ("E-000123/2020", {"act"}),
        ("14.026/2020", {"lei"}),
        ("14026/2020", {"lei"}),
        ("", {"bill", "act", "lei", "report", "undated", "secret"}),
        ("nothinghasit", set()),
        ("type:water", set()),
    ],
)
def test_a_query_finds_what_it_says(library, ids, query, expected):
    found = ids(library, query)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_number_finds_its_paper_before_those_that_name_it(library):
    number = ast.Number(text="Bill No. 7/2019", keys=("bill-no-7-2019",))
    hits = library.search(number, access=ANYONE)
    assert [hit.record_id for hit in hits.hits] == ["bill", "act"]
    assert hits.total == 2
    assert hits.hits[0].score > hits.hits[1].score > 0


def test_titles_come_before_texts_and_typed_accents_before_others(index, ids):
    index.apply(
        [
            document("plain", "la agua de la ciudad", language="es"),
            document("accented", "a água da cidade", language="pt"),
            document("titled", "outro texto", title="A água", language="pt"),
        ],
        (),
        "w",
    )
    assert ids(index, "água") == ["titled", "accented", "plain"]
    assert ids(index, "agua text:agua") == ["plain", "accented"]


def test_anyone_sees_nothing_of_the_closed_partition(library, ids):
    assert "secret" not in ids(library, "water", access=ANYONE)
    assert ids(library, "zebra", access=ANYONE) == []
    counts = library.facets(
        parse(""), access=ANYONE, fields=("type", "year", "language")
    )
    assert "evidence" not in dict(counts["type"])
    assert "2022" not in dict(counts["year"])
    assert library.did_you_mean(parse("zebrq"), access=ANYONE) is None
    assert library.did_you_mean(parse("zebrq"), access=STAFF) == "zebra"


def test_closed_papers_do_not_move_the_scores_of_open_ones(engine, opener):
    one, other = opener(engine, "one"), opener(engine, "other")
    papers = [document(str(n), "water " * n + "and wine") for n in range(1, 5)]
    closed = [document(f"c{n}", "water tax", access="internal") for n in range(9)]
    one.apply(papers, (), "w")
    other.apply([*papers, *closed], (), "w")
    query = parse("water OR wine")
    assert (
        one.search(query, access=ANYONE).hits == other.search(query, access=ANYONE).hits
    )


def test_a_reader_sees_only_the_levels_he_may(library, ids):
    internal = AccessFilter(levels=frozenset({"open", "internal"}))
    assert "secret" not in ids(library, "water", access=internal)
    only = AccessFilter(levels=frozenset({"confidential"}))
    assert ids(library, "", access=only) == ["secret"]
    assert ids(library, "", access=AccessFilter(levels=frozenset())) == []
    assert dict(
        library.facets(parse(""), access=internal, fields=("type",))["type"]
    ) == {
        "act": 2,
        "bill": 1,
        "report": 1,
        "paper": 1,
    }
    assert library.did_you_mean(parse("zebrq"), access=internal) is None


def test_excluded_papers_are_in_no_hit_count_facet_or_suggestion(library):
    hidden = AccessFilter(
        levels=STAFF.levels, exclude_ids=frozenset({"secret", "bill", "unknown"})
    )
    hits = library.search(parse("water"), access=hidden)
    assert [hit.record_id for hit in hits.hits] == ["act"]
    assert hits.total == 1
    counts = library.facets(parse(""), access=hidden, fields=("type", "year"))
    assert dict(counts["type"]) == {"act": 2, "report": 1, "paper": 1}
    assert library.did_you_mean(parse("zebrq"), access=hidden) is None
    assert library.did_you_mean(parse("distrikt"), access=hidden) is None
    assert library.did_you_mean(parse("distrikt"), access=STAFF) == "district"


def test_facets_count_all_hits_most_frequent_first(library):
    counts = library.facets(
        parse(""),
        access=STAFF,
        fields=("type", "year", "language", "jurisdiction", "collection", "format"),
    )
    assert list(counts["type"]) == [
        ("act", 2),
        ("bill", 1),
        ("evidence", 1),
        ("paper", 1),
        ("report", 1),
    ]
    assert list(counts["year"]) == [("2022", 1), ("2021", 1), ("2020", 2), ("2019", 1)]
    assert list(counts["language"]) == [("en", 4), ("es", 1), ("pt", 1)]
    assert list(counts["jurisdiction"]) == [("ke", 2), ("br", 1)]
    assert list(counts["collection"]) == [("Bills 2019", 1)]
    assert list(counts["format"]) == [("application/pdf", 1)]
    assert list(
        library.facets(parse("water"), access=ANYONE, fields=("type",), limit=1)["type"]
    ) == [("act", 1)]
    assert (
        list(library.facets(parse("nothing"), access=ANYONE, fields=("type",))["type"])
        == []
    )


def test_an_unknown_facet_or_sort_order_is_refused(library):
    with pytest.raises(SearchError):
        library.facets(parse(""), access=ANYONE, fields=("body",))
    with pytest.raises(SearchError):
        library.search(parse(""), access=ANYONE, sort="size")


def test_sort_orders_put_empty_values_last(library, ids):
    assert ids(library, "", sort="date") == [
        "bill",
        "report",
        "lei",
        "act",
        "secret",
        "undated",
    ]
    assert ids(library, "", sort="-date") == [
        "secret",
        "act",
        "lei",
        "report",
        "bill",
        "undated",
    ]
    assert ids(library, "", sort="title") == [
        "lei",
        "secret",
        "act",
        "report",
        "undated",
        "bill",
    ]
    assert ids(library, "", sort="number") == [
        "act",
        "bill",
        "lei",
        "report",
        "secret",
        "undated",
    ]


def _walk(index, query, sort, limit):
    found, cursor = [], None
    while True:
        hits = index.search(query, access=STAFF, sort=sort, limit=limit, cursor=cursor)
        found += [hit.record_id for hit in hits.hits]
        if hits.next is None:
            return found
        cursor = hits.next


@pytest.mark.parametrize("sort", ["relevance", "date", "-date", "title", "number"])
def test_pages_together_are_the_whole_answer_in_order(library, ids, sort):
    for query, limit in itertools.product(("", "water OR água"), (1, 2, 5)):
        assert _walk(library, parse(query), sort, limit) == ids(
            library, query, sort=sort
        )


@pytest.mark.parametrize("sort", ["date", "-date", "title"])
def test_papers_that_come_in_between_pages_move_nothing(index, sort):
    def paper(number):
        return document(
            f"id{number:03}",
            "water",
            title=f"Title {number % 7}",
            date=f"20{10 + number % 9}-01-01" if number % 5 else "",
            access="open" if number % 2 else "internal",
        )

    index.apply([paper(n) for n in range(0, 60, 2)], (), "w1")
    first = index.search(parse("water"), access=STAFF, sort=sort, limit=10)
    index.apply([paper(n) for n in range(1, 60, 2)], (), "w2")
    shown = [hit.record_id for hit in first.hits]
    cursor = first.next
    while cursor:
        page = index.search(
            parse("water"), access=STAFF, sort=sort, limit=10, cursor=cursor
        )
        shown += [hit.record_id for hit in page.hits]
        cursor = page.next
    assert len(shown) == len(set(shown))
    assert {f"id{n:03}" for n in range(0, 60, 2)} <= set(shown)


def test_a_page_without_room_says_only_the_total(library):
    hits = library.search(parse("water"), access=STAFF, limit=0)
    assert (hits.total, hits.hits, hits.next) == (3, (), None)


def test_a_cursor_belongs_to_its_query_and_order(library):
    cursor = library.search(parse("water"), access=STAFF, limit=1).next
    assert cursor
    assert set(cursor) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    )
    for query, sort, changed in (
        ("tax", "relevance", cursor),
        ("water", "date", cursor),
        ("water", "relevance", cursor[:-8] + "AAAAAAA="),
        ("water", "relevance", ""),
        ("water", "relevance", "é%"),
        ("water", "relevance", "A" * 9000),
    ):
        with pytest.raises(CursorInvalid):
            library.search(parse(query), access=STAFF, sort=sort, cursor=changed)


def test_did_you_mean_mends_unknown_words_only(library):
    def mended(query):
        return library.did_you_mean(parse(query), access=ANYONE)

    assert mended("watr distict") == "water district"
    assert mended("gouvernment type:bill") == "government type:bill"
    assert mended("water") is None
    assert mended("drinks") is None
    assert mended("xylophone") is None
    assert mended("2091") is None
    assert mended('"watr supply"') is None


def test_an_upsert_replaces_and_a_delete_removes(library, ids):
    library.apply(
        [document("bill", "Nothing but wine", revision=2, type="bill")],
        ["act", "never-there"],
        "store-1",
    )
    assert set(ids(library, "water")) == {"secret"}
    assert ids(library, "wine") == ["bill"]
    assert dict(library.revisions()) == {
        "bill": 2,
        "lei": 1,
        "report": 1,
        "undated": 1,
        "secret": 1,
    }
    assert library.stat().documents == 5


def test_a_paper_moves_between_the_partitions(library, ids):
    library.apply(
        [
            document("secret", "The zebra inquiry", access="open", revision=2),
            document("bill", "drinking water", access="internal", revision=2),
        ],
        (),
        "store-1",
    )
    assert ids(library, "zebra", access=ANYONE) == ["secret"]
    assert ids(library, "zebra", access=STAFF) == ["secret"]
    assert ids(library, "drinking", access=ANYONE) == ["act"]
    assert set(ids(library, "drinking", access=STAFF)) == {"act", "bill"}
    assert len(dict(library.revisions())) == len(list(library.revisions())) == 6


def test_the_watermark_is_that_of_the_last_commit(engine, opener):
    index = opener(engine)
    assert index.stat().watermark is None
    assert index.stat().documents == 0
    index.apply([document("a", "water")], (), "one")
    assert index.stat().watermark == "one"
    index.apply((), (), "two")
    stat = index.stat()
    assert (stat.engine, stat.watermark, stat.documents) == (engine, "two", 1)
    index.rebuild([document("b", "wine"), document("c", "tax", access="x")], "three")
    assert index.stat().watermark == "three"


def test_an_empty_index_answers(index, ids):
    assert ids(index, "water") == []
    assert ids(index, "") == []
    assert list(index.revisions()) == []
    assert index.did_you_mean(parse("watr"), access=STAFF) is None
    assert not list(index.facets(parse(""), access=STAFF, fields=("type",))["type"])


def test_a_rebuild_swaps_under_open_readers(engine, opener, ids):
    writer, reader = opener(engine), opener(engine)
    writer.apply([document(f"old{n}", "water") for n in range(5)], ["x"], "w1")
    assert len(ids(reader, "water")) == 5

    def seen_meanwhile():
        for n in range(7):
            assert len(ids(reader, "water")) == 5
            yield document(f"new{n}", "water", access="open" if n % 2 else "internal")

    writer.rebuild(seen_meanwhile(), "w2")
    assert len(ids(reader, "water")) == 7
    assert reader.stat().watermark == "w2"
    writer.rebuild([document("last", "wine")], "w3")
    assert ids(reader, "water") == []
    assert ids(reader, "wine") == ["last"]


def test_readers_see_each_commit_by_themselves(engine, opener, ids):
    writer, reader = opener(engine), opener(engine)
    for n in range(4):
        writer.apply([document(str(n), "water")], (), "w")
        assert len(ids(reader, "water")) == n + 1
        assert len(ids(writer, "water")) == n + 1


def test_a_rebuild_that_fails_leaves_the_old_index(library, ids):
    def broken():
        yield document("new", "water")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        library.rebuild(broken(), "w2")
    assert set(ids(library, "water")) == {"bill", "act", "secret"}
    assert library.stat().watermark == "store-1"


def test_a_rebuild_without_a_paper_leaves_no_word_of_it_in_any_file(
    durable, opener, tmp_path
):
    index = opener(durable)
    papers = [document(f"p{n}", f"common words {n}") for n in range(20)]
    secret = [
        document(
            "canaryid",
            "Qwertzcanary xylophonist",
            title="Canarytitle",
            access=access,
            identifiers=("Canarynumber 7/2019",),
            collection="canarycollection",
        )
        for access in ("open", "confidential")
    ]
    for paper in secret:
        index.apply([*papers, paper], (), "w")
    index.rebuild(papers, "w")
    left = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    ).lower()
    for word in (b"qwertzcanary", b"xylophonist", b"canary"):
        assert word not in left
    # An engine may pack its words, so it is asked as well.
    hits = index.search(parse("xylophon* OR canary* OR qwer*"), access=STAFF)
    assert hits.total == 0
    assert index.did_you_mean(parse("xylophonisd"), access=STAFF) is None
    assert index.stat().documents == 20


def test_an_index_opens_again_as_it_was(durable, opener, ids):
    index = opener(durable)
    index.apply(
        [document("a", "água", language="pt"), document("b", "tax", access="x")],
        (),
        "mark",
    )
    index.close()
    again = opener(durable)
    assert ids(again, "agua") == ["a"]
    assert again.stat().watermark == "mark"
    assert again.stat().bytes > 0
    assert dict(again.revisions()) == {"a": 1, "b": 1}


@pytest.mark.parametrize("harm", ["foreign", "pointer", "cut", "emptied"])
def test_a_damaged_folder_says_so(durable, opener, tmp_path, ids, harm):
    index = opener(durable)
    index.apply([document(f"d{n}", "water " * 50) for n in range(30)], (), "w")
    index.close()
    folder = tmp_path / "index"
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.stat().st_size
    )
    if harm == "foreign":
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "letter.txt").write_text("Dear Sir")
    elif harm == "pointer":
        for path in folder.iterdir():
            if path.is_file():
                path.write_bytes(b"\xff\x00 nonsense")
    elif harm == "cut":
        for path in files:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        for path in files:
            path.write_bytes(b"")
    with pytest.raises(IndexDamaged):
        ids(opener(durable), "water")


def test_a_second_writer_is_told_that_the_index_is_busy(durable, opener, monkeypatch):
    monkeypatch.setattr("recordsvc.search.engines.folder.WAIT_S", 0.05)
    one, other = opener(durable), opener(durable)

    def while_writing():
        with pytest.raises(IndexBusy):
            other.apply([document("b", "wine")], (), "w")
        yield document("a", "water")

    one.rebuild(while_writing(), "w")
    other.apply([document("b", "wine")], (), "w")
    assert one.stat().documents == 2


def test_hundreds_of_papers_are_counted_and_sorted(index, ids):
    index.apply(
        [
            document(
                f"r{n:04}",
                f"water number{n % 10}",
                date=f"{2000 + n % 20}-01-{n % 28 + 1:02}",
                type=f"t{n % 3}",
                access="open" if n % 4 else "internal",
            )
            for n in range(400)
        ],
        (),
        "w",
    )
    hits = index.search(parse("water"), access=ANYONE, limit=10)
    assert (hits.total, hits.total_is_exact) == (300, True)
    assert ids(index, "number3", limit=200, sort="date") == sorted(
        (f"r{n:04}" for n in range(3, 400, 10)),
        key=lambda i: (2000 + int(i[1:]) % 20, int(i[1:]) % 28, i),
    )
    assert (
        sum(
            n
            for _, n in index.facets(
                parse("water"), access=STAFF, fields=("year",), limit=50
            )["year"]
        )
        == 400
    )


WORDS = ["water", "waters", "água", "agua", "tax", "taxes", "law", "l'eau", "الماء"]
word = st.sampled_from(WORDS)
texts = st.lists(word, max_size=6).map(" ".join)
leaves = st.one_of(
    st.builds(ast.Word, text=word, field=st.sampled_from([None, "title", "text"])),
    st.builds(
        ast.Phrase,
        text=st.lists(word, min_size=1, max_size=3).map(" ".join),
        slop=st.integers(0, 3),
        field=st.sampled_from([None, "title"]),
    ),
    st.builds(ast.Prefix, text=st.sampled_from(["wat", "tax", "água", "law"])),
    st.builds(ast.Value, field=st.just("type"), text=st.sampled_from(["bill", "act"])),
    st.builds(ast.Value, field=st.just("date"), text=st.sampled_from(["2019", "2020"])),
    st.builds(
        ast.Range,
        field=st.just("date"),
        low=st.sampled_from([None, "2019", "2020-06"]),
        high=st.sampled_from(["2019", "2020-06", "2024"]),
    ),
    st.builds(ast.Number, text=st.just("7/2019"), keys=st.just(("bill-7-2019",))),
    st.just(ast.Everything()),
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(ast.And, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(ast.Or, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(ast.Not, part=inner),
    ),
    max_leaves=5,
)
papers = st.lists(
    st.builds(
        lambda title, body, language, access, type_, date, identifiers: {
            "title": title,
            "body": body,
            "language": language,
            "access": access,
            "type": type_,
            "date": date,
            "identifiers": identifiers,
        },
        title=texts,
        body=texts,
        language=st.sampled_from(["en", "pt", "fr", "ar"]),
        access=st.sampled_from(["open", "internal"]),
        type_=st.sampled_from(["bill", "act"]),
        date=st.sampled_from(["", "2019-05-01", "2020-06-30", "2021-01-01"]),
        identifiers=st.sampled_from([(), ("Bill 7/2019",)]),
    ),
    max_size=5,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(corpus=papers, asked=st.lists(queries, min_size=1, max_size=8))
def test_every_engine_finds_what_the_papers_say_themselves(
    engine, tmp_path_factory, corpus, asked
):
    folder = Path(tmp_path_factory.mktemp("agreement"))
    index = open_index(engine, folder / "index", LANGUAGES)
    documents = [
        document(f"d{n}", paper.pop("body"), **paper) for n, paper in enumerate(corpus)
    ]
    try:
        index.apply(documents, (), "w")
        for query in asked:
            hits = index.search(query, access=STAFF, limit=50)
            expected = {
                d.record_id for d in documents if matches(query, d, languages=LANGUAGES)
            }
            assert {hit.record_id for hit in hits.hits} == expected, query
            assert hits.total == len(expected)
    finally:
        index.close()
        shutil.rmtree(folder)
