"""Certificates made up for the tests, signed by a key that everybody knows."""

import datetime as dt

from exports.certificate import (
    Act,
    Actor,
    Aggregation,
    AuditHead,
    Authority,
    Certificate,
    Decision,
    Evidence,
    Fixity,
    Handover,
    Item,
    Kind,
    NamedDate,
    Place,
    Result,
    Scan,
    document,
    signed,
)
from exports.certificate_verifier import pem_of
from tests.exports.ed25519_signing import public_of, sign

AT = dt.datetime(2026, 11, 25, 14, 5, 45, tzinfo=dt.UTC)
SECRET = bytes(range(32))
PEM = pem_of(public_of(SECRET))
OTHER_SECRET = bytes(32)
OTHER_PEM = pem_of(public_of(OTHER_SECRET))
KEY_ID = "assembly-2026"
NASTY = (
    'a<b>&"c"\'\x0b\x00\x85\udc80\ufffe\r\n</pre><script>x</script> _x000B_ é \u202e📜'
)


def item(number=1, **facts):
    known = {
        "record": f"{number:032x}",
        "type": "question",
        "class_code": "BUS.PQ",
        "class_title": "Parliamentary questions",
        "title": "Question sur l’eau",
        "language": "fr",
        "dates": (NamedDate(name="created", value="2014-02"),),
        "schedule": Authority(
            code="PQ-10", version=3, citations=("Records Act 2004 s. 12",)
        ),
        "trigger": Evidence(name="closed", on=dt.date(2015, 1, 1), evidence="event 77"),
        "due_on": dt.date(2026, 1, 1),
        "components": (Fixity(sha256="ab" * 32, bytes=12345),),
        "result": Result.DESTROYED,
    }
    return Item(**(known | facts))


def certificate(**facts):
    known = {
        "id": "c0ffee00000000000000000000000001",
        "kind": Kind.DESTRUCTION,
        "parliament": "Assemblée nationale",
        "store": "5" * 32,
        "list": "1" * 32,
        "issued_at": AT,
        "executed_on": dt.date(2026, 11, 25),
        "executor": Actor(login="edda", role="officer", name="Edda Exner"),
        "decisions": (
            Decision(act=Act.PROPOSED, by=Actor(login="olga", role="officer"), at=AT),
            Decision(
                act=Act.APPROVED,
                by=Actor(login="petra", role="approver", name="Petra Weiß"),
                at=AT,
                comment="as scheduled",
            ),
        ),
        "items": (item(1), item(2, title=None, language=None, components=())),
        "places": (
            Place(name="database", result=Scan.SCANNED),
            Place(
                name="backups",
                result=Scan.NOT_SCANNABLE,
                note="backups until 2027-02-01",
            ),
        ),
        "method": "every object overwritten, files removed, database compacted",
        "ledger_head": "cd" * 32,
        "audit_head": AuditHead(size=1234567, root="ef" * 32),
        "previous": None,
        "is_test": False,
    }
    return Certificate(**(known | facts))


def dossier(**facts):
    known = {
        "id": "d" * 32,
        "kind": "dossier",
        "title": "Eau et forêts",
        "class_code": "BUS.PQ",
        "opened_on": "2013-01-01",
        "closed_on": "2014-02-03",
        "records": 2,
        "is_whole": True,
    }
    return Aggregation(**(known | facts))


def transfer(**facts):
    known = {
        "kind": Kind.TRANSFER,
        "items": (item(3, result=Result.TRANSFERRED),),
        "handover": Handover(
            recipient="National Archives",
            received_on=dt.date(2026, 11, 20),
            received_by="A. Archivist",
            receipt_sha256="12" * 32,
        ),
    }
    return certificate(**(known | facts))


def envelope(made=None, *, secret=SECRET, pem=PEM, key_id=KEY_ID):
    content = document(made or certificate())
    return signed(content, lambda message: sign(secret, message), pem, key_id)
