//! Web links: the setup links that carry an activation code, and all the others.

use zeroize::Zeroizing;

use super::text;

/// What a text is when looked at as a link.
pub(super) enum Link {
    /// Not a web link at all.
    Nothing,
    /// A web link without an activation code.
    WebPage,
    /// An `https` link with a `carddata` parameter; its value, percent-decoded.
    CardData(Zeroizing<String>),
    /// An `https` link whose `carddata` parameters differ. Which of them the person was shown, nobody knows.
    Several,
}

/// Recognises links such as `https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$…`.
///
/// The host does not matter: operators put the same parameter on links of their own, and nothing is fetched.
pub(super) fn recognise(text: &str) -> Link {
    if let Some(rest) = text::strip_prefix_ignore_case(text, "https://") {
        return card_data(rest).unwrap_or(Link::WebPage);
    }
    let plain_http = text::strip_prefix_ignore_case(text, "http://").is_some();
    let bare = text::strip_prefix_ignore_case(text, "www.").is_some() && !text.contains('$');
    if plain_http || bare { Link::WebPage } else { Link::Nothing }
}

fn card_data(url: &str) -> Option<Link> {
    let without_fragment = url.split('#').next()?;
    let (_, query) = without_fragment.split_once('?')?;
    let mut values = query.split('&').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("carddata").then_some(value)
    });
    let value = values.next()?;
    if values.any(|other| other != value) {
        return Some(Link::Several);
    }
    text::percent_decode(value).map(Link::CardData)
}
