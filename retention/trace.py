"""The trace of a decision: steps that a person can follow and a program can read."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold one step of an explanation.

    Parameters
    ----------
    step
        What kind of step it is, such as ``"trigger"`` or ``"lost"``.
    text
        A sentence for a person.
    facts
        What the sentence says, by name, as plain values of JSON.
    """

    step: str
    text: str
    facts: Mapping[str, object]
