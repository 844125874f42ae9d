"""Open the signing key at a word and print its id."""

import sys
from pathlib import Path

from recordsvc.storage.signing import open_signing_key

print("ready", flush=True)
sys.stdin.readline()
print(open_signing_key(Path(sys.argv[1])).key_id, flush=True)
