"""Set our flag if the other's is not set: write skew if both end up set."""

import os
import sys

from recordsvc.storage import sqlite_store
from recordsvc.storage.database import RETRYABLE, open_database, read_current, session

if os.environ.get("LOCKER") == "shipped":
    sqlite_store.LockFirst = sqlite_store.Sqlite3Locker

uri, ours, theirs = sys.argv[1:]
with open_database(uri) as database, session(database) as opened:
    print("ready", flush=True)
    for _ in sys.stdin:
        opened.begin()
        other = opened.root[theirs]
        read_current(other)
        answer = "was first"
        if not other.get("set"):
            opened.root[ours]["set"] = 1
            try:
                opened.commit()
                answer = "committed"
            except RETRYABLE:
                answer = "refused"
        print(answer, flush=True)
