"""Sidecars win for every field, say so, and make an equal description elsewhere."""

import json
import xml.etree.ElementTree as ET

import pytest

from recordsvc.jobs.indexer import Indexer
from recordsvc.services.description import edit
from recordsvc.services.display import record_mapping
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.searching import search
from recordsvc.services.sidecarfiles import parse_sidecar, write_sidecar
from recordsvc.services.sidecars import check_sidecar, sidecar_of

TEXT = """ASSEMBLY OF TESSARA
Question for written answer WQ 12/1042

Chloride in the wells of the eastern aquifer
Tabled on 5 February 2024
by Garrick Penhollow (Eastmoor) to the Minister of the Environment
Residents of Eastmoor report that their water tastes of salt.
"""
ROW = {
    "title": "Salt in the wells",
    "title@fr": "Du sel dans les puits",
    "date": "2024-02~",
    "type": "petition",
    "identifier": "P 7|P 8",
    "jurisdiction": "xt",
    "language": "en",
    "chamber": "upper",
    "session": "third",
    "legislature": "twelfth",
    "collection": "petitions",
    "author": "Ana Lo|Bo Um",
    "addressee": "The Clerk",
    "subject": "Water|Health",
    "description": "What the residents ask for",
    "created": "201X",
    "received": "2024-02-06",
    "closed": "2024-06-30",
    "access": "internal",
    "date.tabled": "2024-02",
    "date.debated": "2024-06/2024-08",
}
DESCRIPTION = (
    "titles date dates type language jurisdiction chamber session legislature "
    "collection access identifiers subjects parties closed_on"
).split()


def described(record):
    return {name: getattr(record, name) for name in DESCRIPTION}


def test_every_field_of_a_sidecar_wins_and_says_so(archive):
    (line,) = archive.take_in(archive.file("q.txt", TEXT), **ROW)
    how = archive.record(
        line["id"], lambda r: {(s.field, s.language): s.how for s in r.statements}
    )
    stated = {(f.partition("@")[0], f.partition("@")[2] or None) for f in ROW}
    assert {key: how[key] for key in stated} == dict.fromkeys(stated, "sidecar")
    found = archive.record(line["id"], described)
    assert dict(found["titles"])["fr"] == ROW["title@fr"]
    assert found["subjects"] == ("Water", "Health")
    assert [(p.role, p.name) for p in found["parties"]] == [
        ("author", "Ana Lo"),
        ("author", "Bo Um"),
        ("addressee", "The Clerk"),
    ]
    assert dict(found["dates"]) == {
        "created": "201X",
        "debated": "2024-06/2024-08",
        "received": "2024-02-06",
        "tabled": "2024-02",
    }


def test_what_the_sidecar_leaves_out_is_what_the_paper_says(archive):
    (line,) = archive.take_in(archive.file("q.txt", TEXT), subject="Water")
    found = archive.record(line["id"], described)
    assert [p.name for p in found["parties"]] == [
        "Garrick Penhollow",
        "Minister of the Environment",
    ]
    assert dict(found["dates"]) == {"tabled": "2024-02-05"}


@pytest.mark.parametrize("form", ["csv", "json", "xml"])
def test_values_written_as_a_sidecar_make_an_equal_description_elsewhere(
    make_archive, form
):
    here, there = make_archive("here"), make_archive("there")
    (line,) = here.take_in(here.file("q.txt", TEXT), **ROW)
    stated = here.record(line["id"], sidecar_of)
    text = write_sidecar(form, [("q.txt", stated)])
    read = parse_sidecar(f"meta.{form}", text)["q.txt"]
    assert read == stated
    (other,) = there.take_in(there.file("q.txt", TEXT), **read)
    assert there.record(other["id"], described) == here.record(line["id"], described)


def test_a_found_description_goes_round_as_well(make_archive):
    here, there = make_archive("here"), make_archive("there")
    (line,) = here.take_in(here.file("q.txt", TEXT))
    stated = here.record(line["id"], sidecar_of)
    (other,) = there.take_in(there.file("q.txt", TEXT), **stated)
    assert there.record(other["id"], described) == here.record(line["id"], described)


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("m.csv", "file,autor\na.pdf,Lo\n", "autor"),
        ("m.json", json.dumps([{"file": "a.pdf", "autor": "Lo"}]), "autor"),
        (
            "m.xml",
            (
                '<m xmlns:d="http://purl.org/dc/terms/"><p file="a.pdf"><d:autor>Lo'
                "</d:autor></p></m>"
            ),
            "autor",
        ),
        (
            "m.xml",
            (
                '<m xmlns:o="urn:recordsvc:sidecar"><p file="a.pdf">'
                "<o:autor>Lo</o:autor></p></m>"
            ),
            "autor",
        ),
    ],
)
def test_an_unknown_column_is_named_in_each_form(name, text, named):
    with pytest.raises(InvalidRequest, match=named):
        parse_sidecar(name, text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date", "soon"),
        ("date.tabled", "2024-13"),
        ("closed", "2024~"),
        ("title@", "x"),
        ("title@no language", "x"),
        ("author@fr", "x"),
    ],
)
def test_what_cannot_be_kept_is_refused(field, value):
    with pytest.raises(InvalidRequest):
        check_sidecar({field: value})


def test_a_dublin_core_sidecar_is_well_formed_whatever_stands_in_it():
    row = {"title": "a <b> & \x0b c", "author": "x|y"}
    root = ET.fromstring(write_sidecar("xml", [("n\udcff.pdf", row)]))
    assert len(list(root[0])) == 3


def test_parties_subjects_and_dates_are_edited_like_other_values(archive):
    (line,) = archive.take_in(archive.file("q.txt", TEXT))
    values = {"author": "Ana Lo|Bo Um", "subject": "", "date": "1985~"}
    archive.do(lambda ctx: edit(ctx, line["id"], values))
    shown = archive.see(lambda ctx: record_mapping(ctx, ctx.root.records[line["id"]]))
    assert [p["name"] for p in shown["parties"] if p["role"] == "author"] == [
        "Ana Lo",
        "Bo Um",
    ]
    assert shown["date"] == "1985~"
    assert shown["provenance"]["author"]["how"] == "entered"


def test_a_date_of_a_decade_is_found_by_its_first_day(archive):
    archive.take_in(archive.file("q.txt", TEXT), date="201X")
    with Indexer(archive.service) as indexer:
        indexer.catch_up()
    for query, count in (("date:2010..2019", 1), ("date:2010", 1), ("date:2020", 0)):
        found = archive.see(lambda ctx, q=query: search(ctx, q))
        assert found.total == count, query
