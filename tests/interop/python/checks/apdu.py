"""Putting ES10 commands and responses together again from the APDUs of a transcript.

STORE DATA chains are kept per logical channel (named by CLA); a long answer is fetched with
GET RESPONSE after 61xx.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.report import Report
from checks.tlv import Tlv, TlvError, read
from checks.transcript import Apdu, Http, Power, Removal

STORE_DATA, GET_RESPONSE, SELECT, MANAGE_CHANNEL = 0xE2, 0xC0, 0xA4, 0x70
MORE, LAST = 0x11, 0x91


@dataclass
class Call:
    """One ES10 command (or BPP segment) with its whole answer."""

    line: int
    channel: int
    command: bytes
    response: bytes
    status: int
    last_line: int

    @property
    def done(self) -> bool:
        """Whether the card did it: 9000, or 91xx (done, and a proactive command waits)."""
        return self.status == 0x9000 or self.status >> 8 == 0x91

    def tag(self) -> int | None:
        """The tag that the command begins with."""
        try:
            return read(self.command).tag
        except TlvError:
            return first_tag(self.command)

    def answer(self, tag: int) -> Tlv:
        """The answer as one TLV of this tag."""
        found = read(self.response)
        if found.end != len(self.response) or found.tag != tag:
            raise TlvError(f"line {self.last_line}: the answer is not one {tag:X}")
        return found


@dataclass
class Selection:
    """The answer to a SELECT."""

    line: int
    response: bytes


@dataclass
class _Open:
    """A chain under way, or an answer being fetched."""

    call: Call
    blocks: int = 0
    complete: bool = False


@dataclass
class Assembler:
    """Turns APDUs into calls, and checks the rules of STORE DATA on the way."""

    report: Report
    _open: dict[int, _Open] = field(default_factory=dict)
    _select: dict[int, bytes] = field(default_factory=dict)

    def feed(self, apdu: Apdu) -> Call | Selection | None:
        """Takes one APDU; gives a call when its answer is whole."""
        cla, ins = apdu.command[0], apdu.command[1]
        channel = channel_of(cla)
        if ins == STORE_DATA and cla & 0x80:
            return self._block(channel, apdu)
        if ins == GET_RESPONSE:
            return self._more(channel, apdu)
        self._abandon(channel, apdu.line)
        if ins == SELECT:
            return self._selected(channel, apdu, b"")
        return None

    def power(self) -> None:
        """The card was reset: nothing goes on."""
        self._open.clear()
        self._select.clear()

    def _abandon(self, channel: int, line: int) -> None:
        under_way = self._open.pop(channel, None)
        self._select.pop(channel, None)
        if under_way is not None:
            self.report.check(
                "store-data", False, f"line {line}: a STORE DATA chain was left unfinished"
            )

    def _block(self, channel: int, apdu: Apdu) -> Call | None:
        # An answer to SELECT that was announced and not fetched is gone with the next command.
        self._select.pop(channel, None)
        report, where = self.report, f"line {apdu.line}"
        p1, p2 = apdu.command[2], apdu.command[3]
        under_way = self._open.get(channel)
        if under_way is None or under_way.complete:
            call = Call(apdu.line, channel, b"", b"", 0, apdu.line)
            under_way = self._open[channel] = _Open(call)
        data = self._data(apdu)
        report.check("store-data", p1 in (MORE, LAST), f"{where}: P1 is {p1:02X}")
        report.equal("store-data", p2, under_way.blocks & 0xFF, f"{where}: block number")
        report.check("store-data", under_way.blocks < 256, f"{where}: more than 256 blocks")
        under_way.blocks += 1
        call = under_way.call
        call.command += data
        if p1 == LAST:
            under_way.complete = True
            return self._answer(channel, apdu)
        status = int.from_bytes(apdu.response[-2:], "big")
        if status != 0x9000:
            # The card refused in the middle: the chain is over, the LPA may begin another.
            return self._answer(channel, apdu)
        report.check(
            "store-data", len(apdu.response) == 2, f"{where}: data before the last block"
        )
        return None

    def _data(self, apdu: Apdu) -> bytes:
        body, where = apdu.command[4:], f"line {apdu.line}"
        length = body[0] if body else 0
        fits = 1 <= length <= 255 and len(body) - 1 - length in (0, 1)
        self.report.check("store-data", fits, f"{where}: Lc does not fit the data")
        return body[1 : 1 + length]

    def _answer(self, channel: int, apdu: Apdu) -> Call | None:
        under_way = self._open[channel]
        call, status = under_way.call, int.from_bytes(apdu.response[-2:], "big")
        under_way.complete = True
        call.response += apdu.response[:-2]
        call.status, call.last_line = status, apdu.line
        if status >> 8 == 0x61:
            return None
        del self._open[channel]
        return call

    def _more(self, channel: int, apdu: Apdu) -> Call | Selection | None:
        if channel in self._select:
            return self._selected(channel, apdu, self._select.pop(channel))
        under_way = self._open.get(channel)
        asked = under_way is not None and under_way.complete
        if not self.report.check(
            "get-response", asked, f"line {apdu.line}: GET RESPONSE without an answer waiting"
        ):
            return None
        return self._answer(channel, apdu)

    def _selected(self, channel: int, apdu: Apdu, before: bytes) -> Selection | None:
        data, status = before + apdu.response[:-2], int.from_bytes(apdu.response[-2:], "big")
        if status >> 8 == 0x61:
            self._select[channel] = data
            return None
        return Selection(apdu.line, data) if status == 0x9000 and data else None


def channel_of(cla: int) -> int:
    """The logical channel in a class byte: 0 to 3 in two bits, 4 to 19 in four."""
    return 4 + (cla & 0x0F) if cla & 0x40 else cla & 0x03


def first_tag(data: bytes) -> int | None:
    """The tag at the start of a piece that may hold only a header."""
    if len(data) >= 2 and data[0] & 0x1F == 0x1F:
        return data[0] << 8 | data[1]
    return data[0] if data else None


def assemble(
    events: list[Power | Removal | Apdu | Http], report: Report
) -> list[Power | Removal | Call | Selection | Http]:
    """The transcript with ES10 calls in place of APDUs."""
    assembler, found = Assembler(report), []
    for event in events:
        match event:
            case Apdu():
                done = assembler.feed(event)
                if done is not None:
                    found.append(done)
            case Power():
                assembler.power()
                found.append(event)
            case _:
                found.append(event)
    return found
