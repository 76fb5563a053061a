//! Any packet built and edited, and decoded again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_layers::fuzz_build(bytes));
