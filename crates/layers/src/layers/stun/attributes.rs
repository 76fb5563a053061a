//! Attributes of STUN, RFC 8489 section 14, TURN and ICE, and
//! [IANA](https://www.iana.org/assignments/stun-parameters).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::MAGIC_COOKIE;
use crate::field_reader::FieldReader;
use crate::{Malformed, Value};

/// Bytes of type and length.
const HEADER_LEN: usize = 4;
/// Attributes start at multiples of this.
pub(super) const ALIGNMENT: usize = 4;

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StunAttribute<'a> {
    /// Where a request came from, as RFC 3489 had it.
    MappedAddress(SocketAddr),
    /// Where a request came from, hidden from routers that rewrite addresses.
    XorMappedAddress(SocketAddr),
    /// TURN: whom to relay to, or who sent.
    XorPeerAddress(SocketAddr),
    /// TURN: where the relay is.
    XorRelayedAddress(SocketAddr),
    /// Another server to ask.
    AlternateServer(SocketAddr),
    /// The server's other address, RFC 5780.
    OtherAddress(SocketAddr),
    /// Where an answer was sent from, RFC 5780.
    ResponseOrigin(SocketAddr),
    /// Who asks.
    Username(&'a [u8]),
    /// Proof by HMAC-SHA1.
    MessageIntegrity(&'a [u8; 20]),
    /// What is wrong, 300 to 699, and in words.
    ErrorCode { code: u16, reason: &'a [u8] },
    /// What was not understood, two bytes each.
    UnknownAttributes(&'a [[u8; 2]]),
    /// Where names and passwords are from.
    Realm(&'a [u8]),
    /// What a proof must contain.
    Nonce(&'a [u8]),
    /// What the sender runs.
    Software(&'a [u8]),
    /// A check of the whole message.
    Fingerprint(u32),
    /// TURN: the number of a channel.
    ChannelNumber(u16),
    /// TURN: seconds.
    Lifetime(u32),
    /// TURN: what is relayed.
    Data(&'a [u8]),
    /// TURN: the IP protocol of a relay.
    RequestedTransport(u8),
    /// ICE: how good a candidate is.
    Priority(u32),
    /// ICE: take this candidate.
    UseCandidate,
    /// ICE: the sender obeys, and a random number.
    IceControlled(u64),
    /// ICE: the sender decides, and a random number.
    IceControlling(u64),
    /// An attribute that has no entry here, or not the form of its type.
    Unknown { attribute_type: u16, value: &'a [u8] },
}

/// The attributes of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct StunAttributes<'a> {
    rest: &'a [u8],
    transaction_id: [u8; 12],
}

impl<'a> StunAttributes<'a> {
    pub(super) fn new(bytes: &'a [u8], transaction_id: &[u8; 12]) -> Self {
        Self { rest: bytes, transaction_id: *transaction_id }
    }
}

impl<'a> Iterator for StunAttributes<'a> {
    type Item = Result<StunAttribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        let &[a, b, c, d, ref behind @ ..] = bytes else {
            let cut = Malformed::Truncated { need: HEADER_LEN, have: bytes.len() };
            return (!bytes.is_empty()).then_some(Err(cut));
        };
        let len = usize::from(u16::from_be_bytes([c, d]));
        let Some(value) = behind.get(..len) else {
            let need = HEADER_LEN.saturating_add(len);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = behind.get(len.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        Some(Ok(understand(u16::from_be_bytes([a, b]), value, &self.transaction_id)))
    }
}

fn understand<'a>(kind: u16, value: &'a [u8], id: &[u8; 12]) -> StunAttribute<'a> {
    use StunAttribute as A;
    let plain = || Some(address(value)?.plain());
    let hidden = || Some(address(value)?.shown(id));
    let four = || value.try_into().map(u32::from_be_bytes).ok();
    let eight = || value.try_into().map(u64::from_be_bytes).ok();
    let known = match kind {
        0x0001 => plain().map(A::MappedAddress),
        0x0006 => Some(A::Username(value)),
        0x0008 => value.try_into().ok().map(A::MessageIntegrity),
        0x0009 => error_code(value),
        0x000a => Some(A::UnknownAttributes(value.as_chunks().0)),
        0x000c => value.first_chunk().map(|number| A::ChannelNumber(u16::from_be_bytes(*number))),
        0x000d => four().map(A::Lifetime),
        0x0012 => hidden().map(A::XorPeerAddress),
        0x0013 => Some(A::Data(value)),
        0x0014 => Some(A::Realm(value)),
        0x0015 => Some(A::Nonce(value)),
        0x0016 => hidden().map(A::XorRelayedAddress),
        0x0019 => value.first().map(|&protocol| A::RequestedTransport(protocol)),
        0x0020 | 0x8020 => hidden().map(A::XorMappedAddress),
        0x0024 => four().map(A::Priority),
        0x0025 => Some(A::UseCandidate),
        0x8022 => Some(A::Software(value)),
        0x8023 => plain().map(A::AlternateServer),
        0x8028 => four().map(A::Fingerprint),
        0x8029 => eight().map(A::IceControlled),
        0x802a => eight().map(A::IceControlling),
        0x802b => plain().map(A::ResponseOrigin),
        0x802c => plain().map(A::OtherAddress),
        _ => None,
    };
    known.unwrap_or(A::Unknown { attribute_type: kind, value })
}

fn error_code(value: &[u8]) -> Option<StunAttribute<'_>> {
    let &[_, _, class, number, ref reason @ ..] = value else { return None };
    let code = u16::from(class & 7).saturating_mul(100).saturating_add(number.into());
    Some(StunAttribute::ErrorCode { code, reason })
}

/// An address on the wire, hidden or not.
#[derive(Clone, Copy)]
struct Address {
    port: u16,
    address: IpAddr,
}

/// RFC 8489, section 14.1.
fn address(value: &[u8]) -> Option<Address> {
    let &[_, family, a, b, ref address @ ..] = value else { return None };
    let address = match family {
        1 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
        2 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
        _ => return None,
    };
    Some(Address { port: u16::from_be_bytes([a, b]), address })
}

impl Address {
    fn plain(self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// The address that is hidden by the cookie and the transaction ID, RFC 8489 section 14.2.
    fn shown(self, id: &[u8; 12]) -> SocketAddr {
        let [high, low, ..] = MAGIC_COOKIE.to_be_bytes();
        let address = match self.address {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() ^ MAGIC_COOKIE).into(),
            IpAddr::V6(address) => {
                let id = id.iter().fold(0, |bits, &byte| bits << 8 | u128::from(byte));
                let mask = u128::from(MAGIC_COOKIE) << 96 | id;
                Ipv6Addr::from_bits(address.to_bits() ^ mask).into()
            }
        };
        SocketAddr::new(address, self.port ^ u16::from_be_bytes([high, low]))
    }
}

/// An address as it is hidden in a message; hidden twice it shows again.
pub(super) fn hide(address: SocketAddr, id: &[u8; 12]) -> SocketAddr {
    Address { port: address.port(), address: address.ip() }.shown(id)
}

/// Reports the next attribute.
pub(super) fn attribute_fields(id: &[u8; 12], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u16("stun.att.type")?;
    reader.bits("stun.att.type.comprehension", kind >> 15);
    reader.bits("stun.att.type.assignment", kind >> 14 & 1);
    let len = usize::from(reader.u16("stun.att.length")?);
    if len > reader.rest().len() {
        return None;
    }
    value_fields(kind, id, &mut reader.part(len));
    let padding = len.next_multiple_of(ALIGNMENT).saturating_sub(len);
    if padding > 0 {
        reader.skip(padding);
        reader.bits("stun.att.padding", padding as u64);
    }
    Some(())
}

fn value_fields(kind: u16, id: &[u8; 12], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let value = reader.rest();
    let len = value.len();
    match kind {
        0x0001 | 0x0004 | 0x0005 | 0x8023 | 0x802b | 0x802c => {
            reader.bytes("stun.att.reserved", 1)?;
            let family = reader.u8("stun.att.family")?;
            reader.u16("stun.att.port")?;
            match family {
                1 => reader.ipv4("stun.att.ipv4").map(drop),
                2 => reader.ipv6("stun.att.ipv6").map(drop),
                _ => Some(()),
            }
        }
        0x0012 | 0x0016 | 0x0020 | 0x8020 => {
            let shown = address(value)?.shown(id);
            reader.bytes("stun.att.reserved", 1)?;
            reader.u8("stun.att.family")?;
            reader.bytes("stun.att.port-xord", 2)?;
            reader.bits("stun.att.port", shown.port());
            match shown.ip() {
                IpAddr::V4(address) => {
                    reader.bytes("stun.att.ipv4-xord", 4)?;
                    reader.value("stun.att.ipv4", Value::Ipv4(address));
                }
                IpAddr::V6(address) => {
                    reader.bytes("stun.att.ipv6-xord", 16)?;
                    reader.value("stun.att.ipv6", Value::Ipv6(address));
                }
            }
            Some(())
        }
        0x0003 => {
            let flags = reader.word(4)?;
            let bits = [("stun.att.change-ip", 4), ("stun.att.change-port", 2)];
            reader.flags(flags, &bits);
            Some(())
        }
        0x0006 => reader.text("stun.att.username", len).map(drop),
        0x0008 => reader.bytes("stun.att.hmac", len).map(drop),
        0x0009 => {
            reader.bytes("stun.att.reserved", 2)?;
            let class = reader.word(1)?;
            reader.bits("stun.att.error.class", class & 7);
            reader.u8("stun.att.error")?;
            reader.text("stun.att.error.reason", len.checked_sub(4)?).map(drop)
        }
        0x000a => {
            while !reader.is_empty() {
                reader.u16("stun.att.unknown")?;
            }
            Some(())
        }
        0x000c => {
            reader.u16("stun.att.channelnum")?;
            reader.bytes("stun.att.reserved", 2).map(drop)
        }
        0x000d => reader.u32("stun.att.lifetime").map(drop),
        0x0014 => reader.text("stun.att.realm", len).map(drop),
        0x0015 => reader.text("stun.att.nonce", len).map(drop),
        0x0017 => {
            reader.u8("stun.att.family")?;
            reader.bytes("stun.att.reserved", 3).map(drop)
        }
        0x0018 => {
            let flags = reader.word(1)?;
            reader.flag("stun.att.even-port.reserve-next", flags & 0x80 != 0);
            Some(())
        }
        0x0019 => {
            reader.u8("stun.att.transp")?;
            reader.bytes("stun.att.reserved", 3).map(drop)
        }
        0x0022 => reader.bytes("stun.att.token", len).map(drop),
        0x0024 => reader.u32("stun.att.priority").map(drop),
        0x8022 => reader.text("stun.att.software", len).map(drop),
        0x8028 => reader.u32("stun.att.crc32").map(drop),
        0x8029 | 0x802a => reader.bytes("stun.att.tie-breaker", len).map(drop),
        0xc057 => {
            reader.u16("stun.att.google.network_id")?;
            reader.u16("stun.att.google.network_cost").map(drop)
        }
        // What Microsoft added, and what Wireshark has no names for.
        0x0027 | 0x8000..=0x801f | 0x8050..=0x807f => Some(()),
        _ => {
            reader.rest_as("stun.value");
            Some(())
        }
    }
}
