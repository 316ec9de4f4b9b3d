//! The other process: a card on standard input and output, and a server on a socket.

use std::io::{self, BufRead, Write};

use lpakit_interop::Program;
use serde_json::json;

use crate::download;
use crate::error::BenchError;

/// Asks for a cold reset in place of a command.
pub(super) const RESET: &str = "reset";

/// Serves a card and a server for one download of a package of `bpp` octets, until `input` ends.
///
/// The first line on `output` is a JSON object: `code` (the activation code, with the server's address) and `ci` (the
/// CI certificate's file). Then each line on `input` is a command APDU in hexadecimal, answered by a line with data and
/// status word; `reset` is answered by an empty line, and so is a command when the card has no power.
///
/// # Errors
/// [`BenchError`]; [`BenchError::Print`] when the other side cannot be written to.
pub fn serve(bpp: usize, input: impl BufRead, mut output: impl Write) -> Result<(), BenchError> {
    let (stage, order) = download::stage(Program::Lpakit, bpp)?;
    let greeting = json!({ "code": order.activation_code(None), "ci": stage.ci_file()? });
    say(&mut output, &greeting.to_string()).map_err(BenchError::Print)?;
    stage.card().power_on().map_err(lpakit_interop::InteropError::from)?;
    for line in input.lines() {
        let line = line.map_err(BenchError::Print)?;
        let mut card = stage.card();
        let answer = match hex::decode(&line) {
            Ok(command) => card.transmit(&command),
            Err(_) if line == RESET => {
                card.reset().map_err(lpakit_interop::InteropError::from)?;
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        drop(card);
        say(&mut output, &hex::encode(answer)).map_err(BenchError::Print)?;
    }
    Ok(())
}

fn say(output: &mut impl Write, line: &str) -> io::Result<()> {
    writeln!(output, "{line}")?;
    output.flush()
}
