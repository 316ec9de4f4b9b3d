//! `cargo xtask bench`: counts a download by lpakit and by lpac, and lpakit's memory.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use lpakit_bench::memory::LARGE_BPP;
use lpakit_bench::{BPP, BenchError, Model, download, limits, memory, report};

/// Counts a whole download by lpakit, by lpac and by lpac with its largest blocks: at the card, at the server and in
/// memory. Fails when lpakit does not reach what it must.
#[derive(Parser)]
struct Arguments {
    /// One JSON object for each program on standard output, the rest on standard error.
    #[arg(long)]
    json: bool,
    /// Octets of the bound profile package.
    #[arg(long, default_value_t = BPP)]
    bpp: usize,
    /// Only serves a card on standard input and output, and a server: the other process of the memory measurement.
    #[arg(long, hide = true)]
    serve_sandbox: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.serve_sandbox {
        memory::serve(arguments.bpp, io::stdin().lock(), io::stdout()).map(|()| true)
    } else {
        bench(&arguments)
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lpakit-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints everything. Answers whether all that must be reached was.
fn bench(arguments: &Arguments) -> Result<bool, BenchError> {
    let model = Model::default();
    let (lpakit, floor) = download::lpakit(arguments.bpp)?;
    let lpac = download::lpac(arguments.bpp)?;
    // Shown beside the others; the limits are against lpac as people have it.
    let downloads = [lpakit, lpac, download::lpac_255(arguments.bpp)?];
    let mut findings = limits::alone(&lpakit, &floor);
    findings.extend(limits::beside(&lpakit, &lpac, &model));

    let program = env::current_exe().map_err(BenchError::Print)?;
    let small = memory::measure(&program, arguments.bpp)?;
    let large = memory::measure(&program, LARGE_BPP)?;
    findings.push(limits::of_memory(&large));

    let memory = report::memory(&small) + &report::memory(&large);
    let verdict = report::findings(&findings);
    if arguments.json {
        let lines = downloads.map(|download| report::json(&download, &floor, &model));
        print(io::stdout(), &format!("{}\n", lines.join("\n")))?;
        print(io::stderr(), &format!("{memory}{verdict}"))?;
    } else {
        let table = report::table(&downloads, &floor, &model);
        print(io::stdout(), &format!("{table}\n{memory}\n{verdict}"))?;
    }
    Ok(findings.iter().all(|finding| finding.reached))
}

fn print(mut output: impl Write, text: &str) -> Result<(), BenchError> {
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(BenchError::Print)
}
