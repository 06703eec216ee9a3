//! Unsigned LEB128 integers (format 2.1).

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
        _ => read_long(data, at),
    }
}

/// How many bytes a padded integer has.
pub(crate) const PADDED_SIZE: usize = 10;

/// The integer at `at`, which must have three bytes and be padded to ten, as the runtime pads the size of each batch.
#[inline(always)]
pub(crate) fn read_padding<const SIZE: usize>(data: &[u8; SIZE], at: usize) -> Option<u64> {
    const PADDING: [u8; 7] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
    let [first @ 0x80..=0xff, second @ 0x80..=0xff, third @ 0x80..=0xff, padding @ ..] =
        data.get(at..)?.first_chunk::<PADDED_SIZE>()?
    else {
        return None;
    };
    let group = |byte: u8, number: u32| u64::from(byte & 0x7f) << (7 * number);
    (*padding == PADDING).then(|| group(*first, 0) | group(*second, 1) | group(*third, 2))
}

/// The integer of up to three bytes at `at`, or -1 of ten, and the offset behind it.
#[inline(always)]
pub(crate) fn read_id<const SIZE: usize>(data: &[u8; SIZE], at: usize) -> Option<(u64, usize)> {
    if data.get(at..)?.first_chunk() == Some(&ALL_BITS) {
        return Some((u64::MAX, at + ALL_BITS.len()));
    }
    read_short(data, at)
}

/// The batches of no thread say so by -1.
const ALL_BITS: [u8; 10] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];

/// An integer of more than two bytes, or one that does not end.
#[inline(never)]
fn read_long(data: &[u8], at: usize) -> Result<(u64, usize), VarintError> {
    let rest = data.get(at..).unwrap_or_default();
    if rest.first_chunk() == Some(&ALL_BITS) {
        return Ok((u64::MAX, at + ALL_BITS.len()));
    }
    match rest.first_chunk() {
        Some(bytes) => {
            let (value, size) = read_whole(u64::from_le_bytes(*bytes), &rest[8..])?;
            Ok((value, at + size))
        }
        None => read_bytewise(rest).map(|(value, size)| (value, at + size)),
    }
}

/// An integer of these eight bytes and those behind them, and how many of them it has: -1 has ten.
#[inline(always)]
fn read_whole(bytes: u64, behind: &[u8]) -> Result<(u64, usize), VarintError> {
    let ends = !bytes & TOP_BITS;
    // All bits below the first end; all there are if there is none.
    let groups = bytes & (ends & ends.wrapping_neg()).wrapping_sub(1) & !TOP_BITS;
    // Neighbours move together: seven bits to 14, then to 28, then to 56.
    let groups = groups & 0x007f_007f_007f_007f | (groups & 0x7f00_7f00_7f00_7f00) >> 1;
    let groups = groups & 0x0000_3fff_0000_3fff | (groups & 0x3fff_0000_3fff_0000) >> 2;
    let value = groups & 0x0fff_ffff | (groups & 0x0fff_ffff_0000_0000) >> 4;
    if ends != 0 {
        return Ok((value, ends.trailing_zeros() as usize / 8 + 1));
    }
    match *behind {
        [] => Err(VarintError::Truncated),
        [ninth @ ..0x80, ..] => Ok((value | u64::from(ninth) << 56, 9)),
        [_] => Err(VarintError::Truncated),
        [ninth, tenth @ ..=1, ..] => Ok((value | u64::from(ninth & 0x7f) << 56 | u64::from(tenth) << 63, 10)),
        _ => Err(VarintError::Overflow),
    }
}

/// An integer of less than eight bytes, which are all there are.
fn read_bytewise(rest: &[u8]) -> Result<(u64, usize), VarintError> {
    let mut value = 0;
    for (group, &byte) in rest.iter().enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            return Ok((value, group + 1));
        }
    }
    Err(VarintError::Truncated)
}

/// The bit of each byte that says that an integer goes on.
const TOP_BITS: u64 = 0x8080_8080_8080_8080;

/// The integer of up to three bytes at `at`, and the offset behind it; `None` if it is longer.
#[inline(always)]
pub(crate) fn read_short<const SIZE: usize>(data: &[u8; SIZE], at: usize) -> Option<(u64, usize)> {
    let byte = |number: usize| u64::from(data[at + number]);
    if byte(0) < 0x80 {
        return Some((byte(0), at + 1));
    }
    if byte(1) < 0x80 {
        return Some((byte(0) + (byte(1) << 7) - 0x80, at + 2));
    }
    (byte(2) < 0x80).then(|| (byte(0) + (byte(1) << 7) + (byte(2) << 14) - 0x4080, at + 3))
}

/// The integer of up to five bytes at `at`, and the offset behind it; `None` if it is longer.
#[inline(always)]
pub(crate) fn read_medium<const SIZE: usize>(data: &[u8; SIZE], at: usize) -> Option<(u64, usize)> {
    if let Some(read) = read_short(data, at) {
        return Some(read);
    }
    let byte = |number: usize| u64::from(data[at + number]);
    let low = byte(0) + (byte(1) << 7) + (byte(2) << 14) + (byte(3) << 21) - 0x0020_4080;
    if byte(3) < 0x80 {
        return Some((low, at + 4));
    }
    (byte(4) < 0x80).then(|| (low + (byte(4) << 28) - (0x80 << 21), at + 5))
}

/// The `count` integers at `at`, zeros behind them, and the offset behind them; `None` if one of them has more than a byte,
/// or if they are almost at the end of the data.
#[inline(always)]
pub(crate) fn read_tiny(data: &[u8], at: usize, count: u8) -> Option<([u64; MOST_TINY], usize)> {
    let bytes = u64::from_le_bytes(*data.get(at..)?.first_chunk()?);
    // They are fewer than eight.
    let bytes = bytes & !(u64::MAX << (u32::from(count) * u8::BITS % u64::BITS));
    if bytes & TOP_BITS != 0 {
        return None;
    }
    let [first, second, third, fourth, fifth, ..] = bytes.to_le_bytes().map(u64::from);
    Some(([first, second, third, fourth, fifth], at + usize::from(count)))
}

/// The most integers that are read at once.
const MOST_TINY: usize = 5;

/// In how many of these eight bytes an integer goes on.
#[inline(always)]
pub(crate) fn count_going_on(bytes: u64) -> u8 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    (((bytes & TOP_BITS) >> 7).wrapping_mul(ONES) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An integer read byte by byte, as format 2.1 says.
    fn read_as_specified(data: &[u8]) -> Result<(u64, usize), VarintError> {
        let mut value = 0;
        for number in 0..procsteal_wire::MAX_VARINT_SIZE {
            let missing = if number == 0 { VarintError::Empty } else { VarintError::Truncated };
            let byte = *data.get(number).ok_or(missing)?;
            if number == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * number);
            if byte < 0x80 {
                return Ok((value, number + 1));
            }
        }
        Err(VarintError::Overflow)
    }

    proptest! {
        #[test]
        fn padded_integers_are_read_as_specified(
            groups in prop::collection::vec(prop_oneof![3 => 0x80..=0xff_u8, 1 => 0..0x80_u8], 3),
            padding in prop::collection::vec(prop_oneof![9 => 0x80..=0x80_u8, 1 => any::<u8>()], 6),
            last in 0..2_u8,
        ) {
            let data = [&groups[..], &padding[..], &[last, 7]].concat();
            let data: [u8; 11] = data.try_into().expect("three, six and two bytes");
            if let Some(value) = read_padding(&data, 0) {
                prop_assert_eq!(Ok((value, PADDED_SIZE)), read_as_specified(&data));
            }
        }

        #[test]
        fn short_integers_are_read_as_specified(
            data in prop::array::uniform12(prop_oneof![1 => 0x80..=0xff_u8, 1 => 0..0x80_u8, 2 => 0xff..=0xff_u8]),
            at in 0..9_usize,
        ) {
            let expected = read_as_specified(&data[at..]).ok().map(|(value, size)| (value, at + size));
            let short = expected.filter(|(_, next)| next - at <= 3);
            prop_assert_eq!(read_short(&data, at), short);
            if at + 5 <= data.len() {
                prop_assert_eq!(read_medium(&data, at), expected.filter(|(_, next)| next - at <= 5));
            }
            let id = expected.filter(|(value, next)| next - at <= 3 || *value == u64::MAX);
            prop_assert_eq!(read_id(&data, at), id);
        }

        #[test]
        fn tiny_integers_are_read_as_specified(
            data in prop::collection::vec(prop_oneof![1 => 0x80..=0xff_u8, 9 => 0..0x80_u8], 0..12),
            count in 0..=5_u8,
        ) {
            let first = data.get(..usize::from(count)).filter(|_| data.len() >= 8);
            let expected = first.filter(|first| first.iter().all(|byte| *byte < 0x80)).map(|first| {
                let mut values = [0; MOST_TINY];
                values.iter_mut().zip(first).for_each(|(value, byte)| *value = u64::from(*byte));
                (values, first.len())
            });
            prop_assert_eq!(read_tiny(&data, 0, count), expected);
        }

        #[test]
        fn bytes_are_counted_in_which_integers_go_on(bytes in any::<[u8; 8]>()) {
            let going_on = bytes.iter().filter(|byte| **byte >= 0x80).count();
            prop_assert_eq!(usize::from(count_going_on(u64::from_le_bytes(bytes))), going_on);
        }

        #[test]
        fn integers_are_read_as_specified(
            data in prop::collection::vec(prop_oneof![3 => 0x80..=0xff_u8, 1 => 0..0x80_u8], 0..12),
        ) {
            prop_assert_eq!(read(&data, 0), read_as_specified(&data));
        }

        #[test]
        fn wide_integers_are_read_as_specified(
            mut data in prop::collection::vec(0x80..=0xff_u8, 9),
            last in 0..4_u8,
            behind in any::<u8>(),
        ) {
            data.extend([last, behind]);
            prop_assert_eq!(read(&data, 0), read_as_specified(&data));
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
