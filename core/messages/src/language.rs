//! The languages, and which of them a person reads.

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, for everybody whose language is not here.
    #[default]
    English,
    /// Chinese in simplified script.
    ChineseSimplified,
    /// Chinese in traditional script.
    ChineseTraditional,
    /// Japanese.
    Japanese,
    /// Spanish.
    Spanish,
    /// German.
    German,
    /// French.
    French,
}

impl Language {
    /// Every language.
    pub const ALL: &[Self] = &[
        Self::English,
        Self::ChineseSimplified,
        Self::ChineseTraditional,
        Self::Japanese,
        Self::Spanish,
        Self::German,
        Self::French,
    ];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::ChineseSimplified => "zh-Hans",
            Self::ChineseTraditional => "zh-Hant",
            Self::Japanese => "ja",
            Self::Spanish => "es",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// What stands between two sentences.
    pub(crate) const fn sentence_space(self) -> &'static str {
        match self {
            Self::ChineseSimplified | Self::ChineseTraditional | Self::Japanese => "",
            _ => " ",
        }
    }

    /// The first of the locales, in order of preference, whose language is here; else English. Locales are read as
    /// BCP 47 (`zh-Hant-HK`), POSIX (`de_AT.UTF-8`), Java (`zh_TW_#Hant`), Android resources (`b+zh+Hant`) and Apple
    /// (`zh-Hant_TW`) spell them; what cannot be read is passed over.
    pub fn negotiate(locales: &[impl AsRef<str>]) -> Self {
        locales.iter().find_map(|locale| Self::of_locale(locale.as_ref())).unwrap_or_default()
    }

    /// The language of one locale, if it is here.
    pub fn of_locale(locale: &str) -> Option<Self> {
        // A POSIX code set or modifier, a quality value.
        let name = locale.trim().split(['.', '@', ';']).next()?;
        let name = name.strip_prefix("b+").unwrap_or(name);
        let mut parts = name.split(['-', '_', '+', '#']).filter(|part| !part.is_empty());
        let language = parts.next()?.to_ascii_lowercase();
        // What follows a single letter is an extension or private.
        let rest = || parts.clone().take_while(|part| part.len() > 1);
        let says = |wanted: &str| rest().any(|part| part.eq_ignore_ascii_case(wanted));
        match language.as_str() {
            "en" | "eng" => Some(Self::English),
            "zh" | "zho" | "chi" | "cmn" | "yue" => {
                let script = if says("Hant") {
                    Some(Self::ChineseTraditional)
                } else if says("Hans") {
                    Some(Self::ChineseSimplified)
                } else {
                    None
                };
                let traditional =
                    language == "yue" || ["TW", "HK", "MO", "yue"].into_iter().any(says);
                script.or(Some(if traditional && !says("CN") && !says("SG") {
                    Self::ChineseTraditional
                } else {
                    Self::ChineseSimplified
                }))
            }
            "ja" | "jpn" => Some(Self::Japanese),
            "es" | "spa" => Some(Self::Spanish),
            "de" | "deu" | "ger" => Some(Self::German),
            "fr" | "fra" | "fre" => Some(Self::French),
            _ => None,
        }
    }

    /// The rows `key = text` of this language, as the translator wrote them.
    const fn file(self) -> &'static str {
        match self {
            Self::English => include_str!("../texts/en.txt"),
            Self::ChineseSimplified => include_str!("../texts/zh-Hans.txt"),
            Self::ChineseTraditional => include_str!("../texts/zh-Hant.txt"),
            Self::Japanese => include_str!("../texts/ja.txt"),
            Self::Spanish => include_str!("../texts/es.txt"),
            Self::German => include_str!("../texts/de.txt"),
            Self::French => include_str!("../texts/fr.txt"),
        }
    }

    /// Every key and text, in the file's order.
    pub fn texts(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let rows = self.file().lines().filter(|line| !line.starts_with('#'));
        rows.filter_map(|line| line.split_once(" = "))
    }

    /// The text of a key, with its placeholders.
    pub(crate) fn text(self, key: &str) -> Option<&'static str> {
        self.texts().find(|(row, _)| *row == key).map(|(_, text)| text)
    }
}
