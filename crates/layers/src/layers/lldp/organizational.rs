//! TLVs that organizations defined for LLDP: IEEE 802.1 (Std 802.1Q, annex D), IEEE 802.3 (Std 802.3,
//! section 79) and the telephones of ANSI/TIA-1057.

use super::LldpDcbx;
use crate::Organization;

pub(super) const IEEE_802_1: Organization = Organization([0x00, 0x80, 0xc2]);
pub(super) const IEEE_802_3: Organization = Organization([0x00, 0x12, 0x0f]);
pub(super) const MEDIA: Organization = Organization([0x00, 0x12, 0xbb]);
/// Edge virtual bridging, before IEEE 802.1Qbg was finished.
pub(super) const EVB: Organization = Organization([0x00, 0x1b, 0x3f]);
pub(super) const PROFINET: Organization = Organization([0x00, 0x0e, 0xcf]);
pub(super) const CISCO: Organization = Organization([0x00, 0x01, 0x42]);
/// Data center bridging, before it became IEEE 802.1's.
pub(super) const DCBX: Organization = Organization([0x00, 0x1b, 0x21]);
pub(super) const IANA: Organization = Organization([0x00, 0x00, 0x5e]);

/// A TLV that an organization defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LldpOrganizational<'a> {
    pub organization: Organization,
    /// Its meaning is the organization's.
    pub subtype: u8,
    pub data: &'a [u8],
}

/// What a TLV of an organization means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LldpMeaning<'a> {
    /// IEEE 802.1: the VLAN of frames without a tag.
    PortVlan(u16),
    /// IEEE 802.1: bit 1 of the flags, whether the port can; bit 2, whether it does.
    PortAndProtocolVlan { flags: u8, vlan: u16 },
    /// IEEE 802.1.
    VlanName { vlan: u16, name: &'a [u8] },
    /// IEEE 802.1: how the frames of a protocol start.
    ProtocolIdentity(&'a [u8]),
    /// IEEE 802.1.
    VidUsageDigest(u32),
    /// IEEE 802.1.
    ManagementVlan(u16),
    /// IEEE 802.1, and 802.3 before that: bit 0 of the status, whether the link can be one of a
    /// group; bit 1, whether it is.
    LinkAggregation { status: u8, port: u32 },
    /// IEEE 802.1: a bit for each priority, whether it is one of notification, and whether both ends are
    /// ready for that.
    CongestionNotification { priorities: u8, ready: u8 },
    /// IEEE 802.1: how bandwidth is shared, as it is or, if `is_recommended`, as it should be.
    TransmissionSelection {
        is_recommended: bool,
        is_willing: bool,
        has_credit_shaper: bool,
        max_classes: u8,
        /// The class of each priority, two in a byte, the upper half first.
        classes: &'a [u8; 4],
        /// Of each class, per cent.
        bandwidths: &'a [u8; 8],
        /// Of each class: 0 strict priority, 1 credit-based shaper, 2 enhanced transmission selection.
        algorithms: &'a [u8; 8],
    },
    /// IEEE 802.1: a bit for each priority that is paused on its own.
    PriorityFlowControl { is_willing: bool, bypasses_macsec: bool, capability: u8, enabled: u8 },
    /// IEEE 802.1: how a bridge and a station of virtual machines deal with each other.
    EdgeVirtualBridging {
        /// Bit 0 whether reflective relay is on, bit 1 whether the bridge can, bit 2 whether its VDP knows
        /// groups.
        bridge: u8,
        /// Bits 0 and 1 whether reflective relay is on, bit 2 whether the station wants it, bit 3 whether
        /// its VDP knows groups.
        station: u8,
        /// How often a message of ECP is sent again.
        max_retries: u8,
        /// A message of ECP is waited for 2 to the power of this times 10 microseconds.
        retransmission_exponent: u8,
        /// 1 is a bridge, 2 a station, 3 a component of several channels.
        mode: u8,
        /// Exponents of the times that answers of VDP may take, and that it keeps alive; whether each is
        /// that of the other side.
        is_delay_remote: bool,
        resource_wait_delay: u8,
        is_keep_alive_remote: bool,
        reinit_keep_alive: u8,
    },
    /// The same in the draft of 2010, which switches sent before: bit 15 standard bridging, bit 14
    /// reflective relay, bits 2, 1 and 0 the exponent, ECP and VDP.
    EdgeVirtualBridgingDraft {
        supported: u16,
        configured: u16,
        /// Virtual stations.
        max_stations: u16,
        stations: u16,
        retransmission_exponent: u8,
    },
    /// Data center bridging, before it became IEEE 802.1's.
    DataCenterBridging(LldpDcbx<'a>),
    /// IEEE 802.1: of each application a byte, whose upper 3 bits are the priority and whose lower 3
    /// bits say what the number behind is: 1 an `EtherType`, 2 a port of TCP or SCTP, 3 of UDP, 4 of any.
    ApplicationPriorities(&'a [[u8; 3]]),
    /// IEEE 802.3: bit 0, whether the port can negotiate; bit 1, whether it does.
    MacPhy { auto_negotiation: u8, advertised: u16, mau_type: u16 },
    /// IEEE 802.3: what is behind came with later editions.
    PowerViaMdi { support: u8, pair: u8, class: u8, extension: &'a [u8] },
    /// IEEE 802.3.
    MaxFrameSize(u16),
    /// IEEE 802.3: how long each side takes to wake, in microseconds.
    EnergyEfficient {
        transmit: u16,
        receive: u16,
        fallback_receive: u16,
        echo_transmit: u16,
        echo_receive: u16,
    },
    /// IEEE 802.3: bits 0 to 2, whether the port can preempt frames, may, and does; bits 3 and 4, how much
    /// is added to the shortest fragment, in 64 bytes.
    AdditionalCapabilities(u16),
    /// Telephones: what a device can tell, and what it is.
    MediaCapabilities { capabilities: u16, class: u8 },
    /// Telephones: where to send media of a kind.
    NetworkPolicy {
        application: u8,
        is_unknown: bool,
        is_tagged: bool,
        vlan: u16,
        priority: u8,
        dscp: u8,
    },
    /// Telephones: 1 is coordinates, 2 a civic address, 3 an emergency number.
    Location { format: u8, data: &'a [u8] },
    /// Telephones: power in units of 0.1 watt.
    MediaPower { kind: u8, source: u8, priority: u8, value: u16 },
    /// Telephones: hardware, firmware and software revision, serial number, manufacturer, model and
    /// asset, by subtypes 5 to 11.
    Inventory { subtype: u8, text: &'a [u8] },
    /// What has no entry here, or not the length of its kind.
    Other,
}

impl<'a> LldpOrganizational<'a> {
    /// What it means.
    pub fn meaning(&self) -> LldpMeaning<'a> {
        let known = match self.organization {
            IEEE_802_1 => ieee_802_1(self.subtype, self.data),
            IEEE_802_3 => ieee_802_3(self.subtype, self.data),
            MEDIA => media(self.subtype, self.data),
            EVB if self.subtype == 0 => evb_draft(self.data),
            DCBX => {
                let dcbx = LldpDcbx { subtype: self.subtype, data: self.data };
                Some(LldpMeaning::DataCenterBridging(dcbx))
            }
            _ => None,
        };
        known.unwrap_or(LldpMeaning::Other)
    }
}

fn ieee_802_1(subtype: u8, data: &[u8]) -> Option<LldpMeaning<'_>> {
    Some(match (subtype, data) {
        (1, &[a, b]) => LldpMeaning::PortVlan(u16::from_be_bytes([a, b])),
        (2, &[flags, a, b]) => {
            LldpMeaning::PortAndProtocolVlan { flags, vlan: u16::from_be_bytes([a, b]) }
        }
        (3, &[a, b, len, ref name @ ..]) => {
            let name = name.get(..len.into())?;
            LldpMeaning::VlanName { vlan: u16::from_be_bytes([a, b]), name }
        }
        (4, &[len, ref identity @ ..]) => {
            LldpMeaning::ProtocolIdentity(identity.get(..len.into())?)
        }
        (5, &[a, b, c, d]) => LldpMeaning::VidUsageDigest(u32::from_be_bytes([a, b, c, d])),
        (6, &[a, b]) => LldpMeaning::ManagementVlan(u16::from_be_bytes([a, b])),
        (7, &[status, a, b, c, d]) => {
            LldpMeaning::LinkAggregation { status, port: u32::from_be_bytes([a, b, c, d]) }
        }
        (8, &[priorities, ready]) => LldpMeaning::CongestionNotification { priorities, ready },
        (9 | 10, [bits, data @ ..]) => {
            let (classes, rest) = data.split_first_chunk()?;
            let (bandwidths, rest) = rest.split_first_chunk()?;
            let is_recommended = subtype == 10;
            LldpMeaning::TransmissionSelection {
                is_recommended,
                is_willing: !is_recommended && bits & 0x80 != 0,
                has_credit_shaper: !is_recommended && bits & 0x40 != 0,
                max_classes: if is_recommended { 0 } else { bits & 7 },
                classes,
                bandwidths,
                algorithms: rest.as_array()?,
            }
        }
        (11, &[bits, enabled]) => LldpMeaning::PriorityFlowControl {
            is_willing: bits & 0x80 != 0,
            bypasses_macsec: bits & 0x40 != 0,
            capability: bits & 15,
            enabled,
        },
        (12, [_, rest @ ..]) => match rest.as_chunks() {
            (applications, []) => LldpMeaning::ApplicationPriorities(applications),
            _ => return None,
        },
        (13, &[bridge, station, retries, mode, keep_alive]) => LldpMeaning::EdgeVirtualBridging {
            bridge,
            station,
            max_retries: retries >> 5,
            retransmission_exponent: retries & 0x1f,
            mode: mode >> 6,
            is_delay_remote: mode & 0x20 != 0,
            resource_wait_delay: mode & 0x1f,
            is_keep_alive_remote: keep_alive & 0x20 != 0,
            reinit_keep_alive: keep_alive & 0x1f,
        },
        _ => return None,
    })
}

fn evb_draft(data: &[u8]) -> Option<LldpMeaning<'_>> {
    let &[a, b, c, d, e, f, g, h, retransmission_exponent] = data else { return None };
    let numbers = [[a, b], [c, d], [e, f], [g, h]].map(u16::from_be_bytes);
    let [supported, configured, max_stations, stations] = numbers;
    Some(LldpMeaning::EdgeVirtualBridgingDraft {
        supported,
        configured,
        max_stations,
        stations,
        retransmission_exponent,
    })
}

fn ieee_802_3(subtype: u8, data: &[u8]) -> Option<LldpMeaning<'_>> {
    Some(match (subtype, data) {
        (1, &[auto_negotiation, a, b, c, d]) => {
            let [advertised, mau_type] = [[a, b], [c, d]].map(u16::from_be_bytes);
            LldpMeaning::MacPhy { auto_negotiation, advertised, mau_type }
        }
        (2, &[support, pair, class, ref extension @ ..]) => {
            LldpMeaning::PowerViaMdi { support, pair, class, extension }
        }
        (3, &[status, a, b, c, d]) => {
            LldpMeaning::LinkAggregation { status, port: u32::from_be_bytes([a, b, c, d]) }
        }
        (4, &[a, b]) => LldpMeaning::MaxFrameSize(u16::from_be_bytes([a, b])),
        (5, &[a, b, c, d, e, f, g, h, i, j]) => {
            let times = [[a, b], [c, d], [e, f], [g, h], [i, j]].map(u16::from_be_bytes);
            let [transmit, receive, fallback_receive, echo_transmit, echo_receive] = times;
            LldpMeaning::EnergyEfficient {
                transmit,
                receive,
                fallback_receive,
                echo_transmit,
                echo_receive,
            }
        }
        (7, &[a, b]) => LldpMeaning::AdditionalCapabilities(u16::from_be_bytes([a, b])),
        _ => return None,
    })
}

fn media(subtype: u8, data: &[u8]) -> Option<LldpMeaning<'_>> {
    Some(match (subtype, data) {
        (1, &[a, b, class]) => {
            LldpMeaning::MediaCapabilities { capabilities: u16::from_be_bytes([a, b]), class }
        }
        (2, &[application, a, b, c]) => {
            let [_, d, e, g] = (u32::from_be_bytes([0, a, b, c]) >> 1).to_be_bytes();
            LldpMeaning::NetworkPolicy {
                application,
                is_unknown: a & 0x80 != 0,
                is_tagged: a & 0x40 != 0,
                vlan: u16::from_be_bytes([d & 0x0f, e]),
                priority: g >> 5,
                dscp: c & 0x3f,
            }
        }
        (3, &[format, ref data @ ..]) => LldpMeaning::Location { format, data },
        (4, &[bits, a, b]) => {
            let (kind, source, priority) = (bits >> 6, bits >> 4 & 3, bits & 15);
            LldpMeaning::MediaPower { kind, source, priority, value: u16::from_be_bytes([a, b]) }
        }
        (5..=11, text) => LldpMeaning::Inventory { subtype, text },
        _ => return None,
    })
}
