//! Any conversation as SMTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::smtp::fuzz(bytes));
