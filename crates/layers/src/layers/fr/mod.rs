//! Frame Relay, [RFC 2427](https://www.rfc-editor.org/rfc/rfc2427) and ITU-T Q.922 section 3.3, with
//! the encapsulation of either the IETF or Cisco.
//!
//! ```text
//!  0           6    7    8               12    13    14    15
//! | upper DLCI | CR | EA | second DLCI | FECN | BECN | DE | EA |
//! |    control (03)      | padding (00), if any | NLPID          |
//! |             organization and protocol, NLPID 80              |
//! ```
//!
//! The extension bit of the last byte of the address is set: there are two to four. Cisco has an
//! Ethernet type in the place of control and NLPID.

use std::fmt;

use crate::field_reader::FieldReader;
use crate::layers::chdlc;
use crate::parts::Parts;
use crate::{Encode, EncodeError, EtherType, FieldSink, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Next, Nlpid, Organization, Protocol, Role, Shape};

/// Q.922, section 3.3.6: an address of two, three or four bytes.
const MAX_ADDRESS_LEN: usize = 4;
/// RFC 2427, section 3: unnumbered information.
const UNNUMBERED_INFORMATION: u8 = 3;
/// Q.922: exchange identification.
const EXCHANGE_IDENTIFICATION: u8 = 0xaf;
/// RFC 2427, section 3: the NLPID of a SNAP header.
const SNAP: u8 = 0x80;
/// Bytes of a SNAP header.
const SNAP_LEN: usize = 5;
/// The least Ethernet type.
const MIN_ETHER_TYPE: u16 = 0x0600;

/// A frame on a virtual circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fr<'a> {
    /// The address, two to four bytes.
    pub address: &'a [u8],
    pub encapsulation: FrEncapsulation<'a>,
    pub payload: &'a [u8],
    header_len: usize,
}

/// What stands between the address and the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrEncapsulation<'a> {
    /// Cisco's: a number as in [`Chdlc`](crate::Chdlc), and the padding of a packet of ISO.
    Cisco { protocol: u16, clns_padding: &'a [u8] },
    /// That of RFC 2427: whether there is a padding, and what the payload is. An NLPID of ISO itself
    /// is the first byte of the payload.
    Ietf { has_padding: bool, nlpid: Nlpid },
    /// The same with a SNAP header.
    Snap { has_padding: bool, organization: Organization, protocol: u16 },
    /// Frames of the network itself: control, and no more.
    Control(u8),
}

impl<'a> Layer<'a> for Fr<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let last = bytes.iter().take(MAX_ADDRESS_LEN).position(|byte| byte & 1 != 0);
        let len = match last {
            // A single byte is no address, nor are more than four.
            Some(0) => return Err(bad_address(bytes)),
            None if bytes.len() >= MAX_ADDRESS_LEN => return Err(bad_address(bytes)),
            Some(last) => last.saturating_add(1),
            None => bytes.len().saturating_add(1),
        };
        let address = parts.bytes(len)?;
        let encapsulation = FrEncapsulation::parse(address, &mut parts)?;
        Ok(Self { address, encapsulation, payload: parts.rest, header_len: parts.taken() })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        let next = self.encapsulation.key().map_or(Next::End, Next::One);
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.address_fields(&mut FieldReader::new(self.address, 0, sink));
        let at = self.address.len();
        sink.number("fr.dlci", self.dlci(), 0..at);
        let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
        match self.encapsulation {
            FrEncapsulation::Cisco { protocol, clns_padding } => {
                sink.number("fr.chdlctype", protocol, place(0, 2));
                chdlc::padding_field(clns_padding, at.saturating_add(2), sink);
            }
            FrEncapsulation::Control(control) => self.control_fields(control, sink),
            FrEncapsulation::Ietf { has_padding, nlpid } => {
                self.control_fields(UNNUMBERED_INFORMATION, sink);
                let from = padding_field(has_padding, at, sink);
                // The first byte of a packet of ISO is a field of that packet.
                if from < self.header_len {
                    sink.number("fr.nlpid", nlpid.0, from..from.saturating_add(1));
                }
            }
            FrEncapsulation::Snap { has_padding, organization, protocol } => {
                self.control_fields(UNNUMBERED_INFORMATION, sink);
                let from = padding_field(has_padding, at, sink);
                let Organization([a, b, c]) = organization;
                let place = |a: usize, b: usize| from.saturating_add(a)..from.saturating_add(b);
                sink.number("fr.nlpid", SNAP, place(0, 1));
                sink.number("fr.snap.oui", u32::from_be_bytes([0, a, b, c]), place(1, 4));
                let name = match organization {
                    Organization::ENCAPSULATED_ETHERNET | Organization::BRIDGE_TUNNEL => {
                        "fr.snaptype"
                    }
                    _ => "fr.snap.pid",
                };
                sink.number(name, protocol, place(4, 6));
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DLCI {}", self.dlci())
    }
}

fn bad_address(bytes: &[u8]) -> Malformed {
    let first = bytes.first().copied().unwrap_or_default();
    Malformed::Field { name: "address", value: first.into() }
}

/// Reports the zero in front of an NLPID, if it is there, and says where that is.
fn padding_field(has_padding: bool, at: usize, sink: &mut dyn FieldSink) -> usize {
    let from = at.saturating_add(1);
    let end = from.saturating_add(has_padding.into());
    if has_padding {
        sink.number("fr.nlpid", 0_u8, from..end);
    }
    end
}

impl Fr<'_> {
    /// The circuit: 10, 16 or 23 bits, or 17 and 10 with a control in the place of the last six.
    pub fn dlci(&self) -> u32 {
        let [first, second, rest @ ..] = self.address else { return 0 };
        let dlci = u32::from(first >> 2) << 4 | u32::from(second >> 4);
        match *rest {
            [last] => with_last(dlci, last),
            [third, last] => with_last(dlci << 7 | u32::from(third >> 1), last),
            _ => dlci,
        }
    }

    /// Whether the frame met congestion on its way.
    pub fn has_forward_congestion(&self) -> bool {
        self.second() & 8 != 0
    }

    /// Whether frames the other way meet congestion.
    pub fn has_backward_congestion(&self) -> bool {
        self.second() & 4 != 0
    }

    /// Whether the frame may be dropped first.
    pub fn is_discard_eligible(&self) -> bool {
        self.second() & 2 != 0
    }

    /// Whether the bit is set that tells a response from a command.
    pub fn is_response(&self) -> bool {
        self.address.first().is_some_and(|first| first & 2 != 0)
    }

    fn second(&self) -> u8 {
        self.address.get(1).copied().unwrap_or_default()
    }

    /// Reports the address byte by byte.
    fn address_fields(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let first = reader.u8("fr.first_addr_octet")?;
        reader.bits("fr.upper_dlci", first >> 2);
        reader.flags(first.into(), &[("fr.cr", 2), ("fr.ea", 1)]);
        let second = reader.u8("fr.second_addr_octet")?;
        reader.bits("fr.second_dlci", second >> 4);
        let flags = [("fr.fecn", 8), ("fr.becn", 4), ("fr.de", 2), ("fr.ea", 1)];
        reader.flags(second.into(), &flags);
        if self.address.len() == MAX_ADDRESS_LEN {
            let third = reader.u8("fr.third_addr_octet")?;
            reader.bits("fr.third_dlci", third >> 1);
            reader.flags(third.into(), &[("fr.ea", 1)]);
        }
        let last = reader.word(1)?;
        let is_control = last & 2 != 0;
        let name = if is_control { "fr.dlcore_control" } else { "fr.lower_dlci" };
        reader.bits(name, last >> 2 & 0x3f);
        reader.flags(last, &[("fr.dc", 2), ("fr.ea", 1)]);
        Some(())
    }

    /// Reports the control of an unnumbered frame. Of the others there is no more than the byte.
    fn control_fields(&self, control: u8, sink: &mut dyn FieldSink) {
        let at = self.address.len();
        let place = at..at.saturating_add(1);
        sink.number("fr.control", control, place.clone());
        if control & 3 != 3 {
            return;
        }
        let (poll, modifier) = if self.is_response() {
            ("fr.control.f", "fr.control.u_modifier_resp")
        } else {
            ("fr.control.p", "fr.control.u_modifier_cmd")
        };
        if control & 0x10 != 0 {
            sink.flag(poll, true, place.clone());
        }
        sink.number(modifier, (control & 0xec) >> 2, place.clone());
        sink.number("fr.control.ftype", control & 3, place);
    }
}

/// A circuit with the bits of the last byte of its address, unless those are control.
fn with_last(dlci: u32, last: u8) -> u32 {
    if last & 2 == 0 { dlci << 6 | u32::from(last >> 2) } else { dlci }
}

impl<'a> FrEncapsulation<'a> {
    fn parse(address: &[u8], parts: &mut Parts<'a>) -> Result<Self, Malformed> {
        let control = parts.rest.first().copied();
        if control == Some(UNNUMBERED_INFORMATION) {
            return Self::parse_ietf(parts);
        }
        // The first circuit is for signalling, and Cisco's numbers are Ethernet types.
        let is_signalling = matches!(address, [0 | 2, 1, ..]);
        let protocol = parts.rest.first_chunk().map(|bytes| u16::from_be_bytes(*bytes));
        let is_control = control == Some(EXCHANGE_IDENTIFICATION)
            || protocol.is_some_and(|protocol| protocol < MIN_ETHER_TYPE);
        if is_signalling || is_control {
            let &[control] = parts.take::<[u8; 1]>()?;
            return Ok(Self::Control(control));
        }
        let protocol = u16::from_be_bytes(*parts.take()?);
        let (padding, _) = chdlc::split_padding(protocol, parts.rest);
        Ok(Self::Cisco { protocol, clns_padding: parts.bytes(padding.len())? })
    }

    fn parse_ietf(parts: &mut Parts<'a>) -> Result<Self, Malformed> {
        parts.bytes(1)?;
        let has_padding = parts.rest.first() == Some(&0);
        parts.bytes(has_padding.into())?;
        match parts.rest.first().copied() {
            Some(SNAP) => {
                parts.bytes(1)?;
                let &[a, b, c, high, low] = parts.take::<[u8; SNAP_LEN]>()?;
                let (organization, protocol) =
                    (Organization([a, b, c]), u16::from_be_bytes([high, low]));
                Ok(Self::Snap { has_padding, organization, protocol })
            }
            Some(nlpid) => {
                let nlpid = Nlpid(nlpid);
                parts.bytes((!is_own_first_byte(nlpid)).into())?;
                Ok(Self::Ietf { has_padding, nlpid })
            }
            None => parts.bytes(1).map(|_| Self::Ietf { has_padding, nlpid: Nlpid::NULL }),
        }
    }

    /// What leads on.
    fn key(&self) -> Option<Key> {
        Some(match *self {
            Self::Cisco { protocol, .. } => chdlc::key(protocol),
            Self::Ietf { nlpid: Nlpid::IPV4, .. } => Key::ether_type(EtherType::IPV4),
            Self::Ietf { nlpid: Nlpid::IPV6, .. } => Key::ether_type(EtherType::IPV6),
            Self::Ietf { nlpid: Nlpid::PPP, .. } => Key::ether_type(EtherType::PPP),
            Self::Ietf { nlpid, .. } if is_own_first_byte(nlpid) && nlpid != Q933 => {
                Key::ether_type(EtherType::OSI)
            }
            Self::Ietf { nlpid, .. } => Key::child(LayerType::FR, nlpid.0.into()),
            Self::Snap { organization, protocol, .. } => match (organization, protocol) {
                (Organization::ENCAPSULATED_ETHERNET | Organization::BRIDGE_TUNNEL, _) => {
                    Key::ether_type(EtherType(protocol))
                }
                // RFC 2427, section 4.2: a bridged Ethernet frame, without a padding in front.
                (Organization::IEEE_802_1, 1 | 7) => Key::ether_type(EtherType::BRIDGING),
                _ => Key::snap(organization, protocol),
            },
            Self::Control(_) => return None,
        })
    }
}

/// RFC 2427, appendix A: Q.933.
const Q933: Nlpid = Nlpid(0x08);

/// Whether the identifier is the first byte of the packet that it names.
fn is_own_first_byte(nlpid: Nlpid) -> bool {
    matches!(nlpid, Nlpid::CLNP | Nlpid::ES_IS | Nlpid::IS_IS | Q933)
}

/// A header to write: the encapsulation of RFC 2427 or Cisco on a circuit of ten bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrBuilder<'a> {
    /// The circuit, its low ten bits.
    pub dlci: u16,
    pub encapsulation: FrEncapsulation<'a>,
}

impl Encode for FrBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        // Six bits in the first byte, four in the second.
        let [upper, second] = (self.dlci << 6).to_be_bytes();
        let second = upper << 6 | second >> 2;
        out.extend([upper & 0xfc, second & 0xf0 | 1]);
        match self.encapsulation {
            FrEncapsulation::Cisco { protocol, clns_padding } => {
                out.extend(protocol.to_be_bytes());
                out.extend_from_slice(clns_padding);
            }
            FrEncapsulation::Control(control) => out.push(control),
            FrEncapsulation::Ietf { has_padding, nlpid } => {
                out.push(UNNUMBERED_INFORMATION);
                out.extend(has_padding.then_some(0));
                out.extend((!is_own_first_byte(nlpid)).then_some(nlpid.0));
            }
            FrEncapsulation::Snap { has_padding, organization, protocol } => {
                out.push(UNNUMBERED_INFORMATION);
                out.extend(has_padding.then_some(0));
                out.push(SNAP);
                out.extend(organization.0);
                out.extend(protocol.to_be_bytes());
            }
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::FR,
    "fr",
    "Frame Relay",
    |bytes, outer| Fr::parse_in(bytes, outer).map(|fr| fr.shape()),
    |bytes, outer, visitor| Fr::parse_in(bytes, outer).map(|fr| visitor(&fr)),
)
.specification("RFC 2427")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::FRELAY)])
.template(&[0x18, 0x41, 0x03, 0xcc]);

#[cfg(test)]
mod tests;
