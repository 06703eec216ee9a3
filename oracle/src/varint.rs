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

#[cfg(test)]
mod tests {
    use super::*;

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
