"""Re-checks recorded runs (tests/interop/TRANSCRIPT.md): signatures, certificate chains, session
keys, MACs, decryption, and that bytes were carried unchanged.

    verify_transcript.py [--json] [--at TIME] TRANSCRIPT.jsonl…

Exit status 0 when every check of every transcript holds, 1 otherwise; faults go to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from checks.interfaces import ALL
from checks.report import Report
from checks.transcript import Transcript, TranscriptError, load
from checks.verifier import verify


def main(arguments: list[str]) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("transcripts", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object per transcript")
    parser.add_argument("--notes", action="store_true", help="also say why objects were refused")
    parser.add_argument("--at", type=_time, default=datetime.now(timezone.utc),
                        help="judge certificates at this time (ISO 8601) instead of now")
    options = parser.parse_args(arguments)
    good = True
    for path in options.transcripts:
        try:
            transcript = load(path)
        except (OSError, TranscriptError, ValueError, KeyError) as error:
            print(f"{path.name}: no transcript: {error}", file=sys.stderr)
            good = False
            continue
        report = verify(transcript, options.at)
        _print(transcript, report, options)
        good = good and not report.faults
    return 0 if good else 1


def _print(transcript: Transcript, report: Report, options: argparse.Namespace) -> None:
    for kind, text in report.faults:
        print(f"{transcript.name}: [{kind}] {text}", file=sys.stderr)
    if options.notes:
        for text in report.notes:
            print(f"{transcript.name}: note: {text}", file=sys.stderr)
    by_kind = {kind: report.passed[kind] for kind in sorted(report.passed) if report.passed[kind]}
    if options.json:
        print(json.dumps({"transcript": transcript.name, "program": transcript.program,
                          "checks": report.checks, "by_kind": by_kind,
                          "by_interface": {name: report.exchanges[name] for name in ALL}}))
        return
    print(f"{transcript.name} ({transcript.program}): {report.checks} checks hold, "
          f"{len(report.faults)} faults")
    judged = ", ".join(f"{name} {report.exchanges[name]}" for name in ALL)
    print(f"  exchanges: {judged}")
    for kind, count in by_kind.items():
        print(f"  {kind:16} {count:5}")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
