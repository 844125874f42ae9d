"""Whoosh with our facets beside Whoosh's own `groupedby` on sortable fields."""

import random
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.corpus import made_papers
from bench.measure import Ratio, seconds
from recordsvc.search.engines import open_index
from recordsvc.search.index import AccessFilter
from recordsvc.search.query import parse

FACETS = ("type", "year", "language")
QUERIES = 60


def search(count: int, engine: str = "whoosh") -> Ratio:
    """Measure 10 hits with counts of three facets, query by query in turn."""
    from whoosh import fields, index, qparser

    with tempfile.TemporaryDirectory(prefix="bench-search-") as name:
        folder = Path(name)
        ours = open_index(engine, folder / "ours", ("en",))
        ours.rebuild(made_papers(count), "bench")
        (folder / "plain").mkdir()
        plain = index.create_in(
            folder / "plain",
            fields.Schema(
                id=fields.ID(stored=True),
                body=fields.TEXT,
                type=fields.ID(sortable=True),
                year=fields.ID(sortable=True),
                language=fields.ID(sortable=True),
            ),
        )
        writer = plain.writer(limitmb=256)
        for paper in made_papers(count):
            writer.add_document(
                id=paper.record_id,
                body=paper.body_exact,
                type=paper.type,
                year=paper.date[:4],
                language=paper.languages[0],
            )
        writer.commit(optimize=True)
        access = AccessFilter(levels=frozenset({"open"}))
        parser = qparser.QueryParser("body", plain.schema)
        with plain.searcher() as searcher:

            def reference(query: str) -> None:
                found = searcher.search(
                    parser.parse(query), limit=10, groupedby=list(FACETS)
                )
                for facet in FACETS:
                    found.groups(facet)

            def answer(query: str) -> None:
                tree = parse(query)
                ours.search(tree, access=access, limit=10)
                ours.facets(tree, access=access, fields=FACETS)

            return _compared(count, engine, answer, reference)


def _compared(
    count: int, engine: str, ours: Callable[[str], None], plain: Callable[[str], None]
) -> Ratio:
    chance = random.Random(11)
    words = [w for p in made_papers(400) for w in p.body_exact.split()[:20]]
    queries = [
        " ".join(chance.sample(words, chance.choice((1, 2)))) for _ in range(QUERIES)
    ]
    ours(queries[0])
    plain(queries[0])
    pairs = [
        (seconds(lambda q=q: ours(q)), seconds(lambda q=q: plain(q))) for q in queries
    ]
    mine, theirs = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    return Ratio(
        what=f"10 hits and 3 facets, {count} papers, {engine}",
        ours_s=mine,
        reference_s=theirs,
        ratio=mine / theirs,
        note=f"reference: Whoosh groupedby; p50 of {QUERIES} queries, each asked once",
    )
