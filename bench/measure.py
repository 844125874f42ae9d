"""Timing: two things in turn, several rounds, the ratio of each round."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What came out of a comparison: seconds of ours, and ours over reference."""

    what: str
    ours_s: float
    reference_s: float
    ratio: float
    note: str = ""

    def noting(self, note: str) -> "Ratio":
        """Return the same with another remark."""
        return replace(self, note="; ".join(filter(None, (self.note, note))))

    def row(self) -> str:
        """Return the row of the table in README.md."""
        return (
            f"| {self.what} | {self.ours_s:.3f} s | {self.reference_s:.3f} s "
            f"| {self.ratio:.2f} | {self.note} |"
        )


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(
    what: str,
    ours: Callable[[], object],
    reference: Callable[[], object],
    *,
    rounds: int = 3,
    note: str = "",
) -> Ratio:
    """Run both in turn and return the medians; one warm-up of each is not counted."""
    ours()
    reference()
    pairs = [(seconds(ours), seconds(reference)) for _ in range(rounds)]
    return Ratio(
        what=what,
        ours_s=statistics.median(a for a, _ in pairs),
        reference_s=statistics.median(b for _, b in pairs),
        ratio=statistics.median(a / b for a, b in pairs),
        note=note,
    )
