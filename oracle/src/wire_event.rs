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
    /// How many numbers it has, with its time delta; 0 for what is no timed event.
    number_count: u8,
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
        number_count: 0,
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
    let argument_count = arguments.len() as u8;
    let mut shape = Shape { number_count: argument_count + 1, argument_count, ..hole };
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
    /// Those its type has, and zeros.
    pub(crate) arguments: [u64; MAX_ARGUMENTS],
    /// Of its type byte, from the beginning of the trace.
    pub(crate) offset: usize,
}

impl WireEvent {
    /// Fills what cursors hold before their first event.
    pub(crate) const BLANK: Self =
        Self { event: EventType(0), time: 0, arguments: [0; MAX_ARGUMENTS], offset: 0 };

    /// The event's arguments, without its time.
    pub(crate) fn arguments(&self) -> &[u64] {
        &self.arguments[..usize::from(SHAPES[usize::from(self.event.0)].argument_count)]
    }
}

/// An event that is known to be whole, but whose arguments have not been taken yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// In nanoseconds, not yet made to increase.
    pub(crate) time: i64,
    /// Of its type byte, from the beginning of the trace.
    pub(crate) offset: usize,
    /// Its type if its arguments are all in the window, else that of no event.
    pub(crate) near: EventType,
    pub(crate) arguments: Window,
}

impl Found {
    /// Fills what streams hold before their first event.
    pub(crate) const BLANK: Self = Self { time: 0, offset: 0, near: Self::FAR, arguments: Window::EMPTY };

    /// The type of no event.
    const FAR: EventType = EventType(0);

    /// Its type.
    #[inline(always)]
    pub(crate) fn event(&self, trace: &[u8]) -> EventType {
        if self.near == Self::FAR { EventType(trace[self.offset]) } else { self.near }
    }

    /// The event with its arguments. Its type is given once more so that the compiler can make use of it.
    #[inline(always)]
    pub(crate) fn take(&self, event: EventType, trace: &[u8]) -> WireEvent {
        let arguments = if self.near == event {
            let mut window = self.arguments;
            let count = SHAPES[usize::from(event.0)].argument_count;
            let mut take = |index| if index < count { window.take() } else { 0 };
            [take(0), take(1), take(2), take(3)]
        } else {
            arguments_at(event, trace, self.offset)
        };
        WireEvent { event, time: self.time, arguments, offset: self.offset }
    }
}

/// The arguments of the event at `offset`, which is known to be whole.
#[inline(never)]
fn arguments_at(event: EventType, trace: &[u8], offset: usize) -> [u64; MAX_ARGUMENTS] {
    let count = SHAPES[usize::from(event.0)].argument_count;
    let mut arguments = [0; MAX_ARGUMENTS];
    // The time delta is before the first one.
    let mut at = varint::read(trace, offset + 1).map_or(offset, |(_, next)| next);
    for argument in arguments.iter_mut().take(usize::from(count)) {
        (*argument, at) = varint::read(trace, at).unwrap_or((0, at));
    }
    arguments
}

/// The numbers that an event has where it names strings and stacks.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    shape: &'static Shape,
}

impl Names {
    #[inline(always)]
    pub(crate) const fn of(event: EventType) -> Self {
        Self { shape: &SHAPES[event.0 as usize] }
    }

    /// Whether there are any.
    #[inline(always)]
    pub(crate) const fn any(self) -> bool {
        self.shape.names_ids
    }

    /// The id of the event's own stack, if it has one.
    #[inline(always)]
    pub(crate) fn stack(self, arguments: &[u64; MAX_ARGUMENTS]) -> Option<u64> {
        arguments.get(usize::from(self.shape.stack)).copied()
    }

    /// The id of the stack of another resource, if it has one.
    #[inline(always)]
    pub(crate) fn new_stack(self, arguments: &[u64; MAX_ARGUMENTS]) -> Option<u64> {
        arguments.get(usize::from(self.shape.new_stack)).copied()
    }

    /// The id of the event's first string, if it has one.
    #[inline(always)]
    pub(crate) fn string(self, arguments: &[u64; MAX_ARGUMENTS]) -> Option<u64> {
        arguments.get(usize::from(self.shape.string)).copied()
    }

    /// The id of the event's second string, if it has two.
    #[inline(always)]
    pub(crate) fn other_string(self, arguments: &[u64; MAX_ARGUMENTS]) -> Option<u64> {
        arguments.get(usize::from(self.shape.other_string)).copied()
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

/// Finds the event at `at`: without its time, with its time delta in clock units, and with the offset behind it. There is
/// none at `end`, where the batch ends, though the trace may go on.
#[inline(always)]
pub(crate) fn find(trace: &[u8], at: usize, end: usize) -> Result<Option<(Found, u64, usize)>, DecodeError> {
    if let Some((&byte, mut window)) = Window::behind(trace, at) {
        let next = at + 1 + window.size_of(SHAPES[usize::from(byte)].number_count);
        if next <= end {
            let (event, delta) = (EventType(byte), window.take());
            let found = Found { time: 0, offset: at, near: event, arguments: window };
            return Ok(Some((found, delta, next)));
        }
    }
    let Some((delta, next)) = find_slowly(&trace[..end], at)? else { return Ok(None) };
    Ok(Some((Found { offset: at, ..Found::BLANK }, delta, next)))
}

/// As [`find`], for events of any length and wherever they end; this is also what finds errors.
#[cold]
#[inline(never)]
fn find_slowly(data: &[u8], at: usize) -> Result<Option<(u64, usize)>, DecodeError> {
    let Some(&byte) = data.get(at) else { return Ok(None) };
    let shape = SHAPES[usize::from(byte)];
    if shape.number_count == 0 {
        return Err(if byte < TYPE_COUNT {
            DecodeError::Untimed(byte)
        } else {
            DecodeError::InvalidType(byte)
        });
    }
    let Ok((delta, mut next)) = varint::read(data, at + 1) else { return Err(DecodeError::Timestamp) };
    for _ in 0..shape.argument_count {
        let Ok((_, behind)) = varint::read(data, next) else { return Err(DecodeError::Argument) };
        next = behind;
    }
    Ok(Some((delta, next)))
}

/// The event at `at` without its time, and the offset behind it; `None` if it cannot be decoded.
pub(crate) fn read(trace: &[u8], at: usize, end: usize) -> Option<(WireEvent, usize)> {
    let (found, _, next) = find(trace.get(..end)?, at, end).ok()??;
    Some((found.take(found.event(trace), trace), next))
}

/// The name of an event; `?` for a number that no event has.
pub(crate) fn name(event: EventType) -> &'static str {
    procsteal_wire::row(event).map_or("?", |row| row.name)
}
