//! Gives the oracle raw bytes: it must answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| procsteal::targets::oracle(data));
