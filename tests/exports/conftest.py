"""Packages made up for the tests of the exports library."""

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest
from lxml import etree

from exports.bag import write_bag
from exports.layout import Bagging
from exports.package import Agent, DublinCore, Package, Payload, PreservationEvent

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)


def payload_of(name: str, content: bytes, **facts):
    return Payload(
        name=name,
        original_name=name,
        mime=facts.pop("mime", "application/pdf"),
        puid=facts.pop("puid", "fmt/18"),
        format_name=facts.pop("format_name", "Acrobat PDF 1.4"),
        bytes=facts.pop("bytes", len(content)),
        sha256=facts.pop("sha256", hashlib.sha256(content).hexdigest()),
        source=facts.pop("source", lambda: io.BytesIO(content)),
        **facts,
    )


@pytest.fixture(scope="session")
def bagging():
    return Bagging(on=dt.date(2026, 11, 25), software="recordsvc 0.1.0")


@pytest.fixture(scope="session")
def make_package():
    def make(files=(("bill.pdf", b"%PDF-1.4 a bill"),), **facts):
        payloads = tuple(f if isinstance(f, Payload) else payload_of(*f) for f in files)
        known = {
            "id": "0123456789abcdef0123456789abcdef",
            "name": "0123456789abcdef0123456789abcdef_v0003",
            "version": 3,
            "dublin_core": DublinCore(
                elements=(
                    ("title", "Loi sur l’eau", "fr"),
                    ("dc:identifier", "E-000123/2020", None),
                    ("dcterms:issued", "2020-01-02", None),
                )
            ),
            "record_json": b'{"id": "0123456789abcdef0123456789abcdef"}\n',
            "modified": AT,
            "access_status": "open",
            "events": (
                PreservationEvent(
                    id="e1", type="capture", at=AT, agent="anna", detail="by hand"
                ),
                PreservationEvent(id="e2", type="hold", at=AT, agent="nobody known"),
            ),
            "agents": (
                Agent(id="anna", name="Anna", type="person"),
                Agent(id="recordsvc", name="recordsvc", version="0.1.0"),
            ),
            "bag_info": (
                ("Source-Organization", "Parliament"),
                ("External-Description", "Loi sur l’eau\nde 2020"),
            ),
            "retention": {"class": "BUS.PQ"},
        }
        return Package(payloads=payloads, **(known | facts))

    make.payload = payload_of
    return make


@pytest.fixture
def bag(tmp_path, make_package, bagging) -> Path:
    """Return a valid bag of ours that a test may spoil."""
    return write_bag(make_package(), tmp_path / "out", bagging).path


@pytest.fixture(scope="session")
def xsd(schemas):
    """Return a function that lists what a schema has against a document."""
    cache = {}

    def faults(content: bytes, name: str) -> list[str]:
        if name not in cache:
            parser = etree.XMLParser(no_network=True)
            cache[name] = etree.XMLSchema(etree.parse(str(schemas / name), parser))
        schema = cache[name]
        schema.validate(etree.fromstring(content))
        return [str(entry) for entry in schema.error_log]

    return faults
