"""Decide a case: what is to be done with a record, when, and why.

The rules are those of INTERFACE section 5; the background is ISO 15489-1 (9.9) and
MoReq2010 chapters 8 and 9.
"""

from collections.abc import Iterable

from retention.case import Calendar, Case, Facts, Hold, Malformed, Obligation
from retention.dates import legal_day
from retention.decision import Decision, active_holds, bounded, judge, keeping_of
from retention.errors import CaseError
from retention.maximum import bound_of
from retention.reading import Reader
from retention.schedule import Action, MaximumRule, Rounding, Stage
from retention.stages import run_obligation

__all__ = [
    "Calendar",
    "Case",
    "Decision",
    "Facts",
    "Hold",
    "Malformed",
    "Obligation",
    "decide",
]


def decide(case: Case) -> Decision:
    """Return the decision of a case; the same case has the same decision for ever.

    Parameters
    ----------
    case
        The case, with the day for which is asked.

    Raises
    ------
    MalformedError
        If a value that is read is not what it should be.
    CaseError
        If well-formed values cannot be judged together.

    Examples
    --------
    >>> from datetime import date
    >>> from retention.fields import triggers_from
    >>> from retention.periods import Period
    >>> stage = Stage(
    ...     action=Action.DESTROY,
    ...     triggers=triggers_from("closed"),
    ...     period=Period.parse("P10Y"),
    ...     rounding=Rounding.YEAR,
    ... )
    >>> decision = decide(
    ...     Case(
    ...         case="c1",
    ...         on=date(2024, 1, 1),
    ...         zone="Europe/Paris",
    ...         obligations=(Obligation(schedule="PQ-10", stages=(stage,)),),
    ...         facts=Facts(closed="2013-01-03"),
    ...     )
    ... )
    >>> print(decision.state, decision.due_on)
    due 2024-01-01
    >>> for step in decision.trace:
    ...     print(step.text)
    PQ-10: stage 0 (1 of 1) decides, its action is destroy
    trigger closed: 2013-01-03
    rounded to year: 2014-01-01
    plus P10Y: 2024-01-01
    due: 2024-01-01 has come on 2024-01-01; not to be executed before 2024-01-02
    """
    reader = Reader.of(case)
    _check(case.obligations, has_fiscal=reader.fiscal is not None)
    _check_maximums(case.maximums, has_fiscal=reader.fiscal is not None)
    holds = active_holds(case.holds, case.on)
    kept_until = None
    if case.kept_until is not None:
        kept_until = legal_day(case.kept_until, reader.zone, "kept_until")
    outcomes = [
        run_obligation(obligation, reader)
        for obligation in sorted(case.obligations, key=lambda o: o.schedule)
    ]
    decision = judge(case.case, case.on, outcomes, kept_until=kept_until, holds=holds)
    if not case.maximums:
        return decision
    keeping = keeping_of(decision, case.on)
    rules = sorted(case.maximums, key=lambda m: m.code)
    return bounded(decision, [bound_of(rule, keeping, reader) for rule in rules])


def _check_maximums(rules: Iterable[MaximumRule], *, has_fiscal: bool) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.code in seen:
            raise CaseError(f"maximum {rule.code} stands twice; once is enough")
        seen.add(rule.code)
        if not rule.triggers:
            raise CaseError(f"maximum {rule.code} has no trigger")
        if rule.rounding is Rounding.FISCAL and not has_fiscal:
            raise CaseError(
                f"maximum {rule.code} rounds to fiscal years without their start"
            )


def _check(obligations: Iterable[Obligation], *, has_fiscal: bool) -> None:
    seen: set[str] = set()
    for obligation in obligations:
        code = obligation.schedule
        if code in seen:
            raise CaseError(f"schedule {code} lays two obligations; one is enough")
        seen.add(code)
        if not obligation.stages:
            raise CaseError(f"schedule {code} has no stages; an obligation needs one")
        for number, stage in enumerate(obligation.stages):
            where = f"stage {number} of {code}"
            if stage.rounding is Rounding.FISCAL and not has_fiscal:
                raise CaseError(f"{where} rounds to fiscal years without their start")
            if stage.action is not Action.PERMANENT:
                _check_clock(stage, where, is_first=number == 0)


def _check_clock(stage: Stage, where: str, *, is_first: bool) -> None:
    if stage.period is None:
        raise CaseError(f"{where} has no period")
    if is_first and not stage.triggers:
        raise CaseError(f"{where} has no trigger")
