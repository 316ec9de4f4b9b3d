//! The lpakit command line: a demo, an LPA for sandbox cards, PC/SC readers and card programs of others, and the sandbox itself.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod context;
mod demo;
mod failure;
mod interrupt;
mod output;
#[cfg_attr(not(feature = "pcsc"), path = "pcsc/absent.rs")]
mod pcsc;
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
use output::Output;

fn main() -> ExitCode {
    // Silent unless RUST_LOG asks for it.
    env_logger::Builder::new().filter_level(log::LevelFilter::Off).parse_default_env().init();
    let args = match args::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    failure::speak(args.global.language);
    // One thread is enough, and on one thread a connection is back in its pool before the next request looks for it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        eprintln!("error: no threads can be started");
        return ExitCode::FAILURE;
    };
    let exit = runtime.block_on(run(args));
    // A thread may still be waiting for somebody to type something.
    runtime.shutdown_background();
    exit
}

async fn run(args: Args) -> ExitCode {
    let output = Output::new(&args);
    let interrupt = Interrupt::listen();
    let result = match &args.command {
        Command::Demo(demo) => {
            interrupt.unless(demo::run(demo, args.global.stats, &output, &interrupt)).await
        }
        Command::Sandbox(command) => commands::sandbox::run(command, &output, &interrupt).await,
        Command::Readers => interrupt.unless(pcsc::list(&output)).await,
        _ => return run_on_card(&args, &output, &interrupt).await,
    };
    output.outcome(&result, None)
}

/// A command that needs a card. The outcome is printed before other operators' notifications are sent.
async fn run_on_card(args: &Args, output: &Output, interrupt: &Interrupt) -> ExitCode {
    let opened = tokio::select! {
        opened = Context::open(args, output) => opened,
        () = interrupt.wished() => Err(Failure::interrupted()),
    };
    let context = match opened {
        Ok(context) => context,
        Err(failure) => return output.outcome(&Err(failure), None),
    };
    let result = commands::run(&args.command, &context, output, interrupt).await;
    if let Err(failure) = &result {
        context.hint(failure, output);
    }
    let stats = if args.global.stats { context.lpa.stats().await.ok() } else { None };
    let exit = output.outcome(&result, stats);
    if result.is_ok_and(|done| done.sweep) {
        commands::notifications::sweep(&context.lpa, output, interrupt).await;
    }
    context.close().await;
    exit
}
