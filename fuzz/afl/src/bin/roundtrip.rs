//! Schedules must survive their encodings.

fn main() {
    afl::fuzz!(|data: &[u8]| procsteal::targets::roundtrip(data));
}
