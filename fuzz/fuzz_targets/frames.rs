//! Any streams as frames.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::fuzz_frames(bytes));
