//! Which crates a library is made of, by the sizes of the symbols they left in it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSymbol, SymbolKind};
use serde::Serialize;

/// Everything that is not Rust: ring's C and assembly, libunwind.
const NOT_RUST: &str = "not Rust";

/// What UniFFI's macros made.
const EXPORTS: &str = "UniFFI's exports";

/// A crate's part of a library.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Share {
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// Crates by size, the biggest first. Generic code counts for the crate that wrote it.
pub(crate) fn shares(library: &[u8]) -> Result<Vec<Share>> {
    let file = object::File::parse(library).context("the library cannot be read")?;
    let symbols = file.symbols().filter(|symbol| {
        symbol.is_definition() && matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data)
    });
    let shares = sum(symbols.filter_map(|symbol| Some((symbol.name().ok()?, symbol.size()))));
    if shares.is_empty() {
        bail!("the library has no symbols to go by");
    }
    Ok(shares)
}

fn sum<'a>(symbols: impl Iterator<Item = (&'a str, u64)>) -> Vec<Share> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for (name, size) in symbols {
        *sizes.entry(crate_of(name)).or_default() += size;
    }
    let mut shares: Vec<Share> =
        sizes.into_iter().map(|(name, bytes)| Share { name, bytes }).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.bytes));
    shares
}

fn crate_of(symbol: &str) -> String {
    let exports = ["uniffi_", "ffi_", "UNIFFI_META_"];
    if exports.iter().any(|start| symbol.starts_with(start)) {
        return EXPORTS.to_owned();
    }
    let Ok(name) = rustc_demangle::try_demangle(symbol) else {
        return NOT_RUST.to_owned();
    };
    // Without the hash.
    let name = format!("{name:#}");
    let start = name.find(|c: char| c.is_alphanumeric() || c == '_').unwrap_or(0);
    let mut path = &name[start..];
    for word in ["dyn ", "mut ", "const "] {
        path = path.strip_prefix(word).unwrap_or(path);
    }
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    match path[end..].starts_with("::") {
        true => path[..end].to_owned(),
        // A method of a primitive, such as `<u8 as …>`.
        false => "core".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_told_apart() {
        for (symbol, expected) in [
            ("_ZN6lpakit3lpa4open17h0123456789abcdefE", "lpakit"),
            (
                "_ZN61_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
                "alloc",
            ),
            ("_ZN44_$LT$$RF$T$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE", "core"),
            ("_RNvCs15kBYyAo9fc_7mycrate7example", "mycrate"),
            ("uniffi_lpakit_ffi_fn_func_text", EXPORTS),
            ("ring_core_0_17_14__x25519", NOT_RUST),
        ] {
            assert_eq!(crate_of(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn the_biggest_comes_first() {
        let symbols = [
            ("_ZN1a1x17h0123456789abcdefE", 3),
            ("_ZN1b1x17h0123456789abcdefE", 5),
            ("_ZN1a1y17h0123456789abcdefE", 4),
        ];
        let shares = sum(symbols.into_iter());
        let share = |name: &str, bytes| Share { name: name.to_owned(), bytes };
        assert_eq!(shares, [share("a", 7), share("b", 5)]);
    }

    #[test]
    fn no_symbols_are_no_answer() {
        assert!(shares(b"no library").is_err());
    }
}
