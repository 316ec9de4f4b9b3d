"""Walks through a transcript and hands every object to the checks of its session."""

from __future__ import annotations

from datetime import datetime

from checks.apdu import Call, assemble
from checks.certs import Trust
from checks.events import POSTPONED, TIMEOUT, Events
from checks.exchange import check_request, check_response, failure_code, same_host
from checks.interfaces import ES10, Interfaces
from checks.notifications import Notifications
from checks.report import Report
from checks.session import Session, executed, unbase64
from checks.tlv import Tlv, header, read, read_only
from checks.transcript import Http, Power, Removal, Transcript, binary

FIRST = ("serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate")
SECOND = ("smdpSigned2", "smdpSignature2", "smdpCertificate", "profileMetadata")


class Verifier:
    """The state of the walk: what the card said last, and the sessions by transaction id."""

    def __init__(self, transcript: Transcript, now: datetime) -> None:
        self.transcript = transcript
        self.report = Report()
        self.trust = Trust(transcript.ci, now)
        self.notifications = Notifications(self.report, self.trust)
        self.events = Events(self.report)
        self.interfaces = Interfaces(transcript.events)
        self.sessions: dict[bytes, Session] = {}
        self.challenge: bytes | None = None
        self.info1: bytes | None = None
        self.eid: bytes | None = None
        self.loading: dict[int, Session] = {}

    def run(self) -> Report:
        """Checks everything and gives the report."""
        report = self.report
        with report.guard("chain", "the CI certificates"):
            self.trust.check_cis(report)
        for event in assemble(self.transcript.events, report):
            with report.guard("transcript", f"line {getattr(event, 'line', '?')}"):
                match event:
                    case Power():
                        self.loading.clear()
                    case Removal():
                        self.notifications.thrown_away(event.seq_number)
                    case Http():
                        report.exchanges[self.interfaces.of(event)] += 1
                        self._http(event)
                    case Call():
                        report.exchanges[ES10] += 1
                        self._call(event)
        self._finish()
        return report

    def _finish(self) -> None:
        for session in self.sessions.values():
            session.check_first()
            if session.auth_command is not None:
                session.check_auth()
        # Certificates are known only now; what they sign comes after.
        for session in self.sessions.values():
            session.check_second()
            if session.prepare_command is not None:
                session.check_prepare(self.transcript)
            session.check_package(self.transcript)
            if session.result is not None:
                session.check_result(session.result)
            for command, answer in session.cancels:
                session.check_cancel(command, answer)
        self.notifications.finish(self.sessions)
        self.events.finish(self.sessions)
        for transaction_id, name in self.transcript.secrets:
            self.report.check("secret", transaction_id in self.sessions,
                              f"the secret {name} belongs to no session")

    # --- the card ---------------------------------------------------------------------------------

    def _call(self, call: Call) -> None:
        tag = call.tag()
        if tag is not None and tag <= 0xFF:
            self._segment(call)
            return
        self.loading.pop(call.channel, None)
        if tag == 0xBF36:
            self._segment(call)
            return
        command = read_only(call.command)
        self.report.check("call", call.command == command.raw, f"line {call.line}: trailing bytes")
        if not call.done:
            self.report.passed["refused-call"] += 1
            return
        if not self.report.check("call", call.response, f"line {call.line}: an empty answer"):
            return
        call.answer(command.tag)
        self.report.passed["call"] += 1
        match command.tag:
            case 0xBF20:
                self.info1 = call.response
            case 0xBF2E:
                self.challenge = read_only(call.response, 0xBF2E).need(0x80).value
                self.report.equal("challenge", len(self.challenge), 16, "length of the challenge")
            case 0xBF3E:
                self._eid(read_only(call.response, 0xBF3E).need(0x5A).value)
            case 0xBF38:
                self._authenticate(call, command)
            case 0xBF21:
                self._prepare(call, command)
            case 0xBF41:
                self._cancel(call, command)
            case 0xBF28:
                self.notifications.listed(call)
            case 0xBF2B:
                self.notifications.retrieved(call)
            case 0xBF30:
                self.notifications.removed(call)

    def _eid(self, eid: bytes) -> None:
        if self.eid is not None:
            self.report.equal("eid", eid, self.eid, "the EID changed during the run")
        self.eid = eid
        for session in self.sessions.values():
            session.eid_seen = session.eid_seen or eid

    def _authenticate(self, call: Call, command: Tlv) -> None:
        signed = command.children()[0]
        session = self._session(signed.need(0x80).value, call.line)
        if session is None:
            return
        answer = read_only(call.response, 0xBF38)
        if answer.find(0xA0) is not None:
            self.report.equal("challenge", signed.need(0x81).value, self.challenge,
                              f"line {call.line}: challenge that the card accepted")
        session.auth_command, session.auth_answer = command, call.response

    def _prepare(self, call: Call, command: Tlv) -> None:
        session = self._session(command.children()[0].need(0x80).value, call.line)
        if session is not None:
            session.prepare_command, session.prepare_answer = command, call.response

    def _cancel(self, call: Call, command: Tlv) -> None:
        session = self._session(command.need(0x80).value, call.line)
        if session is None:
            return
        session.cancels.append((command, call.response))
        if command.need(0x81).value not in (bytes([POSTPONED]), bytes([TIMEOUT])):
            session.end_line = session.end_line or call.line

    def _segment(self, call: Call) -> None:
        if call.tag() == 0xBF36:
            transaction_id = _loaded_id(call.command)
            session = self._session(transaction_id, call.line)
            if session is None:
                return
            session.segments, session.result = [], None
            self.loading[call.channel] = session
        session = self.loading.get(call.channel)
        if not self.report.check("segments", session is not None,
                                 f"line {call.line}: a segment outside a loading"):
            return
        session.segments.append(call)
        if call.response:
            read_only(call.response, 0xBF37)
            session.result = call.response
            session.end_line = session.end_line or call.line
            self.notifications.given(call.response)
            del self.loading[call.channel]
        elif not call.done:
            self.report.passed["refused-call"] += 1
            del self.loading[call.channel]

    def _session(self, transaction_id: bytes, line: int) -> Session | None:
        session = self.sessions.get(transaction_id)
        self.report.check("transaction-id", session,
                          f"line {line}: a transactionId that no server gave")
        return session

    # --- the servers ------------------------------------------------------------------------------

    def _http(self, http: Http) -> None:
        check_request(self.report, http)
        check_response(self.report, http)
        match http.function:
            case "initiateAuthentication":
                self._initiate(http)
            case "authenticateClient":
                self._client(http)
            case "getBoundProfilePackage":
                self._package(http)
            case "cancelSession":
                self._cancel_posted(http)
            case "handleNotification":
                self.notifications.posted(http)
            case "registerEvent" | "deleteEvent":
                self.events.told(http)

    def _initiate(self, http: Http) -> None:
        report, request, where = self.report, http.request(), f"line {http.line}"
        report.equal("challenge", unbase64(request["euiccChallenge"]), self.challenge,
                     f"{where}: euiccChallenge in the request")
        report.check("info1", unbase64(request["euiccInfo1"]) == self.info1,
                     f"{where}: euiccInfo1 is not what the card said")
        address = request["smdpAddress"]
        report.check("address", same_host(http, address),
                     f"{where}: smdpAddress is not the host that was asked")
        if not executed(http):
            return
        first = self._fields(http, FIRST)
        if first is None:
            return
        text = str(http.response().get("transactionId"))
        transaction_id = binary(text.lower())
        report.check("transaction-id", transaction_id not in self.sessions,
                     f"{where}: a transactionId given twice")
        report.check("transaction-id", 1 <= len(transaction_id) <= 16,
                     f"{where}: length of the transactionId")
        self.sessions[transaction_id] = Session(
            transaction_id, text, address, self.challenge or b"", self.info1 or b"", first,
            self.trust, report, eid_seen=self.eid, line=http.line,
        )

    def _follow_up(self, http: Http, field: str) -> tuple[Session | None, bytes]:
        request = http.request()
        text = request["transactionId"]
        session = self._session(binary(text.lower()), http.line)
        if session is not None:
            self.report.equal("transaction-id", text, session.text,
                              f"line {http.line}: transactionId as the server wrote it")
            self.report.check("address", same_host(http, session.address),
                              f"line {http.line}: another server than the session's")
        return session, unbase64(request[field])

    def _carried(self, http: Http, sent: bytes, given: bytes | None) -> None:
        self.report.check("carried", sent == given,
                          f"line {http.line}: {http.function} carries other bytes than the card gave")

    def _fields(self, http: Http, names: tuple[str, ...]) -> dict[str, bytes] | None:
        """The bytes in a server's answer; none if it is not whole. Servers may be made to send
        such answers, and an LPA must stop at them: what it does instead is a fault."""
        try:
            response = http.response()
            return {name: unbase64(response[name]) for name in names}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.report.passed["failure"] += 1
            self.report.notes.append(f"line {http.line}: {http.function}: no whole answer: {error!r}")
            return None

    def _client(self, http: Http) -> None:
        session, sent = self._follow_up(http, "authenticateServerResponse")
        if session is None:
            return
        self._carried(http, sent, session.auth_answer)
        if not executed(http):
            session.refused_code = failure_code(http)
            return
        response = http.response()
        session.second_text = str(response.get("transactionId"))
        if "eventEntries" in response:
            session.second, session.lists_events = {}, True
            self.events.list(http, session, response["eventEntries"])
            return
        session.second = self._fields(http, SECOND)

    def _package(self, http: Http) -> None:
        session, sent = self._follow_up(http, "prepareDownloadResponse")
        if session is None:
            return
        self._carried(http, sent, session.prepare_answer)
        if not executed(http):
            session.refused_code = failure_code(http)
            return
        found = self._fields(http, ("boundProfilePackage",))
        if found is not None:
            session.package = found["boundProfilePackage"]
            session.package_text = str(http.response().get("transactionId"))

    def _cancel_posted(self, http: Http) -> None:
        session, sent = self._follow_up(http, "cancelSessionResponse")
        if session is not None:
            given = [answer for _, answer in session.cancels]
            self._carried(http, sent, given[-1] if given else None)


def _loaded_id(segment: bytes) -> bytes:
    """The transactionId in the first segment: BF36's header and a whole BF23."""
    _, start, _ = header(segment, 0)
    return read(segment, start).need(0x80).value


def verify(transcript: Transcript, now: datetime) -> Report:
    """Checks a transcript. One in which nothing could be checked is at fault."""
    report = Verifier(transcript, now).run()
    made = report.checks - report.passed["chain"] - report.passed["role"] - report.passed["validity"]
    if made == 0 and not report.faults:
        report.check("empty", False, "the transcript holds nothing that could be checked")
    return report
