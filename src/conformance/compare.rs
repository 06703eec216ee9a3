//! Compares what two readers say of one trace, in the form GTL1 (`format 7.2`).

use super::phrases;

/// How what the oracle says differs from what Go says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The first line that differs, counted from 1.
    pub line: usize,
    /// Go's line; empty where Go has none.
    pub go: String,
    /// The oracle's line; empty where it has none.
    pub oracle: String,
}

/// How alike two readings are that do not differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Agreement {
    /// Byte for byte.
    Exact,
    /// All but the text of the error, whose essential phrase is the same.
    Phrase,
}

/// Compares the lines of Go's reader with those of the oracle.
///
/// # Errors
///
/// The first [`Difference`].
pub fn compare(go: &str, oracle: &str) -> Result<Agreement, Difference> {
    if go == oracle {
        return Ok(Agreement::Exact);
    }
    let mut agreement = Agreement::Exact;
    let (mut go_lines, mut oracle_lines) = (go.lines(), oracle.lines());
    for line in 1.. {
        let (go, oracle) = (go_lines.next(), oracle_lines.next());
        match (go, oracle) {
            (None, None) => break,
            (Some(go), Some(oracle)) if go == oracle => {}
            (Some(go), Some(oracle)) if is_same_error(go, oracle) => agreement = Agreement::Phrase,
            (go, oracle) => {
                let text = |line: Option<&str>| line.unwrap_or("").to_owned();
                return Err(Difference { line, go: text(go), oracle: text(oracle) });
            }
        }
    }
    Ok(agreement)
}

fn is_same_error(go: &str, oracle: &str) -> bool {
    let (Some(go), Some(oracle)) = (End::parse(go), End::parse(oracle)) else { return false };
    let phrase = phrases::find(&go.message);
    (go.verdict, go.count) == (oracle.verdict, oracle.count)
        && phrase.is_some()
        && phrase == phrases::find(&oracle.message)
}

/// The last line of GTL1.
struct End<'line> {
    verdict: &'line str,
    /// The events before it; empty where the line has no count.
    count: &'line str,
    message: String,
}

impl<'line> End<'line> {
    fn parse(line: &'line str) -> Option<Self> {
        let (verdict, rest) = line.strip_prefix("END ")?.split_once(' ')?;
        let (count, quoted) = match rest.split_once(' ') {
            Some(parts) => parts,
            None if rest.starts_with('"') => ("", rest),
            None => (rest, ""),
        };
        Some(Self { verdict, count, message: unquote(quoted) })
    }
}

/// The text of a quoted field, with what is not ASCII as `?`: phrases are ASCII.
fn unquote(quoted: &str) -> String {
    let mut out = String::with_capacity(quoted.len());
    let mut rest = quoted.trim_matches('"');
    while let Some((before, after)) = rest.split_once("\\x") {
        out.push_str(before);
        let (digits, after) = after.split_at_checked(2).unwrap_or((after, ""));
        let byte = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii);
        out.push(byte.map_or('?', char::from));
        rest = after;
    }
    out + rest
}

/// The class of verdict of a reading, to be counted: `ok`, or a class and a phrase.
pub(super) fn verdict_class(lines: &str) -> String {
    let last = lines.lines().last().unwrap_or("");
    let Some(end) = End::parse(last) else { return format!("no END line: {last}") };
    if end.verdict == "ok" {
        return "ok".to_owned();
    }
    match phrases::find(&end.message) {
        Some((class, phrase)) => format!("{class}: {phrase}"),
        None => format!("unlisted: {} {}", end.verdict, end.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_lines_agree() {
        assert_eq!(compare("1 -1\nEND ok 1\n", "1 -1\nEND ok 1\n"), Ok(Agreement::Exact));
        let go =
            "END error 3 \"expected\\x20a\\x20proc\\x20but\\x20didn't\\x20have\\x20one\\x20map[1\\x202]\"\n";
        let oracle = "END error 3 \"expected\\x20a\\x20proc\\x20but\\x20didn't\\x20have\\x20one\"\n";
        assert_eq!(compare(go, oracle), Ok(Agreement::Phrase));
    }

    #[test]
    fn everything_else_differs() {
        let error = |count: u32, text: &str| format!("END error {count} \"{text}\"\n");
        let phrase = "no\\x20frequency\\x20event\\x20found";
        for (go, oracle) in [
            ("END ok 1\n".to_owned(), "END ok 2\n".to_owned()),
            ("1 x\nEND ok 1\n".to_owned(), "1 y\nEND ok 1\n".to_owned()),
            ("END ok 1\n".to_owned(), String::new()),
            (error(1, phrase), error(2, phrase)),
            (error(1, phrase), error(1, "unexpected\\x20EOF")),
            (error(1, "new"), error(1, "other")),
            (error(1, phrase), "END ok 1\n".to_owned()),
        ] {
            assert_eq!(compare(&go, &oracle).unwrap_err().line, 1, "{go} {oracle}");
        }
    }

    #[test]
    fn verdicts_have_classes() {
        assert_eq!(verdict_class("1 x\nEND ok 1\n"), "ok");
        assert_eq!(verdict_class("END error 0 \"unexpected\\x20EOF\"\n"), "malformed: unexpected EOF");
        assert_eq!(verdict_class("END open-error \"new\"\n"), "unlisted: open-error new");
    }
}
