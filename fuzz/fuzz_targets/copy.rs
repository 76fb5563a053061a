//! Any bytes as a capture that is copied.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_pcap::fuzz_copy(bytes));
