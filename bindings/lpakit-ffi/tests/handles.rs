//! Handles to a card: who shares what, and how it ends.

use std::sync::{Arc, Mutex, mpsc};

use lpakit::card::PortError;
use lpakit_ffi::{
    ActivationCode, Answers, Cancellation, CardPortError, ConnectTo, InstallOutcome, InstallState,
    Lpa, LpaError, LpaOptions, Need, Offer, PortAbilities, ProfileSource, RawCard, RejectReason,
};
use lpakit_sandbox::stage::{Stage, StageCard};

/// A sandbox card behind the port of a shell.
struct Reader {
    card: StageCard,
    /// Told when lpakit lets the card go.
    released: Mutex<mpsc::Sender<()>>,
    /// Breaks down at the next command.
    breaks: Mutex<bool>,
}

fn failed(error: PortError) -> CardPortError {
    match error {
        PortError::CardGone => CardPortError::CardGone,
        _ => CardPortError::ConnectionFailed,
    }
}

impl RawCard for Reader {
    fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, CardPortError> {
        assert!(!std::mem::take(&mut *self.breaks.lock().unwrap()), "on purpose");
        self.card.transmit(&command).map_err(failed)
    }

    fn reset(&self) -> Result<(), CardPortError> {
        self.card.reset().map_err(failed)
    }

    fn release(&self) -> Result<(), CardPortError> {
        self.released.lock().unwrap().send(()).map_err(|_| CardPortError::ConnectionFailed)
    }
}

struct Scene {
    stage: Stage,
    reader: Arc<Reader>,
    released: mpsc::Receiver<()>,
    card_id: &'static str,
}

impl Scene {
    fn new(card_id: &'static str) -> Self {
        let stage = Stage::new().unwrap();
        let (tell, released) = mpsc::channel();
        let card = stage.card(1).unwrap();
        let reader = Reader { card, released: Mutex::new(tell), breaks: Mutex::new(false) };
        Self { stage, reader: Arc::new(reader), released, card_id }
    }

    fn open(&self) -> Arc<Lpa> {
        self.try_open(self.options()).unwrap()
    }

    fn try_open(&self, options: LpaOptions) -> Result<Arc<Lpa>, LpaError> {
        let abilities = PortAbilities {
            max_command_data: 255,
            wants_le: false,
            handles_get_response: false,
            handles_proactive: false,
            sets_channel_in_class: false,
            can_reset: true,
        };
        Lpa::open_raw(self.card_id.to_owned(), self.reader.clone(), abilities, options)
    }

    fn options(&self) -> LpaOptions {
        let route = |(host, socket): (String, std::net::SocketAddr)| ConnectTo {
            host,
            socket: socket.to_string(),
        };
        LpaOptions {
            test_issuers: vec![self.stage.test_ci()],
            connect_to: self.stage.connect_to().into_iter().map(route).collect(),
            deliver_automatically: false,
            ..plain()
        }
    }

    fn act(&self, line: &str) -> String {
        self.stage.act(line).unwrap()
    }

    async fn offer(&self, lpa: &Lpa, order: &str) -> Result<Arc<Offer>, LpaError> {
        let code = ActivationCode::parse(self.act(order), true)?;
        lpa.authenticate(ProfileSource::Code { code }, Cancellation::new().unwrap()).await
    }
}

fn plain() -> LpaOptions {
    LpaOptions {
        device: None,
        isdr_aids: Vec::new(),
        hints: None,
        delivery_memory: None,
        connect_limit_seconds: 15,
        answer_limit_seconds: 30,
        package_limit_seconds: 120,
        card_limit_seconds: 120,
        proxy: None,
        test_issuers: Vec::new(),
        connect_to: Vec::new(),
        deliver_automatically: true,
    }
}

fn yes() -> Answers {
    Answers { agreed: vec![Need::Consent], confirmation_code: None }
}

fn key<T>(result: Result<T, LpaError>) -> String {
    let LpaError::Failed { details } = result.err().expect("an error");
    details.key
}

#[tokio::test]
async fn a_card_that_is_open_is_not_opened_again() {
    let scene = Scene::new("same");
    let (one, other) = (scene.open(), scene.open());
    let offer = scene.offer(&one, "order").await.unwrap();
    assert_eq!(key(scene.offer(&other, "order").await), "busy.offer_open");
    // Whoever has lost the offer finds it again.
    drop(offer);
    let found = other.open_offer().unwrap();
    assert!(found.is_none(), "an offer that nobody holds is cancelled");

    one.shutdown_and_wait().await.unwrap();
    assert_eq!(key(one.eid().await), "closed");
    assert!(other.eid().await.is_ok(), "somebody else still holds the card");
    assert!(scene.released.try_recv().is_err());
    other.shutdown_and_wait().await.unwrap();
    scene.released.recv().unwrap();
}

#[tokio::test]
async fn a_new_lpa_waits_until_the_old_one_has_let_the_card_go() {
    let scene = Scene::new("anew");
    let old = scene.open();
    let offer = scene.offer(&old, "order").await.unwrap();
    old.shutdown().unwrap();
    let new = scene.open();
    assert!(new.eid().await.is_ok());
    scene.released.recv().unwrap();
    // The old one's offer was put off, with the server told; the new one begins at its beginning.
    assert!(!offer.is_open().unwrap());
    assert_eq!(scene.act("state server"), "orders=[Travel 5 GB:released] received=[] sessions=0");
    assert!(scene.act("state card").contains("session=none"));
    new.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn closing_ends_what_has_written_nothing_yet_and_waits_for_it() {
    let scene = Scene::new("closing");
    let lpa = scene.open();
    let offer = scene.offer(&lpa, "order").await.unwrap();
    scene.act("hold net getBoundProfilePackage");
    let task = offer.accept(yes()).unwrap();
    scene.act("wait held");
    lpa.shutdown().unwrap();
    assert_eq!(key(task.outcome().await), "closed");
    scene.act("release");
    scene.released.recv().unwrap();
    assert!(scene.act("state card").starts_with("profiles=[] notifications=[] session=none"));
}

#[tokio::test]
async fn closing_runs_an_installation_that_has_begun_to_its_end() {
    let scene = Scene::new("begun");
    let lpa = scene.open();
    let offer = scene.offer(&lpa, "order").await.unwrap();
    scene.act("hold card LoadBoundProfilePackage+3");
    let task = offer.accept(yes()).unwrap();
    scene.act("wait held");
    lpa.shutdown().unwrap();
    scene.act("release");
    let outcome = task.outcome().await.unwrap();
    assert!(matches!(outcome, InstallOutcome::Installed { .. }));
    scene.released.recv().unwrap();
    assert!(scene.act("state card").starts_with("profiles=[Travel 5 GB:disabled]"));
}

#[tokio::test]
async fn an_installation_is_found_again_by_its_id() {
    let scene = Scene::new("found");
    let lpa = scene.open();
    scene.act("hold net getBoundProfilePackage");
    let id = {
        let offer = scene.offer(&lpa, "order").await.unwrap();
        let task = offer.accept(yes()).unwrap();
        task.id().unwrap()
    };
    scene.act("wait held");
    drop(lpa);
    // Nobody has a handle now, and the card is still the installation's.
    let lpa = scene.open();
    let task = lpa.install_task(id).unwrap().expect("the installation");
    assert!(matches!(task.state().unwrap(), InstallState::Running { .. }));
    scene.act("release");
    for _ in 0..2 {
        assert!(matches!(task.outcome().await.unwrap(), InstallOutcome::Installed { .. }));
    }
    assert_eq!(task.state().unwrap(), InstallState::Finished);
    assert_eq!(lpa.install_tasks().unwrap().len(), 1);
    lpa.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn cancelling_an_authentication_ends_its_session_before_it_says_so() {
    let scene = Scene::new("cancelled");
    let lpa = scene.open();
    let code = ActivationCode::parse(scene.act("order"), true).unwrap();
    scene.act("hold net authenticateClient");
    let cancellation = Cancellation::new().unwrap();
    let asked = {
        let (lpa, cancellation) = (Arc::clone(&lpa), Arc::clone(&cancellation));
        tokio::spawn(
            async move { lpa.authenticate(ProfileSource::Code { code }, cancellation).await },
        )
    };
    tokio::task::yield_now().await;
    scene.act("wait held");
    cancellation.cancel().unwrap();
    // The server is free to hear of it only once its first answer is away.
    scene.act("release");
    assert_eq!(key(asked.await.unwrap()), "cancelled.by_user");
    assert!(scene.act("state card").contains("session=none"));
    assert!(scene.offer(&lpa, "order").await.is_ok());
    lpa.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn an_offer_is_answered_once() {
    let scene = Scene::new("once");
    let lpa = scene.open();
    let offer = scene.offer(&lpa, "order code=1234").await.unwrap();
    assert_eq!(key(offer.accept(yes())), "input.confirmation_code_missing");
    assert!(offer.is_open().unwrap());
    let answers = Answers { confirmation_code: Some("1234".to_owned()), ..yes() };
    let task = offer.accept(answers).unwrap();
    assert_eq!(key(offer.accept(yes())), "input.offer_used");
    assert_eq!(key(offer.reject(RejectReason::Later).await), "input.offer_used");
    assert!(task.outcome().await.is_ok());
    lpa.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn the_fresh_offer_after_a_wrong_code_is_let_go_when_nobody_holds_it() {
    let scene = Scene::new("wrong code");
    let lpa = scene.open();
    let offer = scene.offer(&lpa, "order code=1234").await.unwrap();
    let wrong = Answers { confirmation_code: Some("9999".to_owned()), ..yes() };
    let task = offer.accept(wrong).unwrap();
    let refused = |outcome| match outcome {
        Ok(InstallOutcome::ConfirmationCodeRefused { offer, .. }) => offer,
        _ => panic!("the code was wrong"),
    };
    let (one, other) = (refused(task.outcome().await), refused(task.outcome().await));
    drop(one);
    assert!(other.is_open().unwrap() && lpa.open_offer().unwrap().is_some());
    drop(other);
    assert!(lpa.open_offer().unwrap().is_none());
    assert!(scene.offer(&lpa, "order").await.is_ok());
    assert!(!refused(task.outcome().await).is_open().unwrap());
    lpa.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn a_fault_on_the_cards_thread_is_an_error_and_the_card_lives_on() {
    let scene = Scene::new("fault");
    let lpa = scene.open();
    assert!(lpa.eid().await.is_ok());
    *scene.reader.breaks.lock().unwrap() = true;
    assert_eq!(key(lpa.eid().await), "closed.fault");
    assert!(lpa.eid().await.is_ok());
    lpa.shutdown_and_wait().await.unwrap();
}

#[tokio::test]
async fn a_card_that_does_not_come_back_is_given_up() {
    let scene = Scene::new("stuck");
    let lpa = scene.try_open(LpaOptions { card_limit_seconds: 1, ..scene.options() }).unwrap();
    assert!(lpa.eid().await.is_ok());
    scene.act("hold card 1");
    assert_eq!(key(lpa.eid().await), "card.stuck");
    // Nobody waits for it any more, and another card works on.
    assert_eq!(key(lpa.profiles().await), "card.stuck");
    let other = Scene::new("not stuck");
    let well = other.open();
    assert!(well.eid().await.is_ok());
    well.shutdown_and_wait().await.unwrap();
    lpa.shutdown_and_wait().await.unwrap();
    assert!(scene.released.try_recv().is_err());
    // Its late answer is for nobody; the card is let go, and can be opened anew.
    let anew = scene.open();
    scene.act("release");
    scene.released.recv().unwrap();
    assert!(anew.eid().await.is_ok());
    anew.shutdown_and_wait().await.unwrap();
}

#[test]
fn settings_that_cannot_be_read_are_named() {
    let scene = Scene::new("settings");
    let wrong = [
        ("proxy", LpaOptions { proxy: Some("no proxy".to_owned()), ..plain() }),
        ("proxy", LpaOptions { proxy: Some("ftp://proxy.example:21".to_owned()), ..plain() }),
        ("testIssuers", LpaOptions { test_issuers: vec![vec![1, 2, 3]], ..plain() }),
        ("connectTo", LpaOptions { test_issuers: Vec::new(), ..scene.options() }),
        ("isdrAids", LpaOptions { isdr_aids: vec!["A0".to_owned()], ..plain() }),
    ];
    for (name, options) in wrong {
        let LpaError::Failed { details } = scene.try_open(options).err().expect("an error");
        assert_eq!(details.key, "input.setting");
        assert_eq!(details.arguments[0].value, name);
    }
    // What an app kept of another version is worth nothing, and no error.
    let kept = Some("{\"of\":\"the future\"}".to_owned());
    let options = LpaOptions { hints: kept.clone(), delivery_memory: kept, ..plain() };
    scene.try_open(options).unwrap().shutdown().unwrap();
}

#[test]
fn a_shell_of_another_version_is_told() {
    assert!(lpakit_ffi::check_version(lpakit_ffi::library_version().unwrap()).is_ok());
    assert_eq!(key(lpakit_ffi::check_version("0.0.0".to_owned())), "input.library_version");
}
