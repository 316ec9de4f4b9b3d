"""The sample's LPA and the recorder: plays a story and gives it as a transcript's JSON objects.

    python -m sample.run FILE.jsonl
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path

from checks.bpp import allowed_ends, parse
from checks.crypto import hash_cc
from checks.tlv import read_only, write
from sample.card import Card
from sample.pki import Knobs, Pki, make
from sample.server import HOST, Order, Server, text

BLOCK = 120
ANSWER = 255
DEVICE = write(
    0xA1, write(0x80, bytes.fromhex("53968330")),
    write(0xA1, write(0x80, b"\x05\0\0"), write(0x85, b"\x0e\0\0"), write(0x8A, b"\x0f\0\0")),
    write(0x82, bytes.fromhex("539683306534089f")))


def context(matching_id: str) -> bytes:
    """ctxParams1; without a matching ID if it is empty."""
    return write(0xA0, write(0x80, matching_id.encode()) if matching_id else b"", DEVICE)


class Recorder:
    """Plays an LPA between a card and a server, and writes down all that goes by."""

    def __init__(self, knobs: Knobs = Knobs(), whole_parts: bool = False) -> None:
        self.pki: Pki = make(knobs)
        self.lines: list[dict] = []
        self.card = Card(self.pki)
        self.server = Server(self.pki, self.lines)
        self.whole_parts = whole_parts
        self.lines.append({"t": "meta", "version": 1, "program": "sample",
                           "ci": [self.pki.ci.der.hex()]})
        self.lines.append({"t": "card", "event": "power"})
        self._apdu(bytes.fromhex("0070000001"), b"\x01\x90\x00")
        select = bytes.fromhex("01a4040010a0000005591010ffffffff8900000100")
        self._apdu(select, bytes.fromhex("611f"))
        information = write(0x6F, write(0x84, select[5:]), write(0xE0, write(0x82, b"\x02\x02\x02")))
        self._apdu(bytes.fromhex("01c000001f"), information + b"\x90\x00")

    def _apdu(self, command: bytes, response: bytes) -> None:
        self.lines.append({"t": "apdu", "c": command.hex(), "r": response.hex()})

    def store_data(self, command: bytes, answer: bytes) -> None:
        """Writes one ES10 command and its answer as T=0 APDUs on channel 1."""
        blocks = [command[at : at + BLOCK] for at in range(0, len(command), BLOCK)]
        rest = answer
        for number, block in enumerate(blocks):
            last = number == len(blocks) - 1
            status = self._status(rest) if last else b"\x90\x00"
            head = bytes([0x81, 0xE2, 0x91 if last else 0x11, number, len(block)])
            self._apdu(head + block, status)
        while rest:
            piece, rest = rest[:ANSWER], rest[ANSWER:]
            self._apdu(bytes([0x01, 0xC0, 0, 0, len(piece)]), piece + self._status(rest))

    def _status(self, rest: bytes) -> bytes:
        return bytes([0x61, min(len(rest), ANSWER)]) if rest else b"\x90\x00"

    def es10(self, command: bytes) -> bytes:
        """Calls the card."""
        answer = self.card.call(command)
        self.store_data(command, answer)
        return answer

    def es9(self, function: str, request: dict, host: str = HOST, server=None) -> dict | None:
        """Calls the server, or another one."""
        answer = (server or self.server).call(function, request)
        response = {"status": 204, "headers": {}, "body": ""}
        if answer is not None:
            headers = {"content-type": "application/json", "x-admin-protocol": "gsma/rsp/v2.5.0"}
            response = {"status": 200, "headers": headers, "body": json.dumps(answer)}
        self.lines.append({
            "t": "http", "url": f"https://{host}/gsma/rsp2/es9plus/{function}",
            "request": {"headers": {"user-agent": "gsma-rsp-lpad", "content-type": "application/json",
                                    "x-admin-protocol": "gsma/rsp/v2.5.0"},
                        "body": json.dumps(request)},
            "response": response,
        })
        return answer

    # --- the verbs of the story -------------------------------------------------------------------

    def look_around(self) -> None:
        """Reads what a settings screen shows."""
        for command in ("bf3e035c015a", "bf2200", "bf4300", "bf3c00", "bf2800", "bf2d00"):
            self.es10(bytes.fromhex(command))

    def authenticate(self, order: Order) -> tuple[str, dict | None]:
        """Goes up to the offer; gives the transactionId and the second answer's fields."""
        self.server.order = order
        info1 = self.es10(bytes.fromhex("bf2000"))
        challenge = read_only(self.es10(bytes.fromhex("bf2e00"))).need(0x80).value
        first = self.es9("initiateAuthentication", {
            "smdpAddress": HOST, "euiccChallenge": text(challenge), "euiccInfo1": text(info1)})
        names = ("serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate")
        answer = self.es10(write(0xBF38, *(b64decode(first[name]) for name in names), context(order.matching_id)))
        name = first["transactionId"]
        second = self.es9("authenticateClient", {
            "transactionId": name, "authenticateServerResponse": text(answer)})
        return name, second if "smdpSigned2" in second else None

    def cancel(self, name: str, reason: int) -> None:
        """Cancels on the card, then at the server."""
        command = write(0xBF41, write(0x80, bytes.fromhex(name)), write(0x81, bytes([reason])))
        self.es9("cancelSession", {"transactionId": name, "cancelSessionResponse": text(self.es10(command))})

    def prepare(self, name: str, second: dict, code: str | None) -> bytes | None:
        """Gets the package, or none if the server refuses."""
        hashed = write(0x04, hash_cc(code, bytes.fromhex(name))) if code else b""
        parts = [b64decode(second[field]) for field in ("smdpSigned2", "smdpSignature2")]
        command = write(0xBF21, *parts, hashed, b64decode(second["smdpCertificate"]))
        answer = self.es10(command)
        key = self.card.session.secret.private_numbers().private_value.to_bytes(32, "big")
        self.lines.append({"t": "secret", "name": "euicc_otsk", "value": key.hex(),
                           "transaction_id": name.lower()})
        third = self.es9("getBoundProfilePackage", {
            "transactionId": name, "prepareDownloadResponse": text(answer)})
        package = third.get("boundProfilePackage")
        return b64decode(package) if package else None

    def load(self, package: bytes, iccid: bytes, refused: int | None = None) -> bytes:
        """Loads the package; a refusing card answers at the metadata."""
        segments = cut(package, self.whole_parts)
        last = 3 if refused is not None else len(segments) - 1
        for number, segment in enumerate(segments[: last + 1]):
            result = self.card.result(iccid, refused) if number == last else b""
            self.store_data(segment, result)
        return result

    def download(self, order: Order, code: str | None = None, refused: int | None = None) -> None:
        """A whole download, its result delivered and removed."""
        name, second = self.authenticate(order)
        package = self.prepare(name, second, code)
        if package is None:
            return
        result = self.load(package, order.iccid, refused)
        self.es9("handleNotification", {"pendingNotification": text(result)})
        self.es10(write(0xBF30, write(0x80, bytes([self.card.sequence]))))

    def deliver(self) -> None:
        """Retrieves every waiting notification, sends it, and removes it."""
        self.es10(bytes.fromhex("bf2800"))
        for number in list(self.card.notifications):
            raw = self.card.notifications[number]
            self.es10(write(0xBF2B, write(0xA0, write(0x80, bytes([number])))))
            self.es9("handleNotification", {"pendingNotification": text(raw)})
            self.es10(write(0xBF30, write(0x80, bytes([number]))))


def cut(package: bytes, whole_parts: bool = False) -> list[bytes]:
    """Cuts a package into ES10 segments, by the standard's way or lpac's."""
    ends, at, segments = allowed_ends(parse(package)), 0, []
    while at < len(package):
        end = (max if whole_parts else min)(ends[at])
        segments.append(package[at:end])
        at = end
    return segments


def profile(size: int) -> bytes:
    """A small profile package: header, an element of the wanted size, end."""
    header = write(0xA0, write(0x80, b"\x02"), write(0x81, b"\x03"), write(0x83, iccid(1)),
                   write(0xA5, write(0x81)), write(0xA6, write(0x06, bytes.fromhex("67810f010201"))))
    filler = write(0xA9, write(0xA0, write(0x81, b"\x02")), write(0x81, bytes.fromhex("883701")),
                   write(0x82, bytes(at & 0xFF for at in range(size))))
    return header + filler + write(0xAA, write(0xA0, write(0x81, b"\x03")))


def iccid(number: int) -> bytes:
    """An ICCID as stored, nibbles swapped."""
    digits = f"8900{number:015d}F"
    return bytes.fromhex("".join(digits[at + 1] + digits[at] for at in range(0, 20, 2)))


def story(knobs: Knobs = Knobs(), whole_parts: bool = False) -> list[dict]:
    """Everything once: a download with a code, enabling, a wrong code, a refusal by the user, one
    by the card, one by the server, and an installation that fails."""
    play = Recorder(knobs, whole_parts)
    play.look_around()
    play.download(Order(iccid(1), profile(2400), code="2468"), code="2468")
    play.es10(write(0xBF31, write(0xA0, write(0x5A, iccid(1))), write(0x81, b"\xff")))
    play.deliver()
    play.download(Order(iccid(2), profile(300), code="1357"), code="0000")
    name, _ = play.authenticate(Order(iccid(3), profile(300)))
    play.cancel(name, 0)
    play.card.refuse_auth = 6
    play.authenticate(Order(iccid(4), profile(300)))
    play.card.refuse_auth = None
    play.download(Order(iccid(1), profile(1500), replace_keys=False), refused=9)
    play.es10(bytes.fromhex("bf2d00"))
    return play.lines


def first_sample(knobs: Knobs = Knobs(), whole_parts: bool = False) -> list[dict]:
    """One download with a confirmation code, and its result delivered."""
    play = Recorder(knobs, whole_parts)
    play.es10(bytes.fromhex("bf3e035c015a"))
    play.download(Order(iccid(1), profile(2400), code="2468"), code="2468")
    return play.lines


def save(lines: list[dict], path: Path) -> None:
    """Writes a transcript file."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    save(story(), Path(sys.argv[1]))
