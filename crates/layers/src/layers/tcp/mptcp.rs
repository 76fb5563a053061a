//! Multipath TCP, [RFC 8684](https://www.rfc-editor.org/rfc/rfc8684) section 3 and, as version 0,
//! [RFC 6824](https://www.rfc-editor.org/rfc/rfc6824).
//!
//! ```text
//!  0               8               16      20                     31
//! |     kind      |    length     |subtype|  by subtype ...        |
//! ```

use std::net::IpAddr;

use bitflags::bitflags;

const MP_CAPABLE: u8 = 0; // RFC 8684, section 3.1
const MP_JOIN: u8 = 1; // RFC 8684, section 3.2
const DSS: u8 = 2; // RFC 8684, section 3.3
const ADD_ADDR: u8 = 3; // RFC 8684, section 3.4.1
const REMOVE_ADDR: u8 = 4; // RFC 8684, section 3.4.2
const MP_PRIO: u8 = 5; // RFC 8684, section 3.3.8
const MP_FAIL: u8 = 6; // RFC 8684, section 3.7
const MP_FASTCLOSE: u8 = 7; // RFC 8684, section 3.5
const MP_TCPRST: u8 = 8; // RFC 8684, section 3.6

/// One option of Multipath TCP. Which fields are there follows from its length, which is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MptcpOption<'a> {
    /// Starts a connection. SYN: no key in version 1, the sender's in version 0; SYN/ACK: the
    /// sender's; ACK: both; with the first data in version 1, its length and maybe its checksum.
    Capable {
        version: u8,
        flags: MptcpCapableFlags,
        sender_key: Option<u64>,
        receiver_key: Option<u64>,
        data_length: Option<u16>,
        checksum: Option<u16>,
    },
    /// Adds a subflow: the SYN.
    JoinSyn { backup: bool, address_id: u8, receiver_token: u32, sender_random: u32 },
    /// Adds a subflow: the SYN/ACK. The leftmost 64 bits of the code.
    JoinSynAck { backup: bool, address_id: u8, sender_hmac: u64, sender_random: u32 },
    /// Adds a subflow: the third packet. The leftmost 160 bits of the code.
    JoinAck { sender_hmac: &'a [u8; 20] },
    /// Data sequence signal.
    DataSequence {
        flags: MptcpDataFlags,
        /// 32 or 64 bits, see the flags.
        data_ack: Option<u64>,
        mapping: Option<MptcpMapping>,
    },
    /// Announces an address; `echo` confirms that. The rightmost 64 bits of the code.
    AddAddress { echo: bool, address_id: u8, address: IpAddr, port: Option<u16>, hmac: Option<u64> },
    /// Withdraws addresses, one byte each, at least one.
    RemoveAddresses { address_ids: &'a [u8] },
    /// Changes the priority of a subflow; in version 0 maybe of another one.
    Priority { backup: bool, address_id: Option<u8> },
    /// Falls back to plain TCP from this byte on.
    Fail { data_sequence_number: u64 },
    /// Closes the connection at once.
    FastClose { receiver_key: u64 },
    /// Says why a subflow is reset.
    Reset { flags: MptcpResetFlags, reason: u8 },
    /// A subtype without a meaning here.
    Unknown { subtype: u8, data: &'a [u8] },
}

/// Where the payload of a segment belongs in the stream of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MptcpMapping {
    /// Number of the first byte in the connection, 32 or 64 bits, see the flags.
    pub data_sequence_number: u64,
    /// Number of the first byte in the subflow, counted from its SYN.
    pub subflow_sequence_number: u32,
    /// Bytes mapped; zero if all that follow are.
    pub length: u16,
    pub checksum: Option<u16>,
}

bitflags! {
    /// The flags of MP_CAPABLE.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpCapableFlags: u8 {
        const CHECKSUM_REQUIRED = 0x80;
        const EXTENSIBILITY = 0x40;
        /// Since version 1: the receiver must not open subflows to this address and port.
        const NO_MORE_SUBFLOWS = 0x20;
        /// HMAC-SHA1 in version 0, HMAC-SHA256 in version 1.
        const HMAC = 0x01;
    }
}

bitflags! {
    /// The flags of DSS.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpDataFlags: u8 {
        const DATA_ACK = 0x01;
        /// The acknowledgment has 64 bits.
        const LONG_DATA_ACK = 0x02;
        const MAPPING = 0x04;
        /// The data sequence number has 64 bits.
        const LONG_MAPPING = 0x08;
        const DATA_FIN = 0x10;
    }
}

bitflags! {
    /// The flags of MP_TCPRST.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpResetFlags: u8 {
        /// It may be tried again.
        const TRANSIENT = 0x01;
        const W = 0x02;
        const V = 0x04;
        const U = 0x08;
    }
}

impl<'a> MptcpOption<'a> {
    /// Reads what stands behind the length, if there is as much as the subtype wants.
    pub(crate) fn read(data: &'a [u8]) -> Option<Self> {
        let (&first, mut rest) = data.split_first()?;
        let (subtype, nibble) = (first >> 4, first & 0x0f);
        let option = match subtype {
            MP_CAPABLE => capable(nibble, &mut rest)?,
            MP_JOIN => join(nibble & 1 != 0, &mut rest)?,
            DSS => data_sequence(&mut rest)?,
            ADD_ADDR => add_address(is_echo(nibble), &mut rest)?,
            REMOVE_ADDR => Self::RemoveAddresses { address_ids: take_all(&mut rest)? },
            MP_PRIO => Self::Priority { backup: nibble & 1 != 0, address_id: take_u8(&mut rest) },
            MP_FAIL => {
                let [_] = take(&mut rest)?;
                Self::Fail { data_sequence_number: take_u64(&mut rest)? }
            }
            MP_FASTCLOSE => {
                let [_] = take(&mut rest)?;
                Self::FastClose { receiver_key: take_u64(&mut rest)? }
            }
            MP_TCPRST => Self::Reset {
                flags: MptcpResetFlags::from_bits_retain(nibble),
                reason: take_u8(&mut rest)?,
            },
            _ => return Some(Self::Unknown { subtype, data: rest }),
        };
        rest.is_empty().then_some(option)
    }
}

fn capable(version: u8, rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let flags = MptcpCapableFlags::from_bits_retain(take_u8(rest)?);
    let sender_key = take_u64(rest);
    let receiver_key = sender_key.and_then(|_| take_u64(rest));
    let data_length = receiver_key.and_then(|_| take_u16(rest));
    let checksum = data_length.and_then(|_| take_u16(rest));
    Some(MptcpOption::Capable { version, flags, sender_key, receiver_key, data_length, checksum })
}

/// The three packets of the handshake differ in length only.
fn join<'a>(backup: bool, rest: &mut &'a [u8]) -> Option<MptcpOption<'a>> {
    let address_id = take_u8(rest)?;
    Some(match rest.len() {
        8 => MptcpOption::JoinSyn {
            backup,
            address_id,
            receiver_token: take_u32(rest)?,
            sender_random: take_u32(rest)?,
        },
        12 => MptcpOption::JoinSynAck {
            backup,
            address_id,
            sender_hmac: take_u64(rest)?,
            sender_random: take_u32(rest)?,
        },
        _ => MptcpOption::JoinAck { sender_hmac: take_all(rest)?.try_into().ok()? },
    })
}

fn data_sequence(rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let flags = MptcpDataFlags::from_bits_retain(take_u8(rest)?);
    let mut number = |long| {
        if flags.contains(long) { take_u64(rest) } else { take_u32(rest).map(u64::from) }
    };
    let mut data_ack = None;
    if flags.contains(MptcpDataFlags::DATA_ACK) {
        data_ack = Some(number(MptcpDataFlags::LONG_DATA_ACK)?);
    }
    let mut mapping = None;
    if flags.contains(MptcpDataFlags::MAPPING) {
        mapping = Some(MptcpMapping {
            data_sequence_number: number(MptcpDataFlags::LONG_MAPPING)?,
            subflow_sequence_number: take_u32(rest)?,
            length: take_u16(rest)?,
            checksum: take_u16(rest),
        });
    }
    Some(MptcpOption::DataSequence { flags, data_ack, mapping })
}

/// The lengths of the address, the port and the code add up to one that tells them apart.
fn add_address(echo: bool, rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let address_id = take_u8(rest)?;
    let address = match rest.len() {
        ..16 => take::<4>(rest)?.into(),
        _ => take::<16>(rest)?.into(),
    };
    let port = if matches!(rest.len(), 2 | 10) { take_u16(rest) } else { None };
    Some(MptcpOption::AddAddress { echo, address_id, address, port, hmac: take_u64(rest) })
}

/// In version 0 the version of IP stands in the place of the flags of `ADD_ADDR`.
pub(crate) fn is_ip_version(nibble: u8) -> bool {
    matches!(nibble, 4 | 6)
}

fn is_echo(nibble: u8) -> bool {
    nibble & 1 != 0 && !is_ip_version(nibble)
}

/// Takes bytes off the front, if there are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (&chunk, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(chunk)
}

/// Takes all bytes, if there are any.
fn take_all<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let all = std::mem::take(rest);
    (!all.is_empty()).then_some(all)
}

fn take_u8(rest: &mut &[u8]) -> Option<u8> {
    take(rest).map(u8::from_be_bytes)
}

fn take_u16(rest: &mut &[u8]) -> Option<u16> {
    take(rest).map(u16::from_be_bytes)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_be_bytes)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_be_bytes)
}
