"""Nothing of the likeness of a destroyed paper stays, nor of what was joined to it."""

import pytest

from recordsvc.jobs.disposal import finish_removal
from recordsvc.services import linking
from recordsvc.services.disposal import disposing
from recordsvc.services.disposal.executing import METHOD, entomb_alone, new_run
from recordsvc.services.disposal.removing import undo_capture
from recordsvc.services.disposal.tombstones import Order
from recordsvc.services.errors import Conflict
from recordsvc.services.likeness.joining import join
from recordsvc.services.likeness.parting import unjoin

from .conftest import ADMIN, words

WATER, EAU = words("water"), words("eau")


def store_bytes(store):
    folder = store.service.settings.data_dir / "store"
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def traits_of(store, record_id):
    def look(ctx):
        (text,) = ctx.root.likeness.traits[record_id].texts
        return text.text.encode(), text.signature.encode()

    return store.see(look)


def destroyed(store, record_id):
    def entomb(ctx):
        run = new_run(ctx, ctx.today())
        order = Order(authority="L1", method=METHOD, executor="olga")
        entomb_alone(ctx, run, ctx.root.records[record_id], order)
        return run.id

    finish_removal(store.service, ADMIN, entomb)


def test_traits_bands_and_pairs_go_with_their_paper(store):
    gone, kept = store.paper(WATER), store.paper(WATER)
    store.look()
    digest, signature = traits_of(store, gone)
    assert digest in store_bytes(store)
    destroyed(store, gone)
    assert store.pairs() == []
    own = bytes.fromhex(gone)
    keys = store.see(lambda ctx: list(ctx.root.likeness.index))
    assert keys
    assert not [key for key in keys if key.endswith(own)]
    assert store.see(lambda ctx: list(ctx.root.likeness.traits)) == [kept]
    destroyed(store, kept)
    left = store_bytes(store)
    assert digest not in left
    assert signature[20:60] not in left
    assert store.see(lambda ctx: len(ctx.root.likeness.index)) == 0


def test_what_was_joined_goes_with_the_record_and_its_address_has_the_tombstone(store):
    one = store.paper(WATER, title="Water Act")
    other = store.paper(EAU, title="Zibeline Loi", language="fr")
    third = store.paper(words("third"))
    store.do(lambda ctx: linking.add(ctx, "cites", other, third, "gorgonzola page"))
    store.do(lambda ctx: join(ctx, one, other, "camembert reason"))
    files = [c["sha256"] for c in store.shown(one)["components"]]
    before = store_bytes(store)
    for word in (b"Zibeline", b"gorgonzola", b"camembert"):
        assert word in before
    destroyed(store, one)
    left = store_bytes(store)
    for word in (b"Zibeline", b"gorgonzola", b"camembert"):
        assert word not in left
    assert not any(store.service.bitstreams.exists(sha256) for sha256 in files)
    assert store.shown(other)["state"] == "destroyed"
    with pytest.raises(Conflict):
        store.do(lambda ctx: unjoin(ctx, other, "too late"))


def test_a_parted_record_is_not_destroyed_with_the_other(store):
    one, other = store.paper(WATER), store.paper(EAU)
    store.do(lambda ctx: join(ctx, one, other, "r"))
    store.do(lambda ctx: unjoin(ctx, other, "r"))
    destroyed(store, one)
    (file,) = store.shown(other)["components"]
    assert store.service.bitstreams.exists(file["sha256"])


def test_a_capture_is_not_undone_that_has_another_paper_in_it(store):
    one, other = store.paper(WATER), store.paper(EAU)
    store.do(lambda ctx: join(ctx, one, other, "r"))
    with pytest.raises(Conflict, match="another paper as a part of it"):
        store.do(lambda ctx: undo_capture(ctx, one, "by mistake"))


def test_the_joined_record_is_disposed_of_by_its_list_alone(store):
    one = store.paper(WATER, date="2001-01-01", **{"class": "TEN"})
    other = store.paper(EAU, date="2001-01-01", **{"class": "TEN"})
    store.do(lambda ctx: join(ctx, one, other, "r"))
    found = store.do(lambda ctx: list(disposing.propose(ctx).list.items))
    assert found == [one]
    with pytest.raises(Conflict, match="was put on disposal list"):
        store.do(lambda ctx: unjoin(ctx, other, "r"))
