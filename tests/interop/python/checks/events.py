"""Events: what servers register at SM-DSs over ES12, what SM-DSs list over ES11, and what LPAs do
with it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.exchange import host_of
from checks.report import Report
from checks.session import Session, executed
from checks.transcript import Http

POSTPONED, TIMEOUT = 1, 2


@dataclass(frozen=True)
class Listed:
    """An event that an SM-DS has listed."""

    line: int
    event_id: str
    address: str
    by: Session


@dataclass(frozen=True)
class Registered:
    """An event that an SM-DS has been told of."""

    eid: str
    address: str


class Events:
    """Every event of a transcript."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.listed: list[Listed] = []
        self.registered: dict[tuple[str, str], Registered] = {}
        self.deleted: list[tuple[int, str]] = []
        self.eids: dict[str, int] = {}
        self.calls: set[tuple[str, str]] = set()
        self.told_over_es12 = False

    # --- ES12 -------------------------------------------------------------------------------------

    def told(self, http: Http) -> None:
        """A server called an SM-DS."""
        request, where = http.request(), f"line {http.line}: {http.function}"
        header = request["header"]
        call = (header["functionRequesterIdentifier"], header["functionCallIdentifier"])
        self.report.check("es12", all(isinstance(part, str) and part for part in call),
                          f"{where}: requester or call without a name")
        self.report.check("es12", call not in self.calls, f"{where}: a functionCallIdentifier used twice")
        self.calls.add(call)
        eid, event_id = request["eid"], request["eventId"]
        well_formed = len(eid) == 32 and eid.isdigit() and int(eid) % 97 == 1
        self.report.check("es12", well_formed, f"{where}: eid is no EID")
        self.report.check("es12", 0 < len(event_id.encode()) <= 255, f"{where}: length of eventId")
        self.eids.setdefault(eid, http.line)
        if http.function == "registerEvent":
            self._register(http, where, eid, event_id)
        else:
            self._delete(http, where, eid, event_id)

    def _register(self, http: Http, where: str, eid: str, event_id: str) -> None:
        request = http.request()
        address = request["rspServerAddress"]
        self.report.check("es12", isinstance(request["forwardingIndicator"], bool),
                          f"{where}: forwardingIndicator is no boolean")
        self.report.check("es12", 0 < len(address.encode()) <= 255, f"{where}: rspServerAddress")
        if not executed(http):
            return
        self.told_over_es12 = True
        key = (host_of(http), event_id)
        self.report.check("es12", key not in self.registered,
                          f"{where}: taken though it is registered already")
        self.registered[key] = Registered(eid, address)

    def _delete(self, http: Http, where: str, eid: str, event_id: str) -> None:
        if not executed(http):
            return
        known = self.registered.pop((host_of(http), event_id), None)
        self.report.check("es12", known is not None and known.eid == eid,
                          f"{where}: an event that was not registered for this EID")
        self.deleted.append((http.line, event_id))

    # --- ES11 -------------------------------------------------------------------------------------

    def list(self, http: Http, session: Session, entries: object) -> None:
        """An SM-DS answered AuthenticateClient."""
        report, where = self.report, f"line {http.line}: the events"
        if not report.check("events", isinstance(entries, list), f"{where} are no list"):
            return
        if session.second_text.lower() != session.transaction_id.hex():
            # Whoever uses what stands in such an answer is at fault, below.
            report.passed["failure"] += 1
            report.notes.append(f"{where} are told of another transactionId")
            return
        for entry in entries:
            event_id, address = entry["eventId"], entry["rspServerAddress"]
            whole = isinstance(event_id, str) and isinstance(address, str) and event_id and address
            if not report.check("events", whole, f"{where}: one without id or address"):
                continue
            self.listed.append(Listed(http.line, event_id, address, session))
            if self.told_over_es12:
                now = {(event, known.address) for (_, event), known in self.registered.items()}
                report.check("events", (event_id, address) in now,
                             f"{where}: one that is not registered so at this time")

    # --- at the end -------------------------------------------------------------------------------

    def finish(self, sessions: dict[bytes, Session]) -> None:
        """Checks what needs every session."""
        asked = [session for session in sessions.values() if session.auth_command is not None]
        for session in asked:
            with self.report.guard("events", f"session {session.text}: its matching ID"):
                self._check_use(session)
        for line, event_id in self.deleted:
            ends = [session.end_line for session in asked if self._leads_to(event_id, session)]
            self.report.check("es12", not ends or any(end and end < line for end in ends),
                              f"line {line}: deleteEvent though nothing has come of the event yet")
        cards = {session.euicc.eid for session in asked if session.euicc is not None}
        for eid, line in self.eids.items() if cards else ():
            self.report.check("eid", eid in cards, f"line {line}: an event of another card than this one")

    def _check_use(self, session: Session) -> None:
        """Whoever comes with an event's name comes to the server that the event names, and an SM-DS
        is asked for everything or for an event that was listed."""
        name = session.matching_id()
        known = [event for event in self.listed if event.event_id == name and event.line < session.line]
        if not name or (not known and not session.is_smds()):
            self.report.passed["events"] += session.is_smds()
            return
        there = [event for event in known if _same(event.address, session.address)]
        self.report.check("events", there, f"session {session.text}: at a server that no event names")

    def _leads_to(self, event_id: str, session: Session) -> bool:
        """Whether an event is what led to this SM-DP+ session, over other SM-DSs perhaps."""
        if session.is_smds():
            return False
        names, before = {session.matching_id()}, set()
        while names != before:
            before = set(names)
            names |= {event.by.matching_id() for event in self.listed if event.event_id in before}
        return event_id in names - {""}


def _same(one: str, other: str) -> bool:
    return one.lower().removesuffix(":443") == other.lower().removesuffix(":443")
