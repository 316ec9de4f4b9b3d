"""How APDUs are put together again where an answer is announced and not fetched."""

from __future__ import annotations

import unittest

from checks.apdu import Assembler, Call
from checks.report import Report
from checks.transcript import Apdu

CHALLENGE = "bf2e12 8010 000102030405060708090a0b0c0d0e0f"


def fed(*exchanges: tuple[str, str]) -> tuple[list[Call], Report]:
    report = Report()
    assembler = Assembler(report)
    calls = []
    for line, (command, response) in enumerate(exchanges, start=1):
        apdu = Apdu(line, bytes.fromhex(command), bytes.fromhex(response))
        result = assembler.feed(apdu)
        if isinstance(result, Call):
            calls.append(result)
    return calls, report


class AnnouncedAndNotFetched(unittest.TestCase):
    """The answer to SELECT is announced; lpac and lpakit do not need it."""

    def test_the_next_commands_answer_is_its_own(self) -> None:
        calls, report = fed(
            ("01a4040010a0000005591010ffffffff8900000100", "6125"),
            ("81e2910003bf2e00", "6115"),
            ("01c0000015", CHALLENGE + "9000"),
        )
        self.assertEqual([call.command.hex() for call in calls], ["bf2e00"])
        self.assertEqual(calls[0].response, bytes.fromhex(CHALLENGE))
        self.assertEqual(report.faults, [])


if __name__ == "__main__":
    unittest.main()
