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

/// As [`read`], for an integer that is likely to be padded to ten bytes, as the runtime pads the size of each batch.
#[inline]
pub(crate) fn read_padded(data: &[u8], at: usize) -> Result<(u64, usize), VarintError> {
    const PADDING: [u8; 7] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
    if let Some([first @ 0x80..=0xff, second @ 0x80..=0xff, third @ 0x80..=0xff, padding @ ..]) =
        data.get(at..).and_then(<[u8]>::first_chunk::<10>)
        && *padding == PADDING
    {
        let group = |byte: u8, number: u32| u64::from(byte & 0x7f) << (7 * number);
        return Ok((group(*first, 0) | group(*second, 1) | group(*third, 2), at + 10));
    }
    read(data, at)
}

/// An integer of more than two bytes, or one that does not end.
#[inline(never)]
fn read_long(data: &[u8], at: usize) -> Result<(u64, usize), VarintError> {
    const ALL_BITS: [u8; 10] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let rest = data.get(at..).unwrap_or_default();
    // The batches of no thread say so by -1.
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

/// Eight bytes of a trace, out of which integers are taken without asking for each byte whether it is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// What was not taken yet, zeros behind it.
    bytes: u64,
}

/// What is not the size of anything in a window, nor of anything in a batch.
const TOO_LONG: u32 = u32::MAX >> 1;

/// The most integers that may be asked for at once.
const MOST_INTEGERS: usize = 5;

/// The longest integer that is taken from a window.
const LONGEST: u32 = 5;

/// The size of the first integers in a window, by which bytes say that an integer goes on and by their number.
static SIZES: [[u32; NUMBERS]; 256] = sizes();

/// Numbers of integers that each row of the table has places for: a power of two, so that a number needs no check.
const NUMBERS: usize = 8;

const fn sizes() -> [[u32; NUMBERS]; 256] {
    let mut sizes = [[TOO_LONG; NUMBERS]; 256];
    let mut goes_on = 0;
    while goes_on < 256 {
        let (mut at, mut start, mut count) = (0, 0, 0);
        while at < u64::BITS / 8 && count < MOST_INTEGERS && at - start < LONGEST {
            at += 1;
            if goes_on >> (at - 1) & 1 == 0 {
                count += 1;
                start = at;
                sizes[goes_on][count] = at;
            }
        }
        goes_on += 1;
    }
    sizes
}

impl Window {
    /// A window in which nothing is left.
    pub(crate) const EMPTY: Self = Self { bytes: 0 };

    /// The byte at `at` and the window behind it; `None` if the trace ends within it.
    #[inline(always)]
    pub(crate) fn behind(trace: &[u8], at: usize) -> Option<(&u8, Self)> {
        let [byte, window @ ..] = trace.get(at..)?.first_chunk::<9>()?;
        Some((byte, Self { bytes: u64::from_le_bytes(*window) }))
    }

    /// How many bytes the first `count` integers have; more than a batch has if they do not end in the window, if one
    /// of them is too long to be taken, or if `count` is 0.
    #[inline(always)]
    pub(crate) fn size_of(self, count: u8) -> usize {
        /// Moves the top bit of byte `n` to bit `56 + n`.
        const GATHER: u64 = 0x0002_0408_1020_4081;
        let goes_on = (self.bytes & TOP_BITS).wrapping_mul(GATHER) >> 56;
        SIZES[goes_on as usize][usize::from(count) % NUMBERS] as usize
    }

    /// Takes the next integer, which must be known to be there.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> u64 {
        let bytes = self.bytes;
        let goes_on = |byte: u32| bytes & 0x80 << (byte * u8::BITS) != 0;
        let group = |byte: u32| bytes >> byte & 0x7f << (7 * byte);
        let (integer, size) = if !goes_on(0) {
            (group(0), 1)
        } else if !goes_on(1) {
            (group(0) | group(1), 2)
        } else if !goes_on(2) {
            (group(0) | group(1) | group(2), 3)
        } else if !goes_on(3) {
            (group(0) | group(1) | group(2) | group(3), 4)
        } else {
            (group(0) | group(1) | group(2) | group(3) | group(4), 5)
        };
        self.bytes >>= size * u8::BITS;
        integer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_has_what_is_read_byte_by_byte(
            data in prop::collection::vec(prop_oneof![any::<u8>(), 0..0x80_u8], 8..12),
        ) {
            let behind = [&[0], &data[..]].concat();
            let (_, mut window) = Window::behind(&behind, 0).expect("there are eight bytes");
            let sizes: Vec<Option<usize>> = (0..6)
                .map(|count| Some(window.size_of(count)).filter(|size| *size <= procsteal_wire::MAX_BATCH_SIZE as usize))
                .collect();
            prop_assert_eq!(sizes[0], None);
            let mut at = 0;
            let mut are_short = true;
            for size in &sizes[1..] {
                let short = read(&data[..8], at).ok().filter(|(_, next)| next - at <= LONGEST as usize);
                are_short &= short.is_some();
                let Some((integer, next)) = short.filter(|_| are_short) else {
                    prop_assert_eq!(*size, None);
                    continue;
                };
                prop_assert_eq!((window.take(), *size), (integer, Some(next)));
                at = next;
            }
        }
    }

    #[test]
    fn a_window_needs_eight_bytes() {
        assert!(Window::behind(&[0; 9], 0).is_some());
        assert!(Window::behind(&[0; 9], 1).is_none());
        assert!(Window::behind(&[0; 9], 10).is_none());
    }

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
            size in 0..12_usize,
        ) {
            let data = [&groups[..], &padding[..], &[last, 7]].concat();
            let data = &data[..size.min(data.len())];
            prop_assert_eq!(read_padded(data, 0), read_as_specified(data));
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
