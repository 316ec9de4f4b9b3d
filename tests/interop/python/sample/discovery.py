"""A story with an SM-DS: an event is registered, found, fetched, and deleted."""

from __future__ import annotations

import json
from base64 import b64decode

from checks.tlv import read_only, write
from sample.pki import Knobs
from sample.run import Recorder, context, iccid, profile
from sample.server import HOST, Order, text
from sample.smds import SMDS_HOST, Smds

EVENT = "SAMPLE-EVENT-1"


class Discovery(Recorder):
    """Plays an LPA, and the SM-DP+ as a client of the SM-DS."""

    def __init__(self, knobs: Knobs = Knobs()) -> None:
        super().__init__(knobs)
        self.smds = Smds(self.pki)
        self.calls = 0

    def es12(self, function: str, event_id: str, **fields: object) -> None:
        """The SM-DP+ calls the SM-DS."""
        self.calls += 1
        header = {"functionRequesterIdentifier": "sample", "functionCallIdentifier": f"call-{self.calls}"}
        request = {"header": header, "eid": self.pki.eid, "eventId": event_id, **fields}
        headers = {"content-type": "application/json", "x-admin-protocol": "gsma/rsp/v2.5.0"}
        self.lines.append({
            "t": "http", "url": f"https://{SMDS_HOST}/gsma/rsp2/es12/{function}",
            "request": {"headers": headers, "body": json.dumps(request)},
            "response": {"status": 200, "headers": headers,
                         "body": json.dumps(self.smds.call(function, request))},
        })

    def register(self, event_id: str) -> None:
        """Something waits at the SM-DP+."""
        self.es12("registerEvent", event_id, rspServerAddress=HOST, forwardingIndicator=True)

    def discover(self, event_id: str = "") -> list[dict]:
        """Asks the SM-DS, and ends the card's session."""
        info1 = self.es10(bytes.fromhex("bf2000"))
        challenge = read_only(self.es10(bytes.fromhex("bf2e00"))).need(0x80).value
        first = self.es9("initiateAuthentication", {
            "smdpAddress": SMDS_HOST, "euiccChallenge": text(challenge), "euiccInfo1": text(info1),
        }, SMDS_HOST, self.smds)
        names = ("serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate")
        parts = [b64decode(first[name]) for name in names]
        answer = self.es10(write(0xBF38, *parts, context(event_id)))
        name = first["transactionId"]
        second = self.es9("authenticateClient", {
            "transactionId": name, "authenticateServerResponse": text(answer)}, SMDS_HOST, self.smds)
        self.es10(write(0xBF41, write(0x80, bytes.fromhex(name)), write(0x81, b"\x01")))
        return second["eventEntries"]


def discovery(knobs: Knobs = Knobs()) -> list[dict]:
    """The whole story."""
    play = Discovery(knobs)
    play.discover()
    play.register(EVENT)
    found = play.discover()
    play.download(Order(iccid(1), profile(300), matching_id=found[0]["eventId"]))
    play.es12("deleteEvent", EVENT)
    play.discover()
    return play.lines
