//! What the hop-by-hop and the destination options header share,
//! [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) sections 4.2, 4.3 and 4.6, and
//! [IANA](https://www.iana.org/assignments/ipv6-parameters).

use std::net::Ipv6Addr;

use crate::layers::split;
use crate::{Header, IpProtocol, Key, Malformed, Next, Shape};

pub(super) use encode::{encode_header, lengths, next};
pub(super) use fields::{Names, fields};

mod encode;
mod fields;

/// The one type without a length.
const PAD1: u8 = 0;

/// RFC 8200, section 4.3: lengths are in units of eight bytes, without the first.
const UNIT: usize = 8;

/// The fixed part of an options header on the wire: next header and length.
pub(super) trait OptionsHeader: Header {
    fn next_header_mut(&mut self) -> &mut u8;
    fn header_ext_len(&self) -> u8;
    fn set_header_ext_len(&mut self, units: u8);
}

/// Splits an options header into its fixed part, its options and the payload.
pub(super) fn parse<H: OptionsHeader>(bytes: &[u8]) -> Result<(&H, &[u8], &[u8]), Malformed> {
    let (header, rest) = split::<H>(bytes)?;
    let need = usize::from(header.header_ext_len()).saturating_add(1).saturating_mul(UNIT);
    match rest.split_at_checked(need.saturating_sub(size_of::<H>())) {
        Some((options, payload)) => Ok((header, options, payload)),
        None => Err(Malformed::Truncated { need, have: bytes.len() }),
    }
}

/// The shape of an options header of two bytes and these options.
pub(super) fn shape(next_header: u8, options: &[u8], payload: &[u8]) -> Shape {
    let header_len = options.len().saturating_add(2);
    let next = Next::One(Key::ip_protocol(IpProtocol(next_header)));
    Shape { header_len, payload_len: payload.len(), trailer_len: 0, next }
}

/// The type of an option. Its upper three bits tell a node that does not know it what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ipv6OptionType(pub u8);

/// What a node does that does not know an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ipv6OptionAction {
    /// It skips the option.
    Skip,
    /// It discards the packet.
    Discard,
    /// It discards the packet and tells the sender.
    Report,
    /// It discards the packet and tells the sender, unless the destination is multicast.
    ReportUnlessMulticast,
}

impl Ipv6OptionType {
    /// What a node does that does not know the option.
    pub fn action(self) -> Ipv6OptionAction {
        match self.0 >> 6 {
            0 => Ipv6OptionAction::Skip,
            1 => Ipv6OptionAction::Discard,
            2 => Ipv6OptionAction::Report,
            _ => Ipv6OptionAction::ReportUnlessMulticast,
        }
    }

    /// Whether the data may change on the way.
    pub fn may_change(self) -> bool {
        self.0 & 0x20 != 0
    }
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv6Option<'a> {
    /// One byte of padding.
    Pad1,
    /// Two bytes of padding and these, which should be zero.
    PadN(&'a [u8]),
    /// How many more tunnels the packet may enter: RFC 2473.
    TunnelEncapsulationLimit(u8),
    /// Routers should look inside: RFC 2711.
    RouterAlert(u16),
    /// Security label: RFC 5570. The compartment bitmap has a multiple of four bytes.
    Calipso { domain: u32, sensitivity_level: u8, checksum: u16, bitmap: &'a [u8] },
    /// Detection of duplicates by an identifier: RFC 6621. The tagger is empty for tagger type 0.
    SmfIdentifier { tagger_type: u8, tagger: &'a [u8], identifier: &'a [u8] },
    /// Detection of duplicates by a hash, which this value keeps apart: RFC 6621. The top bit of
    /// its first byte is set.
    SmfHash(&'a [u8]),
    /// Performance and diagnostic metrics: RFC 8250.
    Metrics(Ipv6Metrics),
    /// Rate request or report: RFC 4782. The lower 30 bits of the last word are a nonce.
    QuickStart { function: u8, rate: u8, ttl: u8, nonce: u32 },
    /// Smallest MTU on the way, and the one that came back: RFC 9268.
    MinimumPathMtu { minimum: u16, returned: u16, wants_answer: bool },
    /// Operation, administration and maintenance in situ: RFC 9486. The data follows the kind. The
    /// type says whether routers change it.
    Ioam { option_type: Ipv6OptionType, kind: u8, data: &'a [u8] },
    /// State of a packet in a low-power network: RFC 6553 and, by another type, RFC 9008.
    Rpl { option_type: Ipv6OptionType, flags: u8, instance: u8, sender_rank: u16, rest: &'a [u8] },
    /// Multicast in a low-power network: RFC 7731. Without a seed, the source address is it.
    Mpl { flags: u8, sequence: u8, seed: &'a [u8] },
    /// Nonce of a session between identifiers: RFC 6744.
    IlnpNonce(&'a [u8]),
    /// Name of the line of a subscriber: RFC 6788.
    LineIdentification(&'a [u8]),
    /// Length of a payload beyond 65,535 bytes: RFC 2675.
    JumboPayload(u32),
    /// Address of a mobile node at home: RFC 6275.
    HomeAddress(Ipv6Addr),
    /// Depth-first forwarding: RFC 6971.
    DepthFirstForwarding { flags: u8, sequence_number: u16 },
    /// For experiments: RFC 4727.
    Experimental { kind: Ipv6OptionType, data: &'a [u8] },
    /// A type that has no entry here, or not the length of its type.
    Unknown { kind: Ipv6OptionType, data: &'a [u8] },
}

/// Performance and diagnostic metrics, RFC 8250 section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Metrics {
    /// How often the unit of `delta_last_received`, an attosecond, doubles.
    pub scale_last_received: u8,
    /// How often the unit of `delta_last_sent`, an attosecond, doubles.
    pub scale_last_sent: u8,
    /// Number of this packet.
    pub this_packet: u16,
    /// Number of the last packet that came from the other side.
    pub last_received: u16,
    /// Time from the last packet received to this one.
    pub delta_last_received: u16,
    /// Time from the last packet sent to the answer of the other side.
    pub delta_last_sent: u16,
}

/// An option, not yet understood.
#[derive(Clone, Copy, Debug)]
struct RawOption<'a> {
    kind: u8,
    /// What stands behind the length; empty for Pad1.
    data: &'a [u8],
    /// The place of the type among the options.
    at: usize,
}

/// The options of a header. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct Ipv6Options<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Ipv6Options<'a> {
    pub(super) fn new(options: &'a [u8]) -> Self {
        Self { rest: options, at: 0 }
    }

    /// The place of the next option, or of the one that is wrong.
    fn at(&self) -> usize {
        self.at
    }

    fn next_raw(&mut self) -> Option<Result<RawOption<'a>, Malformed>> {
        let (have, at) = (self.rest.len(), self.at);
        let (data, rest) = match *self.rest {
            [] => return None,
            [PAD1, ref rest @ ..] => (&[][..], rest),
            [_] => return Some(self.fail(2, have)),
            [_, len, ref behind @ ..] => match behind.split_at_checked(len.into()) {
                Some(split) => split,
                None => return Some(self.fail(usize::from(len).saturating_add(2), have)),
            },
        };
        let kind = self.rest.first().copied().unwrap_or(PAD1);
        self.at = at.saturating_add(have.saturating_sub(rest.len()));
        self.rest = rest;
        Some(Ok(RawOption { kind, data, at }))
    }

    fn fail(&mut self, need: usize, have: usize) -> Result<RawOption<'a>, Malformed> {
        self.rest = &[];
        Err(Malformed::Truncated { need, have })
    }
}

impl<'a> Iterator for Ipv6Options<'a> {
    type Item = Result<Ipv6Option<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(understand))
    }
}

fn understand(RawOption { kind, data, .. }: RawOption<'_>) -> Ipv6Option<'_> {
    let kind = Ipv6OptionType(kind);
    let option_type = kind;
    match (kind.0, data) {
        (PAD1, _) => Ipv6Option::Pad1,
        (0x01, _) => Ipv6Option::PadN(data),
        (0x04, &[limit]) => Ipv6Option::TunnelEncapsulationLimit(limit),
        (0x05, &[a, b]) => Ipv6Option::RouterAlert(u16::from_be_bytes([a, b])),
        (0x07, _) => calipso(data).unwrap_or(Ipv6Option::Unknown { kind, data }),
        (0x08, _) => duplicates(data).unwrap_or(Ipv6Option::Unknown { kind, data }),
        (0x0f, _) => metrics(data).unwrap_or(Ipv6Option::Unknown { kind, data }),
        (0x26, &[bits, ttl, a, b, c, d]) => Ipv6Option::QuickStart {
            function: bits >> 4,
            rate: bits & 15,
            ttl,
            nonce: u32::from_be_bytes([a, b, c, d]) >> 2,
        },
        (0x30, &[a, b, c, d]) => Ipv6Option::MinimumPathMtu {
            minimum: u16::from_be_bytes([a, b]),
            returned: u16::from_be_bytes([c, d & 0xfe]),
            wants_answer: d & 1 != 0,
        },
        (0x11 | 0x31, &[_, kind, ref data @ ..]) => Ipv6Option::Ioam { option_type, kind, data },
        (0x23 | 0x63, &[flags, instance, a, b, ref rest @ ..]) => {
            let sender_rank = u16::from_be_bytes([a, b]);
            Ipv6Option::Rpl { option_type, flags, instance, sender_rank, rest }
        }
        (0x6d, &[flags, sequence, ref seed @ ..]) if seed.len() == seed_len(flags) => {
            Ipv6Option::Mpl { flags, sequence, seed }
        }
        (0x8b, _) => Ipv6Option::IlnpNonce(data),
        (0x8c, &[len, ref line @ ..]) => match line.get(..len.into()) {
            Some(line) => Ipv6Option::LineIdentification(line),
            None => Ipv6Option::Unknown { kind, data },
        },
        (0xc2, &[a, b, c, d]) => Ipv6Option::JumboPayload(u32::from_be_bytes([a, b, c, d])),
        (0xc9, _) => match <[u8; 16]>::try_from(data) {
            Ok(address) => Ipv6Option::HomeAddress(address.into()),
            Err(_) => Ipv6Option::Unknown { kind, data },
        },
        (0xee, &[flags, a, b]) => {
            Ipv6Option::DepthFirstForwarding { flags, sequence_number: u16::from_be_bytes([a, b]) }
        }
        (0x1e | 0x3e | 0x5e | 0x7e | 0x9e | 0xbe | 0xde | 0xfe, _) => {
            Ipv6Option::Experimental { kind, data }
        }
        _ => Ipv6Option::Unknown { kind, data },
    }
}

fn calipso(data: &[u8]) -> Option<Ipv6Option<'_>> {
    let (domain, rest) = data.split_first_chunk()?;
    let &[words, sensitivity_level, ref rest @ ..] = rest else { return None };
    let (checksum, rest) = rest.split_first_chunk()?;
    let bitmap = rest.get(..usize::from(words).saturating_mul(4))?;
    let (domain, checksum) = (u32::from_be_bytes(*domain), u16::from_be_bytes(*checksum));
    Some(Ipv6Option::Calipso { domain, sensitivity_level, checksum, bitmap })
}

fn metrics(data: &[u8]) -> Option<Ipv6Option<'_>> {
    let &[scale_last_received, scale_last_sent, ref words @ ..] = data else { return None };
    let words = <&[[u8; 2]; 4]>::try_from(words.as_chunks().0).ok().filter(|_| data.len() == 10)?;
    let [this_packet, last_received, delta_last_received, delta_last_sent] =
        words.map(u16::from_be_bytes);
    Some(Ipv6Option::Metrics(Ipv6Metrics {
        scale_last_received,
        scale_last_sent,
        this_packet,
        last_received,
        delta_last_received,
        delta_last_sent,
    }))
}

fn duplicates(data: &[u8]) -> Option<Ipv6Option<'_>> {
    let &[first, ref rest @ ..] = data else { return None };
    if first & 0x80 != 0 {
        return Some(Ipv6Option::SmfHash(data));
    }
    let tagger_type = first >> 4;
    // RFC 6621, section 6.1.1: the length is one less than that of the tagger, if there is one.
    let len = if tagger_type == 0 { 0 } else { usize::from(first & 0x0f).saturating_add(1) };
    let (tagger, identifier) = rest.split_at_checked(len)?;
    Some(Ipv6Option::SmfIdentifier { tagger_type, tagger, identifier })
}

/// RFC 7731, section 6.1: bytes of a seed identifier.
fn seed_len(flags: u8) -> usize {
    match flags >> 6 {
        0 => 0,
        1 => 2,
        2 => 8,
        _ => 16,
    }
}

#[cfg(test)]
mod tests;
