//! How far an installation is, for a person or a program.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lpakit::progress::{Phase, Progress};
use serde_json::json;

use crate::output::Output;

/// Shows progress: bars on a terminal, a line a phase elsewhere, objects in JSON.
pub(crate) struct ProgressView {
    output: Output,
    bar: ProgressBar,
    shown: Option<Shown>,
}

/// What the line says, apart from numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    phase: Phase,
    /// How much there is to do is known.
    measured: bool,
}

impl ProgressView {
    pub(crate) fn new(output: &Output) -> Self {
        let target = if output.is_json() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self { output: *output, bar: ProgressBar::with_draw_target(None, target), shown: None }
    }

    /// Shows this state.
    pub(crate) fn show(&mut self, progress: Progress) {
        self.output.object(&json!({
            "type": "progress",
            "phase": progress.phase.name(),
            "bytes_done": progress.bytes_done,
            "bytes_total": progress.bytes_total,
        }));
        let Progress { phase, bytes_done, bytes_total, .. } = progress;
        let measured = phase == Phase::Installing && bytes_total > 0;
        let before = self.shown.replace(Shown { phase, measured });
        if measured {
            self.bar.set_length(bytes_total);
        }
        if before != self.shown {
            self.begin(before, phase, measured);
        }
        if measured {
            self.bar.set_position(bytes_done);
        }
    }

    /// Shows that the person's wish to cancel was heard, until the next phase.
    pub(crate) fn cancelling(&self) {
        self.say("Cancelling");
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn begin(&self, before: Option<Shown>, phase: Phase, measured: bool) {
        let same_phase = before.is_some_and(|before| before.phase == phase);
        if same_phase && self.bar.is_hidden() {
            return;
        }
        let text = match phase {
            Phase::Preparing => "Preparing the card",
            Phase::Downloading => "Downloading",
            Phase::Installing => "Installing; leave the card in",
            Phase::Notifying => "Telling the operator",
            Phase::Finished => return,
        };
        self.bar.set_style(style(measured));
        self.say(text);
    }

    fn say(&self, text: &'static str) {
        if self.bar.is_hidden() {
            self.output.note(format!("{text} …"));
        } else {
            self.bar.set_message(text);
            self.bar.tick();
        }
    }
}

/// The line fits into 80 columns.
fn style(measured: bool) -> ProgressStyle {
    let template = match measured {
        true => "{spinner} {msg} [{bar:20}] {bytes} of {total_bytes}",
        false => "{spinner} {msg} …",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
