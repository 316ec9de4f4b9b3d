//! The figures, for people and for programs.

use std::fmt::Write;

use serde_json::json;

use crate::download::Download;
use crate::floor::Floor;
use crate::limits::Finding;
use crate::memory::MemoryUse;
use crate::model::Model;

/// One download as a JSON object on one line.
pub fn json(download: &Download, floor: &Floor, model: &Model) -> String {
    let counts = &download.counts;
    json!({
        "program": download.program,
        "apdus": counts.apdus,
        "floor_apdus": floor.apdus,
        "apdu_bytes_out": counts.apdu_bytes_out,
        "apdu_bytes_in": counts.apdu_bytes_in,
        "http_requests": counts.http_requests,
        "tls_handshakes": counts.tls_handshakes,
        "modelled_ms": model.milliseconds(counts),
    })
    .to_string()
}

/// A row of the table: its name, and the figure of each download.
type Row = (&'static str, Vec<u64>);

/// Downloads side by side.
pub fn table(downloads: &[Download], floor: &Floor, model: &Model) -> String {
    let each = |figure: &dyn Fn(&Download) -> u64| downloads.iter().map(figure).collect();
    let rows: [Row; 10] = [
        ("APDUs", each(&|download| download.counts.apdus)),
        ("  the standard's floor", each(&|_| floor.apdus)),
        ("  octets to the card", each(&|download| download.counts.apdu_bytes_out)),
        ("  octets from the card", each(&|download| download.counts.apdu_bytes_in)),
        ("HTTP requests", each(&|download| download.counts.http_requests)),
        ("  octets of bodies out", each(&|download| download.counts.body_bytes_out)),
        ("  octets of bodies in", each(&|download| download.counts.body_bytes_in)),
        ("TCP connections", each(&|download| download.counts.tcp_connections)),
        ("TLS handshakes", each(&|download| download.counts.tls_handshakes)),
        ("modelled time, ms", each(&|download| model.milliseconds(&download.counts))),
    ];
    let names: Vec<&str> = downloads.iter().map(|download| download.program).collect();
    let mut text = line("", &names);
    for (name, figures) in rows {
        let figures: Vec<String> = figures.iter().map(u64::to_string).collect();
        text += &line(name, &figures);
    }
    text
}

fn line(name: &str, cells: &[impl AsRef<str>]) -> String {
    let mut text = format!("{name:<26}");
    for cell in cells {
        // Writing into a text cannot fail.
        let _ = write!(text, "{:>10}", cell.as_ref());
    }
    text + "\n"
}

/// The memory of a download.
pub fn memory(memory: &MemoryUse) -> String {
    format!(
        "memory, package of {} octets: peak {} octets above the idle client, {} allocations\n",
        memory.bpp, memory.peak, memory.allocations
    )
}

/// What must be reached and how it came out, one a line.
pub fn findings(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::Counts;

    const FLOOR: Floor = Floor { apdus: 101, package: 81 };

    fn download(program: &'static str) -> Download {
        let counts = Counts {
            apdus: 103,
            apdu_bytes_out: 22_000,
            apdu_bytes_in: 3_000,
            tcp_connections: 1,
            tls_handshakes: 1,
            http_requests: 4,
            body_bytes_out: 3_200,
            body_bytes_in: 32_000,
        };
        Download { program, counts }
    }

    #[test]
    fn json_has_the_agreed_names_and_no_others() {
        let text = json(&download("lpakit"), &FLOOR, &Model::default());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "program": "lpakit", "apdus": 103, "floor_apdus": 101, "apdu_bytes_out": 22_000,
            "apdu_bytes_in": 3_000, "http_requests": 4, "tls_handshakes": 1, "modelled_ms": 3_880,
        });
        assert_eq!(value, expected);
        assert!(!text.contains('\n'));
    }

    #[test]
    fn a_table_has_a_column_for_each_program() {
        let all = [download("lpakit"), download("lpac"), download("lpac-255")];
        let text = table(&all, &FLOOR, &Model::default());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["lpakit", "lpac", "lpac-255"]);
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["APDUs", "103", "103", "103"]);
        assert!(lines.iter().all(|line| line.len() == 56));
    }
}
