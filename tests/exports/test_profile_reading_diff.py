import json
import shutil
from dataclasses import replace

import pytest

from exports.archive import FORMS, write_archive
from exports.bag import write_bag
from exports.diff import diff_bags
from exports.errors import BadPackage, BagNotFound, BagRefused, ProfileRefused
from exports.layout import RECORD_JSON
from exports.profile import load_profile, own_profile, parse_profile
from exports.reading import opened_package
from exports.tagfiles import format_manifest
from exports.validate import validate


def profile_with(**changes):
    whole = json.loads(own_profile().content)
    return parse_profile(json.dumps(whole | changes).encode(), origin="test")


def codes(path, profile):
    return {f.code for f in validate(path, profile=profile).errors}


def reseal(bag):
    """Make the manifests true again after a change."""
    import hashlib

    for stem, inside in (("manifest", True), ("tagmanifest", False)):
        for algorithm in ("sha256", "sha512"):
            lines = [
                (str(p.relative_to(bag)), hashlib.new(algorithm, p.read_bytes()))
                for p in bag.rglob("*")
                if p.is_file()
                and str(p.relative_to(bag)).startswith("data/") is inside
                and not p.name.startswith("tagmanifest-")
            ]
            content = format_manifest([(n, d.hexdigest()) for n, d in lines])
            (bag / f"{stem}-{algorithm}.txt").write_bytes(content)


def test_own_profile_is_stated_in_the_package(bag):
    assert load_profile(bag / "bagit-profile.json").identifier == (
        own_profile().identifier
    )


@pytest.mark.parametrize(
    "label", [rule.label for rule in own_profile().labels if rule.required]
)
def test_every_label_of_the_profile_is_demanded(bag, label):
    path = bag / "bag-info.txt"
    lines = [x for x in path.read_text().splitlines() if not x.startswith(label + ":")]
    path.write_text("\n".join(lines) + "\n")
    reseal(bag)
    assert validate(bag).valid
    assert "profile-label-missing" in codes(bag, own_profile())


def test_each_rule_of_a_profile_is_checked(bag):
    own = own_profile()
    assert codes(bag, own) == set()
    for changes, code in (
        ({"Manifests-Required": ["md5"]}, "profile-manifest-missing"),
        ({"Manifests-Allowed": ["sha512"]}, "profile-manifest-forbidden"),
        ({"Tag-Manifests-Required": ["md5"]}, "profile-manifest-missing"),
        ({"Tag-Manifests-Allowed": []}, "profile-manifest-forbidden"),
        ({"Tag-Files-Required": ["none.txt"]}, "profile-tag-file-missing"),
        ({"Tag-Files-Allowed": ["bag*.txt"]}, "profile-tag-file-forbidden"),
        ({"Accept-BagIt-Version": ["0.97"]}, "profile-version"),
        ({"Serialization": "required"}, "profile-serialization"),
        (
            {"Bag-Info": {"Access-Status": {"values": ["closed"]}}},
            "profile-label-value",
        ),
    ):
        assert codes(bag, profile_with(**changes)) == {code}, changes


def test_repeated_label_and_fetch_are_refused_by_the_profile(bag):
    with (bag / "bag-info.txt").open("a") as stream:
        stream.write("Record-Version: 4\n")
    (bag / "fetch.txt").write_text("")
    reseal(bag)
    assert codes(bag, own_profile()) == {
        "profile-label-repeated",
        "profile-fetch-forbidden",
    }


def test_profile_of_another_name_is_not_met(bag):
    about = {"BagIt-Profile-Info": {"BagIt-Profile-Identifier": "https://x.invalid/"}}
    assert codes(bag, profile_with(**about)) == {"profile-identifier"}


@pytest.mark.parametrize("form", FORMS)
def test_profile_judges_the_form_of_an_archive(tmp_path, make_package, bagging, form):
    path = write_archive(make_package(), tmp_path, form, bagging).path
    assert codes(path, own_profile()) == set()
    assert codes(path, profile_with(Serialization="forbidden")) == {
        "profile-serialization"
    }
    other = profile_with(**{"Accept-Serialization": ["application/x-7z"]})
    assert codes(path, other) == {"profile-serialization"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        b'{"BagIt-Profile-Info": {}}',
        json.dumps(json.loads(own_profile().content) | {"Bag-Info": []}).encode(),
        json.dumps(json.loads(own_profile().content) | {"Bag-Info": {"X": 1}}).encode(),
        json.dumps(
            json.loads(own_profile().content) | {"Manifests-Required": "md5"}
        ).encode(),
        json.dumps(
            json.loads(own_profile().content) | {"Serialization": "maybe"}
        ).encode(),
        b" " * (1 << 21),
    ],
    ids=range(10),
)
def test_what_is_no_profile_is_refused(tmp_path, content):
    path = tmp_path / "profile.json"
    path.write_bytes(content)
    with pytest.raises(ProfileRefused, match="is no BagIt profile"):
        load_profile(path)


def test_missing_profile_is_refused(tmp_path):
    with pytest.raises(ProfileRefused, match="cannot be read"):
        load_profile(tmp_path / "none.json")


@pytest.mark.parametrize("form", ["folder", *FORMS])
def test_package_gives_back_what_went_in(tmp_path, make_package, bagging, form):
    package = make_package([("a.pdf", b"1"), ("b.pdf", b"22"), ("c.pdf", b"1")])
    if form == "folder":
        written = write_bag(package, tmp_path, bagging)
    else:
        written = write_archive(package, tmp_path, form, bagging)
    with opened_package(written.path) as opened:
        assert opened.record_json == package.record_json
        assert opened.manifest_sha256 == written.manifest_sha256
        assert ("Record-Version", "3") in opened.bag_info
        digests = [p.sha256 for p in package.payloads]
        found = {d: s.read() for d, s in opened.payloads(digests)}
        assert sorted(found.values()) == [b"1", b"22"]
        assert list(opened.payloads(())) == []
        with pytest.raises(BadPackage, match="does not hold"):
            list(opened.payloads(["0" * 64]))


def test_spoilt_package_is_refused_before_a_value_is_believed(bag, tmp_path):
    (bag / RECORD_JSON).write_bytes(b"{}")
    with pytest.raises(BagRefused, match="not a valid bag"), opened_package(bag):
        pass
    with pytest.raises(BagNotFound), opened_package(tmp_path / "none"):
        pass
    (tmp_path / "x").write_bytes(b"no archive at all")
    with pytest.raises(BagRefused), opened_package(tmp_path / "x"):
        pass


def test_bag_of_another_profile_is_no_package_of_ours(bag):
    info = bag / "bag-info.txt"
    info.write_text(info.read_text().replace("recordsvc.invalid", "other.invalid"))
    reseal(bag)
    with pytest.raises(BagRefused, match="BagIt-Profile-Identifier"):
        opened_package(bag).__enter__()


def test_package_without_a_record_is_refused(bag):
    (bag / RECORD_JSON).unlink()
    info = bag / "bag-info.txt"
    lines = info.read_text().splitlines()
    size = sum(p.stat().st_size for p in (bag / "data").rglob("*") if p.is_file())
    oxum = f"Payload-Oxum: {size}.9"
    info.write_text(
        "\n".join(oxum if x.startswith("Payload-Oxum") else x for x in lines) + "\n"
    )
    reseal(bag)
    with pytest.raises(BadPackage, match="no record of ours"):
        opened_package(bag).__enter__()


def test_record_beyond_measure_is_refused(bag, monkeypatch):
    monkeypatch.setattr("exports.reading.MAX_RECORD_BYTES", 3)
    with pytest.raises(BadPackage, match="larger"):
        opened_package(bag).__enter__()


def test_equal_bags_of_different_forms_do_not_differ(tmp_path, make_package, bagging):
    package = make_package()
    folder = write_bag(package, tmp_path / "a", bagging).path
    for form in FORMS:
        archive = write_archive(package, tmp_path, form, bagging).path
        found = diff_bags(folder, archive)
        assert found.is_empty
        assert found.same == 14


def test_every_difference_is_named(tmp_path, make_package, bagging):
    files = (("kept.pdf", b"k"), ("gone.pdf", b"g"), ("old.pdf", b"m"), ("x.pdf", b"1"))
    package = make_package(files)
    a = write_bag(package, tmp_path / "a", bagging).path
    b = tmp_path / "b"
    shutil.copytree(a, b)
    data = b / "data/representations/rep-original/data"
    (data / "gone.pdf").unlink()
    (data / "old.pdf").rename(data / "new.pdf")
    (data / "x.pdf").write_bytes(b"2")
    (data / "come.pdf").write_bytes(b"c")
    info = b / "bag-info.txt"
    info.write_text(info.read_text().replace("Version: 3", "Version: 4"))
    reseal(b)
    found = diff_bags(a, b)
    stem = "data/representations/rep-original/data"
    assert found.added == (f"{stem}/come.pdf",)
    assert found.removed == (f"{stem}/gone.pdf",)
    assert found.changed == (f"{stem}/x.pdf",)
    assert found.moved == ((f"{stem}/old.pdf", f"{stem}/new.pdf"),)
    assert found.labels == (("Record-Version", ("3",), ("4",)),)
    assert not found.is_empty


def test_bags_without_a_common_algorithm_are_compared_by_their_bytes(bag, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(bag, other)
    for name in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
        (other / name).unlink()
    reseal(bag)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        (bag / name).unlink()
    (other / "tagmanifest-sha256.txt").unlink()
    for path in bag.glob("tagmanifest-*"):
        path.unlink()
    assert diff_bags(bag, other).is_empty


def test_broken_bag_is_no_base_for_a_comparison(bag, tmp_path):
    with pytest.raises(BagNotFound):
        diff_bags(bag, tmp_path / "none")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BagRefused):
        diff_bags(bag, tmp_path / "file")
    (bag / "data/METS.xml").unlink()
    with pytest.raises(BagRefused):
        diff_bags(bag, bag)


def test_own_profile_is_what_the_package_data_says():
    assert replace(own_profile()).allows_fetch is False
