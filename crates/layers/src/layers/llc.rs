//! Logical link control, [IEEE Std 802.2](https://standards.ieee.org/ieee/802.2/1048/) section 5.
//!
//! ```text
//!  0         7    8         15   16                  (32)
//! | DSAP  | I/G | SSAP  | C/R | control, 1 or 2 bytes |
//!
//!  control                          16             24
//!  information: numbered data      | N(S)       | 0 | N(R)     | P/F |
//!  supervisory: acknowledgement    | 0000 | S |  01 | N(R)     | P/F |
//!  unnumbered: all else            | MMM | P/F | MM | 11 |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::build::FieldPlace;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, Header, KeyKind};
use crate::{EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

/// The bits of an unnumbered control byte that say which command or response it is.
const MODIFIER: u8 = 0xec;

/// The header on the wire, up to the first byte of the control field.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LlcHeader {
    pub dsap: u8,
    pub ssap: u8,
    pub control: u8,
}

impl Default for LlcHeader {
    /// Unnumbered information between access points of the link layer itself.
    fn default() -> Self {
        Self { dsap: 0, ssap: 0, control: LlcModifier::UI.0 | 3 }
    }
}

impl LlcHeader {
    /// Whether the destination is a group of access points.
    pub fn is_group(&self) -> bool {
        self.dsap & 1 != 0
    }

    /// Writes whether the destination is a group of access points.
    pub fn set_group(&mut self, group: bool) {
        self.dsap = self.dsap & 0xfe | u8::from(group);
    }

    /// Whether this is a response, not a command.
    pub fn is_response(&self) -> bool {
        self.ssap & 1 != 0
    }

    /// Writes whether this is a response, not a command.
    pub fn set_response(&mut self, response: bool) {
        self.ssap = self.ssap & 0xfe | u8::from(response);
    }
}

/// A service access point, with its lowest bit as it is on the wire. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceAccessPoint(pub u8);

numbers! {
    ServiceAccessPoint "{:#04x}" {
        /// The link layer itself.
        NULL = 0x00 "null";
        /// Internet Protocol, version 4, RFC 948.
        IP = 0x06 "IP";
        /// Spanning Tree Protocol.
        STP = 0x42 "STP";
        /// Subnetwork Access Protocol: an identifier of the protocol follows.
        SNAP = 0xaa "SNAP";
        /// Novell IPX.
        IPX = 0xe0 "IPX";
        /// `NetBIOS` frames.
        NETBIOS = 0xf0 "NetBIOS";
        /// ISO network layer protocols, such as IS-IS.
        ISO = 0xfe "ISO";
        /// Every access point.
        GLOBAL = 0xff "global";
    }
}

/// Which unnumbered command or response a frame is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LlcModifier(pub u8);

numbers! {
    LlcModifier "unnumbered {:#04x}" {
        /// Unnumbered information.
        UI = 0x00 "UI";
        /// Disconnected mode.
        DM = 0x0c "DM";
        /// Disconnect.
        DISC = 0x40 "DISC";
        /// Unnumbered acknowledgement.
        UA = 0x60 "UA";
        /// Set asynchronous balanced mode extended.
        SABME = 0x6c "SABME";
        /// Frame reject.
        FRMR = 0x84 "FRMR";
        /// Exchange identification.
        XID = 0xac "XID";
        /// Send the same back.
        TEST = 0xe0 "TEST";
    }
}

/// Which supervisory command or response a frame is, 2 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LlcSupervisory(pub u8);

numbers! {
    LlcSupervisory "supervisory {}" {
        /// Receive ready.
        RR = 0 "RR";
        /// Receive not ready.
        RNR = 1 "RNR";
        /// Reject.
        REJ = 2 "REJ";
    }
}

/// What a control field says. `poll` is the poll bit of a command, the final bit of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LlcControl {
    /// Numbered data.
    Information { send: u8, receive: u8, poll: bool },
    /// Acknowledgement and flow control.
    Supervisory { function: LlcSupervisory, receive: u8, poll: bool },
    /// Data without a number, and the control of the link.
    Unnumbered { modifier: LlcModifier, poll: bool },
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Llc<'a> {
    pub header: &'a LlcHeader,
    /// The second byte of the control field, which unnumbered frames have not.
    pub second_control: Option<u8>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Llc<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<LlcHeader>(bytes)?;
        if header.control & 3 == 3 {
            return Ok(Self { header, second_control: None, payload: rest });
        }
        let Some((&second, payload)) = rest.split_first() else {
            let need = size_of::<LlcHeader>().saturating_add(1);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        Ok(Self { header, second_control: Some(second), payload })
    }

    fn shape(&self) -> Shape {
        let second = usize::from(self.second_control.is_some());
        let header_len = size_of::<LlcHeader>().saturating_add(second);
        // A destination of SNAP alone is no SNAP: the source must be, too, and no response.
        let half_snap = self.destination() == ServiceAccessPoint::SNAP
            && self.header.ssap != ServiceAccessPoint::SNAP.0;
        let next = match self.control() {
            _ if half_snap => Next::End,
            LlcControl::Information { .. }
            | LlcControl::Unnumbered { modifier: LlcModifier::UI, .. } => {
                Next::One(Key::llc_sap(self.header.dsap))
            }
            _ => Next::End,
        };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let LlcHeader { dsap, ssap, control } = *self.header;
        sink.number("llc.dsap", dsap, 0..1);
        sink.number("llc.dsap.sap", dsap >> 1, 0..1);
        sink.flag("llc.dsap.ig", self.header.is_group(), 0..1);
        sink.number("llc.ssap", ssap, 1..2);
        sink.number("llc.ssap.sap", ssap >> 1, 1..2);
        sink.flag("llc.ssap.cr", self.header.is_response(), 1..2);
        let bytes = if self.second_control.is_some() { 2..4 } else { 2..3 };
        // Wireshark reads two bytes as one number, the lower byte first.
        let second = self.second_control.unwrap_or_default();
        sink.number("llc.control", u16::from_le_bytes([control, second]), bytes.clone());
        let poll = if self.header.is_response() { "llc.control.f" } else { "llc.control.p" };
        let polls = |is: bool, sink: &mut dyn FieldSink| {
            // Wireshark has no field for a bit that is not set.
            if is {
                sink.flag(poll, true, bytes.clone());
            }
        };
        match self.control() {
            LlcControl::Information { send, receive, poll } => {
                sink.number("llc.control.n_r", receive, bytes.clone());
                sink.number("llc.control.n_s", send, bytes.clone());
                // Wireshark calls it the poll bit in responses, too.
                if poll {
                    sink.flag("llc.control.p", true, bytes.clone());
                }
                sink.number("llc.control.ftype", 0_u8, bytes);
            }
            LlcControl::Supervisory { function, receive, poll } => {
                sink.number("llc.control.n_r", receive, bytes.clone());
                polls(poll, sink);
                sink.number("llc.control.s_ftype", function.0, bytes.clone());
                sink.number("llc.control.ftype", 1_u8, bytes);
            }
            LlcControl::Unnumbered { modifier, poll } => {
                polls(poll, sink);
                let name = if self.header.is_response() {
                    "llc.control.u_modifier_resp"
                } else {
                    "llc.control.u_modifier_cmd"
                };
                sink.number(name, modifier.0 >> 2, bytes.clone());
                sink.number("llc.control.ftype", 3_u8, bytes);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, destination) = (self.source(), self.destination());
        write!(f, "{source} → {destination} ")?;
        match self.control() {
            LlcControl::Information { send, receive, .. } => write!(f, "I {send} {receive}"),
            LlcControl::Supervisory { function, receive, .. } => write!(f, "{function} {receive}"),
            LlcControl::Unnumbered { modifier, .. } => write!(f, "{modifier}"),
        }
    }
}

impl Llc<'_> {
    /// The access point that the frame is for, with the bit that makes it a group.
    pub fn destination(&self) -> ServiceAccessPoint {
        ServiceAccessPoint(self.header.dsap)
    }

    /// The access point that sent the frame, without the bit that makes it a response.
    pub fn source(&self) -> ServiceAccessPoint {
        ServiceAccessPoint(self.header.ssap & 0xfe)
    }

    /// What the control field says.
    pub fn control(&self) -> LlcControl {
        let first = self.header.control;
        match self.second_control {
            None => LlcControl::Unnumbered {
                modifier: LlcModifier(first & MODIFIER),
                poll: first & 0x10 != 0,
            },
            Some(second) => {
                let (receive, poll) = (second >> 1, second & 1 != 0);
                if first & 1 == 0 {
                    return LlcControl::Information { send: first >> 1, receive, poll };
                }
                let function = LlcSupervisory(first >> 2 & 3);
                LlcControl::Supervisory { function, receive, poll }
            }
        }
    }
}

/// A frame whose control field says this.
#[derive(Clone, Copy, Debug)]
pub struct LlcBuilder {
    /// The access points. Its control byte is that of `control`.
    pub header: LlcHeader,
    pub control: LlcControl,
}

impl Default for LlcBuilder {
    /// Unnumbered information between access points of the link layer itself.
    fn default() -> Self {
        let control = LlcControl::Unnumbered { modifier: LlcModifier::UI, poll: false };
        Self { header: LlcHeader::default(), control }
    }
}

impl Encode for LlcBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend([self.header.dsap, self.header.ssap]);
        self.control.encode(out)
    }
}

impl LlcControl {
    /// Appends the one or two bytes of the field.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let place = |field| FieldPlace::new("llc", field);
        match *self {
            Self::Information { send, receive, poll } => {
                let (send, receive) =
                    (place("N(S)").bits(send, 7)?, place("N(R)").bits(receive, 7)?);
                out.extend([send << 1, receive << 1 | u8::from(poll)]);
            }
            Self::Supervisory { function, receive, poll } => {
                let function = place("supervisory function").bits(function.0, 2)?;
                let receive = place("N(R)").bits(receive, 7)?;
                out.extend([function << 2 | 1, receive << 1 | u8::from(poll)]);
            }
            Self::Unnumbered { modifier, poll } => {
                if modifier.0 & !MODIFIER != 0 {
                    return Err(place("modifier").bad(modifier.0.into()));
                }
                out.push(modifier.0 | u8::from(poll) << 4 | 3);
            }
        }
        Ok(())
    }
}

impl Header for LlcHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Both access points are those of the layer behind.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<LlcHeader>(bytes)?;
    let address = behind.number(header.dsap, |kind| match kind {
        KeyKind::LlcSap(address) => Some(address),
        _ => None,
    });
    if address != header.dsap {
        (header.dsap, header.ssap) = (address, address);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LLC,
    "llc",
    "Logical link control",
    |bytes, outer| Llc::parse_in(bytes, outer).map(|llc| llc.shape()),
    |bytes, outer, visitor| Llc::parse_in(bytes, outer).map(|llc| visitor(&llc)),
)
.specification("IEEE Std 802.2")
.claims(&[Key::ether_type(EtherType::LLC), Key::ether_type(EtherType::JUMBO_LLC)])
.template(&[0, 0, 3])
.next(next);

// tcpdump, 802.1w_rapid_STP.pcap, packet 1, from byte 14; behind it a spanning tree BPDU:
// DSAP 0x42, SSAP 0x42, control 0x03 (Unnumbered Information)
#[cfg(test)]
layer_tests! {
    sample: Llc [0x42, 0x42, 0x03, 0x00, 0x00, 0x02];
    fields: "llc.dsap=66 llc.dsap.sap=33 llc.dsap.ig=0 llc.ssap=66 llc.ssap.sap=33 llc.ssap.cr=0 \
        llc.control=3 llc.control.u_modifier_cmd=0 llc.control.ftype=3";
    edit: LlcHeader, |header| header.set_response(true);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects what tshark 4.0.17 reports of the same control field.
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let text = Llc::parse(bytes).unwrap().to_string();
        let (_, behind) = text.split_once("llc.control=").unwrap();
        assert_eq!(behind, expected);
    }

    #[test]
    fn every_kind_of_control_field_is_told_apart() {
        let information = "llc.control.n_r=2 llc.control.n_s=1";
        check(&[0xf0, 0xf0, 2, 4], &format!("1026 {information} llc.control.ftype=0"));
        check(
            &[0xf0, 0xf0, 2, 5],
            &format!("1282 {information} llc.control.p=1 llc.control.ftype=0"),
        );
        check(
            &[0xf0, 0xf1, 2, 5],
            &format!("1282 {information} llc.control.p=1 llc.control.ftype=0"),
        );
        check(
            &[0xf0, 0xf0, 1, 5],
            "1281 llc.control.n_r=2 llc.control.p=1 llc.control.s_ftype=0 llc.control.ftype=1",
        );
        check(
            &[0xf0, 0xf1, 9, 5],
            "1289 llc.control.n_r=2 llc.control.f=1 llc.control.s_ftype=2 llc.control.ftype=1",
        );
        check(
            &[0xf0, 0xf0, 0x7f],
            "127 llc.control.p=1 llc.control.u_modifier_cmd=27 llc.control.ftype=3",
        );
        check(
            &[0xf0, 0xf1, 0x73],
            "115 llc.control.f=1 llc.control.u_modifier_resp=24 llc.control.ftype=3",
        );
        check(&[0, 1, 0xaf], "175 llc.control.u_modifier_resp=43 llc.control.ftype=3");
    }

    #[test]
    fn a_numbered_frame_needs_a_second_control_byte() {
        let error = Malformed::Truncated { need: 4, have: 3 };
        assert_eq!(Llc::parse(&[0xf0, 0xf0, 1]), Err(error));
        assert_eq!(Llc::parse(&[0xf0, 0xf0, 2]), Err(error));
    }

    #[test]
    fn data_leads_to_its_access_point_and_control_to_nothing() {
        let next = |bytes: &[u8]| Llc::parse(bytes).unwrap().shape().next;
        assert_eq!(next(&[0x42, 0x42, 3]), Next::One(Key::llc_sap(0x42)));
        assert_eq!(next(&[0x42, 0x42, 0x13]), Next::One(Key::llc_sap(0x42)));
        assert_eq!(next(&[0xf0, 0xf0, 2, 4]), Next::One(Key::llc_sap(0xf0)));
        assert_eq!(next(&[0xaa, 0xaa, 3]), Next::One(Key::llc_sap(0xaa)));
        for control in [0xaf, 0xe3, 0x7f] {
            assert_eq!(next(&[0xaa, 0xaa, control]), Next::End);
        }
        assert_eq!(next(&[0xaa, 0xaa, 1, 5]), Next::End);
    }

    #[test]
    fn snap_needs_both_access_points() {
        for source in [0x42, 0xab] {
            assert_eq!(Llc::parse(&[0xaa, source, 3]).unwrap().shape().next, Next::End);
        }
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = LlcHeader { dsap: 0xfe, ssap: 0xf1, control: 3 };
        header.set_group(true);
        header.set_response(false);
        assert_eq!((header.dsap, header.ssap), (0xff, 0xf0));
        assert_eq!((header.is_group(), header.is_response()), (true, false));
    }

    #[test]
    fn every_front_of_a_frame_is_read_or_rejected() {
        for number in 0..=u32::from(u16::MAX) {
            let [_, _, first, second] = number.to_be_bytes();
            let bytes = [second, first, first, second];
            let llc = Llc::parse(&bytes).unwrap();
            assert_eq!(llc.shape().header_len + llc.payload.len(), 4);
            assert!(llc.to_string().contains("llc.control.ftype="));
        }
    }

    #[test]
    fn every_control_field_is_written_as_it_was_read() {
        for number in 0..=u16::MAX {
            let [first, second] = number.to_be_bytes();
            let bytes = [0xf0, 0xf1, first, second];
            let llc = Llc::parse(&bytes).unwrap();
            let mut out = Vec::new();
            LlcBuilder { header: *llc.header, control: llc.control() }.encode(&mut out).unwrap();
            let written = Llc::parse(&out).unwrap();
            assert_eq!((out.len(), written.control()), (llc.shape().header_len, llc.control()));
        }
        let control = LlcControl::Information { send: 128, receive: 0, poll: false };
        let error = EncodeError::TooLarge { layer: "llc", field: "N(S)", value: 128 };
        assert_eq!(control.encode(&mut Vec::new()), Err(error));
        let control = LlcControl::Unnumbered { modifier: LlcModifier(0x10), poll: false };
        assert!(matches!(control.encode(&mut Vec::new()), Err(EncodeError::Malformed { .. })));
    }

    #[test]
    fn a_length_in_front_leads_to_it_and_it_leads_to_snap() {
        let mut out = Vec::new();
        let layers: [&dyn Encode; 5] = [
            &crate::EthernetHeader::default(),
            &crate::VlanHeader::default(),
            &LlcHeader::default(),
            &crate::SnapHeader::default(),
            &crate::Ipv4Header::default(),
        ];
        crate::serialize_layers(&mut out, crate::Fix::all(), &layers, b"data").unwrap();
        assert_eq!(out[12..26], *b"\x81\0\0\0\0\x20\xaa\xaa\x03\0\0\0\x08\0");
        // 28 bytes of headers stand behind the length.
        let result = crate::serialize_layers(&mut out, crate::Fix::all(), &layers, &[0; 1473]);
        let error = EncodeError::TooLarge { layer: "vlan", field: "length", value: 1501 };
        assert_eq!((result, out.len()), (Err(error), 50));
    }
}
