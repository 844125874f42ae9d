import base64
import dataclasses
import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports import certificate as values
from exports.canonical import MAX_BYTES, MAX_WHOLE, decode, encode
from exports.certificate import (
    Actor,
    AuditHead,
    Certificate,
    Fixity,
    Place,
    Result,
    digest_of,
    document,
    signed,
)
from exports.certificate_page import CONTENT_SECURITY_POLICY, html
from exports.certificate_reading import parse, read, trusted
from exports.certificate_verifier import envelope_in
from exports.errors import CertificateFault, CertificateRefused, MalformedJSON
from tests.exports.certificates import (
    AT,
    KEY_ID,
    NASTY,
    OTHER_PEM,
    OTHER_SECRET,
    PEM,
    SECRET,
    certificate,
    dossier,
    envelope,
    item,
    transfer,
)
from tests.exports.ed25519_signing import sign

GOLDEN = Path(__file__).parent / "golden"
VERIFY = trusted(PEM)


def resigned(change):
    """Sign a document that was changed as plain JSON: for once by the true key."""
    whole = json.loads(envelope())
    change(whole["certificate"])
    content = encode(whole["certificate"])
    return signed(content, lambda message: sign(SECRET, message), PEM, KEY_ID)


def faults_of(content):
    with pytest.raises(CertificateRefused) as caught:
        read(content, VERIFY)
    return caught.value.faults


# Canonical JSON


def test_canonical_form_is_that_of_rfc_8785():
    value = {
        "\u20ac": "Euro",
        "\r": "CR",
        "1": [True, None, 0],
        "\U0001f600": "",
        "\ufb33": "",
    }
    assert encode(value).decode() == (
        '{"\\r":"CR","1":[true,null,0],"\u20ac":"Euro","\U0001f600":"","\ufb33":""}'
    )
    assert encode('\x00\x1f\x7f"\\/') == b'"\\u0000\\u001f\x7f\\"\\\\/"'


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), MAX_WHOLE + 1, -MAX_WHOLE - 1, "\ud800", b"x", {"a": {1}}],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(MalformedJSON):
        encode(value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b"1.0",
        b"1e3",
        b"NaN",
        b"-Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b'"\\ud800"',
        b'{"\\udc00x":1}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"{} {}",
    ],
)
def test_json_that_two_readers_could_read_in_two_ways_is_refused(content):
    with pytest.raises(MalformedJSON):
        decode(content)


def test_json_beyond_the_limit_is_refused_unread():
    with pytest.raises(MalformedJSON, match="longer"):
        decode(b" " * (MAX_BYTES + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_WHOLE, MAX_WHOLE) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_canonical_json_reads_back_and_is_the_same_again(value):
    try:
        content = encode(value)
    except MalformedJSON:
        assert re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False))
        return
    assert decode(content) == value
    assert encode(decode(content)) == content


# Documents and envelopes


FILED = certificate(
    aggregations=(
        dossier(),
        dossier(id="e" * 32, kind="volume", title=None, closed_on=None, is_whole=False),
    )
)


@pytest.mark.parametrize("made", [certificate(), transfer(), FILED])
def test_certificate_reads_back_as_it_was(made):
    found = read(envelope(made), VERIFY)
    assert found.certificate == made
    assert found.document == document(made)
    assert found.digest == digest_of(document(made))
    assert found.signature.key_id == KEY_ID


def test_signed_certificate_is_the_golden_one():
    assert envelope() == (GOLDEN / "certificate.json").read_bytes()


def test_hostile_texts_read_back_as_they_were():
    def hostile(value):
        return {
            each.name: NASTY
            for each in dataclasses.fields(value)
            if isinstance(getattr(value, each.name), str)
            and each.name not in {"kind", "result", "act"}
        }

    one = item()
    made = certificate(
        **hostile(certificate()) | {"ledger_head": None},
        items=(dataclasses.replace(one, **hostile(one)),),
        executor=Actor(login=NASTY, role=NASTY, name=NASTY),
    )
    content = envelope(made)
    assert read(content, VERIFY).certificate == made
    assert read(envelope_in(html(content)), VERIFY).certificate == made


instants = st.datetimes(
    min_value=dt.datetime(1, 1, 2),  # noqa: DTZ001  the zone is drawn apart
    timezones=st.just(dt.UTC),
)


@settings(max_examples=40, deadline=None)
@given(
    at=instants,
    on=st.dates(),
    text=st.text(min_size=1).filter(str.strip),
    size=st.integers(0, 2**40),
    head=st.none()
    | st.builds(AuditHead, size=st.integers(0, 99), root=st.just("0" * 64)),
)
def test_any_certificate_reads_back_from_json_and_from_its_page(
    at, on, text, size, head
):
    made = certificate(
        parliament=text,
        issued_at=at,
        executed_on=on,
        audit_head=head,
        items=(item(title=text, components=(Fixity(sha256="0" * 64, bytes=size),)),),
    )
    content = envelope(made)
    assert read(content, VERIFY).certificate == made
    assert envelope_in(html(content)) == content


def test_every_altered_byte_is_refused():
    content = envelope(certificate(items=(item(dates=(), components=()),)))
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1
        with pytest.raises(CertificateRefused):
            read(bytes(altered), VERIFY)


@pytest.mark.parametrize(
    "alter",
    [
        lambda content: content + b"\n",
        lambda content: b" " + content,
        lambda content: content.replace(b'","', b'", "', 1),
        lambda content: content[:-1],
        lambda content: json.dumps(json.loads(content)).encode(),
        lambda content: content.replace("é".encode(), b"\\u00e9"),
        lambda content: content.replace(b'"is_test":false,', b""),
        lambda content: content.replace(
            b'"is_test":false', b'"is_test":false,"is_test":false'
        ),
        lambda content: content.replace(b"==", b"="),
        lambda content: content.replace(KEY_ID.encode(), b"assembly-2027"),
        lambda content: content.replace(b"\\n-----END", b"\\n\\n-----END"),
        lambda content: b"[]",
        lambda content: b"",
        lambda content: b'{"certificate":{},"signature":{}}',
        lambda content: b'{"certificate":null,"signature":null}',
    ],
)
def test_altered_envelope_is_refused(alter):
    content = envelope()
    altered = alter(content)
    assert altered != content
    assert faults_of(altered)


def test_two_forms_of_the_same_signature_bytes_are_not_both_taken():
    content = envelope()
    value = json.loads(content)["signature"]["value"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = value[:-3] + letters[letters.index(value[-3]) + 1] + "=="
    assert base64.b64decode(twin) == base64.b64decode(value)
    assert faults_of(content.replace(value.encode(), twin.encode()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(more=1), "certificate.more is not known here"),
        (lambda c: c["items"][0].update(more=1), "certificate.items[0].more is not"),
        (lambda c: c.pop("method"), "certificate.method is missing"),
        (lambda c: c.update(method=1), "certificate.method is no text, or blank"),
        (lambda c: c.update(method=" "), "certificate.method is no text, or blank"),
        (lambda c: c.update(is_test=0), "certificate.is_test is neither true nor"),
        (lambda c: c.update(is_test="false"), "certificate.is_test is neither"),
        (lambda c: c.update(items={}), "certificate.items is no list"),
        (lambda c: c.update(items=[1]), "certificate.items[0] is no object"),
        (lambda c: c.update(items=[]), "counts are not those of the items"),
        (lambda c: c["counts"].update(records=3), "counts are not those"),
        (lambda c: c["counts"].update(records=True), "counts.records is no whole"),
        (lambda c: c["counts"].update(bytes=-1), "counts.bytes is no whole"),
        (lambda c: c.update(executed_on="2026-02-30"), "executed_on is no day"),
        (lambda c: c.update(executed_on="20260201"), "executed_on is no day"),
        (lambda c: c.update(issued_at="2026-11-25"), "issued_at is no instant"),
        (lambda c: c.update(issued_at="2026-11-25T14:05:61Z"), "is no instant"),
        (lambda c: c.update(kind="theft"), "kind is none of destruction, transfer"),
        (lambda c: c.update(kind="transfer"), "was not transferred"),
        (lambda c: c.update(ledger_head="x"), "ledger_head is no SHA-256"),
        (lambda c: c.update(previous="AB" * 32), "previous is no SHA-256"),
        (lambda c: c.update(form="other-1"), "form is not recordsvc-certificate-1"),
        (lambda c: c["items"][1].update(record=c["items"][0]["record"]), "twice"),
        (lambda c: c["items"][0].update(result="kept"), "result is none of"),
        (
            lambda c: c["items"][0]["schedule"].update(citations=[1]),
            "certificate.items[0].schedule.citations[0] is no text",
        ),
        (lambda c: c.update(issued_at="2026-11-25T14:05:45.000Z"), "one form"),
        (lambda c: c.update(parliament="tab\x0b"), "one form"),
        (lambda c: c.update(aggregations=[]), "one form"),
        (lambda c: c.update(aggregations=None), "one form"),
        (lambda c: c.update(aggregations=[{}]), "aggregations[0].id is missing"),
        (lambda c: c.update(aggregations=1), "aggregations is no list"),
    ],
)
def test_document_of_another_form_is_refused_even_when_signed(change, message):
    assert any(message in fault for fault in faults_of(resigned(change)))


def test_faults_are_told_all_and_their_number_has_a_bound():
    faults = faults_of(resigned(lambda c: c.update(items=[{}] * 500)))
    assert len(faults) == 101
    assert re.fullmatch(r"and \d+ more", faults[-1])
    assert len(faults_of(resigned(lambda c: c.update(list="", store="")))) == 2


def test_certificate_of_an_unknown_key_is_refused():
    content = envelope(secret=OTHER_SECRET, pem=OTHER_PEM)
    assert read(content, trusted(PEM, OTHER_PEM)).certificate == certificate()
    assert faults_of(content) == ("the signature by 'assembly-2026' is not good",)
    with pytest.raises(CertificateRefused):
        read(content, trusted("no key at all"))


def test_key_put_in_place_of_the_true_one_is_refused():
    content = envelope()
    ours, other = (json.dumps(pem)[1:-1].encode() for pem in (PEM, OTHER_PEM))
    with pytest.raises(CertificateRefused):
        read(content.replace(ours, other), trusted(PEM, OTHER_PEM))


def test_nothing_is_issued_when_the_key_did_not_sign():
    content = document(certificate())
    for sign_ in (
        lambda message: sign(OTHER_SECRET, message),
        lambda _message: bytes(64),
        lambda _message: b"",
        lambda message: sign(SECRET, message + b" "),
    ):
        with pytest.raises(CertificateFault, match="did not sign"):
            signed(content, sign_, PEM, KEY_ID)
    for pem, key_id in (("", KEY_ID), ("x" + PEM, KEY_ID), (PEM, " ")):
        with pytest.raises(CertificateFault, match="no Ed25519 public key"):
            signed(content, lambda message: sign(SECRET, message), pem, key_id)
    with pytest.raises(CertificateFault):
        signed(content, lambda message: sign(SECRET, message), PEM, "\ud800")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (certificate(items=()), "names no record"),
        (certificate(items=(item(1), item(1))), "twice"),
        (certificate(items=(item(result=Result.TRANSFERRED),)), "was not destroyed"),
        (transfer(items=(item(),)), "was not transferred"),
        (transfer(handover=None), "needs its receipt"),
        (certificate(issued_at=AT.replace(tzinfo=None)), "no time zone"),
        (certificate(previous="x"), "no SHA-256"),
        (certificate(audit_head=AuditHead(size=1, root="")), "no SHA-256"),
        (certificate(items=(item(components=(Fixity(sha256="", bytes=1),)),)), "SHA"),
        (
            certificate(items=(item(components=(Fixity(sha256="0" * 64, bytes=-1),)),)),
            "negative",
        ),
        (certificate(method=" "), "blank"),
        (certificate(aggregations=(dossier(id=" "),)), "blank"),
        (certificate(aggregations=(dossier(records=0),)), "has 0 of its records"),
        (certificate(aggregations=(dossier(records=3),)), "has 3 of its records"),
        (certificate(executor=Actor(login="")), "blank"),
        (certificate(places=(Place(name="", result=values.Scan.SCANNED),)), "blank"),
        (certificate(items=(item(type=""),)), "blank"),
        (certificate(audit_head=AuditHead(size=2**60, root="0" * 64)), "too great"),
    ],
)
def test_facts_that_contradict_themselves_make_no_certificate(made, message):
    with pytest.raises(CertificateFault, match=message):
        document(made)


def test_instant_of_another_zone_is_told_in_utc():
    paris = dt.timezone(dt.timedelta(hours=1))
    made = certificate(issued_at=AT.astimezone(paris))
    assert document(made) == document(certificate())


def test_each_certificate_names_the_one_before():
    first = read(envelope(), VERIFY)
    second = certificate(id="2", previous=first.digest)
    assert read(envelope(second), VERIFY).certificate.previous == first.digest


# The page


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.open = []
        self.attrs = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attrs += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline_of(page):
    found = Outline()
    found.feed(page.decode())
    found.close()
    assert found.open == []
    return found


def test_page_is_the_golden_one():
    assert html(envelope()) == (GOLDEN / "certificate.html").read_bytes()


def test_page_loads_nothing_and_runs_nothing():
    made = transfer(
        parliament=NASTY,
        items=(item(title=NASTY, language='x" onload="y', result=Result.TRANSFERRED),),
        is_test=True,
    )
    found = outline_of(html(envelope(made)))
    assert not {"script", "link", "img", "iframe", "a", "form"} & set(found.tags)
    names = {name for name, _ in found.attrs}
    assert not {"src", "href", "style", "srcset", "action"} & names
    assert not any(name.startswith("on") for name in names)
    assert ("http-equiv", "Content-Security-Policy") in found.attrs
    assert ("content", CONTENT_SECURITY_POLICY) in found.attrs
    assert ("lang", "en") in found.attrs
    assert ("dir", "ltr") in found.attrs
    assert b"http://" not in html(envelope(made))
    assert b"https://" not in html(envelope(made))


def test_page_of_a_test_store_says_so():
    assert b"test store" not in html(envelope())
    assert b"Made in a test store" in html(envelope(certificate(is_test=True)))


def test_page_tells_of_each_dossier_whether_it_went_as_a_whole():
    page = html(envelope(FILED)).decode()
    assert '<h2 id="dossiers">Dossiers and volumes</h2>' in page
    assert "Eau et forêts" in page
    assert page.count("disposed of as a whole") == 1
    assert page.count("not as a whole") == 1
    assert "closed <bdi>2014-02-03</bdi>" in page
    assert "Dossiers" not in html(envelope()).decode()


def test_sensitive_title_is_withheld():
    page = html(envelope(certificate(items=(item(title=None),)))).decode()
    assert "title withheld" in page


def test_page_leaves_out_what_is_not_known():
    bare = certificate(
        items=(item(due_on=None, trigger=values.Evidence(name="fixed:2020-01-01")),),
        decisions=(),
        places=(),
        ledger_head=None,
        audit_head=None,
        executor=Actor(login="edda"),
    )
    page = html(envelope(bare)).decode()
    assert page.count("<p>None.</p>") == 2
    assert "Destruction ledger" not in page
    assert "Audit trail" not in page
    assert "due <time" not in page
    assert read(envelope(bare), VERIFY).certificate == bare


def test_page_names_the_archive_and_its_receipt():
    page = html(envelope(transfer(previous="ab" * 32))).decode()
    assert "Certificate of transfer" in page
    assert "<bdi>National Archives</bdi>" in page
    assert "<bdi>A. Archivist</bdi>" in page
    assert "12" * 32 in page
    assert "the first of this store" not in page


def test_page_is_made_of_certificates_alone():
    with pytest.raises(CertificateRefused):
        html(b"{}")


def test_style_is_the_one_that_the_policy_allows():
    import hashlib

    page = html(envelope()).decode()
    style = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in CONTENT_SECURITY_POLICY


def test_parse_alone_does_not_look_at_the_signature():
    content = envelope(secret=OTHER_SECRET, pem=OTHER_PEM)
    assert isinstance(parse(content).certificate, Certificate)
