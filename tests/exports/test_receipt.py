import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.errors import ReceiptRefused
from exports.receipt import Mismatch, Receipt, ReceivedPackage, compare, load_receipt

A, B, C = "a" * 64, "b" * 64, "c" * 64
WHOLE = {
    "list": "l1",
    "received_on": "2026-11-25",
    "received_by": "National Archives",
    "packages": [
        {
            "id": "r1",
            "manifest_sha256": C,
            "files": [
                {"path": "data/a.pdf", "sha256": A},
                {"name": "b.pdf", "sha256": B.upper()},
            ],
        }
    ],
}


def load(value):
    return load_receipt(json.dumps(value).encode())


def faults_of(value):
    with pytest.raises(ReceiptRefused) as caught:
        load_receipt(value if isinstance(value, bytes) else json.dumps(value).encode())
    return caught.value.faults


def test_whole_receipt_is_read():
    assert load(WHOLE) == Receipt(
        list="l1",
        received_on=dt.date(2026, 11, 25),
        received_by="National Archives",
        packages=(
            ReceivedPackage(id="r1", manifest_sha256=C, digests=frozenset({A, B})),
        ),
    )


def test_least_receipt_is_read():
    receipt = load({"packages": [{"id": "r1", "digests": [A, f"sha256:{B}"]}]})
    assert receipt == Receipt(
        packages=(ReceivedPackage(id="r1", digests=frozenset({A, B})),)
    )


def test_null_is_as_if_it_were_not_there():
    nothing = {"list": None, "received_on": None, "received_by": None}
    package = {"id": "r1", "digests": [A], "files": None, "manifest_sha256": None}
    assert load(nothing | {"packages": [package]}).list is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "the document is no JSON: Expecting value (line 1, column 1)"),
        (b"\xff", "the document is no UTF-8 at byte 1"),
        (b'{"packages":[],"packages":[]}', "the document is a name stands twice"),
        ([], "the document is no object"),
        ({}, "packages is missing"),
        ({"packages": []}, "packages names no package"),
        ({"packages": 1}, "packages is no list"),
        ({"packages": [1]}, "packages[0] is no object"),
        ({"packages": [{}]}, "packages[0].id is missing"),
        ({"packages": [{"id": "r1"}]}, "packages[0] has neither files nor digests"),
        ({"packages": [{"id": "r1", "digests": []}]}, "packages[0] lists no digest"),
        ({"packages": [{"id": "", "digests": [A]}]}, "packages[0].id is no text"),
        ({"packages": [{"id": 1, "digests": [A]}]}, "packages[0].id is no text"),
        (
            {"packages": [{"id": "r1", "digests": ["x"]}]},
            "packages[0].digests[0] is no SHA-256 in hexadecimal",
        ),
        (
            {"packages": [{"id": "r1", "digests": [A, None]}]},
            "packages[0].digests[1] is no text",
        ),
        (
            {"packages": [{"id": "r1", "files": [{"path": "a", "sha256": "md5"}]}]},
            "packages[0].files[0].sha256 is no SHA-256",
        ),
        (
            {"packages": [{"id": "r1", "files": [{"sha256": A}]}]},
            "packages[0].files[0] has neither path nor name",
        ),
        (
            {"packages": [{"id": "r1", "files": [{"path": "a"}]}]},
            "packages[0].files[0].sha256 is missing",
        ),
        (
            {"packages": [{"id": "r1", "files": [{"path": "a", "sha256": A}] * 2}]},
            "packages[0].files name 'a' twice",
        ),
        (
            {"packages": [{"id": "r1", "digests": [A], "manifest_sha256": "0"}]},
            "packages[0].manifest_sha256 is no SHA-256",
        ),
        (
            {"packages": [{"id": "r1", "digests": [A]}] * 2},
            "packages name record r1 twice",
        ),
        (WHOLE | {"received_on": "25.11.2026"}, "received_on is no day"),
        (WHOLE | {"received_on": "2026-02-30"}, "received_on is no day"),
        (WHOLE | {"received_by": 1}, "received_by is no text"),
        (WHOLE | {"list": ""}, "list is no text"),
        (WHOLE | {"note": "x"}, "note is not known here"),
        (
            {"packages": [{"id": "r1", "digests": [A], "ok": True}]},
            "packages[0].ok is not known here",
        ),
    ],
)
def test_receipt_at_fault_is_refused_with_the_place(value, fault):
    assert any(found.startswith(fault) for found in faults_of(value))


def test_every_fault_is_named_at_once():
    faults = faults_of(
        {
            "received_on": "soon",
            "packages": [{"id": "r1", "digests": ["x"]}, {"digests": [A], "a": 1}],
        }
    )
    assert faults == (
        "received_on is no day (YYYY-MM-DD)",
        "packages[0].digests[0] is no SHA-256 in hexadecimal",
        "packages[1].id is missing",
        "packages[1].a is not known here",
    )


def test_message_names_the_first_faults_and_counts_the_rest():
    with pytest.raises(ReceiptRefused, match="and 3 more"):
        load({"packages": [{"id": f"r{n}"} for n in range(8)]})


def test_names_of_strangers_do_not_order_a_terminal():
    assert "\x1b" not in "".join(faults_of(WHOLE | {"\x1b[2J": 1}))


def test_record_is_matched_when_every_digest_arrived():
    found = compare(load(WHOLE), {"r1": {A, B}})
    assert found.matched == ("r1",)
    assert found.mismatches == ()


def test_manifest_counts_when_it_is_expected():
    assert compare(load(WHOLE), {"r1": {A, C}}).matched == ("r1",)
    assert compare(load(WHOLE), {"r1": {A, "d" * 64}}).matched == ()


@pytest.mark.parametrize(
    ("expected", "mismatches"),
    [
        ({"r1": {A, "d" * 64}}, {"r1": f"lacks 1 of 2 digests: {'d' * 64}"}),
        ({"r1": {"d" * 64}}, {"r1": "arrived with other digests: none of 1 agrees"}),
        ({"r1": set()}, {"r1": "has no digest that a receipt could prove"}),
        ({"r1": {A}, "r2": {B}}, {"r2": "is not in the receipt"}),
        ({}, {"r1": "was not sent with this list"}),
        (
            {"r1": {A, *(str(n) * 64 for n in range(5))}},
            {
                "r1": "lacks 5 of 6 digests: "
                + ", ".join(str(n) * 64 for n in range(3))
                + " and 2 more"
            },
        ),
    ],
)
def test_what_is_not_proved_is_named_with_its_reason(expected, mismatches):
    found = compare(load(WHOLE), expected)
    assert found.mismatches == tuple(
        Mismatch(id=id_, reason=reason) for id_, reason in mismatches.items()
    )


digests = st.sampled_from([letter * 64 for letter in "0123"])
sent = st.dictionaries(st.sampled_from("abcd"), st.sets(digests), max_size=4)


@given(sent=sent, received=sent)
def test_matched_is_what_arrived_whole_and_nothing_else(sent, received):
    receipt = Receipt(
        packages=tuple(
            ReceivedPackage(id=id_, digests=frozenset(found))
            for id_, found in received.items()
        )
    )
    found = compare(receipt, sent)
    whole = {i for i, d in sent.items() if d and d <= received.get(i, set())}
    assert set(found.matched) == whole
    told = [each.id for each in found.mismatches]
    assert sorted([*found.matched, *told]) == sorted(sent.keys() | received.keys())
