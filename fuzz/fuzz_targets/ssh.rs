//! Any conversation as SSH.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::ssh::fuzz(bytes));
