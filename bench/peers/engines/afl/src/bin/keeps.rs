//! Fails when a schedule shows the signature that is to be kept.

fn main() {
    afl::fuzz!(|data: &[u8]| assert!(!procsteal::bench::keeps(data), "the signature is kept"));
}
