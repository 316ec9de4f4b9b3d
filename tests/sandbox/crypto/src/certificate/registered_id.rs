//! The object identifier that names a server or an authority in its certificate.
//!
//! Kept as content bytes: SGP.26's own identifiers (2.999.…) have a second arc above 39, which the
//! OID type of the certificate library cannot hold.

use std::{fmt, str::FromStr};

/// A registeredID: what an activation code, PrepareDownload and a ProfileInstallationResult call
/// the SM-DP+ by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RegisteredId(Vec<u8>);

/// Not an object identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier")]
pub struct RegisteredIdError;

impl RegisteredId {
    /// Reads the content bytes, as they stand after tag (06, 80, 88 …) and length.
    ///
    /// # Errors
    /// [`RegisteredIdError`] when they are not arcs in shortest form, or one is above 128 bits.
    pub fn from_der_value(value: &[u8]) -> Result<Self, RegisteredIdError> {
        sub_identifiers(value).map(|_| Self(value.to_vec()))
    }

    /// An identifier under 2.999, the arc set aside for examples, that SGP.26 uses too.
    pub fn example(last_arc: u32) -> Self {
        let mut value = vec![0x88, 0x37];
        push_base_128(&mut value, last_arc.into());
        Self(value)
    }

    /// The content bytes.
    pub fn der_value(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for RegisteredId {
    type Err = RegisteredIdError;

    fn from_str(text: &str) -> Result<Self, RegisteredIdError> {
        let arcs = text.split('.').map(parse_arc).collect::<Result<Vec<_>, _>>()?;
        let [root, second, rest @ ..] = arcs.as_slice() else {
            return Err(RegisteredIdError);
        };
        if *root > 2 || (*root < 2 && *second > 39) {
            return Err(RegisteredIdError);
        }
        let first = second.checked_add(root * 40).ok_or(RegisteredIdError)?;
        let mut value = Vec::new();
        for sub_identifier in std::iter::once(&first).chain(rest) {
            push_base_128(&mut value, *sub_identifier);
        }
        Ok(Self(value))
    }
}

impl fmt::Display for RegisteredId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = sub_identifiers(&self.0).map_err(|_| fmt::Error)?;
        for (position, number) in numbers.into_iter().enumerate() {
            if position == 0 {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - root * 40)?;
            } else {
                write!(f, ".{number}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for RegisteredId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisteredId({self})")
    }
}

fn parse_arc(text: &str) -> Result<u128, RegisteredIdError> {
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits_only || leading_zero {
        return Err(RegisteredIdError);
    }
    text.parse().map_err(|_| RegisteredIdError)
}

/// The numbers coded in base 128; the first holds the first two arcs.
fn sub_identifiers(value: &[u8]) -> Result<Vec<u128>, RegisteredIdError> {
    let mut numbers = Vec::new();
    let mut current: Option<u128> = None;
    for byte in value {
        if current.is_none() && *byte == 0x80 {
            return Err(RegisteredIdError);
        }
        let number = current.unwrap_or(0).checked_mul(128).ok_or(RegisteredIdError)?
            | u128::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            numbers.push(number);
            current = None;
        } else {
            current = Some(number);
        }
    }
    if current.is_some() || numbers.is_empty() {
        return Err(RegisteredIdError);
    }
    Ok(numbers)
}

fn push_base_128(output: &mut Vec<u8>, number: u128) {
    let mut groups = vec![(number & 0x7F) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        groups.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    output.extend(groups.iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_content_bytes() {
        let pairs = [
            ("2.999.10", "88370a"),
            ("2.999.1", "883701"),
            ("1.3.6.1.4.1.46304", "2b0601040182e960"),
            ("2.16.756.5.14", "60857405 0e"),
            ("0.39", "27"),
            ("2.0.128", "508100"),
            ("2.25.340282366920938463463374607431768211375", ""),
        ];
        for (text, bytes) in &pairs[..6] {
            let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
            let id: RegisteredId = text.parse().unwrap();
            assert_eq!(id.der_value(), bytes, "{text}");
            assert_eq!(RegisteredId::from_der_value(&bytes).unwrap(), id);
            assert_eq!(&id.to_string(), text);
        }
        assert_eq!(RegisteredId::example(10), "2.999.10".parse().unwrap());
        let uuid: RegisteredId = pairs[6].0.parse().unwrap();
        assert_eq!(uuid.to_string(), pairs[6].0);
    }

    #[test]
    fn bad_texts_are_refused() {
        for text in [
            "",
            "2",
            "2.",
            ".2",
            "2.x",
            "3.1",
            "1.40",
            "2.01",
            "2.+1",
            "2.-1",
            "2.1 ",
            "2..1",
            "2.340282366920938463463374607431768211456",
        ] {
            assert_eq!(text.parse::<RegisteredId>(), Err(RegisteredIdError), "{text}");
        }
    }

    #[test]
    fn bad_content_bytes_are_refused() {
        let too_large = [[0xFF; 19].as_slice(), &[0x7F]].concat();
        for bytes in [&[][..], &[0x88], &[0x55, 0x80, 0x01], &too_large] {
            assert_eq!(RegisteredId::from_der_value(bytes), Err(RegisteredIdError));
        }
    }
}
