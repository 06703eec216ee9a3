//! One ordinary event as the wire has it, and the table that decodes it (format 2.3, 3).

use crate::varint::{self, Window};
use procsteal_wire::{Argument, Class, EventType, TABLE};

/// The most arguments of a timed event, besides its time.
pub(crate) const MAX_ARGUMENTS: usize = 4;

/// The first number behind the event table (format 3).
const TYPE_COUNT: u8 = 137;

/// No such argument.
const NO_ARGUMENT: u8 = u8::MAX;

/// What decoding and validating an event needs to know of its type.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Shape {
    timed: bool,
    argument_count: u8,
    /// The argument that is the event's own stack.
    stack: u8,
    /// The argument that is the stack of another resource.
    new_stack: u8,
    /// The argument that is the id of the first string.
    string: u8,
    /// The argument that is the id of the second string.
    other_string: u8,
    /// Whether any argument is the id of a stack or string.
    names_ids: bool,
}

/// By type byte.
static SHAPES: [Shape; 256] = shapes();

const fn shapes() -> [Shape; 256] {
    let hole = Shape {
        timed: false,
        argument_count: 0,
        stack: NO_ARGUMENT,
        new_stack: NO_ARGUMENT,
        string: NO_ARGUMENT,
        other_string: NO_ARGUMENT,
        names_ids: false,
    };
    let mut shapes = [hole; 256];
    let mut row = 0;
    while row < TABLE.len() {
        if !matches!(TABLE[row].class, Class::Structural) {
            shapes[TABLE[row].event.0 as usize] = shape(hole, TABLE[row].arguments);
        }
        row += 1;
    }
    shapes
}

const fn shape(hole: Shape, arguments: &[Argument]) -> Shape {
    assert!(arguments.len() <= MAX_ARGUMENTS);
    let mut shape = Shape { timed: true, argument_count: arguments.len() as u8, ..hole };
    let mut index = 0;
    while index < arguments.len() {
        match arguments[index] {
            Argument::Stack => shape.stack = index as u8,
            Argument::NewStack => shape.new_stack = index as u8,
            Argument::Reason
            | Argument::KindString
            | Argument::Label
            | Argument::Name
            | Argument::Key
            | Argument::Value => {
                if shape.string == NO_ARGUMENT {
                    shape.string = index as u8;
                } else {
                    shape.other_string = index as u8;
                }
            }
            _ => {}
        }
        index += 1;
    }
    shape.names_ids =
        shape.string != NO_ARGUMENT || shape.stack != NO_ARGUMENT || shape.new_stack != NO_ARGUMENT;
    shape
}

/// A decoded event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireEvent {
    pub(crate) event: EventType,
    /// In nanoseconds, not yet made to increase.
    pub(crate) time: i64,
    /// Those its type has; the rest is left over from earlier events.
    pub(crate) arguments: [u64; MAX_ARGUMENTS],
    /// Of its type byte, from the beginning of the trace.
    pub(crate) offset: usize,
}

impl WireEvent {
    /// Fills what cursors hold before their first event.
    pub(crate) const BLANK: Self =
        Self { event: EventType(0), time: 0, arguments: [0; MAX_ARGUMENTS], offset: 0 };

    #[inline]
    fn shape(&self) -> &'static Shape {
        &SHAPES[usize::from(self.event.0)]
    }

    /// The id of the event's own stack; 0 if it has none.
    #[inline]
    pub(crate) fn stack(&self) -> u64 {
        self.stack_at(self.shape().stack)
    }

    /// The id of the stack of another resource; 0 if it has none.
    #[inline]
    pub(crate) fn new_stack(&self) -> u64 {
        self.stack_at(self.shape().new_stack)
    }

    /// Whether the event names a stack or a string.
    #[inline]
    pub(crate) fn names_ids(&self) -> bool {
        self.shape().names_ids
    }

    /// The id of the event's first string, if it has one.
    #[inline]
    pub(crate) fn string(&self) -> Option<u64> {
        self.arguments.get(usize::from(self.shape().string)).copied()
    }

    /// The id of the event's second string, if it has two.
    #[inline]
    pub(crate) fn other_string(&self) -> Option<u64> {
        self.arguments.get(usize::from(self.shape().other_string)).copied()
    }

    /// The event's arguments, without its time.
    pub(crate) fn arguments(&self) -> &[u64] {
        &self.arguments[..usize::from(self.shape().argument_count)]
    }

    #[inline]
    fn stack_at(&self, index: u8) -> u64 {
        self.arguments.get(usize::from(index)).copied().unwrap_or(0)
    }
}

/// Why no event could be decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DecodeError {
    InvalidType(u8),
    Untimed(u8),
    Timestamp,
    Argument,
}

/// Decodes the event at `at`, which is inside `data`; `data` ends where the event's batch does, but `trace` goes on.
/// Returns its time delta in clock units and the offset behind it.
#[inline(always)]
pub(crate) fn decode(
    trace: &[u8],
    at: usize,
    end: usize,
    event: &mut WireEvent,
) -> Result<(u64, usize), DecodeError> {
    let byte = trace[at];
    let shape = SHAPES[usize::from(byte)];
    event.event = EventType(byte);
    event.offset = at;
    if shape.timed
        && let Some(window) = Window::at(trace, at + 1)
        && let (delta, Some(size)) = decode_in(window, shape, event)
        && at + 1 + size <= end
    {
        return Ok((delta, at + 1 + size));
    }
    decode_slowly(&trace[..end], at, event)
}

/// Decodes an event's numbers: its time delta, and how many bytes they have; `None` if they go on behind the window.
#[inline(always)]
fn decode_in(mut window: Window, shape: Shape, event: &mut WireEvent) -> (u64, Option<usize>) {
    let delta = window.take();
    for index in 0..usize::from(shape.argument_count) {
        event.arguments[index % MAX_ARGUMENTS] = window.take();
    }
    (delta, window.taken_bytes())
}

/// As [`decode`], for events of any length and wherever they end; this is also what finds errors.
#[inline(never)]
fn decode_slowly(data: &[u8], at: usize, event: &mut WireEvent) -> Result<(u64, usize), DecodeError> {
    let byte = event.event.0;
    let shape = SHAPES[usize::from(byte)];
    if !shape.timed {
        return Err(if byte < TYPE_COUNT {
            DecodeError::Untimed(byte)
        } else {
            DecodeError::InvalidType(byte)
        });
    }
    let Ok((delta, mut next)) = varint::read(data, at + 1) else { return Err(DecodeError::Timestamp) };
    for index in 0..usize::from(shape.argument_count) {
        let Ok((argument, behind)) = varint::read(data, next) else { return Err(DecodeError::Argument) };
        event.arguments[index % MAX_ARGUMENTS] = argument;
        next = behind;
    }
    Ok((delta, next))
}

/// The name of an event; `?` for a number that no event has.
pub(crate) fn name(event: EventType) -> &'static str {
    procsteal_wire::row(event).map_or("?", |row| row.name)
}
