//! Small values with a coding of their own. ICCID, EID and IMEI identify a person's card or line: their `Debug`
//! shows nothing, and only `Display` (asked for by name) prints the digits.

use std::fmt;

use crate::error::Fault;
use crate::tlv::Tlv;

/// A text that is not the identifier it should be. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct IdentifierError(pub &'static str);

macro_rules! hidden_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

hidden_debug!(Iccid, Eid, Imei);

/// An ICCID: 18 to 20 digits, in the ten nibble-swapped octets of EF_ICCID, filled with F (facts 0.4). Some real
/// profiles hold the digits A to F; they are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iccid([u8; 10]);

impl Iccid {
    /// From the ten octets as they stand on the card.
    pub const fn from_octets(octets: [u8; 10]) -> Self {
        Self(octets)
    }

    /// From 18 to 20 digits.
    ///
    /// # Errors
    /// [`IdentifierError`] when the text has another length or other characters.
    pub fn from_digits(digits: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("ICCID");
        if !(18..=20).contains(&digits.len()) {
            return Err(bad);
        }
        let mut octets = [0xFF; 10];
        swap_nibbles(digits, &mut octets).ok_or(bad)?;
        Ok(Self(octets))
    }

    /// The ten octets as they stand on the card.
    pub const fn octets(&self) -> &[u8; 10] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        // Cards that hold an 18-digit ICCID may answer nine octets; the filler completes them.
        let bad = Fault::Invalid("iccid");
        let mut octets = [0xFF; 10];
        let len = element.value.len();
        if !(9..=10).contains(&len) {
            return Err(bad);
        }
        octets.get_mut(..len).ok_or(bad)?.copy_from_slice(element.value);
        Ok(Self(octets))
    }
}

impl fmt::Display for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String =
            self.0.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]).map(hex_digit).collect();
        f.write_str(digits.trim_end_matches('F'))
    }
}

/// An EID: 32 digits in normal order (SGP.02, SGP.29).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Eid([u8; 16]);

impl Eid {
    /// From the sixteen octets as GetEID answers them.
    pub const fn from_octets(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// From 32 digits; blanks and hyphens between groups are allowed.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are not 32 digits.
    pub fn from_digits(text: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("EID");
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_digit(10).map(|digit| digit as u8))
            .collect::<Option<_>>()
            .ok_or(bad)?;
        let mut octets = [0; 16];
        if digits.len() != 32 {
            return Err(bad);
        }
        for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
            *octet = pair.iter().fold(0, |sum, digit| (sum << 4) | digit);
        }
        Ok(Self(octets))
    }

    /// The sixteen octets.
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether the check digits are right: the number modulo 97 is 1 (SGP.29).
    pub fn check_digits_ok(&self) -> bool {
        let remainder = self.0.iter().fold(0_u32, |rest, octet| {
            (rest * 100 + u32::from(octet >> 4) * 10 + u32::from(octet & 0x0F)) % 97
        });
        remainder == 1
    }
}

impl fmt::Display for Eid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// An IMEI: 15 digits. On the wire the check digit stands in the high nibble of the last octet and the filler in
/// the low one (SGP.22 v2.1 and later, facts 0.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Imei([u8; 8]);

impl Imei {
    /// From 15 digits.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are not 15 digits.
    pub fn from_digits(digits: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("IMEI");
        if digits.len() != 15 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad);
        }
        let mut octets = [0xFF; 8];
        swap_nibbles(digits, &mut octets).ok_or(bad)?;
        if let Some(last) = octets.last_mut() {
            *last = last.rotate_left(4);
        }
        Ok(Self(octets))
    }

    /// From the eight octets on the wire.
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        Self(octets)
    }

    /// The eight octets on the wire.
    pub const fn octets(&self) -> &[u8; 8] {
        &self.0
    }

    /// The type allocation code: the first eight digits.
    pub fn tac(&self) -> Tac {
        let [a, b, c, d, ..] = self.0;
        Tac([a, b, c, d])
    }
}

/// A type allocation code: the model's eight digits, nibble-swapped (facts 0.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tac([u8; 4]);

impl Tac {
    /// From eight digits.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are not eight digits.
    pub fn from_digits(digits: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("TAC");
        if digits.len() != 8 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad);
        }
        let mut octets = [0; 4];
        swap_nibbles(digits, &mut octets).ok_or(bad)?;
        Ok(Self(octets))
    }

    /// From the four octets on the wire.
    pub const fn from_octets(octets: [u8; 4]) -> Self {
        Self(octets)
    }

    /// The four octets on the wire.
    pub const fn octets(&self) -> &[u8; 4] {
        &self.0
    }
}

/// A mobile country code and network code as TS 24.008 codes them. In a Rules Authorisation Table a digit may be
/// the wildcard E.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MccMnc([u8; 3]);

impl MccMnc {
    /// From the three octets.
    pub const fn from_octets(octets: [u8; 3]) -> Self {
        Self(octets)
    }

    /// From three digits of country and two or three of network; `E` stands for any digit.
    ///
    /// # Errors
    /// [`IdentifierError`] when the lengths or characters are others.
    pub fn from_digits(mcc: &str, mnc: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("MCC and MNC");
        let nibble = |c: char| match c {
            'E' | 'e' => Some(0x0E),
            other => other.to_digit(10).map(|digit| digit as u8),
        };
        let mcc: Vec<u8> = mcc.chars().map(nibble).collect::<Option<_>>().ok_or(bad)?;
        let mnc: Vec<u8> = mnc.chars().map(nibble).collect::<Option<_>>().ok_or(bad)?;
        match (mcc.as_slice(), mnc.as_slice()) {
            ([c1, c2, c3], [n1, n2]) => Ok(Self([c2 << 4 | c1, 0xF0 | c3, n2 << 4 | n1])),
            ([c1, c2, c3], [n1, n2, n3]) => Ok(Self([c2 << 4 | c1, n3 << 4 | c3, n2 << 4 | n1])),
            _ => Err(bad),
        }
    }

    /// The three octets.
    pub const fn octets(&self) -> &[u8; 3] {
        &self.0
    }

    /// Whether this rule covers `operator`: equal nibble by nibble, E in the rule is any digit (facts 5.5).
    pub fn covers(&self, operator: &Self) -> bool {
        let nibbles = |octets: [u8; 3]| octets.map(|octet| [octet & 0x0F, octet >> 4]);
        nibbles(self.0)
            .iter()
            .flatten()
            .zip(nibbles(operator.0).iter().flatten())
            .all(|(rule, value)| rule == value || *rule == 0x0E)
    }
}

impl fmt::Display for MccMnc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        for nibble in [a & 0x0F, a >> 4, b & 0x0F] {
            write!(f, "{}", hex_digit(nibble))?;
        }
        write!(f, "-")?;
        for nibble in [c & 0x0F, c >> 4, b >> 4] {
            if nibble != 0x0F {
                write!(f, "{}", hex_digit(nibble))?;
            }
        }
        Ok(())
    }
}

/// A transaction ID: 1 to 16 octets chosen by the server for one RSP session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransactionId(Vec<u8>);

impl TransactionId {
    /// From 1 to 16 octets.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are none or more.
    pub fn from_octets(octets: &[u8]) -> Result<Self, IdentifierError> {
        if (1..=16).contains(&octets.len()) {
            Ok(Self(octets.to_vec()))
        } else {
            Err(IdentifierError("transaction ID"))
        }
    }

    /// From hexadecimal text in either case, as ES9+ writes it.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is not hexadecimal or too long.
    pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
        Self::from_octets(&hex_octets(text).ok_or(IdentifierError("transaction ID"))?)
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        Self::from_octets(element.value).map_err(|_| Fault::Invalid("transactionId"))
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// A version in three octets: major, minor, revision (binary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub [u8; 3]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, revision] = self.0;
        write!(f, "{major}.{minor}.{revision}")
    }
}

/// A SubjectKeyIdentifier; as a "CI PKID" it names the public key of a certificate issuer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Vec<u8>);

impl KeyId {
    /// From the octets of the identifier (20 for SHA-1 identifiers).
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// An application identifier, 5 to 16 octets (ISO 7816-4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Aid(Vec<u8>);

impl Aid {
    /// From 5 to 16 octets.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are fewer or more.
    pub fn from_octets(octets: &[u8]) -> Result<Self, IdentifierError> {
        if (5..=16).contains(&octets.len()) {
            Ok(Self(octets.to_vec()))
        } else {
            Err(IdentifierError("AID"))
        }
    }

    /// From hexadecimal text.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is not hexadecimal or of another length.
    pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
        Self::from_octets(&hex_octets(text).ok_or(IdentifierError("AID"))?)
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>, field: &'static str) -> Result<Self, Fault> {
        Self::from_octets(element.value).map_err(|_| Fault::Invalid(field))
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble & 0x0F), 16).map_or('?', |c| c.to_ascii_uppercase())
}

/// Hexadecimal text in either case, two digits an octet.
fn hex_octets(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let octet = |pair: &[u8]| pair.iter().fold(0, |sum, digit| (sum << 4) | digit);
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(octet).collect())
}

/// Writes digits two an octet, the first in the low nibble, over a buffer that holds the filler.
fn swap_nibbles(digits: &str, out: &mut [u8]) -> Option<()> {
    let nibbles: Vec<u8> =
        digits.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    for (octet, pair) in out.iter_mut().zip(nibbles.chunks(2)) {
        let low = pair.first().copied().unwrap_or(0x0F);
        let high = pair.get(1).copied().unwrap_or(0x0F);
        *octet = high << 4 | low;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The check values of facts 0.4.
    #[test]
    fn an_iccid_is_coded_as_on_the_card() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        assert_eq!(hex::encode_upper(iccid.octets()), "984405214365870921F3");
        assert_eq!(iccid.to_string(), "8944501234567890123");
        let short = Iccid::from_digits("894450123456789012").unwrap();
        assert_eq!(hex::encode_upper(short.octets()), "984405214365870921FF");
        assert_eq!(short.to_string(), "894450123456789012");
    }

    #[test]
    fn an_imei_has_its_check_digit_in_the_high_nibble() {
        let imei = Imei::from_digits("356938035643809").unwrap();
        assert_eq!(hex::encode_upper(imei.octets()), "539683306534089F");
        assert_eq!(hex::encode_upper(imei.tac().octets()), "53968330");
        assert_eq!(imei.tac(), Tac::from_digits("35693803").unwrap());
    }

    #[test]
    fn an_eid_is_in_normal_order_and_has_check_digits() {
        let eid = Eid::from_digits("89049032 1234 5123 4512 3456 7890 1235").unwrap();
        assert_eq!(eid.to_string(), "89049032123451234512345678901235");
        assert!(eid.check_digits_ok());
        assert!(!Eid::from_digits("89049032123451234512345678901236").unwrap().check_digits_ok());
    }

    #[test]
    fn network_codes_follow_ts_24_008_and_e_is_any_digit() {
        let two = MccMnc::from_digits("262", "01").unwrap();
        assert_eq!(two.octets(), &[0x62, 0xF2, 0x10]);
        let three = MccMnc::from_digits("310", "410").unwrap();
        assert_eq!(three.octets(), &[0x13, 0x00, 0x14]);
        assert_eq!(three.to_string(), "310-410");
        assert_eq!(two.to_string(), "262-01");
        assert!(MccMnc::from_octets([0xEE; 3]).covers(&two));
        assert!(MccMnc::from_digits("262", "EE").unwrap().covers(&two));
        assert!(!three.covers(&two));
    }

    #[test]
    fn identifiers_do_not_show_themselves_in_debug() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        let eid = Eid::from_digits("89049032123451234512345678901235").unwrap();
        let imei = Imei::from_digits("356938035643809").unwrap();
        let shown = format!("{iccid:?} {eid:?} {imei:?}");
        assert_eq!(shown, "Iccid(…) Eid(…) Imei(…)");
    }

    #[test]
    fn transaction_ids_are_compared_as_octets() {
        assert_eq!(
            TransactionId::from_hex("0aFF").unwrap(),
            TransactionId::from_hex("0Aff").unwrap()
        );
        assert!(TransactionId::from_hex("").is_err());
        assert!(TransactionId::from_hex("0").is_err());
        assert!(TransactionId::from_hex("zz").is_err());
        assert!(TransactionId::from_hex(&"00".repeat(17)).is_err());
    }
}
