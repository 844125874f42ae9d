"""Both embedded engines against the engine in memory, and what they do on disk."""

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recordsvc.search import ast
from recordsvc.search.engines import open_index
from recordsvc.search.index import (
    FACET_FIELDS,
    SORTS,
    AccessFilter,
    IndexDamaged,
    IndexDocument,
    SearchIndex,
)

LANGUAGES = ("en", "fr")
ENGINES = ("whoosh", "tantivy")
WORDS = ["water", "law", "tax", "reform", "budget", "port", "river", "school", "vote"]
OPEN = AccessFilter(levels=frozenset({"open"}))
STAFF = AccessFilter(levels=frozenset({"open", "internal", "closed"}))
INTERNAL = AccessFilter(levels=frozenset({"open", "internal"}))


def document(
    number: int, rng: random.Random, access: str | None = None
) -> IndexDocument:
    body = " ".join(rng.choices(WORDS, k=rng.randrange(0, 12)))
    title = " ".join(rng.choices(WORDS, k=rng.randrange(0, 4)))
    return IndexDocument(
        record_id=f"r{number:04}",
        revision=rng.randrange(1, 9),
        access=access or rng.choice(("open", "open", "internal", "closed")),
        type=rng.choice(("bill", "act", "report")),
        date=rng.choice(("", "2019-12-31", "2020-02-29", "2021-05-01", "2024-01-01")),
        languages=tuple(rng.sample(("en", "fr", "de"), k=rng.randrange(0, 3))),
        jurisdiction=rng.choice(("", "uk", "eu")),
        collection=rng.choice(("", "library")),
        format=rng.choice(("pdf", "html")),
        identifiers=tuple(rng.sample(("act 1", "act 2", "e-1/2020"), k=1)),
        title=rng.choice(("", title)),
        number=rng.choice(("", f"e-{rng.randrange(30)}/2020", "proposal for a law")),
        title_exact=title,
        title_stem=title,
        body_exact=body,
        body_stem=body,
    )


def node(rng: random.Random, depth: int = 2) -> ast.Node:
    kind = rng.randrange(10 if depth else 7)
    field = rng.choice((None, None, "title", "text"))
    words = rng.choices(WORDS, k=rng.randrange(2, 4))
    match kind:
        case 0 | 1:
            return ast.Word(text=words[0], field=field)
        case 2:
            return ast.Phrase(text=" ".join(words), slop=rng.randrange(4), field=field)
        case 3:
            return ast.Prefix(text=words[0][:3], field=field)
        case 4:
            low, high = sorted(rng.choices(("2019", "2020-02", "2024-01-01"), k=2))
            return ast.Range(
                field="date",
                low=rng.choice((None, low)),
                high=rng.choice((None, high)),
            )
        case 5:
            column = rng.choice(("type", "language", "jurisdiction", "identifier"))
            return ast.Value(
                field=column, text=rng.choice(("act", "en", "uk", "act 1"))
            )
        case 6:
            return ast.Everything()
        case 7:
            return ast.Not(part=node(rng, depth - 1))
        case 8:
            return ast.And(parts=tuple(node(rng, depth - 1) for _ in range(2)))
        case _:
            return ast.Or(parts=tuple(node(rng, depth - 1) for _ in range(2)))


def pages(
    index: SearchIndex, query: ast.Node, access: AccessFilter, sort: str, limit: int
) -> list[str]:
    found, cursor = [], None
    while True:
        hits = index.search(query, access=access, sort=sort, limit=limit, cursor=cursor)
        found += [hit.record_id for hit in hits.hits]
        cursor = hits.next
        if cursor is None:
            assert hits.total == len(found)
            return found


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def index(engine: str, tmp_path: Path) -> Iterator[SearchIndex]:
    opened = open_index(engine, tmp_path / "index", LANGUAGES)
    yield opened
    opened.close()


def test_random_writes_and_queries_answer_as_the_engine_in_memory(index, tmp_path):
    rng = random.Random(7)
    memory = open_index("memory", tmp_path / "memory", LANGUAGES)
    for round_ in range(12):
        upserts = [document(rng.randrange(90), rng) for _ in range(rng.randrange(25))]
        deletes = [f"r{rng.randrange(90):04}" for _ in range(rng.randrange(5))]
        if round_ == 7:
            every = list({d.record_id: d for d in upserts}.values())
            for one in (index, memory):
                one.rebuild(every, "store")
        else:
            for one in (index, memory):
                one.apply(upserts, deletes, "store")
        assert sorted(index.revisions()) == sorted(memory.revisions())
        assert index.stat().documents == memory.stat().documents
        assert index.stat().watermark == "store"
        for _ in range(8):
            query = node(rng)
            access = AccessFilter(
                levels=rng.choice((OPEN, STAFF, INTERNAL)).levels,
                exclude_ids=frozenset(rng.sample([*deletes, "r0001", "r0002"], k=2)),
            )
            assert index.facets(
                query, access=access, fields=FACET_FIELDS
            ) == memory.facets(query, access=access, fields=FACET_FIELDS), query
            wanted = pages(memory, query, access, "title", 50)
            for sort in SORTS:
                found = pages(index, query, access, sort, rng.choice((1, 3, 40)))
                if sort == "relevance":
                    assert sorted(found) == sorted(wanted), query
                else:
                    assert found == pages(memory, query, access, sort, 50), query


def opened(index):
    return set(index._partitions)


def some_papers(count: int) -> list[IndexDocument]:
    rng = random.Random(count)
    return [document(number, rng) for number in range(count)]


def test_an_anonymous_reader_never_opens_the_closed_partition(engine, tmp_path):
    open_index(engine, tmp_path / "i", LANGUAGES).apply(some_papers(40), (), "w")
    index = open_index(engine, tmp_path / "i", LANGUAGES)
    query = ast.Word(text="water")
    for sort in SORTS:
        index.search(query, access=OPEN, sort=sort)
    index.facets(query, access=OPEN, fields=FACET_FIELDS)
    index.did_you_mean(ast.Word(text="watre"), access=OPEN)
    assert opened(index) == {"open"}
    shutil.rmtree(next((tmp_path / "i").glob("g-*/closed")))
    assert index.search(query, access=OPEN).total > 0
    with pytest.raises(IndexDamaged):
        index.search(query, access=STAFF)
    with pytest.raises(IndexDamaged):
        index.apply(some_papers(3), (), "w")


def test_a_record_that_is_closed_leaves_the_open_partition_first(index, monkeypatch):
    index.apply([document(1, random.Random(1), "open")], (), "w")
    written = type(index)._write

    def write_only_open(self, name, *rest):
        if name == "closed":
            raise KeyboardInterrupt
        written(self, name, *rest)

    monkeypatch.setattr(type(index), "_write", write_only_open)
    with pytest.raises(KeyboardInterrupt):
        index.apply([document(1, random.Random(1), "closed")], (), "w")
    assert index.search(ast.Everything(), access=STAFF).total == 0
    monkeypatch.setattr(type(index), "_write", written)
    index.apply([document(1, random.Random(1), "closed")], (), "w")
    assert index.search(ast.Everything(), access=STAFF).total == 1
    assert index.search(ast.Everything(), access=OPEN).total == 0


def test_relevance_pages_lose_and_repeat_nothing_when_papers_come_in(index):
    def paper(number: int) -> IndexDocument:
        body = "water " * (number % 9 + 1) + "tax " * (number % 4)
        return IndexDocument(
            record_id=f"r{number:04}",
            revision=1,
            access="open",
            type="act",
            body_exact=body,
            body_stem=body,
        )

    query = ast.Word(text="water")
    index.apply([paper(n) for n in range(60)], (), "w")
    page = index.search(query, access=OPEN, limit=7)
    shown = [hit.record_id for hit in page.hits]
    for start in range(60, 200, 20):
        index.apply([paper(n) for n in range(start, start + 20)], (), "w")
        if page.next:
            page = index.search(query, access=OPEN, limit=7, cursor=page.next)
            shown += [hit.record_id for hit in page.hits]
    while page.next:
        page = index.search(query, access=OPEN, limit=7, cursor=page.next)
        shown += [hit.record_id for hit in page.hits]
    assert len(shown) == len(set(shown))
    assert {f"r{n:04}" for n in range(60)} <= set(shown)


def test_a_broken_off_rebuild_is_swept_by_the_next(index):
    index.apply(some_papers(5), (), "w")
    left = index.files.folder / "g-00000000deadbeef"
    left.mkdir()
    (left / "file").write_text("half written")
    index.rebuild(some_papers(6), "w")
    assert not left.exists()
    assert len(list(index.files.folder.glob("g-*"))) == 1


def test_an_index_of_another_form_has_to_be_rebuilt(index, engine, tmp_path):
    index.apply(some_papers(5), (), "w")
    pointer = tmp_path / "index" / "CURRENT"
    pointer.write_text(pointer.read_text().replace(" 1\n", " 0\n"))
    with pytest.raises(IndexDamaged, match="form"):
        open_index(engine, tmp_path / "index", LANGUAGES)
    with pytest.raises(IndexDamaged, match="rebuild"):
        index.search(ast.Everything(), access=OPEN)
    index.rebuild(some_papers(5), "w")
    assert index.stat().documents == 5


READER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from recordsvc.search import ast
from recordsvc.search.engines import open_index
from recordsvc.search.index import AccessFilter
index = open_index(sys.argv[1], Path(sys.argv[2]), ("en", "fr"))
access = AccessFilter(levels=frozenset({"open", "internal", "closed"}))
print("ready", flush=True)
seen = set()
while True:
    total = index.search(ast.Everything(), access=access).total
    facets = index.facets(ast.Everything(), access=access, fields=("format",))
    assert total in (40, 41), total
    assert sum(count for _, count in facets["format"]) in (40, 41), facets
    seen.add(total)
    if index.stat().watermark == "end":
        break
print(sorted(seen))
"""


@pytest.mark.faults
def test_readers_in_other_processes_see_whole_generations_only(index, engine, request):
    papers = some_papers(41)
    index.rebuild(papers[:40], "w")
    readers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", READER, engine, index.files.folder],
            cwd=request.config.rootpath,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    for swap in range(12):
        index.rebuild(papers[: 40 + swap % 2], "w")
    index.rebuild(papers, "end")
    for reader in readers:
        said, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        assert "41" in said


def test_threads_of_one_process_share_an_index(index):
    index.apply(some_papers(60), (), "w")
    queries = [node(random.Random(n)) for n in range(40)]

    def answers() -> list[tuple[object, object]]:
        return [
            (
                index.search(query, access=STAFF, sort="title"),
                index.facets(query, access=STAFF, fields=FACET_FIELDS),
            )
            for query in queries
        ]

    expected = answers()
    index.close()
    with ThreadPoolExecutor(4) as pool:
        for found in [pool.submit(answers) for _ in range(8)]:
            assert found.result() == expected
