//! The lpakit command line: a demo, an LPA for sandbox cards and card programs of others, and the sandbox itself.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod context;
mod demo;
mod failure;
mod input;
mod interrupt;
mod output;
mod picture;
mod progress;
mod qr_code;
mod stdio_card;
mod terminal;

use std::process::ExitCode;

use args::{Args, Command};
use context::Context;
use failure::Failure;
use interrupt::Interrupt;
use output::{Done, Output};

fn main() -> ExitCode {
    // Silent unless RUST_LOG asks for it.
    env_logger::Builder::new()
        .filter_level(log_level_off())
        .parse_default_env()
        .target(env_logger::Target::Stderr)
        .init();
    let args = match args::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let Ok(runtime) = runtime else {
        eprintln!("error: no runtime can be started");
        return ExitCode::FAILURE;
    };
    let exit = runtime.block_on(run(args));
    // A thread may still wait for somebody to type something.
    runtime.shutdown_background();
    exit
}

/// `log` itself is a dependency of env_logger only.
fn log_level_off() -> env_logger::filter::LevelFilter {
    env_logger::filter::LevelFilter::Off
}
