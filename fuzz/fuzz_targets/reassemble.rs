//! Any segments and fragments in any order.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_reassembly::fuzz(bytes));
