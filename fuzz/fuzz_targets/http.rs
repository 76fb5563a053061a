//! Any conversation as HTTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::http::fuzz(bytes));
