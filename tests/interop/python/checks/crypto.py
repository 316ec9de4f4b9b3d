"""The few primitives that SGP.22 needs, on the `cryptography` package and hashlib."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def verify(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Checks an ECDSA-SHA256 signature in the raw form r‖s of 64 bytes."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def private_key(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    """A P-256 private key from its scalar."""
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The uncompressed point (65 bytes) that belongs to a private key."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def point(data: bytes) -> ec.EllipticCurvePublicKey:
    """A P-256 public key from its uncompressed point; a point off the curve is a ValueError."""
    if len(data) != 65 or data[0] != 4:
        raise ValueError("a public key is 65 bytes and begins with 04")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def shared_secret(scalar: bytes, other: bytes) -> bytes:
    """ECDH: the x coordinate, 32 bytes."""
    return private_key(scalar).exchange(ec.ECDH(), point(other))


def x963_kdf(secret: bytes, shared_info: bytes, length: int) -> bytes:
    """The key derivation of ANSI X9.63 with SHA-256."""
    out, counter = b"", 1
    while len(out) < length:
        out += hashlib.sha256(secret + counter.to_bytes(4, "big") + shared_info).digest()
        counter += 1
    return out[:length]


def hash_cc(code: str, transaction_id: bytes) -> bytes:
    """hashCc of a confirmation code: SHA-256(SHA-256(code) ‖ transactionId)."""
    return hashlib.sha256(hashlib.sha256(code.encode()).digest() + transaction_id).digest()
