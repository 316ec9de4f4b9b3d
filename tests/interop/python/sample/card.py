"""The sample's eUICC: answers ES10 commands with real signatures, and keeps to the standard."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from checks.certs import Certificate
from checks.crypto import public_point
from checks.tlv import Tlv, read, read_only, write
from sample.pki import Pki

ISDP = bytes.fromhex("a0000005591010ffffffff8900001100")
RULES = bytes.fromhex("bf4315a013301180020560a10730058003eeeeee82020780")
OK_RESPONSE = bytes.fromhex("3007a0053003800100")


@dataclass
class CardSession:
    """The one session a card can have."""

    challenge: bytes
    transaction_id: bytes = b""
    address: bytes = b""
    auth_signature: bytes = b""
    prepare_signature: bytes = b""
    secret: ec.EllipticCurvePrivateKey | None = None


@dataclass
class Card:
    """A card that takes every package of a good form, unless told to refuse."""

    pki: Pki
    server_oid: bytes = b""
    session: CardSession | None = None
    sequence: int = 0
    notifications: dict[int, bytes] = field(default_factory=dict)
    iccids: list[bytes] = field(default_factory=list)
    enabled: bytes | None = None
    refuse_auth: int | None = None

    def call(self, command: bytes) -> bytes:
        """Answers one ES10 command."""
        request = read_only(command)
        answers = {
            0xBF20: lambda _: write(0xBF20, *self.info1()),
            0xBF22: lambda _: self.info2(),
            0xBF2E: self._challenge,
            0xBF3E: lambda _: write(0xBF3E, write(0x5A, bytes.fromhex(self.pki.eid))),
            0xBF38: self._authenticate,
            0xBF21: self._prepare,
            0xBF41: self._cancel,
            0xBF28: self._list,
            0xBF2B: self._retrieve,
            0xBF30: self._remove,
            0xBF2D: self._profiles,
            0xBF31: self._enable,
            0xBF3C: lambda _: write(0xBF3C, write(0x80, b"smdp.sample.test"), write(0x81, b"ds.sample.test")),
            0xBF43: lambda _: RULES,
        }
        return answers[request.tag](request)

    def info1(self) -> list[bytes]:
        """The fields of euiccInfo1."""
        keys = write(0x04, self.pki.ci.key_id)
        return [write(0x82, b"\x02\x02\x02"), write(0xA9, keys), write(0xAA, keys)]

    def info2(self) -> bytes:
        """euiccInfo2."""
        svn, verification, signing = self.info1()
        return write(
            0xBF22, write(0x81, b"\x02\x03\x01"), svn, write(0x83, b"\x01\x00\x00"),
            write(0x84, bytes.fromhex("810100820400040000830200ff")), write(0x85, bytes.fromhex("057f36e7e0")),
            write(0x88, bytes.fromhex("0490")), verification, signing, write(0x8B, b"\x02"),
            write(0x04, b"\x01\x00\x00"), write(0x0C, b"SA-MP-LE-0001"),
        )

    def _challenge(self, _: Tlv) -> bytes:
        self.session = CardSession(os.urandom(16))
        return write(0xBF2E, write(0x80, self.session.challenge))

    def _authenticate(self, request: Tlv) -> bytes:
        signed, _, _, certificate, params = request.children()
        self.server_oid = oid_value(Certificate(certificate.raw).registered_id)
        transaction_id = signed.need(0x80)
        if self.refuse_auth is not None:
            code = write(0x02, bytes([self.refuse_auth]))
            return write(0xBF38, write(0xA1, transaction_id.raw, code))
        own = write(0x30, transaction_id.raw, signed.need(0x83).raw, signed.need(0x84).raw,
                    self.info2(), params.raw)
        signature = write(0x5F37, self.pki.euicc.sign(own))
        session = self.session
        session.transaction_id = transaction_id.value
        session.address, session.auth_signature = signed.need(0x83).value, signature
        return write(0xBF38, write(0xA0, own, signature, self.pki.euicc.der, self.pki.eum.der))

    def _prepare(self, request: Tlv) -> bytes:
        session, hash_cc = self.session, request.find(0x04)
        session.secret = ec.generate_private_key(ec.SECP256R1())
        own = write(0x30, write(0x80, session.transaction_id),
                    write(0x5F49, public_point(session.secret)), hash_cc.raw if hash_cc else b"")
        session.prepare_signature = self.pki.euicc.sign(own + request.need(0x5F37).raw)
        return write(0xBF21, write(0xA0, own, write(0x5F37, session.prepare_signature)))

    def _cancel(self, request: Tlv) -> bytes:
        own = write(0x30, request.need(0x80).raw, write(0x81, self.server_oid),
                    write(0x82, request.need(0x81).value))
        return write(0xBF41, write(0xA0, own, write(0x5F37, self.pki.euicc.sign(own))))

    def result(self, iccid: bytes, refused: int | None) -> bytes:
        """The end of a loading: a signed BF37, which is kept as a notification too."""
        self.sequence += 1
        final = write(0xA0, write(0x4F, ISDP), write(0x04, OK_RESPONSE))
        if refused is not None:
            final = write(0xA1, write(0x80, b"\x02"), write(0x81, bytes([refused])))
        else:
            self.iccids.append(iccid)
        metadata = self._metadata(0x80, b"\x07", self.session.address, iccid)
        data = write(0xBF27, write(0x80, self.session.transaction_id), metadata,
                     write(0x06, self.server_oid), write(0xA2, final))
        answer = write(0xBF37, data, write(0x5F37, self.pki.euicc.sign(data)))
        self.notifications[self.sequence] = answer
        self.session = None
        return answer

    def _metadata(self, event: int, unused: bytes, address: bytes, iccid: bytes) -> bytes:
        return write(0xBF2F, write(0x80, bytes([self.sequence])),
                     write(0x81, unused + bytes([event])), write(0x0C, address), write(0x5A, iccid))

    def _enable(self, request: Tlv) -> bytes:
        self.enabled = request.need(0xA0).need(0x5A).value
        self.sequence += 1
        metadata = self._metadata(0x40, b"\x06", b"smdp.sample.test", self.enabled)
        signature = write(0x5F37, self.pki.euicc.sign(metadata))
        self.notifications[self.sequence] = write(
            0x30, metadata, signature, self.pki.euicc.der, self.pki.eum.der)
        return write(0xBF31, write(0x80, b"\x00"))

    def _list(self, _: Tlv) -> bytes:
        found = []
        for raw in self.notifications.values():
            outer = read_only(raw)
            found.append((outer.find(0xBF27) or outer).need(0xBF2F).raw)
        return write(0xBF28, write(0xA0, *found))

    def _retrieve(self, request: Tlv) -> bytes:
        wanted = request.find(0xA0)
        if wanted is None:
            return write(0xBF2B, write(0xA0, *self.notifications.values()))
        number = int.from_bytes(read(wanted.value).value, "big")
        return write(0xBF2B, write(0xA0, self.notifications.get(number, b"")))

    def _remove(self, request: Tlv) -> bytes:
        number = int.from_bytes(request.need(0x80).value, "big")
        gone = self.notifications.pop(number, None)
        return write(0xBF30, write(0x80, b"\x00" if gone else b"\x01"))

    def _profiles(self, _: Tlv) -> bytes:
        found = []
        for iccid in self.iccids:
            state = b"\x01" if iccid == self.enabled else b"\x00"
            found.append(write(0xE3, write(0x5A, iccid), write(0x4F, ISDP), write(0x9F70, state),
                               write(0x91, b"Sample"), write(0x92, "Prépayé".encode()),
                               write(0x95, b"\x02")))
        return write(0xBF2D, write(0xA0, *found))


def oid_value(dotted: str) -> bytes:
    """The value bytes of an OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = b""
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return out
