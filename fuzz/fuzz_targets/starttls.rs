//! Any conversation as the opening of a stream that goes over to TLS.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::starttls::fuzz(bytes));
