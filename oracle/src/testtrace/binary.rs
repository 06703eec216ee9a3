//! The binary form of a raw trace, there and back.

use procsteal_wire::{EventType, HEADER_SIZE, MAX_VARINT_SIZE};

use super::error::{BinaryError, BinaryErrorKind};
use super::raw::{Frame, RawEvent, RawTrace, Version, argument_names, frame_count, has_data};

impl RawTrace {
    /// The trace as bytes. Numbers take as few bytes as they can, and nothing is made right: the size of a batch
    /// is what its event says, whatever follows.
    #[must_use]
    pub fn to_binary(&self) -> Vec<u8> {
        let mut out = format!("go 1.{} trace\0\0\0", self.version.minor()).into_bytes();
        for event in &self.events {
            event.append_binary(&mut out);
        }
        out
    }

    /// Takes the bytes of a trace apart. Nothing but the shape is checked: sizes of batches and the order of events
    /// may be anything.
    ///
    /// # Errors
    ///
    /// [`BinaryError`] with the offset in bytes, where the bytes have no text form.
    pub fn from_binary(trace: &[u8]) -> Result<Self, BinaryError> {
        let mut input = Input { trace, offset: 0 };
        let version = Version::ALL
            .into_iter()
            .find(|version| trace.starts_with(format!("go 1.{} trace\0\0\0", version.minor()).as_bytes()))
            .ok_or_else(|| input.error(BinaryErrorKind::BadHeader))?;
        input.offset = HEADER_SIZE;
        let mut events = Vec::new();
        while input.offset < trace.len() {
            events.push(read_event(version, &mut input)?);
        }
        Ok(Self { version, events })
    }
}

impl RawEvent {
    /// Appends the event's bytes: its number, its arguments, its frames or the length and bytes of its data.
    pub fn append_binary(&self, out: &mut Vec<u8>) {
        out.push(self.event.0);
        for &argument in &self.arguments {
            append_varint(out, argument);
        }
        for field in self.frames.iter().flat_map(|frame| frame.fields()) {
            append_varint(out, field);
        }
        if has_data(self.event) {
            append_varint(out, self.data.len() as u64);
            out.extend_from_slice(&self.data);
        }
    }
}

fn append_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Input<'trace> {
    trace: &'trace [u8],
    offset: usize,
}

impl Input<'_> {
    fn error(&self, kind: BinaryErrorKind) -> BinaryError {
        BinaryError { offset: self.offset, kind }
    }

    fn byte(&mut self) -> Result<u8, BinaryError> {
        let byte = self.trace.get(self.offset).copied();
        let byte = byte.ok_or_else(|| self.error(BinaryErrorKind::UnexpectedEnd))?;
        self.offset += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64, BinaryError> {
        let mut value = 0;
        for index in 0..MAX_VARINT_SIZE {
            let byte = self.byte()?;
            if index == MAX_VARINT_SIZE - 1 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.error(BinaryErrorKind::VarintOverflow))
    }
}

fn read_event(version: Version, input: &mut Input<'_>) -> Result<RawEvent, BinaryError> {
    let event = EventType(input.trace[input.offset]);
    let row = version.row(event).ok_or_else(|| input.error(BinaryErrorKind::UnknownEvent { event }))?;
    input.offset += 1;
    let arguments = argument_names(row).map(|_| input.varint()).collect::<Result<Vec<_>, _>>()?;
    let mut frames = Vec::new();
    for _ in 0..frame_count(event, &arguments) {
        frames.push(Frame::from_fields([input.varint()?, input.varint()?, input.varint()?, input.varint()?]));
    }
    let data = if has_data(event) { read_data(input)? } else { Vec::new() };
    Ok(RawEvent { event, arguments, frames, data })
}

fn read_data(input: &mut Input<'_>) -> Result<Vec<u8>, BinaryError> {
    let size = usize::try_from(input.varint()?).unwrap_or(usize::MAX);
    let end = input.offset.saturating_add(size);
    let data = input.trace.get(input.offset..end);
    let data = data.ok_or_else(|| input.error(BinaryErrorKind::UnexpectedEnd))?.to_vec();
    input.offset = end;
    Ok(data)
}
