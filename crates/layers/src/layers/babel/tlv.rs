//! TLVs: each behind its type and its length.

use super::PROTOCOL;
use crate::records::{Head, Record, Records};
use crate::{EncodeError, Malformed};

/// Type of the TLV that is a single byte of nothing.
const PAD1: u8 = 0;

/// One TLV. An address is in the form that its encoding says: 0 for none, 1 for IPv4, 2 for IPv6, 3
/// for a link-local IPv6 address without its first eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BabelTlv<'a> {
    Pad1,
    PadN(&'a [u8]),
    AcknowledgmentRequest {
        opaque: u16,
        /// Hundredths of a second.
        interval: u16,
    },
    Acknowledgment {
        opaque: u16,
    },
    Hello {
        flags: u16,
        seqno: u16,
        /// Hundredths of a second.
        interval: u16,
        sub_tlvs: &'a [u8],
    },
    /// I heard you.
    Ihu {
        address_encoding: u8,
        receive_cost: u16,
        /// Hundredths of a second.
        interval: u16,
        address: &'a [u8],
        sub_tlvs: &'a [u8],
    },
    RouterId {
        router_id: [u8; 8],
    },
    NextHop {
        address_encoding: u8,
        address: &'a [u8],
    },
    Update {
        address_encoding: u8,
        flags: u8,
        /// Bits of the prefix.
        prefix_length: u8,
        /// Bytes of it that stand in an update before.
        omitted: u8,
        /// Hundredths of a second.
        interval: u16,
        seqno: u16,
        /// 65535 for what cannot be reached.
        metric: u16,
        prefix: &'a [u8],
        sub_tlvs: &'a [u8],
    },
    RouteRequest {
        address_encoding: u8,
        prefix_length: u8,
        prefix: &'a [u8],
    },
    SeqnoRequest {
        address_encoding: u8,
        prefix_length: u8,
        seqno: u16,
        hop_count: u8,
        router_id: [u8; 8],
        prefix: &'a [u8],
    },
    /// Another type, or a value too short for its type.
    Unknown {
        kind: u8,
        value: &'a [u8],
    },
}

impl<'a> BabelTlv<'a> {
    fn read(kind: u8, value: &'a [u8]) -> Self {
        Self::known(kind, value).unwrap_or(Self::Unknown { kind, value })
    }

    fn known(kind: u8, value: &'a [u8]) -> Option<Self> {
        let two = |high: u8, low: u8| u16::from_be_bytes([high, low]);
        Some(match (kind, value) {
            (PAD1, _) => Self::Pad1,
            (1, pad) => Self::PadN(pad),
            (2, &[_, _, a, b, c, d, ..]) => {
                Self::AcknowledgmentRequest { opaque: two(a, b), interval: two(c, d) }
            }
            (3, &[a, b, ..]) => Self::Acknowledgment { opaque: two(a, b) },
            (4, &[a, b, c, d, e, f, ref sub_tlvs @ ..]) => {
                let (flags, seqno, interval) = (two(a, b), two(c, d), two(e, f));
                Self::Hello { flags, seqno, interval, sub_tlvs }
            }
            (5, &[address_encoding, _, a, b, c, d, ref rest @ ..]) => {
                let (address, sub_tlvs) = rest.split_at_checked(address_len(address_encoding))?;
                let (receive_cost, interval) = (two(a, b), two(c, d));
                Self::Ihu { address_encoding, receive_cost, interval, address, sub_tlvs }
            }
            (6, &[_, _, ref rest @ ..]) => Self::RouterId { router_id: *rest.first_chunk()? },
            (7, &[address_encoding, _, ref rest @ ..]) => {
                let address = rest.get(..address_len(address_encoding))?;
                Self::NextHop { address_encoding, address }
            }
            (8, &[address_encoding, flags, prefix_length, omitted, ref rest @ ..]) => {
                let &[a, b, c, d, e, f, ref rest @ ..] = rest else { return None };
                let len = prefix_len(prefix_length).checked_sub(omitted.into())?;
                let (prefix, sub_tlvs) = rest.split_at_checked(len)?;
                let (interval, seqno, metric) = (two(a, b), two(c, d), two(e, f));
                Self::Update {
                    address_encoding,
                    flags,
                    prefix_length,
                    omitted,
                    interval,
                    seqno,
                    metric,
                    prefix,
                    sub_tlvs,
                }
            }
            (9, &[address_encoding, prefix_length, ref rest @ ..]) => {
                let prefix = rest.get(..prefix_len(prefix_length))?;
                Self::RouteRequest { address_encoding, prefix_length, prefix }
            }
            (10, &[address_encoding, prefix_length, a, b, hop_count, _, ref rest @ ..]) => {
                let (router_id, rest) = rest.split_first_chunk()?;
                let prefix = rest.get(..prefix_len(prefix_length))?;
                Self::SeqnoRequest {
                    address_encoding,
                    prefix_length,
                    seqno: two(a, b),
                    hop_count,
                    router_id: *router_id,
                    prefix,
                }
            }
            _ => return None,
        })
    }

    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// The value has more than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (kind, parts): (u8, [&[u8]; 3]) = match self {
            Self::Pad1 => {
                out.push(PAD1);
                return Ok(());
            }
            Self::PadN(pad) => (1, [pad, &[], &[]]),
            Self::AcknowledgmentRequest { opaque, interval } => {
                let [[a, b], [c, d]] = [opaque, interval].map(|number| number.to_be_bytes());
                return tlv(2, [&[0, 0, a, b, c, d], &[], &[]], out);
            }
            Self::Acknowledgment { opaque } => {
                return tlv(3, [&opaque.to_be_bytes(), &[], &[]], out);
            }
            Self::Hello { flags, seqno, interval, sub_tlvs } => {
                let numbers = [flags, seqno, interval].map(|number| number.to_be_bytes());
                return tlv(4, [numbers.as_flattened(), sub_tlvs, &[]], out);
            }
            Self::Ihu { address_encoding, receive_cost, interval, address, sub_tlvs } => {
                let [[a, b], [c, d]] = [receive_cost, interval].map(|number| number.to_be_bytes());
                return tlv(5, [&[*address_encoding, 0, a, b, c, d], address, sub_tlvs], out);
            }
            Self::RouterId { router_id } => (6, [&[0, 0], router_id, &[]]),
            Self::NextHop { address_encoding, address } => {
                return tlv(7, [&[*address_encoding, 0], address, &[]], out);
            }
            Self::Update {
                address_encoding,
                flags,
                prefix_length,
                omitted,
                interval,
                seqno,
                metric,
                prefix,
                sub_tlvs,
            } => {
                let numbers = [interval, seqno, metric].map(|number| number.to_be_bytes());
                let mut front = vec![*address_encoding, *flags, *prefix_length, *omitted];
                front.extend_from_slice(numbers.as_flattened());
                return tlv(8, [&front, prefix, sub_tlvs], out);
            }
            Self::RouteRequest { address_encoding, prefix_length, prefix } => {
                return tlv(9, [&[*address_encoding, *prefix_length], prefix, &[]], out);
            }
            Self::SeqnoRequest {
                address_encoding,
                prefix_length,
                seqno,
                hop_count,
                router_id,
                prefix,
            } => {
                let [high, low] = seqno.to_be_bytes();
                let front = [*address_encoding, *prefix_length, high, low, *hop_count, 0];
                return tlv(10, [&front, router_id, prefix], out);
            }
            Self::Unknown { kind, value } => (*kind, [value, &[], &[]]),
        };
        tlv(kind, parts, out)
    }
}

fn tlv(kind: u8, parts: [&[u8]; 3], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()));
    let (layer, field, value) = (PROTOCOL.name, "TLV length", len as u64);
    let error = EncodeError::TooLarge { layer, field, value };
    out.extend_from_slice(&[kind, u8::try_from(len).map_err(|_| error)?]);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// Bytes of an address in an encoding.
pub(super) fn address_len(encoding: u8) -> usize {
    match encoding {
        1 => 4,
        2 => 16,
        3 => 8,
        _ => 0,
    }
}

/// Bytes of a prefix of so many bits.
pub(super) fn prefix_len(bits: u8) -> usize {
    usize::from(bits).div_ceil(8)
}

/// Type and length, the same for TLVs and what is in them.
pub(super) fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    match *bytes {
        [PAD1, ..] => Ok(Head { kind: PAD1.into(), header_len: 1, data_len: 0 }),
        [kind, length, ..] => {
            Ok(Head { kind: kind.into(), header_len: 2, data_len: length.into() })
        }
        _ => Err(Malformed::Truncated { need: 2, have: bytes.len() }),
    }
}

/// The TLVs of a packet. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct BabelTlvs<'a>(Records<'a>);

impl<'a> BabelTlvs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Records::new(bytes, 0, head))
    }
}

impl<'a> Iterator for BabelTlvs<'a> {
    type Item = Result<BabelTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map(|record| BabelTlv::read(kind_of(&record), record.data)))
    }
}

fn kind_of(record: &Record<'_>) -> u8 {
    let [_, kind] = record.kind.to_be_bytes();
    kind
}
