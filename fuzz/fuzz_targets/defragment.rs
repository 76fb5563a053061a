//! Any fragments in any order, beside a model that keeps every byte by itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_reassembly::fuzz::datagrams(bytes));
