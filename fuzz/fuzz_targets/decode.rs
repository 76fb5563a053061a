//! Any bytes as a packet of any link type.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_layers::fuzz(bytes));
