//! The fields of Multipath TCP, as Wireshark names them.

use std::net::IpAddr;

use crate::layers::tcp::mptcp::is_ip_version;
use crate::layers::tcp::span;
use crate::{FieldSink, MptcpCapableFlags, MptcpDataFlags, MptcpMapping, MptcpOption};
use crate::{MptcpResetFlags, Value};

impl MptcpOption<'_> {
    /// Reports an option whose kind is at byte `at` and whose value is `data`.
    pub(super) fn fields(&self, data: &[u8], at: usize, sink: &mut dyn FieldSink) {
        let mut row = Row { sink, at: at.saturating_add(2) };
        let first = data.first().copied().unwrap_or_default();
        row.here("tcp.options.mptcp.subtype", first >> 4, 1);
        match *self {
            Self::Capable { version, flags, sender_key, receiver_key, data_length, checksum } => {
                row.next("tcp.options.mptcp.version", version, 1);
                row.capable(version, flags);
                row.maybe("tcp.options.mptcp.sendkey", sender_key, 8);
                row.maybe("tcp.options.mptcp.recvkey", receiver_key, 8);
                row.maybe("tcp.options.mptcp.datalvllen", data_length, 2);
                row.maybe("tcp.options.mptcp.checksum", checksum, 2);
            }
            Self::JoinSyn { backup, address_id, receiver_token, sender_random } => {
                row.here("tcp.options.mptcp.flags", first, 1);
                row.next("tcp.options.mptcp.backup.flag", backup, 1);
                row.next("tcp.options.mptcp.addrid", address_id, 1);
                row.next("tcp.options.mptcp.recvtok", receiver_token, 4);
                row.next("tcp.options.mptcp.sendrand", sender_random, 4);
            }
            Self::JoinSynAck { backup, address_id, sender_hmac, sender_random } => {
                row.here("tcp.options.mptcp.flags", first, 1);
                row.next("tcp.options.mptcp.backup.flag", backup, 1);
                row.next("tcp.options.mptcp.addrid", address_id, 1);
                row.next("tcp.options.mptcp.sendtrunchmac", sender_hmac, 8);
                row.next("tcp.options.mptcp.sendrand", sender_random, 4);
            }
            Self::JoinAck { sender_hmac } => {
                row.reserved(data);
                let place = span(row.at, 0, sender_hmac.len());
                row.sink.bytes("tcp.options.mptcp.sendhmac", sender_hmac, place);
            }
            Self::DataSequence { flags, data_ack, mapping } => {
                row.skip(1);
                row.data_sequence(flags, data_ack, mapping);
            }
            Self::AddAddress { echo, address_id, address, port, hmac } => {
                if is_ip_version(first & 0x0f) {
                    row.next("tcp.options.mptcp.ipver", first & 0x0f, 1);
                } else {
                    row.next("tcp.options.mptcp.echo", echo, 1);
                }
                row.next("tcp.options.mptcp.addrid", address_id, 1);
                row.address(address);
                row.maybe("tcp.options.mptcp.port", port, 2);
                row.maybe("tcp.options.mptcp.addaddrtrunchmac", hmac, 8);
            }
            Self::RemoveAddresses { address_ids } => {
                row.next("mptcp.rm_addr.count", address_ids.len() as u64, 1);
                for &address_id in address_ids {
                    row.next("tcp.options.mptcp.addrid", address_id, 1);
                }
            }
            Self::Priority { backup, address_id } => {
                row.here("tcp.options.mptcp.flags", first, 1);
                row.next("tcp.options.mptcp.backup.flag", backup, 1);
                row.maybe("tcp.options.mptcp.addrid", address_id, 1);
            }
            Self::Fail { data_sequence_number } => {
                row.reserved(data);
                row.next("tcp.options.mptcp.rawdataseqno", data_sequence_number, 8);
            }
            Self::FastClose { receiver_key } => {
                row.reserved(data);
                row.next("tcp.options.mptcp.recvkey", receiver_key, 8);
            }
            Self::Reset { flags, reason } => {
                row.here("tcp.options.mptcp.flags", first, 1);
                let has = |flag| flags.contains(flag);
                row.here("tcp.options.mptcp.flag_U.flag", has(MptcpResetFlags::U), 1);
                row.here("tcp.options.mptcp.flag_V.flag", has(MptcpResetFlags::V), 1);
                row.here("tcp.options.mptcp.flag_W.flag", has(MptcpResetFlags::W), 1);
                row.next("tcp.options.mptcp.flag_T.flag", has(MptcpResetFlags::TRANSIENT), 1);
                row.next("tcp.options.mptcp.rst_reason", reason, 1);
            }
            Self::Unknown { .. } => {}
        }
    }
}

/// Reports fields one behind the other. All that Wireshark has as numbers of one bit are numbers.
struct Row<'s> {
    sink: &'s mut dyn FieldSink,
    at: usize,
}

impl Row<'_> {
    fn here(&mut self, name: &'static str, value: impl Into<u64>, len: usize) {
        self.sink.number(name, value, span(self.at, 0, len));
    }

    fn next(&mut self, name: &'static str, value: impl Into<u64>, len: usize) {
        self.here(name, value, len);
        self.skip(len);
    }

    fn maybe(&mut self, name: &'static str, value: Option<impl Into<u64>>, len: usize) {
        if let Some(value) = value {
            self.next(name, value, len);
        }
    }

    fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    /// The twelve bits behind the subtype.
    fn reserved(&mut self, data: &[u8]) {
        if let [first, second, ..] = *data {
            let bits = u16::from_be_bytes([first & 0x0f, second]);
            self.next("tcp.options.mptcp.reserved", bits, 2);
        }
    }

    fn capable(&mut self, version: u8, flags: MptcpCapableFlags) {
        let has = |flag| flags.contains(flag);
        self.here("tcp.options.mptcp.flags", flags.bits(), 1);
        let checksum_required = has(MptcpCapableFlags::CHECKSUM_REQUIRED);
        self.here("tcp.options.mptcp.checksumreq.flags", checksum_required, 1);
        let extensibility = has(MptcpCapableFlags::EXTENSIBILITY);
        self.here("tcp.options.mptcp.extensibility.flag", extensibility, 1);
        let hmac = has(MptcpCapableFlags::HMAC);
        let reserved = flags.bits() >> 1;
        if version == 1 {
            let no_more_subflows = has(MptcpCapableFlags::NO_MORE_SUBFLOWS);
            self.here("tcp.options.mptcp.nomoresubflows.flag", no_more_subflows, 1);
            self.here("tcp.options.mptcp.sha256.flag", hmac, 1);
            self.next("tcp.options.mptcp.reserved.flag", reserved & 0x0f, 1);
        } else {
            self.here("tcp.options.mptcp.sha1.flag", hmac, 1);
            self.next("tcp.options.mptcp.reserved.flag", reserved & 0x1f, 1);
        }
    }

    fn data_sequence(
        &mut self,
        flags: MptcpDataFlags,
        data_ack: Option<u64>,
        mapping: Option<MptcpMapping>,
    ) {
        let has = |flag| flags.contains(flag);
        let len = |long| if flags.contains(long) { 8 } else { 4 };
        self.here("tcp.options.mptcp.flags", flags.bits(), 1);
        self.here("tcp.options.mptcp.datafin.flag", has(MptcpDataFlags::DATA_FIN), 1);
        self.here("tcp.options.mptcp.dseqn8.flag", has(MptcpDataFlags::LONG_MAPPING), 1);
        self.here("tcp.options.mptcp.dseqnpresent.flag", has(MptcpDataFlags::MAPPING), 1);
        self.here("tcp.options.mptcp.dataack8.flag", has(MptcpDataFlags::LONG_DATA_ACK), 1);
        self.next("tcp.options.mptcp.dataackpresent.flag", has(MptcpDataFlags::DATA_ACK), 1);
        self.maybe("tcp.options.mptcp.rawdataack", data_ack, len(MptcpDataFlags::LONG_DATA_ACK));
        if let Some(mapping) = mapping {
            let dsn_len = len(MptcpDataFlags::LONG_MAPPING);
            self.next("tcp.options.mptcp.rawdataseqno", mapping.data_sequence_number, dsn_len);
            self.next("tcp.options.mptcp.subflowseqno", mapping.subflow_sequence_number, 4);
            self.next("tcp.options.mptcp.datalvllen", mapping.length, 2);
            self.maybe("tcp.options.mptcp.checksum", mapping.checksum, 2);
        }
    }

    fn address(&mut self, address: IpAddr) {
        let (name, value, len) = match address {
            IpAddr::V4(address) => ("tcp.options.mptcp.ipv4", Value::Ipv4(address), 4),
            IpAddr::V6(address) => ("tcp.options.mptcp.ipv6", Value::Ipv6(address), 16),
        };
        self.sink.value(name, value, span(self.at, 0, len));
        self.skip(len);
    }
}
