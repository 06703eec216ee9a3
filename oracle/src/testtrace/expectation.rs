//! What a `.test` file expects of a reader.

use std::fmt;

use super::error::TextErrorKind;
use super::literal;

/// What a reader should say of the trace beside it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Expectation {
    /// The trace can be read to its end.
    Success,
    /// Reading fails, and somewhere in the error's text this RE2 pattern matches.
    Failure {
        /// The pattern. It is not checked here; the crate `regex` reads the same syntax.
        pattern: String,
    },
}

/// How a reader's verdict differs from the expectation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mismatch {
    /// The trace was to be read, and was not.
    #[error("unexpected error while reading the trace: {found}")]
    UnexpectedError {
        /// The reader's error.
        found: String,
    },
    /// The trace was not to be read, and was.
    #[error("expected error while reading the trace: want something matching `{pattern}`, got none")]
    MissingError {
        /// The pattern.
        pattern: String,
    },
    /// The error is another one.
    #[error("unexpected error while reading the trace: want something matching `{pattern}`, got {found}")]
    OtherError {
        /// The pattern.
        pattern: String,
        /// The reader's error.
        found: String,
    },
}

impl Expectation {
    /// Parses the file `expect`, of which only the first line counts; an empty file expects success.
    pub(super) fn parse(text: &str) -> Result<Self, TextErrorKind> {
        let Some(line) = text.lines().next() else { return Ok(Self::Success) };
        let bad = || TextErrorKind::BadExpectation { found: line.to_owned() };
        match line.split_once(' ').unwrap_or((line, "")) {
            ("SUCCESS", _) => Ok(Self::Success),
            ("FAILURE", quoted) => {
                let pattern = literal::unquote(quoted).ok_or_else(bad)?;
                Ok(Self::Failure { pattern: String::from_utf8(pattern).map_err(|_| bad())? })
            }
            _ => Err(bad()),
        }
    }

    /// Whether a reader's outcome (its error's text, if any) is as expected. `matches` searches a text for an RE2
    /// pattern: `|pattern, text| Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))`.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] when it is not.
    pub fn check(
        &self,
        error: Option<&str>,
        matches: impl FnOnce(&str, &str) -> bool,
    ) -> Result<(), Mismatch> {
        match (self, error) {
            (Self::Success, None) => Ok(()),
            (Self::Success, Some(found)) => Err(Mismatch::UnexpectedError { found: found.to_owned() }),
            (Self::Failure { pattern }, None) => Err(Mismatch::MissingError { pattern: pattern.clone() }),
            (Self::Failure { pattern }, Some(found)) if matches(pattern, found) => Ok(()),
            (Self::Failure { pattern }, Some(found)) => {
                Err(Mismatch::OtherError { pattern: pattern.clone(), found: found.to_owned() })
            }
        }
    }
}

impl fmt::Display for Expectation {
    /// The line of the file `expect`, without its line feed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => formatter.write_str("SUCCESS"),
            Self::Failure { pattern } => write!(formatter, "FAILURE {}", literal::quote(pattern.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_writes() {
        let failure = Expectation::Failure { pattern: "expected a proc\\b \"x\"".to_owned() };
        for expectation in [Expectation::Success, failure] {
            assert_eq!(Expectation::parse(&expectation.to_string()), Ok(expectation));
        }
    }

    #[test]
    fn only_the_first_line_counts() {
        assert_eq!(Expectation::parse(""), Ok(Expectation::Success));
        assert_eq!(Expectation::parse("SUCCESS and more\nFAILURE"), Ok(Expectation::Success));
        let quoted = Expectation::Failure { pattern: "a b".to_owned() };
        assert_eq!(Expectation::parse("FAILURE `a b`\nSUCCESS"), Ok(quoted));
    }

    #[test]
    fn rejects_other_lines() {
        for bad in [
            "success",
            "FAILURE",
            "FAILURE x",
            "FAILURE  \"x\"",
            "FAILURE \"x",
            "\nSUCCESS",
            "FAILURE\t\"x\"",
        ] {
            let found = bad.lines().next().unwrap().to_owned();
            assert_eq!(Expectation::parse(bad), Err(TextErrorKind::BadExpectation { found }), "{bad:?}");
        }
    }

    #[test]
    fn checks_a_verdict() {
        let contains = |pattern: &str, text: &str| text.contains(pattern);
        let failure = Expectation::Failure { pattern: "proc".to_owned() };
        assert_eq!(Expectation::Success.check(None, contains), Ok(()));
        assert_eq!(failure.check(Some("no proc here"), contains), Ok(()));
        assert!(matches!(
            Expectation::Success.check(Some("x"), contains),
            Err(Mismatch::UnexpectedError { .. })
        ));
        assert!(matches!(failure.check(None, contains), Err(Mismatch::MissingError { .. })));
        assert!(matches!(failure.check(Some("x"), contains), Err(Mismatch::OtherError { .. })));
    }
}
