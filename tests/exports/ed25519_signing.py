"""Ed25519 signing as RFC 8032 section 5.1.6 tells it: slow, and for tests alone."""

import hashlib

from exports import certificate_verifier as curve


def public_of(secret: bytes) -> bytes:
    scalar, _ = _expanded(secret)
    return curve._bytes_of(curve._product(scalar, curve._BASE))


def sign(secret: bytes, message: bytes) -> bytes:
    scalar, prefix = _expanded(secret)
    public = curve._bytes_of(curve._product(scalar, curve._BASE))
    nonce = _number(prefix + message)
    start = curve._bytes_of(curve._product(nonce, curve._BASE))
    end = (nonce + _number(start + public + message) * scalar) % curve._L
    return start + end.to_bytes(32, "little")


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.sha512(content).digest(), "little") % curve._L


def _expanded(secret: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ((1 << 254) - 8) | (1 << 254), digest[32:]
