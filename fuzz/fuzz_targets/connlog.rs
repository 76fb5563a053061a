//! Any packets as the rows of a `conn.log`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_flow::zeek::fuzz(bytes));
