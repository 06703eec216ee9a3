//! Schedules as bytes, for fuzzing engines: what `Arbitrary` reads, and its inverse.

use super::{Schedule, Switch};
use crate::limits::{MAX_SWITCHES, MAX_THREADS};
use arbitrary::{Arbitrary, Unstructured};

/// The inverse of `Arbitrary`: the bytes from which it reads this value.
pub trait ToBytes {
    /// Appends the bytes.
    fn to_bytes(&self, bytes: &mut Vec<u8>);
}

/// How many items of a kind there may be in a list.
pub(super) trait Limited {
    const MAX: usize;
}

impl Limited for Switch {
    const MAX: usize = MAX_SWITCHES;
}

/// A list as engines see it: a length in two bytes, at most `T::MAX`, then the items. Where the bytes end so does the
/// list.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<'a, T: Arbitrary<'a> + Limited> Arbitrary<'a> for List<T> {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let low = byte(u);
        let high = if T::MAX > usize::from(u8::MAX) { byte(u) } else { 0 };
        let len = usize::from(u16::from_le_bytes([low, high])) % (T::MAX + 1);
        // No item is less than a byte.
        let mut items = Vec::with_capacity(len.min(u.len()));
        for _ in 0..len {
            if u.is_empty() {
                break;
            }
            items.push(T::arbitrary(u)?);
        }
        Ok(Self(items))
    }
}

/// The next byte. Where the bytes end, zeros follow.
#[inline(always)]
pub(super) fn byte(u: &mut Unstructured<'_>) -> u8 {
    // `u8::arbitrary` says the same, and copies each byte by a function that copies any number of them.
    u.bytes(1).map_or(0, |bytes| bytes[0])
}

fn push_list<T: ToBytes + Limited>(items: &[T], bytes: &mut Vec<u8>) {
    push_len::<T>(items.len(), bytes);
    for item in items {
        item.to_bytes(bytes);
    }
}

fn push_len<T: Limited>(len: usize, bytes: &mut Vec<u8>) {
    let [low, high, ..] = len.to_le_bytes();
    bytes.push(low);
    if T::MAX > usize::from(u8::MAX) {
        bytes.push(high);
    }
}

impl ToBytes for Switch {
    fn to_bytes(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.thread.0 & 15 | self.to.0 << 4);
        bytes.extend_from_slice(&self.step.to_le_bytes());
    }
}

impl ToBytes for Schedule {
    fn to_bytes(&self, bytes: &mut Vec<u8>) {
        let scenario = &self.scenario;
        bytes.push(scenario.procs.0 - 1);
        bytes.push(MAX_THREADS as u8 - scenario.threads.0);
        push_list(&scenario.sysmon, bytes);
        push_len::<List<super::Op>>(scenario.goroutines.len(), bytes);
        for script in &scenario.goroutines {
            push_list(script, bytes);
        }
        push_list(&self.switches, bytes);
        // Inputs from before there were foreign threads end here, and so have none.
        if !scenario.foreign.is_empty() {
            push_list(&scenario.foreign, bytes);
        }
    }
}

impl Schedule {
    /// The bytes that stand for this schedule: what a fuzzing engine would have to come up with.
    #[must_use]
    pub fn to_byte_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.to_bytes(&mut bytes);
        bytes
    }
}
