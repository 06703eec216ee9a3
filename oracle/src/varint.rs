//! Unsigned LEB128 integers (format 2.1).

use procsteal_wire::MAX_VARINT_SIZE;

/// Why no integer could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VarintError {
    /// The data ended before its first byte.
    Empty,
    /// The data ended within it.
    Truncated,
    /// It does not fit 64 bits.
    Overflow,
}

/// The integer at `at`, and the offset behind it.
#[inline(always)]
pub(crate) fn read(data: &[u8], at: usize) -> Result<(u64, usize), VarintError> {
    // Most integers have one or two bytes.
    let Some(&first) = data.get(at) else { return Err(VarintError::Empty) };
    if first < 0x80 {
        return Ok((u64::from(first), at + 1));
    }
    match data.get(at + 1) {
        Some(&second) if second < 0x80 => Ok((u64::from(first & 0x7f) | u64::from(second) << 7, at + 2)),
        _ => read_long(data, at + 1, u64::from(first & 0x7f)),
    }
}

/// The rest of an integer of more than one byte, `value` being the first seven bits.
#[inline(never)]
fn read_long(data: &[u8], start: usize, mut value: u64) -> Result<(u64, usize), VarintError> {
    let mut at = start;
    for group in 1..MAX_VARINT_SIZE {
        let &byte = data.get(at).ok_or(VarintError::Truncated)?;
        at += 1;
        if byte < 0x80 {
            if group == MAX_VARINT_SIZE - 1 && byte > 1 {
                return Err(VarintError::Overflow);
            }
            return Ok((value | u64::from(byte) << (7 * group), at));
        }
        value |= u64::from(byte & 0x7f) << (7 * group);
    }
    Err(VarintError::Overflow)
}

/// Eight bytes of a trace, out of which integers are taken without looking at one byte after the other.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    bytes: u64,
    /// The top bit of each byte that ends an integer which was not taken yet.
    ends: u64,
    /// How many bits were taken, and more than there are once an integer did not end in the window.
    taken: u32,
}

impl Window {
    /// The window at `at`; `None` if the trace ends within it, or if an integer in it has more than three bytes.
    #[inline(always)]
    pub(crate) fn at(trace: &[u8], at: usize) -> Option<Self> {
        const TOP_BITS: u64 = 0x8080_8080_8080_8080;
        let bytes = u64::from_le_bytes(*trace.get(at..)?.first_chunk()?);
        let goes_on = bytes & TOP_BITS;
        let is_short = goes_on & goes_on >> u8::BITS & goes_on >> (2 * u8::BITS) == 0;
        is_short.then_some(Self { bytes, ends: goes_on ^ TOP_BITS, taken: 0 })
    }

    /// How many bytes were taken; `None` if an integer did not end in the window, so that what was taken for it means
    /// nothing.
    #[inline(always)]
    pub(crate) fn taken_bytes(self) -> Option<usize> {
        (self.taken <= u64::BITS).then_some((self.taken / u8::BITS) as usize)
    }

    /// Takes the next integer. What the next one waits for is only its end, which is quick to find.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> u64 {
        let end = self.ends & self.ends.wrapping_neg();
        self.ends ^= end;
        let groups = (self.bytes & (end | end.wrapping_sub(1))).wrapping_shr(self.taken);
        self.taken = end.trailing_zeros() + 1;
        (groups & 0x7f) | (groups & 0x7f00) >> 1 | (groups & 0x7f_0000) >> 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_takes_what_is_read_byte_by_byte(data in prop::collection::vec(any::<u8>(), 8..12)) {
            let is_short = !data[..8].windows(3).any(|bytes| bytes.iter().all(|byte| *byte >= 0x80));
            let window = Window::at(&data, 0);
            prop_assert_eq!(window.is_some(), is_short);
            let Some(mut window) = window else { return Ok(()) };
            let mut at = 0;
            loop {
                let taken = window.take();
                let Some(next) = window.taken_bytes() else { break };
                prop_assert_eq!(read(&data, at), Ok((taken, next)));
                at = next;
                if at == 8 {
                    break;
                }
            }
            prop_assert!(data[at..8].iter().all(|byte| *byte >= 0x80), "an integer ends behind {at} of {data:?}");
        }
    }

    #[test]
    fn padded_encodings_are_legal() {
        assert_eq!(read(&[0x85, 0x80, 0x00], 0), Ok((5, 3)));
        let widest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(read(&widest, 0), Ok((u64::MAX, 10)));
    }

    #[test]
    fn each_failure_has_its_own_error() {
        assert_eq!(read(&[], 0), Err(VarintError::Empty));
        assert_eq!(read(&[0x80], 0), Err(VarintError::Truncated));
        let mut long = [0xff; 10];
        assert_eq!(read(&long, 0), Err(VarintError::Overflow));
        long[9] = 2;
        assert_eq!(read(&long, 0), Err(VarintError::Overflow));
    }
}
