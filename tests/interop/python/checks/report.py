"""Counting checks by kind and collecting faults."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import Iterator

from checks.tlv import TlvError


class Report:
    """The checks made on one transcript."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.exchanges: Counter[str] = Counter()

    @property
    def checks(self) -> int:
        """How many checks passed."""
        return sum(self.passed.values())

    def kinds_at_fault(self) -> set[str]:
        """The kinds of check that found a fault."""
        return {kind for kind, _ in self.faults}

    def check(self, kind: str, holds: object, text: str) -> bool:
        """Counts a check that holds; otherwise records a fault."""
        if holds:
            self.passed[kind] += 1
        else:
            self.faults.append((kind, text))
        return bool(holds)

    def equal(self, kind: str, found: object, wanted: object, text: str) -> bool:
        """Checks that two values are the same."""
        return self.check(kind, found == wanted, f"{text}: {show(found)} is not {show(wanted)}")

    @contextmanager
    def guard(self, kind: str, text: str) -> Iterator[None]:
        """Turns bytes that cannot be read into a fault instead of a crash."""
        try:
            yield
        except (TlvError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            self.faults.append((kind, f"{text}: {type(error).__name__}: {error}"))

    def take(self, other: "Report", refused: str | None) -> None:
        """Takes over a part's checks. If the part was `refused`, its faults explain why and are
        notes; nobody acted on what was wrong."""
        self.passed.update(other.passed)
        self.notes += other.notes
        if refused is None:
            self.faults += other.faults
        else:
            self.passed["refused"] += len(other.faults) > 0
            self.notes += [f"{refused}: {text}" for _, text in other.faults]


def show(value: object) -> str:
    """A short form of a value for messages."""
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 80 else f"{text[:76]}… ({len(text)} characters)"
