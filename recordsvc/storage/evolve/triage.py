"""Step 0006: an inbox of what a person has to look at, and the bulk edits."""

import uuid
from datetime import UTC, datetime
from typing import Any

from BTrees.OOBTree import OOBTree

from recordsvc.model.job import Job
from recordsvc.model.root import ROOT_KEY
from recordsvc.model.triage import Inbox

# As it stood in the store when this step was written.
FILE_INBOX = "file-inbox"


def plant_inbox(root: Any) -> None:
    """Give an older archive the trees; a job files the records that there are."""
    archive = root[ROOT_KEY]
    if hasattr(archive, "inbox"):
        return
    archive.inbox, archive.unread = Inbox(), Inbox()
    archive.bulk_edits = OOBTree()
    if archive.records:
        archive.jobs.put(Job(uuid.uuid4().hex, FILE_INBOX, {}, datetime.now(UTC)))
