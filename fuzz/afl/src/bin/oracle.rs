//! Gives the oracle raw bytes: it must answer.

fn main() {
    afl::fuzz!(|data: &[u8]| procsteal::targets::oracle(data));
}
