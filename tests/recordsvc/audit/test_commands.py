"""`recordsvc audit` as a program calls it."""

import json

import pytest

from recordsvc.cli import main

SIZE = 6


@pytest.fixture
def audit(sealed, settings, monkeypatch, capsys):
    """Return a function that calls a command and returns code, stdout, stderr."""
    sealed(SIZE)
    monkeypatch.setenv("RECORDSVC_DATA_DIR", str(settings.data_dir))

    def call(*words, login=None):
        who = ["--as", login] if login else []
        with pytest.raises(SystemExit) as ended:
            main([*who, "audit", *map(str, words)])
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return call


def test_list_answers_in_json(audit):
    code, out, _ = audit("list", "--limit", 2, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["size"] == SIZE
    assert [entry["seq"] for entry in answer["entries"]] == [5, 4]
    assert answer["next"] == "4"
    assert answer["entries"][0]["agent"] == "officer"
    assert answer["entries"][0]["facts"] == {"sha256": "ab" * 32}
    code, out, _ = audit("list", "--cursor", answer["next"], "--json")
    answer = json.loads(out)
    assert [entry["seq"] for entry in answer["entries"]] == [3, 2, 1, 0]
    assert answer["next"] is None


def test_list_shows_what_waited_when_it_was_called(audit, acts):
    acts(1, first=SIZE)
    _, out, _ = audit("list", "--json")
    assert json.loads(out)["size"] == SIZE + 1


def test_list_answers_although_nothing_can_be_sealed(audit, acts, file):
    file.path.write_bytes(file.path.read_bytes() + b"strange\n")
    acts(1, first=SIZE)
    code, out, err = audit("list", "--json")
    assert (code, json.loads(out)["size"]) == (0, SIZE)
    assert "recordsvc audit verify" in err


def test_list_is_a_table_for_people(audit, change):
    change(lambda t: t.erase_login("officer"))
    code, out, err = audit("list", "--kind", "hold", "--limit", 1)
    assert code == 0
    assert out.split() == [
        *("3", "2026-03-02T09:30:03Z", "hold", "success"),
        *("(name", "erased)", f"{3:032x}"),
    ]
    assert "more: --cursor 1" in err


def test_list_refuses_a_cursor_of_something_else(audit):
    code, _, err = audit("list", "--cursor", "x")
    assert code == 2
    assert "cursor" in err


def test_verify_answers_in_json_and_by_its_code(audit, change):
    code, out, _ = audit("verify", "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["valid"], answer["size"], answer["first_bad"]) == (True, SIZE, None)
    assert len(answer["root"]) == 64
    change(lambda t: t.sealed.pop(2))
    code, out, _ = audit("verify", "--json")
    answer = json.loads(out)
    assert (code, answer["valid"], answer["first_bad"]) == (8, False, 2)


def test_verify_tells_people_what_is_wrong_where(audit, file):
    assert "6 entries are true; root " in audit("verify")[1]
    file.path.write_bytes(file.path.read_bytes().replace(b"hold", b"held"))
    assert audit("verify") == (
        8,
        "entry 0 is bad: the file has another line in its place\n",
        "",
    )


def test_verify_and_export_go_together(audit, tmp_path, sealed):
    code, out, _ = audit("export", "-o", tmp_path / "kept", "--json")
    head = json.loads(out)
    assert (code, head["size"]) == (0, SIZE)
    stored = json.loads((tmp_path / "kept" / "heads.json").read_text())
    assert stored["root"] == head["root"]
    assert stored["signature"]
    sealed(3, first=SIZE)
    kept = tmp_path / "kept" / "heads.json"
    assert audit("verify", "--heads", kept)[0] == 0
    kept.write_text(json.dumps({**stored, "root": "0" * 64}))
    code, _, err = audit("verify", "--heads", kept)
    assert code == 2
    assert "signature" in err
    del stored["signature"]
    kept.write_text(json.dumps({**stored, "root": "0" * 64}))
    code, out, _ = audit("verify", "--heads", kept, "--json")
    assert (code, json.loads(out)["first_bad"]) == (8, 0)


def test_export_says_how_to_check_and_overwrites_nothing(audit, tmp_path):
    code, out, err = audit("export", "-o", tmp_path / "kept")
    assert code == 0
    assert f"6 entries in {tmp_path / 'kept'}; root " in out
    assert "python3 -I" in err
    assert audit("export", "-o", tmp_path / "kept")[0] == 6


def test_heads_that_are_not_there_are_said(audit, tmp_path):
    assert audit("verify", "--heads", tmp_path / "none.json")[0] == 3


@pytest.mark.parametrize("words", [("list",), ("verify",), ("export", "-o", "x")])
def test_who_may_not_see_the_trail_is_refused(audit, words, service):
    from recordsvc.services.accounts import add_account
    from recordsvc.services.context import SYSTEM

    service.run(SYSTEM, lambda ctx: add_account(ctx, "officer", "officer", "x" * 12))
    code, out, err = audit(*words, login="officer")
    assert (code, out) == (4, "")
    assert "audit.view" in err
