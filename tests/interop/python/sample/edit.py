"""Editing a transcript's JSON objects, to see that the checks notice."""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from typing import Callable

Lines = list[dict]
NO_BASE64 = ("smdpAddress", "transactionId", "eid", "eventId", "rspServerAddress")


def copied(lines: Lines) -> Lines:
    """An own copy to edit."""
    return copy.deepcopy(lines)


def exchanges(lines: Lines, function: str) -> Lines:
    """The HTTP lines of one ES9+ function."""
    return [line for line in lines if line["t"] == "http" and line["url"].endswith("/" + function)]


def field(line: dict, side: str, name: str) -> str:
    """A field of a request's or response's body."""
    return json.loads(line[side]["body"])[name]


def set_field(line: dict, side: str, name: str, value: object) -> None:
    """Sets a field of a body."""
    body = json.loads(line[side]["body"])
    body[name] = value
    line[side]["body"] = json.dumps(body)


def edit_bytes(line: dict, side: str, name: str, change: Callable[[bytes], bytes]) -> None:
    """Changes a base64 field of a body."""
    raw = change(b64decode(field(line, side, name)))
    set_field(line, side, name, b64encode(raw).decode())


def everywhere(lines: Lines, old: bytes, new: bytes) -> Lines:
    """Replaces bytes wherever they go, on the card's side and in bodies, so that what carries them
    stays of one piece and only their meaning is wrong. Both must have one length; pieces that a
    STORE DATA or GET RESPONSE boundary cuts are found too."""
    assert len(old) == len(new) and old != new
    lines = copied(lines)
    found = _in_bodies(lines, old, new)
    for commands in (True, False):
        found += _in_apdus(lines, old, new, commands)
    assert found, "the bytes to replace are nowhere"
    return lines


def _in_bodies(lines: Lines, old: bytes, new: bytes) -> int:
    found = 0
    for line in lines:
        for side in ("request", "response") if line["t"] == "http" else ():
            body = json.loads(line[side]["body"] or "{}")
            for name, value in body.items():
                if not isinstance(value, str) or name in NO_BASE64:
                    continue
                raw = b64decode(value)
                if old in raw:
                    body[name] = b64encode(raw.replace(old, new)).decode()
                    found += 1
            if body:
                line[side]["body"] = json.dumps(body)
    return found


def _in_apdus(lines: Lines, old: bytes, new: bytes, commands: bool) -> int:
    """Joins the data of all APDUs in one direction, replaces, and cuts again."""
    spans, joined = [], b""
    for line in lines:
        if line["t"] != "apdu":
            continue
        raw = bytes.fromhex(line["c" if commands else "r"])
        if commands:
            start, end = (5, len(raw)) if raw[1] == 0xE2 else (len(raw), len(raw))
        else:
            start, end = 0, len(raw) - 2
        spans.append((line, raw, start, end))
        joined += raw[start:end]
    changed, at = joined.replace(old, new), 0
    for line, raw, start, end in spans:
        piece = changed[at : at + end - start]
        line["c" if commands else "r"] = (raw[:start] + piece + raw[end:]).hex()
        at += end - start
    return joined.count(old)


def flip(raw: bytes, at: int) -> bytes:
    """One bit turned over."""
    out = bytearray(raw)
    out[at] ^= 0x01
    return bytes(out)


def raw(line: dict, side: str, name: str) -> bytes:
    """The bytes of a base64 field of a body."""
    return b64decode(field(line, side, name))
