//! Any bytes behind any key, and as any layer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_layers::fuzz_entries(bytes));
