"""Reading a transcript (tests/interop/TRANSCRIPT.md) into typed events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SECRETS = ("smdp_otsk", "euicc_otsk", "confirmation_code", "profile")


class TranscriptError(ValueError):
    """The file is no transcript of version 1."""


@dataclass(frozen=True)
class Power:
    """The card was powered or reset."""

    line: int


@dataclass(frozen=True)
class Removal:
    """A person wants a notification to be thrown away unsent."""

    line: int
    seq_number: int


@dataclass(frozen=True)
class Apdu:
    """One command and its response, status word included."""

    line: int
    command: bytes
    response: bytes


@dataclass(frozen=True)
class Http:
    """One HTTP exchange; bodies are text."""

    line: int
    url: SplitResult
    request_headers: dict[str, str]
    request_body: str
    status: int
    response_headers: dict[str, str]
    response_body: str

    @property
    def function(self) -> str:
        """The last part of the path, the ES9+ function."""
        return self.url.path.rsplit("/", 1)[-1]

    def request(self) -> dict:
        """The request's JSON object."""
        return json_object(self.request_body)

    def response(self) -> dict:
        """The response's JSON object."""
        return json_object(self.response_body)


@dataclass
class Transcript:
    """A whole run."""

    name: str
    program: str
    ci: list[bytes]
    events: list[Power | Removal | Apdu | Http] = field(default_factory=list)
    secrets: dict[tuple[bytes, str], list[str]] = field(default_factory=dict)

    def secret(self, transaction_id: bytes, name: str) -> str | None:
        """A secret of one session, the last if it was written more than once."""
        return self.secrets.get((transaction_id, name), [None])[-1]

    def secret_bytes(self, transaction_id: bytes, name: str) -> bytes | None:
        """A binary secret of one session."""
        text = self.secret(transaction_id, name)
        return None if text is None else bytes.fromhex(text)


def json_object(text: str) -> dict:
    """Text as a JSON object."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object was expected")
    return value


def load(path: Path) -> Transcript:
    """Reads a transcript file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return parse([json.loads(line) for line in lines if line.strip()], path.name)


def parse(lines: list[dict], name: str) -> Transcript:
    """Reads a transcript from its JSON objects."""
    if not lines or lines[0].get("t") != "meta" or lines[0].get("version") != 1:
        raise TranscriptError("the first line is no meta line of version 1")
    meta = lines[0]
    transcript = Transcript(name, meta["program"], [binary(text) for text in meta["ci"]])
    for number, line in enumerate(lines[1:], start=2):
        try:
            _add(transcript, number, line)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TranscriptError(f"line {number}: {type(error).__name__}: {error}") from error
    return transcript


def _add(transcript: Transcript, number: int, line: dict) -> None:
    match line["t"]:
        case "card":
            if line["event"] != "power":
                raise ValueError(f"unknown card event {line['event']}")
            transcript.events.append(Power(number))
        case "apdu":
            apdu = Apdu(number, binary(line["c"]), binary(line["r"]))
            if len(apdu.command) < 4 or len(apdu.response) < 2:
                raise ValueError("an APDU is too short")
            transcript.events.append(apdu)
        case "person":
            if line["wish"] != "remove":
                raise ValueError(f"unknown wish {line['wish']}")
            transcript.events.append(Removal(number, int(line["seq_number"])))
        case "http":
            transcript.events.append(_http(number, line))
        case "secret":
            if line["name"] not in SECRETS:
                raise ValueError(f"unknown secret {line['name']}")
            key = (binary(line["transaction_id"]), line["name"])
            transcript.secrets.setdefault(key, []).append(line["value"])
        case other:
            raise ValueError(f"unknown line {other!r}")


def _http(number: int, line: dict) -> Http:
    request, response = line["request"], line["response"]
    for headers in (request["headers"], response["headers"]):
        if any(name != name.lower() for name in headers):
            raise ValueError("header names are written in lower case")
    return Http(
        number,
        urlsplit(line["url"]),
        dict(request["headers"]),
        request["body"],
        int(response["status"]),
        dict(response["headers"]),
        response["body"],
    )


def binary(text: str) -> bytes:
    """Lower-case hex without blanks as bytes."""
    if text != text.lower() or " " in text:
        raise ValueError("binary is lower-case hex without blanks")
    return bytes.fromhex(text)
