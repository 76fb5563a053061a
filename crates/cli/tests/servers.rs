//! Real servers and clients of others, what `rheos` reads of their packets, and what they say of
//! themselves. Only Linux has what it takes: network namespaces, and the right to make them.

#![cfg(target_os = "linux")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests, also in their functions: what is printed is known"
)]

mod common;
#[path = "servers/dnsmasq.rs"]
mod dnsmasq;
#[path = "servers/ftp.rs"]
mod ftp;
#[path = "servers/lab.rs"]
mod lab;
#[path = "servers/namespace.rs"]
mod namespace;
#[path = "servers/nginx.rs"]
mod nginx;
#[path = "servers/openssh.rs"]
mod openssh;
#[path = "servers/openssl.rs"]
mod openssl;
#[path = "servers/rows.rs"]
mod rows;
#[path = "servers/smtp.rs"]
mod smtp;
