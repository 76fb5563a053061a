//! Any packets in tunnels in tunnels, and in fragments.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_flow::fuzz_nested(bytes));
