"""Packages of many papers: taken in whole or refused whole, with one receipt."""

import json
import re
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

import exports.csip
from ingest.archives import ArchiveLimits
from recordsvc.jobs.export_job import export_records
from recordsvc.jobs.receipts import PACKAGE, REMEDIES
from recordsvc.jobs.submission import Submission, SubmissionOptions
from recordsvc.services.context import Actor
from recordsvc.services.display import record_mapping
from recordsvc.services.errors import InvalidRequest, NotAllowed, NotFound

from .packages import bag_of, below, laid_down, sip_of, tar_of, zip_of

SCHEMA = Path(__file__).parents[3] / "docs/reference/submission-receipt.schema.json"
PAPERS = {"a.txt": b"The minutes of the sitting", "b/c.txt": b"The order of business"}


@pytest.fixture
def submit(service, actor):
    schema = json.loads(SCHEMA.read_text())

    def run(path, by=actor, **options):
        chosen = SubmissionOptions(**options)
        receipt = Submission(service, by, chosen).run(path).mapping()
        jsonschema.validate(json.loads(json.dumps(receipt)), schema)
        return receipt

    return run


@pytest.fixture
def show(service, actor):
    def read(record_id):
        return service.view(
            actor, lambda c: record_mapping(c, c.root.records[record_id])
        )

    return read


@pytest.fixture
def count(service, actor):
    return lambda: service.view(actor, lambda c: len(c.root.records))


def outcomes(receipt):
    return {file["path"]: file["outcome"] for file in receipt["files"]}


def codes(receipt, severity="error"):
    return {r["code"] for r in receipt["rules"] if r["severity"] == severity}


def test_every_file_of_an_archive_becomes_a_record_that_says_where_it_was(
    submit, show, tmp_path
):
    receipt = submit(zip_of(tmp_path / "deposit.zip", PAPERS))
    assert receipt["state"] == "taken"
    assert outcomes(receipt) == {"a.txt": "added", "b/c.txt": "added"}
    record = show(receipt["files"][1]["id"])
    said = record["provenance"]
    assert said["package_path"]["value"] == "b/c.txt"
    assert said["package"]["value"].startswith("deposit.zip (sha256:")
    assert record["components"][0]["name"] == "c.txt"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_any_form_is_taken(submit, tmp_path, mode):
    receipt = submit(tar_of(tmp_path / "deposit.tar", PAPERS, mode))
    assert set(outcomes(receipt).values()) == {"added"}


def test_sidecars_in_an_archive_describe_the_papers_of_their_folder(
    submit, show, tmp_path
):
    own = json.dumps([{"file": "c.txt", "date": "2024-02-03"}])
    receipt = submit(
        zip_of(
            tmp_path / "d.zip",
            PAPERS
            | {
                "b/metadata.csv": b"file,title,date\nc.txt,Order,2020-01-01\n",
                "b/c.txt.metadata.json": own.encode(),
            },
        )
    )
    assert outcomes(receipt)["b/metadata.csv"] == "metadata"
    ids = {file["path"]: file["id"] for file in receipt["files"]}
    record = show(ids["b/c.txt"])
    assert (record["title"], record["date"]) == ("Order", "2024-02-03")


def test_a_sidecar_that_cannot_be_kept_to_refuses_the_archive(submit, count, tmp_path):
    bad = {"metadata.csv": b"file,date\na.txt,yesterday\n"}
    receipt = submit(zip_of(tmp_path / "d.zip", PAPERS | bad))
    assert (receipt["state"], codes(receipt)) == ("refused", {"sidecar-refused"})
    assert count() == 0


def test_an_archive_in_an_archive_is_opened_down_to_the_limit(submit, tmp_path):
    inner = zip_of(tmp_path / "inner.zip", {"deep.txt": b"deep down"}).read_bytes()
    middle = zip_of(tmp_path / "m.zip", {"inner.zip": inner}).read_bytes()
    outer = zip_of(tmp_path / "o.zip", {"m.zip": middle})
    receipt = submit(outer)
    assert outcomes(receipt) == {
        "m.zip": "unpacked",
        "m.zip/inner.zip": "unpacked",
        "m.zip/inner.zip/deep.txt": "added",
    }
    shallow = submit(outer, limits=ArchiveLimits(max_depth=2), dry_run=True)
    assert outcomes(shallow)["m.zip/inner.zip"] == "added"
    assert shallow["files"][1]["rules"][0]["code"] == "archive-depth"


def test_members_that_cannot_be_taken_say_why_and_stop_no_other(submit, tmp_path):
    path = zip_of(tmp_path / "d.zip", PAPERS)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    receipt = submit(path)
    assert receipt["state"] == "partly"
    assert outcomes(receipt)["link"] == "not_taken"
    assert receipt["summary"] == {"not_taken": 1, "added": 2}


def test_a_damaged_member_stops_no_other(submit, tmp_path):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", b"first paper of all")
        archive.writestr("b.txt", b"second paper")
    path.write_bytes(path.read_bytes().replace(b"first paper", b"fArst paper"))
    receipt = submit(path)
    assert outcomes(receipt) == {"a.txt": "not_taken", "b.txt": "added"}
    assert receipt["files"][0]["rules"][0]["code"] == "member-damaged"


def test_a_path_that_leads_out_is_made_safe_and_kept_as_it_was(submit, show, tmp_path):
    receipt = submit(zip_of(tmp_path / "d.zip", {"../../evil.txt": b"not so evil"}))
    (file,) = receipt["files"]
    assert (file["path"], file["outcome"]) == ("evil.txt", "added")
    assert file["rules"][0]["code"] == "member-renamed"
    said = show(file["id"])["provenance"]
    assert said["package_path"]["value"] == "../../evil.txt"
    assert not (tmp_path.parent.parent / "evil.txt").exists()


def test_two_members_of_one_name_are_both_taken(submit, tmp_path):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"one paper")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", b"another paper")
    receipt = submit(path)
    assert outcomes(receipt) == {"a.txt": "added", "2-a.txt": "added"}
    assert len({file["sha256"] for file in receipt["files"]}) == 2


def test_a_bomb_is_refused_before_anything_is_taken(submit, count, tmp_path):
    bomb = zip_of(tmp_path / "b.zip", PAPERS | {"bomb": bytes(10_000_000)})
    receipt = submit(bomb, limits=ArchiveLimits(free_bytes=1 << 20, max_expansion=2))
    assert (receipt["state"], codes(receipt)) == ("refused", {"archive-limit"})
    assert count() == 0


def test_an_inner_bomb_is_kept_whole(submit, tmp_path):
    bomb = zip_of(tmp_path / "b.zip", {"bomb": bytes(10_000_000)}).read_bytes()
    limits = ArchiveLimits(free_bytes=1 << 20, max_expansion=2)
    receipt = submit(zip_of(tmp_path / "o.zip", {"b.zip": bomb}), limits=limits)
    assert outcomes(receipt) == {"b.zip": "added"}
    assert receipt["files"][0]["rules"][0]["code"] == "archive-limit"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"%PDF-1.7"])
def test_what_is_no_archive_is_refused(submit, tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    receipt = submit(path)
    assert receipt["state"] == "refused"
    assert receipt["rules"][0]["remedy"]


def test_a_trial_says_the_same_and_keeps_nothing(submit, count, tmp_path):
    path = zip_of(tmp_path / "d.zip", PAPERS)
    tried = submit(path, dry_run=True)
    assert (tried["dry_run"], count()) == (True, 0)
    assert outcomes(tried) == outcomes(submit(path))


def test_the_same_package_again_gives_duplicates(submit, tmp_path):
    path = zip_of(tmp_path / "d.zip", PAPERS)
    submit(path)
    assert set(outcomes(submit(path)).values()) == {"duplicate"}


def test_the_submission_stands_in_the_audit_trail(submit, service, actor, tmp_path):
    receipt = submit(zip_of(tmp_path / "d.zip", PAPERS))

    def acts(ctx):
        entries = ctx.root.audit.pending_entries()
        return [
            (e.subject, dict(e.event.facts))
            for e in entries
            if e.event.type == "submission"
        ]

    ((subject, facts),) = service.view(actor, acts)
    assert subject == receipt["package"]["sha256"]
    assert (facts["state"], facts["files"]) == ("taken", "2")


# Bags


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_a_bag_of_any_form_is_validated_and_taken(submit, show, tmp_path, form):
    info = "External-Description: Papers of 2024\nSource-Organization: Ministry\n"
    files = bag_of(PAPERS, info)
    match form:
        case "folder":
            path = laid_down(tmp_path / "bag", files)
        case "zip":
            path = zip_of(tmp_path / "bag.zip", below("bag", files))
        case _:
            path = tar_of(tmp_path / "bag.tar.gz", below("bag", files))
    receipt = submit(path)
    assert (receipt["kind"], receipt["state"]) == ("bag", "taken")
    assert receipt["description"]["title"] == "Papers of 2024"
    papers = [f for f in receipt["files"] if f["outcome"] == "added"]
    assert [f["path"] for f in papers] == ["data/a.txt", "data/b/c.txt"]
    record = show(papers[0]["id"])
    assert record["collection"] == "Papers of 2024"
    assert record["provenance"]["package_source"]["value"] == "Ministry"


def test_the_description_of_a_bag_with_one_paper_is_that_of_the_paper(
    submit, show, tmp_path
):
    dc = (
        b'<dc xmlns="http://purl.org/dc/elements/1.1/"><title>Water Act</title>'
        b"<date>2024-05-06</date><language>eng</language><type>Text</type></dc>"
    )
    files = bag_of({"a.txt": b"An Act about water"}, tags={"metadata/dc.xml": dc})
    receipt = submit(laid_down(tmp_path / "bag", files))
    (paper,) = [f for f in receipt["files"] if f["outcome"] == "added"]
    record = show(paper["id"])
    assert (record["title"], record["date"]) == ("Water Act", "2024-05-06")
    assert record["language"] == "en"


def test_a_bag_that_breaks_rules_is_refused_whole_with_every_rule(
    submit, count, tmp_path
):
    folder = laid_down(tmp_path / "bag", bag_of(PAPERS))
    (folder / "data/a.txt").write_bytes(b"tampered")
    (folder / "data/more.txt").write_bytes(b"unlisted")
    (folder / "data/b/c.txt").unlink()
    receipt = submit(folder)
    assert receipt["state"] == "refused"
    assert codes(receipt) == {"digest-mismatch", "unlisted-file", "missing-file"}
    assert all(rule["remedy"] for rule in receipt["rules"])
    assert count() == 0


def test_a_package_of_our_own_comes_back_as_the_record_it_was(
    submit, service, actor, tmp_path
):
    first = submit(zip_of(tmp_path / "d.zip", {"a.txt": b"A paper of ours"}))
    record_id = first["files"][0]["id"]
    made = export_records(service, actor, (record_id,), tmp_path / "out")
    (package,) = made.packages
    receipt = submit(tmp_path / "out" / Path(package["path"]).name)
    assert receipt["kind"] == "package"
    assert receipt["files"][0]["id"] == record_id
    assert receipt["files"][0]["outcome"] == "duplicate"


# E-ARK


TITLE = "<title>{}</title><date>2024-05-06</date><identifier>{}</identifier>"


@pytest.mark.parametrize("form", ["folder", "zip", "tar"])
def test_a_sip_is_validated_and_its_papers_are_described(submit, show, tmp_path, form):
    files = sip_of(
        {"a.txt": b"An Act about water", "b.txt": b"An Act about air"},
        package="<title>Acts of May</title>",
        described={"a.txt": TITLE.format("Water Act", "W-1")},
    )
    match form:
        case "folder":
            path = laid_down(tmp_path / "sip", files)
        case "zip":
            path = zip_of(tmp_path / "sip.zip", below("sip", files))
        case _:
            path = tar_of(tmp_path / "sip.tar", below("sip", files), "w")
    receipt = submit(path)
    assert (receipt["kind"], receipt["state"]) == ("sip", "taken")
    assert receipt["description"]["identifier"] == "sip-1"
    ids = {f["path"].rpartition("/")[2]: f["id"] for f in receipt["files"]}
    water, air = show(ids["a.txt"]), show(ids["b.txt"])
    assert (water["title"], water["date"]) == ("Water Act", "2024-05-06")
    assert "W-1" in [i["value"] for i in water["identifiers"]]
    assert air["title"] != "Water Act"
    assert air["collection"] == "Acts of May"


def test_a_sip_in_a_bag_is_judged_by_both(submit, tmp_path):
    sip = sip_of({"a.txt": b"An Act about water"}, package=TITLE.format("Act", "1"))
    receipt = submit(laid_down(tmp_path / "bag", bag_of(sip)))
    assert (receipt["kind"], receipt["state"]) == ("bag", "taken")
    assert receipt["summary"]["added"] == 1


def broken(change):
    files = sip_of({"a.txt": b"one", "b.txt": b"two"}, package="<title>T</title>")
    change(files)
    return files


def replaced(old, new):
    def change(files):
        assert old in files["METS.xml"]
        files["METS.xml"] = files["METS.xml"].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (replaced(b' OBJID="sip-1"', b""), "CSIP1"),
        (replaced(b' TYPE="Other"', b""), "CSIP2"),
        (replaced(b"PROFILE=", b"LABEL="), "CSIP6"),
        (replaced(b' csip:OAISPACKAGETYPE="SIP"', b""), "CSIP9"),
        (replaced(b"agent", b"altRecordID"), "CSIP10"),
        (replaced(b"metsHdr", b"metsHead"), "CSIP117"),
        (replaced(b' MIMETYPE="text/plain"', b""), "CSIP68"),
        (replaced(b' SIZE="3"', b""), "CSIP69"),
        (replaced(b' SIZE="3"', b' SIZE="4"'), "mets-size"),
        (replaced(b' CHECKSUMTYPE="SHA-256"', b""), "CSIP72"),
        (replaced(b'"SHA-256"', b'"ROT13"'), "CSIP72"),
        (replaced(b"FLocat", b"FContent"), "CSIP76"),
        (replaced(b"xlink:href", b"xlink:title"), "CSIP79"),
        (replaced(b"structMap", b"structLink"), "CSIP80"),
        (replaced(b'LABEL="CSIP"', b""), "CSIP82"),
        (replaced(b"data/a.txt", b"data/../../../a.txt"), "traversal"),
        (replaced(b"data/a.txt", b"data/z.txt"), "mets-reference"),
        (
            replaced(b"representations/rep1/data/a", b"http://x.invalid/a"),
            "mets-address",
        ),
        (replaced(b"<fileSec>", b"<fileSec"), "mets-syntax"),
        (lambda f: f.pop("METS.xml") and None, "CSIPSTR4"),
        (
            lambda f: f.update({"representations/rep1/data/a.txt": b"eno"}),
            "mets-digest",
        ),
        (
            lambda f: f.update({"representations/rep1/data/more.txt": b"x"}),
            "mets-unlisted",
        ),
    ],
)
def test_each_rule_of_a_sip_is_named_when_it_is_broken(
    submit, count, tmp_path, change, code
):
    files = broken(change)
    if "METS.xml" not in files:
        # Without METS it is a SIP only to who looks for one: an archive like any.
        from exports.findings import FindingList
        from exports.validate import opened_tree

        findings = FindingList()
        with opened_tree(laid_down(tmp_path / "sip", files), findings) as tree:
            exports.csip.examine_sip(tree, findings)
        assert code in {f.code for f in findings.errors}
        return
    receipt = submit(laid_down(tmp_path / "sip", files))
    assert code in codes(receipt)
    assert (receipt["state"], count()) == ("refused", 0)


def test_entities_in_mets_are_not_resolved(submit, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    files = sip_of({"a.txt": b"one"}, package="<title>&x;</title>")
    mets = files["METS.xml"].replace(
        b"<mets ", f'<!DOCTYPE mets [<!ENTITY x SYSTEM "{secret}">]><mets '.encode()
    )
    receipt = submit(laid_down(tmp_path / "sip", files | {"METS.xml": mets}))
    assert "the secret" not in json.dumps(receipt)


# Who, and what is said


def test_a_plain_folder_is_not_a_package(submit, tmp_path):
    with pytest.raises(InvalidRequest, match="ingest --recursive"):
        submit(laid_down(tmp_path / "x", PAPERS))


def test_what_is_not_there_is_not_found(submit, tmp_path):
    with pytest.raises(NotFound):
        submit(tmp_path / "nothing")


def test_a_reader_may_not_submit(submit, tmp_path):
    reader = Actor(login="reader", role="reader")
    with pytest.raises(NotAllowed):
        submit(zip_of(tmp_path / "d.zip", PAPERS), by=reader)


@pytest.mark.parametrize("name", ["exports.validate", "exports.csip"])
def test_every_error_of_a_validator_has_a_remedy_of_its_own_or_the_common_one(name):
    stated = sys.modules[name].__doc__.split("Codes of warnings")[0]
    found = set(re.findall(r"``([a-z][a-z-]+|CSIP[A-Z0-9]+)``", stated))
    assert len(found) > 10
    assert all(REMEDIES.get(code, PACKAGE) for code in found)


def test_nothing_is_left_behind(submit, settings, tmp_path):
    submit(zip_of(tmp_path / "d.zip", PAPERS))
    assert list((settings.data_dir / "scratch").iterdir()) == []
