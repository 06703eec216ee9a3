//! Schedules must survive their encodings.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| procsteal::targets::roundtrip(data));
