"""Notifications: what the card gave, what was posted to servers, and their signatures."""

from __future__ import annotations

from checks import crypto
from checks.apdu import Call
from checks.certs import Certificate, Trust
from checks.exchange import same_host
from checks.report import Report
from checks.session import SIGNATURE, Session, unbase64
from checks.tlv import Tlv, read_only
from checks.transcript import Http

EVENTS = (0x80, 0x40, 0x20, 0x10)


class Notifications:
    """Every notification of a transcript."""

    def __init__(self, report: Report, trust: Trust) -> None:
        self.report = report
        self.trust = trust
        self.known: dict[bytes, None] = {}
        self.results: dict[int, bytes] = {}
        self.euiccs: list[Certificate] = []

    def given(self, raw: bytes) -> None:
        """The card gave a ProfileInstallationResult at the end of a loading."""
        self.known[raw] = None
        self.results[_sequence(raw)] = raw

    def retrieved(self, call: Call) -> None:
        """The card answered RetrieveNotificationsList."""
        listed = read_only(call.response, 0xBF2B).find(0xA0)
        if listed is None:
            self.report.passed["error-form"] += 1
            return
        for item in listed.children():
            with self.report.guard("notification", f"line {call.line}"):
                self._retrieved_one(call, item)

    def _retrieved_one(self, call: Call, item: Tlv) -> None:
        report, sequence = self.report, _sequence(item.raw)
        if item.tag == 0xBF37 and sequence in self.results:
            report.check("notification", item.raw == self.results[sequence],
                         f"line {call.line}: the stored result differs from the one given at first")
        if item.tag == 0x30 and item.raw not in self.known:
            self._check_signed(item, f"line {call.line}: notification {sequence}")
        self.known[item.raw] = None

    def _check_signed(self, item: Tlv, where: str) -> None:
        metadata, signature, euicc, eum = item.children()[:4]
        self.report.equal("notification", metadata.tag, 0xBF2F, f"{where}: metadata")
        event = metadata.need(0x81).value
        one = len(event) == 2 and event[1] in EVENTS
        self.report.check("notification", one, f"{where}: not exactly one event")
        card = self.trust.euicc(self.report, euicc.raw, eum.raw)
        self.euiccs.append(card)
        self.report.check("signature", crypto.verify(card.key, signature.value, metadata.raw),
                          f"{where}: the signature is wrong")

    def posted(self, http: Http) -> None:
        """A notification went to a server."""
        report, where = self.report, f"line {http.line}: handleNotification"
        raw = unbase64(http.request()["pendingNotification"])
        report.check("carried", raw in self.known, f"{where}: other bytes than the card gave")
        address = _metadata(raw).need(0x0C).value.decode()
        report.check("notification", same_host(http, address),
                     f"{where}: sent to another address than the notification names")

    def finish(self, sessions: dict[bytes, Session]) -> None:
        """Checks results of sessions that this transcript did not see from their beginning."""
        cards = self.euiccs + [session.euicc for session in sessions.values() if session.euicc]
        for raw in self.known:
            with self.report.guard("notification", "a stored result"):
                outer = read_only(raw)
                if outer.tag != 0xBF37 or raw in self.results.values():
                    continue
                data = outer.need(0xBF27)
                session = sessions.get(data.need(0x80).value)
                if session is not None and session.euicc is not None and session.second:
                    session.check_result(raw)
                elif cards:
                    signature = outer.need(SIGNATURE).value
                    right = any(crypto.verify(card.key, signature, data.raw) for card in cards)
                    self.report.check("signature", right, "euiccSignPIR of a stored result is wrong")


def _metadata(raw: bytes) -> Tlv:
    outer = read_only(raw)
    if outer.tag == 0xBF37:
        return outer.need(0xBF27).need(0xBF2F)
    return outer.need(0xBF2F)


def _sequence(raw: bytes) -> int:
    return int.from_bytes(_metadata(raw).need(0x80).value, "big")
