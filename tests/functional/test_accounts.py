"""Accounts by the command line, in a store where people prove who they are."""

import json
from pathlib import Path

import pytest

from .conftest import Cli


@pytest.fixture
def house(tmp_path: Path) -> Cli:
    cli = Cli(data_dir=tmp_path / "var")
    cli.ok("init")
    return cli


def secret(cli: Cli, name: str, text: str) -> str:
    path = cli.data_dir.parent / name
    path.write_text(text + "\n")
    return str(path)


def test_whose_password_an_administrator_has_reset_lifts_no_hold(house):
    mine = secret(house, "mine", "a long password")
    house.ok("user", "add", "ada", "--role", "approver", "--password-file", mine)

    def token(password):
        return house.ok("user", "token", "ada", "--password-file", password).out.strip()

    lift = ("hold", "lift", "no-such", "--reason", "over")
    assert house(*lift, RECORDSVC_TOKEN=token(mine)).code == 3
    theirs = secret(house, "theirs", "known to the administrator")
    house.ok("user", "passwd", "ada", "--password-file", theirs)
    refused = house(*lift, RECORDSVC_TOKEN=token(theirs))
    assert refused.code == 4
    assert "recordsvc user passwd" in refused.err
    (ada,) = [
        a
        for a in house.ok("user", "list", "--json").json["accounts"]
        if a["login"] == "ada"
    ]
    assert ada["password"] == "reset"
    before = token(theirs)
    old = ("--old-password-file", theirs)
    house.ok("user", "passwd", "ada", *old, "--password-file", mine)
    assert house("user", "list", RECORDSVC_TOKEN=before).code == 4
    assert house(*lift, RECORDSVC_TOKEN=token(mine)).code == 3


def test_the_owner_s_change_needs_the_old_password(house):
    mine = secret(house, "mine", "a long password")
    wrong = secret(house, "wrong", "not the password")
    new = secret(house, "new", "quite another one")
    house.ok("user", "add", "ada", "--role", "approver", "--password-file", mine)
    asked = ("user", "passwd", "ada", "--password-file", new)
    assert house(*asked, "--old-password-file", wrong).code == 4
    assert house("user", "token", "ada", "--password-file", new).code == 4
    # Whoever is ada may do it without being the administrator of this machine.
    token = house.ok("user", "token", "ada", "--password-file", mine).out.strip()
    assert house(*asked, RECORDSVC_TOKEN=token).code == 4
    made = house(*asked, "--old-password-file", mine, "--json", RECORDSVC_TOKEN=token)
    assert made.code == 0
    assert made.json == {"login": "ada", "password": None}


def test_an_address_is_given_changed_and_taken_away(house):
    mine = secret(house, "mine", "a long password")
    add = ("user", "add", "ada", "--role", "approver", "--password-file", mine)
    assert house(*add, "--email", "ada at home").code == 2
    house.ok(*add, "--email", "ada@tessara.invalid")
    changed = house.ok("user", "email", "ada", "ada@house.invalid")
    assert "no mail server is set" in changed.err
    assert house("user", "email", "ada", "ada@house.invalid").code == 7
    assert "ada@house.invalid" in house.ok("user", "list").out
    house.ok("user", "email", "ada")
    assert "ada@house.invalid" not in house.ok("user", "list").out
    assert house("user", "email", "nobody", "a@b.c").code == 3


def test_without_a_mail_server_doctor_and_the_list_of_letters_say_so(house):
    findings = house.ok("doctor", "--json").json["findings"]
    (mail,) = [f for f in findings if f["what"] == "mail"]
    assert mail["state"] == "note"
    assert mail["detail"].startswith("no mail server set")
    listed = house.ok("mail", "list")
    assert "no mail server is set" in listed.err
    assert house.ok("mail", "list", "--json").json == {"letters": [], "server": None}
    assert house("mail", "retry", "no-such").code == 3


def test_a_parked_letter_is_told_with_its_reason_and_can_be_retried(house, tmp_path):
    config = tmp_path / "mail.ini"
    config.write_text(
        "[app:main]\nrecordsvc.smtp_host = localhost\nrecordsvc.smtp_port = 1\n"
        "search.engine = memory\n"
    )
    mail = {"RECORDSVC_CONFIG": str(config)}
    mine = secret(house, "mine", "a long password")
    house.ok("user", "add", "ada", "--role", "approver", "--password-file", mine)
    house.ok("user", "email", "ada", "ada@tessara.invalid", **mail)
    house.ok("user", "passwd", "ada", **mail)
    (letter,) = house.ok("mail", "list", "--json", **mail).json["letters"]
    assert letter["state"] == "waiting"
    assert letter["kind"] == "password-reset"
    assert "ada@" not in json.dumps(letter)
    assert house("mail", "retry", letter["id"], **mail).code == 6


LONG = "x" * 4_001


@pytest.mark.parametrize(
    "words",
    [
        ("hold", "place", "--title", "T", "--mandate", LONG, "--query", "water"),
        ("hold", "place", "--title", LONG, "--mandate", "M", "--query", "water"),
        ("event", "record", "answered", "E-1", "2020-01-01", "--evidence", LONG),
        ("link", "add", "cites", "a", "b", "--reason", LONG),
        ("aggregation", "open", LONG),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_is_said_at_length_is_refused_with_the_limit(house, words):
    refused = house(*words)
    assert refused.code == 2, refused
    assert "has 4001 characters; at most 4000 are kept" in refused.err
