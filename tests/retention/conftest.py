"""Cases of the JSON door, as short as a test can say them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from retention.evaluate import evaluate_line

# That the machine is busy is no fault of a rule.
settings.register_profile(
    "retention", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("retention")

Ask = Callable[..., dict[str, Any]]


def _stage(**changes: Any) -> dict[str, Any]:
    return {"trigger": "closed", "period": "P5Y", "action": "destroy", **changes}


@pytest.fixture
def stage() -> Callable[..., dict[str, Any]]:
    """Return a maker of stages: closed + 5 years, destroy."""
    return _stage


@pytest.fixture
def ask() -> Ask:
    """Return a function that evaluates a case and checks the shape of its answer.

    ``stage`` gives one obligation "S"; other names are members of the case, and None
    takes the member away.
    """

    def evaluate(**members: Any) -> dict[str, Any]:
        case: dict[str, Any] = {
            "case": "c1",
            "on": "2025-03-15",
            "zone": "Europe/Paris",
        }
        if "stage" in members:
            stages = members.pop("stage")
            stages = stages if isinstance(stages, list) else [stages]
            case["obligations"] = [{"schedule": "S", "stages": stages}]
        case.update(members)
        answer = evaluate_line(json.dumps(case))
        check_shape(answer)
        return answer

    return evaluate


def check_shape(answer: dict[str, Any]) -> None:
    """Fail unless an answer is one of the two shapes that there are."""
    assert json.loads(json.dumps(answer)) == answer
    if answer["state"] == "error":
        assert list(answer) == ["case", "state", "error"]
        assert isinstance(answer["error"], str)
        assert answer["error"]
        return
    assert list(answer) == [
        *("case", "state", "action", "due_on", "trigger_date", "provisional"),
        *("earliest_execution", "winner", "stage", "held_by", "trace"),
        *(["maximums"] if "maximums" in answer else []),
    ]
    assert answer["trace"]
    assert all(isinstance(step, str) and step for step in answer["trace"])
    assert (answer["due_on"] is None) == (answer["earliest_execution"] is None)
    assert not (answer["provisional"] and answer["due_on"] is None)
    assert not (answer["provisional"] and answer["state"] == "due")
    assert (answer["state"] == "held") == bool(answer["held_by"])
