//! The card in a folder.

use std::fs;
use std::path::Path;

use lpakit_rsp::identifiers::Iccid;
use lpakit_sandbox_euicc::nvm::{FolderNvm, MemoryNvm, Nvm, NvmError};
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, CardError};

use crate::install::{iccids, is_success};
use crate::support::{ICCID, Profile, Recipe, Server, Terminal, pki, repeatable};

fn create(folder: &Path) -> Result<Card, CardError> {
    let credentials = CardCredentials::from_pki(pki()).unwrap();
    Card::create(FolderNvm::open(folder)?, CardConfig::default(), credentials).map(repeatable)
}

fn open(folder: &Path) -> Result<Card, CardError> {
    Card::open(FolderNvm::open(folder)?).map(repeatable)
}

#[test]
fn a_card_is_found_again_with_its_profiles_keys_and_notifications() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::new(ICCID);
    let mut terminal = Terminal::with(create(folder.path()).unwrap());
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&profile))));
    let notifications = terminal.ask("BF2B00");
    drop(terminal);

    let card = open(folder.path()).unwrap();
    assert_eq!(card.iccids(), [profile.metadata.iccid]);
    let mut terminal = Terminal::with(card);
    assert_eq!(iccids(&mut terminal), [ICCID]);
    assert_eq!(terminal.ask("BF2B00"), notifications);
    let iccid = Iccid::from_digits(ICCID).unwrap();
    assert_eq!(terminal.card.profile_package(&iccid).unwrap(), profile.package);
    let other = Recipe::new(&Profile::new(crate::support::OTHER_ICCID));
    assert!(is_success(&Server::download(2, &mut terminal, &other)));
}

#[test]
fn there_is_one_card_in_a_folder_and_one_program_at_it() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(folder.path()), Err(CardError::NoCard)));
    let card = create(folder.path()).unwrap();
    assert!(matches!(open(folder.path()), Err(CardError::Nvm(NvmError::InUse))));
    drop(card);
    assert!(matches!(create(folder.path()), Err(CardError::AlreadyACard)));
    assert!(open(folder.path()).is_ok());
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("card");
    let mut terminal = Terminal::with(create(&folder).unwrap());
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)))));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("state.json")), 0o600);
    let packages: Vec<_> = fs::read_dir(folder.join("packages")).unwrap().collect();
    assert_eq!(packages.len(), 1);
    assert_eq!(mode(&packages[0].as_ref().unwrap().path()), 0o600);
}

#[test]
fn what_a_killed_program_left_behind_does_no_harm_and_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()).unwrap());
    let strays = [
        folder.path().join("state.json.new"),
        folder.path().join("packages").join("00".repeat(32)),
        folder.path().join("packages").join(format!("{}.new", "11".repeat(32))),
    ];
    for stray in &strays {
        fs::write(stray, b"{ half a sta").unwrap();
    }
    let mut terminal = Terminal::with(open(folder.path()).unwrap());
    assert!(iccids(&mut terminal).is_empty());
    assert!(strays.iter().all(|stray| !stray.exists()));
}

#[test]
fn a_damaged_folder_is_an_error_and_not_an_empty_card() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::with(create(folder.path()).unwrap());
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)))));
    let package = fs::read_dir(folder.path().join("packages")).unwrap().next().unwrap().unwrap();
    fs::write(package.path(), b"something else").unwrap();
    let iccid = Iccid::from_digits(ICCID).unwrap();
    let damaged = terminal.card.profile_package(&iccid);
    assert!(matches!(damaged, Err(CardError::Nvm(NvmError::BlobDamaged))));
    drop(terminal);
    let state = folder.path().join("state.json");
    let text = fs::read_to_string(&state).unwrap();
    for broken in
        ["", "{}", &text[..text.len() / 2], &text.replace("\"format\": 1", "\"format\": 2")]
    {
        fs::write(&state, broken).unwrap();
        assert!(matches!(open(folder.path()), Err(CardError::Nvm(NvmError::NotACard))));
    }
}

#[test]
fn a_memory_that_cannot_be_written_is_6581_and_changes_nothing() {
    struct Full(MemoryNvm, bool);
    impl Nvm for Full {
        fn load(&mut self) -> Result<Option<Vec<u8>>, NvmError> {
            self.0.load()
        }
        fn commit(&mut self, state: &[u8]) -> Result<(), NvmError> {
            // The first commit makes the card.
            if std::mem::replace(&mut self.1, true) {
                return Err(NvmError::Io(std::io::Error::other("disk full")));
            }
            self.0.commit(state)
        }
        fn put_blob(
            &mut self,
            content: &[u8],
        ) -> Result<lpakit_sandbox_euicc::nvm::BlobId, NvmError> {
            self.0.put_blob(content)
        }
        fn blob(&mut self, id: lpakit_sandbox_euicc::nvm::BlobId) -> Result<Vec<u8>, NvmError> {
            self.0.blob(id)
        }
        fn keep_only(
            &mut self,
            live: &std::collections::BTreeSet<lpakit_sandbox_euicc::nvm::BlobId>,
        ) -> Result<(), NvmError> {
            self.0.keep_only(live)
        }
        fn copy(&self) -> Result<MemoryNvm, NvmError> {
            self.0.copy()
        }
        fn restore(&mut self, copy: &MemoryNvm) -> Result<(), NvmError> {
            self.0.restore(copy)
        }
    }
    let credentials = CardCredentials::from_pki(pki()).unwrap();
    let nvm = Full(MemoryNvm::new(), false);
    let mut terminal =
        Terminal::with(Card::create(nvm, CardConfig::default(), credentials).unwrap());
    let before = terminal.ask("BF3C00");
    assert_eq!(terminal.refuse("BF3F0380016E"), "6581");
    assert_eq!(terminal.ask("BF3C00"), before);
    assert!(terminal.card.is_powered());
}

#[test]
fn a_folder_gives_a_snapshot_and_takes_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::with(create(folder.path()).unwrap());
    let empty = terminal.card.snapshot().unwrap();
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)))));
    let full = terminal.card.snapshot().unwrap();
    assert_eq!(iccids(&mut Terminal::with(full.card())), [ICCID]);
    terminal.card.restore(&empty).unwrap();
    terminal.start();
    assert_eq!(terminal.card.snapshot().unwrap(), empty);
    assert_eq!(terminal.card.status().unwrap().stray_packages, 0);
    drop(terminal);
    let mut card = open(folder.path()).unwrap();
    assert!(card.iccids().is_empty());
    card.restore(&full).unwrap();
    drop(card);
    let card = open(folder.path()).unwrap();
    assert_eq!(card.snapshot().unwrap(), full);
    assert_eq!(card.status().unwrap().fault(), None);
    // A package that is not what its name says is none.
    let package = fs::read_dir(folder.path().join("packages")).unwrap().next().unwrap().unwrap();
    fs::write(package.path(), b"something else").unwrap();
    let status = card.status().unwrap();
    assert_eq!(status.fault(), Some("a profile has lost its package"));
    assert_eq!(status.stray_packages, 1);
}
