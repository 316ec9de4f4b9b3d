"""The sample's SM-DP+: answers ES9+ functions as JSON objects."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from checks.bsp import Bsp, Keys, session_keys
from checks.crypto import hash_cc, public_point, shared_secret
from checks.tlv import read_only, write
from sample.pki import Pki

HOST = "smdp.sample.test"
HOST_ID = b"sample-host"
PIECE = 1007


@dataclass
class Order:
    """A profile that waits for a card."""

    iccid: bytes
    profile: bytes
    code: str | None = None
    replace_keys: bool = True
    explicit_class: bool = False
    matching_id: str = "SAMPLE-1"

    def metadata(self, explicit: bool | None = None) -> bytes:
        """The BF25."""
        written = self.explicit_class if explicit is None else explicit
        return write(
            0xBF25, write(0x5A, self.iccid), write(0x91, b"Sample"), write(0x92, "Prépayé".encode()),
            write(0x95, b"\x02") if written else b"",
            write(0xB6, write(0x30, write(0x80, b"\x04\xf0"), write(0x81, HOST.encode()))),
            write(0xB7, write(0x80, b"\x62\xf2\x10")),
        )


@dataclass
class ServerSession:
    """What the server knows of one session."""

    order: Order
    challenge: bytes = field(default_factory=lambda: os.urandom(16))
    auth_signature: bytes = b""
    signature2: bytes = b""


class Server:
    """Serves one order after another."""

    def __init__(self, pki: Pki, secrets: list[dict]) -> None:
        self.pki = pki
        self.secrets = secrets
        self.order: Order | None = None
        self.sessions: dict[str, ServerSession] = {}

    def call(self, function: str, request: dict) -> dict | None:
        """Answers one function; none for an answer without a body."""
        match function:
            case "initiateAuthentication":
                return self._initiate(request)
            case "authenticateClient":
                return self._client(request)
            case "getBoundProfilePackage":
                return self._package(request)
            case "cancelSession":
                return executed({})
        return None

    def _initiate(self, request: dict) -> dict:
        transaction_id = os.urandom(16)
        session = self.sessions[transaction_id.hex().upper()] = ServerSession(self.order)
        signed = write(0x30, write(0x80, transaction_id), write(0x81, b64decode(request["euiccChallenge"])),
                       write(0x83, HOST.encode()), write(0x84, session.challenge))
        signature = write(0x5F37, self.pki.dp_auth.sign(signed))
        return executed({
            "transactionId": transaction_id.hex().upper(),
            "serverSigned1": text(signed),
            "serverSignature1": text(signature),
            "euiccCiPKIdToBeUsed": text(write(0x04, self.pki.ci.key_id)),
            "serverCertificate": text(self.pki.dp_auth.der),
        })

    def _client(self, request: dict) -> dict:
        name = request["transactionId"]
        session = self.sessions[name]
        answer = read_only(b64decode(request["authenticateServerResponse"]), 0xBF38)
        done = answer.find(0xA0)
        if done is None:
            return failed("8.1", "6.1")
        session.auth_signature = done.children()[1].raw
        required = b"\xff" if session.order.code else b"\x00"
        signed = write(0x30, write(0x80, bytes.fromhex(name)), write(0x01, required))
        session.signature2 = write(0x5F37, self.pki.dp_bind.sign(signed + session.auth_signature))
        return executed({
            "transactionId": name,
            "profileMetadata": text(session.order.metadata()),
            "smdpSigned2": text(signed),
            "smdpSignature2": text(session.signature2),
            "smdpCertificate": text(self.pki.dp_bind.der),
        })

    def _package(self, request: dict) -> dict:
        name = request["transactionId"]
        transaction_id, session = bytes.fromhex(name), self.sessions[name]
        answer = read_only(b64decode(request["prepareDownloadResponse"]), 0xBF21)
        signed = answer.need(0xA0).children()[0]
        order, sent = session.order, signed.find(0x04)
        if order.code:
            self._secret(transaction_id, "confirmation_code", order.code)
            if sent is None or sent.value != hash_cc(order.code, transaction_id):
                return failed("8.2.7", "3.8")
        package = self._bind(transaction_id, order, signed.need(0x5F49).value)
        return executed({"transactionId": name, "boundProfilePackage": text(package)})

    def _secret(self, transaction_id: bytes, name: str, value: str) -> None:
        self.secrets.append({"t": "secret", "name": name, "transaction_id": transaction_id.hex(),
                             "value": value})

    def _bind(self, transaction_id: bytes, order: Order, card_point: bytes) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        scalar = key.private_numbers().private_value.to_bytes(32, "big")
        self._secret(transaction_id, "smdp_otsk", scalar.hex())
        self._secret(transaction_id, "profile", order.profile.hex())
        fields = (
            write(0x82, b"\x01") + write(0x80, transaction_id)
            + write(0xA6, write(0x80, b"\x88"), write(0x81, b"\x10"), write(0x84, HOST_ID))
            + write(0x5F49, public_point(key))
        )
        signature = self.pki.dp_bind.sign(fields + write(0x5F49, card_point))
        secret = shared_secret(scalar, card_point)
        bsp = Bsp(session_keys(secret, 0x88, 0x10, HOST_ID, self.pki.eid))
        parts = [write(0xBF23, fields, write(0x5F37, signature)),
                 write(0xA0, protect(bsp, 0x87, write(0xBF24))),
                 write(0xA1, protect(bsp, 0x88, order.metadata(order.explicit_class)))]
        if order.replace_keys:
            keys = [os.urandom(16) for _ in range(3)]
            request = write(0xBF26, *(write(0x80 + i, key) for i, key in enumerate(keys)))
            parts.append(write(0xA2, protect(bsp, 0x87, request)))
            bsp = Bsp(Keys(*keys))
        parts.append(write(0xA3, protect(bsp, 0x86, order.profile)))
        return write(0xBF36, *parts)


def protect(bsp: Bsp, tag: int, plain: bytes) -> bytes:
    """Plaintext as a run of protected TLVs."""
    pieces = [plain[at : at + PIECE] for at in range(0, len(plain), PIECE)]
    return b"".join(write(tag, bsp.seal(tag, piece)) for piece in pieces)


def text(data: bytes) -> str:
    """Base64, as ES9+ carries bytes."""
    return b64encode(data).decode()


def executed(fields: dict) -> dict:
    """A function that was executed."""
    return {"header": {"functionExecutionStatus": {"status": "Executed-Success"}}, **fields}


def failed(subject: str, reason: str) -> dict:
    """A function that was refused."""
    code = {"subjectCode": subject, "reasonCode": reason, "message": "refused"}
    return {"header": {"functionExecutionStatus": {"status": "Failed", "statusCodeData": code}}}
