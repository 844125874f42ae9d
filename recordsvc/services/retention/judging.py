"""A judge: one day and the versions that apply, read once; then record by record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import Standing
from recordsvc.services.context import Context
from recordsvc.services.disposal import holdscope
from recordsvc.services.retention import evidence
from recordsvc.services.retention.rulebooks import Rulebook, rulebooks_on
from retention.case import Calendar, Case, Hold, Obligation
from retention.dates import legal_day
from retention.decide import decide
from retention.decision import Decision
from retention.errors import CaseError
from retention.maximum import BoundState
from retention.schedule import (
    Action,
    MaximumRule,
    Reach,
    Stage,
    State,
    TriggerKind,
)

# Answers kept for records of the same facts.
MOST_ALIKE = 30_000
APPRAISAL = "APPRAISAL"
PERMANENT = "permanent"
NO_COVERAGE = "no_coverage"
_FOR_EVER = Obligation(schedule=APPRAISAL, stages=(Stage(action=Action.PERMANENT),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A decision, and by which version it was reached.

    Parameters
    ----------
    covered
        False where the version was revoked and nothing replaces it: the record keeps
        its last obligation, which nothing is done by.
    """

    decision: Decision
    version: int
    covered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """What a class and the second obligations lay on a record in one version."""

    obligations: tuple[Obligation, ...]
    needs: frozenset[TriggerKind]
    maximums: tuple[MaximumRule, ...] = ()


_BINDING = frozenset({BoundState.BOUND, BoundState.PASSED})
_UNBOUND = _Bound(obligations=(), needs=frozenset())


class Judge:
    """Judges records on one day, within one transaction.

    Classes, calendars and schedules are looked up once, so that a record more costs
    little. It must not outlive its transaction, nor a change of the file plan, the
    calendar or the schedule in it.

    Parameters
    ----------
    on
        The day for which is asked.
    rulebooks
        The versions to judge by, the newest first; those in force without.
    """

    def __init__(
        self, ctx: Context, on: date, rulebooks: Sequence[Rulebook] | None = None
    ) -> None:
        self.ctx = ctx
        self.on = on
        found = rulebooks_on(ctx.root, on) if rulebooks is None else rulebooks
        self.rulebooks = tuple(found)
        newest = self.newest
        self._is_for_all = (
            newest is not None and newest.file.authority.reach is Reach.ALL
        )
        # A text says why there is nothing to judge by.
        self._bound: dict[tuple[int, tuple[str, ...]], _Bound | str] = {}
        self._before: dict[int, Judge] = {}
        self._alike: dict[tuple[object, ...], Standing] = {}
        self._calendars: dict[str | None, Calendar] = {}
        self._has_holds = bool(ctx.root.active_holds)

    @property
    def newest(self) -> Rulebook | None:
        """Return the version that decides first; None without a schedule."""
        return self.rulebooks[0] if self.rulebooks else None

    def rulebook_of(self, record: Record) -> Rulebook | None:
        """Return the newest version whose reach takes the record in.

        Raises
        ------
        RetentionError
            If a fact that the reach hangs on is malformed.
        """
        if self._is_for_all:
            return self.rulebooks[0]
        for place, rules in enumerate(self.rulebooks):
            if self._takes(rules, record, self.rulebooks[place + 1 :]):
                return rules
        return None

    def _takes(
        self, rules: Rulebook, record: Record, older: Sequence[Rulebook]
    ) -> bool:
        begin = rules.effective_from
        match rules.file.authority.reach:
            case Reach.NEW:
                return record.declared_on is None or record.declared_on >= begin
            case Reach.OPEN:
                return self._is_open(record, rules, older)
            case _:
                return True

    def _is_open(
        self, record: Record, rules: Rulebook, older: Sequence[Rulebook]
    ) -> bool:
        """Say whether a record was neither closed nor due when a version began."""
        begin = rules.effective_from
        closed = evidence.closed_of(self.ctx.root, record)
        if closed is not None:
            zone = rules.file.authority.zone
            if legal_day(closed, zone, "closed") < begin:
                return False
        if rules.number not in self._before:
            self._before[rules.number] = Judge(self.ctx, begin, older)
        case = self._before[rules.number].case_of(record, with_holds=False)
        return case is None or decide(case).state is not State.DUE

    def case_of(self, record: Record, *, with_holds: bool = True) -> Case | None:
        """Return a record as the retention library wants it; None without a schedule.

        Raises
        ------
        RetentionError
            If its class, or the schedule of it, is not in the version that applies.
        """
        if self.newest is None:
            return None
        return self._case(record, self.rulebook_of(record), with_holds=with_holds)

    def _case(
        self, record: Record, rules: Rulebook | None, *, with_holds: bool
    ) -> Case:
        terms = self._terms(record, rules)
        return Case(
            case=record.id,
            **self._frame(rules or self.rulebooks[0]),
            **terms,
            holds=self._holds(record) if with_holds else (),
        )

    def _terms(self, record: Record, rules: Rulebook | None) -> dict[str, Any]:
        """Return what a record's decision hangs on beside the day and the version."""
        bound = self._bound_by(record, rules)
        obligations, kept_until = bound.obligations, None
        if record.appraisals:
            appraisal = record.appraisals[-1]
            if appraisal.verdict == PERMANENT:
                obligations = (*obligations, _FOR_EVER)
            else:
                kept_until = appraisal.until
        return {
            "obligations": obligations,
            "kept_until": kept_until,
            "maximums": bound.maximums,
            **self._facts(record, bound.needs),
        }

    def _facts(self, record: Record, needs: frozenset[TriggerKind]) -> dict[str, Any]:
        found = {"facts": evidence.facts_of(self.ctx.root, record, needs)}
        if not evidence.reads_calendar(needs):
            return found
        return {**found, "calendar": self._calendar(record.jurisdiction)}

    def _frame(self, rules: Rulebook) -> dict[str, Any]:
        authority, settings = rules.file.authority, self.ctx.settings
        return {
            "on": self.on,
            "zone": authority.zone or settings.zone,
            "fiscal_year_start": authority.fiscal_year_start
            or settings.fiscal_year_start,
        }

    def standing_of(self, record: Record) -> Standing | None:
        """Return how a record stands, holds apart: they stop no clock.

        Records alike in all that counts share one answer.

        Raises
        ------
        RetentionError
            As `judge`.
        """
        if self.newest is None:
            return None
        rules = self.rulebook_of(record)
        terms = self._terms(record, rules)
        key = (
            rules.number if rules is not None else None,
            tuple(obligation.schedule for obligation in terms["obligations"]),
            terms["kept_until"],
            tuple(rule.code for rule in terms["maximums"]),
            terms["facts"],
            id(terms.get("calendar")),
        )
        found = self._alike.get(key)
        if found is None:
            if len(self._alike) >= MOST_ALIKE:
                self._alike.clear()
            frame = self._frame(rules or self.newest)
            judged = self._judged(Case(case=None, **frame, **terms), rules)
            found = self._alike[key] = _standing(judged, self.on)
        return found

    def unbound_case_of(self, record: Record) -> Case | None:
        """Return every fact of a record, for a clock beside disposal."""
        if self.newest is None:
            return None
        return Case(
            case=record.id,
            **self._frame(self.newest),
            **self._facts(record, evidence.EVERYTHING),
        )

    def _bound_by(self, record: Record, rules: Rulebook | None) -> _Bound:
        if rules is None:
            # Where no version takes the record in, nothing binds it.
            return _UNBOUND
        codes = (record.class_code,) if record.class_code else ()
        if record.extra_obligations:
            codes = (*codes, *(o.class_code for o in record.extra_obligations))
        key = (rules.number, codes)
        found = self._bound.get(key)
        if found is None:
            try:
                found = self._bind(rules, codes)
            except CaseError as error:
                found = error.reason
            self._bound[key] = found
        if isinstance(found, str):
            raise CaseError(found)
        return found

    def _bind(self, rules: Rulebook, codes: tuple[str, ...]) -> _Bound:
        schedules = dict(rules.stages_of(self.ctx.root, code) for code in codes)
        schedules.pop("", None)
        stages = [stage for found in schedules.values() for stage in found]
        duties = (rules.maximum_of(self.ctx.root, code) for code in codes)
        maximums = {rule.code: rule for rule in duties if rule is not None}
        return _Bound(
            obligations=tuple(
                Obligation(schedule=name, stages=found)
                for name, found in schedules.items()
            ),
            needs=evidence.needs_of([*stages, *maximums.values()]),
            maximums=tuple(maximums.values()),
        )

    def _calendar(self, jurisdiction: str | None) -> Calendar:
        if jurisdiction not in self._calendars:
            own = self.ctx.settings.jurisdiction
            self._calendars[jurisdiction] = evidence.calendar_of(
                self.ctx.root, own, jurisdiction
            )
        return self._calendars[jurisdiction]

    def _holds(self, record: Record) -> tuple[Hold, ...]:
        ids = record.holds
        if self._has_holds:
            ids = tuple(dict.fromkeys((*ids, *holdscope.holds_on(self.ctx, record))))
        return tuple(Hold(id=hold_id) for hold_id in ids)

    def judge(self, record: Record, *, with_holds: bool = True) -> Judgement | None:
        """Return the decision for a record; None without a schedule.

        Raises
        ------
        RetentionError
            If its facts cannot be judged, or its class has no schedule that is there.

        Notes
        -----
        What only a revoked version covers is never due.
        """
        if self.newest is None:
            return None
        rules = self.rulebook_of(record)
        return self._judged(self._case(record, rules, with_holds=with_holds), rules)

    def _judged(self, case: Case, rules: Rulebook | None) -> Judgement:
        decision = decide(case)
        if rules is None or not rules.is_revoked:
            number = (rules or self.rulebooks[0]).number
            return Judgement(decision=decision, version=number)
        if decision.state is State.DUE:
            decision = replace(decision, state=State.PERMANENT)
        return Judgement(decision=decision, version=rules.number, covered=False)

    def decision_of(self, record: Record) -> Decision | None:
        """Return the library's decision for a record; None without a schedule."""
        found = self.judge(record)
        return found.decision if found is not None else None


def _standing(found: Judgement, on: date) -> Standing:
    decision = found.decision
    return Standing(
        state=str(decision.state) if found.covered else NO_COVERAGE,
        action=str(decision.action) if decision.action else None,
        due_on=decision.due_on,
        winner=decision.winner,
        stage=decision.stage,
        provisional=decision.provisional,
        schedule_version=found.version,
        computed_on=on,
        maximum_on=min(
            (
                bound.until
                for bound in decision.bounds
                if bound.until is not None
                and bound.state in _BINDING
                and not bound.provisional
            ),
            default=None,
        ),
        refused=tuple(
            (bound.maximum, bound.until.isoformat())
            for bound in decision.bounds
            if bound.state is BoundState.REFUSED and bound.until is not None
        ),
        far_trigger=decision.far_trigger,
    )
