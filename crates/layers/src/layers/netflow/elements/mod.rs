//! What elements are called and the form of their values: IANA's, and those of Cisco and ntop.

use super::NetflowField;
use crate::Value;
use crate::field_reader::big_endian;

mod cisco;
mod iana;
mod iana_more;
mod ntop;

/// RFC 5103: the same elements, of the packets that go back.
const REVERSE: u32 = 29305;
/// Cisco's number as an enterprise.
const CISCO: u32 = 9;
/// ntop's.
const NTOP: u32 = 35632;
/// Where ntop's elements start in version 9, which names no enterprise.
const NTOP_V9: u16 = 57472;
/// Most bytes of a number.
const MAX_NUMBER_LEN: usize = 8;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Number,
    Signed,
    Float,
    Flag,
    Ipv4,
    Ipv6,
    Mac,
    Text,
    Bytes,
}

/// Elements by their numbers, in ascending order.
type Table = [(u16, &'static str, Form)];

/// Elements made of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    TcpFlags,
    MplsLabel,
    ForwardingStatus,
    ApplicationId,
    Icmpv6,
}

/// The parts of an element, if it has such.
pub(super) fn parts(field: &NetflowField, is_ipfix: bool) -> Option<Parts> {
    if !is_iana(field) || is_v9_scope(field, is_ipfix) {
        return None;
    }
    Some(match field.element {
        6 => Parts::TcpFlags,
        70..=79 => Parts::MplsLabel,
        89 => Parts::ForwardingStatus,
        95 => Parts::ApplicationId,
        139 => Parts::Icmpv6,
        _ => return None,
    })
}

/// Wireshark's name of an element, and its value.
pub(super) fn value<'a>(
    field: &NetflowField,
    is_ipfix: bool,
    bytes: &'a [u8],
) -> (&'static str, Value<'a>) {
    let (name, form) = named(field, is_ipfix);
    (name, of_form(form, bytes))
}

fn named(field: &NetflowField, is_ipfix: bool) -> (&'static str, Form) {
    let element = field.element;
    if is_v9_scope(field, is_ipfix) {
        return match element {
            1 => ("cflow.scope_system", Form::Bytes),
            2 => ("cflow.scope_interface", Form::Number),
            3 => ("cflow.scope_linecard", Form::Number),
            4 => ("cflow.scope_cache", Form::Bytes),
            5 => ("cflow.scope_template", Form::Bytes),
            _ => ("cflow.unknown_field_type", Form::Bytes),
        };
    }
    let found = match (field.enterprise, parts(field, is_ipfix)) {
        (_, Some(parts)) => Some(match parts {
            Parts::TcpFlags => ("cflow.tcpflags", Form::Number),
            Parts::MplsLabel => ("cflow.mpls_label", Form::Bytes),
            Parts::ForwardingStatus => ("cflow.forwarding_status", Form::Bytes),
            Parts::ApplicationId => ("cflow.appl_id.selector_id", Form::Bytes),
            Parts::Icmpv6 => ("cflow.icmp_ipv6_type", Form::Bytes),
        }),
        (Some(CISCO), None) => find(cisco::CISCO, element),
        (Some(NTOP), None) => find(ntop::NTOP, element),
        (None | Some(REVERSE), None) => {
            find(iana::IANA, element).or_else(|| find(iana_more::IANA_MORE, element))
        }
        (Some(_), None) => None,
    };
    let unknown = if is_ipfix {
        ("cflow.enterprise_private_entry", Form::Bytes)
    } else {
        ("cflow.unknown_field_type", Form::Bytes)
    };
    let of_v9 = || match element.checked_sub(NTOP_V9) {
        _ if is_ipfix => None,
        Some(element) => find(ntop::NTOP, element),
        None => find(cisco::CISCO_V9, element),
    };
    found.or_else(of_v9).unwrap_or(unknown)
}

/// Wireshark's name for the number of an element in a template of IPFIX, by who gave it.
pub(super) fn field_type(enterprise: Option<u32>) -> &'static str {
    match enterprise {
        None | Some(REVERSE) => "cflow.template_ipfix_field_type",
        Some(CISCO) => "cflow.template_cisco_field_type",
        Some(NTOP) => "cflow.template_ntop_field_type",
        Some(2636) => "cflow.template_juniper_resiliency_type",
        Some(3054) => "cflow.template_ixia_field_type",
        Some(5951) => "cflow.template_netscaler_field_type",
        Some(10704) => "cflow.template_barracuda_field_type",
        Some(13745) => "cflow.template_plixer_field_type",
        Some(26866) => "cflow.template_gigamon_field_type",
        Some(47729) => "cflow.template_niagara_networks_field_type",
        Some(_) => "cflow.template_ipfix_field_type_enterprise",
    }
}

fn is_iana(field: &NetflowField) -> bool {
    matches!(field.enterprise, None | Some(REVERSE))
}

/// RFC 3954, section 6.1: scopes have numbers of their own.
fn is_v9_scope(field: &NetflowField, is_ipfix: bool) -> bool {
    field.is_scope && !is_ipfix
}

fn find(table: &Table, element: u16) -> Option<(&'static str, Form)> {
    let place = table.binary_search_by_key(&element, |entry| entry.0).ok()?;
    table.get(place).map(|&(_, name, form)| (name, form))
}

/// A value in its form, or bytes where its length does not fit.
fn of_form(form: Form, bytes: &[u8]) -> Value<'_> {
    let number = big_endian(bytes);
    let value = match form {
        _ if bytes.is_empty() => None,
        Form::Number if bytes.len() <= MAX_NUMBER_LEN => Some(Value::Number(number)),
        Form::Flag if bytes.len() <= MAX_NUMBER_LEN => Some(Value::Flag(number != 0)),
        Form::Signed if bytes.len() <= MAX_NUMBER_LEN => {
            let unused = MAX_NUMBER_LEN.saturating_sub(bytes.len()).saturating_mul(8);
            let shift = u32::try_from(unused).unwrap_or_default();
            // The sign is in the first bit of those that are there.
            let shifted = number.checked_shl(shift).unwrap_or_default().cast_signed();
            shifted.checked_shr(shift).map(Value::Signed)
        }
        Form::Float => match *bytes {
            [a, b, c, d] => Some(Value::Float(f32::from_be_bytes([a, b, c, d]).into())),
            _ => bytes.as_array().map(|bytes| Value::Float(f64::from_be_bytes(*bytes))),
        },
        Form::Ipv4 => bytes.as_array::<4>().map(|address| Value::Ipv4((*address).into())),
        Form::Ipv6 => bytes.as_array::<16>().map(|address| Value::Ipv6((*address).into())),
        Form::Mac => bytes.as_array().map(|address| Value::Mac(*address)),
        Form::Text => {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            std::str::from_utf8(text).ok().map(Value::Text)
        }
        Form::Number | Form::Flag | Form::Signed | Form::Bytes => None,
    };
    value.unwrap_or(Value::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        let tables = [cisco::CISCO, cisco::CISCO_V9, iana::IANA, iana_more::IANA_MORE, ntop::NTOP];
        for table in tables {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_form_is_bytes() {
        assert_eq!(of_form(Form::Number, &[0; 9]), Value::Bytes(&[0; 9]));
        assert_eq!(of_form(Form::Number, &[]), Value::Bytes(&[]));
        assert_eq!(of_form(Form::Ipv4, &[1, 2, 3]), Value::Bytes(&[1, 2, 3]));
        assert_eq!(of_form(Form::Signed, &[0xff, 0xfe]), Value::Signed(-2));
        assert_eq!(of_form(Form::Text, b"a\xff"), Value::Bytes(b"a\xff"));
        assert_eq!(of_form(Form::Text, b"ab\0\0"), Value::Text("ab"));
        assert_eq!(of_form(Form::Float, &0.5_f32.to_be_bytes()), Value::Float(0.5));
    }
}
