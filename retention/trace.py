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

    Examples
    --------
    >>> Step(step="on", text="asked for 2030-01-01", facts={}).as_mapping()
    {'step': 'on', 'text': 'asked for 2030-01-01'}
    """

    step: str
    text: str
    facts: Mapping[str, object]

    def as_mapping(self) -> dict[str, object]:
        """Return the step as one flat object of JSON."""
        return {"step": self.step, "text": self.text, **self.facts}
