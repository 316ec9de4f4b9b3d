"""Certificates of SGP.22: chains to a CI, roles, registered identifiers and the EID rule."""

from __future__ import annotations

from datetime import datetime
from typing import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks.report import Report

_ROLE = "2.23.146.1.2.1."
ROLES = {
    "ci": _ROLE + "0",
    "euicc": _ROLE + "1",
    "eum": _ROLE + "2",
    "dp-auth": _ROLE + "4",
    "dp-pb": _ROLE + "5",
    "ds-auth": _ROLE + "7",
}


class Certificate:
    """A certificate with the few things that SGP.22 reads from it."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.x509 = x509.load_der_x509_certificate(der)

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The public key, which must be on P-256."""
        key = self.x509.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise ValueError("the certificate's key is not on P-256")
        return key

    @property
    def policies(self) -> set[str]:
        """The certificate policies, among them the role."""
        found = self._extension(x509.CertificatePolicies)
        return {policy.policy_identifier.dotted_string for policy in found or []}

    @property
    def registered_id(self) -> str | None:
        """The registeredID among the subject alternative names."""
        names = self._extension(x509.SubjectAlternativeName)
        ids = names.get_values_for_type(x509.RegisteredID) if names else []
        return ids[0].dotted_string if ids else None

    @property
    def key_id(self) -> bytes | None:
        """The subject key identifier."""
        found = self._extension(x509.SubjectKeyIdentifier)
        return found.digest if found else None

    @property
    def issuer_key_id(self) -> bytes | None:
        """The authority key identifier."""
        found = self._extension(x509.AuthorityKeyIdentifier)
        return found.key_identifier if found else None

    @property
    def eid(self) -> str | None:
        """The EID: the serialNumber in an eUICC's subject."""
        return _attribute(self.x509.subject, NameOID.SERIAL_NUMBER)

    def role(self) -> str | None:
        """The role that a policy states."""
        return next((name for name, oid in ROLES.items() if oid in self.policies), None)

    def extension(self, kind: type) -> x509.Extension | None:
        """An extension with its criticality."""
        try:
            return self.x509.extensions.get_extension_for_class(kind)
        except x509.ExtensionNotFound:
            return None

    def _extension(self, kind: type):
        found = self.extension(kind)
        return found.value if found else None


class Trust:
    """The CI certificates of a transcript, and the time to judge at."""

    def __init__(self, cis: Iterable[bytes], now: datetime) -> None:
        self.cis = [Certificate(der) for der in cis]
        self.now = now

    def check_cis(self, report: Report) -> None:
        """Checks the CI certificates themselves."""
        report.check("chain", self.cis, "the transcript trusts no CI")
        for ci in self.cis:
            self._link(report, "CI", ci, ci)
            self._authority(report, "CI", ci)
            report.equal("role", ci.role(), "ci", "the CI certificate's role")

    def leaf(self, report: Report, what: str, der: bytes, roles: tuple[str, ...]) -> Certificate:
        """Checks a server's certificate straight under a CI."""
        certificate = Certificate(der)
        issuer = self.issuer(certificate)
        report.check("role", certificate.role() in roles, f"{what} has the role {certificate.role()}")
        if report.check("chain", issuer, f"{what} is of no CI that the transcript trusts"):
            self._link(report, what, certificate, issuer)
        self._end_entity(report, what, certificate)
        if "ds-auth" not in roles or certificate.role() != "ds-auth":
            report.check("registered-id", certificate.registered_id, f"{what} has no registeredID")
        return certificate

    def euicc(self, report: Report, euicc_der: bytes, eum_der: bytes) -> Certificate:
        """Checks CI → EUM → eUICC with the EUM's EID prefix."""
        euicc, eum = Certificate(euicc_der), Certificate(eum_der)
        issuer = self.issuer(eum)
        if report.check("chain", issuer, "the EUM certificate is of no CI that is trusted"):
            self._link(report, "EUM", eum, issuer)
        self._link(report, "eUICC", euicc, eum)
        self._authority(report, "EUM", eum)
        self._end_entity(report, "eUICC", euicc)
        report.equal("role", eum.role(), "eum", "the EUM certificate's role")
        report.equal("role", euicc.role(), "euicc", "the eUICC certificate's role")
        _check_eid(report, euicc, eum)
        return euicc

    def issuer(self, certificate: Certificate) -> Certificate | None:
        """The trusted CI that a certificate names as its issuer."""
        named = certificate.issuer_key_id
        return next((ci for ci in self.cis if named is not None and ci.key_id == named), None)

    def _link(self, report: Report, what: str, child: Certificate, parent: Certificate) -> None:
        cert = child.x509
        report.equal("chain", cert.issuer, parent.x509.subject, f"the issuer of {what}")
        report.check("chain", _signed_by(child, parent), f"the signature on {what} is wrong")
        valid = cert.not_valid_before_utc <= self.now <= cert.not_valid_after_utc
        report.check("validity", valid, f"{what} is not valid at {self.now:%Y-%m-%d %H:%M}")
        if child is not parent:
            report.equal("chain", child.issuer_key_id, parent.key_id, f"the key id above {what}")

    def _authority(self, report: Report, what: str, certificate: Certificate) -> None:
        basic = certificate.extension(x509.BasicConstraints)
        usage = certificate.extension(x509.KeyUsage)
        report.check("chain", basic and basic.value.ca, f"{what} is no authority")
        report.check("chain", usage and usage.value.key_cert_sign, f"{what} may not sign certificates")

    def _end_entity(self, report: Report, what: str, certificate: Certificate) -> None:
        basic = certificate.extension(x509.BasicConstraints)
        usage = certificate.extension(x509.KeyUsage)
        policies = certificate.extension(x509.CertificatePolicies)
        report.check("chain", not (basic and basic.value.ca), f"{what} is an authority")
        report.check("chain", usage and usage.value.digital_signature, f"{what} may not sign")
        report.check("role", policies and policies.critical, f"{what}'s policy is not critical")


def _signed_by(child: Certificate, parent: Certificate) -> bool:
    cert = child.x509
    if cert.signature_hash_algorithm is None:
        return False
    try:
        parent.key.verify(
            cert.signature, cert.tbs_certificate_bytes, ec.ECDSA(cert.signature_hash_algorithm)
        )
    except InvalidSignature:
        return False
    return True


def _check_eid(report: Report, euicc: Certificate, eum: Certificate) -> None:
    eid = euicc.eid or ""
    well_formed = len(eid) == 32 and eid.isdigit() and int(eid) % 97 == 1
    report.check("eid", well_formed, "the eUICC certificate names no well-formed EID")
    constraints = eum.extension(x509.NameConstraints)
    if not report.check("eid", constraints and constraints.critical, "no critical nameConstraints"):
        return
    names = [name.value for name in constraints.value.permitted_subtrees or []
             if isinstance(name, x509.DirectoryName)]
    fits = [name for name in names if _permits(name, euicc.x509.subject, eid)]
    report.check("eid", fits, "the EUM may not issue for this EID and organisation")


def _permits(name: x509.Name, subject: x509.Name, eid: str) -> bool:
    """SGP.22 reads the permitted serialNumber as a prefix of the EID."""
    prefix = _attribute(name, NameOID.SERIAL_NUMBER)
    organisation = _attribute(name, NameOID.ORGANIZATION_NAME)
    own = _attribute(subject, NameOID.ORGANIZATION_NAME)
    return bool(prefix) and eid.startswith(prefix) and organisation in (None, own)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None
