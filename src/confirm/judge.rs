//! Judges one trace: by our oracle, and by the reader of a Go release beside it.

use crate::go::Session;

use super::error::ConfirmError;

/// What is said of one trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `<error code>/<failing event>` of the oracle; none when it can read the trace.
    pub(super) failure: Option<String>,
    /// The oracle's message, empty when it can read the trace.
    pub(super) message: String,
    /// The message of Go's reader, empty when it can read the trace; none when Go was not asked.
    pub(super) go_message: Option<String>,
}

impl Verdict {
    /// Whether both readers can, or both cannot, read the trace.
    pub(super) fn agrees(&self) -> bool {
        self.go_message.as_ref().is_none_or(|message| message.is_empty() == self.failure.is_none())
    }
}

/// The two readers.
pub(super) struct Judge {
    oracle: procsteal_oracle::Judge,
    go: Option<Session>,
}

impl Judge {
    pub(super) fn new(go: Option<Session>) -> Self {
        Self { oracle: procsteal_oracle::Judge::new(), go }
    }

    pub(super) fn verdict(&mut self, trace: &[u8]) -> Result<Verdict, ConfirmError> {
        let go_message = match &mut self.go {
            Some(session) => Some(end_message(session.read(trace)?)),
            None => None,
        };
        Ok(match self.oracle.judge(trace) {
            Ok(_) => Verdict { failure: None, message: String::new(), go_message },
            Err(error) => {
                let event =
                    error.failing_event().and_then(procsteal_wire::row).map_or("none", |row| row.name);
                Verdict {
                    failure: Some(format!("{}/{event}", error.code())),
                    message: error.to_string(),
                    go_message,
                }
            }
        })
    }
}

/// What the last of GTL1's lines says: empty when the trace can be read, else the message (`format 7.2`).
fn end_message(lines: &str) -> String {
    let end = lines.lines().last().unwrap_or_default();
    if end.starts_with("END ok ") {
        return String::new();
    }
    let quoted = end.find('"').map_or(end, |start| &end[start..]);
    unquote(quoted)
}

/// GTL1 writes white space and punctuation within quotation marks as `\xNN`.
fn unquote(quoted: &str) -> String {
    let mut text = String::new();
    let mut rest = quoted.trim_matches('"');
    while let Some(start) = rest.find("\\x") {
        text.push_str(&rest[..start]);
        let code = rest.get(start + 2..start + 4).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        text.push(code.map_or('?', char::from));
        rest = rest.get(start + 4..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_gtl1_is_the_verdict() {
        assert_eq!(end_message("1 Sync\nEND ok 12\n"), "");
        assert_eq!(
            end_message("END error 3 \"expected\\x20a\\x20proc\\x20but\\x20didn't\\x20have\\x20one\"\n"),
            "expected a proc but didn't have one"
        );
        assert_eq!(end_message("END open-error \"bad\\x20file\"\n"), "bad file");
        assert_eq!(end_message("nonsense"), "nonsense", "something else is not taken for a verdict");
    }

    #[test]
    fn readers_that_differ_do_not_agree() {
        let verdict = |failure: Option<&str>, go: Option<&str>| Verdict {
            failure: failure.map(str::to_owned),
            message: String::new(),
            go_message: go.map(str::to_owned),
        };
        assert!(verdict(None, None).agrees() && verdict(Some("stuck/ProcSteal"), None).agrees());
        assert!(
            verdict(None, Some("")).agrees() && verdict(Some("stuck/ProcSteal"), Some("broken")).agrees()
        );
        assert!(
            !verdict(None, Some("broken")).agrees() && !verdict(Some("stuck/ProcSteal"), Some("")).agrees()
        );
    }
}
