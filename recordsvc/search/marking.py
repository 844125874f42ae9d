"""Where a query hits on the pages of one paper: for a page viewer."""

from collections.abc import Iterable, Sequence

from recordsvc.search.ast import Node
from recordsvc.search.snippets import PageTokens
from recordsvc.search.terms import Term, terms_of
from recordsvc.search.words import spans


def page_marks(
    page: PageTokens, query: Node, *, languages: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """Return what to mark on a page: offsets into its text, in order and apart."""
    exact, stem = page.exact.split(" "), page.stem.split(" ")
    terms = _on_page(terms_of(query, languages), page)
    found = [f for n, term in enumerate(terms) for f in term.find(n, exact, stem)]
    if not found:
        return ()
    offsets = list(spans(page.text))
    merged: list[tuple[int, int]] = []
    for place in sorted(found, key=lambda f: (f.first, f.last)):
        start, end = offsets[place.first][0], offsets[place.last][1]
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def hit_pages(
    pages: Iterable[PageTokens], query: Node, *, languages: Sequence[str]
) -> tuple[int, ...]:
    """Return the numbers of the pages that hold something of the query."""
    terms = terms_of(query, languages)
    return tuple(page.number for page in pages if _on_page(terms, page))


def _on_page(terms: Sequence[Term], page: PageTokens) -> list[Term]:
    exact, stem = f" {page.exact} ", f" {page.stem} "
    return [term.narrowed(stem) for term in terms if term.glance(exact, stem)]
