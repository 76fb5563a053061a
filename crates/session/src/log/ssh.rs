//! Connections of SSH: Zeek's `ssh.log`, with fingerprints.

use rheos_core::Timestamp;
use rheos_l7::ssh::SshMessage;

use super::logs::Row;
use super::record::{Source, column};
use super::{Log, Value};
use crate::both::Both;

/// A connection of SSH, told at its end.
pub static SSH: Log = Log::new(
    "ssh",
    "ssh",
    &[
        column("version", "count", ""),
        column("client", "string", "client.software_version"),
        column("server", "string", "server.software_version"),
        column("cipher_alg", "string", ""),
        column("mac_alg", "string", ""),
        column("compression_alg", "string", ""),
        column("kex_alg", "string", ""),
        column("host_key_alg", "string", ""),
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
            SshMessage::Negotiated(choice) => self.algorithms.clone_from(&choice.algorithms),
            _ => {}
        }
    }

    pub(super) fn row(self) -> Row {
        let [key_exchange, host_key, cipher, _, mac, _, compression, _] = self.algorithms;
        let values = vec![
            Value::from(self.version),
            self.lines.initiator.into(),
            self.lines.responder.into(),
            cipher.into(),
            mac.into(),
            compression.into(),
            key_exchange.into(),
            host_key.into(),
            self.hassh.initiator.into(),
            self.hassh.responder.into(),
        ];
        Row::new(&SSH, self.first, values).of(Source::Ssh(self.offers))
    }
}
