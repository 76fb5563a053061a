//! Enhanced Interior Gateway Routing Protocol,
//! [RFC 7868](https://www.rfc-editor.org/rfc/rfc7868) section 6.
//!
//! ```text
//!  0               8               16                             31
//! |    version    |    opcode     |           checksum            |
//! |                             flags                             |
//! |                        sequence number                        |
//! |                     acknowledgment number                     |
//! |       virtual router ID       |   autonomous system number    |
//! |             type              |            length             |  TLVs
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::prefix::prefix;
use crate::{Checksum, Encode, EncodeError, FieldSink, Header, InternetSum, IpProtocol, Key};
use crate::{Layer, LayerType, Malformed, Next, Outer, Protocol, Shape, Value};

/// Bytes in front of the value of a TLV; the length counts them.
const TLV_HEADER_LEN: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct EigrpHeader {
    pub version: u8,
    pub opcode: u8,
    pub checksum: U16,
    pub flags: U32,
    pub sequence_number: U32,
    pub acknowledgment_number: U32,
    pub virtual_router_id: U16,
    pub autonomous_system: U16,
}

impl Default for EigrpHeader {
    /// A hello.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

/// What a packet is for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EigrpOpcode(pub u8);

numbers! {
    EigrpOpcode "opcode {}" {
        /// Routes that changed.
        UPDATE = 1 "update";
        /// Which routes are there?
        REQUEST = 2 "request";
        /// Who knows a way?
        QUERY = 3 "query";
        /// I know one, or none.
        REPLY = 4 "reply";
        /// I am here, or I got it.
        HELLO = 5 "hello";
        /// A query is still open: are you there?
        SIA_QUERY = 10 "SIA query";
        /// I am.
        SIA_REPLY = 11 "SIA reply";
    }
}

bitflags! {
    /// The flags of a packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EigrpFlags: u32 {
        const INIT = 1;
        const CONDITIONAL_RECEIVE = 2;
        const RESTART = 4;
        const END_OF_TABLE = 8;
    }
}

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EigrpTlv<'a> {
    /// 1 parameters, 2 authentication, 0x102 a route of IPv4, 0x402 one of IPv6…
    pub kind: u16,
    pub value: &'a [u8],
}

impl EigrpTlv<'_> {
    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// It is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.value.len().saturating_add(TLV_HEADER_LEN);
        let error = EncodeError::TooLarge { layer: "eigrp", field: "length", value: len as u64 };
        out.extend_from_slice(&self.kind.to_be_bytes());
        out.extend_from_slice(&u16::try_from(len).map_err(|_| error)?.to_be_bytes());
        out.extend_from_slice(self.value);
        Ok(())
    }
}

/// The TLVs of a packet. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EigrpTlvs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for EigrpTlvs<'a> {
    type Item = Result<EigrpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        let &[a, b, c, d, ref behind @ ..] = bytes else {
            let error = Malformed::Truncated { need: TLV_HEADER_LEN, have: bytes.len() };
            return (!bytes.is_empty()).then_some(Err(error));
        };
        let length = u16::from_be_bytes([c, d]);
        let Some(len) = usize::from(length).checked_sub(TLV_HEADER_LEN) else {
            return Some(Err(Malformed::Field { name: "length", value: length.into() }));
        };
        let Some((value, rest)) = behind.split_at_checked(len) else {
            return Some(Err(Malformed::Truncated { need: length.into(), have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok(EigrpTlv { kind: u16::from_be_bytes([a, b]), value }))
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eigrp<'a> {
    pub header: &'a EigrpHeader,
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Eigrp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<EigrpHeader>(bytes)?;
        if header.version != 2 {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<EigrpHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        // What is not there is not reported.
        let _ = header_fields(&mut reader);
        let mut tlvs = self.tlvs();
        while let Some(tlv) = reader.sound(tlvs.next(), reader.place()) {
            reader.u16("eigrp.tlv_type");
            reader.u16("eigrp.tlv.len");
            let _ = tlv_fields(tlv.kind, &mut reader.part(tlv.value.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, AS {}", self.opcode(), self.header.autonomous_system)
    }
}

impl<'a> Eigrp<'a> {
    /// What the packet is for.
    pub fn opcode(&self) -> EigrpOpcode {
        EigrpOpcode(self.header.opcode)
    }

    /// The flags of the packet.
    pub fn flags(&self) -> EigrpFlags {
        EigrpFlags::from_bits_retain(self.header.flags.get())
    }

    /// The TLVs of the packet.
    pub fn tlvs(&self) -> EigrpTlvs<'a> {
        EigrpTlvs { rest: self.payload }
    }
}

fn header_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("eigrp.version")?;
    reader.u8("eigrp.opcode")?;
    reader.u16("eigrp.checksum")?;
    let flags = reader.u32("eigrp.flags")?.into();
    let bits = [
        ("eigrp.flags.init", 1),
        ("eigrp.flags.condrecv", 2),
        ("eigrp.flags.restart", 4),
        ("eigrp.flags.eot", 8),
    ];
    reader.flags(flags, &bits);
    reader.u32("eigrp.seq")?;
    reader.u32("eigrp.ack")?;
    reader.u16("eigrp.vrid")?;
    reader.u16("eigrp.as").map(drop)
}

fn tlv_fields(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        0x0001 => {
            for name in [
                "eigrp.par.k1",
                "eigrp.par.k2",
                "eigrp.par.k3",
                "eigrp.par.k4",
                "eigrp.par.k5",
                "eigrp.par.k6",
            ] {
                reader.u8(name)?;
            }
            reader.u16("eigrp.par.holdtime").map(drop)
        }
        0x0003 => {
            while !reader.is_empty() {
                match reader.u8("eigrp.seq.addrlen")? {
                    4 => drop(reader.ipv4("eigrp.seq.ipv4addr")?),
                    16 => drop(reader.ipv6("eigrp.seq.ipv6addr")?),
                    _ => return None,
                }
            }
            Some(())
        }
        0x0004 => {
            reader.u16("eigrp.release_version")?;
            reader.u16("eigrp.tlv_version").map(drop)
        }
        0x0102 | 0x0103 => {
            reader.ipv4("eigrp.ipv4.nexthop")?;
            classic_route(kind == 0x0103, false, reader)
        }
        0x0402 | 0x0403 => {
            reader.ipv6("eigrp.ipv6.nexthop")?;
            classic_route(kind == 0x0403, true, reader)
        }
        _ => None,
    }
}

/// A route with a classic metric: what another protocol said of it, metric, networks.
fn classic_route(is_external: bool, is_ipv6: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if is_external {
        reader.ipv4("eigrp.extdata.origrid")?;
        reader.u32("eigrp.extdata.as")?;
        reader.u32("eigrp.extdata.tag")?;
        reader.u32("eigrp.extdata.metric")?;
        reader.u16("eigrp.extdata.reserved")?;
        reader.u8("eigrp.extdata.proto")?;
        let flags = reader.word(1)?;
        reader.flags(flags, &[("eigrp.opaque.flag.ext", 1), ("eigrp.opaque.flag.cd", 2)]);
    }
    reader.u32("eigrp.old_metric.delay")?;
    reader.u32("eigrp.old_metric.bw")?;
    reader.number("eigrp.old_metric.mtu", 3)?;
    reader.u8("eigrp.old_metric.hopcount")?;
    reader.u8("eigrp.old_metric.rel")?;
    reader.u8("eigrp.old_metric.load")?;
    reader.u8("eigrp.old_metric.intag")?;
    let flags = reader.word(1)?;
    let bits = [
        ("eigrp.metric.flags.srcwd", 1),
        ("eigrp.metric.flags.cd", 2),
        ("eigrp.metric.flags.active", 4),
        ("eigrp.metric.flags.repl", 8),
    ];
    reader.flags(flags, &bits);
    while !reader.is_empty() {
        if is_ipv6 {
            network::<16>("eigrp.ipv6.prefixlen", "eigrp.ipv6.destination", reader)?;
        } else {
            network::<4>("eigrp.ipv4.prefixlen", "eigrp.ipv4.destination", reader)?;
        }
    }
    Some(())
}

/// A network: how many bits count, and as many bytes as that needs. One of none has none to show.
fn network<const N: usize>(
    length_name: &'static str,
    name: &'static str,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    let bits = reader.u8(length_name)?;
    let len = usize::from(bits).div_ceil(8);
    let front = reader.rest().get(..len)?;
    if len > N {
        return None;
    }
    let address = prefix::<N>(front, bits);
    reader.skip(len);
    let value = match (address.first_chunk::<16>(), address.first_chunk::<4>()) {
        (Some(&address), _) => Value::Ipv6(address.into()),
        (None, Some(&address)) => Value::Ipv4(address.into()),
        _ => return None,
    };
    if bits > 0 {
        reader.value(name, value);
    }
    Some(())
}

impl Header for EigrpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A packet to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EigrpBuilder<'a> {
    pub header: EigrpHeader,
    pub tlvs: &'a [EigrpTlv<'a>],
}

impl Encode for EigrpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let stored = Eigrp::parse(bytes).ok()?.header.checksum;
    let computed = InternetSum::new().with(bytes).without(stored).checksum().into();
    Some(Checksum { place: 2..4, stored: stored.get().into(), computed, absent: None })
}

const TEMPLATE: &[u8; size_of::<EigrpHeader>()] = b"\x02\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01";

const PROTOCOL: Protocol = Protocol::new(
    LayerType::EIGRP,
    "eigrp",
    "Enhanced Interior Gateway Routing Protocol",
    |bytes, outer| Eigrp::parse_in(bytes, outer).map(|eigrp| eigrp.shape()),
    |bytes, outer, visitor| Eigrp::parse_in(bytes, outer).map(|eigrp| visitor(&eigrp)),
)
.specification("RFC 7868")
.claims(&[Key::ip_protocol(IpProtocol::EIGRP)])
.template(TEMPLATE)
.checksum(checksum);

// A hello, made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: Eigrp *b"\x02\x05\0\0\0\0\0\x08\0\0\0\x01\0\0\0\x02\0\0\0\x64\0\x01\0\x0c\x01\0\x01\0\0\0\0\x0f\
        \0\x04\0\x08\x0f\x02\x01\x02\0\x03\0\x09\x04\x0a\0\0\x01";
    fields: "eigrp.version=2 eigrp.opcode=5 eigrp.checksum=0 eigrp.flags=8 eigrp.flags.init=0 \
        eigrp.flags.condrecv=0 eigrp.flags.restart=0 eigrp.flags.eot=1 eigrp.seq=1 eigrp.ack=2 \
        eigrp.vrid=0 eigrp.as=100 eigrp.tlv_type=1 eigrp.tlv.len=12 eigrp.par.k1=1 \
        eigrp.par.k2=0 eigrp.par.k3=1 eigrp.par.k4=0 eigrp.par.k5=0 eigrp.par.k6=0 \
        eigrp.par.holdtime=15 eigrp.tlv_type=4 eigrp.tlv.len=8 eigrp.release_version=3842 \
        eigrp.tlv_version=258 eigrp.tlv_type=3 eigrp.tlv.len=9 eigrp.seq.addrlen=4 \
        eigrp.seq.ipv4addr=10.0.0.1";
    edit: EigrpHeader, |header| header.autonomous_system.set(7);
    bad: [0 = 1 => "version" 1];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fix, Ipv4Header, serialize_layers};

    /// A packet of one TLV, and what `tshark -T pdml` shows of it.
    #[track_caller]
    fn check(kind: u16, value: &[u8], expected: &str) {
        let tlvs = [EigrpTlv { kind, value }];
        let packet = EigrpBuilder { tlvs: &tlvs, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &packet], b"").unwrap();
        assert_eq!((out[9], InternetSum::new().with(&out[20..]).checksum()), (88, 0));
        let eigrp = Eigrp::parse(&out[20..]).unwrap();
        assert!(eigrp.tlvs().map(Result::unwrap).eq(tlvs));
        let text = eigrp.to_string();
        let found = text.split(' ').skip_while(|field| !field.starts_with("eigrp.tlv.len"));
        assert_eq!(found.skip(1).collect::<Vec<_>>().join(" "), expected);
    }

    const METRIC: &[u8] = b"\0\0\x01\0\0\0\x0a\0\0\x05\xdc\0\xff\x01\0\0";
    const METRIC_FIELDS: &str = "eigrp.old_metric.delay=256 eigrp.old_metric.bw=2560 \
        eigrp.old_metric.mtu=1500 eigrp.old_metric.hopcount=0 eigrp.old_metric.rel=255 \
        eigrp.old_metric.load=1 eigrp.old_metric.intag=0 eigrp.metric.flags.srcwd=0 \
        eigrp.metric.flags.cd=0 eigrp.metric.flags.active=0 eigrp.metric.flags.repl=0";

    #[test]
    fn routes_have_a_metric() {
        check(
            0x102,
            &[&[0; 4], METRIC, b"\x18\x0a\x01\0"].concat(),
            &format!(
                "eigrp.ipv4.nexthop=0.0.0.0 {METRIC_FIELDS} eigrp.ipv4.prefixlen=24 \
                 eigrp.ipv4.destination=10.1.0.0"
            ),
        );
        check(
            0x402,
            &[&[0; 16], METRIC, b"\x20\x20\x01\x0d\xb8"].concat(),
            &format!(
                "eigrp.ipv6.nexthop=:: {METRIC_FIELDS} eigrp.ipv6.prefixlen=32 \
                 eigrp.ipv6.destination=2001:db8::"
            ),
        );
    }

    #[test]
    fn a_length_below_its_header_ends_the_list_instead_of_looping() {
        let bytes = [&TEMPLATE[..], b"\0\x04\0\x04\0\x01\0\x03"].concat();
        let tlvs = Eigrp::parse(&bytes).unwrap().tlvs().collect::<Vec<_>>();
        let error = Malformed::Field { name: "length", value: 3 };
        assert_eq!(tlvs, [Ok(EigrpTlv { kind: 4, value: &[] }), Err(error)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_usize..6) {
            let kind = [1, 3, 4, 0x102, 0x103, 0x403][kind];
            let tlv = [&u16::to_be_bytes(kind)[..], &[0, 40]].concat();
            let bytes = [&TEMPLATE[..], &tlv, &bytes].concat();
            let eigrp = Eigrp::parse(&bytes).unwrap();
            eigrp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(eigrp.tlvs().count() <= bytes.len());
        }
    }
}
