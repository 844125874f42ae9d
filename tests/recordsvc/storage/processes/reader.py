"""Read in a transaction that stays open until a word comes."""

import sys

from recordsvc.storage.database import open_database, session

with open_database(sys.argv[1]) as database, session(database) as opened:
    len(opened.root["tree"])
    print("reading", flush=True)
    sys.stdin.readline()
