//! Any stream through an adapter, beside what it said.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_reassembly::fuzz::adapters(bytes));
