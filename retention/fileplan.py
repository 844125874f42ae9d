"""The file plan: what each class inherits from the classes above it."""

from collections.abc import Iterable
from dataclasses import dataclass

from retention.errors import CaseError
from retention.periods import Period
from retention.schedule import ClassEntry, Owner, Survivor

__all__ = ["Terms", "terms_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Hold what counts for the records of a class, its own or inherited.

    Parameters
    ----------
    owner
        Whose papers they are.
    schedule
        Code of the schedule; None is none, and nothing may be classed there
        (MoReq2010: no schedule, no use), unless the papers are a Member's.
    closure, maximum
        Code of the closure rule and of the maximum-keeping duty; None is none.
    vital_review
        How often they are reviewed as vital records; None where they are none.
    survives_destruction
        What their tombstones keep of their description beside what they always keep.
    """

    owner: Owner = Owner.HOUSE
    schedule: str | None = None
    closure: str | None = None
    maximum: str | None = None
    vital_review: Period | None = None
    survives_destruction: tuple[Survivor, ...] = ()


def terms_of(classes: Iterable[ClassEntry]) -> dict[str, Terms]:
    """Return the terms of every class, by code.

    Parameters
    ----------
    classes
        The classes of a schedule file, in any order.

    Raises
    ------
    CaseError
        If a class stands below itself, or below one that is not there.

    Notes
    -----
    Members' papers take nothing from the classes of the House above them: they are
    never scheduled.

    Examples
    --------
    >>> top = ClassEntry(code="BUS", title="Business", schedule="S-10")
    >>> low = ClassEntry(code="BUS.PQ", title="Questions", parent="BUS")
    >>> terms_of([low, top])["BUS.PQ"].schedule
    'S-10'
    """
    entries = {entry.code: entry for entry in classes}
    found: dict[str, Terms] = {}
    for code in entries:
        trail: dict[str, ClassEntry] = {}
        above: str | None = code
        while above is not None and above not in found:
            if above in trail or above not in entries:
                raise CaseError(f"class {code} has no way up: {above} is no parent")
            trail[above] = entries[above]
            above = entries[above].parent
        terms = found[above] if above is not None else Terms()
        for entry in reversed(trail.values()):
            terms = found[entry.code] = _below(terms, entry)
    return found


def _below(above: Terms, entry: ClassEntry) -> Terms:
    if entry.owner is not above.owner:
        above = Terms()
    return Terms(
        owner=entry.owner,
        schedule=entry.schedule or above.schedule,
        closure=entry.closure or above.closure,
        maximum=entry.maximum or above.maximum,
        vital_review=entry.vital_review or above.vital_review,
        survives_destruction=entry.survives_destruction or above.survives_destruction,
    )
