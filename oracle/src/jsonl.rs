//! Events as JSON Lines: one object a line, and a last one that says how the trace ended.

use crate::error::Error;
use crate::reader::Reader;
use serde::Serialize;
use std::io::{self, Write};

/// The last line.
#[derive(Serialize)]
struct End<'e> {
    /// `ok` or `error`.
    end: &'static str,
    /// How many lines there are before.
    events: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'e Error>,
}

/// Writes all events of `trace`. What is wrong with the trace is returned, and stands in the last line too.
///
/// ```
/// let mut lines = Vec::new();
/// let verdict = procsteal_oracle::jsonl::write(b"go 1.26 trace\0\0\0", &mut lines)?;
/// assert_eq!(verdict, Ok(1));
/// assert!(String::from_utf8_lossy(&lines).ends_with("{\"end\":\"ok\",\"events\":1}\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Those of `out`.
pub fn write(trace: &[u8], out: &mut impl Write) -> io::Result<Result<u64, Error>> {
    let mut events = 0;
    let verdict = write_events(trace, out, &mut events)?;
    let (end, error) = match &verdict {
        Ok(()) => ("ok", None),
        Err(error) => ("error", Some(error)),
    };
    line(out, &End { end, events, error })?;
    Ok(verdict.map(|()| events))
}

fn write_events(trace: &[u8], out: &mut impl Write, count: &mut u64) -> io::Result<Result<(), Error>> {
    let reader = match Reader::new(trace) {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error)),
    };
    for event in reader {
        match event {
            Ok(event) => line(out, &event)?,
            Err(error) => return Ok(Err(error)),
        }
        *count += 1;
    }
    Ok(Ok(()))
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
