"""Several obligations on one record: the one that keeps it longest decides.

Source: INTERFACE section 5, rule 6; DoD 5015.2 as AGS quotes it ("the longest").
"""

from retention.schedule import Action
from retention.stages import Outcome
from retention.trace import Step

__all__ = ["contest"]

_PRECEDENCE = {action: place for place, action in enumerate(Action)}
_PERMANENT, _UNKNOWN, _MORE_STAGES, _LAST_STAGE = range(4)
_GROUPS = {
    _PERMANENT: "permanent",
    _UNKNOWN: "unknown",
    _MORE_STAGES: "more_stages",
}


def contest(outcomes: list[Outcome]) -> tuple[Outcome, list[Step]]:
    """Return the obligation that decides, and why each other one lost.

    Parameters
    ----------
    outcomes
        At least one, in any order: the order never matters.
    """
    if len(outcomes) == 1:
        return outcomes[0], []
    winner, *losers = sorted(outcomes, key=_rank)
    return winner, [_lost(loser, winner) for loser in losers]


def _rank(outcome: Outcome) -> tuple[int, int, int, str]:
    return (
        _group(outcome),
        -outcome.ends_on.toordinal() if outcome.ends_on is not None else 0,
        _PRECEDENCE[outcome.rule.action],
        outcome.schedule,
    )


def _group(outcome: Outcome) -> int:
    if outcome.rule.action is Action.PERMANENT:
        return _PERMANENT
    if outcome.ends_on is None:
        return _UNKNOWN
    return _LAST_STAGE if outcome.is_last else _MORE_STAGES


def _lost(loser: Outcome, winner: Outcome) -> Step:
    return Step(
        step="lost",
        facts={
            "schedule": loser.schedule,
            "due_on": _due(loser),
            "action": loser.rule.action.value,
            "winner": winner.schedule,
            "winner_due_on": _due(winner),
            "winner_action": winner.rule.action.value,
            "because": _reason(loser, winner),
        },
    )


def _due(outcome: Outcome) -> str | None:
    return outcome.ends_on.isoformat() if outcome.ends_on is not None else None


def _reason(loser: Outcome, winner: Outcome) -> str:
    group = _group(winner)
    if group != _group(loser):
        return _GROUPS[group]
    if winner.ends_on != loser.ends_on:
        return "later"
    if winner.rule.action is not loser.rule.action:
        return "action"
    return "code"
