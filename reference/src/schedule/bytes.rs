//! Schedules as bytes, for fuzzing engines: what `Arbitrary` reads, and its inverse.

use super::{Schedule, Switch};
use crate::limits::{
    MAX_FOREIGN_THREADS, MAX_GOROUTINES, MAX_OPS, MAX_SWITCHES, MAX_SYSMON_ROUNDS, MAX_THREADS,
};
use arbitrary::Unstructured;

/// The inverse of `Arbitrary`: the bytes from which it reads this value.
pub trait ToBytes {
    /// Appends the bytes.
    fn to_bytes(&self, bytes: &mut Vec<u8>);
}

/// The next byte. Where the bytes end, zeros follow.
pub(super) fn read_byte(u: &mut Unstructured<'_>) -> u8 {
    u.bytes(1).map_or(0, |bytes| bytes[0])
}

/// The length of a list of at most `max` items: in two bytes, if one would not do.
pub(super) fn read_len(u: &mut Unstructured<'_>, max: usize) -> usize {
    let low = read_byte(u);
    let high = if max > usize::from(u8::MAX) { read_byte(u) } else { 0 };
    usize::from(u16::from_le_bytes([low, high])) % (max + 1)
}

/// A list as engines see it: a length, then the items. Where the bytes end so does the list, with an item of which there
/// is something.
#[inline(always)]
pub(super) fn read_list<const BYTES: usize, T>(
    u: &mut Unstructured<'_>,
    max: usize,
    item: impl Fn([u8; BYTES]) -> T,
) -> Vec<T> {
    let len = read_len(u, max);
    let whole = len.min(u.len() / BYTES);
    // There are as many bytes as are asked for.
    let (chunks, _) = u.bytes(whole * BYTES).unwrap_or_default().as_chunks();
    let mut items: Vec<T> = chunks.iter().copied().map(&item).collect();
    if whole < len && !u.is_empty() {
        items.push(item(std::array::from_fn(|_| read_byte(u))));
    }
    items
}

fn push_list<T: ToBytes>(items: &[T], max: usize, bytes: &mut Vec<u8>) {
    push_len(items.len(), max, bytes);
    for item in items {
        item.to_bytes(bytes);
    }
}

fn push_len(len: usize, max: usize, bytes: &mut Vec<u8>) {
    let [low, high, ..] = len.to_le_bytes();
    bytes.push(low);
    if max > usize::from(u8::MAX) {
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
        push_list(&scenario.sysmon, MAX_SYSMON_ROUNDS, bytes);
        push_len(scenario.goroutines.len(), MAX_GOROUTINES, bytes);
        for script in &scenario.goroutines {
            push_list(script, MAX_OPS, bytes);
        }
        push_list(&self.switches, MAX_SWITCHES, bytes);
        // Inputs from before there were foreign threads end here, and so have none.
        if !scenario.foreign.is_empty() {
            push_list(&scenario.foreign, MAX_FOREIGN_THREADS, bytes);
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
