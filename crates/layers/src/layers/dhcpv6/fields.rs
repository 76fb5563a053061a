//! Fields of `DHCPv6`, under Wireshark's names.

use super::options::RawOption;
use super::others;
use super::{Dhcpv6, Dhcpv6Front, Dhcpv6Option, Dhcpv6OptionCode, Dhcpv6Options, Duid};
use crate::field_reader::FieldReader;
use crate::layers::dns::{DnsName, DnsNames, NameText};
use crate::{FieldSink, Layer, Value};

/// Deepest nesting of options and relayed messages that is shown. RFC 8415, section 7.6, has a relay
/// agent give a message up after 8 others; options in options are three deep.
const MAX_NESTING: u8 = 12;

/// Fields one behind the other.
struct Out<'s> {
    sink: &'s mut dyn FieldSink,
    at: usize,
    /// Messages and options around.
    depth: u8,
}

pub(super) fn fields(message: &Dhcpv6<'_>, sink: &mut dyn FieldSink) {
    Out { sink, at: 0, depth: 0 }.message(message);
}

impl Out<'_> {
    fn value(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        self.sink.value(name, value, self.at..self.at.saturating_add(len));
        self.at = self.at.saturating_add(len);
    }

    fn number(&mut self, name: &'static str, value: impl Into<u64>, len: usize) {
        self.value(name, Value::Number(value.into()), len);
    }

    fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.value(name, Value::Bytes(value), value.len());
    }

    fn text(&mut self, name: &'static str, bytes: &[u8]) {
        let value = std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text);
        self.value(name, value, bytes.len());
    }

    fn address(&mut self, name: &'static str, address: [u8; 16]) {
        self.value(name, Value::Ipv6(address.into()), 16);
    }

    /// A name with a dot for its root, as Wireshark writes it.
    fn name(&mut self, field: &'static str, name: &DnsName<'_>, len: usize) {
        let mut text = NameText::new();
        let root = if name.is_root() { "" } else { "." };
        self.value(field, Value::Text(text.of(format_args!("{name}{root}"))), len);
    }

    fn message(&mut self, message: &Dhcpv6<'_>) {
        self.number("dhcpv6.msgtype", message.message_type().0, 1);
        match message.header {
            Dhcpv6Front::Client(_) => self.number("dhcpv6.xid", message.transaction_id(), 3),
            Dhcpv6Front::Relay(header) => {
                self.number("dhcpv6.hopcount", header.hop_count, 1);
                self.address("dhcpv6.linkaddr", header.link_address);
                self.address("dhcpv6.peeraddr", header.peer_address);
            }
        }
        self.options(message.options());
    }

    fn options(&mut self, mut options: Dhcpv6Options<'_>) {
        if self.depth >= MAX_NESTING {
            return;
        }
        self.depth = self.depth.saturating_add(1);
        let start = self.at;
        loop {
            let place = start.saturating_add(options.at());
            let Some(raw) = self.sink.sound(options.next_raw(), place) else { break };
            self.at = start.saturating_add(raw.at);
            let mut text = NameText::new();
            let name = Value::Text(text.of(raw.code));
            self.sink.value("dhcpv6.option.type_str", name, self.at..self.at.saturating_add(2));
            self.number("dhcpv6.option.type", raw.code.0, 2);
            self.number("dhcpv6.option.length", raw.data.len() as u64, 2);
            self.option(&raw);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    #[allow(clippy::too_many_lines, reason = "a table: a few lines an option")]
    fn option(&mut self, raw: &RawOption<'_>) {
        match raw.understand() {
            Dhcpv6Option::Identifier { duid, .. } => self.duid(duid, raw.data),
            Dhcpv6Option::Association { iaid, t1, t2, options, .. } => {
                self.bytes("dhcpv6.iaid", &iaid.to_be_bytes());
                self.number("dhcpv6.iaid.t1", t1, 4);
                self.number("dhcpv6.iaid.t2", t2, 4);
                self.options(options);
            }
            Dhcpv6Option::TemporaryAssociation { iaid, options } => {
                self.bytes("dhcpv6.iata", &iaid.to_be_bytes());
                self.options(options);
            }
            Dhcpv6Option::Address { address, preferred_lifetime, valid_lifetime, options } => {
                self.address("dhcpv6.iaaddr.ip", address.octets());
                self.number("dhcpv6.iaaddr.pref_lifetime", preferred_lifetime, 4);
                self.number("dhcpv6.iaaddr.valid_lifetime", valid_lifetime, 4);
                self.options(options);
            }
            Dhcpv6Option::Prefix {
                preferred_lifetime,
                valid_lifetime,
                prefix_len,
                prefix,
                options,
            } => {
                self.number("dhcpv6.iaprefix.pref_lifetime", preferred_lifetime, 4);
                self.number("dhcpv6.iaprefix.valid_lifetime", valid_lifetime, 4);
                self.number("dhcpv6.iaprefix.pref_len", prefix_len, 1);
                self.address("dhcpv6.iaprefix.pref_addr", prefix.octets());
                self.options(options);
            }
            Dhcpv6Option::OptionRequest { codes, .. } => codes.iter().for_each(|code| {
                self.number("dhcpv6.requested_option_code", u16::from_be_bytes(*code), 2);
            }),
            Dhcpv6Option::Preference(value) => self.number("dhcpv6.option_preference", value, 1),
            // Milliseconds, as Wireshark shows them.
            Dhcpv6Option::ElapsedTime(time) => {
                self.number("dhcpv6.elapsed_time", u32::from(time).saturating_mul(10), 2);
            }
            Dhcpv6Option::RelayMessage(bytes) => {
                if let Ok(message) = Dhcpv6::parse(bytes) {
                    self.message(&message);
                }
            }
            Dhcpv6Option::Authentication {
                protocol,
                algorithm,
                replay_method,
                replay_detection,
                information,
            } => {
                self.number("dhcpv6.auth.protocol", protocol, 1);
                self.number("dhcpv6.auth.algorithm", algorithm, 1);
                self.number("dhcpv6.auth.rdm", replay_method, 1);
                self.bytes("dhcpv6.auth.replay_detection", &replay_detection);
                if !information.is_empty() {
                    self.bytes("dhcpv6.auth.info", information);
                }
            }
            Dhcpv6Option::StatusCode { status, message } => {
                self.number("dhcpv6.status_code", status, 2);
                if !message.is_empty() {
                    self.text("dhcpv6.status_msg", message);
                }
            }
            Dhcpv6Option::UserClass(classes) => {
                self.strings(["dhcpv6.userclass.length", "dhcpv6.userclass.opaque_data"], classes);
            }
            Dhcpv6Option::VendorClass { enterprise, data } => {
                self.number("dhcpv6.vendorclass.enterprise", enterprise, 4);
                let mut rest = data;
                while let Some((class, behind)) = long_string(rest) {
                    self.at = self.at.saturating_add(2);
                    self.text("dhcpv6.vendorclass.data", class);
                    rest = behind;
                }
            }
            Dhcpv6Option::VendorOptions { enterprise, options } => {
                self.number("dhcpv6.vendoropts.enterprise", enterprise, 4);
                let mut options = options;
                while let Some(raw) = self.sink.sound(options.next_raw(), self.at) {
                    self.number("dhcpv6.vendoropts.enterprise.option_code", raw.code.0, 2);
                    let len = raw.data.len() as u64;
                    self.number("dhcpv6.vendoropts.enterprise.option_length", len, 2);
                    self.bytes("dhcpv6.vendoropts.enterprise.option_data", raw.data);
                }
            }
            Dhcpv6Option::ReconfigureMessage(kind) => self.number("dhcpv6.reconf_msg", kind, 1),
            Dhcpv6Option::Addresses { code, addresses } => addresses.iter().for_each(|address| {
                self.address(address_field(code), *address);
            }),
            Dhcpv6Option::Names { code, names } => {
                for (name, len) in names.iter_at() {
                    self.name(name_field(code), &name, len);
                }
            }
            Dhcpv6Option::Seconds { code, value } => match code {
                Dhcpv6OptionCode::INFORMATION_REFRESH_TIME => {
                    self.number("dhcpv6.lifetime", value, 4);
                }
                Dhcpv6OptionCode::CLT_TIME => self.number("dhcpv6.clt_time", value, 4),
                _ => self.other(raw),
            },
            Dhcpv6Option::Bytes { code, data } => match code {
                Dhcpv6OptionCode::INTERFACE_ID => self.bytes("dhcpv6.interface_id", data),
                Dhcpv6OptionCode::SUBSCRIBER_ID => self.text("dhcpv6.subscriber_id", data),
                Dhcpv6OptionCode::NEW_POSIX_TIMEZONE => self.text("dhcpv6.timezone", data),
                Dhcpv6OptionCode::NEW_TZDB_TIMEZONE => self.text("dhcpv6.tzdb", data),
                Dhcpv6OptionCode::CAPTIVE_PORTAL => self.text("dhcpv6.captive_portal", data),
                _ => self.other(raw),
            },
            Dhcpv6Option::RemoteId { enterprise, id } => {
                self.number("dhcpv6.remoteid.enterprise", enterprise, 4);
                self.bytes("dhcpv6.remoteid_enterprise_id", id);
            }
            Dhcpv6Option::ClientFqdn { flags, name } => self.fqdn(flags, name),
            Dhcpv6Option::LeaseQuery { query_type, link_address, options } => {
                self.number("dhcpv6.lq_query", query_type, 1);
                self.address("dhcpv6.lq_query_link_address", link_address.octets());
                self.options(options);
            }
            Dhcpv6Option::Container { code: Dhcpv6OptionCode::NTP_SERVER, options } => {
                self.ntp_server(options);
            }
            Dhcpv6Option::Container { options, .. } => self.options(options),
            Dhcpv6Option::Empty { .. } => {}
            Dhcpv6Option::ClientLinkLayerAddress { .. } | Dhcpv6Option::Unknown { .. } => {
                self.other(raw);
            }
        }
    }

    fn other(&mut self, raw: &RawOption<'_>) {
        let mut reader = FieldReader::new(raw.data, self.at, self.sink);
        others::fields(raw.code.0, &mut reader);
        if others::has_options(raw.code.0) {
            let options = reader.rest();
            self.at = reader.place();
            self.options(Dhcpv6Options::new(options));
        }
    }

    fn duid(&mut self, duid: Duid<'_>, bytes: &[u8]) {
        let start = self.at;
        self.bytes("dhcpv6.duid.bytes", bytes);
        self.at = start;
        let Some((&duid_type, _)) = bytes.split_first_chunk() else { return };
        self.number("dhcpv6.duid.type", u16::from_be_bytes(duid_type), 2);
        match duid {
            Duid::LinkLayerTime { hardware_type, time, address } => {
                self.number("dhcpv6.duidllt.hwtype", hardware_type, 2);
                self.number("dhcpv6.duidllt.time", time, 4);
                self.bytes("dhcpv6.duidllt.link_layer_addr", address);
            }
            Duid::Enterprise { enterprise, identifier } => {
                self.number("dhcpv6.duiden.enterprise", enterprise, 4);
                self.bytes("dhcpv6.duiden.identifier", identifier);
            }
            Duid::LinkLayer { hardware_type, address } => {
                self.number("dhcpv6.duidll.hwtype", hardware_type, 2);
                self.bytes("dhcpv6.duidll.link_layer_addr", address);
            }
            Duid::Uuid(id) => self.bytes("dhcpv6.duiduuid.bytes", &id),
            Duid::Unknown(_) => {}
        }
    }

    fn strings(&mut self, [length, name]: [&'static str; 2], mut rest: &[u8]) {
        while let Some((string, behind)) = long_string(rest) {
            self.number(length, string.len() as u64, 2);
            self.bytes(name, string);
            rest = behind;
        }
    }

    /// RFC 4704, section 4.
    fn fqdn(&mut self, flags: u8, name: &[u8]) {
        let place = self.at..self.at.saturating_add(1);
        self.sink.flag("dhcpv6.clientfqdn.client.n", flags & 4 != 0, place.clone());
        self.sink.flag("dhcpv6.clientfqdn.client.s", flags & 1 != 0, place);
        self.number("dhcpv6.client_fqdn_flags", flags, 1);
        if let Ok(whole) = DnsName::parse(name) {
            self.name("dhcpv6.client_domain", &whole, name.len());
        } else if let Some((&length, label)) = name.split_first()
            && label.len() == usize::from(length)
        {
            // One label without a root is a part of a name.
            let text = std::str::from_utf8(label).map_or(Value::Bytes(label), Value::Text);
            self.value("dhcpv6.client_domain", text, name.len());
        }
    }

    /// RFC 5908, section 4.
    fn ntp_server(&mut self, mut options: Dhcpv6Options<'_>) {
        while let Some(raw) = self.sink.sound(options.next_raw(), self.at) {
            let RawOption { code, data, .. } = raw;
            self.number("dhcpv6.ntpserver.option.type", code.0, 2);
            self.number("dhcpv6.ntpserver.option.length", data.len() as u64, 2);
            let end = self.at.saturating_add(data.len());
            match (code.0, <[u8; 16]>::try_from(data)) {
                (1, Ok(address)) => self.address("dhcpv6.ntpserver.addr", address),
                (2, Ok(address)) => self.address("dhcpv6.ntpserver.mc_addr", address),
                (3, _) => {
                    for (name, len) in DnsNames::new(data).iter_at() {
                        self.name("dhcpv6.ntpserver.fqdn", &name, len);
                    }
                }
                _ => {}
            }
            self.at = end;
        }
    }
}

/// Bytes behind their length of two bytes, and the rest.
fn long_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, behind) = bytes.split_first_chunk()?;
    behind.split_at_checked(usize::from(u16::from_be_bytes(length)))
}

fn address_field(code: Dhcpv6OptionCode) -> &'static str {
    match code {
        Dhcpv6OptionCode::UNICAST => "dhcpv6.unicast",
        Dhcpv6OptionCode::SIP_SERVER_A => "dhcpv6.sip_server_a",
        Dhcpv6OptionCode::DNS_SERVERS => "dhcpv6.dns_server",
        Dhcpv6OptionCode::NIS_SERVERS => "dhcpv6.nis_server",
        Dhcpv6OptionCode::NISP_SERVERS => "dhcpv6.nisp_server",
        Dhcpv6OptionCode::SNTP_SERVERS => "dhcpv6.sntp_server",
        Dhcpv6OptionCode::BCMCS_SERVER_A => "dhcpv6.bcmcs_server_a",
        Dhcpv6OptionCode::PANA_AGENT => "dhcpv6.pana_agent",
        _ => "dhcpv6.lq_client_link",
    }
}

fn name_field(code: Dhcpv6OptionCode) -> &'static str {
    match code {
        Dhcpv6OptionCode::SIP_SERVER_D => "dhcpv6.sip_server_domain_search_fqdn",
        Dhcpv6OptionCode::DOMAIN_LIST => "dhcpv6.search_list_entry",
        Dhcpv6OptionCode::NIS_DOMAIN_NAME => "dhcpv6.nis_fqdn",
        Dhcpv6OptionCode::NISP_DOMAIN_NAME => "dhcpv6.nisp_fqdn",
        Dhcpv6OptionCode::BCMCS_SERVER_D => "dhcpv6.bcmcs_server_fqdn",
        _ => "dhcpv6.aftr_name",
    }
}
