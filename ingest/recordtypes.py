"""The vocabulary of record types that profiles may name, by family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FAMILIES", "RECORD_TYPES"]

FAMILIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(words.split())
        for name, words in {
            "chamber": "agenda order-paper minutes journal hansard division-list "
            "ruling",
            "legislation": "bill amendment marshalled-list explanatory-memorandum act "
            "statutory-instrument veto-message gazette",
            "questions": "question question-paper interpellation answer holding-answer "
            "correction motion petition",
            "papers": "paper command-paper house-paper deposited-paper unprinted-paper "
            "sessional-paper treaty annual-report impact-assessment statement judgment",
            "committees": "notice evidence written-evidence report special-report "
            "government-response in-camera-record",
            "library": "research-briefing dossier debate-pack enquiry legal-opinion "
            "bibliographic-record press-cutting statistical-table catalogue dataset",
            "corporate": "contract personnel finance security letter",
        }.items()
    }
)
"""Record types by who usually makes them; a message is a ``letter``."""

RECORD_TYPES = frozenset().union(*FAMILIES.values())
