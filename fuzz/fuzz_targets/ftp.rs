//! Any conversation as FTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::ftp::fuzz(bytes));
