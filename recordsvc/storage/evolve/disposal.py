"""Step 0002: the trees that retention, disposal and the audit trail need."""

from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet

from recordsvc.model.audit import AuditTrail
from recordsvc.model.disposal import Epoch
from recordsvc.model.root import ROOT_KEY

TREES = {
    "audit": AuditTrail,
    "active_holds": OOTreeSet,
    "hold_epoch": Epoch,
    "schedule_epoch": Epoch,
    "by_exception": OOTreeSet,
    "by_opening": OOTreeSet,
    "by_vital_review": OOTreeSet,
    "disposal_lists": OOBTree,
    "listed": OOBTree,
    "disposal_runs": OOBTree,
    "certificates": OOBTree,
}


def plant_trees(root: Any) -> None:
    """Give an older archive the trees that are new, and fill those that must be."""
    archive = root[ROOT_KEY]
    for name, kind in TREES.items():
        if not hasattr(archive, name):
            setattr(archive, name, kind())
    archive.active_holds.update(
        hold_id for hold_id, hold in archive.holds.items() if hold.lifted_at is None
    )
    for record_id, record in archive.records.items():
        standing = record.standing
        state = standing.state.split(":", maxsplit=1)[0] if standing else ""
        if state in {"awaiting_trigger", "error"}:
            archive.by_exception.add((state, record_id))
