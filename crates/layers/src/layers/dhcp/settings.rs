//! What can be set in a message by name: what it is for, and options by their names.

use std::str::FromStr;

use super::codes::{Form, SIMPLE, simple};
use super::{Dhcp, DhcpHeader, DhcpMessageType, DhcpOption, DhcpOptionCode, DhcpOptions};
use super::{DhcpBuilder, MAGIC_COOKIE};
use crate::{Before, EditError, Encode, Layer, Malformed, Setting};

/// Names that scapy and people have for options, by their codes.
const SHORT: &[(&str, DhcpOptionCode)] = &[
    ("server_id", DhcpOptionCode::SERVER_IDENTIFIER),
    ("lease_time", DhcpOptionCode::IP_ADDRESS_LEASE_TIME),
    ("renewal_time", DhcpOptionCode::RENEWAL_TIME),
    ("rebinding_time", DhcpOptionCode::REBINDING_TIME),
    ("requested_addr", DhcpOptionCode::REQUESTED_IP_ADDRESS),
    ("dns", DhcpOptionCode::DOMAIN_NAME_SERVER),
    ("domain", DhcpOptionCode::DOMAIN_NAME),
    ("max_dhcp_size", DhcpOptionCode::MAXIMUM_MESSAGE_SIZE),
];

const fn short(name: &'static str, form: Form) -> Setting {
    Setting::part(name, "", form.text(), put_simple)
}

/// Settings that are not of one simple form, or have a shorter name than Wireshark's.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::part(
        "message_type",
        "dhcp.option.dhcp",
        "a name such as discover, or a number up to 255",
        message_type,
    ),
    short("server_id", Form::Address),
    short("lease_time", Form::Number32),
    short("renewal_time", Form::Number32),
    short("rebinding_time", Form::Number32),
    short("requested_addr", Form::Address),
    short("dns", Form::Addresses),
    short("domain", Form::Text),
    short("max_dhcp_size", Form::Number16),
    Setting::part(
        "request",
        "dhcp.option.request_list_item",
        "numbers up to 255 with commas between them",
        request_list,
    ),
    Setting::part("client_id", "dhcp.client_id", "pairs of hexadecimal digits", client_id),
    Setting::part("option", "", "a code and data, such as 61:01020304050607", option),
    Setting::part("options", "", "pairs of hexadecimal digits", options),
    Setting::field("op", "dhcp.type"),
    Setting::field("htype", "dhcp.hw.type"),
    Setting::field("hlen", "dhcp.hw.len"),
    Setting::field("xid", "dhcp.id"),
    Setting::field("ciaddr", "dhcp.ip.client"),
    Setting::field("yiaddr", "dhcp.ip.your"),
    Setting::field("siaddr", "dhcp.ip.server"),
    Setting::field("giaddr", "dhcp.ip.relay"),
    Setting::field("chaddr", "dhcp.hw.mac_addr"),
];

/// Every option of a simple form, by Wireshark's name of it.
pub(super) const SIMPLE_SETTINGS: &[Setting] = &{
    let mut settings = [Setting::field("", ""); SIMPLE.len()];
    let (mut rest, mut to) = (SIMPLE, settings.as_mut_slice());
    while let ([(_, form, [name, _]), behind @ ..], Some((first, others))) =
        (rest, to.split_first_mut())
    {
        *first = Setting::part("", name, form.text(), put_simple);
        (rest, to) = (behind, others);
    }
    settings
};

impl Form {
    /// What a value is, in words.
    const fn text(self) -> &'static str {
        match self {
            Self::Address => "an IPv4 address",
            Self::Addresses => "IPv4 addresses with commas between them",
            Self::AddressPairs => "an even number of IPv4 addresses with commas between them",
            Self::Text => "text",
            Self::Flag | Self::Number8 => "a number up to 255",
            Self::Number16 => "a number up to 65535",
            Self::Number32 => "a number up to 4294967295",
            Self::Signed32 => "a number from -2147483648 to 2147483647",
            Self::Numbers16 => "numbers up to 65535 with commas between them",
        }
    }
}

fn message_type(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let spaced = text.replace(['-', '_'], " ");
    let mut types = (0..=u8::MAX).map(DhcpMessageType);
    let named = types.find(|wanted| wanted.to_string().eq_ignore_ascii_case(&spaced));
    let number = named.map_or_else(|| before.number(text), |named| Ok(named.0))?;
    put(before, DhcpOptionCode::MESSAGE_TYPE, &[number])
}

fn request_list(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let codes: Vec<_> = numbers::<u8>(before, text)?;
    put(before, DhcpOptionCode::PARAMETER_REQUEST_LIST, &codes)
}

fn client_id(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, DhcpOptionCode::CLIENT_IDENTIFIER, &before.bytes(text)?)
}

/// Any option.
fn option(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let (code, data) = text.split_once(':').ok_or_else(|| before.refuse())?;
    put(before, DhcpOptionCode(before.number(code)?), &before.bytes(data)?)
}

/// All options, as they stand on the wire, right or wrong.
fn options(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let mut out = Vec::new();
    read(before)?.header.encode(&mut out)?;
    out.extend(MAGIC_COOKIE);
    out.extend(before.bytes(text)?);
    Ok(out)
}

/// An option whose code and form its name tells.
fn put_simple(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let Setting { name, field, .. } = *before.setting;
    let by_short = SHORT.iter().find(|(short, _)| *short == name).map(|(_, code)| *code);
    let by_field = || SIMPLE.iter().find(|(.., [own, _])| *own == field).map(|(code, ..)| *code);
    let code = by_short.or_else(by_field).ok_or_else(|| before.refuse())?;
    let (form, _) = simple(code).ok_or_else(|| before.refuse())?;
    put(before, code, &data(before, form, text)?)
}

fn data(before: &Before<'_>, form: Form, text: &str) -> Result<Vec<u8>, EditError> {
    let addresses = || before.ipv4_addresses(text);
    Ok(match form {
        Form::Address => match addresses()?.as_slice() {
            [address] => address.to_vec(),
            _ => return Err(before.refuse()),
        },
        Form::Addresses => addresses()?.concat(),
        Form::AddressPairs => {
            let addresses = addresses()?;
            if !addresses.len().is_multiple_of(2) {
                return Err(before.refuse());
            }
            addresses.concat()
        }
        Form::Text => text.as_bytes().to_vec(),
        Form::Flag | Form::Number8 => vec![before.number(text)?],
        Form::Number16 => before.number::<u16>(text)?.to_be_bytes().to_vec(),
        Form::Number32 => before.number::<u32>(text)?.to_be_bytes().to_vec(),
        Form::Signed32 => before.number::<i32>(text)?.to_be_bytes().to_vec(),
        Form::Numbers16 => {
            numbers::<u16>(before, text)?.into_iter().flat_map(u16::to_be_bytes).collect()
        }
    })
}

fn numbers<T: FromStr>(before: &Before<'_>, text: &str) -> Result<Vec<T>, EditError> {
    text.split(',').map(|number| number.parse().map_err(|_| before.refuse())).collect()
}

fn read<'a>(before: &Before<'a>) -> Result<Dhcp<'a>, EditError> {
    Dhcp::parse(before.header).map_err(|cause| before.unreadable(cause))
}

/// Puts an option in the place of the one of its code, or behind the others. Those in place of the
/// file and the server name stay where they are.
fn put(before: &Before<'_>, code: DhcpOptionCode, data: &[u8]) -> Result<Vec<u8>, EditError> {
    let dhcp = read(before)?;
    let old: Result<Vec<_>, Malformed> = DhcpOptions::new(dhcp.option_bytes).collect();
    let mut options = old.map_err(|cause| before.unreadable(cause))?;
    options.retain(|option| *option != DhcpOption::End);
    let new = DhcpOption::Unknown { code, data };
    let place = options.iter().position(|option| option.code() == code);
    match place.and_then(|place| options.get_mut(place)) {
        Some(old) => *old = new,
        None => options.push(new),
    }
    let (header, mut out): (DhcpHeader, _) = (*dhcp.header, Vec::new());
    DhcpBuilder { header, options: &options }.encode(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, DhcpHeader, EditError, LinkType, PacketMut};

    fn set(settings: &[(&str, &str)]) -> Result<Vec<u8>, EditError> {
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, []);
        packet.insert(0, &crate::UdpHeader::default())?;
        let dhcp = Decoder::default().protocols().find(|protocol| protocol.name == "dhcp");
        packet.insert(1, &dhcp.unwrap())?;
        settings.iter().try_for_each(|(name, text)| packet.set(1, name, text))?;
        Ok(packet.bytes()[8 + size_of::<DhcpHeader>() + 4..].to_vec())
    }

    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: &[u8]) {
        assert_eq!(set(settings).as_deref(), Ok(expected));
    }

    #[test]
    fn options_are_put_in_by_name() {
        check(&[("message_type", "discover")], b"\x35\x01\x01\xff");
        check(&[("message_type", "4"), ("option.dhcp", "ack")], b"\x35\x01\x05\xff");
        check(&[("message_type", "lease-query")], b"\x35\x01\x0a\xff");
        check(&[("hostname", "pc"), ("lease_time", "60")], b"\x0c\x02pc\x33\x04\0\0\0\x3c\xff");
        check(
            &[("dhcp.option.router", "10.0.0.1,10.0.0.2"), ("server_id", "10.0.0.3")],
            b"\x03\x08\x0a\0\0\x01\x0a\0\0\x02\x36\x04\x0a\0\0\x03\xff",
        );
        check(
            &[("request", "1,3,6"), ("time_offset", "-1")],
            b"\x37\x03\x01\x03\x06\x02\x04\xff\xff\xff\xff\xff",
        );
        check(&[("client_id", "01aa"), ("option", "61:02")], b"\x3d\x01\x02\xff");
        check(&[("options", "35ff")], b"\x35\xff");
    }

    #[test]
    fn a_wrong_value_says_what_a_right_one_is() {
        let error = |name, text| set(&[(name, text)]).unwrap_err().to_string();
        assert_eq!(error("server_id", "a"), "server_id is an IPv4 address");
        assert_eq!(error("server_id", "1.2.3.4,1.2.3.4"), "server_id is an IPv4 address");
        assert_eq!(error("hops", "256"), "not a value for dhcp.hops");
        assert_eq!(
            error("message_type", "x"),
            "message_type is a name such as discover, or a number up to 255"
        );
    }
}
