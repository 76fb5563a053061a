//! Fields of NTP, under Wireshark's names.

use super::{NtpControlHeader, NtpHeader, NtpMac, NtpPrivateHeader, mac_of, next_extension};
use crate::{FieldSink, Value};

/// The answer that lists who has asked the server.
const MONITOR_LIST: u8 = 42;
/// Bytes of an item of that list.
const MONITOR_ITEM: usize = 72;

pub(super) fn time(header: &NtpHeader, mut rest: &[u8], sink: &mut dyn FieldSink) {
    flags(header.flags, sink);
    sink.number("ntp.stratum", header.stratum, 1..2);
    sink.number("ntp.ppoll", header.poll.cast_unsigned(), 2..3);
    sink.number("ntp.precision", header.precision.cast_unsigned(), 3..4);
    sink.number("ntp.rootdelay", header.root_delay, 4..8);
    sink.number("ntp.rootdispersion", header.root_dispersion, 8..12);
    sink.bytes("ntp.refid", &header.reference_id, 12..16);
    sink.number("ntp.reftime", header.reference_timestamp, 16..24);
    sink.number("ntp.org", header.origin_timestamp, 24..32);
    sink.number("ntp.rec", header.receive_timestamp, 32..40);
    sink.number("ntp.xmt", header.transmit_timestamp, 40..48);
    let mut at = size_of::<NtpHeader>();
    while let Some((extension, behind)) = next_extension(rest) {
        let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
        let end = extension.value.len().saturating_add(4);
        sink.number("ntp.ext.type", extension.field_type, place(0, 2));
        sink.number("ntp.ext.length", end as u64, place(2, 4));
        if !extension.value.is_empty() {
            sink.bytes("ntp.ext.value", extension.value, place(4, end));
        }
        at = at.saturating_add(end);
        rest = behind;
    }
    if let Some(NtpMac { key_id, digest }) = mac_of(rest) {
        let digest_at = at.saturating_add(4);
        sink.bytes("ntp.keyid", &key_id.to_be_bytes(), at..digest_at);
        if !digest.is_empty() {
            sink.bytes("ntp.mac", digest, digest_at..digest_at.saturating_add(digest.len()));
        }
    }
}

fn flags(flags: u8, sink: &mut dyn FieldSink) {
    sink.number("ntp.flags", flags, 0..1);
    sink.number("ntp.flags.li", flags >> 6, 0..1);
    sink.number("ntp.flags.vn", flags >> 3 & 7, 0..1);
    sink.number("ntp.flags.mode", flags & 7, 0..1);
}

pub(super) fn control(header: &NtpControlHeader, data: &[u8], sink: &mut dyn FieldSink) {
    let (opcode, association) = (header.opcode & 31, header.association_id.get());
    let [is_response, is_error, more] = [0x80, 0x40, 0x20].map(|bit| header.opcode & bit != 0);
    flags(header.flags, sink);
    sink.number("ntp.ctrl.flags2", header.opcode, 1..2);
    sink.flag("ntp.ctrl.flags2.r", is_response, 1..2);
    sink.flag("ntp.ctrl.flags2.error", is_error, 1..2);
    sink.flag("ntp.ctrl.flags2.more", more, 1..2);
    sink.number("ntp.ctrl.flags2.opcode", opcode, 1..2);
    sink.number("ntp.ctrl.sequence", header.sequence, 2..4);
    let status = header.status.get();
    sink.number("ntp.ctrl.status", status, 4..6);
    if is_response && is_error {
        sink.number("ntp.ctrl.err_status", status >> 8, 4..6);
    } else if is_response && matches!(opcode, 4 | 5) {
        sink.number("ntp.ctrl.clock_status.status", status >> 8, 4..6);
        sink.number("ntp.ctrl.clock_status.code", status & 0xff, 4..6);
    } else if is_response && matches!(opcode, 1..=3 | 7) {
        if association == 0 {
            sink.number("ntp.ctrl.sys_status.li", status >> 14, 4..6);
            sink.number("ntp.ctrl.sys_status.clksrc", status >> 8 & 0x3f, 4..6);
            sink.number("ntp.ctrl.sys_status.count", status >> 4 & 15, 4..6);
            sink.number("ntp.ctrl.sys_status.code", status & 15, 4..6);
        } else {
            peer_status(status, 4, sink);
        }
    }
    sink.number("ntp.ctrl.associd", association, 6..8);
    sink.number("ntp.ctrl.offset", header.offset, 8..10);
    sink.number("ntp.ctrl.count", header.count, 10..12);
    let front = size_of::<NtpControlHeader>();
    let count = usize::from(header.count.get());
    let (items, behind) = data.split_at_checked(count).unwrap_or((data, &[]));
    if is_response && opcode == 1 && association == 0 {
        for (at, &[a, b, c, d]) in (front..).step_by(4).zip(items.as_chunks().0) {
            let status_at = at.saturating_add(2);
            sink.number("ntp.ctrl.associd", u16::from_be_bytes([a, b]), at..status_at);
            let status = u16::from_be_bytes([c, d]);
            sink.number("ntp.ctrl.status", status, status_at..status_at.saturating_add(2));
            peer_status(status, status_at, sink);
        }
    }
    text_of(opcode, items, front, sink);
    // RFC 9327, section 2: an authenticator stands behind data that is padded to whole words.
    let padding = count.next_multiple_of(4).saturating_sub(count);
    let behind = behind.get(padding..).unwrap_or_default();
    if let Some(NtpMac { key_id, digest }) = mac_of(behind).filter(|mac| !mac.digest.is_empty()) {
        let at = front.saturating_add(data.len()).saturating_sub(behind.len());
        let digest_at = at.saturating_add(4);
        sink.number("ntp.key_index", key_id, at..digest_at);
        let end = digest_at.saturating_add(digest.len());
        sink.bytes("ntp.key_signature", digest, digest_at..end);
    }
}

/// RFC 9327, section 4 and ntpd's own: the data of these operations is text.
fn text_of(opcode: u8, items: &[u8], at: usize, sink: &mut dyn FieldSink) {
    let name = match opcode {
        7 => "ntp.ctrl.trapmsg",
        8 | 9 => "ntp.ctrl.configuration",
        10 => "ntp.ctrl.mru",
        11 => "ntp.ctrl.ordlist",
        12 => "ntp.ctrl.nonce",
        _ => return,
    };
    if !items.is_empty() {
        let value = std::str::from_utf8(items).map_or(Value::Bytes(items), Value::Text);
        sink.value(name, value, at..at.saturating_add(items.len()));
    }
}

fn peer_status(status: u16, at: usize, sink: &mut dyn FieldSink) {
    let place = at..at.saturating_add(2);
    let bits = [
        ("ntp.ctrl.peer_status.config", 0x8000),
        ("ntp.ctrl.peer_status.authenable", 0x4000),
        ("ntp.ctrl.peer_status.authentic", 0x2000),
        ("ntp.ctrl.peer_status.reach", 0x1000),
        ("ntp.ctrl.peer_status.bcast", 0x0800),
    ];
    for (name, bit) in bits {
        sink.flag(name, status & bit != 0, place.clone());
    }
    sink.number("ntp.ctrl.peer_status.selection", status >> 8 & 7, place.clone());
    sink.number("ntp.ctrl.peer_status.count", status >> 4 & 15, place.clone());
    sink.number("ntp.ctrl.peer_status.code", status & 15, place);
}

pub(super) fn private(header: NtpPrivateHeader, data: &[u8], sink: &mut dyn FieldSink) {
    let NtpPrivateHeader { flags, sequence, implementation, request_code, .. } = header;
    let (errors, size) = (header.error_count.get(), header.item_size.get());
    sink.number("ntp.flags", flags, 0..1);
    sink.flag("ntp.priv.flags.r", flags & 0x80 != 0, 0..1);
    sink.flag("ntp.priv.flags.more", flags & 0x40 != 0, 0..1);
    sink.number("ntp.flags.vn", flags >> 3 & 7, 0..1);
    sink.number("ntp.flags.mode", flags & 7, 0..1);
    sink.number("ntp.priv.auth_seq", sequence, 1..2);
    sink.flag("ntp.priv.auth", sequence & 0x80 != 0, 1..2);
    sink.number("ntp.priv.seq", sequence & 0x7f, 1..2);
    sink.number("ntp.priv.impl", implementation, 2..3);
    sink.number("ntp.priv.reqcode", request_code, 3..4);
    sink.number("ntp.priv.err", errors >> 12, 4..5);
    sink.number("ntp.priv.numitems", errors & 0xfff, 4..6);
    sink.number("ntp.priv.reserved", size >> 12, 6..7);
    sink.number("ntp.priv.itemsize", size & 0xfff, 6..8);
    let is_list = flags & 0x80 != 0
        && request_code == MONITOR_LIST
        && usize::from(size & 0xfff) == MONITOR_ITEM;
    if is_list {
        let items = data.as_chunks::<MONITOR_ITEM>().0.iter().take((errors & 0xfff).into());
        for (at, item) in (size_of::<NtpPrivateHeader>()..).step_by(MONITOR_ITEM).zip(items) {
            monitor_item(item, at, sink);
        }
    }
}

fn monitor_item(item: &[u8; MONITOR_ITEM], start: usize, sink: &mut dyn FieldSink) {
    let (words, _) = item.as_chunks::<4>();
    let names = [
        "ntp.priv.monlist.avgint",
        "ntp.priv.monlist.lsint",
        "ntp.priv.monlist.restr",
        "ntp.priv.monlist.count",
        "ntp.priv.monlist.remote_address",
        "ntp.priv.monlist.local_address",
        "ntp.priv.monlist.flags",
    ];
    let mut at = start;
    for (name, &word) in names.into_iter().zip(words) {
        let end = at.saturating_add(4);
        let value = if name.ends_with("address") {
            Value::Ipv4(word.into())
        } else {
            Value::Number(u32::from_be_bytes(word).into())
        };
        sink.value(name, value, at..end);
        at = end;
    }
    let [.., a, b, mode, version, c, d, e, f, g, h, i, j] =
        *item.first_chunk::<40>().unwrap_or(&[0; 40]);
    let place = |from: usize, len: usize| {
        let from = start.saturating_add(from);
        from..from.saturating_add(len)
    };
    sink.number("ntp.priv.monlist.port", u16::from_be_bytes([a, b]), place(28, 2));
    sink.number("ntp.priv.monlist.mode", mode, place(30, 1));
    sink.number("ntp.priv.monlist.version", version, place(31, 1));
    sink.number("ntp.priv.monlist.ipv6", u32::from_be_bytes([c, d, e, f]), place(32, 4));
    sink.number("ntp.priv.monlist.unused", u32::from_be_bytes([g, h, i, j]), place(36, 4));
    let addresses = item.last_chunk::<32>().map_or(&[][..], |bytes| bytes.as_chunks::<16>().0);
    let names = ["ntp.priv.monlist.addr6", "ntp.priv.monlist.daddr6"];
    for ((at, name), &address) in (40..).step_by(16).zip(names).zip(addresses) {
        sink.value(name, Value::Ipv6(address.into()), place(at, 16));
    }
}
