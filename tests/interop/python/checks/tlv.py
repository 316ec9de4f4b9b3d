"""A strict reader for BER-TLV with definite, minimal lengths; it keeps every object's raw bytes."""

from __future__ import annotations

from dataclasses import dataclass


class TlvError(ValueError):
    """The bytes are no well-formed TLV."""


@dataclass(frozen=True)
class Tlv:
    """One TLV: its tag as a number (0xBF38), the value, and where the whole of it stands."""

    tag: int
    value: bytes
    raw: bytes
    start: int

    @property
    def header(self) -> bytes:
        """Tag and length bytes."""
        return self.raw[: len(self.raw) - len(self.value)]

    @property
    def end(self) -> int:
        """Where the next TLV begins."""
        return self.start + len(self.raw)

    def children(self) -> list["Tlv"]:
        """The TLVs inside, with positions relative to this value."""
        return read_all(self.value)

    def find(self, tag: int) -> "Tlv | None":
        """The first child with this tag."""
        return next((child for child in self.children() if child.tag == tag), None)

    def need(self, tag: int) -> "Tlv":
        """The first child with this tag; its absence is an error."""
        child = self.find(tag)
        if child is None:
            raise TlvError(f"{self.tag:X} holds no {tag:X}")
        return child


def read(data: bytes, start: int = 0) -> Tlv:
    """Reads the TLV at `start`."""
    tag, at = _tag(data, start)
    length, at = _length(data, at)
    if at + length > len(data):
        raise TlvError(f"{tag:X} at {start} says {length} bytes, {len(data) - at} are left")
    return Tlv(tag, data[at : at + length], data[start : at + length], start)


def read_all(data: bytes) -> list[Tlv]:
    """Reads TLVs up to the end of `data`."""
    found, at = [], 0
    while at < len(data):
        found.append(read(data, at))
        at = found[-1].end
    return found


def read_only(data: bytes, tag: int | None = None) -> Tlv:
    """Reads `data` as one TLV and nothing behind it, of this tag if one is given."""
    found = read(data)
    if found.end != len(data):
        raise TlvError(f"{len(data) - found.end} bytes after {found.tag:X}")
    if tag is not None and found.tag != tag:
        raise TlvError(f"{found.tag:X} where {tag:X} should be")
    return found


def write(tag: int, *parts: bytes) -> bytes:
    """Builds a TLV from the joined parts."""
    value = b"".join(parts)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + write_length(len(value)) + value


def write_length(length: int) -> bytes:
    """The minimal length bytes."""
    if length < 0x80:
        return bytes([length])
    body = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def header(data: bytes, start: int) -> tuple[int, int, int]:
    """Tag, start of the value and its length, though the value itself may not be whole."""
    tag, at = _tag(data, start)
    length, at = _length(data, at)
    return tag, at, length


def _tag(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise TlvError("a tag is missing")
    tag, more = data[at], data[at] & 0x1F == 0x1F
    at += 1
    while more:
        if at >= len(data) or tag > 0xFFFF:
            raise TlvError("a tag is cut off or too long")
        tag, more = tag << 8 | data[at], bool(data[at] & 0x80)
        at += 1
    return tag, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise TlvError("a length is missing")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    size = first & 0x7F
    body = data[at : at + size]
    if not 1 <= size <= 4 or len(body) < size:
        raise TlvError("a length is indefinite, cut off or too long")
    length = int.from_bytes(body, "big")
    if length < 0x80 or body[0] == 0:
        raise TlvError("a length is not minimal")
    return length, at + size
