"""What one record gives another when the two become one: values, files, numbers.

Where both have a value that the law reads, the one that keeps longer or hides more is
taken; in all that only describes, the record that stays has the first word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from recordsvc.model import Expression, Manifestation, Record
from recordsvc.model.record import Appraisal, ExtraObligation, Statement
from recordsvc.services.access import stricter

_FIRST_WORD = (
    "jurisdiction",
    "chamber",
    "legislature",
    "session",
    "collection",
    "date",
    "language",
)
_UNITED = ("identifiers", "subjects", "parties")
_LATER = ("declared_on", "received_on", "closed_on", "superseded_on", "exported_on")


def merged(keeper: Record, joined: Record, reason: str) -> Mapping[str, Any]:
    """Return the fields of the record that stays, as they are after the joining.

    Parameters
    ----------
    reason
        Why the two are one paper; it stands with a second obligation as well.

    Notes
    -----
    The clock counts from the later of two days (INTERFACE section 5, rule 6: the
    latest date wins). A class of the other record comes as a second obligation.
    """
    values: dict[str, Any] = {
        "expressions": with_files(keeper.expressions, joined.expressions),
        "titles": _in_other_languages(keeper.titles, joined.titles),
        "dates": _later_dates(keeper.dates, joined.dates),
        "access": stricter(keeper.access, joined.access),
        "extra_obligations": _obligations(keeper, joined, reason),
        "appraisals": _appraisals(keeper.appraisals, joined.appraisals),
    }
    for name in _UNITED:
        both = (*getattr(keeper, name), *getattr(joined, name))
        values[name] = tuple(dict.fromkeys(both))
    for name in _FIRST_WORD:
        values[name] = getattr(keeper, name) or getattr(joined, name)
    for name in _LATER:
        days = [d for d in (getattr(keeper, name), getattr(joined, name)) if d]
        values[name] = max(days, default=None)
    values["statements"] = _statements(keeper, joined, values)
    # The last: a class that is given sets the day of the declaration if none is.
    values["class_code"] = keeper.class_code or joined.class_code
    return values


def _in_other_languages(
    own: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    known = dict(own)
    return (*own, *(pair for pair in other if pair[0] not in known))


def _later_dates(
    own: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    found = dict(own)
    for kind, day in other:
        found[kind] = max(day, found.get(kind, ""))
    return tuple(sorted(found.items()))


def _obligations(
    keeper: Record, joined: Record, reason: str
) -> tuple[ExtraObligation, ...]:
    code = keeper.class_code or joined.class_code
    found = {o.class_code: o for o in keeper.extra_obligations}
    for other in joined.extra_obligations:
        found.setdefault(other.class_code, other)
    if joined.class_code and joined.class_code != code:
        found.setdefault(
            joined.class_code,
            ExtraObligation(
                class_code=joined.class_code,
                citation=f"class of record {joined.id}, joined",
                reason=reason,
            ),
        )
    return tuple(o for o in found.values() if o.class_code != code)


def _appraisals(
    own: tuple[Appraisal, ...], other: tuple[Appraisal, ...]
) -> tuple[Appraisal, ...]:
    """Return the decisions of people on both, the one that keeps longest last."""
    if not other or other == own:
        return own
    if not own:
        return other
    last, first = sorted((own, other), key=lambda each: _keeps(each[-1]), reverse=True)
    return (*first, *last)


def _keeps(decision: Appraisal) -> tuple[bool, str]:
    return decision.verdict == "permanent", decision.until or ""


def _statements(
    keeper: Record, joined: Record, values: Mapping[str, Any]
) -> tuple[Statement, ...]:
    """Return the provenance of both: of each value, that of the one it was taken from.

    The first statement of a field counts.
    """
    known = {s.field for s in keeper.statements}
    taken = {
        f"date.{kind}"
        for kind, day in values["dates"]
        if dict(keeper.dates).get(kind) != day
    }
    first = [s for s in joined.statements if s.field in taken]
    more = [s for s in joined.statements if s.field not in known | taken]
    return tuple(dict.fromkeys((*first, *keeper.statements, *more)))


def with_files(
    own: tuple[Expression, ...], other: Iterable[Expression]
) -> tuple[Expression, ...]:
    """Return the expressions of one record with the files of another among them.

    A file goes to the expression of its language and version, and makes one where
    there is none.
    """
    found = list(own)
    shift = max((_top(f) for e in own for f in e.manifestations), default=0)
    for expression in other:
        files = tuple(_moved(f, shift) for f in expression.manifestations)
        for place, there in enumerate(found):
            if (there.language, there.version) == (
                expression.language,
                expression.version,
            ):
                found[place] = replace(
                    there, manifestations=(*there.manifestations, *files)
                )
                break
        else:
            found.append(replace(expression, manifestations=files))
    return tuple(found)


def _top(file: Manifestation) -> int:
    return int(file.position.partition(".")[0]) if file.position else 0


def _moved(file: Manifestation, shift: int) -> Manifestation:
    """Return a file at a place that no attachment of the other record has."""
    if not file.position or not shift:
        return file
    first, dot, rest = file.position.partition(".")
    return replace(file, position=f"{int(first) + shift}{dot}{rest}")


def without_files(
    now: tuple[Expression, ...], given: Iterable[Manifestation]
) -> tuple[tuple[Expression, ...], dict[tuple[str, str], Manifestation]]:
    """Return expressions without the files that were given, and those as they are now.

    Parameters
    ----------
    given
        The files as they came, each taken out once, the last of its kind first: what
        is known of them (a text read since) may have changed, their bytes have not.
    """
    wanted = [(f.sha256, f.position) for f in given]
    taken: dict[tuple[str, str], Manifestation] = {}
    kept: list[Expression] = []
    for expression in reversed(now):
        files: list[Manifestation] = []
        for file in reversed(expression.manifestations):
            key = (file.sha256, file.position)
            if key in wanted:
                wanted.remove(key)
                taken[key] = file
            else:
                files.append(file)
        if files:
            whole = tuple(reversed(files))
            kept.append(replace(expression, manifestations=whole))
    return tuple(reversed(kept)), taken
