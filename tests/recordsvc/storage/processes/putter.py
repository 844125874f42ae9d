"""Put groups of files, and acknowledge their digests once they are durable."""

import io
import os
import sys
from pathlib import Path

from recordsvc.storage.bitstreams import DirectoryBitstreams

store = DirectoryBitstreams(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
while True:
    group = [store.put(io.BytesIO(os.urandom(40_000))).sha256 for _ in range(5)]
    store.sync()
    print(" ".join(group), flush=True)
