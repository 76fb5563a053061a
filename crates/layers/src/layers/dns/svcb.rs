//! Parameters of service bindings, [RFC 9460](https://www.rfc-editor.org/rfc/rfc9460) section 7.

use super::DnsStrings;
use super::edns::next_tlv;
use super::fields::Out;
use crate::{Malformed, Value};

/// A parameter of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SvcParam<'a> {
    /// Keys that a client must understand.
    Mandatory(&'a [[u8; 2]]),
    /// Protocols beside the default.
    Alpn(DnsStrings<'a>),
    /// The default protocol is not there.
    NoDefaultAlpn,
    /// The port.
    Port(u16),
    /// IPv4 addresses that the target has, probably.
    Ipv4Hint(&'a [[u8; 4]]),
    /// How to encrypt the greeting of TLS.
    Ech(&'a [u8]),
    /// IPv6 addresses that the target has, probably.
    Ipv6Hint(&'a [[u8; 16]]),
    /// Where DNS over HTTPS is: RFC 9461.
    DohPath(&'a [u8]),
    /// How to encrypt to an oblivious target; a draft.
    OdohConfig(&'a [u8]),
    /// A key that has no entry here, or not the form of its key.
    Unknown { key: u16, value: &'a [u8] },
}

impl<'a> SvcParam<'a> {
    pub(super) fn read(key: u16, value: &'a [u8]) -> Self {
        let known = match (key, value) {
            (0, value) => whole(value.as_chunks()).map(Self::Mandatory),
            (1, value) => {
                let strings = DnsStrings(value);
                let len =
                    strings.iter().map(|string| string.len().saturating_add(1)).sum::<usize>();
                (len == value.len()).then_some(Self::Alpn(strings))
            }
            (2, []) => Some(Self::NoDefaultAlpn),
            (3, &[a, b]) => Some(Self::Port(u16::from_be_bytes([a, b]))),
            (4, value) => whole(value.as_chunks()).map(Self::Ipv4Hint),
            (5, value) => Some(Self::Ech(value)),
            (6, value) => whole(value.as_chunks()).map(Self::Ipv6Hint),
            (7, value) => Some(Self::DohPath(value)),
            (32769, value) => Some(Self::OdohConfig(value)),
            _ => None,
        };
        known.unwrap_or(Self::Unknown { key, value })
    }

    /// The number of the parameter.
    pub fn key(&self) -> u16 {
        match *self {
            Self::Mandatory(_) => 0,
            Self::Alpn(_) => 1,
            Self::NoDefaultAlpn => 2,
            Self::Port(_) => 3,
            Self::Ipv4Hint(_) => 4,
            Self::Ech(_) => 5,
            Self::Ipv6Hint(_) => 6,
            Self::DohPath(_) => 7,
            Self::OdohConfig(_) => 32769,
            Self::Unknown { key, .. } => key,
        }
    }

    /// Appends what stands behind key and length.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Mandatory(keys) => out.extend_from_slice(keys.as_flattened()),
            Self::Alpn(DnsStrings(value))
            | Self::Ech(value)
            | Self::DohPath(value)
            | Self::OdohConfig(value)
            | Self::Unknown { value, .. } => out.extend_from_slice(value),
            Self::NoDefaultAlpn => {}
            Self::Port(port) => out.extend(port.to_be_bytes()),
            Self::Ipv4Hint(addresses) => out.extend_from_slice(addresses.as_flattened()),
            Self::Ipv6Hint(addresses) => out.extend_from_slice(addresses.as_flattened()),
        }
    }
}

/// Chunks with nothing behind them.
fn whole<'a, const N: usize>((chunks, rest): (&'a [[u8; N]], &[u8])) -> Option<&'a [[u8; N]]> {
    rest.is_empty().then_some(chunks)
}

/// The parameters of a service. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SvcParams<'a> {
    rest: &'a [u8],
}

impl<'a> SvcParams<'a> {
    /// Parameters as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire }
    }

    /// The parameters that have not been read, as they are on the wire.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The next parameter by its key, not yet understood.
    pub(super) fn next_raw(&mut self) -> Option<Result<(u16, &'a [u8]), Malformed>> {
        next_tlv(&mut self.rest)
    }
}

impl<'a> Iterator for SvcParams<'a> {
    type Item = Result<SvcParam<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(|(key, value)| SvcParam::read(key, value)))
    }
}

/// Reports the parameters that start at the place of `out`.
pub(super) fn fields(mut params: SvcParams<'_>, out: &mut Out<'_, '_>) {
    while let Some((key, value)) = out.sound(params.next_raw()) {
        out.u16("dns.svcb.svcparam.key", key);
        out.value("dns.svcb.svcparam.value.length", Value::Number(value.len() as u64), 2);
        let start = out.at;
        match SvcParam::read(key, value) {
            SvcParam::Mandatory(keys) => {
                let keys = keys.iter().map(|key| u16::from_be_bytes(*key));
                keys.for_each(|key| out.u16("dns.svcb.svcparam.mandatory.key", key));
            }
            SvcParam::Alpn(protocols) => protocols.iter().for_each(|protocol| {
                out.string("dns.svcb.svcparam.alpn.length", "dns.svcb.svcparam.alpn", protocol);
            }),
            SvcParam::NoDefaultAlpn => {}
            SvcParam::Port(port) => out.u16("dns.svcb.svcparam.port", port),
            SvcParam::Ipv4Hint(addresses) => addresses.iter().for_each(|&address| {
                out.value("dns.svcb.svcparam.ipv4hint.ip", Value::Ipv4(address.into()), 4);
            }),
            SvcParam::Ech(config) => out.bytes("dns.svcb.svcparam.echconfig", config),
            SvcParam::Ipv6Hint(addresses) => addresses.iter().for_each(|&address| {
                out.value("dns.svcb.svcparam.ipv6hint.ip", Value::Ipv6(address.into()), 16);
            }),
            SvcParam::OdohConfig(config) => out.bytes("dns.svcb.svcparam.odohconfig", config),
            SvcParam::DohPath(_) | SvcParam::Unknown { .. } => {
                out.bytes("dns.svcb.svcparam.value", value);
            }
        }
        out.at = start.saturating_add(value.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_of_the_wrong_form_are_unknown() {
        let bad: &[(u16, &[u8])] =
            &[(0, b"a"), (1, b"\x03h2"), (2, b"a"), (3, b"a"), (4, b"abc"), (6, b"abc"), (9, b"a")];
        for &(key, value) in bad {
            assert_eq!(SvcParam::read(key, value), SvcParam::Unknown { key, value });
        }
    }

    proptest! {
        #[test]
        fn any_parameter_is_written_as_it_was(key in 0..10_u16, value: Vec<u8>) {
            let mut written = Vec::new();
            let param = SvcParam::read(key, &value);
            param.append_to(&mut written);
            prop_assert_eq!((param.key(), written), (key, value));
        }
    }
}
