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
    /// The top bit of each byte that ends an integer and was not taken yet.
    ends: u64,
    /// How many bits were taken.
    taken: u32,
}

impl Window {
    /// The window at `at`; `None` if the trace ends within it.
    #[inline(always)]
    pub(crate) fn at(trace: &[u8], at: usize) -> Option<Self> {
        const TOP_BITS: u64 = 0x8080_8080_8080_8080;
        let bytes = u64::from_le_bytes(*trace.get(at..)?.first_chunk()?);
        Some(Self { bytes, ends: !bytes & TOP_BITS, taken: 0 })
    }

    /// How many bytes were taken.
    #[inline(always)]
    pub(crate) fn taken_bytes(self) -> usize {
        (self.taken / u8::BITS) as usize
    }

    /// Takes the next integer; `None` if it does not end in the window.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<u64> {
        if self.ends == 0 {
            return None;
        }
        let (start, end) = (self.taken, self.ends.trailing_zeros() + 1);
        self.ends &= self.ends - 1;
        self.taken = end;
        let groups = self.bytes << (u64::BITS - end) >> (u64::BITS - end + start);
        Some(if end - start <= 2 * u8::BITS {
            (groups & 0x7f) | (groups & 0x7f00) >> 1
        } else {
            joined(groups)
        })
    }
}

/// The groups of seven bits in eight bytes, joined by halves.
#[inline]
fn joined(bytes: u64) -> u64 {
    let of_14 = (bytes & 0x007f_007f_007f_007f) | (bytes & 0x7f00_7f00_7f00_7f00) >> 1;
    let of_28 = (of_14 & 0x0000_3fff_0000_3fff) | (of_14 & 0x3fff_0000_3fff_0000) >> 2;
    (of_28 & 0x0fff_ffff) | (of_28 & 0x0fff_ffff_0000_0000) >> 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_takes_what_is_read_byte_by_byte(data in prop::collection::vec(any::<u8>(), 8..12)) {
            let mut window = Window::at(&data, 0).unwrap();
            let mut at = 0;
            while let Some(taken) = window.next() {
                let (value, next) = read(&data, at).unwrap();
                prop_assert_eq!((taken, window.taken_bytes()), (value, next));
                at = next;
            }
            let left = &data[at..8];
            prop_assert!(left.iter().all(|byte| *byte >= 0x80), "an integer ends in {left:?}");
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
