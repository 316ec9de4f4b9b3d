"""Gives lpac 2.3.0 back its stdio driver.

    lpac_stdio.py LPAC ARGUMENT…

lpac's driver `LPAC_APDU=stdio` speaks JSON lines with a card program. In release 2.3.0, the one that
Debian carries, it reports success as failure and gives up after its first line (mended upstream
later). Its driver for AT modems works. This program runs lpac with that driver on a pseudo-terminal
and speaks the stdio driver's JSON lines on its own standard input and output, so that a card program
written for the one works with the other. What lpac prints goes through, and so does its exit status.

Only the card side is bridged: use LPAC_HTTP=curl (the default).
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import threading
import tty

OPEN = re.compile(r'AT\+CCHO="([0-9A-Fa-f]+)"')
CLOSE = re.compile(r"AT\+CCHC=(\d+)")
SEND = re.compile(r'AT\+CGLA=(\d+),(\d+),"([0-9A-Fa-f]*)"')


class CardGone(Exception):
    """The card program closed its side."""


class Bridge:
    """Answers AT commands by asking the card program."""

    def __init__(self) -> None:
        self.channel: int | None = None
        self.connected = False
        self.printing = threading.Lock()

    def say(self, line: str) -> None:
        """Prints one line whole."""
        with self.printing:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def ask(self, function: str, parameter: str | None) -> tuple[int, str]:
        """One request of the stdio driver: its ecode and data."""
        request = {"type": "apdu", "payload": {"func": function, "param": parameter}}
        self.say(json.dumps(request, separators=(",", ":")))
        line = sys.stdin.readline()
        if not line:
            raise CardGone
        payload = json.loads(line)["payload"]
        return int(payload["ecode"]), payload.get("data") or ""

    def answer(self, line: str) -> list[str]:
        """The lines that a modem would answer to one AT command."""
        if line in ("AT+CCHC=?", "AT+CGLA=?"):
            return ["OK"]
        if line == "AT+CCHO=?":
            self.connected = self.ask("connect", None)[0] >= 0
            return ["OK" if self.connected else "ERROR"]
        if match := OPEN.fullmatch(line):
            channel, _ = self.ask("logic_channel_open", match[1].lower())
            if channel < 1:
                return ["ERROR"]
            self.channel = channel
            return [f"+CCHO: {channel}", "OK"]
        if match := CLOSE.fullmatch(line):
            # lpac closes channels 1 to 4 before it opens one: those are not the card's business.
            if self.channel == int(match[1]):
                self.ask("logic_channel_close", f"{self.channel:02x}")
                self.channel = None
            return ["OK"]
        if match := SEND.fullmatch(line):
            code, data = self.ask("transmit", match[3].lower())
            if code < 0 or not data:
                return ["ERROR"]
            return [f'+CGLA: {len(data)},"{data.upper()}"', "OK"]
        return ["ERROR"]

    def serve(self, modem: int, child: subprocess.Popen) -> None:
        """Answers until lpac ends."""
        received = b""
        while True:
            ready, _, _ = select.select([modem], [], [], 0.02)
            if not ready:
                if child.poll() is not None:
                    return
                continue
            received += os.read(modem, 4096)
            *lines, received = received.split(b"\n")
            for line in lines:
                text = line.decode("ascii", "replace").strip()
                for reply in self.answer(text) if text else []:
                    os.write(modem, f"{reply}\r\n".encode())


def run(command: list[str]) -> int:
    """Runs lpac behind the bridge and gives its exit status."""
    modem, device = pty.openpty()
    tty.setraw(device)
    environment = dict(os.environ, LPAC_APDU="at", LPAC_APDU_AT_DEVICE=os.ttyname(device))
    child = subprocess.Popen(command, env=environment, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    bridge = Bridge()

    def forward() -> None:
        for line in child.stdout or ():
            bridge.say(line.rstrip("\n"))

    printer = threading.Thread(target=forward, daemon=True)
    printer.start()
    try:
        bridge.serve(modem, child)
        if bridge.connected:
            bridge.ask("disconnect", None)
    except (CardGone, ValueError, KeyError, TypeError) as error:
        if child.poll() is None:
            print(f"lpac_stdio: the card program gave no answer: {error!r}", file=sys.stderr)
            child.kill()
    status = child.wait()
    printer.join()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: lpac_stdio.py LPAC ARGUMENT…")
    if os.environ.get("LPAC_APDU") != "stdio":
        os.execv(sys.argv[1], sys.argv[1:])
    sys.exit(run(sys.argv[1:]))
