//! Any packets by what is in their tunnels.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_flow::fuzz_tunnels(bytes));
