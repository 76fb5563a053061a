//! Teredo: IPv6 inside UDP, [RFC 4380](https://www.rfc-editor.org/rfc/rfc4380) section 5.1.1.
//!
//! ```text
//!  0               8               16              24             31
//! |       0       |       1       |   ID length   |   AU length    |   authentication
//! |        client identifier ...          authentication value ... |
//! |                       nonce value, 8 bytes                     |
//! | confirmation  |
//!
//! |       0       |       0       |     obfuscated port number     |   origin indication
//! |                   obfuscated IPv4 address                      |
//! ```
//!
//! Either may be missing, and both may be: then the datagram is an IPv6 packet.

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::{Parts, Places};
use crate::{Encode, EncodeError, EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next};
use crate::{IpProtocol, Outer, Protocol, Shape, Value};

/// How authentication begins.
const AUTHENTICATION: [u8; 2] = [0, 1];
/// How an origin indication begins.
const ORIGIN: [u8; 2] = [0, 0];
/// Bytes of an IPv6 header.
const IPV6_LEN: usize = 40;

/// Who a client is, to its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeredoAuthentication<'a> {
    pub client_identifier: &'a [u8],
    pub authentication_value: &'a [u8],
    pub nonce_value: [u8; 8],
    /// Whether the client needs a new key.
    pub confirmation: u8,
}

/// Where a packet came from, as its server saw it; every bit is inverted, so that no address
/// translation on the way finds it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct TeredoOrigin {
    pub obfuscated_port: [u8; 2],
    pub obfuscated_address: [u8; 4],
}

impl TeredoOrigin {
    /// The origin at a port of an address.
    pub fn new(address: Ipv4Addr, port: u16) -> Self {
        let (obfuscated_port, address) = ((!port).to_be_bytes(), address.octets());
        Self { obfuscated_port, obfuscated_address: address.map(|byte| !byte) }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        !u16::from_be_bytes(self.obfuscated_port)
    }

    /// The address.
    pub fn address(&self) -> Ipv4Addr {
        self.obfuscated_address.map(|byte| !byte).into()
    }
}

/// A packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Teredo<'a> {
    pub authentication: Option<TeredoAuthentication<'a>>,
    pub origin: Option<&'a TeredoOrigin>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Teredo<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let mut authentication = None;
        if bytes.starts_with(&AUTHENTICATION) {
            authentication = Some(self::authentication(&mut parts)?);
        }
        let mut origin = None;
        if parts.rest.starts_with(&ORIGIN) {
            parts.bytes(ORIGIN.len())?;
            origin = Some(parts.take::<TeredoOrigin>()?);
        }
        match parts.rest.first().map(|byte| byte >> 4) {
            None if parts.taken() == 0 => Err(Malformed::Truncated { need: 1, have: 0 }),
            None | Some(6) => Ok(Self { authentication, origin, payload: parts.rest }),
            // The datagrams at a port of Teredo may be anything: this one holds no IPv6.
            Some(version) => Err(Malformed::Field { name: "version", value: version.into() }),
        }
    }

    /// A packet of another length than the datagram has room for is none, and the port is that of
    /// somebody else.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let teredo = Self::parse(bytes)?;
        let Some(datagram_len) = outer.datagram_len() else { return Ok(teredo) };
        let len = datagram_len.saturating_sub(teredo.shape().header_len);
        match teredo.payload.get(4..6).and_then(|length| length.try_into().ok()) {
            Some(length) if !teredo.fits(u16::from_be_bytes(length).into(), len) => {
                let length = u16::from_be_bytes(length);
                Err(Malformed::Field { name: "payload length", value: length.into() })
            }
            None if len < IPV6_LEN => Err(Malformed::Truncated { need: IPV6_LEN, have: len }),
            _ => Ok(teredo),
        }
    }

    fn shape(&self) -> Shape {
        let authentication = self.authentication.map_or(0, |authentication| {
            let lengths = authentication.client_identifier.len();
            let lengths = lengths.saturating_add(authentication.authentication_value.len());
            lengths.saturating_add(13)
        });
        let origin = self.origin.map_or(0, |_| 8);
        let header_len = authentication.saturating_add(origin);
        let next = Next::One(Key::ether_type(EtherType::IPV6));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut places = Places(0);
        if let Some(authentication) = &self.authentication {
            places.next(AUTHENTICATION.len());
            let id = authentication.client_identifier;
            let value = authentication.authentication_value;
            sink.number("teredo.auth.idlen", id.len() as u64, places.next(1));
            sink.number("teredo.auth.aulen", value.len() as u64, places.next(1));
            if !id.is_empty() {
                sink.bytes("teredo.auth.id", id, places.next(id.len()));
            }
            if !value.is_empty() {
                sink.bytes("teredo.auth.value", value, places.next(value.len()));
            }
            sink.bytes("teredo.auth.nonce", &authentication.nonce_value, places.next(8));
            sink.bytes("teredo.auth.conf", &[authentication.confirmation], places.next(1));
        }
        if let Some(origin) = self.origin {
            places.next(ORIGIN.len());
            sink.number("teredo.orig.port", origin.port(), places.next(2));
            sink.value("teredo.orig.addr", Value::Ipv4(origin.address()), places.next(4));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authenticated = if self.authentication.is_some() { "authenticated " } else { "" };
        match self.origin {
            Some(origin) => {
                write!(f, "{authenticated}from {}:{}", origin.address(), origin.port())
            }
            None => f.write_str(authenticated.trim_end()),
        }
    }
}

impl Teredo<'_> {
    /// Whether a packet with this payload length takes what the datagram has for it, with nothing
    /// but trailers behind, RFC 6081 section 4.
    fn fits(&self, payload_length: usize, len: usize) -> bool {
        let end = payload_length.saturating_add(IPV6_LEN);
        let Some(mut left) = len.checked_sub(end) else { return false };
        // RFC 4380, section 2.8: a bubble has no payload; what some put behind it is their own affair.
        if self.payload.get(6) == Some(&IpProtocol::NO_NEXT_HEADER.0) {
            return true;
        }
        let mut trailers = self.payload.get(end..).unwrap_or_default();
        while let Some((&[_, length], rest)) = trailers.split_first_chunk() {
            let Some(behind) = left.checked_sub(usize::from(length).saturating_add(2)) else {
                return false;
            };
            (left, trailers) = (behind, rest.get(length.into()..).unwrap_or_default());
        }
        // Where a capture was cut nobody can say what the rest was.
        left == 0 || self.payload.len() < len
    }
}

fn authentication<'a>(parts: &mut Parts<'a>) -> Result<TeredoAuthentication<'a>, Malformed> {
    let &[_, _, id_length, value_length] = parts.take::<[u8; 4]>()?;
    let client_identifier = parts.bytes(id_length.into())?;
    let authentication_value = parts.bytes(value_length.into())?;
    let nonce_value = *parts.take::<[u8; 8]>()?;
    let &[confirmation] = parts.take::<[u8; 1]>()?;
    Ok(TeredoAuthentication { client_identifier, authentication_value, nonce_value, confirmation })
}

/// What stands in front of the IPv6 packet of a datagram: nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeredoBuilder<'a> {
    pub authentication: Option<TeredoAuthentication<'a>>,
    pub origin: Option<TeredoOrigin>,
}

impl Encode for TeredoBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if let Some(authentication) = &self.authentication {
            let id = authentication.client_identifier;
            let value = authentication.authentication_value;
            let fit = |field, len: usize| {
                let error =
                    EncodeError::TooLarge { layer: PROTOCOL.name, field, value: len as u64 };
                u8::try_from(len).map_err(|_| error)
            };
            let lengths = [fit("ID length", id.len())?, fit("AU length", value.len())?];
            out.extend_from_slice(&AUTHENTICATION);
            out.extend_from_slice(&lengths);
            out.extend_from_slice(id);
            out.extend_from_slice(value);
            out.extend_from_slice(&authentication.nonce_value);
            out.push(authentication.confirmation);
        }
        if let Some(origin) = &self.origin {
            out.extend_from_slice(&ORIGIN);
            out.extend_from_slice(origin.as_bytes());
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TEREDO,
    "teredo",
    "Teredo IPv6 over UDP tunneling",
    |bytes, outer| Teredo::parse_in(bytes, outer).map(|teredo| teredo.shape()),
    |bytes, outer, visitor| Teredo::parse_in(bytes, outer).map(|teredo| visitor(&teredo)),
)
.specification("RFC 4380")
.claims(&[Key::udp_port(3544)])
.template(&[0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// tshark -r Teredo.pcap (zeek), frame 6, up to the version of IPv6.
    const SAMPLE: &[u8] = b"\x00\x01\x00\x00\xcd\x56\x69\x40\x0b\x22\xdf\x88\x00\x60";

    /// The fields as tshark shows them, and the length of the header.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, header_len: usize) {
        let teredo = Teredo::parse(bytes).unwrap();
        assert_eq!((teredo.to_string().as_str(), teredo.shape().header_len), (fields, header_len));
        assert_eq!(teredo.shape().next, Next::One(Key::ether_type(EtherType::IPV6)));
    }

    #[test]
    fn each_part_may_be_missing() {
        check(
            SAMPLE,
            "teredo.auth.idlen=0 teredo.auth.aulen=0 teredo.auth.nonce=cd5669400b22df88 \
             teredo.auth.conf=00",
            13,
        );
        check(
            b"\0\0\xf1\x2a\xf5\xff\xff\xfe\x60",
            "teredo.orig.port=3797 teredo.orig.addr=10.0.0.1",
            8,
        );
        check(
            b"\0\x01\x04\x02abcd\x01\x02\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\xf1\x2a\xf5\xff\xff\xfe\x60",
            "teredo.auth.idlen=4 teredo.auth.aulen=2 teredo.auth.id=61626364 \
             teredo.auth.value=0102 teredo.auth.nonce=0102030405060708 teredo.auth.conf=00 \
             teredo.orig.port=3797 teredo.orig.addr=10.0.0.1",
            27,
        );
        check(b"\x60\0", "", 0);
    }

    #[test]
    fn what_holds_no_ipv6_is_no_teredo() {
        let error = |value| Err(Malformed::Field { name: "version", value });
        assert_eq!(Teredo::parse(b"\x45\0"), error(4));
        assert_eq!(Teredo::parse(b"\0\x05\x60"), error(0));
        assert_eq!(Teredo::parse(b"\0\0\xf1\x2a\xf5\xff\xff\xfe\x45"), error(4));
    }

    #[test]
    fn every_prefix_is_truncated_or_whole() {
        let bytes = [SAMPLE, b"rest"].concat();
        for have in 0..13 {
            let cut = Teredo::parse(&bytes[..have]).unwrap_err();
            let expected = matches!(cut, Malformed::Truncated { need, .. } if need > have);
            // A single zero may be the start of anything.
            assert!(expected || have == 1, "{have}: {cut}");
        }
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(id in prop::collection::vec(any::<u8>(), 0..9), value: [u8; 3], nonce_value: [u8; 8], address: [u8; 4], port: u16, confirmation: u8) {
            let authentication = TeredoAuthentication {
                client_identifier: &id, authentication_value: &value, nonce_value, confirmation,
            };
            let origin = TeredoOrigin::new(address.into(), port);
            let builder =
                TeredoBuilder { authentication: Some(authentication), origin: Some(origin) };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            let teredo = Teredo::parse(&out).unwrap();
            prop_assert_eq!(teredo.authentication, Some(authentication));
            prop_assert_eq!(teredo.origin.map(|origin| (origin.address(), origin.port())), Some((address.into(), port)));
            prop_assert_eq!(teredo.shape().header_len, out.len());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(teredo) = Teredo::parse(&bytes) {
                prop_assert!(teredo.shape().header_len <= bytes.len());
                let _ = teredo.to_string();
            }
        }
    }
}
