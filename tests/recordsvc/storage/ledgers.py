"""Ledgers for tests: with a key of their own, of a time before signatures, forged."""

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordsvc.storage.ledger import Ledger
from recordsvc.storage.signing import SigningKey

KEY, OTHER = (
    SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2)
)


def ledger_in(folder: Path, *keys: SigningKey) -> Ledger:
    """Return the ledger of a folder that believes keys; `KEY` without."""
    return Ledger(folder, {k.key_id: k.public_pem for k in keys or (KEY,)})


def canonical(fields: dict) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def unsigned_lines(ids: list[str], prev: str = "0" * 64, seq: int = 1) -> bytes:
    """Return lines as the release before signatures has written them."""
    lines = b""
    for number, record_id in enumerate(ids, seq):
        fields = {
            "seq": number,
            "record_id": record_id,
            "sha256s": [hashlib.sha256(record_id.encode()).hexdigest()],
            "list": "list-1",
            "destroyed_on": "2026-03-01",
            "prev": prev,
        }
        prev = hashlib.sha256(canonical(fields)).hexdigest()
        lines += canonical({**fields, "hash": prev}) + b"\n"
    return lines


def chained(lines: list[dict]) -> bytes:
    """Return lines whose chain is right, whatever was changed in them."""
    text, prev = b"", "0" * 64
    for number, fields in enumerate(lines, 1):
        whole = {**fields, "seq": number, "prev": prev}
        whole.pop("hash", None)
        prev = hashlib.sha256(canonical(whole)).hexdigest()
        text += canonical({**whole, "hash": prev}) + b"\n"
    return text
