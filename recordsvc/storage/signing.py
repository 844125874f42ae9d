"""The installation's own key, which signs certificates and tree heads."""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    sync_directory,
)
from recordsvc.storage.errors import SigningKeyUnusable
from recordsvc.storage.sources import open_regular

FOLDER = "keys"
FILE = "signing.key"
# A PEM file of one Ed25519 key has 119 bytes.
MAX_KEY_BYTES = 4096
_OTHERS = 0o077


class SigningKey:
    """An Ed25519 key (RFC 8032)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = key.public_key()
        self.public_pem = public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode("ascii")
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(raw).hexdigest()[:16]

    def sign(self, content: bytes) -> bytes:
        """Return the signature, 64 bytes; the same content has the same one."""
        return self._key.sign(content)


def open_signing_key(data_dir: Path) -> SigningKey:
    """Return the installation's key; it is made at the first call.

    Parameters
    ----------
    data_dir
        The data folder; the key is ``keys/signing.key`` in it.

    Raises
    ------
    SigningKeyUnusable
        If the file is no Ed25519 key, or others than its owner may read it.
    """
    path = data_dir / FOLDER / FILE
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def verify(public_pem: str, signature: bytes, content: bytes) -> bool:
    """Tell whether a signature of content was made with the key of a public key.

    Parameters
    ----------
    public_pem
        As :attr:`SigningKey.public_pem`; what is no Ed25519 key verifies nothing.
    """
    try:
        key = load_pem_public_key(public_pem.encode("ascii"))
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, content)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _read(path: Path) -> SigningKey:
    descriptor = open_regular(path)
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(descriptor).st_mode
        pem = stream.read(MAX_KEY_BYTES)
    if mode & _OTHERS:
        raise SigningKeyUnusable(
            path,
            "can be read by others than its owner",
            f"if nobody did, chmod 600 {path}; else replace the key",
        )
    try:
        key = load_pem_private_key(pem, password=None)
        if isinstance(key, Ed25519PrivateKey):
            return SigningKey(key)
    except (ValueError, TypeError):
        pass
    raise SigningKeyUnusable(
        path,
        "holds no Ed25519 key",
        "put it back from a backup; what it signed can be verified without it",
    )


def _make(path: Path) -> None:
    make_private_directory(path.parent)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(beside, flags, PRIVATE_FILE), "wb") as stream:
        try:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
            # A link does not replace the key that another process made meanwhile.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    sync_directory(path.parent)
    sync_directory(path.parent.parent)
