//! Everything that is kept of the flows of any packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_flow::fuzz_details(bytes));
