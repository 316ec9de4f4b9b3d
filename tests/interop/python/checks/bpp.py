"""The bound profile package: its outline, its cutting into ES10 segments, and its contents."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.bsp import Bsp, BspError, Keys
from checks.report import Report, show
from checks.tlv import Tlv, TlvError, read_all, read_only

MAX_PROTECTED = 1020
PARTS = {0xA0: 0x87, 0xA1: 0x88, 0xA2: 0x87, 0xA3: 0x86}


@dataclass
class Bpp:
    """A BF36 taken apart; positions are those in the whole."""

    raw: bytes
    init: Tlv
    parts: dict[int, Tlv]

    def inside(self, part: int) -> list[Tlv]:
        """The protected TLVs of A0 to A3."""
        return self.parts[part].children() if part in self.parts else []

    def init_field(self, tag: int) -> bytes:
        """The value of a field of BF23."""
        return self.init.need(tag).value

    def control(self) -> tuple[int, int, bytes]:
        """Key type, key length and host id of the control reference template."""
        template = self.init.need(0xA6)
        key_type, length = template.need(0x80).value, template.need(0x81).value
        return key_type[0], length[0], template.need(0x84).value

    def signed_part(self) -> bytes:
        """What smdpSign covers of BF23: the fields 82, 80, A6 and 5F49."""
        return b"".join(self.init.need(tag).raw for tag in (0x82, 0x80, 0xA6, 0x5F49))

    def metadata(self) -> bytes:
        """The BF25 out of the 88 TLVs, which are not encrypted."""
        return b"".join(tlv.value[:-8] for tlv in self.inside(0xA1))


def parse(raw: bytes) -> Bpp:
    """Takes a BF36 apart; its parts must stand in order and close exactly."""
    children = read_only(raw, 0xBF36).children()
    tags = [child.tag for child in children]
    if tags not in ([0xBF23, 0xA0, 0xA1, 0xA3], [0xBF23, 0xA0, 0xA1, 0xA2, 0xA3]):
        raise TlvError("the parts of BF36 are " + " ".join(f"{tag:X}" for tag in tags))
    header = len(raw) - sum(len(child.raw) for child in children)
    placed = [Tlv(c.tag, c.value, c.raw, c.start + header) for c in children]
    parts = {part.tag: part for part in placed[1:]}
    for tag, part in parts.items():
        inner = part.children()
        if not inner or any(tlv.tag != PARTS[tag] for tlv in inner):
            raise TlvError(f"{tag:X} must hold {PARTS[tag]:X} TLVs and nothing else")
    return Bpp(raw, placed[0], parts)


def check_outline(report: Report, bpp: Bpp) -> None:
    """Checks the fixed values of BF23 and the sizes of the protected TLVs."""
    with report.guard("bpp", "BF23"):
        report.equal("bpp", bpp.init_field(0x82), b"\x01", "remoteOpId")
        key_type, length, host_id = bpp.control()
        report.equal("bpp", (key_type, length), (0x88, 0x10), "key type and length")
        report.check("bpp", len(host_id) <= 255, "the host id is too long")
    sizes = [len(tlv.raw) for tag in bpp.parts for tlv in bpp.inside(tag)]
    report.check("bpp", max(sizes) <= MAX_PROTECTED, f"a protected TLV has {max(sizes)} bytes")


def allowed_ends(bpp: Bpp) -> dict[int, set[int]]:
    """For each place where a segment may begin, where it may end.

    A0 and A2 go with their first 87, or whole (lpac does that); A1 and A3 go as bare headers and
    their TLVs one by one.
    """
    ends: dict[int, set[int]] = {0: {bpp.init.end}}
    for tag, part in bpp.parts.items():
        body = part.start + len(part.header)
        inner = [(body + tlv.start, body + tlv.end) for tlv in part.children()]
        if tag in (0xA0, 0xA2):
            ends[part.start] = {inner[0][1], part.end}
            inner = inner[1:]
        else:
            ends[part.start] = {body}
        for start, end in inner:
            ends[start] = {end}
    return ends


def check_segments(report: Report, bpp: Bpp, segments: list[bytes], whole: bool) -> None:
    """Checks that the segments are the package, cut where the standard says."""
    sent = b"".join(segments)
    if whole:
        report.check("segments", sent == bpp.raw, "the segments are not the package from the server")
    else:
        report.check("segments", bpp.raw.startswith(sent), "the segments do not begin the package")
    ends, at = allowed_ends(bpp), 0
    for number, segment in enumerate(segments, start=1):
        end = at + len(segment)
        fits = end in ends.get(at, set())
        report.check("segments", fits, f"segment {number} ({at} to {end}) is cut at the wrong place")
        at = end


@dataclass
class Opened:
    """What the protected parts hold."""

    configure: bytes = b""
    metadata: bytes = b""
    replaced: bytes = b""
    profile: bytes = b""
    macs: int = field(default=0)


def open_package(bpp: Bpp, keys: Keys) -> Opened:
    """Checks every MAC and decrypts every part, with the replaced keys where A2 brings them."""
    bsp, opened = Bsp(keys), Opened()
    joined: dict[int, bytes] = {}
    for tag in (0xA0, 0xA1, 0xA2, 0xA3):
        if tag == 0xA3 and joined.get(0xA2):
            bsp = Bsp(replaced_keys(joined[0xA2]))
        pieces = []
        for number, tlv in enumerate(bpp.inside(tag), start=1):
            try:
                pieces.append(bsp.open(tlv))
            except BspError as error:
                raise BspError(f"{tag:X}, TLV {number}: {error}") from error
            opened.macs += 1
        joined[tag] = b"".join(pieces)
    opened.configure, opened.metadata = joined[0xA0], joined[0xA1]
    opened.replaced, opened.profile = joined[0xA2], joined[0xA3]
    return opened


def replaced_keys(plain: bytes) -> Keys:
    """The keys that a BF26 brings."""
    request = read_only(plain, 0xBF26)
    values = [request.need(tag).value for tag in (0x80, 0x81, 0x82)]
    if any(len(value) != 16 for value in values):
        raise TlvError("the replaced keys are 16 bytes each")
    return Keys(*values)


def check_contents(
    report: Report, opened: Opened, offered: bytes | None, profile: bytes | None
) -> None:
    """Checks the opened parts against what was offered and what the server says it bound."""
    report.passed["mac"] += opened.macs
    with report.guard("decrypt", "the decrypted parts"):
        read_only(opened.configure, 0xBF24)
        report.passed["decrypt"] += 1
        read_only(opened.metadata, 0xBF25)
        elements = read_all(opened.profile)
        report.check("decrypt", elements and elements[0].tag == 0xA0, "no profile header comes first")
    if offered is not None:
        same = same_metadata(opened.metadata, offered)
        report.check("metadata", same, "the package's metadata is not what was offered")
    if profile is not None:
        report.check("profile", opened.profile == profile, "the decrypted profile is another one: "
                     + show(opened.profile))


def same_metadata(first: bytes, second: bytes) -> bool:
    """Whether two BF25 say the same: byte for byte, or but for a profile class that is written out
    though it is the default (operational), which real servers do in one place and not the other."""
    if first == second:
        return True
    fields = [
        [child.raw for child in read_only(raw, 0xBF25).children() if child.raw != b"\x95\x01\x02"]
        for raw in (first, second)
    ]
    return fields[0] == fields[1]
