//! Any packets in any order through a tracker.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_flow::fuzz(bytes));
