"""Do so many acts, each in a transaction of its own; a line names each event."""

import sys
import uuid
from datetime import UTC, datetime

from recordsvc.bootstrap import opened
from recordsvc.model import Event
from recordsvc.services.context import SYSTEM
from recordsvc.settings import settings_from

data_dir, count = sys.argv[1], int(sys.argv[2])
settings = settings_from(
    {"recordsvc.data_dir": data_dir, "search.engine": "memory"}, {}
)
with opened(settings, {}) as service:
    for _ in range(count):
        event = Event(
            id=uuid.uuid4().hex, type="edit", at=datetime.now(UTC), agent="officer"
        )

        def work(ctx, event=event):
            ctx.root.audit.put(event, "0" * 32)

        service.run(SYSTEM, work)
        print(event.id, flush=True)
