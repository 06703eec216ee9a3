//! One ordinary event as the wire has it, and the table that decodes it (format 2.3, 3).

use crate::tables::Clock;
use crate::varint;
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
    /// Of the bytes that make it certain that it is whole, less than so many may say that a number goes on if all its
    /// numbers are to end there.
    goes_on_limit: u8,
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
        goes_on_limit: 0,
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
    let mut shape = Shape {
        number_count: argument_count + 1,
        argument_count,
        goes_on_limit: SURE_BYTES as u8 - 1 - argument_count,
        ..hole
    };
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

/// The first bytes of an event, which hold all of most events.
#[derive(Clone, Copy)]
pub(crate) struct Near<'t> {
    bytes: &'t [u8; NEAR_BYTES],
}

/// Enough for a time delta of two bytes and three arguments of three bytes each.
pub(crate) const NEAR_BYTES: usize = 16;

/// So many bytes must be left of the batch for it to be certain that an event is whole.
pub(crate) const SURE_BYTES: usize = 9;

impl<'t> Near<'t> {
    /// The event at the beginning of `rest`; `None` if the trace ends soon.
    #[inline(always)]
    pub(crate) fn new(rest: &'t [u8]) -> Option<Self> {
        rest.first_chunk().map(|bytes| Self { bytes })
    }

    /// Its type byte.
    #[inline(always)]
    pub(crate) fn event(self) -> EventType {
        EventType(self.bytes[0])
    }

    /// Its time delta, and where its arguments begin; `None` if the delta has more than two bytes.
    #[inline(always)]
    pub(crate) fn delta(self, clock: &Clock) -> Option<(i64, usize)> {
        let [_, first, second, ..] = *self.bytes;
        if first < 0x80 {
            return Some((clock.nanoseconds_short(first), 2));
        }
        longer_delta(first, second, clock).map(|delta| (delta, 3))
    }

    /// Where its arguments begin; `None` if its time delta has more than two bytes.
    #[inline(always)]
    pub(crate) fn behind_delta(self) -> Option<usize> {
        let [_, first, second, ..] = *self.bytes;
        if first < 0x80 {
            return Some(2);
        }
        (second < 0x80).then_some(3)
    }

    /// Whether it is certain that the event is whole, if [`SURE_BYTES`] are left of its batch.
    #[inline(always)]
    pub(crate) fn is_surely_whole(self) -> bool {
        let [_, numbers @ ..] =
            self.bytes.first_chunk::<SURE_BYTES>().map_or([0; SURE_BYTES], |bytes| *bytes);
        // A hole of the table has a limit of none.
        varint::count_going_on(u64::from_le_bytes(numbers))
            < SHAPES[usize::from(self.event().0)].goes_on_limit
    }

    /// The arguments of an event of this type if they begin at `at`, and the size of the event; `None` if there are more
    /// than three, or if one of them has more than three bytes, or five where it is a number of bytes of memory.
    #[inline(always)]
    pub(crate) fn arguments(self, event: EventType, mut at: usize) -> Option<([u64; MAX_ARGUMENTS], usize)> {
        let mut arguments = [0; MAX_ARGUMENTS];
        let count = SHAPES[usize::from(event.0)].argument_count;
        if count > 3 {
            return None;
        }
        if matches!(event, EventType::HEAP_ALLOC | EventType::HEAP_GOAL) {
            (arguments[0], at) = varint::read_medium(self.bytes, at)?;
        } else if count > 0 {
            (arguments[0], at) = varint::read_short(self.bytes, at)?;
        }
        if count > 1 {
            (arguments[1], at) = varint::read_short(self.bytes, at)?;
        }
        if count > 2 {
            (arguments[2], at) = varint::read_short(self.bytes, at)?;
        }
        Some((arguments, at))
    }
}

/// A time delta of two bytes; `None` if it has more. Few have two, so they are kept out of the way of the others.
#[cold]
#[inline(never)]
fn longer_delta(first: u8, second: u8, clock: &Clock) -> Option<i64> {
    (second < 0x80).then(|| clock.nanoseconds(u64::from(first & 0x7f) | u64::from(second) << 7))
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
pub(crate) fn find(
    trace: &[u8],
    at: usize,
    end: usize,
) -> Result<Option<(WireEvent, u64, usize)>, DecodeError> {
    let data = &trace[..end];
    let Some(&byte) = data.get(at) else { return Ok(None) };
    let shape = SHAPES[usize::from(byte)];
    if shape.number_count == 0 {
        return Err(if byte < TYPE_COUNT {
            DecodeError::Untimed(byte)
        } else {
            DecodeError::InvalidType(byte)
        });
    }
    if let Some(([delta, arguments @ ..], next)) = varint::read_tiny(trace, at + 1, shape.number_count)
        && next <= end
    {
        return Ok(Some((WireEvent { event: EventType(byte), time: 0, arguments, offset: at }, delta, next)));
    }
    let Ok((delta, mut next)) = varint::read(data, at + 1) else { return Err(DecodeError::Timestamp) };
    let mut arguments = [0; MAX_ARGUMENTS];
    for argument in arguments.iter_mut().take(usize::from(shape.argument_count)) {
        let Ok((value, behind)) = varint::read(data, next) else { return Err(DecodeError::Argument) };
        (*argument, next) = (value, behind);
    }
    Ok(Some((WireEvent { event: EventType(byte), time: 0, arguments, offset: at }, delta, next)))
}

/// The event at `at` without its time, and the offset behind it; `None` if it cannot be decoded.
pub(crate) fn read(trace: &[u8], at: usize, end: usize) -> Option<(WireEvent, usize)> {
    let (event, _, next) = find(trace.get(..end)?, at, end).ok()??;
    Some((event, next))
}

/// The name of an event; `?` for a number that no event has.
pub(crate) fn name(event: EventType) -> &'static str {
    procsteal_wire::row(event).map_or("?", |row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_near_is_what_is_found(
            kind in prop_oneof![1 => Just(EventType::HEAP_ALLOC.0), 9 => any::<u8>()],
            numbers in prop::collection::vec(prop_oneof![1 => 0x80..=0xff_u8, 2 => 0..0x80_u8], 15..20),
            units_per_second in prop_oneof![Just(15_625_000), any::<u64>()],
        ) {
            let trace = [&[kind], &numbers[..]].concat();
            let clock = Clock::of(units_per_second);
            let near = Near::new(&trace).expect("there are sixteen bytes");
            let found = find(&trace, 0, trace.len());
            if near.is_surely_whole() {
                prop_assert!(matches!(found, Ok(Some((_, _, next))) if next <= SURE_BYTES));
            }
            if let Some((time, at)) = near.delta(&clock)
                && let Some((arguments, size)) = near.arguments(EventType(kind), at)
                && SHAPES[usize::from(kind)].number_count > 0
            {
                let (event, delta, next) = found.expect("it can be decoded").expect("it is not the end");
                prop_assert_eq!((event.arguments, clock.nanoseconds(delta), next), (arguments, time, size));
            }
        }
    }
}
