"""Notifications in the card's order, delivered before they are removed."""

from __future__ import annotations

import unittest
from datetime import datetime, timezone

from checks.report import Report
from checks.tlv import read_only, write
from checks.transcript import TranscriptError, parse
from checks.verifier import verify
from sample import edit
from sample.run import Recorder, iccid, profile
from sample.server import Order, text


def judge(lines: list[dict]) -> Report:
    """The report on a transcript."""
    return verify(parse(lines, "test"), datetime.now(timezone.utc))


class Switched(Recorder):
    """A card with two profiles that were switched a few times."""

    def __init__(self) -> None:
        super().__init__()
        for number in (1, 2):
            self.download(Order(iccid(number), profile(300)))
            self.switch(number)
            self.switch(number)

    def switch(self, number: int) -> None:
        """One more notification."""
        self.es10(write(0xBF31, write(0xA0, write(0x5A, iccid(number))), write(0x81, b"\xff")))

    def retrieve(self, number: int) -> bytes:
        """Gets one from the card."""
        self.es10(write(0xBF2B, write(0xA0, write(0x80, bytes([number])))))
        return self.card.notifications[number]

    def send(self, number: int, status: int = 204) -> None:
        """Posts one."""
        self.es9("handleNotification", {"pendingNotification": text(self.retrieve(number))})
        self.lines[-1]["response"]["status"] = status

    def remove(self, number: int) -> None:
        """Has the card forget one."""
        self.es10(write(0xBF30, write(0x80, bytes([number]))))

    def waiting(self) -> list[int]:
        """The numbers on the card."""
        return list(self.card.notifications)


class Deliveries(unittest.TestCase):
    """What reaches the servers, and when it is forgotten."""

    def assert_faults(self, play: Switched, kinds: set[str]) -> None:
        report = judge(play.lines)
        self.assertEqual(report.kinds_at_fault(), kinds, report.faults)

    def test_one_after_the_other(self) -> None:
        play = Switched()
        self.assertEqual(play.waiting(), [2, 3, 5, 6])
        play.deliver()
        self.assert_faults(play, set())
        self.assertEqual(judge(play.lines).passed["order"], 6)

    def test_profiles_do_not_wait_for_each_other(self) -> None:
        play = Switched()
        for number in (5, 2, 6, 3):
            play.send(number)
            play.remove(number)
        self.assert_faults(play, set())

    def test_a_later_one_before_an_earlier_one_of_the_same_profile(self) -> None:
        play = Switched()
        for number in (3, 2):
            play.send(number)
        self.assert_faults(play, {"order"})

    def test_what_no_server_took_is_not_delivered(self) -> None:
        play = Switched()
        play.send(2, 503)
        play.send(3)
        play.send(2)
        self.assert_faults(play, {"order"})

    def test_a_second_delivery_does_no_harm(self) -> None:
        play = Switched()
        for number in (2, 3, 2):
            play.send(number)
        self.assert_faults(play, set())
        self.assertEqual(judge(play.lines).passed["redelivery"], 1)

    def test_removed_before_it_was_delivered(self) -> None:
        for status in (None, 404, 503):
            play = Switched()
            if status:
                play.send(2, status)
            play.remove(2)
            self.assert_faults(play, {"removal"})

    def test_a_person_may_throw_one_away(self) -> None:
        play = Switched()
        play.lines.append({"t": "person", "wish": "remove", "seq_number": 2})
        play.remove(2)
        self.assert_faults(play, set())
        play.remove(3)
        self.assert_faults(play, {"removal"})
        with self.assertRaises(TranscriptError):
            parse([*play.lines, {"t": "person", "wish": "tea", "seq_number": 2}], "test")

    def test_removing_what_is_not_there(self) -> None:
        play = Switched()
        play.remove(99)
        self.assert_faults(play, set())

    def test_the_list_says_what_the_notification_says(self) -> None:
        play = Switched()
        play.es10(bytes.fromhex("bf2800"))
        play.retrieve(2)
        self.assert_faults(play, set())
        for line in play.lines[-8:]:
            if line["t"] == "apdu" and line["r"].startswith("bf28"):
                line["r"] = line["r"].replace("81020640", "81020620", 1)
        self.assert_faults(play, {"notification"})

    def test_a_number_that_stands_twice(self) -> None:
        play = Switched()
        play.es10(bytes.fromhex("bf2800"))
        answer = next(line for line in reversed(play.lines) if line.get("r", "").startswith("bf28"))
        answer["r"] = answer["r"].replace("800103", "800102", 1)
        self.assertIn("notification", judge(play.lines).kinds_at_fault())

    def test_every_signature(self) -> None:
        play = Switched()
        play.deliver()
        for number in range(6):
            line = edit.exchanges(play.lines, "handleNotification")[number]
            signature = read_only(edit.raw(line, "request", "pendingNotification")).need(0x5F37).raw
            spoilt = judge(edit.everywhere(play.lines, signature, edit.flip(signature, -1)))
            self.assertIn("signature", spoilt.kinds_at_fault(), number)


if __name__ == "__main__":
    unittest.main()
