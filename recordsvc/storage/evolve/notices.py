"""Step 0004: a tree for what people are to be told of beside the due list."""

import uuid
from datetime import UTC, datetime
from typing import Any

from BTrees.OOBTree import OOTreeSet

from recordsvc.model.job import Job
from recordsvc.model.root import ROOT_KEY

# As they stood in the store when this step was written.
MANUAL, RECALCULATE = "manual", "recalculate"


def plant_notices(root: Any) -> None:
    """Give an older archive the tree, with the manual dates that there are.

    What hangs on the schedule is filed by the recalculation that is asked for.
    """
    archive = root[ROOT_KEY]
    if hasattr(archive, "by_notice"):
        return
    archive.by_notice = OOTreeSet()
    for record_id, record in archive.records.items():
        if record.appraisals and record.appraisals[-1].until:
            day = record.appraisals[-1].on.isoformat()
            archive.by_notice.add((MANUAL, day, record_id))
    if archive.schedule_versions:
        archive.jobs.put(Job(uuid.uuid4().hex, RECALCULATE, {}, datetime.now(UTC)))
