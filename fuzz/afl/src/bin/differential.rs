//! Fails when prefix and fixed differ on a schedule in a way that is not known yet.

fn main() {
    afl::fuzz!(|data: &[u8]| procsteal::targets::differential(data));
}
