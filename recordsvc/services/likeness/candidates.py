"""What a record may be alike to: few are looked up, and fewer are judged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from ingest.likeness import Likeness, Verdict, judge
from recordsvc.model import Archive, Record
from recordsvc.model.likeness import PaperTraits
from recordsvc.model.record import RecordState
from recordsvc.services.likeness.traits import compared

# Forms of one office share their words: what a thousand papers share tells nothing.
MAX_SHARING = 200
MAX_JUDGED = 50
# What counts first where several texts of two records are compared.
_RANK: Mapping[Likeness, int] = {
    kind: rank
    for rank, kind in enumerate(
        (
            Likeness.SAME_BYTES,
            Likeness.FORMAT,
            Likeness.SAME_TEXT,
            Likeness.LANGUAGE,
            Likeness.VERSION,
            Likeness.NEAR_SAME,
            Likeness.SIMILAR,
            Likeness.DIFFERENT,
        )
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Another record, and what the two are to one another.

    Parameters
    ----------
    verdict
        Its left is the record that was asked for.
    """

    record: Record
    verdict: Verdict

    @property
    def score(self) -> float:
        """Return the part of their words that the texts share, 0 where none is told."""
        if "same-text" in self.verdict.reasons:
            return 1.0
        return self.verdict.jaccard or 0.0


def found_for(root: Archive, record: Record) -> tuple[Found, ...]:
    """Return the records that share words, text or number with one, each judged.

    Returns
    -------
    tuple of Found
        The strongest likeness first; papers that are only different are left out.
    """
    traits: PaperTraits | None = root.likeness.traits.get(record.id)
    if traits is None:
        return ()
    shared: Counter[str] = Counter()
    for key in traits.keys:
        shared.update(islice(root.likeness.sharing(key), MAX_SHARING))
    shared.pop(record.id, None)
    ranked = sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))
    own = compared(root, record)
    found = []
    for record_id, _ in ranked[:MAX_JUDGED]:
        other = root.records.get(record_id)
        if other is None or other.state != RecordState.ACTIVE or other.is_foreign:
            continue
        verdict = min(
            (judge(one, another) for one in own for another in compared(root, other)),
            key=_strength,
        )
        if verdict.likeness is not Likeness.DIFFERENT:
            found.append(Found(record=other, verdict=verdict))
    return tuple(sorted(found, key=lambda f: (*_strength(f.verdict), f.record.id)))


def _strength(verdict: Verdict) -> tuple[int, float]:
    return _RANK[verdict.likeness], -(verdict.jaccard or 0.0)
