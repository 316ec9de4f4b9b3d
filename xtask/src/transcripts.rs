//! Transcripts of recorded runs, judged by the independent Python checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Programs that must have left at least one transcript; the sample of the checks is no program.
pub(crate) const REQUIRED_PROGRAMS: &[&str] = &["lpac", "lpakit"];

/// Whose transcript shows only that the checks work: it counts for nothing else.
const SAMPLE: &str = "sample";

/// The interfaces that must have been exercised, in the order in which they are counted.
const INTERFACES: [&str; 4] = ["ES9+", "ES10", "ES11", "ES12"];

/// Types that must have been seen at a card: every ES10 function of an LPA, in both directions.
pub(crate) const REQUIRED_TYPES: &[&str] = &[
    "AuthenticateServerRequest",
    "AuthenticateServerResponse",
    "CancelSessionRequest",
    "CancelSessionResponse",
    "DeleteProfileRequest",
    "DeleteProfileResponse",
    "DisableProfileRequest",
    "DisableProfileResponse",
    "EUICCInfo1",
    "EUICCInfo2",
    "EUICCInfo2 (v3.1)",
    "EnableProfileRequest",
    "EnableProfileResponse",
    "EuiccConfiguredAddressesRequest",
    "EuiccConfiguredAddressesResponse",
    "EuiccConfiguredAddressesResponse (v3.1)",
    "EuiccMemoryResetRequest",
    "EuiccMemoryResetResponse",
    "GetEuiccChallengeRequest",
    "GetEuiccChallengeResponse",
    "GetEuiccDataRequest",
    "GetEuiccDataResponse",
    "GetEuiccInfo1Request",
    "GetEuiccInfo2Request",
    "GetRatRequest",
    "GetRatResponse",
    "ListNotificationRequest",
    "ListNotificationResponse",
    "LoadCRLRequest",
    "LoadCRLResponse",
    "NotificationSentRequest",
    "NotificationSentResponse",
    "PrepareDownloadRequest",
    "PrepareDownloadResponse",
    "ProfileInfoListRequest",
    "ProfileInfoListResponse",
    "ProfileInstallationResult",
    "RetrieveNotificationsListRequest",
    "RetrieveNotificationsListResponse",
    "SetDefaultDpAddressRequest",
    "SetDefaultDpAddressResponse",
    "SetNicknameRequest",
    "SetNicknameResponse",
];

type Counts = BTreeMap<String, u64>;

/// What `verify_transcript.py --json` says about one transcript.
#[derive(Deserialize)]
pub(crate) struct Verified {
    program: String,
    checks: u64,
    by_interface: Counts,
}

/// What `check_asn1.py --json` says about one transcript.
#[derive(Deserialize)]
pub(crate) struct Decoded {
    program: String,
    objects: u64,
    by_type: Counts,
    by_interface: Counts,
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
    let of_programs = reports.iter().filter(|report| report.program != SAMPLE);
    let exchanges = interfaces(of_programs.map(|report| &report.by_interface))?;
    Ok(format!("transcripts: {}; {checks} checks; exchanges: {exchanges}", counts.join(", ")))
}

/// How much was seen of each interface; fails when one was not used at all.
fn interfaces<'a>(reports: impl Iterator<Item = &'a Counts>) -> Result<String> {
    let all = sum(reports);
    let counts: Result<Vec<String>> = INTERFACES
        .iter()
        .map(|name| match all.get(*name) {
            Some(count @ 1..) => Ok(format!("{name} {count}")),
            _ => bail!("no transcript uses {name}"),
        })
        .collect();
    Ok(counts?.join(", "))
}

fn sum<'a>(reports: impl Iterator<Item = &'a Counts>) -> Counts {
    reports.flatten().fold(Counts::new(), |mut all, (name, count)| {
        *all.entry(name.clone()).or_default() += count;
        all
    })
}

/// The facts line of the asn1Play stage; fails when a required type was never met.
pub(crate) fn decoded_facts(reports: &[Decoded], required: &[&str]) -> Result<String> {
    let objects: u64 = reports.iter().map(|report| report.objects).sum();
    if objects == 0 {
        bail!("asn1Play re-encoded no object at all");
    }
    let of_programs = || reports.iter().filter(|report| report.program != SAMPLE);
    let types = sum(of_programs().map(|report| &report.by_type));
    if let Some(missing) = required.iter().find(|name| !types.contains_key(**name)) {
        bail!("no transcript holds a {missing}");
    }
    let counts = interfaces(of_programs().map(|report| &report.by_interface))?;
    let types = types.len();
    Ok(format!("{objects} objects of {types} types re-encoded to the same bytes: {counts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(each: u64) -> Counts {
        INTERFACES.iter().map(|name| ((*name).to_owned(), each)).collect()
    }

    fn report(program: &str, checks: u64) -> Verified {
        Verified { program: program.to_owned(), checks, by_interface: counts(1) }
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
        let exchanges = "ES9+ 3, ES10 3, ES11 3, ES12 3";
        let expected = format!("transcripts: lpac 2, lpakit 1; 20 checks; exchanges: {exchanges}");
        assert_eq!(facts, expected);
        assert!(verified_facts(&reports, &["euicc-go"]).is_err());
        assert!(verified_facts(&[report("lpac", 0)], &[]).is_err());
        let mut without = report("lpac", 1);
        without.by_interface.insert("ES12".to_owned(), 0);
        let both = [without, report(SAMPLE, 1)];
        let error = verified_facts(&both, &[]).unwrap_err().to_string();
        assert_eq!(error, "no transcript uses ES12");
    }

    #[test]
    fn reports_are_read_line_by_line_and_none_may_be_missing() {
        let report = |objects: u64, name: &str| {
            let interfaces = serde_json::to_string(&counts(objects)).unwrap();
            format!(
                "{{\"transcript\":\"a\",\"program\":\"lpac\",\"objects\":{objects},\"by_type\":{{\"{name}\":{objects}}},\
                 \"by_interface\":{interfaces}}}\n"
            )
        };
        let printed = format!("{}note\n{}", report(4, "One"), report(5, "Two"));
        let reports: Vec<Decoded> = read_reports(&printed, 2).unwrap();
        let facts = decoded_facts(&reports, &["One", "Two"]).unwrap();
        let expected =
            "9 objects of 2 types re-encoded to the same bytes: ES9+ 9, ES10 9, ES11 9, ES12 9";
        assert_eq!(facts, expected);
        let missing = decoded_facts(&reports, &["Three"]).unwrap_err().to_string();
        assert_eq!(missing, "no transcript holds a Three");
        assert!(read_reports::<Decoded>(&printed, 3).is_err());
        assert!(read_reports::<Decoded>("{\"other\":1}", 1).is_err());
        assert!(decoded_facts(&[], &[]).is_err());
    }
}
