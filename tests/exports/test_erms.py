import dataclasses
import datetime as dt
import uuid
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from exports.archive import write_archive
from exports.bag import write_bag
from exports.erms import erms
from exports.errors import BadPackage
from exports.obligation import (
    DisposalEvent,
    DisposalHold,
    PlanClass,
    Retention,
    retention_tags,
)
from exports.profile import own_profile
from exports.tagfiles import parse_bag_info
from exports.validate import validate
from exports.xmltext import from_xml

GOLDEN = Path(__file__).parent / "golden" / "erms.xml"
NS = {"e": "https://DILCIS.eu/XML/ERMS"}
AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
RECORD = "0123456789abcdef0123456789abcdef"
SCHEMA = "ERMS-v3.xsd"
NASTY = 'a<b>&"c"\'\x0b\udc80\ufffe\r\n]]> _x000B_ é 📜'


@pytest.fixture
def whole():
    """Return a retention with every fact given."""
    return Retention(
        record_id=RECORD,
        agency="Assemblée nationale",
        title="Question sur l’eau",
        type="question",
        access="open",
        classes=(
            PlanClass(code="BUS", title="Business"),
            PlanClass(code="BUS.PQ", title="Parliamentary questions"),
        ),
        aggregation_id="ffff456789abcdef0123456789abcdef",
        aggregation_title="Water, 14th legislature",
        aggregation_closed_on=dt.date(2015, 1, 1),
        schedule="PQ-10",
        schedule_title="Questions, closed files",
        schedule_version=3,
        citations=("Records Act 2004 s. 12", "Resolution 7 of 2011"),
        trigger="closed",
        trigger_date=dt.date(2015, 1, 1),
        period="P10Y",
        rounding="year",
        due_on=dt.date(2026, 1, 1),
        action="transfer",
        state="held",
        dates=(
            ("created", dt.date(2014, 2, 3)),
            ("declared", dt.date(2014, 3, 1)),
            ("closed", dt.date(2015, 1, 1)),
        ),
        holds=(
            DisposalHold(
                id="h1",
                title="Inquiry",
                mandate="Order of 2016",
                placed_on=dt.date(2016, 1, 1),
                lifted_on=dt.date(2017, 1, 1),
            ),
            DisposalHold(id="h2", placed_on=dt.date(2020, 1, 1)),
        ),
        events=(
            DisposalEvent(type="proposed", at=AT, agent="olga", role="officer"),
            DisposalEvent(
                type="approved", at=AT, agent="petra", role="approver", detail="as due"
            ),
            DisposalEvent(type="transferred", at=AT, agent="olga"),
            DisposalEvent(type="receipt checked", at=AT),
        ),
        is_vital=True,
        vital_review_on=dt.date(2027, 1, 1),
    )


def written(retention):
    return erms(retention, at=AT, software="recordsvc 0.1.0")


def root_of(retention):
    return etree.fromstring(written(retention))


def texts(root, path):
    return [from_xml(e.text or "") for e in root.iterfind(path, NS)]


def own(root, name):
    return texts(root, f".//e:ownElement[@name='{name}']/e:value")


def test_erms_is_the_golden_one(whole):
    assert written(whole).decode() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.real
def test_erms_is_accepted_by_the_published_schema(xsd, whole):
    bare = Retention(record_id="any id at all", agency="P")
    for retention in (
        whole,
        bare,
        dataclasses.replace(whole, aggregation_id=None),
        dataclasses.replace(whole, classes=(), title=""),
        dataclasses.replace(whole, is_provisional=True, holds=()),
        dataclasses.replace(bare, action="permanent", due_on=None),
    ):
        assert xsd(written(retention), SCHEMA) == []


words = st.text(min_size=1).filter(str.strip)
days = st.dates()


@st.composite
def retentions(draw):
    plan = st.builds(PlanClass, code=words, title=st.text())
    hold = st.builds(
        DisposalHold,
        id=words,
        title=st.text(),
        mandate=st.text(),
        placed_on=st.none() | days,
        lifted_on=st.none() | days,
    )
    event = st.builds(
        DisposalEvent,
        type=words,
        at=st.datetimes(timezones=st.just(dt.UTC)),
        agent=st.text(),
        role=st.text(),
        detail=st.text(),
    )
    return draw(
        st.builds(
            Retention,
            record_id=words,
            agency=words,
            title=st.text(),
            type=st.text(),
            access=st.text(),
            classes=st.lists(plan, max_size=3).map(tuple),
            aggregation_id=st.none() | words,
            schedule=st.none() | words,
            schedule_version=st.none() | st.integers(0, 9),
            citations=st.lists(words, max_size=2).map(tuple),
            trigger=st.text(),
            trigger_date=st.none() | days,
            due_on=st.none() | days,
            is_provisional=st.booleans(),
            action=st.sampled_from((None, "destroy", "transfer", "permanent")),
            dates=st.lists(st.tuples(words, days), max_size=2).map(tuple),
            holds=st.lists(hold, max_size=2).map(tuple),
            events=st.lists(event, max_size=2).map(tuple),
        )
    )


@pytest.mark.real
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(retention=retentions())
def test_whatever_is_told_the_schema_accepts_it(xsd, retention):
    assert xsd(written(retention), SCHEMA) == []


@pytest.mark.real
def test_hostile_characters_are_valid_and_read_back_as_they_were(xsd, whole):
    hostile = dataclasses.replace(
        whole,
        title=NASTY,
        agency=NASTY,
        type=NASTY,
        classes=(PlanClass(code=NASTY, title=NASTY),),
        aggregation_id=NASTY,
        citations=(NASTY,),
        trigger=NASTY,
        dates=((NASTY, dt.date(1, 1, 1)),),
        holds=(DisposalHold(id=NASTY, title=NASTY, mandate=NASTY),),
        events=(
            DisposalEvent(type=NASTY, at=AT, agent=NASTY, role=NASTY, detail=NASTY),
        ),
    )
    assert xsd(written(hostile), SCHEMA) == []
    root = root_of(hostile)
    assert texts(root, ".//e:record/e:title") == [NASTY]
    assert own(root, "citation") == [NASTY]
    assert own(root, "hold") == [NASTY]


def test_file_plan_leads_from_the_top_to_the_record(whole):
    root = root_of(whole)
    path = "e:aggregations/e:aggregation/e:aggregation/e:aggregation/e:record"
    (record,) = root.iterfind(path, NS)
    assert texts(record, "e:objectId") == [RECORD]
    assert record.get("systemIdentifier") == str(uuid.UUID(RECORD))
    titles = texts(root, ".//e:aggregation/e:title")
    assert titles == ["Business", "Parliamentary questions", "Water, 14th legislature"]
    assert texts(root, ".//e:hierarchicalParentClassId") == ["BUS"]
    (place,) = record.iterfind("e:classification", NS)
    assert place.get("fullyQualifiedClassificationCode") == "BUS/BUS.PQ"


def test_class_keeps_its_uuid_in_every_export(whole):
    def ids(retention):
        found = root_of(retention).iterfind(".//e:aggregation", NS)
        return [e.get("systemIdentifier") for e in found]

    other = dataclasses.replace(whole, record_id="f" * 32, title="another")
    assert ids(whole) == ids(other)
    elsewhere = dataclasses.replace(whole, agency="Senate")
    assert ids(elsewhere)[0] != ids(whole)[0]
    assert all(str(uuid.UUID(each)) == each for each in ids(whole))


def test_schedule_trigger_and_authority_are_told(whole):
    root = root_of(whole)
    assert texts(root, ".//e:disposalScheduleId") == ["PQ-10"]
    assert texts(root, ".//e:disposalAction") == ["transfer"]
    assert texts(root, ".//e:disposalPeriod") == ["P10Y"]
    assert own(root, "schedule_version") == ["3"]
    assert own(root, "trigger") == ["closed"]
    assert own(root, "trigger_date") == ["2015-01-01"]
    assert own(root, "due_on") == ["2026-01-01"]
    assert own(root, "citation") == ["Records Act 2004 s. 12", "Resolution 7 of 2011"]
    assert own(root, "vital_record") == ["true"]
    assert texts(root, ".//e:supervisingPerson") == ["petra"]
    assert texts(root, ".//e:disposingPerson") == ["olga"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "true"),
        ({"holds": (DisposalHold(id="h"),)}, "false"),
        ({"is_provisional": True}, "false"),
        ({"due_on": None}, "false"),
        ({"action": "permanent"}, "false"),
        ({"action": "review"}, "false"),
        ({"action": None}, "false"),
        (
            {"holds": (DisposalHold(id="h", lifted_on=dt.date(2020, 1, 1)),)},
            "true",
        ),
    ],
)
def test_only_what_nothing_stops_is_disposable(whole, changes, expected):
    free = dataclasses.replace(whole, **({"holds": ()} | changes))
    (disposal,) = root_of(free).iterfind(".//e:disposal", NS)
    assert disposal.get("disposable") == expected


def test_provisional_date_is_never_told_as_due(whole):
    provisional = dataclasses.replace(whole, is_provisional=True)
    kinds = {
        e.get("dateType")
        for e in root_of(provisional).iterfind(".//e:disposalDate", NS)
    }
    assert kinds == {"other_date", "disposal_date"}
    labels = [label for label, _ in retention_tags(provisional)]
    assert "Retention-Due-Date" not in labels
    assert "Retention-Trigger-Date" not in labels


def test_title_of_a_hold_is_told_only_when_given(whole):
    hidden = dataclasses.replace(whole, holds=(DisposalHold(id="h2"),))
    root = root_of(hidden)
    assert texts(root, ".//e:explanatoryText") == []
    assert texts(root, ".//e:regulation") == ["Disposal hold h2"]
    assert list(root.iterfind(".//e:property", NS)) == []
    (status,) = root.iterfind(".//e:record/e:status", NS)
    assert status.get("value") == "on_hold"


def test_what_is_not_known_has_no_label():
    assert list(retention_tags(Retention(record_id="r", agency="P"))) == []


# In a package


def test_package_tells_the_transfer_in_bag_info(tmp_path, make_package, bagging, whole):
    path = write_bag(make_package(erms=whole), tmp_path, bagging).path
    bagit.Bag(str(path)).validate()
    report = validate(path, profile=own_profile())
    assert report.valid, report.errors
    pairs, _ = parse_bag_info((path / "bag-info.txt").read_text(), strict=True)
    assert [pair for pair in pairs if pair[0].startswith("Retention-")] == [
        ("Retention-Class", "BUS.PQ"),
        ("Retention-Schedule", "PQ-10"),
        ("Retention-Schedule-Version", "3"),
        ("Retention-Trigger", "closed"),
        ("Retention-Trigger-Date", "2015-01-01"),
        ("Retention-Due-Date", "2026-01-01"),
        ("Retention-Action", "transfer"),
        ("Retention-Authority", "Records Act 2004 s. 12"),
        ("Retention-Authority", "Resolution 7 of 2011"),
    ]


@pytest.mark.real
def test_package_holds_erms_and_its_mets_names_it(
    tmp_path, make_package, bagging, whole, xsd
):
    path = write_bag(make_package(erms=whole), tmp_path, bagging).path
    document = path / "data/metadata/preservation/erms.xml"
    assert xsd(document.read_bytes(), SCHEMA) == []
    mets = (path / "data/METS.xml").read_bytes()
    assert xsd(mets, "mets-1.12.1.xsd") == []
    ns = {"m": "http://www.loc.gov/METS/"}
    root = etree.fromstring(mets)
    sections = {
        e.get("OTHERMDTYPE") or e.get("MDTYPE"): e.getparent()
        for e in root.iterfind(".//m:digiprovMD/m:mdRef", ns)
    }
    assert set(sections) == {"PREMIS", "ERMS"}
    top = root.find(".//m:structMap/m:div", ns)
    assert sections["ERMS"].get("ID") in top.get("ADMID").split()


def test_package_without_it_has_neither_file_nor_label(bag):
    assert not list(bag.rglob("erms.xml"))
    assert "Retention-" not in (bag / "bag-info.txt").read_text()


def test_two_exports_with_erms_are_identical(tmp_path, make_package, bagging, whole):
    tars = []
    for name in ("one", "two"):
        package = make_package(erms=whole)
        made = write_archive(package, tmp_path / name, "tar", bagging)
        tars.append(made.path.read_bytes())
    assert tars[0] == tars[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"record_id": "another"},
        {"agency": " "},
        {"classes": (PlanClass(code=""),)},
        {"holds": (DisposalHold(id=""),)},
        {"events": (DisposalEvent(type="", at=AT),)},
        {"events": (DisposalEvent(type="approved", at=AT.replace(tzinfo=None)),)},
        {"dates": (("", dt.date(2020, 1, 1)),)},
    ],
)
def test_retention_that_lacks_what_is_needed_is_refused(
    tmp_path, make_package, bagging, whole, changes
):
    package = make_package(erms=dataclasses.replace(whole, **changes))
    with pytest.raises(BadPackage):
        write_bag(package, tmp_path, bagging)
    assert list(tmp_path.iterdir()) == []


def test_class_told_twice_in_bag_info_is_refused(
    tmp_path, make_package, bagging, whole
):
    package = make_package(
        erms=whole,
        bag_info=(
            ("Source-Organization", "Parliament"),
            ("External-Description", "x"),
            ("Retention-Class", "BUS.PQ"),
        ),
    )
    with pytest.raises(BadPackage, match="Retention-Class"):
        write_bag(package, tmp_path, bagging)
