//! Fails on a trace of fixed that cannot be parsed and is not known yet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| procsteal::targets::fixed(data));
