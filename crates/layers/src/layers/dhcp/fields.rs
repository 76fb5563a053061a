//! Fields of DHCP, under Wireshark's names.

use std::ops::Range;

use super::codes::simple;
use super::options::RawOption;
use super::others;
use super::split::{Meaning, Parts};
use super::{Dhcp, DhcpFqdnFlags, DhcpHeader, DhcpOption, DhcpOptionCode, DhcpOptions};
use super::{DhcpRoutes, DhcpSubOption, DhcpSubOptions, MAGIC_COOKIE};
use crate::layers::dns::{DnsName, DnsNames, NameText};
use crate::{FieldSink, Value};

/// Hardware type of Ethernet.
const ETHERNET: u8 = 1;
/// Where the server name is in the header.
const SNAME: usize = 44;
/// Where the file is in the header.
const FILE: usize = 108;

pub(super) fn fields(dhcp: &Dhcp<'_>, sink: &mut dyn FieldSink) {
    let [options, file, sname] = dhcp.parts();
    header_fields(dhcp, sink);
    if sname.rest().is_empty() {
        text("dhcp.server", &dhcp.header.sname, SNAME, sink);
    } else {
        option_fields(sname, SNAME, false, sink);
    }
    if file.rest().is_empty() {
        text("dhcp.file", &dhcp.header.file, FILE, sink);
    } else {
        option_fields(file, FILE, false, sink);
    }
    let start = size_of::<DhcpHeader>();
    if dhcp.has_cookie {
        let behind = start.saturating_add(MAGIC_COOKIE.len());
        sink.value("dhcp.cookie", Value::Ipv4(MAGIC_COOKIE.into()), start..behind);
        option_fields(options, behind, true, sink);
    }
}

fn header_fields(dhcp: &Dhcp<'_>, sink: &mut dyn FieldSink) {
    let header = dhcp.header;
    sink.number("dhcp.type", header.op, 0..1);
    sink.number("dhcp.hw.type", header.htype, 1..2);
    sink.number("dhcp.hw.len", header.hlen, 2..3);
    sink.number("dhcp.hops", header.hops, 3..4);
    sink.number("dhcp.id", header.xid, 4..8);
    sink.number("dhcp.secs", header.secs, 8..10);
    let flags = header.flags.get();
    sink.number("dhcp.flags", flags, 10..12);
    sink.flag("dhcp.flags.bc", flags & 0x8000 != 0, 10..12);
    sink.number("dhcp.flags.reserved", flags & 0x7fff, 10..12);
    sink.value("dhcp.ip.client", Value::Ipv4(header.ciaddr.into()), 12..16);
    sink.value("dhcp.ip.your", Value::Ipv4(header.yiaddr.into()), 16..20);
    sink.value("dhcp.ip.server", Value::Ipv4(header.siaddr.into()), 20..24);
    sink.value("dhcp.ip.relay", Value::Ipv4(header.giaddr.into()), 24..28);
    let padding_at = match (header.htype, <[u8; 6]>::try_from(dhcp.hardware_address())) {
        (ETHERNET, Ok(address)) => {
            sink.value("dhcp.hw.mac_addr", Value::Mac(address), 28..34);
            34
        }
        _ => {
            sink.bytes("dhcp.hw.addr", &header.chaddr, 28..44);
            28_usize.saturating_add(header.hlen.into())
        }
    };
    let padding = header.chaddr.get(header.hlen.into()..).unwrap_or_default();
    if !padding.is_empty() {
        sink.bytes("dhcp.hw.addr_padding", padding, padding_at..44);
    }
}

/// Text up to a zero, in a field of fixed length.
fn text(name: &'static str, field: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let written = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let value = std::str::from_utf8(written).map_or(Value::Bytes(field), Value::Text);
    sink.value(name, value, start..start.saturating_add(field.len()));
}

/// Reports the options of one part of a message, and the space between them. What stands behind
/// them is space if the part has no fixed length.
fn option_fields(
    mut options: DhcpOptions<'_>,
    start: usize,
    is_open: bool,
    sink: &mut dyn FieldSink,
) {
    let parts = Parts::of(&options);
    let whole = options.rest();
    let mut space = 0..0;
    while let Some(raw) = sink.sound(options.next_raw(), start.saturating_add(options.at())) {
        let behind = raw.at.saturating_add(1);
        match raw.code {
            DhcpOptionCode::PAD if space.end == raw.at && !space.is_empty() => space.end = behind,
            DhcpOptionCode::PAD => space = raw.at..behind,
            _ => {
                padding(whole, &mut space, start, sink);
                if raw.code == DhcpOptionCode::END {
                    let place = start.saturating_add(raw.at)..start.saturating_add(behind);
                    sink.number("dhcp.option.end", raw.code.0, place);
                    space = if is_open { behind..whole.len() } else { 0..0 };
                } else {
                    one_option(&raw, &parts.meaning(&raw), start, sink);
                }
            }
        }
    }
    padding(whole, &mut space, start, sink);
}

fn padding(whole: &[u8], space: &mut Range<usize>, start: usize, sink: &mut dyn FieldSink) {
    let bytes = whole.get(space.clone()).unwrap_or_default();
    if !bytes.is_empty() {
        let place = start.saturating_add(space.start)..start.saturating_add(space.end);
        sink.bytes("dhcp.option.padding", bytes, place);
    }
    *space = 0..0;
}

/// Fields one behind the other.
pub(super) struct Out<'s> {
    sink: &'s mut dyn FieldSink,
    at: usize,
    /// Where all of them stand, if their bytes are of several places.
    place: Option<Range<usize>>,
}

impl Out<'_> {
    pub(super) fn value(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        self.here(name, value, len);
        self.at = self.at.saturating_add(len);
    }

    pub(super) fn here(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        let place = self.place.clone();
        let place = place.unwrap_or(self.at..self.at.saturating_add(len));
        self.sink.value(name, value, place);
    }

    pub(super) fn number(&mut self, name: &'static str, value: impl Into<u64>, len: usize) {
        self.value(name, Value::Number(value.into()), len);
    }

    pub(super) fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.value(name, Value::Bytes(value), value.len());
    }

    pub(super) fn text(&mut self, name: &'static str, bytes: &[u8]) {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
        let written = bytes.get(..end).unwrap_or_default();
        let value = std::str::from_utf8(written).map_or(Value::Bytes(bytes), Value::Text);
        self.value(name, value, bytes.len());
    }

    pub(super) fn address(&mut self, name: &'static str, address: [u8; 4]) {
        self.value(name, Value::Ipv4(address.into()), 4);
    }
}

#[allow(clippy::too_many_lines, reason = "a table: a few lines an option")]
fn one_option(raw: &RawOption<'_>, meaning: &Meaning, start: usize, sink: &mut dyn FieldSink) {
    let mut out = Out { sink, at: start.saturating_add(raw.at), place: None };
    let out = &mut out;
    out.number("dhcp.option.type", raw.code.0, 1);
    out.number("dhcp.option.length", raw.data.len() as u64, 1);
    let [name, second] = simple(raw.code).map_or([""; 2], |(_, names)| names);
    let data = match meaning {
        Meaning::Here => raw.data,
        Meaning::Later => return out.bytes("dhcp.option.value", raw.data),
        Meaning::OfAll(data) => {
            out.here("dhcp.option.value", Value::Bytes(raw.data), raw.data.len());
            out.place = Some(out.at..out.at.saturating_add(raw.data.len()));
            data
        }
    };
    match DhcpOption::read(raw.code, data) {
        DhcpOption::Pad | DhcpOption::End => {}
        DhcpOption::MessageType(message_type) => out.number("dhcp.option.dhcp", message_type.0, 1),
        DhcpOption::Address { address, .. } => out.address(name, address.octets()),
        DhcpOption::Addresses { addresses, .. } => {
            addresses.iter().for_each(|address| out.address(name, *address));
        }
        DhcpOption::AddressPairs { pairs, .. } => {
            for &[one, other] in pairs {
                out.address(name, one);
                out.address(second, other);
            }
        }
        DhcpOption::Text { text, .. } => out.text(name, text),
        DhcpOption::Flag { value, .. } => out.value(name, Value::Flag(value != 0), 1),
        DhcpOption::Number8 { value, .. } => out.number(name, value, 1),
        DhcpOption::Number16 { value, .. } => out.number(name, value, 2),
        DhcpOption::Number32 { value, .. } => out.number(name, value, 4),
        DhcpOption::Signed32 { value, .. } => out.value(name, Value::Signed(value.into()), 4),
        DhcpOption::Numbers16 { values, .. } => {
            values.iter().for_each(|value| out.number(name, u16::from_be_bytes(*value), 2));
        }
        DhcpOption::VendorSpecific(data) => out.bytes("dhcp.option.vendor.value", data),
        DhcpOption::ParameterRequestList(codes) => {
            codes.iter().for_each(|code| out.number("dhcp.option.request_list_item", *code, 1));
        }
        DhcpOption::ClientIdentifier { hardware_type, data } => {
            client_identifier_fields(hardware_type, data, out);
        }
        DhcpOption::UserClass(classes) => user_class_fields(classes, out),
        DhcpOption::ClientFqdn { flags, rcode1, rcode2, name } => {
            fqdn_fields(flags, [rcode1, rcode2], name, out);
        }
        DhcpOption::RelayAgentInformation(sub_options) => relay_fields(sub_options, out),
        DhcpOption::Authentication {
            protocol, algorithm, replay_method, replay_detection, ..
        } => {
            out.number("dhcp.option.dhcp_authentication.protocol", protocol, 1);
            out.number("dhcp.option.dhcp_authentication.alg_delay", algorithm, 1);
            out.number("dhcp.option.dhcp_authentication.rdm", replay_method, 1);
            let name = "dhcp.option.dhcp_authentication.rdm_replay_detection";
            out.number(name, replay_detection, 8);
        }
        DhcpOption::ClientNetworkInterface { major, minor, .. } => {
            out.at = out.at.saturating_add(1);
            out.number("dhcp.client_network_id_major", major, 1);
            out.number("dhcp.client_network_id_minor", minor, 1);
        }
        DhcpOption::ClientUuid { id, .. } => {
            out.at = out.at.saturating_add(1);
            out.bytes("dhcp.client_id.uuid", id);
        }
        DhcpOption::DomainSearch(names) => {
            name_fields("dhcp.option.dhcp_dns_domain_search_list_fqdn", &names, out);
        }
        DhcpOption::ClasslessRoutes { routes: DhcpRoutes { rest }, .. } => {
            let mut routes = DhcpRoutes::new(rest);
            while let Some(route) = routes.next_raw() {
                out.bytes("dhcp.option.classless_static_route", route);
            }
        }
        DhcpOption::Unknown { code, data } => others::fields(code, data, out),
    }
}

pub(super) fn name_fields(field: &'static str, names: &DnsNames<'_>, out: &mut Out<'_>) {
    let mut text = NameText::new();
    for (name, len) in names.iter_at() {
        out.value(field, Value::Text(text.of(name)), len);
    }
}

fn client_identifier_fields(hardware_type: u8, data: &[u8], out: &mut Out<'_>) {
    /// RFC 4361: an association and a DUID as in IPv6.
    const DUID: u8 = 255;
    match (hardware_type, data) {
        (ETHERNET, &[a, b, c, d, e, f]) => {
            out.number("dhcp.hw.type", hardware_type, 1);
            out.value("dhcp.hw.mac_addr", Value::Mac([a, b, c, d, e, f]), 6);
        }
        (0, id) if id.len() == 16 => {
            out.at = out.at.saturating_add(1);
            out.bytes("dhcp.client_id.uuid", id);
        }
        (0, text) => {
            out.number("dhcp.client_id.type", hardware_type, 1);
            out.text("dhcp.client_id.undef", text);
        }
        (DUID, [a, b, c, d, high, low, duid @ ..]) => {
            out.at = out.at.saturating_add(1);
            out.bytes("dhcp.client_id.iaid", &[*a, *b, *c, *d]);
            duid_fields(u16::from_be_bytes([*high, *low]), duid, out);
        }
        _ => {}
    }
}

/// RFC 8415, section 11.
fn duid_fields(duid_type: u16, duid: &[u8], out: &mut Out<'_>) {
    out.number("dhcp.client_id.duid_type", duid_type, 2);
    match (duid_type, duid) {
        (1, &[a, b, c, d, e, f, ref address @ ..]) => {
            out.number("dhcp.client_id.duid_llt_hw_type", u16::from_be_bytes([a, b]), 2);
            out.number("dhcp.client_id.time", u32::from_be_bytes([c, d, e, f]), 4);
            out.bytes("dhcp.client_id.link_layer_address", address);
        }
        (2, &[a, b, c, d, ref id @ ..]) => {
            out.number("dhcp.client_id.enterprise_num", u32::from_be_bytes([a, b, c, d]), 4);
            out.bytes("dhcp.client_id", id);
        }
        (3, &[a, b, ref address @ ..]) => {
            out.number("dhcp.client_id.duid_ll_hw_type", u16::from_be_bytes([a, b]), 2);
            out.bytes("dhcp.client_id.link_layer_address", address);
        }
        _ => {}
    }
}

fn user_class_fields(classes: &[u8], out: &mut Out<'_>) {
    let strings = crate::layers::dns::DnsStrings::new(classes);
    let len = strings.iter().map(|class| class.len().saturating_add(1)).sum::<usize>();
    if len != classes.len() {
        // Not as RFC 3004 has it: some write plain text.
        return out.text("dhcp.option.user_class.text", classes);
    }
    for (place, class) in (0_u64..).zip(strings.iter()) {
        let len = class.len().saturating_add(1);
        out.here("dhcp.option.user_class", Value::Number(place), len);
        out.number("dhcp.option.user_class.length", class.len() as u64, 1);
        out.bytes("dhcp.option.user_class.data", class);
    }
}

fn fqdn_fields(flags: DhcpFqdnFlags, rcodes: [u8; 2], name: &[u8], out: &mut Out<'_>) {
    let bits = [
        ("dhcp.fqdn.n", DhcpFqdnFlags::NO_UPDATE),
        ("dhcp.fqdn.e", DhcpFqdnFlags::ENCODED),
        ("dhcp.fqdn.o", DhcpFqdnFlags::OVERRIDE),
        ("dhcp.fqdn.s", DhcpFqdnFlags::SERVER),
    ];
    out.here("dhcp.fqdn.flags", Value::Number(flags.bits().into()), 1);
    out.here("dhcp.fqdn.mbz", Value::Number((flags.bits() >> 4).into()), 1);
    bits.into_iter().for_each(|(name, bit)| out.here(name, Value::Flag(flags.contains(bit)), 1));
    out.at = out.at.saturating_add(1);
    let [rcode1, rcode2] = rcodes;
    out.number("dhcp.fqdn.rcode1", rcode1, 1);
    out.number("dhcp.fqdn.rcode2", rcode2, 1);
    let encoded = DnsName::parse(name).ok().filter(|_| flags.contains(DhcpFqdnFlags::ENCODED));
    match encoded {
        Some(encoded) => {
            let mut text = NameText::new();
            out.value("dhcp.fqdn.name", Value::Text(text.of(encoded)), name.len());
        }
        None if name.is_empty() => {}
        None => out.text("dhcp.fqdn.name", name),
    }
}

fn relay_fields(mut sub_options: DhcpSubOptions<'_>, out: &mut Out<'_>) {
    let start = out.at;
    loop {
        let place = start.saturating_add(sub_options.at());
        let Some(sub_option) = out.sink.sound(sub_options.next(), place) else { return };
        let DhcpSubOption { code, data, at } = sub_option;
        out.at = start.saturating_add(at);
        out.number("dhcp.option.agent_information_option.suboption", code, 1);
        out.number("dhcp.option.suboption_length", data.len() as u64, 1);
        match (code, data) {
            (1, id) => out.bytes("dhcp.option.agent_information_option.agent_circuit_id", id),
            (2, id) => out.bytes("dhcp.option.agent_information_option.agent_remote_id", id),
            (4, &[a, b, c, d]) => {
                let class = u32::from_be_bytes([a, b, c, d]);
                out.number("dhcp.option.agent_information_option.docsis_device_class", class, 4);
            }
            (5, &[a, b, c, d]) => {
                let name = "dhcp.option.agent_information_option.link_selection";
                out.address(name, [a, b, c, d]);
            }
            (6, id) => out.text("dhcp.option.agent_information_option.subscriber_id", id),
            (9, &[a, b, c, d, length, ref data @ ..]) if data.len() == usize::from(length) => {
                let enterprise = u32::from_be_bytes([a, b, c, d]);
                out.number("dhcp.option.agent_information_option.vi.enterprise", enterprise, 4);
                out.number("dhcp.option.agent_information_option.vi.data_length", length, 1);
                out.bytes("dhcp.option.agent_information_option.value", data);
            }
            (10, &[flags]) => out.number("dhcp.option.agent_information_option.flags", flags, 1),
            (11, &[a, b, c, d]) => {
                let name = "dhcp.option.agent_information_option.server_id_override";
                out.address(name, [a, b, c, d]);
            }
            (151, _) => {}
            _ => out.bytes("dhcp.option.agent_information_option.value", data),
        }
    }
}
