"""Step 0003: dossiers know which of their records were disposed of."""

from typing import Any

from BTrees.OOBTree import OOTreeSet

from recordsvc.model.root import ROOT_KEY

# As they stood in the store when this step was written.
DISPOSED_OF = "x"
NOT_DISPOSED_OF = frozenset({"capture-undone", "returned-to-owner"})


def count_dossiers(root: Any) -> None:
    """Note in the trees which records have gone from a dossier under the schedule.

    The next run of disposal finds the dossiers that nothing is left in.
    """
    archive = root[ROOT_KEY]
    if not hasattr(archive, "dwindling"):
        archive.dwindling = OOTreeSet()
    for record_id, record in archive.records.items():
        stone = record.tombstone
        file_id = record.aggregation
        if stone is None or stone.authority in NOT_DISPOSED_OF:
            continue
        if file_id is None or file_id not in archive.aggregations:
            continue
        archive.by_aggregation.add((file_id, f"{DISPOSED_OF}{record_id}"))
        archive.dwindling.add(file_id)
        parent = archive.aggregations[file_id].parent
        if parent is not None and parent in archive.aggregations:
            archive.dwindling.add(parent)
