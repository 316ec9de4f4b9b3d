"""The ASN.1 check finds a good run good, and every object that is not DER of its type bad."""

from __future__ import annotations

import io
import json
import tempfile
import unittest
from base64 import b64decode
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import check_asn1
from checks import asn1_types
from checks.asn1 import Checker
from checks.tlv import read_only, write
from checks.transcript import parse
from sample import edit
from sample.run import Recorder, first_sample, iccid, profile, save, story
from sample.server import Order

SAMPLE = first_sample()


def check(lines: list[dict]) -> Checker:
    """A transcript, checked."""
    checker = Checker(parse(lines, "test"))
    checker.run()
    return checker


def with_call(command: bytes, answer: bytes) -> list[dict]:
    """The sample with one more card call at its end."""
    lines = edit.copied(SAMPLE)
    head = bytes([0x81, 0xE2, 0x91, 0, len(command)])
    lines.append({"t": "apdu", "c": (head + command).hex(), "r": (answer + b"\x90\x00").hex()})
    return lines


class GoodRuns(unittest.TestCase):
    """Objects as the standard has them."""

    def test_a_whole_story(self) -> None:
        checker = check(story())
        self.assertEqual(checker.faults, [])
        self.assertEqual(checker.lenient, {})
        kinds = ("AuthenticateServerRequest", "BoundProfilePackage", "ProfileElement", "certificate",
                 "ReplaceSessionKeysRequest", "CancelSessionResponse", "EUICCResponse", "GetRatResponse")
        for kind in kinds:
            self.assertGreater(checker.by_type[kind], 0, kind)

    def test_every_table_entry_names_a_type(self) -> None:
        tables = (asn1_types.COMMANDS, asn1_types.ANSWERS, asn1_types.FIELDS)
        for name in [name for table in tables for name in table.values()]:
            self.assertIsNotNone(asn1_types.sgp22(name), name)
        for name in asn1_types.V3_TOO:
            self.assertIsNotNone(asn1_types.sgp22_v3(name), name)
        self.assertIsNone(asn1_types.sgp22_v3("PrepareDownloadRequest"))

    def test_error_forms_and_refused_commands(self) -> None:
        for command, answer in (("bf2d00", "bf2d0381017f"), ("bf2800", "bf280381017f"),
                                ("bf2b00", "bf2b0381017f"), ("bf4300", "")):
            checker = check(with_call(bytes.fromhex(command), bytes.fromhex(answer)))
            self.assertEqual(checker.faults, [], command)
        lines = edit.copied(SAMPLE)
        lines.append({"t": "apdu", "c": "81e2910003bf2000", "r": "6a88"})
        self.assertEqual(check(lines).faults, [])

    def test_a_class_written_out_is_excused_and_told(self) -> None:
        play = Recorder()
        play.download(Order(iccid(1), profile(100), explicit_class=True))
        checker = check(play.lines)
        self.assertEqual(checker.faults, [])
        self.assertEqual(checker.lenient["class DEFAULT written out"], 2)

    def test_a_field_of_version_3_is_known_where_listed(self) -> None:
        line = edit.exchanges(SAMPLE, "initiateAuthentication")[0]
        info1 = b64decode(edit.field(line, "request", "euiccInfo1"))
        newer = write(0xBF20, read_only(info1).value, write(0x93, b"\x03\x01\x00"))
        checker = check(with_call(bytes.fromhex("bf2000"), newer))
        self.assertEqual(checker.faults, [])
        # The second time because what passes such a card's contacts is judged by both versions.
        self.assertEqual(checker.by_type["EUICCInfo1 (v3.1)"], 2)
        self.assertGreater(checker.by_type["PrepareDownloadResponse (v3.1)"], 0)
        self.assertEqual(check(SAMPLE).by_type["PrepareDownloadResponse (v3.1)"], 0)

    def test_what_version_3_does_not_judge_is_listed(self) -> None:
        for name in {*asn1_types.COMMANDS.values(), *asn1_types.ANSWERS.values()}:
            self.assertEqual(asn1_types.v3(name) is None, name in asn1_types.NOT_IN_V3, name)

    def test_a_package_that_is_none_is_excused_if_it_was_not_loaded(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "getBoundProfilePackage")[0]
        edit.edit_bytes(line, "response", "boundProfilePackage", lambda raw: b"\x30" + raw[1:])
        checker = check(lines[: lines.index(line) + 1])
        self.assertEqual(checker.faults, [])
        self.assertEqual(checker.lenient["a package that is none, and was not loaded"], 1)
        self.assertTrue(any("BoundProfilePackage" in fault for fault in check(lines).faults))

    def test_every_interface_is_counted(self) -> None:
        checker = check(SAMPLE)
        # The CI certificate belongs to none.
        self.assertEqual(sum(checker.by_interface.values()), sum(checker.by_type.values()) - 1)


class SpoiltObjects(unittest.TestCase):
    """Objects that are not DER of their type."""

    def assert_fault(self, lines: list[dict], text: str) -> None:
        faults = check(lines).faults
        self.assertTrue(any(text in fault for fault in faults), faults)

    def test_a_length_that_is_not_minimal(self) -> None:
        self.assert_fault(with_call(bytes.fromhex("bf3e81035c015a"), b""), "GetEuiccDataRequest")
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "authenticateClient")[0]
        edit.edit_bytes(line, "response", "smdpSigned2", lambda raw: b"\x30\x81" + raw[1:])
        self.assert_fault(lines, "SmdpSigned2")

    def test_unknown_and_wrong_tags(self) -> None:
        self.assert_fault(with_call(bytes.fromhex("bf6900"), b""), "unknown tag BF69")
        self.assert_fault(with_call(bytes.fromhex("bf2000"), bytes.fromhex("bf2200")), "unknown tag BF22")
        self.assert_fault(with_call(bytes.fromhex("bf29048f0141"), b""), "SetNicknameRequest")
        # A nickname under 8F instead of 90, as one public implementation has it.
        wrong = write(0xBF29, write(0x5A, iccid(1)), write(0x8F, b"A"))
        self.assert_fault(with_call(wrong, b""), "SetNicknameRequest")

    def test_search_criteria_need_their_own_tag(self) -> None:
        wrong = write(0xBF2D, write(0x5A, iccid(1)))
        self.assert_fault(with_call(wrong, b""), "ProfileInfoListRequest")

    def test_bit_strings_are_trimmed(self) -> None:
        self.assert_fault(with_call(bytes.fromhex("bf280481020480"), b""), "ListNotificationRequest")

    def test_booleans_are_ff(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "authenticateClient")[0]
        edit.edit_bytes(line, "response", "smdpSigned2",
                        lambda raw: raw.replace(b"\x01\x01\xff", b"\x01\x01\x01"))
        self.assert_fault(lines, "SmdpSigned2")

    def test_integers_are_minimal(self) -> None:
        self.assert_fault(with_call(bytes.fromhex("bf300480020007"), b""), "NotificationSentRequest")

    def test_bytes_behind_an_object(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "initiateAuthentication")[0]
        edit.edit_bytes(line, "response", "serverSigned1", lambda raw: raw + b"\x05\x00")
        self.assert_fault(lines, "ServerSigned1")

    def test_fields_out_of_order(self) -> None:
        lines = edit.copied(SAMPLE)
        line = edit.exchanges(lines, "authenticateClient")[0]

        def swap(raw: bytes) -> bytes:
            first, second, *rest = (child.raw for child in read_only(raw).children())
            return write(0xBF25, second, first, *rest)

        edit.edit_bytes(line, "response", "profileMetadata", swap)
        self.assert_fault(lines, "StoreMetadataRequest")

    def test_a_profile_element_that_is_none(self) -> None:
        play = Recorder()
        good = profile(100)
        play.download(Order(iccid(1), good[:-4] + b"\x02\x81\x01\x03"))
        self.assert_fault(play.lines, "ProfileElement")

    def test_base64_that_is_none(self) -> None:
        lines = edit.copied(SAMPLE)
        edit.set_field(edit.exchanges(lines, "authenticateClient")[0], "response", "smdpSigned2", "?!")
        self.assert_fault(lines, "authenticateClient")

    def test_a_transcript_without_objects(self) -> None:
        empty = [{**SAMPLE[0], "ci": []}]
        self.assert_fault(empty, "no object")


class CommandLine(unittest.TestCase):
    """What the program prints and how it ends."""

    def test_reports_and_exit_status(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder) / "good.jsonl", Path(folder) / "bad.jsonl"
            save(SAMPLE, good)
            save(with_call(bytes.fromhex("bf6900"), b""), bad)
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                self.assertEqual(check_asn1.main(["--json", str(good)]), 0)
                self.assertEqual(check_asn1.main(["--json", str(good), str(bad)]), 1)
            reports = [json.loads(line) for line in out.getvalue().splitlines()]
            self.assertEqual([report["transcript"] for report in reports],
                             ["good.jsonl", "good.jsonl", "bad.jsonl"])
            self.assertEqual({report["program"] for report in reports}, {"sample"})
            self.assertEqual(reports[0]["objects"], sum(reports[0]["by_type"].values()))
            self.assertIn("bad.jsonl: line", err.getvalue())


if __name__ == "__main__":
    unittest.main()
