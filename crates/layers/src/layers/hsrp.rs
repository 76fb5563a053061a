//! Cisco's Hot Standby Router Protocol, version 1,
//! [RFC 2281](https://www.rfc-editor.org/rfc/rfc2281) section 5, and version 2, which Cisco never
//! published: a list of TLVs.
//!
//! ```text
//!  0               8               16              24             31
//! |    version    |    op code    |     state     |   hellotime   |  version 1
//! |   holdtime    |   priority    |     group     |   reserved    |
//! |                  authentication data, 8 bytes                 |
//! |                       virtual IP address                      |
//!
//! |     type      |    length     |   value ...                   |  version 2, repeated
//! ```

use std::fmt;
use std::net::IpAddr;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::octet_tlvs::{OctetTlv, OctetTlvs};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// Version 1: the whole message.
const V1_LEN: usize = 20;
/// Version 1: bytes of an advertisement.
const ADVERTISEMENT_LEN: usize = 16;
/// Bytes of value of a group state TLV.
const GROUP_STATE_LEN: u8 = 40;
/// RFC 2281, section 5.1: bytes of authentication data.
const AUTHENTICATION_LEN: usize = 8;
/// Bytes of a digest by MD5.
const DIGEST_LEN: usize = 16;

/// The bytes that every message starts with: version and op code, or type and length of a TLV.
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
pub struct HsrpHeader {
    pub version_or_type: u8,
    pub op_code_or_length: u8,
}

/// What a message is for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsrpOpCode(pub u8);

numbers! {
    HsrpOpCode "op code {}" {
        /// I am here.
        HELLO = 0 "hello";
        /// I want to be active.
        COUP = 1 "coup";
        /// I want to be active no more.
        RESIGN = 2 "resign";
        /// I am here, on an interface without active groups.
        ADVERTISE = 3 "advertise";
    }
}

/// One TLV: all that version 2 is made of, and what authentication by MD5 adds to version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HsrpTlv<'a> {
    /// State of a router in one group.
    GroupState(HsrpGroupState),
    /// How many groups a router is active and passive in.
    InterfaceState { active_groups: u16, passive_groups: u16 },
    /// A password in clear text, padded with zeros.
    TextAuthentication { data: &'a [u8] },
    /// A digest by MD5: algorithm, padding, flags, address, key and digest.
    Md5Authentication { key_id: u32, digest: &'a [u8] },
    /// Any other.
    Unknown { kind: u8, data: &'a [u8] },
}

/// State of a router in one group, version 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HsrpGroupState {
    /// What the message is for.
    pub op_code: HsrpOpCode,
    /// 0 disabled, 1 init, 2 learn, 3 listen, 4 speak, 5 standby, 6 active.
    pub state: u8,
    /// The group.
    pub group: u16,
    /// Hardware address of the sender.
    pub identifier: [u8; 6],
    /// The higher wins.
    pub priority: u32,
    /// Milliseconds between hellos.
    pub hellotime: u32,
    /// Milliseconds that a hello is good for.
    pub holdtime: u32,
    /// The address that the routers share.
    pub virtual_address: IpAddr,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hsrp<'a> {
    pub header: &'a HsrpHeader,
    /// What stands behind the first two bytes.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Hsrp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<HsrpHeader>(bytes)?;
        match (header.version_or_type, header.op_code_or_length) {
            (0, ..=3) | (1, GROUP_STATE_LEN) | (2..=4, 1..) => {}
            (0, code) => return Err(Malformed::Field { name: "op code", value: code.into() }),
            (1..=4, len) => return Err(Malformed::Field { name: "length", value: len.into() }),
            (kind, _) => return Err(Malformed::Field { name: "version", value: kind.into() }),
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<HsrpHeader>();
        let announced = match self.op_code() {
            Some(HsrpOpCode::ADVERTISE) => ADVERTISEMENT_LEN.saturating_sub(header_len),
            Some(_) => V1_LEN.saturating_sub(header_len),
            None => self.header.op_code_or_length.into(),
        };
        let payload_len = self.payload.len().max(announced);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        if self.op_code().is_some() {
            // What is not there is not reported.
            let _ = version_1(&mut reader);
        }
        let start = self.tlvs_at();
        let mut tlvs = OctetTlvs::new(self.bytes, start);
        while let Some(tlv) = reader.sound(tlvs.next(), tlvs.place()) {
            let _ = tlv_fields(&tlv, &mut reader.at(tlv.at).part(tlv.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(op_code) = self.op_code() {
            write!(f, "v1 {op_code}")?;
            return match (op_code, self.payload) {
                (HsrpOpCode::ADVERTISE, _) => Ok(()),
                (_, &[state, _, _, priority, group, ..]) => {
                    write!(f, ", {}, group {group}, prio {priority}", state_name(state.into()))
                }
                _ => Ok(()),
            };
        }
        f.write_str("v2")?;
        self.tlvs().flatten().try_for_each(|tlv| match tlv {
            HsrpTlv::GroupState(HsrpGroupState { op_code, state, group, priority, .. }) => {
                let state = state_name(u16::from(state).saturating_add(V2_STATES));
                write!(f, " {op_code}, {state}, group {group}, prio {priority}")
            }
            _ => Ok(()),
        })
    }
}

/// Added to the states of version 2, which are numbered one by one, to tell them from the others.
const V2_STATES: u16 = 0x100;

/// The name of a state of version 1, or of version 2 with [`V2_STATES`] added.
fn state_name(state: u16) -> &'static str {
    match state {
        0x100 => "disabled",
        0 | 0x101 => "initial",
        1 | 0x102 => "learn",
        2 | 0x103 => "listen",
        4 | 0x104 => "speak",
        8 | 0x105 => "standby",
        16 | 0x106 => "active",
        _ => "unknown state",
    }
}

impl<'a> Hsrp<'a> {
    /// What a message of version 1 is for. In version 2 each [group state](HsrpTlv::GroupState)
    /// has one.
    pub fn op_code(&self) -> Option<HsrpOpCode> {
        let HsrpHeader { version_or_type: version, op_code_or_length: code } = *self.header;
        (version == 0).then_some(HsrpOpCode(code))
    }

    /// The TLVs: of version 2 all there is, of version 1 what stands behind the message.
    pub fn tlvs(&self) -> impl Iterator<Item = Result<HsrpTlv<'a>, Malformed>> + use<'a> {
        let start = self.tlvs_at();
        OctetTlvs::new(self.bytes, start).map(|tlv| tlv.map(|tlv| understand(&tlv)))
    }

    /// The place of the first TLV; nothing follows an advertisement.
    fn tlvs_at(&self) -> usize {
        match self.op_code() {
            Some(HsrpOpCode::ADVERTISE) => self.bytes.len(),
            Some(_) => V1_LEN,
            None => 0,
        }
    }
}

fn version_1(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("hsrp.version")?;
    if HsrpOpCode(reader.u8("hsrp.opcode")?) == HsrpOpCode::ADVERTISE {
        reader.u16("hsrp.adv.tlvtype")?;
        reader.u16("hsrp.adv.tlvlength")?;
        reader.u8("hsrp.adv.state")?;
        reader.u8("hsrp.adv.reserved1")?;
        reader.u16("hsrp.adv.activegrp")?;
        reader.u16("hsrp.adv.passivegrp")?;
        reader.u32("hsrp.adv.reserved2")?;
        return None;
    }
    reader.u8("hsrp.state")?;
    reader.u8("hsrp.hellotime")?;
    reader.u8("hsrp.holdtime")?;
    reader.u8("hsrp.priority")?;
    reader.u8("hsrp.group")?;
    reader.u8("hsrp.reserved")?;
    reader.text("hsrp.auth_data", AUTHENTICATION_LEN)?;
    reader.ipv4("hsrp.virt_ip").map(|_| ())
}

fn understand<'a>(tlv: &OctetTlv<'a>) -> HsrpTlv<'a> {
    let (kind, data) = (tlv.kind, tlv.value);
    let understood = match (kind, data) {
        (1, _) => group_state(data).map(HsrpTlv::GroupState),
        (2, &[a, b, c, d, ..]) => Some(HsrpTlv::InterfaceState {
            active_groups: u16::from_be_bytes([a, b]),
            passive_groups: u16::from_be_bytes([c, d]),
        }),
        (3, _) => Some(HsrpTlv::TextAuthentication { data }),
        (4, &[_, _, _, _, _, _, _, _, a, b, c, d, ref digest @ ..]) => {
            Some(HsrpTlv::Md5Authentication { key_id: u32::from_be_bytes([a, b, c, d]), digest })
        }
        _ => None,
    };
    understood.unwrap_or(HsrpTlv::Unknown { kind, data })
}

fn group_state(data: &[u8]) -> Option<HsrpGroupState> {
    let (&[_, op_code, state, ip_version], rest) = data.split_first_chunk()?;
    let (&group, rest) = rest.split_first_chunk()?;
    let (&identifier, rest) = rest.split_first_chunk()?;
    let (&priority, rest) = rest.split_first_chunk()?;
    let (&hellotime, rest) = rest.split_first_chunk()?;
    let (&holdtime, rest) = rest.split_first_chunk()?;
    let virtual_address = match ip_version {
        4 => IpAddr::from(*rest.first_chunk::<4>()?),
        6 => IpAddr::from(*rest.first_chunk::<16>()?),
        _ => return None,
    };
    Some(HsrpGroupState {
        op_code: HsrpOpCode(op_code),
        state,
        group: u16::from_be_bytes(group),
        identifier,
        priority: u32::from_be_bytes(priority),
        hellotime: u32::from_be_bytes(hellotime),
        holdtime: u32::from_be_bytes(holdtime),
        virtual_address,
    })
}

fn tlv_fields(tlv: &OctetTlv<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match tlv.kind {
        1 => {
            reader.u8("hsrp2.group_state_tlv")?;
            reader.skip(1);
            reader.u8("hsrp2.version")?;
            reader.u8("hsrp2.opcode")?;
            reader.u8("hsrp2.state")?;
            let version = reader.u8("hsrp2.ipversion")?;
            reader.u16("hsrp2.group")?;
            reader.mac("hsrp2.identifier")?;
            reader.u32("hsrp2.priority")?;
            reader.u32("hsrp2.hellotime")?;
            reader.u32("hsrp2.holdtime")?;
            match version {
                4 => reader.ipv4("hsrp2.virt_ip").map(|_| ()),
                6 => reader.ipv6("hsrp2.virt_ip_v6").map(|_| ()),
                _ => None,
            }
        }
        2 => {
            reader.u8("hsrp2.interface_state_tlv")?;
            reader.skip(1);
            reader.u16("hsrp2.active_groups")?;
            reader.u16("hsrp2.passive_groups").map(|_| ())
        }
        3 => {
            reader.u8("hsrp2.text_auth_tlv")?;
            reader.skip(1);
            reader.text("hsrp2.auth_data", AUTHENTICATION_LEN).map(|_| ())
        }
        4 => {
            reader.u8("hsrp2.md5_auth_tlv")?;
            reader.skip(1);
            reader.u8("hsrp2.md5_algorithm")?;
            reader.u8("hsrp2.md5_padding")?;
            reader.u16("hsrp2.md5_flags")?;
            reader.ipv4("hsrp.md5_ip_address")?;
            reader.u32("hsrp2.md5_key_id")?;
            reader.bytes("hsrp2.md5_auth_data", DIGEST_LEN).map(|_| ())
        }
        _ => None,
    }
}

impl Header for HsrpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::HSRP,
    "hsrp",
    "Hot Standby Router Protocol",
    |bytes, outer| Hsrp::parse_in(bytes, outer).map(|hsrp| hsrp.shape()),
    |bytes, outer, visitor| Hsrp::parse_in(bytes, outer).map(|hsrp| visitor(&hsrp)),
)
.specification("RFC 2281")
.role(Role::Application)
.claims(&[Key::udp_port(1985), Key::udp_port(2029)])
.template(b"\0\0\x10\x03\x0a\x64\0\0cisco\0\0\0\0\0\0\0");

// tshark -r erspan-type-ii-2.pcap -Y frame.number==1, of tcpdump's tests.
#[cfg(test)]
layer_tests! {
    sample: Hsrp *b"\0\0\x10\x01\x03\x69\xfe\0cisco\0\0\0\x0a\xc8\x65\x01";
    fields: "hsrp.version=0 hsrp.opcode=0 hsrp.state=16 hsrp.hellotime=1 hsrp.holdtime=3 \
        hsrp.priority=105 hsrp.group=254 hsrp.reserved=0 hsrp.auth_data=cisco \
        hsrp.virt_ip=10.200.101.1";
    edit: HsrpHeader, |header| header.op_code_or_length = HsrpOpCode::COUP.0;
    bad: [0 = 9 => "version" 9, 1 = 4 => "op code" 4];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// tshark -r erspan-type-ii-2.pcap -Y frame.number==3, of tcpdump's tests.
    const V2: &[u8] = b"\x01\x28\x02\0\x06\x04\0\xfe\0\x11\x92\x1a\x17\0\0\0\0\x69\0\0\x03\xe8\
        \0\0\x0b\xb8\x0a\xc8\x64\x01\0\0\0\0\0\0\0\0\0\0\0\0\x03\x08cisco\0\0\0";

    #[track_caller]
    fn check(bytes: &[u8], fields: &str, summary: &str) {
        let hsrp = Hsrp::parse(bytes).unwrap();
        assert_eq!(hsrp.to_string(), fields);
        assert_eq!(fmt::from_fn(|f| hsrp.summary(f)).to_string(), summary);
    }

    #[test]
    fn version_2_is_a_list_of_tlvs() {
        check(
            V2,
            "hsrp2.group_state_tlv=1 hsrp2.version=2 hsrp2.opcode=0 hsrp2.state=6 \
             hsrp2.ipversion=4 hsrp2.group=254 hsrp2.identifier=00:11:92:1a:17:00 \
             hsrp2.priority=105 hsrp2.hellotime=1000 hsrp2.holdtime=3000 \
             hsrp2.virt_ip=10.200.100.1 hsrp2.text_auth_tlv=3 hsrp2.auth_data=cisco",
            "v2 hello, active, group 254, prio 105",
        );
        let tlvs = Hsrp::parse(V2).unwrap().tlvs().collect::<Vec<_>>();
        let [Ok(HsrpTlv::GroupState(state)), Ok(HsrpTlv::TextAuthentication { data })] = tlvs[..]
        else {
            panic!("{tlvs:?}")
        };
        assert_eq!((state.virtual_address.to_string().as_str(), data), ("10.200.100.1", &V2[44..]));
    }

    #[test]
    fn advertisements_and_digests_of_version_1() {
        check(
            b"\0\x03\x01\0\0\x0a\x01\x05\0\x01\0\x02\0\0\0\0",
            "hsrp.version=0 hsrp.opcode=3 hsrp.adv.tlvtype=256 hsrp.adv.tlvlength=10 \
             hsrp.adv.state=1 hsrp.adv.reserved1=5 hsrp.adv.activegrp=1 hsrp.adv.passivegrp=2 \
             hsrp.adv.reserved2=0",
            "v1 advertise",
        );
        let bytes = b"\0\0\x10\x03\x0a\x6e\x01\0\0\0\0\0\0\0\0\0\x0a\0\0\x01\x04\x1c\x01\0\0\0\
            \x0a\0\0\x01\0\0\0\x020123456789abcdef";
        check(
            bytes,
            "hsrp.version=0 hsrp.opcode=0 hsrp.state=16 hsrp.hellotime=3 hsrp.holdtime=10 \
             hsrp.priority=110 hsrp.group=1 hsrp.reserved=0 hsrp.auth_data= \
             hsrp.virt_ip=10.0.0.1 hsrp2.md5_auth_tlv=4 hsrp2.md5_algorithm=1 \
             hsrp2.md5_padding=0 hsrp2.md5_flags=0 hsrp.md5_ip_address=10.0.0.1 \
             hsrp2.md5_key_id=2 hsrp2.md5_auth_data=30313233343536373839616263646566",
            "v1 hello, active, group 1, prio 110",
        );
        let digest = HsrpTlv::Md5Authentication { key_id: 2, digest: b"0123456789abcdef" };
        assert!(Hsrp::parse(bytes).unwrap().tlvs().eq([Ok(digest)]));
    }

    #[test]
    fn a_message_cut_short_shows_what_is_there_and_no_tlvs() {
        let bytes = b"\0\0\x10\x01\x03\x69\xfe\0\x02\x04\0\x01\0";
        let text = Hsrp::parse(bytes).unwrap().to_string();
        assert!(text.ends_with("hsrp.group=254 hsrp.reserved=0"), "{text}");
    }

    #[test]
    fn a_tlv_cut_short_loses_nothing_before_it() {
        let hsrp = Hsrp::parse(&V2[..45]).unwrap();
        let error = Malformed::Truncated { need: 10, have: 3 };
        assert_eq!((hsrp.tlvs().count(), hsrp.tlvs().last()), (2, Some(Err(error))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_u8..5) {
            let bytes = [&[kind, if kind == 1 { 40 } else { kind }][..], &bytes].concat();
            let hsrp = Hsrp::parse(&bytes).unwrap();
            hsrp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(hsrp.tlvs().count() <= bytes.len());
        }
    }
}
