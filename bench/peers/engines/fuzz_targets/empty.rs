//! Does nothing: what is left is libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|_data: &[u8]| ());
