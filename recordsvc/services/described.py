"""What a paper says of itself, in the model's words."""

from dataclasses import dataclass

from recordsvc.model.record import Citation, Identifier, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the text and the file say of a paper, in the model's words."""

    type: str | None = None
    titles: tuple[tuple[str, str], ...] = ()
    date: str | None = None
    dates: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    jurisdiction: str | None = None
    chamber: str | None = None
    session: str | None = None
    legislature: str | None = None
    authors: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    citations: tuple[Citation, ...] = ()
    statements: tuple[Statement, ...] = ()
