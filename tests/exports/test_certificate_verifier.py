import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports import certificate_verifier as verifier
from exports.certificate import FORM, digest_of, document
from exports.certificate_page import html
from exports.certificate_reading import parse
from exports.certificate_verifier import (
    Refused,
    check,
    envelope_in,
    main,
    pem_of,
    public_key_of,
    verify_ed25519,
)
from tests.exports.certificates import (
    KEY_ID,
    OTHER_PEM,
    OTHER_SECRET,
    PEM,
    SECRET,
    certificate,
    dossier,
    envelope,
    item,
)
from tests.exports.ed25519_signing import public_of, sign

# RFC 8032 section 7.1, tests 1 to 3: secret, public, message, signature.
VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
)
KEY = public_of(SECRET)


@pytest.fixture
def files(tmp_path):
    """Return a certificate as JSON and as a page, and the key."""
    content = envelope()
    (tmp_path / "c.json").write_bytes(content)
    (tmp_path / "c.html").write_bytes(html(content))
    (tmp_path / "key.pem").write_text(PEM)
    (tmp_path / "other.pem").write_text(OTHER_PEM)
    return tmp_path


# Ed25519


@pytest.mark.parametrize("vector", VECTORS)
def test_signatures_of_rfc_8032_are_good_and_spoilt_ones_are_not(vector):
    secret, public, message, signature = map(bytes.fromhex, vector)
    assert public_of(secret) == public
    assert sign(secret, message) == signature
    assert verify_ed25519(public, message, signature)
    assert not verify_ed25519(public, message + b"\0", signature)
    for place in range(64):
        spoilt = bytearray(signature)
        spoilt[place] ^= 0x20
        assert not verify_ed25519(public, message, bytes(spoilt))


def test_signature_with_a_scalar_beyond_the_order_is_refused():
    signature = sign(SECRET, b"x")
    scalar = int.from_bytes(signature[32:], "little") + verifier._L
    twin = signature[:32] + scalar.to_bytes(32, "little")
    assert verify_ed25519(KEY, b"x", signature)
    assert not verify_ed25519(KEY, b"x", twin)


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(31),
        bytes(33),
        (verifier._P + 1).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),
        (2).to_bytes(32, "little"),
    ],
)
def test_bytes_that_are_no_point_are_no_key(key):
    assert not verify_ed25519(key, b"x", sign(SECRET, b"x"))


def test_signature_of_another_length_is_refused():
    signature = sign(SECRET, b"x")
    for wrong in (b"", signature[:-1], signature + b"\0"):
        assert not verify_ed25519(KEY, b"x", wrong)


@settings(max_examples=30, deadline=None)
@given(secret=st.binary(min_size=32, max_size=32), message=st.binary())
def test_the_cryptography_package_agrees(secret, message):
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes_raw()
    signature = key.sign(message)
    assert sign(secret, message) == signature
    assert verify_ed25519(public, message, signature)
    assert not verify_ed25519(public, message + b"x", signature)


def test_openssl_agrees(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs the Debian package openssl")
    found = parse(envelope())
    for name, content in (
        ("key.pem", PEM.encode()),
        ("message", found.message),
        ("signature", found.signature.value),
    ):
        (tmp_path / name).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message"
    done = subprocess.run(
        [*command.split(), "-sigfile", "signature"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


@given(st.binary(min_size=32, max_size=32))
def test_key_reads_back_from_pem(key):
    assert public_key_of(pem_of(key)) == key


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "x",
        PEM.replace("PUBLIC", "PRIVATE"),
        PEM.replace("MCow", "MCox"),
        PEM.replace("MCow", "MC"),
        PEM + PEM,
        "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_no_ed25519_key_is_none(pem):
    assert public_key_of(pem) is None


# Certificates


def test_json_and_page_tell_the_same_signed_facts(files):
    one = check((files / "c.json").read_bytes(), KEY)
    two = check((files / "c.html").read_bytes(), KEY)
    assert one == two
    assert one["digest"] == digest_of(document(certificate()))
    assert one["key_id"] == KEY_ID


def test_altered_bytes_are_refused_by_the_verifier_too():
    content = envelope(certificate(items=(item(dates=(), components=()),)))
    for place in range(0, len(content), 3):
        altered = bytearray(content)
        altered[place] ^= 1
        with pytest.raises(Refused):
            check(bytes(altered))


def test_page_whose_document_was_altered_is_refused(files):
    page = (files / "c.html").read_bytes()
    with pytest.raises(Refused):
        check(page.replace(b'"is_test":false', b'"is_test":true'))
    head, mark, tail = page.partition(b'<pre id="signed-document">')
    with pytest.raises(Refused, match="2 signed documents"):
        check(head + mark + b"{}</pre>" + mark + tail)
    with pytest.raises(Refused, match="0 signed documents"):
        check(page.replace(b"signed-document", b"other"))
    with pytest.raises(Refused, match="broken by a tag"):
        check(head + mark + b"<b>" + tail)
    with pytest.raises(Refused, match="UTF-8"):
        check(page + b"\xff")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff",
        b'"\\ud800"',
        b"<",
        b"<html></html>",
        b'{"certificate":1,"signature":2}',
        b'{"certificate":{"form":1},"signature":{}}',
        f'{{"certificate":{{"form":"{FORM}"}},"signature":{{}}}}'.encode(),
        b'{"certificate":1.5,"signature":2}',
        b"9" * 10_000,
    ],
)
def test_what_is_no_certificate_is_refused_without_a_traceback(content):
    with pytest.raises(Refused):
        check(content)


def test_signed_document_with_wrong_counts_is_refused():
    whole = json.loads(envelope())
    whole["certificate"]["counts"]["records"] = 7
    with pytest.raises(Refused, match="counts"):
        check(resealed(whole))


@pytest.mark.parametrize("members", [{"items": 1}, {"items": [1]}, {"counts": None}])
def test_signed_document_of_another_form_is_refused(members):
    whole = json.loads(envelope())
    whole["certificate"] |= members
    with pytest.raises(Refused):
        check(resealed(whole))


@pytest.mark.parametrize(
    "members",
    [
        {"alg": "none"},
        {"value": 1},
        {"value": "?"},
        {"public_key": 1},
        {"public_key": PEM.strip()},
        {"more": 1},
    ],
)
def test_signature_of_another_form_is_refused(members):
    whole = json.loads(envelope())
    whole["signature"] |= members
    with pytest.raises(Refused):
        check(verifier._canonical(whole))


def resealed(whole):
    import base64

    del whole["signature"]["value"]
    value = sign(SECRET, verifier._canonical(whole))
    whole["signature"]["value"] = base64.b64encode(value).decode()
    return verifier._canonical(whole)


# The command


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_verifier_runs_alone_with_nothing_but_python(files):
    shutil.copy(verifier.__file__, files / "certificate_verifier.py")
    done = subprocess.run(
        [
            *(sys.executable, "-S", "certificate_verifier.py"),
            *("c.json", "c.html", "--key", "key.pem", "--items"),
        ],
        check=False,
        cwd=files,
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b": VALID\n") == 2
    assert b"Question sur l\\u2019eau" in done.stdout


def test_valid_certificate_is_told_with_its_facts(files, capsys):
    code, out = run(capsys, files / "c.json", "--key", files / "key.pem")
    assert code == 0
    assert "VALID" in out
    assert "records 2, components 1, bytes 12345" in out
    assert "Compare the key" not in out
    assert "TEST" not in out


def test_without_a_key_the_fingerprint_is_to_be_compared(files, capsys):
    code, out = run(capsys, files / "c.html")
    assert code == 0
    assert "Compare the key" in out
    assert check((files / "c.html").read_bytes())["fingerprint"] in out
    assert "the page around it is not" in out


def test_certificate_of_another_key_is_not_valid(files, capsys):
    code, out = run(capsys, files / "c.json", "--key", files / "other.pem")
    assert code == 8
    assert "NOT VALID: it was signed with another key" in out


def test_row_of_certificates_is_checked(files, capsys):
    first = envelope()
    second = envelope(certificate(id="2", previous=parse(first).digest))
    third = envelope(certificate(id="3", previous=parse(second).digest))
    for name, content in (("1", first), ("2", second), ("3", third)):
        (files / name).write_bytes(content)
    assert run(capsys, *(files / name for name in "123"))[0] == 0
    code, out = run(capsys, files / "1", files / "3")
    assert code == 8
    assert "THE ROW IS BROKEN: 3 does not follow" in out


def test_certificate_of_a_test_store_is_no_evidence(files, capsys):
    path = files / "test.json"
    path.write_bytes(envelope(certificate(is_test=True)))
    assert "TEST STORE" in run(capsys, path)[1]


def test_each_dossier_is_told_with_the_records(files, capsys):
    path = files / "filed.json"
    part = dossier(id="e" * 32, kind="volume", title="\x1b[2J", is_whole=False)
    path.write_bytes(envelope(certificate(aggregations=(dossier(), part))))
    code, out = run(capsys, path, "--items")
    assert code == 0
    assert f"  disposed of as a whole: {'d' * 32}  dossier  2  2014-02-03  Eau" in out
    assert f"  in part: {'e' * 32}  volume  2  2014-02-03  _x001B_[2J" in out
    assert "as a whole" not in run(capsys, path)[1]


def test_terminal_is_not_told_what_a_title_orders_it(files, capsys):
    path = files / "odd.json"
    path.write_bytes(envelope(certificate(items=(item(title="\x1b[2J\x9b1m\u202ex"),))))
    _, out = run(capsys, path, "--items")
    assert not {"\x1b", "\x9b", "\u202e"} & set(out)


def test_file_that_cannot_be_read_is_named(files, capsys, monkeypatch):
    assert run(capsys, files / "none")[0] == 3
    assert run(capsys, files)[0] == 3
    code, out = run(capsys, files / "c.json", "--key", files / "c.json")
    assert code == 3
    assert "no Ed25519 public key" in out
    monkeypatch.setattr(verifier, "MAX_BYTES", 10)
    assert run(capsys, files / "c.json")[0] == 3


def test_surrounding_white_space_does_no_harm():
    assert envelope_in(b"\n" + envelope() + b"\n") == envelope()


def test_other_key_signs_its_own():
    content = envelope(secret=OTHER_SECRET, pem=OTHER_PEM)
    assert check(content, public_of(OTHER_SECRET))["key_id"] == KEY_ID


def test_verifier_is_one_file_of_the_standard_library():
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    found = {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert found <= set(sys.stdlib_module_names) | {"__future__"}
