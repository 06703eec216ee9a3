//! Go's quoted literals, as the text form writes strings (Go specification, "String literals").

use std::fmt::Write as _;

/// Bytes as a literal in double quotes; all but printable ASCII is written as an escape.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(out, "\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// The bytes of a literal in double quotes, in back-quotes, or of a rune literal; `None` if it is none of these.
pub(super) fn unquote(literal: &str) -> Option<Vec<u8>> {
    let quote = literal.chars().next()?;
    let inner = literal.get(1..)?.strip_suffix(quote)?;
    match quote {
        '`' if inner.contains('`') => None,
        // Go drops carriage returns of a raw string.
        '`' => Some(inner.bytes().filter(|&byte| byte != b'\r').collect()),
        '"' => unquote_interpreted(inner, quote),
        '\'' => {
            let is_one_rune = next_rune(inner, quote).is_some_and(|(_, rest)| rest.is_empty());
            if is_one_rune { unquote_interpreted(inner, quote) } else { None }
        }
        _ => None,
    }
}

fn unquote_interpreted(mut inner: &str, quote: char) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(inner.len());
    while !inner.is_empty() {
        let (rune, rest) = next_rune(inner, quote)?;
        match rune {
            Rune::Byte(byte) => bytes.push(byte),
            Rune::Char(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        inner = rest;
    }
    Some(bytes)
}

enum Rune {
    Byte(u8),
    Char(char),
}

/// The first character or escape of `inner`, and what follows it.
fn next_rune(inner: &str, quote: char) -> Option<(Rune, &str)> {
    let mut chars = inner.chars();
    let first = chars.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Rune::Char(first), chars.as_str()));
    }
    let kind = chars.next()?;
    let rest = chars.as_str();
    let simple = |byte: u8| Some((Rune::Byte(byte), rest));
    match kind {
        'a' => simple(0x07),
        'b' => simple(0x08),
        'f' => simple(0x0c),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(0x0b),
        '\\' => simple(b'\\'),
        '"' | '\'' if kind == quote => simple(kind as u8),
        'x' => digits(rest, 2, 16).map(|(value, rest)| (Rune::Byte(value as u8), rest)),
        '0'..='7' => {
            let (value, rest) = digits(&inner[1..], 3, 8)?;
            Some((Rune::Byte(u8::try_from(value).ok()?), rest))
        }
        'u' => digits(rest, 4, 16).and_then(code_point),
        'U' => digits(rest, 8, 16).and_then(code_point),
        _ => None,
    }
}

/// Exactly `count` digits at the start of `text`, and what follows them.
fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let digits = text.get(..count)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some((u32::from_str_radix(digits, radix).ok()?, &text[count..]))
}

fn code_point((value, rest): (u32, &str)) -> Option<(Rune, &str)> {
    Some((Rune::Char(char::from_u32(value)?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let cases: [(&str, &[u8]); 9] = [
            (r#""""#, b""),
            (r#""a b#c""#, b"a b#c"),
            (r#""\a\b\f\n\r\t\v\\\"""#, b"\x07\x08\x0c\n\r\t\x0b\\\""),
            (r#""\x00\xff\377\000""#, b"\x00\xff\xff\x00"),
            ("\"\\u00e9\\U0001F600\u{e9}\"", "\u{e9}\u{1f600}\u{e9}".as_bytes()),
            ("`raw \\n \"text\"`", b"raw \\n \"text\""),
            ("`a\rb`", b"ab"),
            (r"'x'", b"x"),
            (r"'\''", b"'"),
        ];
        for (literal, bytes) in cases {
            assert_eq!(unquote(literal).as_deref(), Some(bytes), "{literal}");
        }
    }

    #[test]
    fn rejects_everything_else() {
        let cases = [
            "",
            "\"",
            "a",
            "\"a",
            "a\"",
            "\"a\"b\"",
            r#""\q""#,
            r#""\'""#,
            r#""\x0""#,
            r#""\400""#,
            r#""\ud800""#,
            r#""\U00110000""#,
            "\"\n\"",
            "`a`b`",
            "''",
            "'ab'",
            r#""\x+1""#,
            "\"\\\"",
        ];
        for literal in cases {
            assert_eq!(unquote(literal), None, "{literal}");
        }
    }

    #[test]
    fn every_byte_survives() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unquote(&quote(&bytes)), Some(bytes));
    }
}
