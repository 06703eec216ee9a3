//! Fails when a schedule shows the signature that is to be kept.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| assert!(!procsteal::bench::keeps(data), "the signature is kept"));
