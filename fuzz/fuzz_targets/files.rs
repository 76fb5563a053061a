//! Any bytes as files in HTTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::files::fuzz(bytes));
