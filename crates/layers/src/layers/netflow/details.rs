//! The headers of the versions behind their first four bytes, and the record of version 5.

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{IPFIX, NetflowHeader};

/// Declares what stands behind the version and the count.
macro_rules! details {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {
        $(
            $(#[$doc])+
            #[derive(
                Clone,
                Copy,
                Debug,
                Default,
                PartialEq,
                Eq,
                FromBytes,
                IntoBytes,
                KnownLayout,
                Immutable,
                Unaligned,
            )]
            #[repr(C)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)+
            }
        )+
    };
}

details! {
    /// The header of version 1.
    NetflowV1 {
        /// Milliseconds since the exporter was started.
        system_uptime: U32,
        unix_seconds: U32,
        unix_nanoseconds: U32,
    }

    /// The header of version 5.
    NetflowV5 {
        /// Milliseconds since the exporter was started.
        system_uptime: U32,
        unix_seconds: U32,
        unix_nanoseconds: U32,
        flow_sequence: U32,
        engine_type: u8,
        engine_id: u8,
        /// Two bits of mode, fourteen of the interval.
        sampling_interval: U16,
    }

    /// The header of version 7.
    NetflowV7 {
        /// Milliseconds since the exporter was started.
        system_uptime: U32,
        unix_seconds: U32,
        unix_nanoseconds: U32,
        flow_sequence: U32,
        reserved: [u8; 4],
    }

    /// The header of version 8.
    NetflowV8 {
        /// Milliseconds since the exporter was started.
        system_uptime: U32,
        unix_seconds: U32,
        unix_nanoseconds: U32,
        flow_sequence: U32,
        engine_type: u8,
        engine_id: u8,
        /// What flows are summed up by, 1 to 14: the form of the records.
        aggregation: u8,
        aggregation_version: u8,
        reserved: [u8; 4],
    }

    /// The header of version 9.
    NetflowV9 {
        /// Milliseconds since the exporter was started.
        system_uptime: U32,
        unix_seconds: U32,
        sequence_number: U32,
        source_id: U32,
    }

    /// The header of IPFIX.
    Ipfix {
        /// Seconds since 1970.
        export_time: U32,
        sequence_number: U32,
        observation_domain_id: U32,
    }

    /// A flow, as version 5 has it.
    NetflowRecordV5 {
        source_address: [u8; 4],
        destination_address: [u8; 4],
        next_hop: [u8; 4],
        input_interface: U16,
        output_interface: U16,
        packets: U32,
        octets: U32,
        /// Uptime of the exporter at the first packet, in milliseconds.
        first: U32,
        /// The same at the last.
        last: U32,
        source_port: U16,
        destination_port: U16,
        padding: u8,
        tcp_flags: u8,
        protocol: u8,
        type_of_service: u8,
        source_as: U16,
        destination_as: U16,
        source_mask: u8,
        destination_mask: u8,
        more_padding: [u8; 2],
    }
}

/// The header of a version, behind the first four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the versions are their numbers")]
pub enum NetflowDetails<'a> {
    V1(&'a NetflowV1),
    V5(&'a NetflowV5),
    V7(&'a NetflowV7),
    V8(&'a NetflowV8),
    V9(&'a NetflowV9),
    Ipfix(&'a Ipfix),
}

impl<'a> NetflowDetails<'a> {
    /// Reads a whole header.
    pub(super) fn read(version: u16, header: &'a [u8]) -> Option<Self> {
        let bytes = header.get(size_of::<NetflowHeader>()..)?;
        match version {
            1 => NetflowV1::ref_from_bytes(bytes).ok().map(Self::V1),
            5 => NetflowV5::ref_from_bytes(bytes).ok().map(Self::V5),
            7 => NetflowV7::ref_from_bytes(bytes).ok().map(Self::V7),
            8 => NetflowV8::ref_from_bytes(bytes).ok().map(Self::V8),
            9 => NetflowV9::ref_from_bytes(bytes).ok().map(Self::V9),
            _ => Ipfix::ref_from_bytes(bytes).ok().map(Self::Ipfix),
        }
    }

    /// The number of the version.
    pub fn version(&self) -> u16 {
        match self {
            Self::V1(_) => 1,
            Self::V5(_) => 5,
            Self::V7(_) => 7,
            Self::V8(_) => 8,
            Self::V9(_) => 9,
            Self::Ipfix(_) => IPFIX,
        }
    }

    /// The bytes on the wire.
    pub(super) fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::V1(details) => details.as_bytes(),
            Self::V5(details) => details.as_bytes(),
            Self::V7(details) => details.as_bytes(),
            Self::V8(details) => details.as_bytes(),
            Self::V9(details) => details.as_bytes(),
            Self::Ipfix(details) => details.as_bytes(),
        }
    }
}

/// Bytes of the whole header of a version, if there is such a version.
pub(super) fn header_len(version: u16) -> Option<usize> {
    let details = match version {
        1 => size_of::<NetflowV1>(),
        5 => size_of::<NetflowV5>(),
        7 => size_of::<NetflowV7>(),
        8 => size_of::<NetflowV8>(),
        9 => size_of::<NetflowV9>(),
        IPFIX => size_of::<Ipfix>(),
        _ => return None,
    };
    Some(details.saturating_add(size_of::<NetflowHeader>()))
}
