"""An exported trail is checked without this program."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports import audit_verifier as verifier
from recordsvc.jobs.audit_check import export_trail, heads_in
from recordsvc.model import Event
from recordsvc.model.audit import PendingEntry
from recordsvc.services.audit import merkle
from recordsvc.services.audit.sealing import FIRST_PREVIOUS, entry_of, leaf_of, line_of
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed

BEGINNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Signer:
    """A signer as an installation has one (RFC 8032 sections 5.1.5 and 5.1.6)."""

    key_id = "test-key"

    def __init__(self):
        digest = hashlib.sha512(os.urandom(32)).digest()
        factor = int.from_bytes(digest[:32], "little")
        self.factor = factor & ((1 << 254) - 8) | (1 << 254)
        self.prefix = digest[32:]
        self.public = self.encoded(self.factor)

    def encoded(self, factor):
        x, y, z, _ = verifier.multiplied(factor, verifier.BASE)
        inverse = pow(z, verifier.P - 2, verifier.P)
        x, y = x * inverse % verifier.P, y * inverse % verifier.P
        return (y | (x & 1) << 255).to_bytes(32, "little")

    def number(self, *parts):
        digest = hashlib.sha512(b"".join(parts)).digest()
        return int.from_bytes(digest, "little") % verifier.L

    def sign(self, content):
        once = self.number(self.prefix, content)
        start = self.encoded(once)
        challenge = self.number(start, self.public, content)
        end = (once + challenge * self.factor) % verifier.L
        return start + end.to_bytes(32, "little")

    @property
    def public_pem(self):
        der = base64.b64encode(verifier.KEY_PREFIX + self.public).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n"


@pytest.fixture
def signer():
    return Signer()


@pytest.fixture
def exported(service, tmp_path, sealed):
    def export(name="trail", count=30, first=0, signer=None):
        sealed(count, first)
        folder = tmp_path / name
        export_trail(service, LOCAL_ADMINISTRATOR, folder, signer)
        return folder

    return export


def checked(folder, *arguments):
    """Run the exported program, away from this checkout and its packages."""
    command = [sys.executable, "-I", folder / "audit_verifier.py", folder]
    found = subprocess.run(
        [*command, "--json", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": ""},
    )
    answer = json.loads(found.stdout) if found.stdout else {}
    return found.returncode, answer, found.stderr


def test_a_true_trail_is_confirmed(exported, verdict):
    folder = exported()
    code, answer, err = checked(folder)
    assert (code, err) == (0, "")
    found = verdict()
    assert (answer["size"], answer["root"]) == (found.size, found.root)
    assert answer["valid"]
    assert answer["first_bad"] is None


def test_an_empty_trail_is_confirmed(exported):
    code, answer, _ = checked(exported(count=0))
    assert (code, answer["size"]) == (0, 0)


def test_people_are_told_in_words(exported):
    folder = exported(count=3)
    command = [sys.executable, "-I", folder / "audit_verifier.py", folder]
    assert b"3 entries are true; root " in subprocess.check_output(command)
    lines = (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "audit.jsonl").write_bytes(lines[0] + lines[2])
    found = subprocess.run(command, check=False, capture_output=True)
    assert (found.returncode, found.stdout) == (
        8,
        b"entry 1 is bad: entry 2 stands in its place\n",
    )


def tampered(how):
    def change(folder):
        path = folder / "audit.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        how(lines)
        path.write_bytes(b"".join(lines))

    return change


TAMPERS = {
    "altered": (
        lambda lines: lines.__setitem__(4, lines[4].replace(b"success", b"failure")),
        4,
    ),
    "spaced": (lambda lines: lines.__setitem__(4, b" " + lines[4]), 4),
    "removed": (lambda lines: lines.pop(4), 4),
    "reordered": (lambda lines: lines.insert(4, lines.pop(5)), 4),
    "doubled": (lambda lines: lines.insert(5, lines[4]), 5),
    "appended": (lambda lines: lines.append(b"{}\n"), 30),
    "cut": (lambda lines: lines.pop(), 29),
    "torn": (lambda lines: lines.__setitem__(29, lines[29][:-1]), 29),
    "emptied": (lambda lines: lines.clear(), 0),
    "endless": (lambda lines: lines.insert(0, b"x" * 3_000_000), 0),
    "deep": (lambda lines: lines.insert(2, b"[" * 100_000 + b"\n"), 2),
    "no object": (lambda lines: lines.insert(2, b"1\n"), 2),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_was_done_to_the_trail_is_named(exported, name):
    how, first_bad = TAMPERS[name]
    folder = exported()
    tampered(how)(folder)
    code, answer, _ = checked(folder)
    assert (code, answer["valid"], answer["first_bad"]) == (8, False, first_bad)


def made(size):
    """Return the lines and the head of a trail of so many acts."""
    entries, frontier, previous = [], (), FIRST_PREVIOUS
    for n in range(size):
        event = Event(id=f"{n:032x}", type="hold", at=BEGINNING, agent=f"agent {n}")
        pending = PendingEntry(event=event, subject="a" * 32, salt=f"{n:032x}")
        entries.append(entry_of(pending, n, previous))
        frontier, _ = merkle.grow(frontier, n, leaf_of(entries[-1]))
        previous = entries[-1].hash
    root = merkle.root_of(frontier).hex()
    return tuple(map(line_of, entries)), {"at": "", "root": root, "size": size}


LINES, HEAD = made(21)


def test_the_made_trail_is_true():
    assert verifier.check(LINES, [HEAD]).valid


@given(st.integers(0, 20), st.data())
def test_any_flipped_bit_is_found_in_its_line(number, data):
    line = bytearray(LINES[number])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = verifier.check([*LINES[:number], bytes(line), *LINES[number + 1 :]], [HEAD])
    assert found.first_bad == number


@given(st.permutations(range(21)))
def test_any_other_order_is_found_at_its_first_difference(order):
    found = verifier.check([LINES[n] for n in order], [HEAD])
    wrong = [place for place, n in enumerate(order) if place != n]
    assert found.first_bad == (wrong[0] if wrong else None)


@given(st.sets(st.integers(0, 20), min_size=1))
def test_any_removal_is_found_at_the_first_that_is_gone(gone):
    found = verifier.check([x for n, x in enumerate(LINES) if n not in gone], [HEAD])
    assert found.first_bad == min(gone)


def test_a_trail_written_anew_is_told_by_heads_that_were_kept(exported, tmp_path):
    kept = exported("kept", 10) / "heads.json"
    later = exported("later", 10, first=10)
    assert checked(later, "--heads", kept)[0] == 0
    # The same acts with other salts: as true in itself as the first trail.
    forged = json.loads(kept.read_text())
    forged["root"] = "0" * 64
    (tmp_path / "other.json").write_text(json.dumps([forged]))
    code, answer, _ = checked(later, "--heads", tmp_path / "other.json")
    assert (code, answer["first_bad"]) == (8, 0)
    code, answer, _ = checked(later, "--heads", kept, "--heads", later / "heads.json")
    assert code == 0


def test_an_older_trail_is_told_by_a_later_head(exported):
    early, later = exported("early", 10), exported("later", 5, first=10)
    code, answer, _ = checked(early, "--heads", later / "heads.json")
    assert (code, answer["first_bad"]) == (8, 10)


def test_a_signature_is_checked_with_the_key_of_the_auditor(exported, tmp_path):
    signer = Signer()
    folder = exported(signer=signer)
    (key := tmp_path / "key.pem").write_text(signer.public_pem)
    (other := tmp_path / "other.pem").write_text(Signer().public_pem)
    assert checked(folder)[1]["signed_by"] == ["test-key"]
    assert checked(folder, "--key", key)[0] == 0
    code, _, err = checked(folder, "--key", other)
    assert code == 2
    assert "signature" in err


def test_a_changed_head_does_not_keep_its_signature(exported, signer):
    folder = exported(signer=signer)
    head = json.loads((folder / "heads.json").read_text())
    other = "00" if head["signature"][-2:] != "00" else "01"
    for change in (
        {"at": "2020-01-01T00:00:00.000000Z"},
        {"signature": head["signature"][:-2] + other},
        {"signature": "zz"},
        {"signature": ""},
        {"key": "no key"},
        {"key": 5},
    ):
        (folder / "heads.json").write_text(json.dumps({**head, **change}))
        assert checked(folder)[0] == 2, change


def test_a_head_without_signature_is_refused_where_a_key_is_asked_for(
    exported, signer, tmp_path
):
    (key := tmp_path / "key.pem").write_text(signer.public_pem)
    assert checked(exported(), "--key", key)[0] == 2


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", "[" * 50_000, '{"at":"","root":"","size":true,"store":""}'],
)
def test_a_file_that_holds_no_heads_is_refused(exported, text):
    folder = exported()
    (folder / "heads.json").write_text(text)
    code, _, err = checked(folder)
    assert code == 2
    assert "Traceback" not in err


def test_a_missing_file_is_said(exported):
    folder = exported()
    (folder / "audit.jsonl").unlink()
    code, _, err = checked(folder)
    assert code == 2
    assert "audit.jsonl" in err


def test_the_exported_heads_are_read_again(exported, verdict, signer):
    folder = exported(signer=signer)
    assert verdict(*heads_in((folder / "heads.json").read_text())).valid


@pytest.mark.parametrize("signature", ["zz", "00", None])
def test_kept_heads_with_another_signature_are_refused(exported, signer, signature):
    folder = exported(signer=signer)
    head = json.loads((folder / "heads.json").read_text())
    with pytest.raises(InvalidRequest, match="signature"):
        heads_in(json.dumps({**head, "signature": signature}))


def test_an_export_overwrites_nothing(exported, service, tmp_path):
    folder = exported()
    with pytest.raises(Conflict, match="exists"):
        export_trail(service, LOCAL_ADMINISTRATOR, folder)
    with pytest.raises(NotAllowed):
        export_trail(service, Actor(login="o", role="officer"), tmp_path / "x")
    assert not (tmp_path / "x").exists()


# RFC 8032 section 7.1, tests 1 to 3.
VECTORS = """
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
-
e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b

3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
72
92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00

fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
af82
6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
"""


@pytest.mark.parametrize("vector", VECTORS.split("\n\n"))
def test_signatures_are_checked_as_the_norm_says(vector):
    key, content, *halves = vector.split()
    key, content = bytes.fromhex(key), bytes.fromhex(content.strip("-"))
    signature = bytes.fromhex("".join(halves))
    assert verifier.is_signed(key, content, signature)
    assert not verifier.is_signed(key, content + b"x", signature)
    assert not verifier.is_signed(key, content, signature[:-1])
    assert not verifier.is_signed(key, content, bytes(64))
    # The same factor written larger by the order of the group is malleable.
    factor = int.from_bytes(signature[32:], "little") + verifier.L
    again = signature[:32] + factor.to_bytes(32, "little")
    assert not verifier.is_signed(key, content, again)
