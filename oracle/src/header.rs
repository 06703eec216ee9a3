//! The line that opens a trace, read as leniently as Go reads it (format 1).

use crate::error::ErrorKind;
use procsteal_wire::HEADER_SIZE;

/// What the header's number selects: the form of the sync batch, and how generations are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Version {
    /// `go 1.22`
    Go22,
    /// `go 1.23`
    Go23,
    /// `go 1.25`: sync batches with a clock snapshot
    Go25,
    /// `go 1.26`: explicit ends of generations
    Go26,
}

/// The version, and the offset of the first batch.
pub(crate) fn read(trace: &[u8]) -> Result<(Version, usize), ErrorKind> {
    let (number, end) = usual(trace).or_else(|| scan(trace)).ok_or(ErrorKind::BadHeader {})?;
    let version = match number {
        22 => Version::Go22,
        23 => Version::Go23,
        25 => Version::Go25,
        26 => Version::Go26,
        11 | 19 | 21 => return Err(ErrorKind::UnsupportedVersion { minor: number }),
        _ => return Err(ErrorKind::UnknownVersion { minor: number }),
    };
    Ok((version, end))
}

/// The number in a header as all writers write it, and the offset of the first batch.
fn usual(trace: &[u8]) -> Option<(u32, usize)> {
    let [b'g', b'o', b' ', b'1', b'.', tens, ones, rest @ ..] = trace.first_chunk::<HEADER_SIZE>()? else {
        return None;
    };
    let are_digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    (are_digits && rest == b" trace\0\0\0")
        .then(|| (u32::from(tens - b'0') * 10 + u32::from(ones - b'0'), HEADER_SIZE))
}

/// Go reads the header with a scanf of `go 1.%d trace\0\0\0`; the leniencies are scanf's.
fn scan(trace: &[u8]) -> Option<(u32, usize)> {
    let at = literal(trace, 0, b"go")?;
    let at = literal(trace, spaces(trace, at, AtLeast::One)?, b"1.")?;
    let at = spaces(trace, at, AtLeast::None)?;
    let digits = trace[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = trace[at..at + digits]
        .iter()
        .try_fold(0_u32, |number, digit| number.checked_mul(10)?.checked_add(u32::from(digit - b'0')))?;
    if digits == 0 {
        return None;
    }
    let at = spaces(trace, at + digits, AtLeast::One)?;
    Some((number, literal(trace, at, b"trace\0\0\0")?))
}

fn literal(trace: &[u8], at: usize, text: &[u8]) -> Option<usize> {
    trace.get(at..)?.starts_with(text).then(|| at + text.len())
}

#[derive(PartialEq, Eq)]
enum AtLeast {
    None,
    One,
}

/// Skips white space other than newlines.
fn spaces(trace: &[u8], start: usize, at_least: AtLeast) -> Option<usize> {
    let mut at = start;
    while let Some((character, length)) = character(&trace[at..]) {
        let next = trace.get(at + length);
        if !is_scanf_space(character) || (character == '\r' && next == Some(&b'\n')) {
            break;
        }
        at += length;
    }
    (at > start || at_least == AtLeast::None).then_some(at)
}

/// The first character and its length in bytes, if it is one that may be white space.
fn character(bytes: &[u8]) -> Option<(char, usize)> {
    let longest = bytes.len().min(4);
    (1..=longest).find_map(|length| {
        let text = std::str::from_utf8(&bytes[..length]).ok()?;
        Some((text.chars().next()?, length))
    })
}

/// White space as Go's package fmt has it, without the newline.
fn is_scanf_space(character: char) -> bool {
    character.is_whitespace() && character != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanf_leniencies_are_kept() {
        for header in ["go  1. 022  trace\0\0\0", "go\u{a0}1.22\ttrace\0\0\0", "go \r1.22\u{85}trace\0\0\0"] {
            assert_eq!(read(header.as_bytes()), Ok((Version::Go22, header.len())), "{header:?}");
        }
    }

    #[test]
    fn the_usual_headers_are_what_scanf_makes_of_them() {
        for minor in 0..100 {
            let header = format!("go 1.{minor:02} trace\0\0\0");
            assert_eq!(usual(header.as_bytes()), scan(header.as_bytes()), "{minor}");
        }
        for header in
            ["go 1.2 trace\0\0\0\0", "go 1.22 trace\0\0", "go 1.2x trace\0\0\0", "go 1.22 trace\0\0x"]
        {
            assert_eq!(usual(header.as_bytes()), None, "{header:?}");
        }
    }

    #[test]
    fn other_headers_are_rejected() {
        for header in [
            "",
            "go 1.22 trace\0\0",
            " go 1.22 trace\0\0\0",
            "go1.22 trace\0\0\0",
            "go 1.+22 trace\0\0\0",
            "go 1.2_2 trace\0\0\0",
            "go 1.22\n trace\0\0\0",
            "go 1.22 \r\ntrace\0\0\0",
            "go 1. trace\0\0\0",
            "go 1.4294967318 trace\0\0\0",
            "go 1.22 trace\0\0x",
        ] {
            assert_eq!(read(header.as_bytes()), Err(ErrorKind::BadHeader {}), "{header:?}");
        }
        assert_eq!(read(b"go 1.21 trace\0\0\0"), Err(ErrorKind::UnsupportedVersion { minor: 21 }));
        assert_eq!(read(b"go 1.24 trace\0\0\0"), Err(ErrorKind::UnknownVersion { minor: 24 }));
    }
}
