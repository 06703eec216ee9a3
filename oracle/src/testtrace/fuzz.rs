//! Files of a Go fuzz corpus that hold one byte slice: `go test fuzz v1`, then `[]byte("...")`.

use super::error::{TextError, TextErrorKind};
use super::literal;

/// The first line of every file of a Go fuzz corpus.
const HEADER: &str = "go test fuzz v1";

/// The bytes in a file of a Go fuzz corpus whose target takes one byte slice.
///
/// # Errors
///
/// [`TextError`] with the line, counted from 1.
pub fn parse_fuzz_file(text: &str) -> Result<Vec<u8>, TextError> {
    let (header, value) = text.split_once('\n').unwrap_or((text, ""));
    if header.trim_end() != HEADER {
        return Err(TextError { line: 1, kind: TextErrorKind::BadFuzzHeader { found: header.to_owned() } });
    }
    let value = value.trim();
    let literal = value.strip_prefix("[]byte(").and_then(|value| value.strip_suffix(')'));
    literal
        .and_then(literal::unquote)
        .ok_or_else(|| TextError { line: 2, kind: TextErrorKind::BadFuzzValue { found: value.to_owned() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_byte_slice() {
        assert_eq!(parse_fuzz_file("go test fuzz v1\n[]byte(\"a\\x00\\\")\")\n"), Ok(b"a\0\")".to_vec()));
    }

    #[test]
    fn rejects_other_files() {
        let line = |text| parse_fuzz_file(text).map_err(|error| error.line);
        assert_eq!(line(""), Err(1));
        assert_eq!(line("go test fuzz v2\n[]byte(\"\")"), Err(1));
        assert_eq!(line("go test fuzz v1\nstring(\"\")"), Err(2));
        assert_eq!(line("go test fuzz v1\n[]byte(\"\")\n[]byte(\"\")"), Err(2));
    }
}
