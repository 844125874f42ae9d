import hashlib
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from recordsvc.storage.errors import SigningKeyUnusable
from recordsvc.storage.signing import (
    SigningKey,
    open_signing_key,
    verify,
)

# RFC 8032 section 7.1, test 2.
SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_signature_is_the_one_of_the_standard():
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SECRET)))
    assert key.sign(b"\x72").hex() == SIGNATURE
    assert key.key_id == hashlib.sha256(bytes.fromhex(PUBLIC)).hexdigest()[:16]
    raw = load_pem_public_key(key.public_pem.encode()).public_bytes(
        Encoding.Raw, PublicFormat.Raw
    )
    assert raw.hex() == PUBLIC


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    key = open_signing_key(tmp_path / "var")
    assert open_signing_key(tmp_path / "var").key_id == key.key_id
    folder = tmp_path / "var" / "keys"
    assert {p.name for p in folder.iterdir()} == {"signing.key", f"{key.key_id}.pem"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "signing.key").stat().st_mode) == 0o600


def test_a_signature_holds_for_its_content_and_key_only(tmp_path):
    key, other = open_signing_key(tmp_path / "a"), open_signing_key(tmp_path / "b")
    signature = key.sign(b"certificate")
    assert verify(key.public_pem, signature, b"certificate")
    assert not verify(key.public_pem, signature, b"certificatE")
    assert not verify(other.public_pem, signature, b"certificate")
    changed = bytes([signature[0] ^ 1]) + signature[1:]
    assert not verify(key.public_pem, changed, b"certificate")
    assert not verify(key.public_pem, b"", b"certificate")


def test_what_is_no_key_verifies_nothing(tmp_path):
    signature = open_signing_key(tmp_path).sign(b"x")
    exchange = X25519PrivateKey.generate().public_key()
    wrong_kind = exchange.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for pem in ("", "é", "-----BEGIN PUBLIC KEY-----", wrong_kind.decode()):
        assert not verify(pem, signature, b"x")


def wrong_kind():
    return X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(9000), wrong_kind()])
def test_a_damaged_key_is_named_and_never_replaced(tmp_path, content):
    open_signing_key(tmp_path)
    path = tmp_path / "keys" / "signing.key"
    path.write_bytes(content)
    with pytest.raises(SigningKeyUnusable, match=r"holds no Ed25519 key.*backup"):
        open_signing_key(tmp_path)
    assert path.read_bytes() == content


def test_a_key_that_others_can_read_is_not_used(tmp_path):
    open_signing_key(tmp_path)
    (tmp_path / "keys" / "signing.key").chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="chmod 600"):
        open_signing_key(tmp_path)


@pytest.mark.faults
def test_processes_that_start_together_have_one_key(tmp_path, started):
    signers = [started("signer.py", str(tmp_path)) for _ in range(4)]
    for signer in signers:
        assert signer.hear() == "ready"
    for signer in signers:
        signer.say("go")
    (key_id,) = {signer.hear() for signer in signers}
    names = {p.name for p in (tmp_path / "keys").iterdir()}
    assert names == {"signing.key", f"{key_id}.pem"}
