//! Any pieces of any streams and datagrams through parsers of TLS and DTLS.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rheos_l7::tls::fuzz(bytes));
