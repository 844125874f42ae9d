"""Take a lease and say so; fork a child that lives on; then wait."""

import os
import sys
import time
from pathlib import Path

from recordsvc.storage.leases import FileLease

lease = FileLease(Path(sys.argv[1]))
print("held" if lease.acquire() else "busy", flush=True)
child = os.fork()
if not child:
    # Let go of what the parent's end is told by.
    os.closerange(0, 3)
    time.sleep(20)
    os._exit(0)
print(child, flush=True)
sys.stdin.readline()
lease.release()
print("released", flush=True)
sys.stdin.readline()
