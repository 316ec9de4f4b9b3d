"""ES11 and ES12: a good run is good, and every spoilt one bad."""

from __future__ import annotations

import json
import os
import unittest
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

from checks.asn1 import Checker
from checks.interfaces import ALL
from checks.report import Report
from checks.tlv import read_only
from checks.transcript import parse
from checks.verifier import verify
from sample import edit
from sample.discovery import EVENT, Discovery, discovery
from sample.pki import Knobs
from sample.run import iccid, profile, save
from sample.server import HOST, Order
from sample.smds import SMDS_HOST

SAMPLE = discovery()


def judge(lines: list[dict]) -> Report:
    """The report on a transcript."""
    return verify(parse(lines, "test"), datetime.now(timezone.utc))


def asn1(lines: list[dict]) -> Checker:
    """The same, by the standard's ASN.1."""
    checker = Checker(parse(lines, "test"))
    checker.run()
    return checker


def at_smds(lines: list[dict], function: str) -> list[dict]:
    """The exchanges with the SM-DS."""
    return [line for line in edit.exchanges(lines, function) if SMDS_HOST in line["url"]]


class GoodRuns(unittest.TestCase):
    """Events as they should go."""

    def test_an_event_is_found_fetched_and_deleted(self) -> None:
        report = judge(SAMPLE)
        self.assertEqual((report.faults, report.notes), ([], []))
        self.assertEqual([report.exchanges[name] for name in ALL][2:], [6, 2])
        for kind in ("events", "es12", "removal", "order"):
            self.assertGreater(report.passed[kind], 0, kind)
        if folder := os.environ.get("LPAKIT_TRANSCRIPTS"):
            save(SAMPLE, Path(folder) / "sample-discovery.jsonl")

    def test_every_object_is_counted_by_its_interface(self) -> None:
        checker = asn1(SAMPLE)
        self.assertEqual(checker.faults, [])
        self.assertEqual(checker.by_type["AuthenticateClientOkEs11"], 3)
        self.assertEqual(checker.by_interface["ES12"], 4)
        self.assertTrue(all(checker.by_interface[name] for name in ALL), checker.by_interface)

    def test_under_the_path_of_es11_too(self) -> None:
        lines = edit.copied(SAMPLE)
        for line in lines:
            if line["t"] == "http" and SMDS_HOST in line["url"]:
                line["url"] = line["url"].replace("es9plus", "es11")
        self.assertEqual(judge(lines).faults, [])


class SpoiltRuns(unittest.TestCase):
    """One thing wrong each."""

    def assert_fault(self, kind: str, lines: list[dict]) -> None:
        report = judge(lines)
        self.assertIn(kind, report.kinds_at_fault(), report.faults)

    def spoilt(self, function: str, change: Callable[[dict], None], which: int = 0) -> list[dict]:
        """The sample with a change in an exchange with the SM-DS."""
        lines = edit.copied(SAMPLE)
        change(at_smds(lines, function)[which])
        return lines

    def with_entries(self, change: Callable[[list], object]) -> list[dict]:
        """The sample with other events in the second answer."""
        def edited(line: dict) -> None:
            entries = edit.field(line, "response", "eventEntries")
            edit.set_field(line, "response", "eventEntries", change(entries))
        return self.spoilt("authenticateClient", edited, 1)

    def test_what_signs_and_answers_is_an_sm_ds(self) -> None:
        self.assert_fault("role", discovery(Knobs(ds_role="4")))
        self.assert_fault("role", discovery(Knobs(ds_role="5")))
        self.assert_fault("role", discovery(Knobs(auth_role="7")))
        self.assert_fault("validity", discovery(Knobs(expired="DSauth")))
        self.assert_fault("chain", discovery(Knobs(foreign_ci=True)))

    def test_the_server_signature(self) -> None:
        for which in range(3):
            line = at_smds(SAMPLE, "initiateAuthentication")[which]
            raw = read_only(edit.raw(line, "response", "serverSignature1")).raw
            self.assert_fault("signature", edit.everywhere(SAMPLE, raw, edit.flip(raw, -1)))

    def test_the_card_signature(self) -> None:
        line = at_smds(SAMPLE, "authenticateClient")[1]
        answer = read_only(edit.raw(line, "request", "authenticateServerResponse"))
        raw = answer.need(0xA0).children()[1].raw
        self.assert_fault("signature", edit.everywhere(SAMPLE, raw, edit.flip(raw, -1)))

    def test_the_address_that_is_signed_is_the_host(self) -> None:
        def other_host(line: dict) -> None:
            line["url"] = line["url"].replace(SMDS_HOST, "other.sample.test")
        for function in ("initiateAuthentication", "authenticateClient"):
            self.assert_fault("address", self.spoilt(function, other_host))

    def test_transaction_ids_agree(self) -> None:
        def other(side: str) -> Callable[[dict], None]:
            return lambda line: edit.set_field(line, side, "transactionId", "00" * 16)
        self.assert_fault("transaction-id", self.spoilt("authenticateClient", other("request")))
        # Nobody may use what an answer to another session says.
        lines = self.spoilt("authenticateClient", other("response"), 1)
        fetched = next(at for at, line in enumerate(lines) if HOST in line.get("url", ""))
        report = judge(lines[:fetched])
        self.assertEqual(report.faults, [])
        self.assertTrue(any("another transactionId" in note for note in report.notes))

    def test_events_are_whole_and_registered_so(self) -> None:
        def renamed(name: str, value: object) -> Callable[[list], list]:
            return lambda entries: [{**entries[0], name: value}]
        for change in (renamed("eventId", ""), renamed("rspServerAddress", None),
                       renamed("eventId", "NOBODY-TOLD"), renamed("rspServerAddress", "x.test"),
                       lambda entries: "none", lambda entries: {}):
            self.assert_fault("events", self.with_entries(change))

    def test_a_deleted_event_is_not_listed(self) -> None:
        entry = {"eventId": EVENT, "rspServerAddress": HOST}
        lines = self.spoilt("authenticateClient",
                            lambda line: edit.set_field(line, "response", "eventEntries", [entry]), 2)
        self.assert_fault("events", lines)

    def test_an_event_is_fetched_where_it_says(self) -> None:
        """The SM-DS names another server than the one that the LPA goes to."""
        lines = self.with_entries(lambda entries: [{**entries[0], "rspServerAddress": "x.test"}])
        lines = [line for line in lines if "/es12/" not in line.get("url", "")]
        self.assert_fault("events", lines)

    def test_an_sm_ds_is_asked_for_what_was_listed(self) -> None:
        play = Discovery()
        play.discover("GUESSED")
        self.assert_fault("events", play.lines)

    def test_a_download_over_an_sm_ds_stops_at_the_list(self) -> None:
        lines = edit.copied(SAMPLE)
        downloads = [line for line in edit.exchanges(lines, "authenticateClient") if HOST in line["url"]]
        body = json.loads(downloads[0]["response"]["body"])
        body["eventEntries"] = []
        downloads[0]["response"]["body"] = json.dumps(body)
        self.assert_fault("role", lines)

    def test_registered_once_and_before_it_is_listed(self) -> None:
        lines = edit.copied(SAMPLE)
        at = lines.index(at_smds(lines, "registerEvent")[0])
        again = edit.copied([lines[at]])[0]
        header = edit.field(again, "request", "header")
        edit.set_field(again, "request", "header", {**header, "functionCallIdentifier": "call-9"})
        lines.insert(at + 1, again)
        self.assert_fault("es12", lines)
        lines = edit.copied(SAMPLE)
        lines.remove(at_smds(lines, "registerEvent")[0])
        self.assert_fault("es12", lines)

    def test_deleted_when_something_has_come_of_it(self) -> None:
        lines = edit.copied(SAMPLE)
        deletion = at_smds(lines, "deleteEvent")[0]
        lines.remove(deletion)
        loading = next(at for at, line in enumerate(lines) if "bf36" in line.get("c", "")[10:14])
        lines.insert(loading, deletion)
        self.assert_fault("es12", lines)

    def test_a_postponed_plan_keeps_its_event(self) -> None:
        for reason in range(3):
            play = Discovery()
            play.register(EVENT)
            play.discover()
            name, _ = play.authenticate(Order(iccid(1), profile(300), matching_id=EVENT))
            play.cancel(name, reason)
            play.es12("deleteEvent", EVENT)
            faults = judge(play.lines).faults
            self.assertEqual([kind for kind, _ in faults], ["es12"] if reason else [], reason)

    def test_headers_of_es12(self) -> None:
        for name in ("functionRequesterIdentifier", "functionCallIdentifier"):
            def emptied(line: dict) -> None:
                header = edit.field(line, "request", "header")
                edit.set_field(line, "request", "header", {**header, name: ""})
            self.assert_fault("es12", self.spoilt("registerEvent", emptied))

        def no_header(line: dict) -> None:
            body = json.loads(line["request"]["body"])
            del body["header"]
            line["request"]["body"] = json.dumps(body)
        self.assert_fault("http", self.spoilt("registerEvent", no_header))

        def same_call(line: dict) -> None:
            header = edit.field(line, "request", "header")
            edit.set_field(line, "request", "header", {**header, "functionCallIdentifier": "call-1"})
        self.assert_fault("es12", self.spoilt("deleteEvent", same_call))

    def test_fields_of_es12(self) -> None:
        other = "89049032000000000000000000000000"
        other = other[:30] + f"{98 - int(other) % 97:02}"
        for name, value, kind in (("eid", "8904", "es12"), ("eid", other, "es12"), ("eventId", "", "es12"),
                                  ("eventId", "OTHER", "es12")):
            lines = self.spoilt("deleteEvent", lambda line: edit.set_field(line, "request", name, value))
            self.assert_fault(kind, lines)
        both = self.spoilt("deleteEvent", lambda line: edit.set_field(line, "request", "eid", other))
        edit.set_field(at_smds(both, "registerEvent")[0], "request", "eid", other)
        self.assert_fault("eid", both)
        lines = self.spoilt("registerEvent",
                            lambda line: edit.set_field(line, "request", "forwardingIndicator", "true"))
        self.assert_fault("es12", lines)

    def test_asn1_of_events(self) -> None:
        for entry in ({"eventId": EVENT}, {"eventId": 7, "rspServerAddress": HOST}):
            checker = asn1(self.with_entries(lambda entries: [entry]))
            self.assertTrue(any("authenticateClient" in fault for fault in checker.faults))
        lines = self.spoilt("registerEvent", lambda line: edit.set_field(line, "request", "eid", "89"))
        self.assertTrue(any("GetEuiccDataResponse" in fault for fault in asn1(lines).faults))


if __name__ == "__main__":
    unittest.main()
