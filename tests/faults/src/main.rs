//! `lpakit-faults`: walks through every fault, or replays one.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use lpakit_faults::{CardKind, Failure, FaultPlan, Operation, Stage, Walk, play};
use serde_json::json;

/// Every command and every exchange fails once in every way, and nothing is lost.
#[derive(Parser)]
struct Arguments {
    /// Replays one scenario: a line as the walk prints it.
    #[arg(long)]
    replay: Option<FaultPlan>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Only this card.
    #[arg(long)]
    card: Option<CardKind>,
    /// Only this operation.
    #[arg(long)]
    op: Option<Operation>,
    /// How many pairs of faults.
    #[arg(long, default_value_t = 500)]
    doubles: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let stage = Stage::new();
    let (scenarios, failures) = match arguments.replay {
        Some(plan) => {
            let broken = play(&stage, plan).broken;
            let failure = (!broken.is_empty()).then_some(Failure { plan, broken });
            (1, failure.into_iter().collect())
        }
        None => walk(&arguments, &stage),
    };
    for failure in &failures {
        eprintln!("{}", failure.plan);
        failure.broken.iter().for_each(|what| eprintln!("    {what}"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let failed = failures.len();
    if arguments.json {
        println!("{}", json!({ "scenarios": scenarios, "failed": failed, "seconds": seconds }));
    } else {
        println!("{scenarios} scenarios, {failed} failed, {seconds:.1} s");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn walk(arguments: &Arguments, stage: &Stage) -> (usize, Vec<Failure>) {
    let mut walk = Walk {
        doubles: arguments.doubles,
        seed: arguments.seed,
        threads: arguments.threads,
        ..Walk::default()
    };
    walk.cards.retain(|card| arguments.card.is_none_or(|only| only == *card));
    walk.operations.retain(|operation| arguments.op.is_none_or(|only| only == *operation));
    let walked = walk.run(stage);
    if !arguments.json {
        for (plan, counts) in &walked.lengths {
            let (apdus, exchanges) = (counts.apdus, counts.exchanges);
            println!("{plan}: {apdus} APDUs, {exchanges} exchanges");
        }
    }
    (walked.scenarios, walked.failures)
}
