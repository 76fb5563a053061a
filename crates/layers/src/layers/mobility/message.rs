//! Messages of Mobile IPv6, by their type:
//! [IANA](https://www.iana.org/assignments/mobility-parameters) lists them.

use std::net::Ipv6Addr;

use bitflags::bitflags;

use super::{options, rare};
use crate::field_reader::FieldReader;
use crate::{FieldSink, Value};

bitflags! {
    /// Flags of a binding update, RFC 6275 section 6.1.7 and its extensions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BindingUpdateFlags: u16 {
        /// The node wants an acknowledgement.
        const ACKNOWLEDGE = 0x8000;
        /// The receiver is to be the home agent.
        const HOME_REGISTRATION = 0x4000;
        /// The home address has the interface identifier of the link-local address.
        const LINK_LOCAL_COMPATIBILITY = 0x2000;
        /// The protocol of the security association survives movements.
        const KEY_MANAGEMENT = 0x1000;
        /// The receiver is to be a mobility anchor point: RFC 5380.
        const ANCHOR_POINT = 0x0800;
        /// The sender is a router: RFC 3963.
        const MOBILE_ROUTER = 0x0400;
        /// A gateway registers the node: RFC 5213.
        const PROXY = 0x0200;
        /// Tunnels are to use UDP: RFC 5555.
        const FORCE_UDP = 0x0100;
        /// Tunnels are to use a type-length-value header: RFC 5845.
        const TLV_HEADER = 0x0080;
        /// The update is for many sessions: RFC 6602.
        const BULK = 0x0040;
        const _ = !0;
    }
}

bitflags! {
    /// Flags of a binding acknowledgement, RFC 6275 section 6.1.8 and its extensions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BindingAckFlags: u8 {
        /// The protocol of the security association survives movements.
        const KEY_MANAGEMENT = 0x80;
        /// The node is a router: RFC 3963.
        const MOBILE_ROUTER = 0x40;
        /// A gateway registers the node: RFC 5213.
        const PROXY = 0x20;
        /// Tunnels are to use a type-length-value header: RFC 5845.
        const TLV_HEADER = 0x10;
        /// The update was for many sessions: RFC 6602.
        const BULK = 0x08;
        const _ = !0;
    }
}

bitflags! {
    /// Flags of a heartbeat, RFC 5847 section 3.3.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct HeartbeatFlags: u8 {
        /// Nobody asked.
        const UNSOLICITED = 0x02;
        /// This is the answer.
        const RESPONSE = 0x01;
        const _ = !0;
    }
}

/// A message. Times of life are in units of four seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "fields have the names of the RFC")]
pub enum MobilityMessage<'a> {
    /// Type 0: the node should register again.
    BindingRefreshRequest,
    /// Type 1: the first step by way of home.
    HomeTestInit { cookie: u64 },
    /// Type 2: the first step directly.
    CareOfTestInit { cookie: u64 },
    /// Type 3: the answer by way of home.
    HomeTest { nonce_index: u16, cookie: u64, token: u64 },
    /// Type 4: the direct answer.
    CareOfTest { nonce_index: u16, cookie: u64, token: u64 },
    /// Type 5: where the node is now.
    BindingUpdate { sequence_number: u16, flags: BindingUpdateFlags, lifetime: u16 },
    /// Type 6: the answer to an update. From 128 on, the status says that it was rejected.
    BindingAck { status: u8, flags: BindingAckFlags, sequence_number: u16, lifetime: u16 },
    /// Type 7: the receiver does not know the binding, or the message.
    BindingError { status: u8, home_address: Ipv6Addr },
    /// Type 8: fast handover, RFC 5568. The flags are the upper eight.
    FastBindingUpdate { sequence_number: u16, flags: BindingUpdateFlags, lifetime: u16 },
    /// Type 9: the answer to a fast update, RFC 5568.
    FastBindingAck { status: u8, flags: BindingAckFlags, sequence_number: u16, lifetime: u16 },
    /// Type 10: the node has arrived, RFC 4068, obsolete.
    FastNeighborAdvertisement,
    /// Type 11: for experiments, RFC 5096.
    Experimental(&'a [u8]),
    /// Type 12: other home agents to turn to, RFC 5142.
    HomeAgentSwitch { agents: &'a [[u8; 16]] },
    /// Type 13: whether the other side is still there, RFC 5847.
    Heartbeat { flags: HeartbeatFlags, sequence_number: u32 },
    /// Type 14: the node will move to another router, RFC 5568.
    HandoverInitiate { sequence_number: u16, flags: u8, code: u8 },
    /// Type 15: the answer to that, RFC 5568.
    HandoverAck { sequence_number: u16, code: u8 },
    /// A type that has no entry here, or data too short for its type.
    Unknown { kind: u8, data: &'a [u8] },
}

impl<'a> MobilityMessage<'a> {
    /// Reads the message at the front of the data, and tells how long it is.
    pub(super) fn new(kind: u8, data: &'a [u8]) -> (Self, usize) {
        known(kind, data).unwrap_or((Self::Unknown { kind, data }, data.len()))
    }

    /// What the RFC calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::BindingRefreshRequest => "Binding Refresh Request",
            Self::HomeTestInit { .. } => "Home Test Init",
            Self::CareOfTestInit { .. } => "Care-of Test Init",
            Self::HomeTest { .. } => "Home Test",
            Self::CareOfTest { .. } => "Care-of Test",
            Self::BindingUpdate { .. } => "Binding Update",
            Self::BindingAck { .. } => "Binding Acknowledgement",
            Self::BindingError { .. } => "Binding Error",
            Self::FastBindingUpdate { .. } => "Fast Binding Update",
            Self::FastBindingAck { .. } => "Fast Binding Acknowledgment",
            Self::FastNeighborAdvertisement => "Fast Neighbor Advertisement",
            Self::Experimental(_) => "Experimental Mobility Header",
            Self::HomeAgentSwitch { .. } => "Home Agent Switch",
            Self::Heartbeat { .. } => "Heartbeat",
            Self::HandoverInitiate { .. } => "Handover Initiate",
            Self::HandoverAck { .. } => "Handover Acknowledge",
            Self::Unknown { .. } => "unknown mobility message",
        }
    }
}

fn known(kind: u8, data: &[u8]) -> Option<(MobilityMessage<'_>, usize)> {
    let word = |at: usize| {
        let bytes = data.get(at..)?.first_chunk()?;
        Some(u16::from_be_bytes(*bytes))
    };
    let long = |at: usize| {
        let bytes = data.get(at..)?.first_chunk()?;
        Some(u64::from_be_bytes(*bytes))
    };
    let byte = |at: usize| data.get(at).copied();
    Some(match kind {
        0 => (MobilityMessage::BindingRefreshRequest, 2),
        1 => (MobilityMessage::HomeTestInit { cookie: long(2)? }, 10),
        2 => (MobilityMessage::CareOfTestInit { cookie: long(2)? }, 10),
        3 | 4 => {
            let (nonce_index, cookie, token) = (word(0)?, long(2)?, long(10)?);
            let message = match kind {
                3 => MobilityMessage::HomeTest { nonce_index, cookie, token },
                _ => MobilityMessage::CareOfTest { nonce_index, cookie, token },
            };
            (message, 18)
        }
        5 | 8 => {
            let (sequence_number, bits, lifetime) = (word(0)?, word(2)?, word(4)?);
            let flags = BindingUpdateFlags::from_bits_retain(bits);
            let message = match kind {
                5 => MobilityMessage::BindingUpdate { sequence_number, flags, lifetime },
                _ => MobilityMessage::FastBindingUpdate { sequence_number, flags, lifetime },
            };
            (message, 6)
        }
        6 | 9 => {
            let (status, sequence_number, lifetime) = (byte(0)?, word(2)?, word(4)?);
            let flags = BindingAckFlags::from_bits_retain(byte(1)?);
            let message = match kind {
                6 => MobilityMessage::BindingAck { status, flags, sequence_number, lifetime },
                _ => MobilityMessage::FastBindingAck { status, flags, sequence_number, lifetime },
            };
            (message, 6)
        }
        7 => {
            let address: &[u8; 16] = data.get(2..)?.first_chunk()?;
            let home_address = Ipv6Addr::from(*address);
            (MobilityMessage::BindingError { status: byte(0)?, home_address }, 18)
        }
        10 => (MobilityMessage::FastNeighborAdvertisement, 2),
        11 => (MobilityMessage::Experimental(data), data.len()),
        12 => {
            let len = usize::from(byte(0)?).saturating_mul(16);
            let agents = data.get(2..)?.get(..len)?.as_chunks().0;
            (MobilityMessage::HomeAgentSwitch { agents }, len.saturating_add(2))
        }
        13 => {
            let flags = HeartbeatFlags::from_bits_retain(byte(1)?);
            let sequence_number = u32::from_be_bytes(*data.get(2..)?.first_chunk()?);
            (MobilityMessage::Heartbeat { flags, sequence_number }, 6)
        }
        14 => {
            let (sequence_number, flags, code) = (word(0)?, byte(2)?, byte(3)?);
            (MobilityMessage::HandoverInitiate { sequence_number, flags, code }, 4)
        }
        15 => {
            let (sequence_number, code) = (word(0)?, byte(3)?);
            (MobilityMessage::HandoverAck { sequence_number, code }, 4)
        }
        _ => return None,
    })
}

/// Reports the fields of a message, whose data starts at byte 6 of the layer.
pub(super) fn fields(message: &MobilityMessage<'_>, data: &[u8], sink: &mut dyn FieldSink) {
    let end = data.len().saturating_add(6);
    let reserved = data.get(..2).unwrap_or_default();
    match *message {
        MobilityMessage::BindingRefreshRequest => {
            sink.bytes("mip6.binding_refresh_request", reserved, 6..8);
        }
        MobilityMessage::HomeTestInit { cookie } => {
            sink.number("mip6.hoti.cookie", cookie, 8..16);
        }
        MobilityMessage::CareOfTestInit { cookie } => {
            sink.number("mip6.coti.cookie", cookie, 8..16);
        }
        MobilityMessage::HomeTest { nonce_index, cookie, token } => {
            sink.number("mip6.hot.nindex", nonce_index, 6..8);
            sink.number("mip6.hot.cookie", cookie, 8..16);
            sink.number("mip6.hot.token", token, 16..24);
        }
        MobilityMessage::CareOfTest { nonce_index, cookie, token } => {
            sink.number("mip6.cot.nindex", nonce_index, 6..8);
            sink.number("mip6.cot.cookie", cookie, 8..16);
            // Wireshark has one name for both tokens.
            sink.number("mip6.hot.token", token, 16..24);
        }
        MobilityMessage::BindingUpdate { sequence_number, flags, lifetime } => {
            sink.number("mip6.bu.seqnr", sequence_number, 6..8);
            for (name, flag) in UPDATE_FLAGS {
                sink.flag(name, flags.contains(flag), 8..10);
            }
            sink.number("mip6.bu.lifetime", lifetime, 10..12);
        }
        MobilityMessage::BindingAck { status, flags, sequence_number, lifetime } => {
            sink.number("mip6.ba.status", status, 6..7);
            for (name, flag) in ACK_FLAGS {
                sink.flag(name, flags.contains(flag), 7..8);
            }
            sink.number("mip6.ba.seqnr", sequence_number, 8..10);
            sink.number("mip6.ba.lifetime", lifetime, 10..12);
        }
        MobilityMessage::BindingError { status, home_address } => {
            sink.number("mip6.be.status", status, 6..7);
            sink.value("mip6.be.haddr", Value::Ipv6(home_address), 8..24);
        }
        MobilityMessage::FastNeighborAdvertisement => {
            sink.bytes("mip6.fast_neighbor_advertisement", reserved, 6..8);
        }
        MobilityMessage::Experimental(data) => sink.bytes("mip6.em.data", data, 6..end),
        MobilityMessage::Unknown { kind, data } => {
            let mut reader = FieldReader::new(data, 6, sink);
            match rare::message(kind, &mut reader) {
                Some(()) => {
                    let (options, at) = (reader.rest(), reader.place());
                    options::fields(options, at, sink);
                }
                None => drop(reader.rest_as("mip6.unknown_type_data")),
            }
        }
        _ => handover_fields(message, data, sink),
    }
}

/// [`fields`] of the messages for handovers and between agents.
fn handover_fields(message: &MobilityMessage<'_>, data: &[u8], sink: &mut dyn FieldSink) {
    match *message {
        MobilityMessage::FastBindingUpdate { sequence_number, flags, lifetime } => {
            sink.number("mip6.fbu.seqnr", sequence_number, 6..8);
            for (name, flag) in FAST_UPDATE_FLAGS {
                sink.flag(name, flags.contains(flag), 8..9);
            }
            sink.number("mip6.fbu.lifetime", lifetime, 10..12);
        }
        MobilityMessage::FastBindingAck { status, flags, sequence_number, lifetime } => {
            sink.number("mip6.fback.status", status, 6..7);
            let key_management = flags.contains(BindingAckFlags::KEY_MANAGEMENT);
            sink.flag("mip6.fback.k_flag", key_management, 7..8);
            sink.number("mip6.fback.seqnr", sequence_number, 8..10);
            sink.number("mip6.fback.lifetime", lifetime, 10..12);
        }
        MobilityMessage::HomeAgentSwitch { agents } => {
            sink.number("mip6.has.num_addrs", agents.len() as u64, 6..7);
            let reserved = data.get(1).copied().unwrap_or_default();
            sink.number("mip6.has.reserved", reserved, 7..8);
            for (at, &agent) in (8_usize..).step_by(16).zip(agents) {
                let bytes = at..at.saturating_add(16);
                sink.value("mip6.has.address", Value::Ipv6(agent.into()), bytes);
            }
        }
        MobilityMessage::Heartbeat { flags, sequence_number } => {
            let unsolicited = flags.contains(HeartbeatFlags::UNSOLICITED);
            sink.flag("mip6.hb.u_flag", unsolicited, 7..8);
            sink.flag("mip6.hb.r_flag", flags.contains(HeartbeatFlags::RESPONSE), 7..8);
            sink.number("mip6.hb.seqnr", sequence_number, 8..12);
        }
        MobilityMessage::HandoverInitiate { sequence_number, flags, code } => {
            sink.number("mip6.hi.seqnr", sequence_number, 6..8);
            sink.flag("mip6.hi.s_flag", flags & 0x80 != 0, 8..9);
            sink.flag("mip6.hi.u_flag", flags & 0x40 != 0, 8..9);
            sink.number("mip6.hi.code", code, 9..10);
        }
        MobilityMessage::HandoverAck { sequence_number, code } => {
            sink.number("mip6.hack.seqnr", sequence_number, 6..8);
            sink.number("mip6.hack.code", code, 9..10);
        }
        _ => {}
    }
}

const UPDATE_FLAGS: [(&str, BindingUpdateFlags); 10] = [
    ("mip6.bu.a_flag", BindingUpdateFlags::ACKNOWLEDGE),
    ("mip6.bu.h_flag", BindingUpdateFlags::HOME_REGISTRATION),
    ("mip6.bu.l_flag", BindingUpdateFlags::LINK_LOCAL_COMPATIBILITY),
    ("mip6.bu.k_flag", BindingUpdateFlags::KEY_MANAGEMENT),
    ("mip6.bu.m_flag", BindingUpdateFlags::ANCHOR_POINT),
    ("mip6.nemo.bu.r_flag", BindingUpdateFlags::MOBILE_ROUTER),
    ("mip6.bu.p_flag", BindingUpdateFlags::PROXY),
    ("mip6.bu.f_flag", BindingUpdateFlags::FORCE_UDP),
    ("mip6.bu.t_flag", BindingUpdateFlags::TLV_HEADER),
    ("mip6.bu.b_flag", BindingUpdateFlags::BULK),
];

const FAST_UPDATE_FLAGS: [(&str, BindingUpdateFlags); 4] = [
    ("mip6.fbu.a_flag", BindingUpdateFlags::ACKNOWLEDGE),
    ("mip6.fbu.h_flag", BindingUpdateFlags::HOME_REGISTRATION),
    ("mip6.fbu.l_flag", BindingUpdateFlags::LINK_LOCAL_COMPATIBILITY),
    ("mip6.fbu.k_flag", BindingUpdateFlags::KEY_MANAGEMENT),
];

const ACK_FLAGS: [(&str, BindingAckFlags); 5] = [
    ("mip6.ba.k_flag", BindingAckFlags::KEY_MANAGEMENT),
    ("mip6.nemo.ba.r_flag", BindingAckFlags::MOBILE_ROUTER),
    ("mip6.ba.p_flag", BindingAckFlags::PROXY),
    ("mip6.ba.t_flag", BindingAckFlags::TLV_HEADER),
    ("mip6.ba.b_flag", BindingAckFlags::BULK),
];
