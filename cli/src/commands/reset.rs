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
        terminal::check_can_confirm(output)?;
        let question = format!("Erase from this card for good: {}?", words(what));
        terminal::confirm(&question, interrupt).await?;
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

/// In words.
fn words(what: MemoryResetRequest) -> String {
    let parts = [
        (what.operational_profiles, "every operator's profile"),
        (what.field_loaded_test_profiles, "every downloaded test profile"),
        (what.default_dp_address, "the default SM-DP+ address"),
    ];
    let named: Vec<&str> =
        parts.iter().filter(|(chosen, _)| *chosen).map(|(_, name)| *name).collect();
    named.join(", ")
}

async fn reset(lpa: &Lpa, what: MemoryResetRequest, output: &Output) -> Result<Done, Failure> {
    lpa.reset_memory(what).await?;
    output.line(format!("Erased: {}.", words(what)));
    if what.operational_profiles || what.field_loaded_test_profiles {
        output.note("'lpakit notifications send' tells the operators.");
    }
    Ok(Done::default())
}
