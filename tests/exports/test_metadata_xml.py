import pytest
from lxml import etree

from exports.bag import write_bag
from exports.dublin_core import dcterms, oai_dc
from exports.errors import BadPackage
from exports.package import DublinCore
from exports.xmltext import escaped, from_xml, to_xml

PREMIS = "{http://www.loc.gov/premis/v3}"
SCHEMA_OF = {
    "METS.xml": "mets-1.12.1.xsd",
    "premis.xml": "premis-3.0.xsd",
    "dcterms.xml": "qualifieddc.xsd",
    "dc.xml": "qualifieddc.xsd",
    "oai_dc.xml": "oai_dc.xsd",
}
NASTY = 'a<b>&"c"\'\x0b\udc80\ufffe\r\n]]> _x000B_ é 📜'


@pytest.mark.real
@pytest.mark.parametrize("kind", ["plain", "nasty", "bare"])
def test_every_xml_is_accepted_by_the_published_schema(
    tmp_path, make_package, bagging, xsd, kind
):
    package = {
        "plain": make_package,
        "bare": lambda: make_package((), events=(), agents=(), retention=None),
        "nasty": lambda: make_package(
            [
                make_package.payload(
                    NASTY, b"x", mime=NASTY, puid=None, format_name=NASTY
                ),
                make_package.payload("b", b"y", puid=NASTY, format_name=None),
            ],
            dublin_core=DublinCore(
                elements=(
                    ("title", NASTY, "no language at all"),
                    ("title", "x", "ar-Arab"),
                    ("creator", "  ", None),
                    ("isPartOf", NASTY, "und"),
                    ("abstract", "a", "en"),
                    ("description", "a", "en"),
                )
            ),
            bag_info=(
                ("Source-Organization", NASTY),
                ("External-Description", NASTY),
            ),
        ),
    }[kind]()
    path = write_bag(package, tmp_path, bagging).path
    seen = [p for p in path.rglob("*.xml") if p.name in SCHEMA_OF]
    assert len(seen) >= 6
    for document in seen:
        faults = xsd(document.read_bytes(), SCHEMA_OF[document.name])
        assert faults == [], document


def test_true_name_stands_in_premis(tmp_path, make_package, bagging):
    path = write_bag(make_package([(NASTY, b"x")]), tmp_path, bagging).path
    folder = path / "data/representations/rep-original/metadata/preservation"
    root = etree.parse(str(folder / "premis.xml")).getroot()
    names = [from_xml(e.text) for e in root.iter(PREMIS + "originalName")]
    assert names == [NASTY]


def test_events_name_known_agents_alone(bag):
    premis = bag / "data/metadata/preservation/premis.xml"
    events = list(etree.parse(str(premis)).getroot().iter(PREMIS + "event"))
    linked = [e.findtext(f".//{PREMIS}linkingAgentIdentifierValue") for e in events]
    assert linked == ["anna", None]


def test_every_file_that_mets_names_is_there_with_its_digest(bag):
    import hashlib

    xlink = "{http://www.w3.org/1999/xlink}href"
    for mets in bag.rglob("METS.xml"):
        root = etree.parse(str(mets)).getroot()
        named = [e for e in root.iter() if e.get(xlink)]
        assert named
        for element in named:
            content = (mets.parent / element.get(xlink)).read_bytes()
            holder = element if element.get("CHECKSUM") else element.getparent()
            assert holder.get("CHECKSUM") == hashlib.sha256(content).hexdigest()
            assert int(holder.get("SIZE")) == len(content)


def test_refinements_fall_back_once_to_their_element():
    content = DublinCore(
        elements=(
            ("issued", "2020", None),
            ("date", "2020", None),
            ("date", "2021", None),
        )
    )
    root = etree.fromstring(oai_dc(content))
    assert [(e.tag.partition("}")[2], e.text) for e in root] == [
        ("date", "2020"),
        ("date", "2021"),
    ]
    root = etree.fromstring(dcterms(content))
    assert [e.tag.partition("}")[2] for e in root] == ["issued", "date", "date"]


def test_template_text_reads_back_as_it_was():
    for text in (NASTY, 'x="1"', "\t\r\n"):
        root = etree.fromstring(f'<r a="{escaped(text)}">{escaped(text)}</r>')
        assert from_xml(root.text) == text
        assert from_xml(root.get("a")) == text


def test_unfit_characters_survive_xml():
    assert from_xml(to_xml(NASTY)) == NASTY


@pytest.mark.real
def test_carried_files_are_accepted_by_the_published_schemas(
    tmp_path, make_package, bagging, xsd
):
    payload = make_package.payload
    part = {"representation": "rep-attachment"}
    package = make_package(
        [
            payload("letter.eml", b"letter"),
            payload(NASTY, b"1", position="1", **part),
            payload("same", b"1.1", position="1.1", **part),
            payload("same", b"2", position="2", **part),
            payload("deep", b"1.1.1", position="1.1.1", **part),
        ]
    )
    path = write_bag(package, tmp_path, bagging).path
    folder = path / "data/representations/rep-attachment"
    for document in (
        folder / "METS.xml",
        folder / "metadata/preservation/premis.xml",
    ):
        assert xsd(document.read_bytes(), SCHEMA_OF[document.name]) == []
    root = etree.parse(str(folder / "METS.xml")).getroot()
    mets = "{http://www.loc.gov/METS/}"
    labels = {
        d.get("LABEL"): d.getparent().get("LABEL") for d in root.iter(f"{mets}div")
    }
    assert labels["deep"] == "same"
    assert labels["same-2"] == "rep-attachment"


def test_file_that_hangs_on_nothing_makes_no_package(tmp_path, make_package, bagging):
    lost = make_package.payload("a", b"1", position="3.1")
    with pytest.raises(BadPackage):
        write_bag(make_package([lost]), tmp_path, bagging)
