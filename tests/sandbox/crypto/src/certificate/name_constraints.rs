//! Which eUICCs an EUM may certify.
//!
//! SGP.22 4.5.2.1.0.3 gives nameConstraints a meaning of its own: a directoryName holds the EUM's
//! organisation and, as serialNumber, the first digits of the EIDs it may certify. X.509 libraries
//! compare the serialNumber as a whole and so refuse every genuine eUICC; hence this code.

use x509_cert::{
    attr::AttributeTypeAndValue,
    ext::pkix::{NameConstraints, constraints::name::GeneralSubtree, name::GeneralName},
    name::Name,
};

use super::{ConstraintFault, fields::is_serial_number};

/// Whether `subject` is permitted and not excluded.
///
/// # Errors
/// [`ConstraintFault::NoNameConstraints`] if nothing says what is permitted,
/// [`ConstraintFault::NameNotPermitted`] otherwise.
pub(super) fn check(
    constraints: Option<&NameConstraints>,
    subject: &Name,
) -> Result<(), ConstraintFault> {
    let constraints = constraints.ok_or(ConstraintFault::NoNameConstraints)?;
    let permitted = directory_names(constraints.permitted_subtrees.as_deref());
    let excluded = directory_names(constraints.excluded_subtrees.as_deref());
    if permitted.is_empty() {
        return Err(ConstraintFault::NoNameConstraints);
    }
    let fits = |base: &&Name| lies_within(subject, base);
    if permitted.iter().any(fits) && !excluded.iter().any(fits) {
        Ok(())
    } else {
        Err(ConstraintFault::NameNotPermitted)
    }
}

fn directory_names(subtrees: Option<&[GeneralSubtree]>) -> Vec<&Name> {
    subtrees
        .unwrap_or_default()
        .iter()
        .filter_map(|subtree| match &subtree.base {
            GeneralName::DirectoryName(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// Every attribute of the base finds its match in the subject, in whatever order.
fn lies_within(subject: &Name, base: &Name) -> bool {
    base.iter().all(|wanted| subject.iter().any(|has| attribute_fits(has, wanted)))
}

fn attribute_fits(has: &AttributeTypeAndValue, wanted: &AttributeTypeAndValue) -> bool {
    let (value, bound) = (has.value.value(), wanted.value.value());
    // Text is compared whatever string type it has: PrintableString and UTF8String mix in practice.
    has.oid == wanted.oid
        && if is_serial_number(has.oid) { value.starts_with(bound) } else { value == bound }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn subtrees(names: &[&str]) -> Option<Vec<GeneralSubtree>> {
        let subtree = |text: &&str| GeneralSubtree {
            base: GeneralName::DirectoryName(name(text)),
            minimum: 0,
            maximum: None,
        };
        Some(names.iter().map(subtree).collect())
    }

    fn check_permitted(permitted: &[&str], subject: &str) -> Result<(), ConstraintFault> {
        let constraints =
            NameConstraints { permitted_subtrees: subtrees(permitted), excluded_subtrees: None };
        check(Some(&constraints), &name(subject))
    }

    const EUICC: &str = "CN=Card,serialNumber=89049032123451234512345678901235,O=EUM One,C=DE";

    #[test]
    fn serial_number_is_a_prefix_and_organisation_is_whole() {
        assert_eq!(check_permitted(&["serialNumber=89049032,O=EUM One"], EUICC), Ok(()));
        for refused in [
            "serialNumber=89049033,O=EUM One",
            "serialNumber=9049032,O=EUM One",
            "serialNumber=89049032,O=EUM",
            "serialNumber=89049032,O=EUM Two",
            "serialNumber=890490321234512345123456789012350,O=EUM One",
            "serialNumber=89049032,O=EUM One,L=Elsewhere",
        ] {
            assert_eq!(
                check_permitted(&[refused], EUICC),
                Err(ConstraintFault::NameNotPermitted),
                "{refused}"
            );
        }
    }

    #[test]
    fn one_of_several_permitted_names_is_enough_and_parts_of_two_are_not() {
        let two = ["serialNumber=89033,O=EUM One", "serialNumber=89049,O=EUM One"];
        assert_eq!(check_permitted(&two, EUICC), Ok(()));
        let crossed = ["serialNumber=89049,O=EUM Two", "serialNumber=89033,O=EUM One"];
        assert_eq!(check_permitted(&crossed, EUICC), Err(ConstraintFault::NameNotPermitted));
    }

    #[test]
    fn an_excluded_name_is_refused_though_permitted() {
        let constraints = NameConstraints {
            permitted_subtrees: subtrees(&["O=EUM One"]),
            excluded_subtrees: subtrees(&["serialNumber=890490321"]),
        };
        assert_eq!(check(Some(&constraints), &name(EUICC)), Err(ConstraintFault::NameNotPermitted));
    }

    #[test]
    fn saying_nothing_permits_nothing() {
        let empty =
            NameConstraints { permitted_subtrees: None, excluded_subtrees: subtrees(&["O=Other"]) };
        for constraints in [None, Some(&empty)] {
            assert_eq!(check(constraints, &name(EUICC)), Err(ConstraintFault::NoNameConstraints));
        }
    }
}
