"""Any order of puts, commits, removals and sweeps keeps what is referred to."""

import hashlib
import io
import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from recordsvc.storage.bitstreams import DirectoryBitstreams

WORDS = [b"bill", b"report", b"question"]
DIGESTS = [hashlib.sha256(word).hexdigest() for word in WORDS]
words = st.integers(0, len(WORDS) - 1)
processes = st.integers(0, 1)
HOUR = 3600


class Bitstreams(RuleBasedStateMachine):
    """Two processes over one folder; `referred` stands for the object store."""

    @initialize()
    def open(self):
        self.root = Path(tempfile.mkdtemp(prefix="recordsvc-states-"))
        self.stores = [DirectoryBitstreams(self.root) for _ in range(2)]
        self.uncommitted: list[set[int]] = [set(), set()]
        self.referred: set[int] = set()
        # Removed, and not yet decided about.
        self.removed: set[int] = set()

    @rule(process=processes, word=words)
    def put(self, process, word):
        self.stores[process].put(io.BytesIO(WORDS[word]))
        self.uncommitted[process].add(word)

    @rule(process=processes)
    def commit(self, process):
        # What was put within the hour is there, whatever was done meanwhile.
        self.stores[process].sync()
        for word in self.uncommitted[process]:
            assert self.stores[process].verify(DIGESTS[word])
        self.referred |= self.uncommitted[process]
        self.removed -= self.uncommitted[process]
        self.uncommitted[process].clear()

    @rule(process=processes)
    def crash(self, process):
        self.stores[process] = DirectoryBitstreams(self.root)
        self.uncommitted[process].clear()

    @rule(word=words)
    def release(self, word):
        self.referred.discard(word)

    @rule(word=words)
    def age(self, word):
        for path in (
            self.stores[0].path(DIGESTS[word]),
            self.stores[0].trash / DIGESTS[word],
        ):
            # What is put and not committed is never that old.
            if path.exists() and not any(word in u for u in self.uncommitted):
                os.utime(path, (time.time() - 2 * HOUR,) * 2)

    @precondition(lambda self: self.removed != set(range(len(WORDS))))
    @rule(word=words)
    def remove(self, word):
        if word not in self.referred and self.stores[0].exists(DIGESTS[word]):
            self.stores[0].remove(DIGESTS[word])
            self.removed.add(word)

    @rule(word=words)
    def decide(self, word):
        if word not in self.removed:
            return
        self.removed.discard(word)
        if word in self.referred or any(word in u for u in self.uncommitted):
            self.stores[0].restore(DIGESTS[word])
        else:
            self.stores[0].discard(DIGESTS[word])

    @rule(process=processes)
    def sweep(self, process):
        referred = {DIGESTS[word] for word in self.referred}
        self.stores[process].sweep(referred.__contains__, HOUR)
        # The sweep has decided about everything in the trash, too.
        self.removed.clear()

    @rule(word=words, process=processes)
    def sweep_while_it_is_adopted(self, word, process):
        adopter = self.stores[1 - process]
        referred = {DIGESTS[w] for w in self.referred}

        def referenced(digest):
            if digest == DIGESTS[word]:
                adopter.put(io.BytesIO(WORDS[word]))
                self.uncommitted[1 - process].add(word)
            return digest in referred

        self.stores[process].sweep(referenced, HOUR)
        self.removed.clear()

    @invariant()
    def what_is_referred_to_is_there_and_whole(self):
        for word in getattr(self, "referred", ()):
            if word in self.removed:
                continue
            assert self.stores[0].verify(DIGESTS[word])

    @invariant()
    def nothing_half_lies_about(self):
        if hasattr(self, "root"):
            assert list((self.root / "incoming").iterdir()) == []

    def teardown(self):
        if hasattr(self, "root"):
            shutil.rmtree(self.root)


Bitstreams.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
TestBitstreams = Bitstreams.TestCase
