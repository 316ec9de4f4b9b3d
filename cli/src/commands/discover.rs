//! `discover`: plans that wait for this card, and choosing one of them for `download --discover`.

use lpakit::lpa::{Discovery, WaitingPlan};
use lpakit::{Error, ErrorKind, Lpa};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Done, Output};

pub(super) async fn run(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let found = search(lpa, output).await?;
    if found.plans.is_empty() {
        output.note("No plan waits for this card.");
    }
    for (number, plan) in (1..).zip(&found.plans) {
        output.line(format!("{number:>3}  {}  (found at {})", plan.server(), plan.found_at()));
        output.object(&json!({
            "type": "waiting_plan",
            "number": number,
            "server": plan.server(),
            "found_at": plan.found_at(),
        }));
    }
    Ok(Done::with(json!({ "plans": found.plans.len() })))
}

async fn search(lpa: &Lpa, output: &Output) -> Result<Discovery, Failure> {
    let found = lpa.discover().await?;
    for trouble in &found.troubles {
        let failure = Failure::from(trouble.error.clone());
        output.note(format!("{}: {}", trouble.server, failure.text()));
        output.object(&json!({
            "type": "search_trouble", "server": trouble.server, "error": failure.to_json(),
        }));
    }
    Ok(found)
}

/// The plan with this number; the only one when there is no number.
pub(super) async fn choose(
    lpa: &Lpa,
    number: Option<usize>,
    output: &Output,
) -> Result<WaitingPlan, Failure> {
    let plans = search(lpa, output).await?.plans;
    let several = plans.len() > 1;
    let position = number.map_or(Some(0), |number| number.checked_sub(1));
    let plan = position.and_then(|position| plans.into_iter().nth(position));
    match plan {
        Some(_) if several && number.is_none() => {
            let text = "Several plans wait. Choose one with --event; 'lpakit discover' lists them.";
            Err(Failure::new(ErrorKind::Input, "input.which_plan", text))
        }
        Some(plan) => Ok(plan),
        None if number.is_some() && several => {
            let text = "There is no plan with this number; 'lpakit discover' lists them.";
            Err(Failure::new(ErrorKind::Input, "input.which_plan", text))
        }
        None => Err(Error::nothing_waits().into()),
    }
}
