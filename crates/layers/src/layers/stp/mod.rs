//! Spanning Tree Protocol in all its versions,
//! [IEEE Std 802.1Q](https://standards.ieee.org/ieee/802.1Q/10323/) section 14, and Cisco's, which
//! speaks of one VLAN.
//!
//! ```text
//!  0                16        24        31
//! | protocol        | version | type     |  alone: the topology changed
//! | flags    | root identifier, 8 bytes   |
//! | root path cost   | bridge identifier  |
//! | port | message age | max age | hello time | forward delay |
//! | version 1 length |                        from version 2 on
//! | version 3 length | MST configuration, 64 bytes | MSTI messages of 16 bytes ... |
//! | version 4 length | shortest path bridging ... |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Organization, Outer, Protocol, ServiceAccessPoint, Shape, Snap};

mod encode;
mod fields;

pub use encode::StpBuilder;

/// What a version 3 length counts before the first instance: the rest of [`StpMst`].
const MST_LEN: usize = 64;
/// Bytes of the message of an instance.
const INSTANCE_LEN: usize = size_of::<StpInstance>();
/// From this on a bridge speaks of instances of the tree.
const MST_VERSION: u8 = 3;
/// A BPDU as long as this has the MST configuration, section 14.4.
const MIN_MST_BPDU: usize = 102;

/// What every message starts with, and all that tells of a changed topology.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct StpHeader {
    pub protocol_identifier: U16,
    pub version: u8,
    pub bpdu_type: u8,
}

impl Default for StpHeader {
    /// The topology changed.
    fn default() -> Self {
        let bpdu_type = BpduType::TOPOLOGY_CHANGE.0;
        Self { protocol_identifier: U16::ZERO, version: 0, bpdu_type }
    }
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BpduType(pub u8);

numbers! {
    BpduType "type {:#04x}" {
        /// The tree as its root wants it.
        CONFIGURATION = 0x00 "config";
        /// The same from a bridge of rapid, multiple or shortest path trees.
        RAPID = 0x02 "rapid";
        /// The topology changed.
        TOPOLOGY_CHANGE = 0x80 "topology change";
    }
}

bitflags! {
    /// Flags of a configuration and of an instance. The two bits of [`StpPortRole`] are among them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct StpFlags: u8 {
        const TOPOLOGY_CHANGE = 0x01;
        const PROPOSAL = 0x02;
        const LEARNING = 0x10;
        const FORWARDING = 0x20;
        const AGREEMENT = 0x40;
        /// Master, in the message of an instance.
        const TOPOLOGY_CHANGE_ACKNOWLEDGMENT = 0x80;
    }
}

/// The role of the port that sent a message, 2 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StpPortRole(pub u8);

numbers! {
    StpPortRole "role {}" {
        /// Master, or unknown.
        MASTER = 0 "master";
        /// Alternate or backup.
        ALTERNATE = 1 "alternate";
        /// Root.
        ROOT = 2 "root";
        /// Designated.
        DESIGNATED = 3 "designated";
    }
}

/// Who a bridge is: its priority, the tree that it speaks of, and its address.
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
pub struct StpBridge {
    pub priority_extension: U16,
    pub address: [u8; 6],
}

impl StpBridge {
    /// Priority, a multiple of 4096.
    pub fn priority(&self) -> u16 {
        self.priority_extension.get() & 0xf000
    }

    /// Writes the priority, its upper 4 bits.
    pub fn set_priority(&mut self, priority: u16) {
        self.priority_extension.set(self.extension() | priority & 0xf000);
    }

    /// System identifier extension, 12 bits: the VLAN or the instance of the tree.
    pub fn extension(&self) -> u16 {
        self.priority_extension.get() & 0x0fff
    }

    /// Writes the system identifier extension, its lower 12 bits.
    pub fn set_extension(&mut self, extension: u16) {
        self.priority_extension.set(self.priority() | extension & 0x0fff);
    }
}

impl fmt::Display for StpBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.address;
        write!(f, "{:04x}.{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}", self.priority_extension)
    }
}

/// The tree, as a bridge sees it. Times are in units of 1/256 second.
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
pub struct StpConfiguration {
    pub flag_bits: u8,
    pub root: StpBridge,
    pub root_path_cost: U32,
    pub bridge: StpBridge,
    pub port: U16,
    pub message_age: U16,
    pub max_age: U16,
    pub hello_time: U16,
    pub forward_delay: U16,
}

impl StpConfiguration {
    /// The flags.
    pub fn flags(&self) -> StpFlags {
        StpFlags::from_bits_truncate(self.flag_bits)
    }

    /// Writes [`flags`](Self::flags): not the two bits of the role.
    pub fn set_flags(&mut self, flags: StpFlags) {
        self.flag_bits = self.flag_bits & !StpFlags::all().bits() | flags.bits() & !0x0c;
    }

    /// The role of the port, in a rapid tree.
    pub fn port_role(&self) -> StpPortRole {
        StpPortRole(self.flag_bits >> 2 & 3)
    }

    /// Writes [`port_role`](Self::port_role), its low 2 bits.
    pub fn set_port_role(&mut self, role: StpPortRole) {
        self.flag_bits = self.flag_bits & !0x0c | (role.0 & 3) << 2;
    }
}

/// The region of a bridge and its place in the tree of the region.
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
pub struct StpMst {
    pub version_3_length: U16,
    pub region: StpRegion,
    pub internal_root_path_cost: U32,
    pub bridge: StpBridge,
    pub remaining_hops: u8,
}

/// MST configuration identifier: bridges with the same are of one region.
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
pub struct StpRegion {
    pub format_selector: u8,
    /// Padded by zeros.
    pub name: [u8; 32],
    pub revision_level: U16,
    pub digest: [u8; 16],
}

/// MSTI configuration message: one instance of the tree.
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
pub struct StpInstance {
    pub flag_bits: u8,
    /// Its extension is the number of the instance.
    pub regional_root: StpBridge,
    pub internal_root_path_cost: U32,
    /// Upper 4 bits: priority of the bridge in this instance, in units of 4096.
    pub bridge_priority: u8,
    /// Upper 4 bits: priority of the port in this instance, in units of 16.
    pub port_priority: u8,
    pub remaining_hops: u8,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stp<'a> {
    pub header: &'a StpHeader,
    /// Not there if the message only tells of a changed topology.
    pub configuration: Option<&'a StpConfiguration>,
    /// 0, in a message of a rapid tree.
    pub version_1_length: Option<u8>,
    /// From version 3 on.
    pub mst: Option<&'a StpMst>,
    /// The instances of the tree.
    pub instances: &'a [StpInstance],
    /// The VLAN whose tree this is, in Cisco's messages.
    pub originating_vlan: Option<u16>,
    /// What is behind all that: of shortest path bridging, or Cisco's records.
    pub rest: &'a [u8],
}

impl<'a> Layer<'a> for Stp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<StpHeader>(bytes)?;
        let mut stp = Self {
            header,
            configuration: None,
            version_1_length: None,
            mst: None,
            instances: &[],
            originating_vlan: None,
            rest: &[],
        };
        if !matches!(stp.bpdu_type(), BpduType::CONFIGURATION | BpduType::RAPID) {
            return Ok(stp);
        }
        let need = size_of::<StpHeader>().saturating_add(size_of::<StpConfiguration>());
        let truncated = Malformed::Truncated { need, have: bytes.len() };
        let (configuration, rest) = split::<StpConfiguration>(rest).map_err(|_| truncated)?;
        stp.configuration = Some(configuration);
        stp.rest = rest;
        if stp.bpdu_type() != BpduType::RAPID {
            return Ok(stp);
        }
        let Some((&version_1_length, rest)) = rest.split_first() else { return Ok(stp) };
        (stp.version_1_length, stp.rest) = (Some(version_1_length), rest);
        let has_mst = header.version >= MST_VERSION && bytes.len() >= MIN_MST_BPDU;
        if has_mst && let Ok((mst, rest)) = split::<StpMst>(rest) {
            let len = usize::from(mst.version_3_length.get()).saturating_sub(MST_LEN);
            let count = len.min(rest.len()) / INSTANCE_LEN;
            let instances = <[StpInstance]>::ref_from_prefix_with_elems(rest, count);
            (stp.mst, stp.rest) = (Some(mst), rest);
            if let Ok((instances, rest)) = instances {
                (stp.instances, stp.rest) = (instances, rest);
            }
        }
        Ok(stp)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let mut stp = Self::parse(bytes)?;
        let snap = outer.parent().and_then(|parent| outer.view::<Snap<'_>>(parent));
        let is_cisco =
            snap.is_some_and(|snap| snap.header.organization_code == Organization::CISCO.0);
        if is_cisco && stp.configuration.is_some() {
            stp.originating_vlan = fields::originating_vlan(stp.rest);
        }
        Ok(stp)
    }

    fn shape(&self) -> Shape {
        Shape { header_len: self.len(), payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bpdu_type())?;
        if let Some(StpConfiguration { root, bridge, root_path_cost, .. }) = self.configuration {
            write!(f, " bridge {bridge} root {root} cost {root_path_cost}")?;
        }
        Ok(())
    }
}

impl Stp<'_> {
    /// What the message says.
    pub fn bpdu_type(&self) -> BpduType {
        BpduType(self.header.bpdu_type)
    }

    /// Bytes of message: all of it belongs to the header.
    fn len(&self) -> usize {
        self.place_of_rest().saturating_add(self.rest.len())
    }

    /// The place of what is behind the instances.
    fn place_of_rest(&self) -> usize {
        size_of::<StpHeader>()
            .saturating_add(self.configuration.map_or(0, |_| size_of::<StpConfiguration>()))
            .saturating_add(self.version_1_length.map_or(0, |_| 1))
            .saturating_add(self.mst.map_or(0, |_| size_of::<StpMst>()))
            .saturating_add(size_of_val(self.instances))
    }
}

impl Header for StpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::STP,
    "stp",
    "Spanning Tree Protocol",
    |bytes, outer| Stp::parse_in(bytes, outer).map(|stp| stp.shape()),
    |bytes, outer, visitor| Stp::parse_in(bytes, outer).map(|stp| visitor(&stp)),
)
.specification("IEEE Std 802.1Q, section 14")
.claims(&[Key::llc_sap(ServiceAccessPoint::STP.0)])
.template(&[0, 0, 0, 0x80]);

#[cfg(test)]
mod tests;
