//! Tests of the Markdown files: every link inside the repository leads to a file, and to a heading where it names one.

use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 4] = ["", "docs", "docs/adr", "tests/bench"];

fn documents(root: &Path) -> Vec<PathBuf> {
    let listed = FOLDERS.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files
}

/// The targets of links and pictures, outside blocks of code.
fn links(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let prose = text.lines().filter(move |line| {
        in_code ^= line.trim_start().starts_with("```");
        !in_code
    });
    let targets = prose.flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| rest.split(')').next()).collect()
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut checked = 0;
    let mut faults = Vec::new();
    for document in documents(root) {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            let leads = target.exists()
                && (heading.is_empty()
                    || fs::read_to_string(&target).is_ok_and(|text| {
                        text.lines().any(|line| line.starts_with('#') && anchor(line) == heading)
                    }));
            checked += 1;
            if !leads {
                faults.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(checked > 20, "only {checked} links were found");
}

#[test]
fn links_and_anchors_are_read() {
    assert_eq!(links("[a](b.md) and ![c](d.svg)\n```\n[no](code)\n```\n"), ["b.md", "d.svg"]);
    assert_eq!(anchor("### The sandbox in debug builds"), "the-sandbox-in-debug-builds");
    assert_eq!(anchor("## What it costs"), "what-it-costs");
}
