"""Append lines to a destruction ledger; each printed line is an acknowledgement."""

import sys
from datetime import date
from pathlib import Path

from recordsvc.storage.ledger import Destroyed
from tests.recordsvc.storage.ledgers import KEY, ledger_in

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = ledger_in(folder)
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    one = Destroyed(
        record_id=f"{name}-{number}",
        sha256s=(f"{number:064x}",) * 40,
        list_id="list-1",
        destroyed_on=date(2026, 3, 1),
    )
    ledger.append([one], KEY)
    print(one.record_id, flush=True)
