//! The elements of IPFIX that a record has, by their numbers in IANA's registry.

use std::net::IpAddr;

use rheos_core::{Side, Timestamp};
use rheos_layers::{IpProtocol, NetflowField};

use super::super::record::is_icmp;
use super::super::{ExportSide, ExportedFlow};
use super::IpfixDirection;
use crate::EndReason;

/// RFC 5103: the same element, of the packets that go back.
const REVERSE: u32 = 29305;

/// What a record of a flow is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) is_ipv6: bool,
    pub(super) transport: Transport,
}

/// What there is to say of the header behind IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// Ports and control bits.
    Tcp,
    /// Ports.
    Ports,
    /// Types and codes.
    Icmp,
    /// Nothing.
    None,
}

/// The number of the first template; 256 is the lowest that there is.
const FIRST_TEMPLATE: u16 = 256;

impl Shape {
    /// All shapes, in the order of the numbers of their templates.
    pub(super) const ALL: [Self; 8] = [
        Self { is_ipv6: false, transport: Transport::Tcp },
        Self { is_ipv6: true, transport: Transport::Tcp },
        Self { is_ipv6: false, transport: Transport::Ports },
        Self { is_ipv6: true, transport: Transport::Ports },
        Self { is_ipv6: false, transport: Transport::Icmp },
        Self { is_ipv6: true, transport: Transport::Icmp },
        Self { is_ipv6: false, transport: Transport::None },
        Self { is_ipv6: true, transport: Transport::None },
    ];

    pub(super) fn of(flow: &ExportedFlow) -> Self {
        let transport = match flow.protocol {
            IpProtocol::TCP => Transport::Tcp,
            _ if flow.has_ports() => Transport::Ports,
            protocol if is_icmp(protocol) => Transport::Icmp,
            _ => Transport::None,
        };
        Self { is_ipv6: flow.source.is_ipv6(), transport }
    }

    /// The number of its template.
    pub(super) fn template(self) -> u16 {
        let place = Self::ALL.iter().position(|shape| *shape == self).unwrap_or_default();
        FIRST_TEMPLATE.saturating_add(u16::try_from(place).unwrap_or_default())
    }
}

/// The number of the template of what the exporter says of itself.
pub(super) const STATISTICS: u16 = FIRST_TEMPLATE + 8;

/// The elements of such a record. The first is its scope.
pub(super) fn statistics() -> [NetflowField; 4] {
    // observationDomainId; exportedMessageTotalCount, exportedFlowRecordTotalCount and
    // exportedOctetTotalCount: RFC 7011, section 4.1.
    [(149, 4), (41, 8), (42, 8), (40, 8)].map(|(element, length)| NetflowField {
        element,
        enterprise: None,
        length,
        is_scope: element == 149,
    })
}

/// An element, and where its value comes from.
struct Element {
    number: u16,
    /// Bytes.
    length: u16,
    value: fn(&ExportedFlow, Side) -> u128,
}

/// Of the flow as a whole. A side is asked for where it depends on who is the source.
const WHOLE: &[Element] = &[
    // flowId
    Element { number: 148, length: 8, value: |flow, _| flow.flow_id.into() },
    // flowStartMilliseconds, flowEndMilliseconds
    Element { number: 152, length: 8, value: |flow, _| milliseconds(flow.stats.started) },
    Element { number: 153, length: 8, value: |flow, _| milliseconds(flow.stats.last_seen) },
    // flowEndReason
    Element { number: 136, length: 1, value: |flow, _| end_reason(flow.end) },
    // protocolIdentifier
    Element { number: 4, length: 1, value: |flow, _| flow.protocol.0.into() },
    // ingressInterface
    Element { number: 10, length: 4, value: |flow, _| flow.state_of_packets.interface.into() },
    // vlanId
    Element {
        number: 58,
        length: 2,
        value: |flow, _| {
            flow.state_of_packets.vlans.iter().flatten().next().copied().map_or(0, u128::from)
        },
    },
    // sourceMacAddress, destinationMacAddress
    Element { number: 56, length: 6, value: |flow, side| mac(flow, side) },
    Element { number: 80, length: 6, value: |flow, side| mac(flow, !side) },
];

/// biflowDirection of RFC 5103: the source is the initiator.
const BIFLOW_DIRECTION: Element = Element { number: 239, length: 1, value: |_, _| 1 };

/// sourceIPv4Address and so on.
const IPV4: &[Element] = &[
    Element { number: 8, length: 4, value: |flow, side| address(flow, side) },
    Element { number: 12, length: 4, value: |flow, side| address(flow, !side) },
];
const IPV6: &[Element] = &[
    Element { number: 27, length: 16, value: |flow, side| address(flow, side) },
    Element { number: 28, length: 16, value: |flow, side| address(flow, !side) },
];

/// sourceTransportPort, destinationTransportPort
const PORTS: &[Element] = &[
    Element { number: 7, length: 2, value: |flow, side| port(flow, side) },
    Element { number: 11, length: 2, value: |flow, side| port(flow, !side) },
];

/// Of each direction.
const DIRECTED: &[Element] = &[
    // octetDeltaCount, packetDeltaCount
    Element { number: 1, length: 8, value: |flow, side| flow.since(side).ip_bytes.into() },
    Element { number: 2, length: 8, value: |flow, side| flow.since(side).packets.into() },
    // ipClassOfService
    Element { number: 5, length: 1, value: |flow, side| said(flow, side).tos.into() },
    // minimumTTL, maximumTTL
    Element { number: 52, length: 1, value: |flow, side| ttl(flow, side).0.into() },
    Element { number: 53, length: 1, value: |flow, side| ttl(flow, side).1.into() },
];

/// tcpControlBits, with two bytes since RFC 7125.
const TCP: &[Element] =
    &[Element { number: 6, length: 2, value: |flow, side| said(flow, side).tcp_flags.into() }];

/// icmpTypeCodeIPv4 and icmpTypeCodeIPv6
const ICMPV4: &[Element] = &[Element { number: 32, length: 2, value: type_and_code }];
const ICMPV6: &[Element] = &[Element { number: 139, length: 2, value: type_and_code }];

fn said(flow: &ExportedFlow, side: Side) -> &ExportSide {
    flow.state_of_packets.side(side)
}

fn ttl(flow: &ExportedFlow, side: Side) -> (u8, u8) {
    said(flow, side).ttl.unwrap_or_default()
}

fn type_and_code(flow: &ExportedFlow, side: Side) -> u128 {
    let (kind, code) = said(flow, side).icmp.unwrap_or_default();
    u16::from_be_bytes([kind, code]).into()
}

/// Milliseconds since 1970; what was before has no number.
fn milliseconds(time: Timestamp) -> u128 {
    u128::try_from(time.as_nanos().div_euclid(1_000_000)).unwrap_or_default()
}

/// RFC 5102, section 5.11.3: 1 idle, 2 active, 3 end of flow detected, 4 forced, 5 lack of resources.
fn end_reason(end: Option<EndReason>) -> u128 {
    match end {
        Some(EndReason::IdleTimeout) => 1,
        None => 2,
        // Who asks for a new connection between the same ports has done with the old one.
        Some(EndReason::Fin | EndReason::Rst | EndReason::PortReuse) => 3,
        Some(EndReason::ForceClosed | EndReason::EndOfInput) => 4,
        Some(EndReason::Evicted) => 5,
    }
}

fn mac(flow: &ExportedFlow, side: Side) -> u128 {
    let [initiator, responder] = flow.state_of_packets.macs.unwrap_or_default();
    let own = if side == Side::Initiator { initiator } else { responder };
    own.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

fn address(flow: &ExportedFlow, side: Side) -> u128 {
    match end(flow, side).ip() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn port(flow: &ExportedFlow, side: Side) -> u128 {
    end(flow, side).port().into()
}

fn end(flow: &ExportedFlow, side: Side) -> std::net::SocketAddr {
    match side {
        Side::Initiator => flow.source,
        Side::Responder => flow.destination,
    }
}

/// Asks for each element of a record, and whether it is of the packets that go back.
fn elements(shape: Shape, direction: IpfixDirection, mut take: impl FnMut(&Element, bool)) {
    let addresses = if shape.is_ipv6 { IPV6 } else { IPV4 };
    let transport = match shape.transport {
        Transport::Tcp => TCP,
        Transport::Icmp if shape.is_ipv6 => ICMPV6,
        Transport::Icmp => ICMPV4,
        Transport::Ports | Transport::None => &[],
    };
    let has_ports = matches!(shape.transport, Transport::Tcp | Transport::Ports);
    let ports = if has_ports { PORTS } else { &[] };
    if direction == IpfixDirection::Biflow {
        take(&BIFLOW_DIRECTION, false);
        // In front: collectors that do not know an element of the way back take it for that of the
        // way there, and keep what comes last.
        [DIRECTED, transport].into_iter().flatten().for_each(|element| take(element, true));
    }
    let lists = [WHOLE, addresses, ports, DIRECTED, transport];
    lists.into_iter().flatten().for_each(|element| take(element, false));
}

/// The fields of the template of records of a shape.
pub(super) fn fields(shape: Shape, direction: IpfixDirection) -> Vec<NetflowField> {
    let mut fields = Vec::new();
    elements(shape, direction, |&Element { number, length, .. }, is_reverse| {
        let enterprise = is_reverse.then_some(REVERSE);
        fields.push(NetflowField { element: number, enterprise, length, is_scope: false });
    });
    fields
}

/// Appends the record of a flow, from this side to the other.
pub(super) fn record(
    flow: &ExportedFlow,
    side: Side,
    direction: IpfixDirection,
    out: &mut Vec<u8>,
) {
    elements(Shape::of(flow), direction, |element, is_reverse| {
        let side = if is_reverse { !side } else { side };
        number((element.value)(flow, side), element.length, out);
    });
}

/// Appends a number of so many bytes.
pub(super) fn number(value: u128, length: u16, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let from = bytes.len().saturating_sub(length.into());
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
}
