//! lpakit's log, for the app's own. No identifier and no secret stands in it.

use std::sync::{Arc, Mutex};

use log::{LevelFilter, Log, Metadata, Record};

use crate::error::LpaError;
use crate::sync::lock;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What is odd.
    Warn,
    /// What is done.
    Info,
    /// How it is done.
    Debug,
}

/// A listener failed; lpakit goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LogListenerError {
    /// It failed.
    #[error("the listener failed")]
    NotTaken,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for LogListenerError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::NotTaken
    }
}

/// Takes the log. Called from any thread, so it must be quick and must not call lpakit.
#[uniffi::export(foreign)]
pub trait LogListener: Send + Sync {
    /// One line. What goes wrong with it is of no interest to lpakit.
    fn log(&self, level: LogLevel, target: String, line: String) -> Result<(), LogListenerError>;
}

static LISTENER: Mutex<Option<Arc<dyn LogListener>>> = Mutex::new(None);

struct Forwarder;

impl Log for Forwarder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What libraries below lpakit say may hold addresses.
        metadata.target().starts_with("lpakit")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let listener = lock(&LISTENER).clone();
        let level = match record.level() {
            log::Level::Error => LogLevel::Error,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Info => LogLevel::Info,
            log::Level::Debug | log::Level::Trace => LogLevel::Debug,
        };
        if let Some(listener) = listener {
            let line = record.args().to_string();
            // Nowhere is left to tell of a log that fails.
            let _ = listener.log(level, record.target().to_owned(), line);
        }
    }

    fn flush(&self) {}
}

/// Hands the log to a listener, from this level on; to nobody without one. There is one listener in a process.
#[uniffi::export]
pub fn set_log_listener(
    listener: Option<Arc<dyn LogListener>>,
    level: LogLevel,
) -> Result<(), LpaError> {
    static FORWARDER: Forwarder = Forwarder;
    // A Rust host may have its own log; then this one stays silent.
    let _ = log::set_logger(&FORWARDER);
    let level = match level {
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
    };
    log::set_max_level(if listener.is_some() { level } else { LevelFilter::Off });
    *lock(&LISTENER) = listener;
    Ok(())
}
