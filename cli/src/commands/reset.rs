//! `reset`.

use lpakit::Lpa;
use lpakit::rsp::switching::MemoryResetRequest;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};
use crate::terminal;

pub(super) async fn run(
    lpa: &Lpa,
    yes: bool,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    if !yes {
        confirm(output, interrupt).await?;
    }
    interrupt.unless(reset(lpa, output)).await
}

async fn confirm(output: &Output, interrupt: &Interrupt) -> Result<(), Failure> {
    if !output.can_ask() {
        let text = "This deletes every profile for good: it needs --yes, or somebody to ask.";
        return Err(Failure::cancelled("cancelled.nobody_to_ask", text));
    }
    let question = "Every profile on this card will be deleted for good. Type 'yes' to go on: ";
    let answer = terminal::ask(question, interrupt).await?;
    if answer.as_str() == "yes" { Ok(()) } else { Err(Failure::interrupted()) }
}

async fn reset(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let everything = MemoryResetRequest {
        operational_profiles: true,
        field_loaded_test_profiles: true,
        default_dp_address: true,
        ..MemoryResetRequest::default()
    };
    lpa.reset_memory(everything).await?;
    output.line("The card is empty.");
    output.note("'lpakit notifications send' tells the operators.");
    Ok(Done::default())
}
