//! lpac on a reader.

use std::process::Stdio;

use serde_json::Value;

use super::service::prepared;
use super::world::World;
use crate::support::Ran;

/// lpac with its PC/SC back end.
pub(super) struct Lpac<'a>(&'a World);

impl<'a> Lpac<'a> {
    pub(super) const fn new(world: &'a World) -> Self {
        Self(world)
    }

    /// Runs a command that is to succeed; gives the data of its result.
    pub(super) fn ok(&self, args: &[&str]) -> Value {
        let (ran, result) = self.run(args);
        assert_eq!((ran.code, &result["code"]), (Some(0), &0.into()), "{args:?}: {ran:?}");
        result["data"].clone()
    }

    /// Runs a command that is to fail; gives the step that failed.
    pub(super) fn refused(&self, args: &[&str]) -> String {
        let (ran, result) = self.run(args);
        assert_eq!(result["code"], -1, "{args:?}: {ran:?}");
        result["message"].as_str().unwrap().to_owned()
    }

    /// Runs a command, bounded; its result is the last line that it prints.
    fn run(&self, args: &[&str]) -> (Ran, Value) {
        let mut command = self.0.other("timeout");
        command.arg("120").arg(prepared("LPAKIT_LPAC_PCSC")).args(args).stdin(Stdio::null());
        command.env("LPAC_APDU", "pcsc").env("LPAC_HTTP", "curl");
        let ran = Ran::of(command.output().unwrap());
        let line = ran.stdout.lines().last().unwrap_or_else(|| panic!("{args:?}: {ran:?}"));
        let result: Value = serde_json::from_str(line).unwrap();
        (ran, result["payload"].clone())
    }
}
