//! What counter records of sFlow say, [sFlow.org](https://sflow.org/sflow_version_5.txt) section 5, "Counter
//! Data Formats": each as it lies on the wire.

use zerocopy::network_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// An interface, RFC 2233.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowInterfaceCounters {
    pub index: U32,
    /// As IANA numbers them; 6 is Ethernet.
    pub interface_type: U32,
    /// Bits a second.
    pub speed: U64,
    /// 1 is full duplex, 2 half, 3 in, 4 out.
    pub direction: U32,
    /// Bit 0 whether it is to be up, bit 1 whether it is.
    pub status: U32,
    pub in_octets: U64,
    pub in_unicast_packets: U32,
    pub in_multicast_packets: U32,
    pub in_broadcast_packets: U32,
    pub in_discards: U32,
    pub in_errors: U32,
    pub in_unknown_protocols: U32,
    pub out_octets: U64,
    pub out_unicast_packets: U32,
    pub out_multicast_packets: U32,
    pub out_broadcast_packets: U32,
    pub out_discards: U32,
    pub out_errors: U32,
    pub promiscuous_mode: U32,
}

/// An interface of Ethernet, RFC 2358.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowEthernetCounters {
    pub alignment_errors: U32,
    pub fcs_errors: U32,
    pub single_collision_frames: U32,
    pub multiple_collision_frames: U32,
    pub sqe_test_errors: U32,
    pub deferred_transmissions: U32,
    pub late_collisions: U32,
    pub excessive_collisions: U32,
    pub internal_mac_transmit_errors: U32,
    pub carrier_sense_errors: U32,
    pub frames_too_long: U32,
    pub internal_mac_receive_errors: U32,
    pub symbol_errors: U32,
}

/// An interface of token ring, RFC 1748.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowTokenRingCounters {
    pub line_errors: U32,
    pub burst_errors: U32,
    pub ac_errors: U32,
    pub abort_transmission_errors: U32,
    pub internal_errors: U32,
    pub lost_frame_errors: U32,
    pub receive_congestions: U32,
    pub frame_copied_errors: U32,
    pub token_errors: U32,
    pub soft_errors: U32,
    pub hard_errors: U32,
    pub signal_losses: U32,
    pub transmit_beacons: U32,
    pub recoveries: U32,
    pub lobe_wires: U32,
    pub removes: U32,
    pub singles: U32,
    pub frequency_errors: U32,
}

/// An interface of 100BASE-VG, RFC 2020.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowVgCounters {
    pub in_high_priority_frames: U32,
    pub in_high_priority_octets: U64,
    pub in_normal_priority_frames: U32,
    pub in_normal_priority_octets: U64,
    pub in_ipm_errors: U32,
    pub in_oversize_frame_errors: U32,
    pub in_data_errors: U32,
    pub in_null_addressed_frames: U32,
    pub out_high_priority_frames: U32,
    pub out_high_priority_octets: U64,
    pub transitions_into_training: U32,
    pub total_in_high_priority_octets: U64,
    pub total_in_normal_priority_octets: U64,
    pub total_out_high_priority_octets: U64,
}

/// A virtual network.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowVlanCounters {
    pub vlan: U32,
    pub octets: U64,
    pub unicast_packets: U32,
    pub multicast_packets: U32,
    pub broadcast_packets: U32,
    pub discards: U32,
}

/// A port of a group of links, [sFlow LAG](https://sflow.org/sflow_lag.txt).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowLacpCounters {
    pub actor_system: [u8; 6],
    pub actor_padding: [u8; 2],
    pub partner_system: [u8; 6],
    pub partner_padding: [u8; 2],
    pub aggregator: U32,
    /// Of actor and partner, each as it is meant to be and as it is: a byte of LACP.
    pub states: [u8; 4],
    pub received_lacpdus: U32,
    pub received_markers: U32,
    pub received_marker_responses: U32,
    pub received_unknown: U32,
    pub received_illegal: U32,
    pub sent_lacpdus: U32,
    pub sent_markers: U32,
    pub sent_marker_responses: U32,
}

/// The processor and the memory of the agent.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowProcessorCounters {
    /// Hundredths of a per cent; all ones if it is not known.
    pub load_5_seconds: U32,
    pub load_1_minute: U32,
    pub load_5_minutes: U32,
    /// Bytes.
    pub total_memory: U64,
    pub free_memory: U64,
}

/// A port of `OpenFlow`, [sFlow `OpenFlow`](https://sflow.org/sflow_openflow.txt).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowOpenFlowPort {
    pub datapath: U64,
    pub port: U32,
}

/// What a record of a counters sample says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SflowCounters<'a> {
    Interface(&'a SflowInterfaceCounters),
    Ethernet(&'a SflowEthernetCounters),
    TokenRing(&'a SflowTokenRingCounters),
    Vg(&'a SflowVgCounters),
    Vlan(&'a SflowVlanCounters),
    Lacp(&'a SflowLacpCounters),
    Processor(&'a SflowProcessorCounters),
    OpenFlowPort(&'a SflowOpenFlowPort),
    /// The name of the interface.
    PortName(&'a [u8]),
    /// A format that has no entry here, or is cut short.
    Other,
}

/// What data of a format says.
pub(super) fn counters(format: u32, data: &[u8]) -> Option<SflowCounters<'_>> {
    use SflowCounters as C;
    Some(match format {
        1 => C::Interface(front(data)?),
        2 => C::Ethernet(front(data)?),
        3 => C::TokenRing(front(data)?),
        4 => C::Vg(front(data)?),
        5 => C::Vlan(front(data)?),
        7 => C::Lacp(front(data)?),
        1001 => C::Processor(front(data)?),
        1004 => C::OpenFlowPort(front(data)?),
        1005 => C::PortName(super::flow_record::string(&mut { data })?),
        _ => return None,
    })
}

/// A structure; later versions of the specification add to the end.
pub(super) fn front<T: FromBytes + KnownLayout + Immutable + Unaligned>(data: &[u8]) -> Option<&T> {
    T::ref_from_prefix(data).ok().map(|(front, _)| front)
}
