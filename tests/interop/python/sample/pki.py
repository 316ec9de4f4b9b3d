"""Certificates for the sample, with knobs that spoil one thing each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

EID = "89049032123451234512345678901235"
DP_OID = "2.999.10"
DS_OID = "2.999.15"
ROLE = "2.23.146.1.2.1."


@dataclass(frozen=True)
class Knobs:
    """What the sample does wrong; nothing by default."""

    eum_prefix: str = "89049032"
    eum_organisation: str = "Sample EUM"
    eid: str = EID
    auth_role: str = "4"
    bind_role: str = "5"
    ds_role: str = "7"
    euicc_role: str = "1"
    bind_oid: str = DP_OID
    expired: str = ""
    foreign_ci: bool = False
    eum_is_authority: bool = True
    cards_differ: bool = False


@dataclass
class Entity:
    """A certificate and its private key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_id(self) -> bytes:
        """The subject key identifier."""
        extension = x509.SubjectKeyIdentifier
        return self.certificate.extensions.get_extension_for_class(extension).value.digest

    def sign(self, message: bytes) -> bytes:
        """An ECDSA-SHA256 signature as r‖s."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Pki:
    """Everybody's certificates."""

    ci: Entity
    eum: Entity
    euicc: Entity
    dp_auth: Entity
    dp_bind: Entity
    ds_auth: Entity
    eid: str


def make(knobs: Knobs = Knobs()) -> Pki:
    """Makes fresh keys and certificates."""
    issuing = _Issuer(knobs)
    ci = issuing.make("CI", _name("Sample CI", "Sample"), "0", None, oid="2.999.1", authority=True)
    above = ci
    if knobs.foreign_ci:
        above = issuing.make("CI", _name("Sample CI", "Sample"), "0", None, oid="2.999.1", authority=True)
    eum = issuing.make(
        "EUM", _name("Sample EUM", "Sample EUM"), "2", ci, oid="2.999.5",
        authority=knobs.eum_is_authority,
        constraint=_constraint(knobs.eum_organisation, knobs.eum_prefix),
    )
    subject = _name("Sample eUICC", "Sample EUM", knobs.eid)
    euicc = issuing.make("eUICC", subject, knobs.euicc_role, eum)
    server = _name("Sample SM-DP+", "Sample")
    dp_auth = issuing.make("DPauth", server, knobs.auth_role, above, oid=DP_OID)
    dp_bind = issuing.make("DPpb", server, knobs.bind_role, above, oid=knobs.bind_oid)
    smds = _name("Sample SM-DS", "Sample")
    ds_auth = issuing.make("DSauth", smds, knobs.ds_role, above, oid=DS_OID)
    return Pki(ci, eum, euicc, dp_auth, dp_bind, ds_auth, knobs.eid)


class _Issuer:
    def __init__(self, knobs: Knobs) -> None:
        self.expired = knobs.expired
        self.now = datetime.now(timezone.utc).replace(microsecond=0)

    def make(self, what: str, subject: x509.Name, role: str, issuer: Entity | None, *,
             oid: str = "", authority: bool = False,
             constraint: x509.NameConstraints | None = None) -> Entity:
        key = ec.generate_private_key(ec.SECP256R1())
        days = -1 if what == self.expired else 3650
        above = issuer.certificate.subject if issuer else subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(above)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=30))
            .not_valid_after(self.now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(_policies(role), True)
            .add_extension(_usage(authority), True)
        )
        if issuer is not None:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier(issuer.key_id, None, None), False)
        if authority:
            length = None if issuer is None else 0
            builder = builder.add_extension(x509.BasicConstraints(True, length), True)
        if oid:
            name = x509.RegisteredID(x509.ObjectIdentifier(oid))
            builder = builder.add_extension(x509.SubjectAlternativeName([name]), False)
        if constraint is not None:
            builder = builder.add_extension(constraint, True)
        signer = issuer.key if issuer else key
        return Entity(key, builder.sign(signer, hashes.SHA256()))


def _policies(role: str) -> x509.CertificatePolicies:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(ROLE + role), None)
    return x509.CertificatePolicies([policy])


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
        encipher_only=False, decipher_only=False,
    )


def _name(common: str, organisation: str, serial: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _constraint(organisation: str, prefix: str) -> x509.NameConstraints:
    name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, prefix),
    ])
    return x509.NameConstraints([x509.DirectoryName(name)], None)
