//! `notifications list|send|remove`, and sending what waits after a download.

use lpakit::Lpa;
use lpakit::lpa::{PendingReport, Profile, SendReport};
use lpakit::rsp::notifications::Event;
use serde_json::{Value, json};

use crate::args::Notifications;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};

pub(super) async fn run(
    command: &Notifications,
    lpa: &Lpa,
    output: &Output,
) -> Result<Done, Failure> {
    match command {
        Notifications::List => list(lpa, output).await,
        Notifications::Send => send(lpa, output).await,
        Notifications::Remove { seq } => {
            lpa.remove_notification(*seq).await?;
            output.line("The notification is removed.");
            Ok(Done::default())
        }
    }
}

/// Sends what waits on the card, once the outcome of something else has been told.
pub(crate) async fn sweep(lpa: &Lpa, output: &Output, interrupt: &Interrupt) {
    let report = tokio::select! {
        report = lpa.send_notifications() => report,
        () = interrupt.wished() => return,
    };
    let Ok(report) = report else { return };
    if !report.unsent.is_empty() {
        output
            .note("Some notifications wait on the card; 'lpakit notifications send' tries again.");
    }
}

async fn list(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let reports = lpa.notifications().await?;
    if reports.is_empty() {
        output.note("No notification waits on this card.");
    } else {
        let profiles = lpa.profiles().await?;
        for report in &reports {
            show(report, &profiles, output);
        }
    }
    Ok(Done::with(json!({ "notifications": reports.len() })))
}

fn show(report: &PendingReport, profiles: &[Profile], output: &Output) {
    let events: Vec<String> = report.events.iter().copied().map(event_name).collect();
    let profile = profiles.iter().find(|profile| Some(profile.iccid) == report.iccid);
    let profile = profile.map(Profile::display_name);
    output.line(format!(
        "{:>5}  {:<8}  {}  {}",
        report.seq_number,
        events.join(", "),
        report.address,
        profile.unwrap_or("(a profile that is gone)")
    ));
    output.object(&json!({
        "type": "notification",
        "seq": report.seq_number,
        "events": events,
        "address": report.address,
        "profile": profile,
    }));
}

async fn send(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let report = lpa.send_notifications().await?;
    let SendReport { delivered, unsent } = &report;
    for seq in delivered {
        output.line(format!("{seq:>5}  delivered"));
        output.object(&json!({ "type": "notification", "seq": seq, "delivered": true }));
    }
    for report in unsent {
        let failure = Failure::from(report.error.clone());
        let (seq, text) = (report.seq_number, failure.text());
        output.line(format!("{seq:>5}  not delivered: {text} [{}]", failure.key()));
        let error: Value = failure.to_json();
        output.object(&json!({
            "type": "notification", "seq": seq, "delivered": false, "error": error,
        }));
    }
    match unsent.first() {
        Some(first) => Err(first.error.clone().into()),
        None => Ok(Done::with(json!({ "delivered": delivered.len() }))),
    }
}

/// The event's name in SGP.22.
fn event_name(event: Event) -> String {
    match event {
        Event::Install => "install".to_owned(),
        Event::Enable => "enable".to_owned(),
        Event::Disable => "disable".to_owned(),
        Event::Delete => "delete".to_owned(),
        Event::Other(bit) => format!("event {bit}"),
    }
}
