//! The table of stages that `cargo xtask test` prints at its end.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// One stage: its name, how long it took, and one line of facts.
struct Row {
    name: &'static str,
    time: Duration,
    facts: String,
}

/// The stages run so far.
#[derive(Default)]
pub(crate) struct Stages {
    rows: Vec<Row>,
}

impl Stages {
    /// Runs one stage; what it returns stands in the table beside its time.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        stage: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        // Standard output is for what a command is asked for, such as the bench's JSON.
        eprintln!("== {name}");
        let start = Instant::now();
        let done = stage();
        let facts = match &done {
            Ok(facts) => facts.clone(),
            Err(_) => "FAILED".to_owned(),
        };
        self.rows.push(Row { name, time: start.elapsed(), facts });
        done.map(drop).with_context(|| format!("stage \"{name}\""))
    }

    /// The table as text.
    pub(crate) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let mut text = String::new();
        for row in &self.rows {
            let time = seconds(row.time);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:width$}  {time:>8}  {}", row.name, row.facts);
        }
        let total = seconds(self.rows.iter().map(|row| row.time).sum());
        let _ = writeln!(text, "{:width$}  {total:>8}", "all");
        text
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, millis: u64, facts: &str) -> Row {
        Row { name, time: Duration::from_millis(millis), facts: facts.to_owned() }
    }

    #[test]
    fn columns_line_up_and_the_sum_stands_last() {
        let rows = vec![row("rust", 61_250, "12 passed"), row("verifier", 400, "3 transcripts")];
        let table = Stages { rows }.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "rust        61.2 s  12 passed",
                "verifier     0.4 s  3 transcripts",
                "all         61.6 s"
            ]
        );
    }

    #[test]
    fn a_failed_stage_is_in_the_table_and_its_error_names_it() {
        let mut stages = Stages::default();
        stages.run("first", || Ok("fine".to_owned())).unwrap();
        let error = stages.run("second", || anyhow::bail!("broken")).unwrap_err();
        assert_eq!(format!("{error:#}"), "stage \"second\": broken");
        assert!(stages.table().contains("FAILED"));
        assert!(stages.table().contains("fine"));
    }
}
