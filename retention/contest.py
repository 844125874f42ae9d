"""Several obligations on one record: the one that keeps it longest decides.

Source: INTERFACE section 5, rule 6; DoD 5015.2 as AGS quotes it ("the longest").
"""

from retention.clock import Outcome
from retention.schedule import Action
from retention.trace import Step

__all__ = ["contest"]

_PRECEDENCE = {action: place for place, action in enumerate(Action)}
_PERMANENT, _UNKNOWN, _MORE_STAGES, _LAST_STAGE = range(4)
_GROUP_REASONS = {
    _PERMANENT: "its action is permanent",
    _UNKNOWN: "its due date is unknown, which counts as the latest",
    _MORE_STAGES: "it has stages still to come",
}


def contest(outcomes: list[Outcome]) -> tuple[Outcome, list[Step]]:
    """Return the obligation that decides, and why each other one lost.

    Parameters
    ----------
    outcomes
        At least one, in any order: the order never matters.
    """
    winner, *losers = sorted(outcomes, key=_rank)
    return winner, [_lost(loser, winner) for loser in losers]


def _rank(outcome: Outcome) -> tuple[int, int, int, str]:
    return (
        _group(outcome),
        -outcome.due_on.toordinal() if outcome.due_on is not None else 0,
        _PRECEDENCE[outcome.stage.action],
        outcome.schedule,
    )


def _group(outcome: Outcome) -> int:
    if outcome.stage.action is Action.PERMANENT:
        return _PERMANENT
    if outcome.due_on is None:
        return _UNKNOWN
    return _LAST_STAGE if outcome.is_last else _MORE_STAGES


def _lost(loser: Outcome, winner: Outcome) -> Step:
    reason = _reason(loser, winner)
    due = loser.due_on.isoformat() if loser.due_on is not None else None
    return Step(
        step="lost",
        text=f"{loser.schedule} ({due or 'no due date'}) lost to {winner.schedule} "
        f"because {reason}",
        facts={"schedule": loser.schedule, "winner": winner.schedule, "due_on": due},
    )


def _reason(loser: Outcome, winner: Outcome) -> str:
    group = _group(winner)
    if group != _group(loser):
        return f"{winner.schedule} comes first: {_GROUP_REASONS[group]}"
    if winner.due_on != loser.due_on:
        return f"{winner.schedule} is due later, on {winner.due_on}"
    if winner.stage.action is not loser.stage.action:
        return f"{winner.stage.action} goes before {loser.stage.action}"
    return f"of equal claims the lower code decides, {winner.schedule}"
