"""The sample's SM-DS: takes events over ES12 and lists them over ES11."""

from __future__ import annotations

import os
from base64 import b64decode

from checks.tlv import read_only, write
from sample.pki import Pki
from sample.server import executed, failed, text

SMDS_HOST = "ds.sample.test"


class Smds:
    """Knows what waits for the one card there is."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self.events: dict[str, str] = {}
        self.addresses: dict[str, str] = {}

    def call(self, function: str, request: dict) -> dict:
        """Answers one function."""
        match function:
            case "initiateAuthentication":
                return self._initiate(request)
            case "authenticateClient":
                return self._list(request)
            case "registerEvent":
                self.events[request["eventId"]] = request["rspServerAddress"]
                return executed({})
            case "deleteEvent":
                known = self.events.pop(request["eventId"], None)
                return executed({}) if known else failed("8.9.5", "3.9")
        raise ValueError(function)

    def _initiate(self, request: dict) -> dict:
        transaction_id = os.urandom(16)
        signed = write(0x30, write(0x80, transaction_id), write(0x81, b64decode(request["euiccChallenge"])),
                       write(0x83, request["smdpAddress"].encode()), write(0x84, os.urandom(16)))
        return executed({
            "transactionId": transaction_id.hex().upper(),
            "serverSigned1": text(signed),
            "serverSignature1": text(write(0x5F37, self.pki.ds_auth.sign(signed))),
            "euiccCiPKIdToBeUsed": text(write(0x04, self.pki.ci.key_id)),
            "serverCertificate": text(self.pki.ds_auth.der),
        })

    def _list(self, request: dict) -> dict:
        answer = read_only(b64decode(request["authenticateServerResponse"]), 0xBF38)
        wanted = answer.need(0xA0).children()[0].need(0xA0).find(0x80)
        name = wanted.value.decode() if wanted else ""
        entries = [{"eventId": event_id, "rspServerAddress": address}
                   for event_id, address in self.events.items() if name in ("", event_id)]
        return executed({"transactionId": request["transactionId"], "eventEntries": entries})
