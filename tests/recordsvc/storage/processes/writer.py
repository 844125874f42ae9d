"""Insert groups of random keys into sixteen trees; a line is an acknowledgement."""

import sys
import uuid

from recordsvc.storage.database import open_database, run

uri, name, groups, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open_database(uri) as database:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(groups):
        keys = [uuid.uuid4().hex for _ in range(size)]

        def insert(root, keys=keys, number=number):
            for key in keys:
                root["trees"][int(key[0], 16)][key] = (name, number)

        run(database, insert)
        print(" ".join(keys), flush=True)
