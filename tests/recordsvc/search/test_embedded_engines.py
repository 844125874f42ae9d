"""Both embedded engines against the engine in memory, and what they do on disk."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordsvc.search import ast
from recordsvc.search.engines import open_index
from recordsvc.search.index import (
    FACET_FIELDS,
    SORTS,
    AccessFilter,
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
    for round_ in range(25):
        upserts = [document(rng.randrange(90), rng) for _ in range(rng.randrange(25))]
        deletes = [f"r{rng.randrange(90):04}" for _ in range(rng.randrange(5))]
        if round_ == 12:
            every = list({d.record_id: d for d in upserts}.values())
            for one in (index, memory):
                one.rebuild(every, "store")
        else:
            for one in (index, memory):
                one.apply(upserts, deletes, "store")
        assert sorted(index.revisions()) == sorted(memory.revisions())
        assert index.stat().documents == memory.stat().documents
        assert index.stat().watermark == "store"
        for _ in range(12):
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
