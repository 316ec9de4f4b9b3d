//! Reading the machine's apt sources, to fetch from the mirror that this machine already uses.
//!
//! No address stands in the repository: suite and packages are ours, the mirror and its keys are
//! the machine's. Both forms are read: one-line `.list` and deb822 `.sources`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// One apt source as the machine states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AptSource {
    uri: String,
    suites: Vec<String>,
    components: Vec<String>,
    /// Further deb822 fields to carry over, such as Signed-By or Trusted, with their raw values.
    options: Vec<(String, String)>,
}

impl AptSource {
    /// The same mirror as a deb822 file for one suite's component main.
    pub(crate) fn for_suite(&self, suite: &str) -> String {
        let mut text =
            format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n", self.uri);
        for (name, value) in &self.options {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text
    }

    /// The mirror's address.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether the machine takes it without signatures.
    pub(crate) fn is_trusted(&self) -> bool {
        self.option("Trusted").is_some_and(|value| value.eq_ignore_ascii_case("yes"))
    }

    /// The file with its keys, if the machine names one; not keys that stand in the source itself.
    pub(crate) fn keyring(&self) -> Option<&str> {
        let mut files = self.option("Signed-By")?.split_whitespace();
        files.next().filter(|file| file.starts_with('/') && files.next().is_none())
    }

    fn option(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(option, _)| option.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn is_main_of(&self, suite: &str) -> bool {
        self.suites.iter().any(|name| name == suite) && self.components.iter().any(|c| c == "main")
    }

    fn looks_like_debian(&self) -> bool {
        self.uri.trim_end_matches('/').ends_with("/debian")
            && self.components.iter().any(|c| c == "main")
    }
}

/// The machine's Debian mirror: the source of its own suite, else one whose path ends in /debian.
pub(crate) fn debian_mirror(apt: &Path, codename: &str) -> Result<AptSource> {
    let sources = read_sources(apt)?;
    let own = sources.iter().find(|source| source.is_main_of(codename) && !codename.is_empty());
    match own.or_else(|| sources.iter().find(|source| source.looks_like_debian())) {
        Some(source) => Ok(source.clone()),
        None => bail!(
            "no Debian mirror among the {} apt sources in {apt:?}: add one, or install the programs \
             named above yourself and put them on PATH",
            sources.len()
        ),
    }
}

/// The release's code name from the text of os-release, empty if it states none.
pub(crate) fn codename(os_release: &str) -> String {
    let line = os_release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

fn read_sources(apt: &Path) -> Result<Vec<AptSource>> {
    let mut files = vec![apt.join("sources.list")];
    let folder = apt.join("sources.list.d");
    if folder.is_dir() {
        let listed = fs::read_dir(&folder).with_context(|| format!("cannot list {folder:?}"))?;
        let mut parts: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
        parts.sort();
        files.extend(parts);
    }
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {file:?}"))?;
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(text.lines().filter_map(one_line)),
            Some("sources") => sources.extend(deb822(&text)),
            _ => {}
        }
    }
    Ok(sources)
}

/// Reads `deb [signed-by=… trusted=yes] URI SUITE COMPONENT…`.
fn one_line(line: &str) -> Option<AptSource> {
    let line = line.split('#').next()?.trim();
    let mut rest = line.strip_prefix("deb")?.strip_prefix([' ', '\t'])?.trim_start();
    let mut options = Vec::new();
    if let Some(inside) = rest.strip_prefix('[') {
        let (listed, after) = inside.split_once(']')?;
        options = listed.split_whitespace().filter_map(one_line_option).collect();
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    let (uri, suite) = (words.next()?, words.next()?);
    Some(AptSource { uri, suites: vec![suite], components: words.collect(), options })
}

fn one_line_option(option: &str) -> Option<(String, String)> {
    let (name, value) = option.split_once('=')?;
    let field = match name.to_ascii_lowercase().as_str() {
        "signed-by" => "Signed-By",
        "trusted" => "Trusted",
        "arch" => "Architectures",
        "check-valid-until" => "Check-Valid-Until",
        _ => return None,
    };
    Some((field.to_owned(), value.replace(',', " ")))
}

/// Reads every stanza of a deb822 file that is on and of type deb.
fn deb822(text: &str) -> Vec<AptSource> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.trim().is_empty()).flat_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Vec<AptSource> {
    let fields = fields(lines);
    let words = |name: &str| -> Vec<String> {
        let field = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map_or(Vec::new(), |(_, value)| value.split_whitespace().map(str::to_owned).collect())
    };
    let off = words("Enabled").iter().any(|value| value.eq_ignore_ascii_case("no"));
    if off || !words("Types").iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let taken = ["types", "uris", "suites", "components", "enabled"];
    let kept = |field: &&(String, String)| !taken.contains(&field.0.to_ascii_lowercase().as_str());
    let options: Vec<_> = fields.iter().filter(kept).cloned().collect();
    let source = |uri| AptSource {
        uri,
        suites: words("Suites"),
        components: words("Components"),
        options: options.clone(),
    };
    words("URIs").into_iter().map(source).collect()
}

/// The fields of one stanza; continuation lines keep their line breaks (keys may stand inline).
fn fields(lines: &[&str]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODERN: &str = "\
# first the security stanza
Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
URIs: http://mirror.test/debian
# a note between
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abcd
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: bookworm
Components: main
";

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn deb822_stanzas_keep_inline_keys_and_leave_out_what_is_off() {
        let folder = folder_with(&[("sources.list.d/debian.sources", MODERN)]);
        let mirror = debian_mirror(folder.path(), "bookworm").unwrap();
        assert_eq!(
            mirror.for_suite("forky"),
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: forky\nComponents: main\n\
             Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abcd\n \
             -----END PGP PUBLIC KEY BLOCK-----\n"
        );
        assert_eq!(deb822(MODERN).len(), 2);
    }

    #[test]
    fn one_line_sources_carry_their_options() {
        let text = "# nothing\ndeb-src http://x/debian bookworm main\n\
                    deb [arch=amd64,arm64 signed-by=/k.gpg lang=none] http://m.test/d bookworm main # x\n";
        let folder = folder_with(&[("sources.list", text)]);
        let mirror = debian_mirror(folder.path(), "bookworm").unwrap();
        assert_eq!(
            mirror.for_suite("bookworm"),
            "Types: deb\nURIs: http://m.test/d\nSuites: bookworm\nComponents: main\n\
             Architectures: amd64 arm64\nSigned-By: /k.gpg\n"
        );
    }

    #[test]
    fn a_source_without_options_and_one_of_another_suite() {
        let plain = one_line("deb http://m.test/debian/ sid main").unwrap();
        assert!(plain.options.is_empty());
        assert!(plain.looks_like_debian());
        let folder = folder_with(&[("sources.list", "deb http://m.test/debian/ sid main\n")]);
        assert_eq!(debian_mirror(folder.path(), "bookworm").unwrap(), plain);
    }

    #[test]
    fn what_a_mirror_is_trusted_by_is_told() {
        let signed = one_line("deb [signed-by=/k.gpg] http://m.test/debian sid main").unwrap();
        assert_eq!((signed.keyring(), signed.is_trusted()), (Some("/k.gpg"), false));
        assert_eq!(signed.uri(), "http://m.test/debian");
        let trusted = one_line("deb [trusted=yes] http://m.test/debian sid main").unwrap();
        assert_eq!((trusted.keyring(), trusted.is_trusted()), (None, true));
        let inline = debian_mirror(
            folder_with(&[("sources.list.d/debian.sources", MODERN)]).path(),
            "bookworm",
        );
        assert_eq!(inline.unwrap().keyring(), None);
    }

    #[test]
    fn no_mirror_is_an_error_that_says_what_to_do() {
        let folder = folder_with(&[("sources.list", "deb http://m.test/ubuntu noble main\n")]);
        let error = debian_mirror(folder.path(), "bookworm").unwrap_err().to_string();
        assert!(error.contains("put them on PATH"), "{error}");
        let empty = tempfile::tempdir().unwrap();
        assert!(debian_mirror(empty.path(), "").is_err());
    }

    #[test]
    fn lines_that_are_no_sources_are_passed_over() {
        for line in ["", "deb", "debian is good", "deb [arch=amd64", "deb http://only.test"] {
            assert_eq!(one_line(line), None, "{line}");
        }
    }

    #[test]
    fn the_code_name_is_read_with_and_without_quotes() {
        assert_eq!(codename("NAME=x\nVERSION_CODENAME=bookworm\n"), "bookworm");
        assert_eq!(codename("VERSION_CODENAME=\"trixie\"\n"), "trixie");
        assert_eq!(codename("NAME=x\n"), "");
    }
}
