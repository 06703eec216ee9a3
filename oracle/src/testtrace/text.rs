//! The text form of a raw trace: one event a line (`format 8`).

use std::fmt;

use super::error::{TextError, TextErrorKind};
use super::literal;
use super::raw::{Frame, RawEvent, RawTrace, Version, argument_names, frame_count, has_data};

/// The longest line that Go's text reader takes, in bytes, without its line feed (64 KiB with it).
pub(super) const MAX_LINE_BYTES: usize = 65_535;

impl RawTrace {
    /// Parses the text form: a header such as `Trace Go1.22`, then events.
    ///
    /// # Errors
    ///
    /// [`TextError`] with the line, counted from 1.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut lines = Lines::new(text);
        let version = parse_header(&mut lines)?;
        let mut events = Vec::new();
        while let Some(line) = lines.next()? {
            events.push(parse_event(version, line, &mut lines).map_err(|kind| lines.error(kind))?);
        }
        Ok(Self { version, events })
    }
}

impl fmt::Display for RawTrace {
    /// The text form, as Go's own writer lays it out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Trace {}", self.version)?;
        self.events.iter().try_for_each(|event| writeln!(formatter, "{event}"))
    }
}

impl fmt::Display for RawEvent {
    /// The event's lines, without the last line feed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match procsteal_wire::row(self.event) {
            Some(row) => {
                formatter.write_str(row.name)?;
                for (name, value) in argument_names(row).zip(&self.arguments) {
                    write!(formatter, " {name}={value}")?;
                }
            }
            None => write!(formatter, "Invalid({})", self.event.0)?,
        }
        for frame in &self.frames {
            for (index, (name, value)) in Frame::NAMES.into_iter().zip(frame.fields()).enumerate() {
                formatter.write_str(if index == 0 { "\n\t" } else { " " })?;
                write!(formatter, "{name}={value}")?;
            }
        }
        if has_data(self.event) {
            write!(formatter, "\n\tdata={}", literal::quote(&self.data))?;
        }
        Ok(())
    }
}

/// The lines that are neither blank nor a comment, with their numbers.
struct Lines<'text> {
    lines: std::str::Split<'text, char>,
    number: usize,
}

impl<'text> Lines<'text> {
    fn new(text: &'text str) -> Self {
        Self { lines: text.split('\n'), number: 0 }
    }

    fn next(&mut self) -> Result<Option<&'text str>, TextError> {
        for line in self.lines.by_ref() {
            self.number += 1;
            if line.len() > MAX_LINE_BYTES {
                return Err(self.error(TextErrorKind::LineTooLong { bytes: line.len() }));
            }
            if !split_token(line).0.is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// The next line, where one must follow.
    fn expect(&mut self, expected: &'static str) -> Result<&'text str, TextErrorKind> {
        match self.next() {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(TextErrorKind::UnexpectedEnd { expected }),
            Err(error) => Err(error.kind),
        }
    }

    fn error(&self, kind: TextErrorKind) -> TextError {
        TextError { line: self.number, kind }
    }
}

fn parse_header(lines: &mut Lines<'_>) -> Result<Version, TextError> {
    let line = lines.next()?.unwrap_or("");
    let bad = || TextErrorKind::BadHeader { found: line.to_owned() };
    let (word, rest) = split_token(line);
    let (version, rest) = split_token(rest);
    let minor = version.strip_prefix("Go1.").filter(|_| word == "Trace").and_then(parse_number);
    let minor = minor.ok_or_else(|| lines.error(bad()))?;
    let version = Version::from_minor(minor)
        .ok_or_else(|| lines.error(TextErrorKind::UnknownVersion { found: version.to_owned() }))?;
    expect_blank(rest).map_err(|kind| lines.error(kind))?;
    Ok(version)
}

fn parse_event(version: Version, line: &str, lines: &mut Lines<'_>) -> Result<RawEvent, TextErrorKind> {
    let (name, rest) = split_token(line);
    let row =
        version.row_by_name(name).ok_or_else(|| TextErrorKind::UnknownEvent { name: name.to_owned() })?;
    let arguments = parse_arguments(rest, argument_names(row))?;
    let mut frames = Vec::new();
    for _ in 0..frame_count(row.event, &arguments) {
        frames.push(parse_frame(lines.expect("pc=U func=U file=U line=U")?)?);
    }
    let data = if has_data(row.event) { parse_data(lines.expect("data=LITERAL")?)? } else { Vec::new() };
    Ok(RawEvent { event: row.event, arguments, frames, data })
}

fn parse_frame(line: &str) -> Result<Frame, TextErrorKind> {
    let fields = parse_arguments(line, Frame::NAMES.into_iter())?;
    match fields.as_slice() {
        &[pc, func, file, line] => Ok(Frame { pc, func, file, line }),
        _ => Err(TextErrorKind::Trailing { found: line.to_owned() }),
    }
}

fn parse_arguments(
    mut line: &str,
    names: impl Iterator<Item = &'static str>,
) -> Result<Vec<u64>, TextErrorKind> {
    let mut values = Vec::new();
    for expected in names {
        let (token, rest) = split_token(line);
        let value = token.split_once('=').filter(|(name, _)| *name == expected);
        let value = value.and_then(|(_, value)| parse_number(value));
        values.push(value.ok_or_else(|| TextErrorKind::BadArgument { expected, found: token.to_owned() })?);
        line = rest;
    }
    expect_blank(line)?;
    Ok(values)
}

fn parse_data(line: &str) -> Result<Vec<u8>, TextErrorKind> {
    line.split_once('=')
        .filter(|(name, _)| name.trim() == "data")
        .and_then(|(_, literal)| literal::unquote(literal.trim()))
        .ok_or_else(|| TextErrorKind::BadData { found: line.to_owned() })
}

fn expect_blank(rest: &str) -> Result<(), TextErrorKind> {
    if rest.trim().is_empty() {
        Ok(())
    } else {
        Err(TextErrorKind::Trailing { found: rest.trim().to_owned() })
    }
}

/// Decimal digits only: no sign, no underscore.
fn parse_number(digits: &str) -> Option<u64> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The first run of characters that are neither white space nor `#`, and what follows it; both empty where only
/// blanks or a comment are left.
fn split_token(line: &str) -> (&str, &str) {
    let start = line.trim_start();
    if start.starts_with('#') {
        return ("", "");
    }
    let end = start.find(|char: char| char.is_whitespace() || char == '#').unwrap_or(start.len());
    start.split_at(end)
}
