"""Scan a folder for a canary and 1,000 other needles; print hits and peak memory."""

import random
import resource
import sys
from pathlib import Path

from recordsvc.storage.scanning import Place, scan

rng = random.Random(4)
needles = {str(n): rng.randbytes(16).hex().encode() for n in range(1000)}
needles["canary"] = sys.argv[2].encode()
report = scan([Place(name="x", path=Path(sys.argv[1]))], needles)
# In kilobytes; of the process that looked, which is the only child.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(*sorted({hit.needle_id for hit in report.hits}), peak, flush=True)
