"""The versions of the schedule as a judge reads them: which apply, what they say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from recordsvc.model import Archive, ScheduleVersion
from retention.errors import CaseError
from retention.loader import load
from retention.schedule import MaximumRule, Owner, ScheduleFile, Stage


@lru_cache(maxsize=16)
def schedule_file(source: str) -> ScheduleFile:
    """Return a stored schedule text as values; parsed once a process."""
    return load(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A class as one version has it: what it says itself, and what it inherits from."""

    parent: str | None
    schedule: str | None
    owner: str
    maximum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One version of the schedule, with the class plan that belongs to it.

    Parameters
    ----------
    plan
        Classes that stand otherwise in this version than in the plan in use; empty
        for the version in force, whose classes are the plan in use.
    is_revoked
        Nothing replaces it and nothing may be disposed of by it: what it covers
        keeps its last obligation (PROV VERS advice 11, 3.19).
    """

    number: int
    file: ScheduleFile
    plan: Mapping[str, Place] = field(default_factory=dict)
    is_revoked: bool = False

    @property
    def effective_from(self) -> date:
        """Return the first day on which the version is in force."""
        return self.file.authority.effective_from

    def stages_of(
        self, root: Archive, class_code: str
    ) -> tuple[str, tuple[Stage, ...]]:
        """Return the schedule of a class and its stages, empty where it has none.

        Raises
        ------
        CaseError
            If the class, or the schedule that it names, is not there: neither is
            ever guessed.
        """
        name = None
        for place in self._lineage(root, class_code):
            if place.owner == Owner.MEMBER:
                # No records of the House: they are never scheduled.
                return "", ()
            name = name or place.schedule
        if name is None:
            return "", ()
        for schedule in self.file.schedules:
            if schedule.code == name:
                return name, schedule.stages
        raise CaseError(
            f"class {class_code} names schedule {name}, "
            f"which is not in version {self.number} of the schedule"
        )

    def maximum_of(self, root: Archive, class_code: str) -> MaximumRule | None:
        """Return the maximum-keeping duty of a class, its own or inherited.

        Raises
        ------
        CaseError
            If the class, or the duty that it names, is not there.
        """
        code = None
        for place in self._lineage(root, class_code):
            if place.owner == Owner.MEMBER:
                return None
            code = code or place.maximum
        if code is None:
            return None
        for rule in self.file.maximums:
            if rule.code == code:
                return rule
        raise CaseError(
            f"class {class_code} names maximum {code}, "
            f"which is not in version {self.number} of the schedule"
        )

    def _lineage(self, root: Archive, class_code: str) -> Iterator[Place]:
        seen: set[str] = set()
        code: str | None = class_code
        while code and code not in seen:
            seen.add(code)
            place = self._place(root, code)
            yield place
            code = place.parent

    def _place(self, root: Archive, code: str) -> Place:
        if code in self.plan:
            return self.plan[code]
        node = root.classes.get(code)
        if node is None:
            raise CaseError(f"class {code} is not in the file plan")
        return Place(
            parent=node.parent,
            schedule=node.schedule,
            owner=node.owner,
            maximum=node.maximum,
        )


def plan_of(file: ScheduleFile) -> dict[str, Place]:
    """Return the classes of a schedule file as they stand in it."""
    return {
        entry.code: Place(
            parent=entry.parent,
            schedule=entry.schedule,
            owner=entry.owner,
            maximum=entry.maximum,
        )
        for entry in file.classes
    }


def versions_on(root: Archive, on: date) -> list[ScheduleVersion]:
    """Return the versions that were ever in force by a day, the newest first."""
    found = []
    for number in reversed(list(root.schedule_versions.keys())):
        version: ScheduleVersion = root.schedule_versions[number]
        if version.state == "draft":
            continue
        if version.revoked_on is not None and version.applied_on is None:
            # Revoked before its day: it never was in force.
            continue
        if schedule_file(version.source).authority.effective_from <= on:
            found.append(version)
    return found


def is_revoked(version: ScheduleVersion, on: date) -> bool:
    """Say whether a version has been revoked by a day."""
    return version.revoked_on is not None and version.revoked_on <= on


def current_version(root: Archive, on: date) -> ScheduleVersion | None:
    """Return the schedule version in force on a day; None where it was revoked."""
    for version in versions_on(root, on):
        return None if is_revoked(version, on) else version
    return None


def rulebooks_on(root: Archive, on: date) -> tuple[Rulebook, ...]:
    """Return what applies on a day, the newest first; older versions may still hold.

    The classes of the version applied last are the plan in use; every other version
    is read with its own.
    """
    applied = [v.number for v in root.schedule_versions.values() if v.applied_on]
    in_use = max(applied, default=None)
    found = []
    for version in versions_on(root, on):
        file = schedule_file(version.source)
        found.append(
            Rulebook(
                number=version.number,
                file=file,
                plan={} if version.number == in_use else plan_of(file),
                is_revoked=is_revoked(version, on),
            )
        )
    return tuple(found)
