//! `cargo xtask size`: what the library weighs, what in it weighs most, and whether that is within `size-budget.toml`.

mod crates;
mod sdk;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::mobile::{self, Built};
use crate::place::Place;
use crate::prepare::{Part, Prepared};
use crate::process::cargo;
use crate::table::Stages;
use crates::Share;

/// The target whose weight is held to the budget.
const PHONE: &str = "aarch64-linux-android";

/// How the budget and the report call all that an app takes in.
const SDK: &str = "android-sdk";

/// How many crates are named.
const BIGGEST: usize = 10;

/// What one thing weighs.
#[derive(Debug, Serialize)]
pub(crate) struct Weight {
    target: String,
    bytes: u64,
    gzip_bytes: u64,
    /// The biggest crates by the size of their symbols, where there are symbols.
    crates: Vec<Share>,
}

/// What it may weigh, and what it shall weigh one day.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Limit {
    bytes: u64,
    gzip_bytes: u64,
    goal: Option<Goal>,
}

/// A weight that is not reached yet. It is told in each run, and fails none.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Goal {
    bytes: u64,
    gzip_bytes: u64,
}

/// Builds for this machine and for phones, and prints what they weigh.
pub(crate) fn run(place: &Place, json: bool) -> Result<()> {
    let mut stages = Stages::default();
    let mut prepared = Prepared::default();
    prepared.add_all(place, &mut stages, &[Part::Maven, Part::Mobile])?;
    let mut weights = vec![host(place)?];
    weights.extend(on_phones(place, &mobile::targets(place, &mut stages, false)?)?);
    for weight in &weights {
        match json {
            true => println!("{}", serde_json::to_string(weight)?),
            false => print!("{}", weight.table()),
        }
    }
    let budget = budget(place)?;
    to_go(&weights, &budget).iter().for_each(|line| eprintln!("{line}"));
    within(&weights, &budget)
}

/// One line of facts for the table of stages; an error beyond the budget.
pub(crate) fn check(place: &Place, built: &[Built]) -> Result<String> {
    let weights = on_phones(place, built)?;
    for weight in &weights {
        print!("{}", weight.table());
    }
    let budget = budget(place)?;
    within(&weights, &budget)?;
    let facts = weights.iter().map(|weight| {
        format!("{} {} bytes, {} packed", weight.target, weight.bytes, weight.gzip_bytes)
    });
    Ok(facts.chain(to_go(&weights, &budget)).collect::<Vec<_>>().join("; "))
}

fn on_phones(place: &Place, built: &[Built]) -> Result<Vec<Weight>> {
    let phone = built.iter().find(|built| built.target.triple == PHONE);
    let phone = phone.with_context(|| format!("{PHONE} was not built"))?;
    let library = Weight::of(PHONE, &phone.library, &phone.with_symbols)?;
    let sdk = sdk::weigh(place, SDK, &library)?;
    Ok(vec![library, sdk])
}

/// The library for this machine, built as for phones.
fn host(place: &Place) -> Result<Weight> {
    let mut command = Command::new(cargo());
    command.args(["rustc", "--locked", "--release", "--package", "lpakit-ffi", "--lib"]);
    command.args(["--crate-type", "cdylib", "--config", "profile.release.strip=false"]);
    let folder = place.target.join("size");
    command.arg("--target-dir").arg(&folder).current_dir(&place.root);
    if !command.status().context("cargo did not start")?.success() {
        bail!("lpakit-ffi cannot be built for this machine: see above");
    }
    let (start, end) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = folder.join("release").join(format!("{start}lpakit_ffi{end}"));
    let stripped = folder.join("stripped");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&stripped).arg(&library);
    crate::process::output(&mut strip, "install binutils")?;
    Weight::of("host", &stripped, &library)
}

impl Weight {
    fn of(target: &str, library: &Path, with_symbols: &Path) -> Result<Self> {
        let bytes = read(library)?;
        let mut crates = crates::shares(&read(with_symbols)?)?;
        crates.truncate(BIGGEST);
        Ok(Self {
            target: target.to_owned(),
            bytes: bytes.len() as u64,
            gzip_bytes: packed(&bytes)?,
            crates,
        })
    }

    fn table(&self) -> String {
        let mut text =
            format!("{}: {} bytes, {} packed\n", self.target, self.bytes, self.gzip_bytes);
        for share in &self.crates {
            text.push_str(&format!("{:>9}  {}\n", share.bytes, share.name));
        }
        text
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {path:?}"))
}

/// The size that gzip makes of it at its best.
fn packed(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

fn budget_file(place: &Place) -> PathBuf {
    place.root.join("size-budget.toml")
}

fn budget(place: &Place) -> Result<BTreeMap<String, Limit>> {
    let path = budget_file(place);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path:?}"))?;
    toml::from_str(&text).with_context(|| format!("{path:?} is not as it should be"))
}

/// What is missing to the goals.
fn to_go(weights: &[Weight], budget: &BTreeMap<String, Limit>) -> Vec<String> {
    let missing = |weight: &Weight| {
        let goal = budget.get(&weight.target)?.goal.as_ref()?;
        let bytes = weight.bytes.saturating_sub(goal.bytes);
        let packed = weight.gzip_bytes.saturating_sub(goal.gzip_bytes);
        let target = &weight.target;
        let told = format!("{target} is {bytes} bytes, {packed} packed, above its goal");
        (bytes + packed > 0).then_some(told)
    };
    weights.iter().filter_map(missing).collect()
}

/// Every limit must be met, and by something that was weighed.
fn within(weights: &[Weight], budget: &BTreeMap<String, Limit>) -> Result<()> {
    let mut faults = Vec::new();
    for (target, limit) in budget {
        let Some(weight) = weights.iter().find(|weight| weight.target == *target) else {
            faults.push(format!("{target} has a limit and was not weighed"));
            continue;
        };
        for (what, is, may) in [
            ("bytes", weight.bytes, limit.bytes),
            ("bytes packed", weight.gzip_bytes, limit.gzip_bytes),
        ] {
            if is > may {
                faults.push(format!("{target} has {is} {what}, {} too many", is - may));
            }
        }
    }
    if faults.is_empty() && !budget.is_empty() {
        return Ok(());
    }
    bail!(
        "beyond size-budget.toml (`cargo xtask size` tells what weighs what):\n- {}",
        faults.join("\n- ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(bytes: u64, gzip_bytes: u64) -> Weight {
        Weight { target: PHONE.to_owned(), bytes, gzip_bytes, crates: Vec::new() }
    }

    fn limits(text: &str) -> BTreeMap<String, Limit> {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_too_heavy_is_told_with_how_much() {
        let budget = limits("[aarch64-linux-android]\nbytes = 100\ngzip_bytes = 50\n");
        assert!(within(&[weight(100, 50)], &budget).is_ok());
        let error = within(&[weight(103, 50)], &budget).unwrap_err().to_string();
        assert!(error.contains("103 bytes, 3 too many"), "{error}");
        let error = within(&[weight(100, 51)], &budget).unwrap_err().to_string();
        assert!(error.contains("51 bytes packed, 1 too many"), "{error}");
    }

    #[test]
    fn a_goal_is_told_until_it_is_reached() {
        let text = "bytes = 100\ngzip_bytes = 50\ngoal = { bytes = 80, gzip_bytes = 50 }\n";
        let budget = limits(&format!("[aarch64-linux-android]\n{text}"));
        let told = to_go(&[weight(90, 40)], &budget);
        assert_eq!(told, ["aarch64-linux-android is 10 bytes, 0 packed, above its goal"]);
        assert!(to_go(&[weight(80, 50)], &budget).is_empty());
    }

    #[test]
    fn a_limit_without_a_weight_and_no_limit_at_all_are_no_success() {
        let budget = limits("[other]\nbytes = 100\ngzip_bytes = 50\n");
        let error = within(&[weight(1, 1)], &budget).unwrap_err().to_string();
        assert!(error.contains("was not weighed"), "{error}");
        assert!(within(&[weight(1, 1)], &BTreeMap::new()).is_err());
    }

    #[test]
    fn the_committed_budget_is_read_and_names_both() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
        let place = Place { cache: root.join(".cache"), target: root.join("target"), root };
        let budget = budget(&place).unwrap();
        assert_eq!(budget.keys().collect::<Vec<_>>(), [PHONE, SDK]);
    }

    #[test]
    fn packing_packs() {
        assert!(packed(&[7; 10_000]).unwrap() < 100);
    }
}
