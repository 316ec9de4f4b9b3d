"""Notifications: what the card gave, what was posted to servers and when, what was removed, and
their signatures."""

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
        self.metadata: dict[int, bytes] = {}
        self.delivered: set[int] = set()
        self.unwanted: set[int] = set()
        self.last_delivered: dict[tuple[bytes, bytes], int] = {}

    def given(self, raw: bytes) -> None:
        """The card gave a ProfileInstallationResult at the end of a loading."""
        self.known[raw] = None
        self.results[_sequence(raw)] = raw
        self._same_metadata(_metadata(raw), "the result of a loading")

    def listed(self, call: Call) -> None:
        """The card answered ListNotification."""
        listed = read_only(call.response, 0xBF28).find(0xA0)
        if listed is None:
            self.report.passed["error-form"] += 1
            return
        numbers = []
        for metadata in listed.children():
            self.report.equal("notification", metadata.tag, 0xBF2F, f"line {call.line}: in the list")
            self._same_metadata(metadata, f"line {call.line}: the list")
            numbers.append(_number(metadata))
        self.report.check("notification", len(set(numbers)) == len(numbers),
                          f"line {call.line}: a number stands twice in the list")

    def _same_metadata(self, metadata: Tlv, where: str) -> None:
        """What the card says of a notification is the same each time."""
        number = _number(metadata)
        known = self.metadata.setdefault(number, metadata.raw)
        self.report.check("notification", known == metadata.raw,
                          f"{where}: other metadata of notification {number} than before")

    def thrown_away(self, sequence: int) -> None:
        """A person wants this one to be removed unsent."""
        self.unwanted.add(sequence)

    def removed(self, call: Call) -> None:
        """The card answered RemoveNotificationFromList."""
        sequence = int.from_bytes(read_only(call.command, 0xBF30).need(0x80).value, "big")
        if read_only(call.response, 0xBF30).need(0x80).value != b"\0":
            self.report.passed["error-form"] += 1
            return
        self.report.check("removal", sequence in self.delivered or sequence in self.unwanted,
                          f"line {call.line}: notification {sequence} is removed before it was delivered")

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
        self._same_metadata(_metadata(item.raw), f"line {call.line}")

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
        if 200 <= http.status < 300:
            self._delivered(_metadata(raw), where)

    def _delivered(self, metadata: Tlv, where: str) -> None:
        """A server took it: for one profile and one server they arrive in the card's order."""
        sequence, iccid = _number(metadata), metadata.find(0x5A)
        if sequence in self.delivered:
            self.report.passed["redelivery"] += 1
            return
        self.delivered.add(sequence)
        way = (iccid.value if iccid else b"", metadata.need(0x0C).value.lower())
        before = self.last_delivered.get(way, -1)
        self.report.check("order", before < sequence,
                          f"{where}: notification {sequence} arrives after {before} of the same profile")
        self.last_delivered[way] = max(before, sequence)

    def finish(self, sessions: dict[bytes, Session]) -> None:
        """Checks results of sessions that this transcript did not see from their beginning."""
        eids = {card.eid for card in self.euiccs}
        eids |= {session.euicc.eid for session in sessions.values() if session.euicc}
        if eids:
            self.report.check("eid", len(eids) == 1, "certificates of several eUICCs")
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
                else:
                    self.report.notes.append("a stored result of a card without a certificate")


def _metadata(raw: bytes) -> Tlv:
    outer = read_only(raw)
    if outer.tag == 0xBF37:
        return outer.need(0xBF27).need(0xBF2F)
    return outer.need(0xBF2F)


def _number(metadata: Tlv) -> int:
    return int.from_bytes(metadata.need(0x80).value, "big")


def _sequence(raw: bytes) -> int:
    return _number(_metadata(raw))
