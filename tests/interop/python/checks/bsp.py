"""Session keys and the protection of bound profile packages (SCP03t as SGP.22 uses it)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from checks.crypto import x963_kdf
from checks.tlv import Tlv, write_length

MAC_SIZE = 8


class BspError(ValueError):
    """A protected TLV does not open."""


@dataclass
class Keys:
    """Chaining value and keys of one run of protected TLVs."""

    mcv: bytes
    enc: bytes
    mac: bytes


def session_keys(secret: bytes, key_type: int, key_length: int, host_id: bytes, eid: str) -> Keys:
    """Derives the session keys from the shared secret."""
    eid_bytes = bytes.fromhex(eid)
    info = bytes([key_type, key_length, len(host_id)]) + host_id
    info += bytes([len(eid_bytes)]) + eid_bytes
    out = x963_kdf(secret, info, 48)
    return Keys(out[:16], out[16:32], out[32:])


class Bsp:
    """One chain: the counter and the MAC go on from TLV to TLV."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._counter = 1

    def mac(self, tag: int, data: bytes) -> bytes:
        """The full MAC of a TLV with this (cipher)text, from the present chaining value."""
        cmac = CMAC(algorithms.AES(self._keys.mac))
        cmac.update(self._keys.mcv + bytes([tag]) + write_length(len(data) + MAC_SIZE) + data)
        return cmac.finalize()

    def open(self, tlv: Tlv) -> bytes:
        """Checks the MAC of an 86, 87 or 88 and gives its plaintext."""
        if len(tlv.value) < MAC_SIZE:
            raise BspError("too short for a MAC")
        data, mac = tlv.value[:-MAC_SIZE], tlv.value[-MAC_SIZE:]
        full = self.mac(tlv.tag, data)
        if full[:MAC_SIZE] != mac:
            raise BspError(f"MAC number {self._counter} is wrong")
        plain = data if tlv.tag == 0x88 else self._decrypt(data)
        self._advance(full)
        return plain

    def seal(self, tag: int, plain: bytes) -> bytes:
        """The value of an 86, 87 or 88: what `open` undoes. For the synthetic server."""
        data = plain
        if tag != 0x88:
            padded = plain + b"\x80"
            padded += bytes(-len(padded) % 16)
            encryptor = self._cipher().encryptor()
            data = encryptor.update(padded) + encryptor.finalize()
        full = self.mac(tag, data)
        self._advance(full)
        return data + full[:MAC_SIZE]

    def _advance(self, full: bytes) -> None:
        self._keys.mcv = full
        self._counter += 1

    def _cipher(self) -> Cipher:
        block = self._counter.to_bytes(16, "big")
        ecb = Cipher(algorithms.AES(self._keys.enc), modes.ECB()).encryptor()
        return Cipher(algorithms.AES(self._keys.enc), modes.CBC(ecb.update(block)))

    def _decrypt(self, data: bytes) -> bytes:
        if not data or len(data) % 16:
            raise BspError("the ciphertext is not whole blocks")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        plain, marker, rest = padded.rpartition(b"\x80")
        if not marker or any(rest) or len(rest) > 15:
            raise BspError("the padding is wrong")
        return plain
