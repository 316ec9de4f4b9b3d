//! `reset`.

use lpakit::Lpa;
use lpakit::rsp::switching::MemoryResetRequest;

use crate::args::Reset;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};
use crate::terminal;

pub(super) async fn run(
    args: &Reset,
    lpa: &Lpa,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let what = what(args);
    if !args.yes {
        confirm(what, output, interrupt).await?;
    }
    interrupt.unless(reset(lpa, what, output)).await
}

/// What is named, or all of it.
fn what(args: &Reset) -> MemoryResetRequest {
    let all = !(args.profiles || args.test_profiles || args.default_address);
    MemoryResetRequest {
        operational_profiles: all || args.profiles,
        field_loaded_test_profiles: all || args.test_profiles,
        default_dp_address: all || args.default_address,
        ..MemoryResetRequest::default()
    }
}

async fn confirm(
    what: MemoryResetRequest,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    if !output.can_ask() {
        let text = "This deletes for good: it needs --yes, or somebody to ask.";
        return Err(Failure::cancelled("cancelled.nobody_to_ask", text));
    }
    let parts = [
        (what.operational_profiles, "every operator's profile"),
        (what.field_loaded_test_profiles, "every downloaded test profile"),
        (what.default_dp_address, "the default SM-DP+ address"),
    ];
    let named: Vec<&str> =
        parts.iter().filter(|(chosen, _)| *chosen).map(|(_, name)| *name).collect();
    let named = named.join(", ");
    let question =
        format!("From this card will be deleted for good: {named}. Type 'yes' to go on: ");
    let answer = terminal::ask(&question, interrupt).await?;
    if answer.as_str() == "yes" { Ok(()) } else { Err(Failure::interrupted()) }
}

async fn reset(lpa: &Lpa, what: MemoryResetRequest, output: &Output) -> Result<Done, Failure> {
    lpa.reset_memory(what).await?;
    output.line("It is deleted.");
    if what.operational_profiles || what.field_loaded_test_profiles {
        output.note("'lpakit notifications send' tells the operators.");
    }
    Ok(Done::default())
}
