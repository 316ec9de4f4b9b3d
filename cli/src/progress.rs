//! How far an installation is, for a person or a program.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lpakit::progress::{Phase, Progress};
use serde_json::json;

use crate::output::Output;

/// Shows progress: bars on a terminal, a line a phase elsewhere, objects in JSON.
pub(crate) struct ProgressView {
    output: Output,
    bar: ProgressBar,
    phase: Option<Phase>,
}

impl ProgressView {
    pub(crate) fn new(output: &Output) -> Self {
        let target = if output.is_json() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self { output: *output, bar: ProgressBar::with_draw_target(None, target), phase: None }
    }

    /// Shows this state.
    pub(crate) fn show(&mut self, progress: Progress) {
        self.output.object(&json!({
            "type": "progress",
            "phase": progress.phase.name(),
            "bytes_done": progress.bytes_done,
            "bytes_total": progress.bytes_total,
        }));
        if progress.phase == Phase::Installing {
            self.bar.set_length(progress.bytes_total);
        }
        if self.phase != Some(progress.phase) {
            self.phase = Some(progress.phase);
            self.begin(progress.phase);
        }
        if progress.phase == Phase::Installing {
            self.bar.set_position(progress.bytes_done);
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn begin(&self, phase: Phase) {
        let text = match phase {
            Phase::Preparing => "Preparing the card",
            Phase::Downloading => "Downloading",
            Phase::Installing => "Installing; please leave the card in",
            Phase::Notifying => "Telling the operator",
            Phase::Finished => return,
        };
        if self.bar.is_hidden() {
            self.output.note(format!("{text} …"));
            return;
        }
        self.bar.set_style(style(phase));
        self.bar.set_message(text);
        self.bar.tick();
    }
}

fn style(phase: Phase) -> ProgressStyle {
    let template = match phase {
        Phase::Installing => "{spinner} {msg} [{bar:30}] {bytes} of {total_bytes}",
        _ => "{spinner} {msg} …",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
