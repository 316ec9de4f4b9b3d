"""The transcript verifier finds a good run good, and every spoilt one bad."""

from __future__ import annotations

import io
import json
import os
import tempfile
import unittest
from base64 import b64decode
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

import verify_transcript
from checks import crypto
from checks.bpp import parse as parse_package
from checks.bsp import Bsp, BspError, session_keys
from checks.report import Report
from checks.session import dotted
from checks.tlv import Tlv, read, read_only, write
from checks.transcript import TranscriptError, parse
from checks.verifier import verify
from sample import edit
from sample.pki import EID, Knobs
from sample.run import first_sample, save, story

SAMPLE = first_sample()
NOW = datetime.now(timezone.utc)


def judge(lines: list[dict]) -> Report:
    """The report on a transcript."""
    return verify(parse(lines, "test"), NOW)


def object_of(function: str, side: str, name: str) -> bytes:
    """The bytes of a base64 field of the sample."""
    return b64decode(edit.field(edit.exchanges(SAMPLE, function)[0], side, name))


class GoodRuns(unittest.TestCase):
    """Runs in which nothing is wrong."""

    def test_the_first_sample_is_good(self) -> None:
        report = judge(SAMPLE)
        self.assertEqual(report.faults, [])
        self.assertEqual(report.notes, [])
        wanted = {"signature": 6, "mac": 6, "session-keys": 1, "profile": 1, "hash-cc": 2, "carried": 10}
        for kind, least in wanted.items():
            self.assertGreaterEqual(report.passed[kind], least, kind)

    def test_a_whole_story_is_good(self) -> None:
        lines = story()
        self.assertEqual(judge(lines).faults, [])
        if folder := os.environ.get("LPAKIT_TRANSCRIPTS"):
            save(lines, Path(folder) / "sample.jsonl")

    def test_whole_parts_as_lpac_sends_them_are_good(self) -> None:
        self.assertEqual(judge(story(whole_parts=True)).faults, [])

    def test_an_unfinished_run_is_good_as_far_as_it_goes(self) -> None:
        """Cut anywhere, a good run stays free of faults."""
        for length in range(3, len(SAMPLE), 7):
            faults = [text for kind, text in judge(SAMPLE[:length]).faults if kind != "empty"]
            self.assertEqual(faults, [], f"cut after {length} lines")

    def test_without_secrets_the_rest_is_still_checked(self) -> None:
        lines = [line for line in SAMPLE if line["t"] != "secret"]
        report = judge(lines)
        self.assertEqual(report.faults, [])
        self.assertEqual(report.passed["mac"], 0)
        self.assertEqual(report.passed["signature"], judge(SAMPLE).passed["signature"])


class RefusedRuns(unittest.TestCase):
    """What was wrong with a server's answer that nobody acted on is a note, not a fault."""

    def cut_after(self, function: str, spoil: Callable[[dict], None]) -> Report:
        """The sample, ending with a spoilt exchange."""
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, function)[0]
        spoil(line)
        return judge(lines[: lines.index(line) + 1])

    def assert_noted(self, function: str, spoil: Callable[[dict], None], text: str) -> None:
        report = self.cut_after(function, spoil)
        self.assertEqual(report.faults, [])
        self.assertTrue(any(text in note for note in report.notes), report.notes)

    def test_answers_that_the_lpa_stops_at(self) -> None:
        def body(line: dict) -> None:
            line["response"]["body"] = "<html>"

        def other_id(line: dict) -> None:
            edit.set_field(line, "response", "transactionId", "0011")

        def no_certificate(line: dict) -> None:
            edit.set_field(line, "response", "smdpCertificate", None)

        def bad_signature(line: dict) -> None:
            edit.edit_bytes(line, "response", "serverSignature1", lambda raw: edit.flip(raw, -1))

        self.assert_noted("initiateAuthentication", body, "a failure without its codes")
        self.assert_noted("initiateAuthentication", bad_signature, "serverSignature1 is wrong")
        self.assert_noted("initiateAuthentication", other_id, "transactionId in serverSigned1")
        self.assert_noted("authenticateClient", other_id, "transactionId in the answer")
        self.assert_noted("authenticateClient", no_certificate, "no whole answer")
        self.assert_noted("getBoundProfilePackage", other_id, "transactionId in the answer")

    def test_going_on_after_such_an_answer_is_a_fault(self) -> None:
        lines = edit.copied(SAMPLE)
        edit.set_field(edit.exchanges(lines, "authenticateClient")[0], "response", "smdpCertificate", None)
        self.assertIn("carried", judge(lines).kinds_at_fault())
        lines = edit.copied(SAMPLE)
        edit.exchanges(lines, "getBoundProfilePackage")[0]["response"]["body"] = "<html>"
        self.assertIn("segments", judge(lines).kinds_at_fault())


class EmptyRuns(unittest.TestCase):
    """Transcripts in which nothing can be checked, or that are none."""

    def test_nothing_to_check_is_a_fault(self) -> None:
        self.assertIn("empty", judge(SAMPLE[:1]).kinds_at_fault())

    def test_no_meta_line(self) -> None:
        for lines in ([], SAMPLE[1:], [{**SAMPLE[0], "version": 2}]):
            with self.assertRaises(TranscriptError):
                parse(lines, "test")

    def test_unknown_lines_are_refused(self) -> None:
        bad = ({"t": "other"}, {"t": "apdu", "c": "00", "r": "9000"}, {"t": "apdu", "c": "00A4", "r": ""},
               {"t": "secret", "name": "x", "transaction_id": "00", "value": ""}, {"t": "http"})
        for line in bad:
            with self.assertRaises(TranscriptError, msg=str(line)):
                parse([SAMPLE[0], line], "test")

    def test_the_command_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder) / "good.jsonl", Path(folder) / "bad.jsonl"
            save(SAMPLE, good)
            bad.write_text("{}\n", encoding="utf-8")
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                self.assertEqual(verify_transcript.main(["--json", str(good)]), 0)
                self.assertEqual(err.getvalue(), "")
                self.assertEqual(verify_transcript.main([str(bad)]), 1)
                later = ["--at", "2100-01-01T00:00:00", str(good)]
                self.assertEqual(verify_transcript.main(later), 1)
            said = json.loads(out.getvalue().splitlines()[0])
            self.assertEqual(said["program"], "sample")
            self.assertEqual(said["checks"], sum(said["by_kind"].values()))
            self.assertIn("bad.jsonl: no transcript", err.getvalue())
            self.assertIn("good.jsonl: [validity]", err.getvalue())


class SpoiltCertificates(unittest.TestCase):
    """Runs in which everybody is of one mind, but the certificates are wrong."""

    def assert_fault(self, kind: str, **knobs: object) -> None:
        report = judge(first_sample(Knobs(**knobs)))
        self.assertIn(kind, report.kinds_at_fault(), knobs)

    def test_expired(self) -> None:
        for what in ("CI", "EUM", "eUICC", "DPauth", "DPpb"):
            self.assert_fault("validity", expired=what)

    def test_wrong_roles(self) -> None:
        self.assert_fault("role", auth_role="3")
        self.assert_fault("role", auth_role="5")
        self.assert_fault("role", bind_role="4")
        self.assert_fault("role", euicc_role="2")

    def test_another_ci_of_the_same_name(self) -> None:
        self.assert_fault("chain", foreign_ci=True)

    def test_another_registered_id(self) -> None:
        self.assert_fault("registered-id", bind_oid="2.999.12")

    def test_the_eum_rules(self) -> None:
        self.assert_fault("eid", eum_prefix="89049033")
        self.assert_fault("eid", eum_organisation="Another EUM")
        self.assert_fault("chain", eum_is_authority=False)

    def test_an_eid_with_wrong_check_digits(self) -> None:
        self.assert_fault("eid", eid=EID[:-1] + "6")


class SpoiltBytes(unittest.TestCase):
    """One thing changed in a good run, wherever it goes."""

    def assert_fault(self, kind: str, lines: list[dict]) -> None:
        report = judge(lines)
        self.assertIn(kind, report.kinds_at_fault(), report.faults)

    def assert_spoilt(self, kind: str, raw: bytes, at: int = -1) -> None:
        self.assert_fault(kind, edit.everywhere(SAMPLE, raw, edit.flip(raw, at)))

    def test_signatures(self) -> None:
        first = object_of("initiateAuthentication", "response", "serverSignature1")
        second = object_of("authenticateClient", "response", "smdpSignature2")
        auth = object_of("authenticateClient", "request", "authenticateServerResponse")
        prepared = object_of("getBoundProfilePackage", "request", "prepareDownloadResponse")
        posted = object_of("handleNotification", "request", "pendingNotification")
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        signatures = [
            first, second,
            read_only(auth).need(0xA0).need(0x5F37).raw,
            read_only(prepared).need(0xA0).need(0x5F37).raw,
            read_only(posted).need(0x5F37).raw,
            package.init.need(0x5F37).raw,
        ]
        for signature in signatures:
            self.assert_spoilt("signature", signature)
            self.assert_spoilt("signature", signature, 3)

    def test_signed_contents(self) -> None:
        auth = read_only(object_of("authenticateClient", "request", "authenticateServerResponse"))
        signed1 = auth.need(0xA0).children()[0]
        self.assert_spoilt("signature", signed1.need(0xBF22).need(0x83).raw)
        posted = read_only(object_of("handleNotification", "request", "pendingNotification"))
        self.assert_spoilt("signature", posted.need(0xBF27).need(0xA2).need(0xA0).need(0x4F).raw)
        self.assert_spoilt("registered-id", posted.need(0xBF27).need(0x06).raw)

    def test_challenges(self) -> None:
        signed = read_only(object_of("initiateAuthentication", "response", "serverSigned1"))
        line = edit.exchanges(SAMPLE, "initiateAuthentication")[0]
        challenge = b64decode(edit.field(line, "request", "euiccChallenge"))
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "initiateAuthentication")[0]
        edit.edit_bytes(line, "request", "euiccChallenge", lambda raw: edit.flip(raw, 0))
        self.assert_fault("challenge", lines)
        self.assert_spoilt("challenge", write(0x81, challenge))
        server = b"".join(signed.need(tag).raw for tag in (0x81, 0x83, 0x84))
        self.assert_spoilt("server-challenge", server)
        auth = read_only(object_of("authenticateClient", "request", "authenticateServerResponse"))
        own = auth.need(0xA0).children()[0]
        self.assert_spoilt("server-challenge", own.need(0x84).raw + own.need(0xBF22).raw[:2], 5)

    def test_transaction_ids(self) -> None:
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        auth = read_only(object_of("authenticateClient", "request", "authenticateServerResponse"))
        prepared = read_only(object_of("getBoundProfilePackage", "request", "prepareDownloadResponse"))
        posted = read_only(object_of("handleNotification", "request", "pendingNotification"))
        second = read_only(object_of("authenticateClient", "response", "smdpSigned2"))
        signed1, signed2 = (answer.need(0xA0).children()[0] for answer in (auth, prepared))
        holders = [
            (package.init.need(0x82).raw, package.init.need(0x80).raw, b""),
            (b"", signed1.need(0x80).raw, signed1.need(0x83).raw + signed1.need(0x84).raw),
            (signed2.header, signed2.need(0x80).raw, b""),
            (posted.need(0xBF27).header, posted.need(0xBF27).need(0x80).raw, b""),
            (second.header, second.need(0x80).raw, second.need(0x01).raw),
        ]
        for before, raw, after in holders:
            whole = before + raw + after
            self.assert_spoilt("transaction-id", whole, len(before) + 4)

    def test_transaction_ids_in_json(self) -> None:
        for function in ("authenticateClient", "getBoundProfilePackage"):
            for side in ("request", "response"):
                lines = edit.copied(SAMPLE)
                line = edit.exchanges(lines, function)[0]
                edit.set_field(line, side, "transactionId", "00" * 16)
                self.assert_fault("transaction-id", lines)
            lines = edit.copied(SAMPLE)
            line = edit.exchanges(lines, function)[0]
            name = edit.field(line, "request", "transactionId")
            edit.set_field(line, "request", "transactionId", name.lower())
            self.assert_fault("transaction-id", lines)

    def test_addresses(self) -> None:
        for function in ("initiateAuthentication", "authenticateClient", "getBoundProfilePackage"):
            lines = edit.copied(SAMPLE)
            line = edit.exchanges(lines, function)[0]
            line["url"] = line["url"].replace("smdp.sample.test", "other.sample.test")
            self.assert_fault("address", lines)
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "handleNotification")[0]
        line["url"] = line["url"].replace("smdp.sample.test", "other.sample.test")
        self.assert_fault("notification", lines)
        self.assert_spoilt("address", write(0x83, b"smdp.sample.test"))

    def test_info1_and_context(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "initiateAuthentication")[0]
        edit.edit_bytes(line, "request", "euiccInfo1", lambda raw: edit.flip(raw, 6))
        self.assert_fault("info1", lines)
        auth = read_only(object_of("authenticateClient", "request", "authenticateServerResponse"))
        params = auth.need(0xA0).children()[0].need(0xA0).raw
        self.assert_spoilt("ctx-params", params + b"\x5f\x37", 5)

    def test_confirmation_code(self) -> None:
        lines = edit.copied(SAMPLE)
        secret = next(line for line in lines if line.get("name") == "confirmation_code")
        secret["value"] = "2469"
        self.assert_fault("hash-cc", lines)
        signed = read_only(object_of("getBoundProfilePackage", "request", "prepareDownloadResponse"))
        hashed = signed.need(0xA0).children()[0].need(0x04).raw
        self.assert_spoilt("hash-cc", hashed)

    def test_a_right_code_that_the_server_refuses(self) -> None:
        lines = edit.copied(SAMPLE)
        at = next(i for i, line in enumerate(lines) if line.get("url", "").endswith("BoundProfilePackage"))
        code = {"subjectCode": "8.2.7", "reasonCode": "3.8"}
        status = {"status": "Failed", "statusCodeData": code}
        body = json.dumps({"header": {"functionExecutionStatus": status}})
        lines[at]["response"]["body"] = body
        self.assert_fault("hash-cc", lines[: at + 1])

    def test_secrets_that_do_not_fit(self) -> None:
        for name, kind in (("smdp_otsk", "one-time-key"), ("euicc_otsk", "one-time-key"), ("profile", "profile")):
            lines = edit.copied(SAMPLE)
            secret = next(line for line in lines if line.get("name") == name)
            secret["value"] = edit.flip(bytes.fromhex(secret["value"]), -1).hex()
            self.assert_fault(kind, lines)
        lines = edit.copied(SAMPLE)
        next(line for line in lines if line.get("name") == "profile")["transaction_id"] = "00"
        self.assert_fault("secret", lines)

    def test_one_time_keys(self) -> None:
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        self.assert_spoilt("bpp", package.init.need(0x5F49).raw)
        prepared = read_only(object_of("getBoundProfilePackage", "request", "prepareDownloadResponse"))
        self.assert_spoilt("one-time-key", prepared.need(0xA0).children()[0].need(0x5F49).raw)

    def test_protected_parts(self) -> None:
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        for part in (0xA0, 0xA1, 0xA2, 0xA3):
            for tlv in package.inside(part):
                self.assert_spoilt("mac", tlv.raw)
                self.assert_spoilt("mac", tlv.raw, len(tlv.header) + 12)

    def test_protected_parts_out_of_order(self) -> None:
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        first, second = package.inside(0xA3)[:2]
        swapped = edit.everywhere(SAMPLE, first.raw + second.raw, second.raw + first.raw)
        self.assert_fault("mac", swapped)

    def test_metadata_other_than_offered(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "authenticateClient")[0]
        edit.edit_bytes(line, "response", "profileMetadata",
                        lambda raw: raw.replace(b"Sample", b"Simple"))
        self.assert_fault("metadata", lines)

    def test_control_reference(self) -> None:
        package = parse_package(object_of("getBoundProfilePackage", "response", "boundProfilePackage"))
        self.assert_spoilt("bpp", package.init.need(0xA6).raw, 4)
        self.assert_spoilt("bpp", package.init.need(0x82).raw + package.init.need(0x80).raw, 2)


class ChangedOnTheWay(unittest.TestCase):
    """The LPA did not carry what it was given."""

    def assert_fault(self, kind: str, lines: list[dict]) -> None:
        report = judge(lines)
        self.assertIn(kind, report.kinds_at_fault(), report.faults)

    def test_posts_carry_what_the_card_gave(self) -> None:
        posts = (("authenticateClient", "authenticateServerResponse"),
                 ("getBoundProfilePackage", "prepareDownloadResponse"),
                 ("handleNotification", "pendingNotification"))
        for function, name in posts:
            lines = edit.copied(SAMPLE)
            edit.edit_bytes(edit.exchanges(lines, function)[0], "request", name,
                            lambda raw: edit.flip(raw, -1))
            self.assert_fault("carried", lines)

    def test_the_card_gets_what_the_server_sent(self) -> None:
        sent = (("initiateAuthentication", "serverSignature1"), ("authenticateClient", "smdpSignature2"),
                ("initiateAuthentication", "serverCertificate"), ("authenticateClient", "smdpCertificate"))
        for function, name in sent:
            lines = edit.copied(SAMPLE)
            edit.edit_bytes(edit.exchanges(lines, function)[0], "response", name,
                            lambda raw: edit.flip(raw, -1))
            self.assert_fault("carried", lines)
        lines = edit.copied(SAMPLE)
        edit.edit_bytes(edit.exchanges(lines, "getBoundProfilePackage")[0], "response",
                        "boundProfilePackage", lambda raw: edit.flip(raw, -1))
        self.assert_fault("segments", lines)

    def test_cancelling(self) -> None:
        lines = story()
        line = edit.exchanges(lines, "cancelSession")[0]
        raw = b64decode(edit.field(line, "request", "cancelSessionResponse"))
        signed = read_only(raw).need(0xA0).children()[0]
        for part, kind in ((signed.need(0x82), "cancel"), (signed.need(0x81), "registered-id"),
                           (read_only(raw).need(0xA0).need(0x5F37), "signature")):
            whole = part.raw + (b"\x5f\x37" if part.tag == 0x82 else b"")
            spoilt = edit.flip(whole, len(part.raw) - 1)
            self.assert_fault(kind, edit.everywhere(lines, whole, spoilt))
        edit.edit_bytes(line, "request", "cancelSessionResponse", lambda raw: edit.flip(raw, -1))
        self.assert_fault("carried", lines)

    def test_a_stored_notification_of_another_kind(self) -> None:
        lines = story()
        line = edit.exchanges(lines, "handleNotification")[1]
        raw = read_only(b64decode(edit.field(line, "request", "pendingNotification")), 0x30)
        metadata = raw.need(0xBF2F)
        number_and_event = metadata.need(0x80).raw + metadata.need(0x81).raw
        for part, at in ((raw.need(0x5F37).raw, -1), (number_and_event, 2)):
            self.assert_fault("signature", edit.everywhere(lines, part, edit.flip(part, at)))

    def test_headers(self) -> None:
        for name in ("user-agent", "x-admin-protocol", "content-type"):
            lines = edit.copied(SAMPLE)
            del edit.exchanges(lines, "initiateAuthentication")[0]["request"]["headers"][name]
            self.assert_fault("http", lines)
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "initiateAuthentication")[0]
        line["url"] = line["url"].replace("https:", "http:")
        self.assert_fault("http", lines)


class Apdus(unittest.TestCase):
    """The rules of STORE DATA and of the segments."""

    def blocks(self, lines: list[dict]) -> list[int]:
        """Where the blocks of the loading are."""
        loading = next(i for i, line in enumerate(lines) if "bf36" in line.get("c", "")[10:14])
        return [i for i in range(loading, len(lines))
                if lines[i]["t"] == "apdu" and lines[i]["c"][2:4] == "e2"]

    def assert_fault(self, kind: str, lines: list[dict]) -> None:
        report = judge(lines)
        self.assertIn(kind, report.kinds_at_fault(), report.faults)

    def test_a_missing_segment(self) -> None:
        lines = edit.copied(SAMPLE)
        alone = next(i for i in self.blocks(lines) if lines[i]["c"][10:12] == "a1")
        del lines[alone]
        self.assert_fault("segments", lines)

    def test_a_missing_block_and_swapped_blocks(self) -> None:
        blocks = self.blocks(SAMPLE)
        lines = edit.copied(SAMPLE)
        del lines[blocks[1]]
        self.assert_fault("store-data", lines)
        lines = edit.copied(SAMPLE)
        lines[blocks[0]], lines[blocks[1]] = lines[blocks[1]], lines[blocks[0]]
        self.assert_fault("store-data", lines)

    def test_header_bytes(self) -> None:
        at = self.blocks(SAMPLE)[0]
        for place, value, kind in ((4, "12", "store-data"), (6, "01", "store-data"), (8, "00", "store-data")):
            lines = edit.copied(SAMPLE)
            command = lines[at]["c"]
            lines[at]["c"] = command[:place] + value + command[place + 2 :]
            self.assert_fault(kind, lines)

    def test_data_before_the_last_block(self) -> None:
        lines = edit.copied(SAMPLE)
        lines[self.blocks(lines)[0]]["r"] = "00" + "9000"
        self.assert_fault("store-data", lines)

    def test_get_response_without_an_answer(self) -> None:
        lines = edit.copied(SAMPLE)
        lines.append({"t": "apdu", "c": "01c0000010", "r": "00" * 16 + "9000"})
        self.assert_fault("get-response", lines)

    def test_segments_joined(self) -> None:
        """A1's header must go alone: here the next 88 is put behind it."""
        lines = edit.copied(SAMPLE)
        alone = next(i for i in self.blocks(lines) if lines[i]["c"][10:12] == "a1")
        first, second = bytes.fromhex(lines[alone]["c"]), bytes.fromhex(lines[alone + 1]["c"])
        data = first[5:] + second[5:]
        lines[alone]["c"] = (second[:4] + bytes([len(data)]) + data).hex()
        del lines[alone + 1]
        self.assert_fault("segments", lines)

    def test_a_channel_above_three_is_kept_apart(self) -> None:
        lines = edit.copied(SAMPLE)
        for line in lines:
            if line["t"] == "apdu" and line["c"][:2] in ("81", "01"):
                line["c"] = ("c0" if line["c"][:2] == "81" else "40") + line["c"][2:]
        self.assertEqual(judge(lines).faults, [])

    def test_interleaved_channels(self) -> None:
        """A command on another channel between two blocks disturbs nothing."""
        lines = edit.copied(SAMPLE)
        lines.insert(self.blocks(lines)[1], {"t": "apdu", "c": "82e2910003bf2000", "r": "6a82"})
        self.assertEqual(judge(lines).faults, [])

    def test_a_session_that_no_server_gave(self) -> None:
        lines = edit.copied(SAMPLE)
        command = write(0xBF41, write(0x80, b"\x01"), write(0x81, b"\x00"))
        block = bytes([0x81, 0xE2, 0x91, 0, len(command)]) + command
        lines.append({"t": "apdu", "c": block.hex(), "r": "bf41038101059000"})
        self.assert_fault("transaction-id", lines)


class PrintedVectors(unittest.TestCase):
    """Values from the project's facts, which other implementations computed."""

    SECRET = bytes.fromhex("c9a993dd4879a8f7161f2085410edd4f9652f1df37be097ba96ba2ca6be528fe")

    def test_session_keys(self) -> None:
        keys = session_keys(self.SECRET, 0x88, 0x10, b"\x80" * 8, EID)
        self.assertEqual(keys.mcv.hex(), "406d507b448a699e7a36a38494debbde")
        self.assertEqual(keys.enc.hex(), "472f5bfadd97f21d34f3ce9b51b92751")
        self.assertEqual(keys.mac.hex(), "9ec07f5b36a13e12a991d66e294e6242")

    def test_protected_configure(self) -> None:
        sealed = bytes.fromhex("8718f6fe031e4b9cfe87c8e1e62f3fde85c49412d7722a6a2d89")
        keys = session_keys(self.SECRET, 0x88, 0x10, b"\x80" * 8, EID)
        self.assertEqual(Bsp(keys).open(read(sealed)), bytes.fromhex("bf2400"))
        again = session_keys(self.SECRET, 0x88, 0x10, b"\x80" * 8, EID)
        self.assertEqual(write(0x87, Bsp(again).seal(0x87, bytes.fromhex("bf2400"))), sealed)

    def test_a_block_of_the_greatest_size(self) -> None:
        keys = session_keys(self.SECRET, 0x88, 0x10, b"\x80" * 8, EID)
        self.assertEqual(len(write(0x86, Bsp(keys).seal(0x86, bytes(1007)))), 1020)

    def test_a_short_value_does_not_open(self) -> None:
        keys = session_keys(self.SECRET, 0x88, 0x10, b"\x80" * 8, EID)
        with self.assertRaises(BspError):
            Bsp(keys).open(Tlv(0x86, b"\0" * 4, b"", 0))

    def test_hash_cc(self) -> None:
        value = crypto.hash_cc("1234", bytes(range(1, 17)))
        self.assertEqual(
            value.hex(), "94e57b8cdfe3eb0a8510f18898add0b1e67b48fafd39892796d6f65f9ce3cc40")

    def test_object_identifiers(self) -> None:
        self.assertEqual(dotted(bytes.fromhex("88370a")), "2.999.10")
        self.assertEqual(dotted(bytes.fromhex("2b0601040181f702")), "1.3.6.1.4.1.31618")


if __name__ == "__main__":
    unittest.main()
