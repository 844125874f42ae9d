"""The trace of a decision: steps that a person can follow and a program can read.

A step holds what was found; its sentence is made from that when somebody reads it. So
a trace kept as JSON says the same when it is read again, and can be replayed
(:mod:`retention.replay`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from retention.errors import MalformedError
from retention.sentences import sentence
from retention.shapes import require_shape

__all__ = ["Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold one step of an explanation.

    Parameters
    ----------
    step
        What kind of step it is, such as ``"trigger"`` or ``"lost"``.
    facts
        What it found, by name, as plain values of JSON.

    Examples
    --------
    >>> step = Step(step="finished", facts={"schedule": "PQ-10", "stages": 2})
    >>> step.text
    'PQ-10: all its stages are done (2 of 2)'
    >>> Step.from_mapping(step.as_mapping()) == step
    True
    """

    step: str
    facts: Mapping[str, object]

    @property
    def text(self) -> str:
        """Return a sentence for a person."""
        return sentence(self.step, self.facts)

    def as_mapping(self) -> dict[str, object]:
        """Return the step, with its sentence, as plain values of JSON."""
        return {"step": self.step, "text": self.text, "facts": dict(self.facts)}

    @classmethod
    def from_mapping(cls, value: object) -> "Step":
        """Return the step of :meth:`as_mapping`, its sentence made anew.

        Raises
        ------
        MalformedError
            If it is no mapping, of no known kind, or its facts are not those of its
            kind.
        """
        if not isinstance(value, Mapping):
            raise MalformedError("a step of a trace", value, "an object")
        step, facts = value.get("step"), value.get("facts")
        require_shape(step, facts)
        return cls(step=str(step), facts=dict(facts or {}))
