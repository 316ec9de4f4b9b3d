//! What Android's system libraries offer, by level: a table of names, and stubs for the linker made from it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

/// The table, as committed.
pub(crate) const TABLE: &str = include_str!("bionic.txt");

/// What one machine's libraries offer.
pub(crate) struct Bionic<'a> {
    /// The library and the level, by name.
    names: BTreeMap<&'a str, (&'a str, u32)>,
}

impl<'a> Bionic<'a> {
    /// Reads the table for one machine.
    pub(crate) fn read(table: &'a str, machine: &str) -> Result<Self> {
        let mut names = BTreeMap::new();
        let mut section = None;
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(head) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = Some(Section::read(head)?);
                continue;
            }
            let section = section.as_ref().context("the table begins without a section")?;
            if section.is_of(machine) {
                names.extend(line.split(' ').map(|name| (name, (section.library, section.level))));
            }
        }
        Ok(Self { names })
    }

    /// Since which level there is such a symbol; none if there never was.
    pub(crate) fn since(&self, name: &str) -> Option<u32> {
        self.names.get(name).map(|(_, level)| *level)
    }

    /// The libraries, and assembly that defines what each offers at `level`: enough for a linker.
    pub(crate) fn stubs(&self, level: u32) -> BTreeMap<&'a str, String> {
        let mut stubs: BTreeMap<&str, String> = BTreeMap::new();
        for (name, (library, since)) in &self.names {
            let stub = stubs.entry(library).or_insert_with(|| ".text\n".to_owned());
            if *since <= level {
                stub.push_str(&format!(".globl {name}\n.type {name},%function\n{name}:\n"));
            }
        }
        stubs
    }
}

/// A line in brackets: `libc 24 arm`.
struct Section<'a> {
    library: &'a str,
    level: u32,
    machines: Vec<&'a str>,
}

impl<'a> Section<'a> {
    fn read(head: &'a str) -> Result<Self> {
        let mut words = head.split(' ');
        let (library, level) = (words.next(), words.next().and_then(|level| level.parse().ok()));
        let wrong = || format!("the table of bionic has a wrong line: [{head}]");
        Ok(Self {
            library: library.with_context(wrong)?,
            level: level.with_context(wrong)?,
            machines: words.collect(),
        })
    }

    /// None named means all.
    fn is_of(&self, machine: &str) -> bool {
        self.machines.is_empty() || self.machines.contains(&machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str =
        "# a note\n\n[libc 21]\nfree malloc\n[libc 24 arm]\nonly_arm\n[libm 29]\nlate\n";

    #[test]
    fn names_have_levels_and_machines() {
        let bionic = Bionic::read(SMALL, "aarch64").unwrap();
        assert_eq!(bionic.since("malloc"), Some(21));
        assert_eq!(bionic.since("late"), Some(29));
        assert_eq!(bionic.since("only_arm"), None);
        assert_eq!(Bionic::read(SMALL, "arm").unwrap().since("only_arm"), Some(24));
        assert!(Bionic::read("name\n", "arm").is_err());
        assert!(Bionic::read("[libc]\n", "arm").is_err());
    }

    #[test]
    fn stubs_define_what_there_is_at_a_level() {
        let stubs = Bionic::read(SMALL, "arm").unwrap().stubs(28);
        assert_eq!(stubs.keys().copied().collect::<Vec<_>>(), ["libc", "libm"]);
        assert!(stubs["libc"].contains(".globl only_arm\n.type only_arm,%function\nonly_arm:\n"));
        assert_eq!(stubs["libm"], ".text\n");
    }

    #[test]
    fn the_committed_table_is_whole() {
        for machine in ["aarch64", "arm", "i386", "x86_64"] {
            let bionic = Bionic::read(TABLE, machine).unwrap();
            assert_eq!(bionic.since("malloc"), Some(21), "{machine}");
            assert_eq!(bionic.since("getrandom"), Some(28), "{machine}");
            assert_eq!(bionic.since("__errno_location"), None, "{machine}");
            let libraries: Vec<&str> = bionic.stubs(28).into_keys().collect();
            assert_eq!(libraries, ["libc", "libdl", "liblog", "libm"], "{machine}");
        }
    }
}
