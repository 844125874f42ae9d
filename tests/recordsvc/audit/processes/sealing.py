"""Seal what waits, once or until killed; die at a point when told to."""

import os
import signal
import sys

from recordsvc.bootstrap import opened
from recordsvc.jobs.sealer import Sealer
from recordsvc.settings import settings_from
from recordsvc.storage.audit_file import AuditFile

data_dir, how = sys.argv[1:3]
settings = settings_from(
    {"recordsvc.data_dir": data_dir, "search.engine": "memory"}, {}
)
append = AuditFile.append


def die_after(self, lines):
    append(self, lines)
    os.kill(os.getpid(), signal.SIGKILL)


def die_within(self, lines):
    append(self, lines[: len(lines) * 2 // 3])
    os.kill(os.getpid(), signal.SIGKILL)


if how == "die-after-file":
    AuditFile.append = die_after
if how == "die-within-line":
    AuditFile.append = die_within
with opened(settings, {}) as service:
    print("ready", flush=True)
    while True:
        with Sealer(service) as sealer:
            print(sealer.drain(batches=1), flush=True)
        if how != "again-and-again":
            break
