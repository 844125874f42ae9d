"""Take a lease and say so; fork a child that lives on; then wait."""

import os
import sys
import time
from pathlib import Path

from recordsvc.storage.leases import FileLease

lease = FileLease(Path(sys.argv[1]))
print("held" if lease.acquire() else "busy", flush=True)
running, told = os.pipe()
child = os.fork()
if not child:
    # What runs in a child before fork returns is done when this is written.
    os.write(told, b".")
    # Let go of what the parent's end is told by.
    os.closerange(0, 3)
    time.sleep(20)
    os._exit(0)
os.read(running, 1)
print(child, flush=True)
sys.stdin.readline()
lease.release()
print("released", flush=True)
sys.stdin.readline()
