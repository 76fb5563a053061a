//! Any conversation as files in HTTP and in data of FTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::files::fuzz(bytes));
