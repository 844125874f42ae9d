"""Check what the entries of a schedule file say of one another."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from retention.schedule import ClassEntry, Owner, Schedule
from retention.tables import Report
from retention.tomllines import Path

__all__ = [
    "check_members",
    "check_parents",
    "check_reference",
    "check_supersession",
    "places_of",
]

_MAX_WAY: Final = 10
"""Codes of a loop that a message repeats: a loop may be as long as the file."""


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


def places_of(
    report: Report, kind: str, entries: Iterable[tuple[Path, _Coded]]
) -> dict[str, Path]:
    """Return where each code stands, reporting codes that stand twice.

    Parameters
    ----------
    report
        Where errors go.
    kind
        What the entries are, for the message.
    entries
        Each entry with its place.
    """
    places: dict[str, Path] = {}
    for path, entry in entries:
        if entry.code in places:
            first = report.line(places[entry.code])
            text = f"{kind} {entry.code} stands on line {first} already"
            report.add((*path, "code"), text)
        elif entry.code:
            places[entry.code] = path
    return places


def check_reference(
    report: Report,
    path: Path,
    code: str | None,
    known: Collection[str],
    *,
    where: str = "in the file",
) -> None:
    """Report a code that stands nowhere.

    Parameters
    ----------
    report
        Where errors go.
    path
        Where the code is named.
    code
        The code; None names nothing.
    known
        The codes that there are.
    where
        Where they stand, for the message.
    """
    if code is None or code in known:
        return
    hint = report.nearest(code, known)
    report.add(path, f"{path[-1]} {code} is not {where}{hint}")


def check_parents(report: Report, classes: Sequence[tuple[Path, ClassEntry]]) -> None:
    """Report each class that stands below itself."""
    parents: dict[str, str | None] = {}
    for _, entry in classes:
        parents.setdefault(entry.code, entry.parent)
    cycles: dict[str, str] = {}
    seen: set[str] = set()
    for start in parents:
        trail: list[str] = []
        code: str | None = start
        while code is not None and code in parents and code not in seen:
            seen.add(code)
            trail.append(code)
            code = parents[code]
        if code is not None and code in trail:
            place = trail.index(code)
            cycles.update(dict.fromkeys(trail[place:], _way(trail, place)))
    for path, entry in classes:
        way = cycles.pop(entry.code, None)
        if way is not None:
            report.add(
                (*path, "parent"), f"class {entry.code} is its own parent: {way}"
            )


def _way(trail: Sequence[str], place: int) -> str:
    """Return the loop that the codes of a trail make from a place on."""
    half = _MAX_WAY // 2
    left_out = len(trail) - place - 2 * half
    if left_out <= 0:
        return " > ".join((*trail[place:], trail[place]))
    begin, end = trail[place : place + half], trail[-half:]
    return " > ".join((*begin, f"({left_out} more)", *end, trail[place]))


def check_members(report: Report, classes: Sequence[tuple[Path, ClassEntry]]) -> None:
    """Report each class of the House that stands below Members' papers."""
    members = {entry.code for _, entry in classes if entry.owner is Owner.MEMBER}
    for path, entry in classes:
        if entry.owner is Owner.HOUSE and entry.parent in members:
            report.add(
                (*path, "parent"),
                f"a class of the House stands below Members' papers, {entry.parent}; "
                'write owner = "member" here too, or move it',
            )


def check_supersession(
    report: Report, schedules: Sequence[tuple[Path, Schedule]]
) -> None:
    """Report each schedule that supersedes itself, at once or by way of others.

    Notes
    -----
    A code that is not in the file is no error: it names a schedule of an earlier
    version. Of a loop the line is told that closes it.
    """
    paths = {schedule.code: path for path, schedule in schedules}
    older = {schedule.code: schedule.supersedes for _, schedule in schedules}
    seen: set[str] = set()
    for start in older:
        if start not in seen:
            for code, way in _loops(start, older, seen):
                report.add(
                    (*paths[code], "supersedes"),
                    f"schedule {code} supersedes itself: {way}",
                )


def _loops(
    start: str, older: Mapping[str, tuple[str, ...]], seen: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield each code that closes a loop on a walk from a start, and the loop."""
    seen.add(start)
    trail, places = [start], {start: 0}
    waiting = [iter(older[start])]
    while waiting:
        code = next(waiting[-1], None)
        if code is None:
            waiting.pop()
            del places[trail.pop()]
        elif code in places:
            yield trail[-1], _way(trail, places[code])
        elif code in older and code not in seen:
            seen.add(code)
            places[code] = len(trail)
            trail.append(code)
            waiting.append(iter(older[code]))
