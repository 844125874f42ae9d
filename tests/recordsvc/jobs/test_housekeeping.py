import io
import os
import time

from recordsvc.jobs.housekeeping import keep_house
from recordsvc.services.context import SYSTEM
from recordsvc.services.queueing import progress_root, spool_root
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import Spool


def age(path, hours):
    os.utime(path, (time.time() - hours * 3600,) * 2)


def put(service, word, hours):
    digest = service.bitstreams.put(io.BytesIO(word)).sha256
    service.bitstreams.sync()
    age(service.bitstreams.path(digest), hours)
    return digest


def test_what_broken_work_left_goes_and_everything_in_use_stays(service):
    orphan, young, kept, released = (
        put(service, word, hours)
        for word, hours in ((b"o", 2), (b"y", 0), (b"k", 2), (b"r", 2))
    )

    def adopt(ctx):
        ctx.root.bitstream(kept, 1).adopt("a record")
        ctx.root.bitstream(released, 1)

    service.run(SYSTEM, adopt)
    half = service.bitstreams.incoming / "half"
    half.write_bytes(b"half")
    age(half, 2)
    spool = Spool(spool_root(service.settings))
    spool.add("a.pdf", io.BytesIO(b"a"))
    age(spool.folder, 30)
    board = ProgressBoard(progress_root(service.settings))
    board.begin("dead", "intake")
    age(board.folder / "dead.json", 2)

    swept = keep_house(service)

    assert (swept.orphans, swept.incoming, swept.spools, swept.progress) == (2, 1, 1, 1)
    assert {e.sha256 for e in service.bitstreams.iterate()} == {young, kept}
    assert orphan not in {e.sha256 for e in service.bitstreams.iterate()}
    assert keep_house(service).total == 0


def test_one_process_at_a_time_keeps_house(service):
    with service.lease("housekeeping").held():
        assert keep_house(service) is None
