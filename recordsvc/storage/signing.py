"""The installation's own key, which signs certificates, tree heads and the ledger.

Beside the key lies its public half, ``KEY_ID.pem``. It stays when the key is replaced,
and whatever public key a person puts there is known like it: what an earlier key of
this installation has signed goes on to verify. Both are in every backup.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
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
    replace_file,
    sync_directory,
)
from recordsvc.storage.errors import SigningKeyUnusable
from recordsvc.storage.sources import open_regular

FOLDER = "keys"
FILE = "signing.key"
PUBLIC = ".pem"
# A PEM file of one Ed25519 key has 119 bytes.
MAX_KEY_BYTES = 4096
MAX_KEYS = 100
KEY_ID_CHARS = 16
_OTHERS = 0o077


class SigningKey:
    """An Ed25519 key (RFC 8032)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = key.public_key()
        self.public_pem = public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode("ascii")
        self.fingerprint = fingerprint_of(public)
        self.key_id = self.fingerprint[:KEY_ID_CHARS]

    def sign(self, content: bytes) -> bytes:
        """Return the signature, 64 bytes; the same content has the same one."""
        return self._key.sign(content)


def open_signing_key(data_dir: Path) -> SigningKey:
    """Return the installation's key; it is made at the first call.

    Its public half is put beside it, where it is known for good.

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
        key = _read(path)
    except FileNotFoundError:
        _make(path)
        key = _read(path)
    public = path.with_name(f"{key.key_id}{PUBLIC}")
    if not public.exists():
        replace_file(public, key.public_pem.encode("ascii"))
    return key


def known_keys(folder: Path) -> dict[str, str]:
    """Return the public keys of a folder of keys as PEM, by their ids.

    Parameters
    ----------
    folder
        ``keys`` of a data folder or of a backup; nothing is known where there is none.

    Raises
    ------
    SigningKeyUnusable
        If a file holds no Ed25519 key, or there are more than 100.
    """
    found: dict[str, str] = {}
    paths = [folder / FILE] if (folder / FILE).exists() else []
    paths += sorted(folder.glob(f"*{PUBLIC}"))[: MAX_KEYS + 1]
    if len(paths) > MAX_KEYS:
        raise SigningKeyUnusable(
            folder, f"holds more than {MAX_KEYS} keys", "take away what is none"
        )
    for path in paths:
        public = _public_of(path)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        found[fingerprint_of(public)[:KEY_ID_CHARS]] = pem.decode("ascii")
    return found


def fingerprint_of(public: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key's 32 bytes; it begins with the key's id."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


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


def _public_of(path: Path) -> Ed25519PublicKey:
    with os.fdopen(open_regular(path), "rb") as stream:
        pem = stream.read(MAX_KEY_BYTES)
    try:
        if path.suffix == PUBLIC:
            public = load_pem_public_key(pem)
        else:
            public = load_pem_private_key(pem, password=None).public_key()
        if isinstance(public, Ed25519PublicKey):
            return public
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise SigningKeyUnusable(
        path, "holds no Ed25519 key", "take it away, or put it back from a backup"
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
