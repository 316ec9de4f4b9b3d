//! Which reader is meant.

use std::ffi::{CStr, CString};

use lpakit::ErrorKind;

use crate::failure::Failure;

/// Readers of these manufacturers hold no eUICC, and are in use by others most of the time.
const IGNORED: [&str; 2] = ["yubi", "canokey"];

/// A reader, as the service calls it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reader {
    id: CString,
    name: String,
}

impl Reader {
    pub(super) fn new(id: CString) -> Self {
        let name = id.to_string_lossy().into_owned();
        Self { id, name }
    }

    pub(super) fn id(&self) -> &CStr {
        &self.id
    }

    /// Its name, for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is left out unless it is asked for by name.
    pub(super) fn is_ignored(&self) -> bool {
        let name = self.name.to_lowercase();
        IGNORED.iter().any(|part| name.contains(part))
    }
}

/// The reader with this name, or the only one with this part in its name, whatever the case.
pub(super) fn named<'a>(readers: &'a [Reader], wanted: &str) -> Result<&'a Reader, Failure> {
    if let Some(reader) = readers.iter().find(|reader| reader.name == wanted) {
        return Ok(reader);
    }
    let part = wanted.to_lowercase();
    let found: Vec<&Reader> =
        readers.iter().filter(|reader| reader.name.to_lowercase().contains(&part)).collect();
    match found.as_slice() {
        [reader] => Ok(reader),
        [] => {
            let text = format!("There is no such reader. {}", listed(readers.iter()));
            Err(Failure::new(ErrorKind::Input, "input.no_such_reader", text))
        }
        several => {
            let listed = listed(several.iter().copied());
            let text = format!("Several readers are called so. {listed}");
            Err(Failure::new(ErrorKind::Input, "input.which_reader", text))
        }
    }
}

fn listed<'a>(readers: impl Iterator<Item = &'a Reader>) -> String {
    let names: Vec<String> = readers.map(|reader| format!("'{}'", reader.name)).collect();
    if names.is_empty() {
        "There is none at all.".to_owned()
    } else {
        format!("There are: {}.", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(names: &[&str]) -> Vec<Reader> {
        names.iter().map(|name| Reader::new(CString::new(*name).unwrap())).collect()
    }

    #[test]
    fn a_whole_name_comes_before_a_part() {
        let readers = readers(&["ACS ACR39U 00 00", "ACS ACR39U", "Generic 01"]);
        assert_eq!(named(&readers, "ACS ACR39U"), Ok(&readers[1]));
        assert_eq!(named(&readers, "acr39u 00"), Ok(&readers[0]));
        assert_eq!(named(&readers, "GENERIC"), Ok(&readers[2]));
    }

    #[test]
    fn no_reader_and_too_many_are_told_with_the_names() {
        let readers = readers(&["ACS 1", "ACS 2", "Other"]);
        let several = named(&readers, "acs").unwrap_err();
        assert_eq!(several.key(), "input.which_reader");
        assert!(several.text().ends_with("There are: 'ACS 1', 'ACS 2'."), "{}", several.text());
        let none = named(&readers, "Gemalto").unwrap_err();
        assert_eq!(none.key(), "input.no_such_reader");
        assert!(none.text().contains("'Other'"), "{}", none.text());
        assert!(named(&[], "x").unwrap_err().text().contains("none at all"));
    }

    #[test]
    fn security_keys_are_left_out() {
        let readers = readers(&["Yubico YubiKey OTP+FIDO+CCID 00 00", "CanoKeys X", "ACS 1"]);
        let ignored: Vec<bool> = readers.iter().map(Reader::is_ignored).collect();
        assert_eq!(ignored, [true, true, false]);
        assert_eq!(named(&readers, "canokey"), Ok(&readers[1]));
    }
}
