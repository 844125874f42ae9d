"""The inbox keeps one entry a record, found by each of its facets and no other."""

from hypothesis import given
from hypothesis import strategies as st

from recordsvc.model.triage import Inbox, InboxEntry

IDS = st.sampled_from(["0a", "1b", "2c", "fd"])
ENTRIES = st.none() | st.builds(
    InboxEntry,
    since=st.sampled_from(["", "2026-01-01", "2026-02-01"]),
    reasons=st.sampled_from([("unsure",), ("unsure", "conflict"), ("inferred",)]),
    intake=st.sampled_from(["", "i1", "i2"]),
    legislature=st.sampled_from(["", "za", "ke"]),
)


@given(st.lists(st.tuples(IDS, ENTRIES)))
def test_every_facet_finds_what_stands_under_it(acts):
    inbox, told = Inbox(), {}
    for record_id, entry in acts:
        inbox.put(record_id, entry)
        told[record_id] = entry
    told = {i: e for i, e in told.items() if e is not None}
    assert dict(inbox.entries) == told
    assert [i for _, i in inbox.under()] == sorted(
        told, key=lambda i: (told[i].since, i)
    )
    for facet in ("reason", "intake", "legislature"):
        by_value = {}
        for record_id, entry in told.items():
            for pair in entry.facets:
                if pair[0] == facet:
                    by_value.setdefault(pair[1], set()).add(record_id)
        assert list(inbox.values_of(facet)) == sorted(by_value)
        for value, ids in by_value.items():
            assert {i for _, i in inbox.under(facet, value)} == ids
            assert inbox.count(facet, value) == len(ids)


def test_an_entry_that_stays_is_not_written():
    inbox = Inbox()
    entry = InboxEntry(since="2026-01-01", reasons=("unsure",))
    assert inbox.put("0a", entry)
    assert not inbox.put("0a", InboxEntry(since="2026-01-01", reasons=("unsure",)))
