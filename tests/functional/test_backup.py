"""`backup` and `restore`, as a person gives them."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from webtest import TestApp

import recordsvc
from recordsvc.settings import Settings, load_settings
from recordsvc.storage.ledger import Destroyed, Ledger, open_ledger
from recordsvc.storage.signing import SigningKey, open_signing_key

from .conftest import Cli


class Home:
    """A store with two papers, its backup, and where its ledger lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cli = Cli(data_dir=folder / "var")
        self.cli.ok("init", "--test")
        self.ids = {}
        for name in ("water", "bread"):
            path = folder / f"{name}.txt"
            body = "Every fountain of the commune was counted.\n" * 9
            path.write_text(f"Report on {name}\n\n{body}A zebra was seen at night.\n")
            (line,) = self.cli.ingest(str(path))
            self.ids[name] = line["id"], line["sha256"]
        # Whoever destroys has them opened: a lost data folder cannot lend its key.
        self.ledger: Ledger = open_ledger(self.settings)
        self.key: SigningKey = open_signing_key(self.settings.data_dir)

    @property
    def settings(self) -> Settings:
        return load_settings(None, {"RECORDSVC_DATA_DIR": str(self.folder / "var")})

    def lose_the_store(self) -> None:
        shutil.rmtree(self.folder / "var")

    def destroy(self, name: str) -> None:
        record_id, sha256 = self.ids[name]
        self.ledger.append(
            [
                Destroyed(
                    record_id=record_id,
                    sha256s=(sha256,),
                    list_id="list-1",
                    destroyed_on=date(2026, 3, 1),
                )
            ],
            self.key,
        )

    def bitstream(self, name: str) -> Path:
        sha256 = self.ids[name][1]
        root = self.settings.bitstreams_dir
        return root / sha256[:2] / sha256[2:4] / sha256


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_backup_brings_everything_back(home: Home, tmp_path: Path) -> None:
    made = home.cli.ok("backup", str(tmp_path / "b"), "--json").json
    assert made["bitstreams"] >= 2
    assert made["missing"] == []
    assert made["path"] == str(tmp_path / "b")
    before = {
        n: home.cli.ok("show", i, "--json").json for n, (i, _) in home.ids.items()
    }
    home.lose_the_store()
    home.ledger.create()
    back = home.cli.ok("restore", str(tmp_path / "b"), "--json").json
    assert back["bitstreams"] == made["bitstreams"]
    assert (back["destroyed_again"], back["store_id"]) == (0, made["store_id"])
    after = {n: home.cli.ok("show", i, "--json").json for n, (i, _) in home.ids.items()}
    assert after == before
    # The index was not in the backup: the next command builds it.
    found = home.cli.ok("search", "bread", "--json").json
    assert [hit["id"] for hit in found["hits"]] == [home.ids["bread"][0]]
    assert home.cli.ok("index", "verify", "--json").json["valid"]
    assert home.cli("audit", "verify").code == 0


def test_what_was_destroyed_since_is_destroyed_again(
    home: Home, tmp_path: Path
) -> None:
    home.cli.ok("backup", str(tmp_path / "b"))
    home.destroy("water")
    home.lose_the_store()
    restored = home.cli.ok("restore", str(tmp_path / "b"))
    assert "destroyed again: 1 record\n" in restored.out
    shown = home.cli.ok("show", home.ids["water"][0], "--json").json
    assert shown["state"] == "destroyed"
    assert not home.bitstream("water").exists()
    assert home.bitstream("bread").exists()
    found = home.cli.ok("search", "zebra", "--json").json
    assert [hit["id"] for hit in found["hits"]] == [home.ids["bread"][0]]
    assert home.cli.ok("search", "bread", "--json").json["total"] == 1
    assert home.cli("audit", "verify").code == 0


def test_a_trail_that_was_sealed_before_the_backup_verifies_after_the_restore(
    home: Home, tmp_path: Path
) -> None:
    assert home.cli("audit", "verify").code == 0
    home.cli.ok("backup", str(tmp_path / "b"))
    home.lose_the_store()
    home.ledger.create()
    home.cli.ok("restore", str(tmp_path / "b"))
    assert home.cli.ok("audit", "verify", "--json").json["valid"]


def test_without_a_ledger_a_restore_needs_a_reason_that_is_kept(
    home: Home, tmp_path: Path
) -> None:
    home.cli.ok("backup", str(tmp_path / "b"))
    home.lose_the_store()
    shutil.rmtree(home.ledger.folder, ignore_errors=True)
    refused = home.cli("restore", str(tmp_path / "b"))
    assert refused.code == 6
    assert "--without-ledger --reason R" in refused.err
    assert home.cli("show", home.ids["water"][0]).code == 3
    assert home.cli("restore", str(tmp_path / "b"), "--without-ledger").code == 2
    assert home.cli("restore", str(tmp_path / "b"), "--reason", "fire").code == 2
    home.cli.ok("restore", str(tmp_path / "b"), "--without-ledger", "--reason", "fire")
    trail = home.cli.ok("audit", "list", "--kind", "restore", "--json").json
    (entry,) = trail["entries"]
    assert entry["facts"] == {"reason": "fire"}


def test_a_restore_over_a_store_is_refused(home: Home, tmp_path: Path) -> None:
    home.cli.ok("backup", str(tmp_path / "b"))
    home.ledger.create()
    refused = home.cli("restore", str(tmp_path / "b"))
    assert refused.code == 6
    assert "only where there is no store" in refused.err
    home.cli.ok("show", home.ids["water"][0])


def test_a_damaged_backup_is_refused_and_named(home: Home, tmp_path: Path) -> None:
    home.cli.ok("backup", str(tmp_path / "b"))
    (tmp_path / "b" / "store" / "main.sqlite3").write_bytes(b"SQLite")
    home.lose_the_store()
    home.ledger.create()
    refused = home.cli("restore", str(tmp_path / "b"))
    assert refused.code == 8
    assert "store/main.sqlite3 is another than it was" in refused.err
    assert home.cli("restore", str(tmp_path / "nothing")).code == 8


def test_missing_bytes_make_a_backup_partly_done(home: Home, tmp_path: Path) -> None:
    home.bitstream("water").unlink()
    partly = home.cli("backup", str(tmp_path / "b"))
    assert partly.code == 5
    assert home.ids["water"][1] in partly.err
    assert home.cli("backup", str(tmp_path / "b")).code == 1


def test_only_who_looks_after_the_store_takes_a_backup(
    home: Home, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("a long password\n")
    given = ("--role", "librarian", "--password-file", str(tmp_path / "password"))
    home.cli.ok("user", "add", "lib", *given)
    refused = home.cli("--as", "lib", "backup", str(tmp_path / "b"))
    assert refused.code == 4
    assert not (tmp_path / "b").exists()


def test_a_site_opened_by_pserve_serves_nothing_that_the_ledger_names(home):
    record_id, _ = home.ids["water"]
    home.destroy("water")
    keys = {
        "recordsvc.data_dir": str(home.folder / "var"),
        "recordsvc.default_access": "open",
    }
    app = recordsvc.main({}, **keys)
    try:
        site = TestApp(app)
        gone = site.get(f"/api/v1/records/{record_id}", status=410).json
        assert gone["state"] == "destroyed"
        kept, _ = home.ids["bread"]
        assert site.get(f"/api/v1/records/{kept}").json["state"] == "active"
    finally:
        app.registry.service.close()
