"""The board of months as the geometry of a chart; a template draws it.

It is mirrored by numbers, not by a transformation, so that its words stay readable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720.0, 160.0
GAP = 12.0
LEAST = 3.0
# The order in which actions are stacked, from the axis up.
ACTIONS = ("destroy", "anonymise", "transfer", "review", "retain", "permanent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a bar: what is to be done with so many records."""

    action: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A month."""

    month: str
    count: int
    x: float
    width: float
    top: float
    parts: tuple[Part, ...]

    @property
    def middle(self) -> float:
        """Return where its words are centred."""
        return self.x + self.width / 2


def bars(
    months: Sequence[tuple[str, Mapping[str, int]]], *, is_mirrored: bool = False
) -> tuple[Bar, ...]:
    """Return a stacked bar for each month, side by side.

    Parameters
    ----------
    months
        Name of the month, and how many records by action.
    is_mirrored
        The first month stands at the right, as pages in Arabic are read.

    Examples
    --------
    >>> (bar,) = bars([("2026-11", {"destroy": 4})])
    >>> bar.count, bar.parts[0].action, bar.top
    (4, 'destroy', 0.0)
    """
    most = max((sum(counts.values()) for _, counts in months), default=0)
    step = WIDTH / max(len(months), 1)
    made = []
    for place, (month, counts) in enumerate(months):
        at = len(months) - 1 - place if is_mirrored else place
        parts = _parts(counts, most)
        made.append(
            Bar(
                month=month,
                count=sum(counts.values()),
                x=round(at * step + GAP / 2, 2),
                width=round(step - GAP, 2),
                top=parts[-1].y if parts else HEIGHT,
                parts=parts,
            )
        )
    return tuple(made)


def _parts(counts: Mapping[str, int], most: int) -> tuple[Part, ...]:
    """Return the pieces of a bar from the axis up; what is there can be seen."""
    known = sorted(counts, key=lambda a: (_place(a), a))
    heights = {
        action: max(LEAST, HEIGHT * counts[action] / most)
        for action in known
        if counts[action]
    }
    total = sum(heights.values())
    scale = min(1.0, HEIGHT / total) if total else 1.0
    parts, y = [], HEIGHT
    for action, height in heights.items():
        y -= height * scale
        parts.append(
            Part(
                action=action,
                count=counts[action],
                y=round(max(y, 0.0), 2),
                height=round(height * scale, 2),
            )
        )
    return tuple(parts)


def _place(action: str) -> int:
    return ACTIONS.index(action) if action in ACTIONS else len(ACTIONS)
