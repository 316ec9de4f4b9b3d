//! Transcripts of recorded runs, judged by the independent Python checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Programs that must have left at least one transcript; the sample of the checks is no program.
pub(crate) const REQUIRED_PROGRAMS: &[&str] = &["lpac", "lpakit"];

/// What `verify_transcript.py --json` says about one transcript.
#[derive(Deserialize)]
pub(crate) struct Verified {
    program: String,
    checks: u64,
}

/// What `check_asn1.py --json` says about one transcript.
#[derive(Deserialize)]
pub(crate) struct Decoded {
    objects: u64,
}

/// The transcripts in a folder, by name.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).with_context(|| format!("cannot list {folder:?}"))?;
    let mut found: Vec<PathBuf> = listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    found.sort();
    if found.is_empty() {
        bail!("no test left a transcript in {folder:?}: the interop tests did not run");
    }
    Ok(found)
}

/// Reads one JSON object per transcript from what a check printed.
pub(crate) fn read_reports<T: for<'a> Deserialize<'a>>(
    printed: &str,
    transcripts: usize,
) -> Result<Vec<T>> {
    let reports: Vec<T> = printed
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).with_context(|| format!("no report: {line}")))
        .collect::<Result<_>>()?;
    if reports.len() != transcripts {
        bail!("{} reports for {transcripts} transcripts", reports.len());
    }
    Ok(reports)
}

/// The facts line of the verifier's stage; fails when a required program left no transcript.
pub(crate) fn verified_facts(reports: &[Verified], required: &[&str]) -> Result<String> {
    let mut by_program: BTreeMap<&str, u64> = BTreeMap::new();
    for report in reports {
        if report.checks == 0 {
            bail!("a transcript of {} passed no check at all", report.program);
        }
        *by_program.entry(&report.program).or_default() += 1;
    }
    for program in required {
        if !by_program.contains_key(program) {
            bail!("no transcript of {program}: its interop tests did not run");
        }
    }
    let counts: Vec<String> =
        by_program.iter().map(|(program, count)| format!("{program} {count}")).collect();
    let checks: u64 = reports.iter().map(|report| report.checks).sum();
    Ok(format!("transcripts: {}; {checks} checks", counts.join(", ")))
}

/// The facts line of the asn1Play stage.
pub(crate) fn decoded_facts(reports: &[Decoded]) -> Result<String> {
    let objects: u64 = reports.iter().map(|report| report.objects).sum();
    if objects == 0 {
        bail!("asn1Play re-encoded no object at all");
    }
    Ok(format!("{objects} objects re-encoded to the same bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(program: &str, checks: u64) -> Verified {
        Verified { program: program.to_owned(), checks }
    }

    #[test]
    fn transcripts_are_found_by_name_and_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert!(find(folder.path()).unwrap_err().to_string().contains("no test left"));
        for name in ["b.jsonl", "a.jsonl"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("a.jsonl"), folder.path().join("b.jsonl")]);
    }

    #[test]
    fn programs_are_counted_and_checks_added_up() {
        let reports = [report("lpac", 10), report("lpakit", 7), report("lpac", 3)];
        let facts = verified_facts(&reports, &["lpac", "lpakit"]).unwrap();
        assert_eq!(facts, "transcripts: lpac 2, lpakit 1; 20 checks");
        assert!(verified_facts(&reports, &["euicc-go"]).is_err());
        assert!(verified_facts(&[report("lpac", 0)], &[]).is_err());
    }

    #[test]
    fn reports_are_read_line_by_line_and_none_may_be_missing() {
        let printed =
            "{\"transcript\":\"a\",\"objects\":4,\"by_type\":{}}\nnote\n{\"objects\":5}\n";
        let reports: Vec<Decoded> = read_reports(printed, 2).unwrap();
        assert_eq!(decoded_facts(&reports).unwrap(), "9 objects re-encoded to the same bytes");
        assert!(read_reports::<Decoded>(printed, 3).is_err());
        assert!(read_reports::<Decoded>("{\"other\":1}", 1).is_err());
        assert!(decoded_facts(&[]).is_err());
    }
}
