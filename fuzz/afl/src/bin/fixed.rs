//! Fails on a trace of fixed that cannot be parsed and is not known yet.

fn main() {
    afl::fuzz!(|data: &[u8]| procsteal::targets::fixed(data));
}
