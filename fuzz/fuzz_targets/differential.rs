//! Fails when prefix and fixed differ on a schedule in a way that is not known yet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| procsteal::targets::differential(data));
