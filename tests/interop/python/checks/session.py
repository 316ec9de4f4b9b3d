"""One RSP session: what the server said, what the card answered, and whether all of it holds.

An object that the card accepted must be right in everything. What was wrong in an object that the
card or the LPA refused is no fault of the run, but the reason of the refusal.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from checks import bpp as package
from checks import crypto
from checks.apdu import Call
from checks.bsp import BspError, session_keys
from checks.certs import Certificate, Trust
from checks.report import Report
from checks.tlv import Tlv, TlvError, read_only
from checks.transcript import Http, Transcript

SIGNATURE, POINT = 0x5F37, 0x5F49
CANCEL_REASONS = (0, 1, 2, 3, 4, 5, 127)


def unbase64(text: str) -> bytes:
    """Base64 of the standard alphabet; servers may put line breaks inside."""
    return base64.b64decode("".join(text.split()), validate=True)


@dataclass
class Session:
    """The objects of one session as they came, by who gave them."""

    transaction_id: bytes
    text: str
    address: str
    challenge: bytes
    info1: bytes
    first: dict[str, bytes]
    trust: Trust
    report: Report
    eid_seen: bytes | None = None
    auth_command: Tlv | None = None
    auth_answer: bytes | None = None
    second: dict[str, bytes] | None = None
    second_text: str = ""
    prepare_command: Tlv | None = None
    prepare_answer: bytes | None = None
    package: bytes | None = None
    package_text: str = ""
    segments: list[Call] = field(default_factory=list)
    result: bytes | None = None
    cancels: list[tuple[Tlv, bytes]] = field(default_factory=list)
    server_auth: Certificate | None = None
    server_bind: Certificate | None = None
    euicc: Certificate | None = None
    refused_code: tuple[str, str] | None = None
    line: int = 0
    # Where the card ended it so that nothing can come of its order's event any more.
    end_line: int | None = None
    lists_events: bool = False

    def matching_id(self) -> str:
        """The matching ID, or the name of an event, with which the card was sent to the server."""
        if self.auth_command is None:
            return ""
        found = self.auth_command.children()[4].find(0x80)
        return found.value.decode() if found else ""

    def is_smds(self) -> bool:
        """Whether the server has shown itself to be an SM-DS."""
        return self.server_auth is not None and self.server_auth.role() == "ds-auth"

    # --- the server's first answer and the card's reply -----------------------------------

    def check_first(self) -> None:
        """Checks the answer to initiateAuthentication; called when the card has replied or when
        the transcript ends."""
        part = Report()
        with part.guard("server-signed1", f"session {self.text}: the first answer"):
            signed = read_only(self.first["serverSigned1"], 0x30)
            part.equal("transaction-id", signed.need(0x80).value, self.transaction_id,
                       "transactionId in serverSigned1")
            part.equal("challenge", signed.need(0x81).value, self.challenge,
                       "euiccChallenge in serverSigned1")
            part.equal("address", signed.need(0x83).value.decode().lower(), self.address.lower(),
                       "serverAddress in serverSigned1")
            part.equal("server-challenge", len(signed.need(0x84).value), 16,
                       "length of serverChallenge")
            roles = ("dp-auth", "ds-auth")
            server = self.trust.leaf(part, "the server's certificate",
                                     self.first["serverCertificate"], roles)
            signature = read_only(self.first["serverSignature1"], SIGNATURE).value
            part.check("signature", crypto.verify(server.key, signature, signed.raw),
                       "serverSignature1 is wrong")
            self._check_ci_choice(part, server)
            self.server_auth = server
        self.report.take(part, self._refusal(self.auth_answer, 0xBF38, "AuthenticateServer"))

    def _check_ci_choice(self, part: Report, server: Certificate) -> None:
        info1 = read_only(self.info1, 0xBF20)
        chosen = read_only(self.first["euiccCiPKIdToBeUsed"], 0x04).value
        verification = [child.value for child in info1.need(0xA9).children()]
        signing = [child.value for child in info1.need(0xAA).children()]
        part.check("ci", chosen in signing, "euiccCiPKIdToBeUsed is no key the card signs under")
        part.check("ci", server.issuer_key_id in verification, "the card does not know the server's CI")

    def check_auth(self) -> None:
        """Checks the card's AuthenticateServer against what the server sent."""
        report, where = self.report, f"session {self.text}: AuthenticateServer"
        with report.guard("authenticate-server", where):
            command = self.auth_command.children()
            names = ("serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate")
            for name, sent in zip(names, command):
                report.check("carried", sent.raw == self.first[name], f"{where}: {name} was changed")
            report.equal("ctx-params", [tlv.tag for tlv in command[4:]], [0xA0], f"{where}: after the certificate")
            answer = read_only(self.auth_answer, 0xBF38)
            done = answer.find(0xA0)
            if done is None:
                self._check_error(answer, where)
                return
            signed, signature, euicc, eum = done.children()[:4]
            self._check_signed1(signed, command[4].raw)
            self.euicc = self.trust.euicc(report, euicc.raw, eum.raw)
            report.check("signature", crypto.verify(self.euicc.key, signature.value, signed.raw),
                         f"{where}: euiccSignature1 is wrong")
            report.equal("ci", Certificate(eum.raw).issuer_key_id,
                         read_only(self.first["euiccCiPKIdToBeUsed"], 0x04).value,
                         f"{where}: the CI above the card's certificate")
            if self.eid_seen is not None:
                report.equal("eid", self.euicc.eid, self.eid_seen.hex(), f"{where}: EID")

    def _check_signed1(self, signed: Tlv, ctx_params: bytes) -> None:
        report, server = self.report, read_only(self.first["serverSigned1"], 0x30)
        report.equal("transaction-id", signed.need(0x80).value, self.transaction_id,
                     "transactionId in euiccSigned1")
        report.equal("address", signed.need(0x83).value, server.need(0x83).value,
                     "serverAddress in euiccSigned1")
        report.equal("server-challenge", signed.need(0x84).value, server.need(0x84).value,
                     "serverChallenge in euiccSigned1")
        report.equal("ctx-params", signed.need(0xA0).raw, ctx_params, "ctxParams1 in euiccSigned1")
        info1, info2 = read_only(self.info1, 0xBF20), signed.need(0xBF22)
        for tag in (0x82, 0xA9, 0xAA):
            report.equal("info1", info2.need(tag).raw, info1.need(tag).raw, f"{tag:X} in euiccInfo2")

    def _check_error(self, answer: Tlv, where: str) -> None:
        error = answer.need(0xA1)
        self.report.equal("transaction-id", error.need(0x80).value, self.transaction_id,
                          f"{where}: transactionId in the error")
        self.report.check("error-form", error.need(0x02).value, f"{where}: an error without a code")

    @staticmethod
    def _refusal(answer: bytes | None, tag: int, name: str) -> str | None:
        """Why an object counts as refused, or none if the card accepted it."""
        if answer is None:
            return f"not given to {name}"
        try:
            if read_only(answer, tag).find(0xA0) is not None:
                return None
        except TlvError:
            pass
        return f"refused by {name}"

    # --- the server's second answer and the card's reply ------------------------------------

    def check_second(self) -> None:
        """Checks the answer to authenticateClient."""
        if self.lists_events:
            role = self.server_auth.role() if self.server_auth else None
            self.report.equal("role", role, "ds-auth", f"session {self.text}: role of who lists events")
        if self.second is None or "smdpSigned2" not in self.second:
            return
        part = Report()
        self._check_echo(part, self.second_text, "authenticateClient")
        with part.guard("smdp-signed2", f"session {self.text}: the second answer"):
            signed = read_only(self.second["smdpSigned2"], 0x30)
            part.equal("transaction-id", signed.need(0x80).value, self.transaction_id,
                       "transactionId in smdpSigned2")
            server = self.trust.leaf(part, "the binding certificate",
                                     self.second["smdpCertificate"], ("dp-pb",))
            signature = read_only(self.second["smdpSignature2"], SIGNATURE).value
            message = signed.raw + self._auth_part(1).raw
            part.check("signature", crypto.verify(server.key, signature, message),
                       "smdpSignature2 is wrong")
            if self.server_auth is not None:
                part.equal("registered-id", server.registered_id, self.server_auth.registered_id,
                           "registeredID of the binding certificate")
                part.equal("role", self.server_auth.role(), "dp-auth", "role of the SM-DP+")
            read_only(self.second["profileMetadata"], 0xBF25)
            part.passed["metadata"] += 1
            self.server_bind = server
        self.report.take(part, self._refusal(self.prepare_answer, 0xBF21, "PrepareDownload"))

    def _check_echo(self, part: Report, text: str, function: str) -> None:
        part.equal("transaction-id", text.lower(), self.transaction_id.hex(),
                   f"transactionId in the answer to {function}")

    def _auth_part(self, index: int) -> Tlv:
        """A part of the card's good answer to AuthenticateServer."""
        return read_only(self.auth_answer, 0xBF38).need(0xA0).children()[index]

    def check_prepare(self, transcript: Transcript) -> None:
        """Checks the card's PrepareDownload against what the server sent, and hashCc."""
        report, where = self.report, f"session {self.text}: PrepareDownload"
        with report.guard("prepare-download", where):
            if not report.check("carried", self.second, f"{where}: without a server's second answer"):
                return
            command = self.prepare_command.children()
            hash_cc = self.prepare_command.find(0x04)
            carried = [tlv.raw for tlv in command if tlv.tag != 0x04]
            names = ("smdpSigned2", "smdpSignature2", "smdpCertificate")
            for name, sent in zip(names, carried, strict=True):
                report.check("carried", sent == self.second[name], f"{where}: {name} was changed")
            self._check_hash(transcript, hash_cc.value if hash_cc else None, where)
            answer = read_only(self.prepare_answer, 0xBF21)
            done = answer.find(0xA0)
            if done is None:
                self._check_error(answer, where)
                return
            signed, signature = done.children()
            report.equal("transaction-id", signed.need(0x80).value, self.transaction_id,
                         "transactionId in euiccSigned2")
            own = signed.find(0x04)
            report.equal("hash-cc", own and own.value, hash_cc and hash_cc.value,
                         f"{where}: hashCc in euiccSigned2")
            message = signed.raw + self.prepare_command.need(SIGNATURE).raw
            report.check("signature", crypto.verify(self.euicc.key, signature.value, message),
                         f"{where}: euiccSignature2 is wrong")
            self._check_one_time_key(transcript, "euicc_otsk", signed.need(POINT).value)

    def _check_hash(self, transcript: Transcript, sent: bytes | None, where: str) -> None:
        required = read_only(self.second["smdpSigned2"], 0x30).need(0x01).value != b"\x00"
        if not required:
            self.report.check("hash-cc", sent is None, f"{where}: hashCc though none is required")
            return
        code = transcript.secret(self.transaction_id, "confirmation_code")
        if code is None or sent is None:
            accepted = self.package is not None
            self.report.check("hash-cc", sent is not None or not accepted,
                              f"{where}: a package without the confirmation code it requires")
            return
        right = sent == crypto.hash_cc(code, self.transaction_id)
        refused = self.refused_code is not None and self.refused_code[0] == "8.2.7"
        text = "wrong though a package came" if not right else "right though the server refused it"
        self.report.check("hash-cc", right != refused if self._answered() else True,
                          f"{where}: hashCc is {text}")

    def _answered(self) -> bool:
        """Whether getBoundProfilePackage brought a package or a refusal of the code."""
        code = self.refused_code
        return self.package is not None or (code is not None and code[0] == "8.2.7")

    def _check_one_time_key(self, transcript: Transcript, name: str, public: bytes) -> None:
        with self.report.guard("one-time-key", f"session {self.text}: {name}"):
            crypto.point(public)
            self.report.passed["one-time-key"] += 1
            scalar = transcript.secret_bytes(self.transaction_id, name)
            if scalar is not None:
                own = crypto.public_point(crypto.private_key(scalar))
                self.report.equal("one-time-key", public, own, f"public key of {name}")

    # --- the package --------------------------------------------------------------------------

    def check_package(self, transcript: Transcript) -> None:
        """Checks the bound profile package and its loading."""
        if self.package is None:
            self.report.check("segments", not self.segments,
                              f"session {self.text}: segments of a package that no server sent")
            return
        part = Report()
        self._check_echo(part, self.package_text, "getBoundProfilePackage")
        with part.guard("bpp", f"session {self.text}: the package"):
            opened = package.parse(self.package)
            package.check_outline(part, opened)
            self._check_binding(part, opened)
            self._check_protection(part, opened, transcript)
        self.report.take(part, None if self._installed() else "not installed")
        with self.report.guard("segments", f"session {self.text}: the segments"):
            if self.segments:
                opened = package.parse(self.package)
                cuts = [call.command for call in self.segments]
                package.check_segments(self.report, opened, cuts, self._installed())
                self._check_answers()

    def _installed(self) -> bool:
        if self.result is None:
            return False
        data = read_only(self.result, 0xBF37).need(0xBF27)
        return data.need(0xA2).find(0xA0) is not None

    def _check_answers(self) -> None:
        for call in self.segments[:-1]:
            quiet = call.done and not call.response
            self.report.check("segments", quiet,
                              f"line {call.line}: the loading went on after the card had answered")

    def _check_binding(self, part: Report, bpp: package.Bpp) -> None:
        part.equal("transaction-id", bpp.init_field(0x80), self.transaction_id, "transactionId in BF23")
        signed2 = read_only(self.prepare_answer, 0xBF21).need(0xA0).children()[0]
        message = bpp.signed_part() + signed2.need(POINT).raw
        part.check("signature", crypto.verify(self.server_bind.key, bpp.init_field(SIGNATURE), message),
                   "smdpSign of BF23 is wrong")
        offered = (self.second or {}).get("profileMetadata")
        if offered is not None:
            part.check("metadata", package.same_metadata(bpp.metadata(), offered),
                       "the metadata in the package is not what was offered")

    def _check_protection(self, part: Report, bpp: package.Bpp, transcript: Transcript) -> None:
        secrets = {name: transcript.secret_bytes(self.transaction_id, name)
                   for name in ("smdp_otsk", "euicc_otsk", "profile")}
        server_point = bpp.init_field(POINT)
        card_point = read_only(self.prepare_answer, 0xBF21).need(0xA0).children()[0].need(POINT).value
        crypto.point(server_point)
        shared = []
        if secrets["smdp_otsk"]:
            own = crypto.public_point(crypto.private_key(secrets["smdp_otsk"]))
            part.equal("one-time-key", server_point, own, "public key of smdp_otsk")
            shared.append(crypto.shared_secret(secrets["smdp_otsk"], card_point))
        if secrets["euicc_otsk"]:
            shared.append(crypto.shared_secret(secrets["euicc_otsk"], server_point))
        if not shared:
            return
        if len(shared) == 2:
            part.check("session-keys", shared[0] == shared[1], "the two sides' secrets differ")
        keys = session_keys(shared[0], *bpp.control(), self.euicc.eid)
        try:
            opened = package.open_package(bpp, keys)
        except (BspError, TlvError) as error:
            part.check("mac", False, str(error))
            return
        offered = (self.second or {}).get("profileMetadata")
        package.check_contents(part, opened, offered, secrets["profile"])

    def check_result(self, raw: bytes) -> None:
        """Checks a ProfileInstallationResult of this session."""
        report, where = self.report, f"session {self.text}: BF37"
        with report.guard("result", where):
            outer = read_only(raw, 0xBF37)
            data = outer.need(0xBF27)
            report.equal("transaction-id", data.need(0x80).value, self.transaction_id,
                         "transactionId in BF27")
            report.check("signature", crypto.verify(self.euicc.key, outer.need(SIGNATURE).value, data.raw),
                         f"{where}: euiccSignPIR is wrong")
            self._check_oid(data.need(0x06).value, where)
            metadata, final = data.need(0xBF2F), data.need(0xA2).children()
            report.equal("result", [tlv.tag in (0xA0, 0xA1) for tlv in final], [True], f"{where}: result")
            report.equal("result", metadata.need(0x81).value[1] & 0xF0, 0x80, f"{where}: operation")
            if final[0].tag == 0xA0:
                offered = read_only(self.second["profileMetadata"], 0xBF25).need(0x5A).raw
                report.equal("result", metadata.need(0x5A).raw, offered, f"{where}: ICCID")

    def _check_oid(self, value: bytes, where: str) -> None:
        wanted = self.server_auth.registered_id if self.server_auth else None
        self.report.equal("registered-id", dotted(value), wanted, f"{where}: SM-DP+ OID")

    # --- cancelling ------------------------------------------------------------------------------

    def check_cancel(self, command: Tlv, raw: bytes) -> None:
        """Checks the card's CancelSession."""
        report, where = self.report, f"session {self.text}: CancelSession"
        with report.guard("cancel", where):
            answer = read_only(raw, 0xBF41)
            done = answer.find(0xA0)
            if done is None:
                report.check("error-form", answer.need(0x81).value, f"{where}: an error without a code")
                return
            signed, signature = done.children()
            report.equal("transaction-id", signed.need(0x80).value, self.transaction_id,
                         f"{where}: transactionId")
            reason = command.need(0x81).value
            report.check("cancel", reason[0] in CANCEL_REASONS, f"{where}: unknown reason {reason.hex()}")
            report.equal("cancel", signed.need(0x82).value, reason, f"{where}: reason")
            self._check_oid(signed.need(0x81).value, where)
            report.check("signature", crypto.verify(self.euicc.key, signature.value, signed.raw),
                         f"{where}: the signature is wrong")


def dotted(value: bytes) -> str:
    """An OBJECT IDENTIFIER's value in dotted form."""
    numbers, number = [], 0
    for byte in value:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(part) for part in [first, numbers[0] - 40 * first, *numbers[1:]])


def executed(exchange: Http) -> bool:
    """Whether an exchange came back with 200 and an executed function."""
    if exchange.status != 200:
        return False
    try:
        status = exchange.response()["header"]["functionExecutionStatus"]["status"]
    except (ValueError, KeyError, TypeError):
        return False
    return str(status).lower().replace("-", "").startswith("executed")
