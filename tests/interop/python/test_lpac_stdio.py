"""The bridge between lpac's AT driver and its stdio protocol."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from lpac_stdio import Bridge

HERE = Path(__file__).parent
# Behaves as lpac does with its AT driver: opens the device, asks, prints, leaves with a status.
FAKE_LPAC = """
import os
device = open(os.environ["LPAC_APDU_AT_DEVICE"], "r+b", buffering=0)
def at(line):
    device.write(line.encode() + b"\\r\\n")
    replies = []
    while not replies or replies[-1] not in (b"OK", b"ERROR"):
        reply = b""
        while not reply.endswith(b"\\n"):
            reply += device.read(1)
        replies.append(reply.strip())
    return replies
assert at("AT+CCHO=?") == at("AT+CCHC=?") == at("AT+CGLA=?") == [b"OK"]
assert at("AT+CCHC=1") == [b"OK"]
assert at('AT+CCHO="A000"') == [b"+CCHO: 2", b"OK"]
print(at('AT+CGLA=2,10,"81E2910003BF3E00"'), flush=True)
assert at("AT+CCHC=2") == [b"OK"]
raise SystemExit(7)
"""


class Answers(unittest.TestCase):
    """One AT command at a time."""

    def answer(self, bridge: Bridge, line: str, *replies: tuple[int, str]) -> tuple[list[str], list]:
        """What the modem answers, and what the card program was asked."""
        asked, left = [], list(replies)

        def ask(function: str, parameter: str | None) -> tuple[int, str]:
            asked.append((function, parameter))
            return left.pop(0)

        with patch.object(bridge, "ask", ask):
            answer = bridge.answer(line)
        self.assertEqual(left, [])
        return answer, asked

    def test_connecting(self) -> None:
        bridge = Bridge()
        self.assertEqual(self.answer(bridge, "AT+CCHO=?", (-1, "")), (["ERROR"], [("connect", None)]))
        self.assertFalse(bridge.connected)
        self.assertEqual(self.answer(bridge, "AT+CCHO=?", (0, "")), (["OK"], [("connect", None)]))
        self.assertTrue(bridge.connected)
        for line in ("AT+CCHC=?", "AT+CGLA=?"):
            self.assertEqual(self.answer(bridge, line), (["OK"], []))

    def test_channels(self) -> None:
        bridge = Bridge()
        self.assertEqual(self.answer(bridge, "AT+CCHC=3"), (["OK"], []))
        asked = [("logic_channel_open", "a0ff")]
        self.assertEqual(self.answer(bridge, 'AT+CCHO="A0FF"', (-1, "")), (["ERROR"], asked))
        self.assertEqual(self.answer(bridge, 'AT+CCHO="A0FF"', (3, "")), (["+CCHO: 3", "OK"], asked))
        self.assertEqual(self.answer(bridge, "AT+CCHC=3", (0, "")),
                         (["OK"], [("logic_channel_close", "03")]))

    def test_transmitting(self) -> None:
        bridge, line, asked = Bridge(), 'AT+CGLA=1,4,"81E2"', [("transmit", "81e2")]
        self.assertEqual(self.answer(bridge, line, (0, "6a82")), (['+CGLA: 4,"6A82"', "OK"], asked))
        self.assertEqual(self.answer(bridge, line, (-1, "")), (["ERROR"], asked))
        self.assertEqual(self.answer(bridge, "AT+OTHER"), (["ERROR"], []))


class WholeRun(unittest.TestCase):
    """A program that behaves like lpac, behind the bridge."""

    def run_bridge(self, replies: list[dict]) -> tuple[int, list[str], str]:
        """Exit status, printed lines and complaints."""
        with tempfile.TemporaryDirectory() as folder:
            fake = Path(folder) / "lpac"
            fake.write_text(f"#!{sys.executable}\n{FAKE_LPAC}", encoding="utf-8")
            fake.chmod(0o755)
            text = "".join(json.dumps({"type": "apdu", "payload": reply}) + "\n" for reply in replies)
            done = subprocess.run([sys.executable, str(HERE / "lpac_stdio.py"), str(fake)], text=True,
                                  input=text, capture_output=True, env={"LPAC_APDU": "stdio"},
                                  check=False, timeout=60)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def test_requests_output_and_exit_status_go_through(self) -> None:
        replies = [{"ecode": 0}, {"ecode": 2}, {"ecode": 0, "data": "bf3e00" + "9000"}, {"ecode": 0}, {"ecode": 0}]
        status, lines, complaints = self.run_bridge(replies)
        self.assertEqual((status, complaints), (7, ""))
        requests = [json.loads(line)["payload"] for line in lines if line.startswith("{")]
        self.assertEqual([request["func"] for request in requests],
                         ["connect", "logic_channel_open", "transmit", "logic_channel_close", "disconnect"])
        self.assertEqual(requests[2]["param"], "81e2910003bf3e00")
        printed = [line for line in lines if not line.startswith("{")]
        self.assertEqual(printed, ["""[b'+CGLA: 10,"BF3E009000"', b'OK']"""])

    def test_a_card_program_that_ends_ends_lpac(self) -> None:
        status, _, complaints = self.run_bridge([{"ecode": 0}])
        self.assertNotEqual(status, 0)
        self.assertIn("gave no answer", complaints)


if __name__ == "__main__":
    unittest.main()
