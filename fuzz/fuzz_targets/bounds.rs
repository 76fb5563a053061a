//! Any segments and fragments in any order, under budgets that are soon used up.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_reassembly::fuzz::bounds(bytes));
