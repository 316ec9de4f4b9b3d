"""Decodes every object of a transcript with the standard's ASN.1 and encodes it back."""

from __future__ import annotations

from collections import Counter

from checks import asn1_types as types
from checks import bpp as package
from checks.apdu import Call, Selection, assemble
from checks.bsp import session_keys
from checks.certs import Certificate
from checks.crypto import shared_secret
from checks.interfaces import ES10, ES11, ES12, Interfaces
from checks.named_bits import untrimmed
from checks.report import Report, show
from checks.session import unbase64
from checks.tlv import Tlv, TlvError, header, read, read_all, read_only, write
from checks.transcript import Http, Transcript

DEFAULT_CLASS = b"\x95\x01\x02"


class Checker:
    """The objects of one transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.by_type: Counter[str] = Counter()
        self.faults: list[str] = []
        self.lenient: Counter[str] = Counter()
        self.answers: dict[bytes, bytes] = {}
        self.by_interface: Counter[str] = Counter()
        self.interfaces = Interfaces(transcript.events)
        self.interface = ""
        self.version_3 = False
        self.loaded: set[bytes] = set()

    def run(self) -> None:
        """Checks every object."""
        self.transcript_certificates()
        events = assemble(self.transcript.events, Report())
        self.loaded = {_loaded_id(event) for event in events if isinstance(event, Call)} - {b""}
        self.version_3 = any(_is_version_3(event) for event in events if isinstance(event, Call))
        for event in events:
            self.interface = self.interfaces.of(event) if isinstance(event, Http) else ES10
            match event:
                case Call():
                    self._call(event)
                case Selection():
                    self._selection(event)
                case Http():
                    self._http(event)
        if not self.by_type and not self.faults:
            self.faults.append("the transcript holds no object to decode")

    def transcript_certificates(self) -> None:
        """Checks the CI certificates."""
        for der in self.transcript.ci:
            self._object("@certificate", der, "meta: ci")

    # --- one object -------------------------------------------------------------------------------

    def _object(self, name: str, raw: bytes, where: str, codec=None) -> bool:
        """Decodes and re-encodes; the bytes must come out the same."""
        complaint = self._try(codec or types.sgp22(name), raw)
        if complaint and codec is None and (newer := types.sgp22_v3(name)) is not None:
            if self._try(newer, raw) is None:
                complaint = None
                name = f"{name} (v3.1)"
        if complaint and name == "StoreMetadataRequest" and self._default_class(raw):
            self.lenient["class DEFAULT written out"] += 1
            complaint = None
        if complaint is None and codec is None:
            complaint = self._as_version_3(name, raw)
        if complaint:
            self.faults.append(f"{where}: {name}: {complaint}")
            return False
        self._count(name.lstrip("@"))
        return True

    def _count(self, name: str) -> None:
        self.by_type[name] += 1
        if self.interface:
            self.by_interface[self.interface] += 1

    def _as_version_3(self, name: str, raw: bytes) -> str | None:
        """What passes the contacts of a card of version 3 must be right by its standard too."""
        at_card = self.version_3 and self.interface == ES10 and not name.endswith("(v3.1)")
        newer = types.v3(name) if at_card else None
        if newer is None:
            return None
        complaint = self._try(newer, raw)
        if complaint is None:
            self._count(f"{name} (v3.1)")
        return complaint and f"by version 3.1: {complaint}"

    def _default_class(self, raw: bytes) -> bool:
        """Real servers write the class out though it is the default, which DER leaves out and every
        LPA must accept: the object must be right without it."""
        try:
            fields = read_only(raw, 0xBF25).children()
        except TlvError:
            return False
        rest = b"".join(field.raw for field in fields if field.raw != DEFAULT_CLASS)
        if len(rest) == sum(len(field.raw) for field in fields):
            return False
        return self._try(types.sgp22("StoreMetadataRequest"), write(0xBF25, rest)) is None

    @staticmethod
    def _try(codec, raw: bytes) -> str | None:
        """What is wrong with an object, or none."""
        try:
            read_only(raw)
            codec.from_der(raw)
            again = codec.to_der()
            loose = untrimmed(codec, codec.get_val())
        except Exception as error:  # pycrate raises many kinds, all meaning "not this type"
            return f"{type(error).__name__}: {show(str(error))}"
        if again != raw:
            return f"is {show(raw)}, encoded back {show(again)}"
        return f"{loose} has zero bits at its end" if loose else None

    # --- the card ---------------------------------------------------------------------------------

    def _call(self, call: Call) -> None:
        tag, where = call.tag(), f"line {call.line}"
        segment = tag is not None and tag <= 0xFF or tag == 0xBF36
        if not segment:
            name = types.COMMANDS.get(tag or 0)
            if name is None:
                self.faults.append(f"{where}: a command with the unknown tag {tag or 0:X}")
                return
            if self._object(name, call.command, where) and tag == 0xBF38:
                self._certificate_in(call.command, 3, where)
        if not call.response or not call.done:
            return
        answer = int.from_bytes(call.response[:2], "big")
        name = types.ANSWERS.get(answer)
        if name is None or (not segment and answer != tag):
            self.faults.append(f"{where}: an answer with the unknown tag {answer:X}")
            return
        if self._object(name, call.response, where) and answer == 0xBF37:
            self._profile_response(call.response, where)

    def _profile_response(self, raw: bytes, where: str) -> None:
        """The profile package's own answer inside a result, which a card may leave out on failure."""
        final = read_only(raw, 0xBF37).need(0xBF27).need(0xA2).children()[0]
        response = final.find(0x04 if final.tag == 0xA0 else 0x82)
        if response is not None:
            self._object("EUICCResponse", response.value, where, types.profile("EUICCResponse"))

    def _certificate_in(self, command: bytes, index: int, where: str) -> None:
        self._object("@certificate", read_only(command).children()[index].raw, where)

    def _selection(self, selection: Selection) -> None:
        where = f"line {selection.line}: SELECT"
        try:
            template = read_only(selection.response, 0x6F).find(0xE0)
        except TlvError as error:
            self.faults.append(f"{where}: {error}")
            return
        if template is not None:
            self._object("ISDRProprietaryApplicationTemplate", template.raw, where)

    # --- the servers ------------------------------------------------------------------------------

    def _http(self, http: Http) -> None:
        for text, side in ((http.request_body, "request"), (http.response_body, "response")):
            where = f"line {http.line}: {http.function}, {side}"
            if not text.strip() or (side == "response" and http.status != 200):
                continue
            try:
                fields = http.request() if side == "request" else http.response()
                session = bytes.fromhex(fields.get("transactionId") or "")
                for name, value in fields.items():
                    self._field(name, value, where, session)
                if self.interface == ES11 and "eventEntries" in fields:
                    self._events(fields["transactionId"], fields["eventEntries"] or [], where)
                if self.interface == ES12 and side == "request":
                    self._told(fields, where)
            except (ValueError, TypeError, KeyError) as error:
                self.faults.append(f"{where}: {error}")
        if http.function == "getBoundProfilePackage":
            self._inside(http)

    def _refused_package(self, kind: str, raw: bytes, transaction_id: bytes) -> bool:
        """Servers may be made to send what is no package. An LPA must refuse it: then no byte of it
        has reached the card."""
        refused = transaction_id not in self.loaded and self._try(types.sgp22(kind), raw) is not None
        if refused:
            self.lenient["a package that is none, and was not loaded"] += 1
        return refused

    def _field(self, name: str, value: object, where: str, transaction_id: bytes = b"") -> None:
        if name in types.RAW_FIELDS:
            if len(unbase64(str(value))) != 16:
                self.faults.append(f"{where}: {name} is not 16 bytes")
            return
        kind = types.FIELDS.get(name)
        if kind is None or value is None:
            return
        raw = unbase64(str(value))
        if name == "boundProfilePackage" and self._refused_package(kind, raw, transaction_id):
            return
        self._object(kind, raw, f"{where}: {name}")
        if name == "authenticateServerResponse":
            self._card_certificates(raw, where)

    def _card_certificates(self, raw: bytes, where: str) -> None:
        done = read_only(raw, 0xBF38).find(0xA0)
        if done is None:
            return
        signed, _, euicc, eum = done.children()[:4]
        self._object("EuiccSigned1", signed.raw, where)
        for certificate in (euicc, eum):
            self._object("@certificate", certificate.raw, where)
        self.answers[signed.need(0x80).value] = euicc.raw

    def _events(self, transaction_id: str, entries: list[dict], where: str) -> None:
        """The answer of an SM-DS in the ASN.1 binding, which has the same content as JSON."""
        listed = [{name: entry[name] for name in ("eventId", "rspServerAddress")} for entry in entries]
        value = {"transactionId": bytes.fromhex(transaction_id), "eventEntries": listed}
        self._value("AuthenticateClientOkEs11", value, where)

    def _told(self, fields: dict, where: str) -> None:
        """ES12 has no ASN.1 of its own. What it speaks of must fit where it goes on: the event into a
        list of ES11, the EID into the card's."""
        address = fields.get("rspServerAddress", "-")
        self._value("EventEntries", {"eventId": fields["eventId"], "rspServerAddress": address}, where)
        self._value("GetEuiccDataResponse", {"eidValue": bytes.fromhex(fields["eid"])}, where)

    def _value(self, name: str, value: dict, where: str) -> None:
        """Encodes a value that came as JSON, and decodes it to the same value."""
        codec = types.sgp22(name)
        try:
            codec.set_val(value)
            codec.from_der(codec.to_der())
            same = codec.get_val() == value
        except Exception as error:  # pycrate raises many kinds, all meaning "not this type"
            self.faults.append(f"{where}: {name}: {type(error).__name__}: {show(str(error))}")
            return
        if same:
            self._count(name)
        else:
            self.faults.append(f"{where}: {name}: another value comes back")

    # --- inside the bound profile package -----------------------------------------------------------

    def _inside(self, http: Http) -> None:
        """Checks the decrypted parts where the one-time secrets are known."""
        try:
            response = http.response()
            if "boundProfilePackage" not in response:
                return
            transaction_id = bytes.fromhex(response["transactionId"])
            bpp = package.parse(unbase64(response["boundProfilePackage"]))
            opened = self._open(transaction_id, http, bpp)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            # The verifier judges packages that do not open; servers may send such on purpose.
            self.lenient[f"package not opened ({type(error).__name__})"] += 1
            return
        where = f"line {http.line}: the package"
        self._object("InitialiseSecureChannelRequest", bpp.init.raw, where)
        self._object("StoreMetadataRequest", bpp.metadata(), where)
        if opened is None:
            return
        self._object("ConfigureISDPRequest", opened.configure, where)
        if opened.replaced:
            self._object("ReplaceSessionKeysRequest", opened.replaced, where)
        for number, element in enumerate(read_all(opened.profile), start=1):
            self._object("ProfileElement", element.raw, f"{where}, element {number}",
                         types.profile("ProfileElement"))

    def _open(self, transaction_id: bytes, http: Http, bpp: package.Bpp) -> package.Opened | None:
        secrets = [self.transcript.secret_bytes(transaction_id, name)
                   for name in ("smdp_otsk", "euicc_otsk")]
        certificate = self.answers.get(transaction_id)
        if certificate is None or not any(secrets):
            return None
        if secrets[0]:
            sent = read_only(unbase64(http.request()["prepareDownloadResponse"]), 0xBF21)
            other = sent.need(0xA0).children()[0].need(0x5F49).value
            shared = shared_secret(secrets[0], other)
        else:
            shared = shared_secret(secrets[1], bpp.init_field(0x5F49))
        keys = session_keys(shared, *bpp.control(), Certificate(certificate).eid or "")
        return package.open_package(bpp, keys)


def _loaded_id(call: Call) -> bytes:
    """The transactionId of a package whose loading begins here; nothing for other commands."""
    try:
        if call.tag() != 0xBF36:
            return b""
        _, start, _ = header(call.command, 0)
        return read(call.command, start).need(0x80).value
    except TlvError:
        return b""


def _is_version_3(call: Call) -> bool:
    """Whether the card says in EUICCInfo1 or EUICCInfo2 that it speaks version 3."""
    try:
        return call.tag() in (0xBF20, 0xBF22) and _highest(read_only(call.response)) >= 3
    except TlvError:
        return False


def _highest(info: Tlv) -> int:
    lowest, highest = info.find(0x82), info.find(0x93)
    versions = [found.value[0] for found in (lowest, highest) if found is not None and found.value]
    return max(versions, default=0)
