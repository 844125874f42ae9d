"""The root of the archive: collections and the indexes that law depends on."""

import secrets
from datetime import date, datetime

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from recordsvc.model.audit import AuditTrail
from recordsvc.model.disposal import Epoch
from recordsvc.model.job import JobQueue
from recordsvc.model.likeness import LikenessBook
from recordsvc.model.mail import LetterBox
from recordsvc.model.outbox import Outbox
from recordsvc.model.record import Bitstream, Record
from recordsvc.model.triage import Inbox

ROOT_KEY = "archive"


class Archive(Persistent):  # type: ignore[misc]
    """Everything the store holds.

    What is due, held or known by number is answered from the trees here,
    inside the transaction, never from the search index.

    Parameters
    ----------
    index_wanted
        Why the index has to be built anew, empty when it has not; whoever holds the
        indexer's lease does it.
    ledger_bytes
        Size of the destruction ledger's file when this store last wrote or read it;
        a larger file means that an older backup was put back.
    ledger_signed
        The ledger had signatures when this store last wrote or read it: one without
        is then another one.
    """

    index_wanted: str = ""
    ledger_bytes: int = 0
    ledger_signed: bool = False
    # None in a store that was made before there were letters.
    letter_box: LetterBox | None = None
    # (word of a name, agent id) of the authority list; None before it has an entry.
    agent_names: OOTreeSet | None = None

    def __init__(self, store_id: str, created_at: datetime, *, is_test: bool) -> None:
        self.store_id = store_id
        self.session_secret = secrets.token_hex(32)
        self.created_at = created_at
        self.is_test = is_test
        self.records = OOBTree()
        self.record_count = Length()
        self.bitstreams = OOBTree()
        self.by_identifier = OOTreeSet()
        self.by_class = OOTreeSet()
        self.by_due = OOTreeSet()
        # (aggregation, record), (dossier, "v" and volume), and (aggregation, "x" and
        # record) of what was disposed of.
        self.by_aggregation = OOTreeSet()
        # Ids of the aggregations that a record was disposed of from, and that are not
        # disposed of themselves.
        self.dwindling = OOTreeSet()
        self.by_event_key = OOTreeSet()
        self.by_calendar_wait = OOTreeSet()
        self.classes = OOBTree()
        self.aggregations = OOBTree()
        self.schedule_versions = OOBTree()
        self.holds = OOBTree()
        self.held = OOTreeSet()
        # Ids of the holds that have not been lifted.
        self.active_holds = OOTreeSet()
        self.hold_epoch = Epoch()
        self.schedule_epoch = Epoch()
        # (state, record id) of what cannot be judged, (day, record id) of what opens
        # to readers and of what has to be reviewed as vital.
        self.by_exception = OOTreeSet()
        self.by_opening = OOTreeSet()
        self.by_vital_review = OOTreeSet()
        # (kind, day, record id) of what a person is to be told of beside the due list:
        # maximum-keeping duties, far triggers, manual dates.
        self.by_notice = OOTreeSet()
        # Records whose values a person has to look at, and files that were not read.
        self.inbox = Inbox()
        self.unread = Inbox()
        self.bulk_edits = OOBTree()
        self.disposal_lists = OOBTree()
        # Record id to the open list that it is on.
        self.listed = OOBTree()
        self.disposal_runs = OOBTree()
        self.certificates = OOBTree()
        self.calendar = OOBTree()
        self.trigger_events = OOBTree()
        self.agents = OOBTree()
        self.questions = OOBTree()
        self.links = OOBTree()
        self.links_by_record = OOTreeSet()
        self.rejected_links = OOTreeSet()
        self.accounts = OOBTree()
        self.tokens = OOBTree()
        self.collections = OOBTree()
        self.audit = AuditTrail()
        self.jobs = JobQueue()
        self.letter_box = LetterBox()
        self.likeness = LikenessBook(secrets.token_bytes(16))
        self.outbox = Outbox()
        # Ids whose access was tightened or whose content was destroyed since the
        # index last saw them: queries exclude them until it has caught up.
        self.tightened = OOTreeSet()

    def bitstream(self, sha256: str, size: int) -> Bitstream:
        """Return the reference entry of a digest, making it if it is new."""
        entry = self.bitstreams.get(sha256)
        if entry is None:
            entry = self.bitstreams[sha256] = Bitstream(sha256, size)
        return entry  # type: ignore[no-any-return]

    def is_referenced(self, sha256: str) -> bool:
        """Say whether a record holds the bytes of a digest."""
        entry = self.bitstreams.get(sha256)
        return entry is not None and bool(entry.references)

    def record_at(self, record_id: str) -> Record | None:
        """Return the record of an id, or the one that it was joined to; else None."""
        found: Record | None = self.records.get(record_id)
        if found is None:
            found = self.records.get(self.likeness.current_id(record_id))
        return found

    def ids_by_identifier(self, normalised: str) -> tuple[str, ...]:
        """Return the ids of the records that carry an official number."""
        return self._range(self.by_identifier, normalised)

    def ids_by_class(self, code: str) -> tuple[str, ...]:
        """Return the ids of the records of a class."""
        return self._range(self.by_class, code)

    def ids_by_aggregation(self, aggregation_id: str) -> tuple[str, ...]:
        """Return the ids of the records that lie in an aggregation."""
        return self._range(self.by_aggregation, aggregation_id)

    def ids_due(self, on: date) -> tuple[tuple[str, str], ...]:
        """Return (due day, record id) of everything due on or before a day."""
        return tuple(self.by_due.keys(max=(on.isoformat(), "g")))

    def link_ids(self, record_id: str) -> tuple[str, ...]:
        """Return the ids of the links that touch a record."""
        return self._range(self.links_by_record, record_id)

    @staticmethod
    def _range(tree: OOTreeSet, key: str) -> tuple[str, ...]:
        # Ids are lower-case hex, so "g" is above every one of them.
        return tuple(pair[1] for pair in tree.keys(min=(key, ""), max=(key, "g")))

    def add(self, record: Record) -> None:
        """Add a new record and its index entries."""
        self.records[record.id] = record
        self.record_count.change(1)


def new_archive(store_id: str, created_at: datetime, *, is_test: bool) -> Archive:
    """Return an empty archive.

    Parameters
    ----------
    store_id
        Random UUID, the same for the life of the store.
    created_at
        Aware UTC instant.
    is_test
        A store made for tests is one for ever and says so everywhere.
    """
    return Archive(store_id, created_at, is_test=is_test)
