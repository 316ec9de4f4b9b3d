//! README's quick start: it is compiled and run here, and README shows it as it is.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use lpakit::rsp::profiles::ProfileState;
use lpakit_e2e::{World, WorldOptions};

// README: begin
use lpakit::lpa::{Answers, InstallationOutcome};
use lpakit::rsp::profiles::ProfileId;
use lpakit::{Error, Lpa, ProfileSource};

async fn install(lpa: &Lpa, code: &str, show: impl Fn(&str)) -> Result<(), Error> {
    let code = lpa.parse_activation_code(code)?;
    let offer = lpa.authenticate(ProfileSource::Code(code)).await?;
    show(&offer.metadata().profile_name); // A person reads the offer and agrees.
    let answers = offer.needs().iter().copied().fold(Answers::default(), Answers::agree);
    let mut installation = offer.accept(answers).map_err(|refused| refused.error)?;
    while let Some(progress) = installation.next_progress().await {
        show(progress.phase.name());
    }
    match installation.outcome().await? {
        InstallationOutcome::Installed(profile) => {
            lpa.enable(ProfileId::Iccid(profile.iccid)).await?;
            Ok(())
        }
        InstallationOutcome::ConfirmationCodeRefused { error, .. } => Err(error),
    }
}
// README: end

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_installs_and_turns_on() {
    let world = World::with(WorldOptions::default()).await;
    let code = world.order().activation_code(None);
    let shown = Mutex::new(Vec::new());
    install(&world.lpa, &code, |text| shown.lock().unwrap().push(text.to_owned())).await.unwrap();
    let shown = shown.into_inner().unwrap();
    assert_eq!(shown.first().unwrap(), "Travel 5 GB");
    assert_eq!(shown.last().unwrap(), "finished");
    assert_eq!(world.lpa.profiles().await.unwrap()[0].state, ProfileState::Enabled);

    let again = install(&world.lpa, &code, |_| {}).await.unwrap_err();
    assert_eq!(again.key(), "server.refused.8.2.6/3.8");
}

#[test]
fn readme_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let source = read("tests/e2e/tests/quick_start.rs");
    let written = source.split_once("// README: begin\n").unwrap().1;
    let written = written.split_once("// README: end\n").unwrap().0;
    for name in ["README.md", "core/README.md"] {
        let readme = read(name);
        let shown = readme.split_once("```rust\n").unwrap().1.split_once("```\n").unwrap().0;
        assert_eq!(shown, written, "{name}");
    }
}
