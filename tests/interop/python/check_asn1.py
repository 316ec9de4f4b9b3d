"""Decodes every ES9+, ES10, ES11, ES12 and profile object of recorded runs (tests/interop/TRANSCRIPT.md) with
the standard's ASN.1 modules, as asn1Play compiled them, and encodes each back to the same bytes.

    check_asn1.py [--json] TRANSCRIPT.jsonl…

Exit status 0 when every object comes out as it went in, 1 otherwise; faults go to standard error.
Leniencies, counted in notes: a profile class written out though it is the default, as real servers
do; and a package that is none, if no byte of it was loaded.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from checks.asn1 import Checker
from checks.interfaces import ALL
from checks.transcript import TranscriptError, load


def main(arguments: list[str]) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("transcripts", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object per transcript")
    options = parser.parse_args(arguments)
    good = True
    for path in options.transcripts:
        try:
            checker = Checker(load(path))
        except (OSError, TranscriptError, ValueError, KeyError) as error:
            print(f"{path.name}: no transcript: {error}", file=sys.stderr)
            good = False
            continue
        checker.run()
        good = good and not checker.faults
        for text in checker.faults:
            print(f"{path.name}: {text}", file=sys.stderr)
        for text, count in checker.lenient.items():
            print(f"{path.name}: note: {text}: {count}", file=sys.stderr)
        _print(checker, options.json)
    return 0 if good else 1


def _print(checker: Checker, as_json: bool) -> None:
    name = checker.transcript.name
    objects, by_type = sum(checker.by_type.values()), dict(sorted(checker.by_type.items()))
    if as_json:
        print(json.dumps({"transcript": name, "program": checker.transcript.program, "objects": objects,
                          "by_type": by_type,
                          "by_interface": {name: checker.by_interface[name] for name in ALL}}))
        return
    print(f"{name}: {objects} objects come out as they went in, {len(checker.faults)} faults")
    print("  objects: " + ", ".join(f"{name} {checker.by_interface[name]}" for name in ALL))
    for kind, count in by_type.items():
        print(f"  {kind:36} {count:5}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
