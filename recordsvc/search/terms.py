"""What of a query can be marked in a text, and where it stands among tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from recordsvc.search import ast
from recordsvc.search.analysis import QueryToken, query_tokens
from recordsvc.search.matching import runs
from recordsvc.search.plan import MIN_PREFIX
from recordsvc.search.words import folded

MAX_TERMS = 16
_MAX_FINDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Tokens from first to last, both included, that a term stands for."""

    first: int
    last: int
    term: int
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that are marked together.

    Parameters
    ----------
    places
        What may stand at each place.
    prefix
        The last place only begins so.
    """

    places: tuple[QueryToken, ...]
    slop: int = 0
    prefix: bool = False

    def glance(self, exact: str, stem: str) -> float:
        """Return what a text may be worth, 0 if the term cannot be in it.

        Parameters
        ----------
        exact, stem
            Token columns with a space before and behind.
        """
        if self.prefix:
            return 1.0 if self._begins(exact, stem) else 0.0
        if not self.slop and f" {self.words} " in exact:
            return 2.0 * len(self.places)
        if all(
            any(f" {form} " in stem for form in place.stems)
            or f" {place.exact[0]} " in exact
            for place in self.places
        ):
            return 1.0
        return 0.0

    @property
    def words(self) -> str:
        """Return the words as they were typed."""
        return " ".join(place.exact[0] for place in self.places)

    def narrowed(self, stem: str) -> "Term":
        """Return the term with only those stems that stand in a text at all."""
        places = tuple(
            replace(place, stems=tuple(f for f in place.stems if f" {f} " in stem))
            for place in self.places
        )
        return self if self.prefix else replace(self, places=places)

    def find(
        self, number: int, exact: Sequence[str], stem: Sequence[str]
    ) -> Iterator[Found]:
        """Yield where the term stands."""
        if self.prefix:
            yield from self._find_prefix(number, exact, stem)
            return
        typed = [list(_places(exact, place.exact)) for place in self.places]
        kin = [list(_places(stem, place.stems)) for place in self.places]
        for standing, worth in ((typed, 2.0), (kin, 1.0)):
            if len(standing) > 1 and not all(standing):
                continue
            found = runs([sorted(at) for at in standing], self.slop)
            for first, last in list(found.items())[:_MAX_FINDS]:
                yield Found(
                    first=first, last=last, term=number, worth=worth * len(standing)
                )

    def _begins(self, exact: str, stem: str) -> bool:
        word = self.places[-1].exact[0]
        return f" {word}" in exact or f" {folded(word)}" in stem

    def _find_prefix(
        self, number: int, exact: Sequence[str], stem: Sequence[str]
    ) -> Iterator[Found]:
        word = self.places[-1].exact[0]
        plain = folded(word)
        left = _MAX_FINDS
        for at, (token, root) in enumerate(zip(exact, stem, strict=True)):
            if token.startswith(word) or root.startswith(plain):
                yield Found(first=at, last=at, term=number, worth=2.0)
                left -= 1
                if not left:
                    return


def terms_of(query: ast.Node, languages: Sequence[str]) -> tuple[Term, ...]:
    """Return what of a query can be marked in the text of a paper.

    Excluded words, titles and whole values are not in the text to be shown.
    """
    return tuple(dict.fromkeys(_terms(query, languages)))[:MAX_TERMS]


def _terms(query: ast.Node, languages: Sequence[str]) -> Iterator[Term]:
    match query:
        case ast.And(parts=parts) | ast.Or(parts=parts):
            for part in parts:
                yield from _terms(part, languages)
        case ast.Word(field="title") | ast.Phrase(field="title"):
            return
        case ast.Word(text=text) | ast.Number(text=text):
            if places := query_tokens(text, languages):
                yield Term(places=places)
        case ast.Phrase(text=text, slop=slop):
            if places := query_tokens(text, languages):
                yield Term(places=places, slop=slop)
        case ast.Prefix(text=text, field=field) if field != "title":
            places = query_tokens(text, languages)
            if places and len(places[-1].exact[0]) >= MIN_PREFIX:
                yield Term(places=places[-1:], prefix=True)
            if places[:-1]:
                yield Term(places=places[:-1])
        case _:
            return


def _places(tokens: Sequence[str], forms: Sequence[str]) -> Iterator[int]:
    """Yield where any of the forms stands, by the list's own fast search."""
    for form in forms:
        at = -1
        try:
            while True:
                at = tokens.index(form, at + 1)
                yield at
        except ValueError:
            continue
