//! What the test programs of all languages say they ran.

/// Tests and stories that ran, over any number of programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) ignored: u64,
    /// Stories told by a language's driver, inside its tests.
    pub(crate) stories: u64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, more| Self {
            passed: sum.passed + more.passed,
            ignored: sum.ignored + more.ignored,
            stories: sum.stories + more.stories,
        })
    }
}

/// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`, which cargo's test programs print.
pub(crate) fn cargo_result(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Tally { passed: count("passed")?, ignored: count("ignored")?, stories: 0 })
}

/// Reads `Ran 12 tests in 3.4s`, which Python's unittest prints.
pub(crate) fn unittest_count(line: &str) -> Option<u64> {
    line.strip_prefix("Ran ")?.split_once(" test")?.0.parse().ok()
}

/// Reads `stories: 25 passed`, which each language's driver prints.
///
/// Maven puts colour codes around the lines of tests, whatever it is told about colours.
pub(crate) fn stories(line: &str) -> Option<u64> {
    let line = without_colours(line);
    let count = line.trim().strip_prefix("stories: ")?;
    count.strip_suffix(" passed").unwrap_or(count).parse().ok()
}

/// How many stories a file of stories has.
pub(crate) fn stories_written(text: &str) -> u64 {
    text.lines().map(|line| u64::from(line.trim_start().starts_with("story "))).sum()
}

/// A line without the codes that colour it on a terminal.
pub(crate) fn without_colours(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

/// Reads the counts of a JUnit report, the file `TEST-….xml` that Maven's surefire writes.
pub(crate) fn surefire_result(report: &str) -> Option<Tally> {
    let start = report.split_once("<testsuite ")?.1.split_once('>')?.0;
    let count = |name: &str| -> Option<u64> {
        let value = start.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
        value.parse().ok()
    };
    let not_run = count("skipped")?;
    let passed = count("tests")?.checked_sub(not_run + count("errors")? + count("failures")?)?;
    Some(Tally { passed, ignored: not_run, stories: 0 })
}

/// Reads `Executed 12 tests, with 1 test skipped and 0 failures (0 unexpected) in …`, which XCTest prints at the end of
/// each suite; the last of them counts all.
pub(crate) fn xctest_result(line: &str) -> Option<Tally> {
    let (count, rest) = line.trim().strip_prefix("Executed ")?.split_once(" test")?;
    let number_before = |word: &str| -> Option<u64> {
        rest.split_once(word)?.0.split_whitespace().rev().find_map(|word| word.parse().ok())
    };
    let ignored = number_before(" skipped").unwrap_or(0);
    let failed = number_before(" failure")?;
    let passed = count.parse::<u64>().ok()?.checked_sub(ignored + failed)?;
    Some(Tally { passed, ignored, stories: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, ignored: u64) -> Option<Tally> {
        Some(Tally { passed, ignored, stories: 0 })
    }

    #[test]
    fn cargo_results_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.0s";
        assert_eq!(cargo_result(line), tally(12, 1));
        let bad = "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(cargo_result(bad), tally(3, 0));
        assert_eq!(cargo_result("test a::b ... ok"), None);
    }

    #[test]
    fn unittest_counts_are_read() {
        assert_eq!(unittest_count("Ran 12 tests in 3.456s"), Some(12));
        assert_eq!(unittest_count("Ran 1 test in 0.001s"), Some(1));
        assert_eq!(unittest_count("OK"), None);
    }

    #[test]
    fn stories_are_counted() {
        let file = "# story of a comment\nstory One\n  open\n\n  story Two\nstory";
        assert_eq!(stories_written(file), 2);
    }

    #[test]
    fn stories_are_read() {
        assert_eq!(stories("stories: 25 passed"), Some(25));
        assert_eq!(stories("  stories: 1\r"), Some(1));
        assert_eq!(stories("\x1b[0m\x1b[0;1mstories: 7 passed\x1b[m"), Some(7));
        assert_eq!(stories("stories: 24 passed, 1 failed"), None);
        assert_eq!(stories("stories: passed"), None);
    }

    #[test]
    fn surefire_reports_are_read() {
        let report = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite xmlns:xsi=\"x\" version=\"3.0.2\" \
                      name=\"a.VersionTest\" time=\"1.0\" tests=\"7\" errors=\"1\" skipped=\"2\" failures=\"1\">\n\
                      <testcase name=\"tests=\" tests=\"99\"/></testsuite>";
        assert_eq!(surefire_result(report), tally(3, 2));
        assert_eq!(surefire_result("<testsuite tests=\"1\">"), None);
        assert_eq!(surefire_result("cut short <testsuite a"), None);
        assert_eq!(surefire_result(""), None);
    }

    #[test]
    fn xctest_counts_are_read() {
        let line = "\t Executed 12 tests, with 0 failures (0 unexpected) in 0.5 (0.5) seconds";
        assert_eq!(xctest_result(line), tally(12, 0));
        let line = "\t Executed 5 tests, with 2 tests skipped and 1 failure (0 unexpected) in 0.1 (0.1) seconds";
        assert_eq!(xctest_result(line), tally(2, 2));
        let line = "\t Executed 1 test, with 0 failures (0 unexpected) in 0.0 (0.0) seconds";
        assert_eq!(xctest_result(line), tally(1, 0));
        assert_eq!(xctest_result("Test Suite 'All tests' passed at 2026"), None);
    }

    #[test]
    fn tallies_add_up() {
        let one = Tally { passed: 1, ignored: 2, stories: 3 };
        let sum: Tally = [one, one].into_iter().sum();
        assert_eq!(sum, Tally { passed: 2, ignored: 4, stories: 6 });
    }
}
