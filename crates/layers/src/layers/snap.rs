//! Subnetwork Access Protocol, [RFC 1042](https://www.rfc-editor.org/rfc/rfc1042) and
//! [IEEE Std 802](https://standards.ieee.org/ieee/802/6800/) section 9.2.
//!
//! ```text
//!  0                        24                39
//! | organization code      | protocol         |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Protocol;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, Header, KeyKind};
use crate::{EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next, Organization};
use crate::{ServiceAccessPoint, Shape};

/// RFC 1042: the protocol is an Ethernet type.
const ENCAPSULATED_ETHERNET: u32 = 0x00_0000;
/// IEEE Std 802.1H: the same, for protocols that bridges must not take for those of RFC 1042.
const BRIDGE_TUNNEL: u32 = 0x00_00f8;
/// RFC 2684, section 5.2: the protocol is the kind of a bridged frame.
const BRIDGED: u32 = 0x00_80c2;
/// RFC 2684, section 5.2: a bridged Ethernet frame with its frame check sequence.
const ETHERNET_WITH_FCS: u16 = 0x0001;
/// RFC 2684, section 5.2: a bridged Ethernet frame without its frame check sequence.
const ETHERNET: u16 = 0x0007;
/// RFC 2684, section 5.2: a message of bridges among themselves.
const BPDU: u16 = 0x000e;
/// Cisco's protocols.
const CISCO: u32 = 0x00_000c;
/// Cisco's spanning tree for each VLAN.
const PVST: u16 = 0x010b;

/// RFC 2684, section 5.2: zeros in front of a bridged frame, which align what follows its addresses.
const PADDING_LEN: usize = 2;
/// IEEE Std 802.3, section 3.2.9: length of a frame check sequence.
const FCS_LEN: usize = 4;

/// The header on the wire.
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
pub struct SnapHeader {
    pub organization_code: [u8; 3],
    pub protocol: U16,
}

/// The protocol of a frame, and its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snap<'a> {
    pub header: &'a SnapHeader,
    /// What stands in front of a bridged Ethernet frame, and is empty otherwise.
    pub padding: &'a [u8],
    pub payload: &'a [u8],
    /// The check value of a bridged Ethernet frame that kept it.
    pub frame_check_sequence: Option<&'a [u8; FCS_LEN]>,
}

impl<'a> Layer<'a> for Snap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<SnapHeader>(bytes)?;
        let plain = Self { header, padding: &[], payload: rest, frame_check_sequence: None };
        if !matches!(plain.kind(), (BRIDGED, ETHERNET | ETHERNET_WITH_FCS)) {
            return Ok(plain);
        }
        let Some((padding, frame)) = rest.split_at_checked(PADDING_LEN) else {
            let need = size_of::<SnapHeader>().saturating_add(PADDING_LEN);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let checked = plain.protocol() == ETHERNET_WITH_FCS;
        match frame.split_last_chunk::<FCS_LEN>().filter(|_| checked) {
            Some((payload, fcs)) => {
                Ok(Self { header, padding, payload, frame_check_sequence: Some(fcs) })
            }
            None => Ok(Self { padding, payload: frame, ..plain }),
        }
    }

    fn shape(&self) -> Shape {
        let next = match self.kind() {
            (ENCAPSULATED_ETHERNET | BRIDGE_TUNNEL, number) => Key::ether_type(EtherType(number)),
            (BRIDGED, ETHERNET | ETHERNET_WITH_FCS) => Key::ether_type(EtherType::BRIDGING),
            (BRIDGED, BPDU) | (CISCO, PVST) => Key::llc_sap(ServiceAccessPoint::STP.0),
            (_, number) => Key::snap(Organization(self.header.organization_code), number),
        };
        self.shape_before(Next::One(next))
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("llc.oui", self.organization_code(), 0..3);
        sink.number(self.protocol_name(), self.protocol(), 3..5);
        if let Some(fcs) = self.frame_check_sequence {
            let start = self.header_len().saturating_add(self.payload.len());
            let fcs = U32::from_bytes(*fcs);
            sink.number("eth.fcs", fcs, start..start.saturating_add(FCS_LEN));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ether_type() {
            Some(ether_type) => write!(f, "{ether_type}"),
            None => write!(f, "{:#08x} {:#06x}", self.organization_code(), self.protocol()),
        }
    }
}

impl Snap<'_> {
    /// The organization that assigned the protocol's number, 24 bits.
    pub fn organization_code(&self) -> u32 {
        let [a, b, c] = self.header.organization_code;
        u32::from_be_bytes([0, a, b, c])
    }

    /// The protocol's number, among those of its organization.
    pub fn protocol(&self) -> u16 {
        self.header.protocol.get()
    }

    /// The protocol, where its number is an Ethernet type.
    pub fn ether_type(&self) -> Option<EtherType> {
        match self.kind() {
            (ENCAPSULATED_ETHERNET | BRIDGE_TUNNEL, number) => Some(EtherType(number)),
            _ => None,
        }
    }

    fn kind(&self) -> (u32, u16) {
        (self.organization_code(), self.protocol())
    }

    fn header_len(&self) -> usize {
        size_of::<SnapHeader>().saturating_add(self.padding.len())
    }

    fn shape_before(&self, next: Next) -> Shape {
        let trailer_len = self.frame_check_sequence.map_or(0, |fcs| fcs.len());
        Shape { header_len: self.header_len(), payload_len: self.payload.len(), trailer_len, next }
    }

    /// Wireshark's name for the protocol: one for each organization that it knows.
    fn protocol_name(&self) -> &'static str {
        match self.organization_code() {
            ENCAPSULATED_ETHERNET | BRIDGE_TUNNEL | 0x00_5043 => "llc.type",
            CISCO => "llc.cisco_pid",
            0x00_005e => "llc.iana_pid",
            0x00_0081 => "llc.nortel_pid",
            0x00_01e8 => "llc.force10_pid",
            0x00_1090 => "llc.cimetrics_pid",
            0x00_17f2 => "llc.apple_awdl_pid",
            0x00_1958 => "llc.bluetooth_pid",
            0x00_4096 => "llc.wlccp_pid",
            0x00_805f => "llc.hpteam_pid",
            0x00_e02b => "llc.extreme_pid",
            0x00_e052 => "llc.foundry_pid",
            0x08_0007 => "llc.apple_atalk_pid",
            _ => "llc.pid",
        }
    }
}

/// A header in front of a bridged Ethernet frame, [RFC 2684](https://www.rfc-editor.org/rfc/rfc2684)
/// section 5.2: zeros follow it, and a check value the frame, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct SnapBridgedBuilder {
    pub frame_check_sequence: Option<[u8; FCS_LEN]>,
}

impl Encode for SnapBridgedBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let has_fcs = self.frame_check_sequence.is_some();
        let protocol = if has_fcs { ETHERNET_WITH_FCS } else { ETHERNET };
        let organization_code = Organization::IEEE_802_1.0;
        SnapHeader { organization_code, protocol: protocol.into() }.encode(out)?;
        out.extend([0; PADDING_LEN]);
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(self.frame_check_sequence.into_iter().flatten());
        Ok(())
    }
}

impl Header for SnapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The number that leads to the layer behind: the one that is there, or else an Ethernet type, or
/// else one of another organization.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<SnapHeader>(bytes)?;
    let claims = behind.child.map_or(&[][..], |child| child.claims);
    if claims.is_empty() || key(*header).is_some_and(|given| claims.contains(&given)) {
        return Ok(());
    }
    let number = |key: &Key| match key.kind() {
        KeyKind::EtherType(EtherType::BRIDGING) => Some((Organization::IEEE_802_1, ETHERNET)),
        KeyKind::EtherType(number) => Some((Organization::ENCAPSULATED_ETHERNET, number.0)),
        KeyKind::Snap(organization, number) => Some((organization, number)),
        _ => None,
    };
    if let Some((organization, number)) = claims.iter().find_map(number) {
        header.organization_code = organization.0;
        header.protocol.set(number);
    }
    Ok(())
}

/// The key that a header publishes.
fn key(header: SnapHeader) -> Option<Key> {
    let snap = Snap { header: &header, padding: &[], payload: &[], frame_check_sequence: None };
    match snap.shape().next {
        Next::One(key) => Some(key),
        _ => None,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SNAP,
    "snap",
    "Subnetwork Access Protocol",
    |bytes, outer| Snap::parse_in(bytes, outer).map(|snap| snap.shape()),
    |bytes, outer, visitor| Snap::parse_in(bytes, outer).map(|snap| visitor(&snap)),
)
.specification("IEEE Std 802")
.claims(&[Key::llc_sap(ServiceAccessPoint::SNAP.0)])
.template(&[0; size_of::<SnapHeader>()])
.next(next);

// tcpdump, rpvstp-trunk-native-vid5.pcap, packet 1, from byte 17; behind it Cisco's DTP:
// SNAP, OUI 0x00000C (Cisco Systems, Inc), PID 0x2004
#[cfg(test)]
layer_tests! {
    sample: Snap [0x00, 0x00, 0x0c, 0x20, 0x04, 0x01];
    fields: "llc.oui=12 llc.cisco_pid=8196";
    edit: SnapHeader, |header| header.protocol.set(0x2000);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], fields: &str, next: Next) {
        let snap = Snap::parse(bytes).unwrap();
        assert_eq!((snap.to_string().as_str(), snap.shape().next), (fields, next));
    }

    #[test]
    fn the_organization_says_what_the_protocol_is() {
        let ether_type = |number| Next::One(Key::ether_type(EtherType(number)));
        let other = |code, number| Next::One(Key::snap(Organization(code), number));
        let stp = Next::One(Key::llc_sap(0x42));
        check(&[0, 0, 0, 8, 0], "llc.oui=0 llc.type=2048", ether_type(0x0800));
        check(&[0, 0, 0xf8, 0x80, 0xf3], "llc.oui=248 llc.type=33011", ether_type(0x80f3));
        check(&[0, 0x80, 0xc2, 0, 7, 0, 0], "llc.oui=32962 llc.pid=7", ether_type(0x6558));
        check(&[0, 0x80, 0xc2, 0, 14], "llc.oui=32962 llc.pid=14", stp);
        check(&[0, 0, 12, 1, 11], "llc.oui=12 llc.cisco_pid=267", stp);
        check(
            &[8, 0, 7, 0x80, 0x9b],
            "llc.oui=524295 llc.apple_atalk_pid=32923",
            other([8, 0, 7], 0x809b),
        );
        check(
            &[0x12, 0x34, 0x56, 0xab, 0xcd],
            "llc.oui=1193046 llc.pid=43981",
            other([0x12, 0x34, 0x56], 0xabcd),
        );
    }

    #[test]
    fn a_bridged_frame_stands_between_padding_and_check_value() {
        let bytes = b"\0\x80\xc2\0\x01\0\0frame\x11\x22\x33\x44";
        let snap = Snap::parse(bytes).unwrap();
        assert_eq!((snap.padding, snap.payload), (&b"\0\0"[..], &b"frame"[..]));
        assert_eq!(snap.frame_check_sequence, Some(&[0x11, 0x22, 0x33, 0x44]));
        let shape = snap.shape();
        assert_eq!((shape.header_len, shape.payload_len, shape.trailer_len), (7, 5, 4));
        assert!(snap.to_string().ends_with("eth.fcs=287454020"));
    }

    #[test]
    fn a_bridged_frame_without_check_value_runs_to_the_end() {
        let snap = Snap::parse(b"\0\x80\xc2\0\x07\0\0frame\x11\x22\x33\x44").unwrap();
        assert_eq!((snap.payload.len(), snap.frame_check_sequence), (9, None));
        let short = Snap::parse(b"\0\x80\xc2\0\x01\0\0abc").unwrap();
        assert_eq!((short.payload, short.frame_check_sequence), (&b"abc"[..], None));
    }

    #[test]
    fn padding_cut_short_is_truncated() {
        let error = Malformed::Truncated { need: 7, have: 6 };
        assert_eq!(Snap::parse(b"\0\x80\xc2\0\x07\0"), Err(error));
    }

    #[test]
    fn a_bridged_frame_is_built_with_its_check_value() {
        let fcs = Some(*b"\x01\x02\x03\x04");
        let snap = SnapBridgedBuilder { frame_check_sequence: fcs };
        let mut out = Vec::new();
        let ethernet =
            crate::EthernetHeader { type_or_length: 0x88b5.into(), ..Default::default() };
        let layers: [&dyn Encode; 2] = [&snap, &ethernet];
        crate::serialize_layers(&mut out, crate::Fix::all(), &layers, b"data").unwrap();
        let read = Snap::parse(&out).unwrap();
        assert_eq!((read.payload.len(), read.frame_check_sequence), (18, fcs.as_ref()));
        assert_eq!(out[..7], *b"\0\x80\xc2\0\x01\0\0");
    }

    #[test]
    fn the_number_of_the_layer_behind_is_written_unless_one_leads_there() {
        #[track_caller]
        fn check(given: [u8; 5], child: &'static Protocol, expected: [u8; 5]) {
            let mut bytes = given;
            let behind = Behind {
                layer: "snap",
                header_len: 5,
                payload_len: 0,
                trailer_len: 0,
                child: Some(child),
            };
            next(&mut bytes, &behind).unwrap();
            assert_eq!(bytes, expected);
        }
        let (ipv4, ethernet) = (crate::Ipv4::PROTOCOL, crate::Ethernet::PROTOCOL);
        check([1, 2, 3, 4, 5], ipv4, [0, 0, 0, 8, 0]);
        check([0, 0, 0xf8, 8, 0], ipv4, [0, 0, 0xf8, 8, 0]);
        check([0, 0, 0, 0, 0], ethernet, [0, 0x80, 0xc2, 0, 7]);
        check([0, 0x80, 0xc2, 0, 1], ethernet, [0, 0x80, 0xc2, 0, 1]);
        check([1, 2, 3, 4, 5], crate::Udp::PROTOCOL, [1, 2, 3, 4, 5]);
    }
}
