//! Connections of SSH: Zeek's `ssh.log`, with fingerprints.

use std::net::IpAddr;

use rheos_core::Timestamp;
use rheos_flow::zeek::is_local;
use rheos_l7::ssh::SshMessage;

use super::logs::Row;
use super::record::{Source, column, zeek_only};
use super::{Log, Value};
use crate::both::Both;

/// A connection of SSH, told at its end.
pub static SSH: Log = Log::new(
    "ssh",
    "ssh",
    &[
        column("version", "count", ""),
        column("auth_success", "bool", ""),
        column("auth_attempts", "count", ""),
        zeek_only("direction", "enum"),
        column("client", "string", "client.software_version"),
        column("server", "string", "server.software_version"),
        column("cipher_alg", "string", ""),
        column("mac_alg", "string", ""),
        column("compression_alg", "string", ""),
        column("kex_alg", "string", ""),
        column("host_key_alg", "string", ""),
        column("host_key", "string", ""),
        column("hassh", "string", "client.hassh.hash"),
        column("hasshServer", "string", "server.hassh.hash"),
    ],
);

/// What SSH has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct SshState {
    first: Option<Timestamp>,
    /// The line that each side starts with, its version, and the fingerprint of what it offers.
    lines: Both<Option<String>>,
    version: Option<u64>,
    hassh: Both<Option<String>>,
    /// What those are the sums of.
    offers: Both<Option<String>>,
    algorithms: [Option<String>; 8],
    /// The MD5 of the server's key, a colon between its bytes.
    host_key: Option<String>,
}

impl SshState {
    pub(super) fn take(&mut self, message: &SshMessage) {
        match message {
            SshMessage::Banner(banner) => {
                self.first.get_or_insert(banner.timestamp);
                // 1.99 is a server that speaks both.
                let is_first = banner.version.starts_with("1.") && banner.version != "1.99";
                self.version = Some(if is_first { 1 } else { 2 });
                *self.lines.of_mut(banner.side) = Some(banner.line.clone());
            }
            SshMessage::KexInit(offer) => {
                self.first.get_or_insert(offer.timestamp);
                let is_client = offer.side == rheos_core::Side::Initiator;
                let (hassh, offered) = if is_client {
                    (offer.hassh(), offer.hassh_algorithms())
                } else {
                    (offer.hassh_server(), offer.hassh_server_algorithms())
                };
                self.hassh.of_mut(offer.side).get_or_insert(hassh);
                self.offers.of_mut(offer.side).get_or_insert(offered);
            }
            SshMessage::HostKey(key) => {
                let digits = key.md5();
                let pairs = digits.as_bytes().chunks(2).map(String::from_utf8_lossy);
                self.host_key = Some(pairs.collect::<Vec<_>>().join(":"));
            }
            SshMessage::Negotiated(choice) => self.algorithms.clone_from(&choice.algorithms),
            _ => {}
        }
    }

    /// The record of a connection between such hosts.
    pub(super) fn row(self, orig: IpAddr, resp: IpAddr) -> Row {
        let [key_exchange, host_key, cipher, _, mac, _, compression, _] = self.algorithms;
        let direction = match [orig, resp].map(is_local) {
            [true, false] => Some("OUTBOUND"),
            [false, true] => Some("INBOUND"),
            _ => None,
        };
        let values = vec![
            Value::from(self.version),
            // Zeek guesses these by the lengths of what is encrypted.
            Value::Unset,
            Value::Unset,
            direction.into(),
            self.lines.initiator.into(),
            self.lines.responder.into(),
            cipher.into(),
            mac.into(),
            compression.into(),
            key_exchange.into(),
            host_key.into(),
            self.host_key.into(),
            self.hassh.initiator.into(),
            self.hassh.responder.into(),
        ];
        Row::new(&SSH, self.first, values).of(Source::Ssh(self.offers))
    }
}
