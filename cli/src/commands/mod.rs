//! One file for each thing that can be asked for.

mod card;
mod chip;
mod discover;
pub(crate) mod download;
pub(crate) mod notifications;
mod order;
pub(crate) mod profiles;
mod reset;
pub(crate) mod sandbox;

use crate::args::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};

/// Does what needs a card.
pub(crate) async fn run(
    command: &Command,
    context: &Context,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let lpa = &context.lpa;
    match command {
        Command::Chip { share: true, imei } => {
            interrupt.unless(chip::share(lpa, imei.as_ref(), output)).await
        }
        Command::Chip { .. } => interrupt.unless(chip::show(lpa, output)).await,
        Command::Euiccs => interrupt.unless(chip::list_euiccs(lpa, output)).await,
        Command::Discover => interrupt.unless(discover::run(lpa, output)).await,
        Command::Profiles { id: None } => interrupt.unless(profiles::list(lpa, output)).await,
        Command::Profiles { id: Some(id) } => {
            interrupt.unless(profiles::show(lpa, id, output)).await
        }
        Command::Enable { id } => interrupt.unless(profiles::enable(lpa, id, output)).await,
        Command::Disable { id } => interrupt.unless(profiles::disable(lpa, id, output)).await,
        // A question looks at Ctrl-C itself, so that it can end its line.
        Command::Delete { id, yes } => profiles::delete(lpa, id, *yes, output, interrupt).await,
        Command::Rename { id, name } => {
            interrupt.unless(profiles::rename(lpa, id, name, output)).await
        }
        // It must not be broken off in the middle: it looks at Ctrl-C itself.
        Command::Download(download) => download::run(download, lpa, output, interrupt).await,
        Command::Notifications(command) => {
            interrupt.unless(notifications::run(command, lpa, output)).await
        }
        Command::SetDefaultAddress { address } => {
            interrupt.unless(chip::set_default_address(lpa, address, output)).await
        }
        Command::Reset(args) => reset::run(args, lpa, output, interrupt).await,
        Command::Demo(_) | Command::Readers | Command::Sandbox(_) => Ok(Done::default()),
    }
}
