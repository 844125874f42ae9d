"""Whatever happens between writers, indexer and kills, the index ends at the store."""

import contextlib

import pytest
import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from transaction.interfaces import NoTransaction
from ZODB import DB
from ZODB.DemoStorage import DemoStorage
from ZODB.POSException import ConflictError

from recordsvc.model import Outbox

# First digits that fall into one shard and into others.
IDS = [f"{digit}{number:031x}" for digit in "aab7" for number in range(3)]
ids = st.sampled_from(IDS)
BATCH = 3


class Client:
    def __init__(self, database):
        self.tm = transaction.TransactionManager(explicit=True)
        self.tm.begin()
        self.root = database.open(self.tm).root()

    def begin(self):
        with contextlib.suppress(NoTransaction):
            self.tm.abort()
        self.tm.begin()

    def commit(self):
        try:
            self.tm.commit()
        except ConflictError:
            return False
        finally:
            self.begin()
        return True


class Projection(RuleBasedStateMachine):
    @initialize()
    def open(self):
        self.database = DB(DemoStorage())
        setup = Client(self.database)
        setup.root["outbox"], setup.root["revisions"] = Outbox(), {}
        setup.commit()
        self.writers = [Client(self.database) for _ in range(2)]
        self.indexer = Client(self.database)
        self.index: dict[str, int] = {}
        self.applied = None

    @rule(record_id=ids, number=st.integers(0, 1))
    def write(self, record_id, number):
        """Change a record and say so in one transaction, until it goes through."""
        writer = self.writers[number]
        writer.begin()
        while True:
            revisions = writer.root["revisions"]
            revision = revisions.get(record_id, 0) + 1
            writer.root["revisions"] = {**revisions, record_id: revision}
            writer.root["outbox"].put(record_id, revision)
            if writer.commit():
                return

    @rule(record_id=ids)
    def a_writer_gives_up(self, record_id):
        self.writers[0].root["outbox"].put(record_id, 99)
        self.writers[0].begin()

    @rule()
    def read_and_apply(self):
        """The engine's commit: what it holds is the store's present state."""
        self.indexer.begin()
        entries = self.indexer.root["outbox"].entries(BATCH)
        revisions = self.indexer.root["revisions"]
        for record_id, _ in entries:
            self.index[record_id] = revisions[record_id]
        self.applied = entries

    @rule()
    def clear(self):
        if self.applied is None:
            return
        while True:
            self.indexer.begin()
            self.indexer.root["outbox"].clear(self.applied)
            if self.indexer.commit():
                break
        self.applied = None

    @rule()
    def the_indexer_is_killed(self):
        """It starts again from the outbox; the engine kept what it committed."""
        self.indexer = Client(self.database)
        self.applied = None

    @invariant()
    def what_the_index_lacks_stands_in_the_outbox(self):
        if not hasattr(self, "index"):
            return
        reader = Client(self.database)
        waiting = dict(reader.root["outbox"])
        for record_id, revision in reader.root["revisions"].items():
            assert self.index.get(record_id) == revision or record_id in waiting

    def teardown(self):
        if not hasattr(self, "index"):
            return
        self.clear()
        for _ in range(len(IDS)):
            self.read_and_apply()
            self.clear()
        reader = Client(self.database)
        assert self.index == reader.root["revisions"]
        assert len(reader.root["outbox"]) == 0
        self.database.close()


Projection.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
TestProjection = Projection.TestCase


def test_entries_are_taken_up_to_a_limit():
    outbox = Outbox()
    for record_id in IDS:
        outbox.put(record_id, 1)
    assert len(outbox) == len(set(IDS))
    assert len(outbox.entries(4)) == 4
    assert len(outbox.entries()) == len(set(IDS))


def test_an_entry_that_has_moved_on_is_not_cleared():
    outbox = Outbox()
    outbox.put(IDS[0], 1)
    entries = outbox.entries()
    outbox.put(IDS[0], 2)
    outbox.clear(entries)
    assert outbox.entries() == [(IDS[0], 2)]


def test_clearing_twice_is_clearing_once():
    outbox = Outbox()
    outbox.put(IDS[0], 1)
    entries = outbox.entries()
    outbox.clear(entries)
    outbox.clear(entries)
    assert outbox.entries() == []


def test_emptying_a_shard_does_not_conflict_with_a_writer_in_it():
    database = DB(DemoStorage())
    setup = Client(database)
    setup.root["outbox"] = Outbox()
    setup.root["outbox"].put(IDS[0], 1)
    setup.commit()
    indexer, writer = Client(database), Client(database)
    indexer.root["outbox"].clear(indexer.root["outbox"].entries())
    writer.root["outbox"].put(IDS[1], 1)
    assert writer.commit()
    assert indexer.commit()
    reader = Client(database)
    assert reader.root["outbox"].entries() == [(IDS[1], 1)]
    database.close()


def test_a_record_id_is_hex():
    with pytest.raises(ValueError):
        Outbox().put("no hex", 1)
