//! Mobility header of Mobile IPv6, [RFC 6275](https://www.rfc-editor.org/rfc/rfc6275) section 6.1.
//!
//! ```text
//!  0               8               16              24             31
//! | payload proto |  header len   |    mh type    |    reserved    |
//! |           checksum            |        message data ...        |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, Header, Outer, PseudoHeader};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

pub use encode::MobilityBuilder;
pub use message::{BindingAckFlags, BindingUpdateFlags, HeartbeatFlags, MobilityMessage};
pub use options::{MobilityOption, MobilityOptions};

mod encode;
mod message;
mod options;
mod rare;

/// The fixed part of the header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct MobilityHeader {
    pub payload_proto: u8,
    pub header_len: u8,
    pub mh_type: u8,
    pub reserved: u8,
    pub checksum: U16,
}

impl Default for MobilityHeader {
    /// A binding refresh request, behind which nothing follows.
    fn default() -> Self {
        Self {
            payload_proto: IpProtocol::NO_NEXT_HEADER.0,
            header_len: 0,
            mh_type: 0,
            reserved: 0,
            checksum: U16::ZERO,
        }
    }
}

/// A message about where a mobile node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mobility<'a> {
    pub header: &'a MobilityHeader,
    /// Message data, which [`message`](Self::message) and [`options`](Self::options) read.
    pub data: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Mobility<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<MobilityHeader>(bytes)?;
        // RFC 6275, section 6.1.1: in units of eight bytes, without the first.
        let need = usize::from(header.header_len).saturating_add(1).saturating_mul(8);
        match rest.split_at_checked(need.saturating_sub(size_of::<MobilityHeader>())) {
            Some((data, payload)) => Ok(Self { header, data, payload }),
            None => Err(Malformed::Truncated { need, have: bytes.len() }),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<MobilityHeader>().saturating_add(self.data.len());
        let next = Next::One(Key::ip_protocol(self.payload_proto()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("mip6.proto", self.header.payload_proto, 0..1);
        sink.number("mip6.hlen", self.header.header_len, 1..2);
        sink.number("mip6.mhtype", self.header.mh_type, 2..3);
        sink.number("mip6.reserved", self.header.reserved, 3..4);
        sink.number("mip6.csum", self.header.checksum, 4..6);
        let (message, len) = MobilityMessage::new(self.header.mh_type, self.data);
        message::fields(&message, self.data, sink);
        let options = self.data.get(len..).unwrap_or_default();
        options::fields(options, size_of::<MobilityHeader>().saturating_add(len), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().name())
    }
}

impl<'a> Mobility<'a> {
    /// What the payload is: nothing, as long as no extension says more.
    pub fn payload_proto(&self) -> IpProtocol {
        IpProtocol(self.header.payload_proto)
    }

    /// Which message it is.
    pub fn mh_type(&self) -> u8 {
        self.header.mh_type
    }

    /// The message, read as its type says.
    pub fn message(&self) -> MobilityMessage<'a> {
        MobilityMessage::new(self.header.mh_type, self.data).0
    }

    /// The options behind the message.
    pub fn options(&self) -> MobilityOptions<'a> {
        let (_, len) = MobilityMessage::new(self.header.mh_type, self.data);
        MobilityOptions::new(self.data.get(len..).unwrap_or_default())
    }
}

impl Header for MobilityHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<MobilityHeader>(bytes)?;
    header.header_len = behind.header_units("header len", 8, 1)?;
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<MobilityHeader>(bytes)?;
    header.payload_proto = behind.ip_protocol(IpProtocol(header.payload_proto)).0;
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let mobility = Mobility::parse(bytes).ok()?;
    let covered = bytes.get(..mobility.shape().header_len)?;
    let sum = PseudoHeader::of(outer)?.sum(IpProtocol::MOBILITY, covered.len());
    let stored = mobility.header.checksum;
    let computed = sum.with(covered).without(stored).checksum().into();
    Some(Checksum { place: 4..6, stored: stored.get().into(), computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MOBILITY,
    "mipv6",
    "Mobility header of Mobile IPv6",
    |bytes, outer| Mobility::parse_in(bytes, outer).map(|mobility| mobility.shape()),
    |bytes, outer, visitor| Mobility::parse_in(bytes, outer).map(|mobility| visitor(&mobility)),
)
.specification("RFC 6275")
.claims(&[Key::ip_protocol(IpProtocol::MOBILITY)])
.template(&[IpProtocol::NO_NEXT_HEADER.0, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths)
.next(next)
.checksum(checksum);

#[cfg(test)]
layer_tests! {
    // tshark -r tcpdump/ipv6_mobility_1.pcap -Y frame.number==6 -x
    sample: Mobility *b"\x3b\x01\x05\0\0\0\x03\xe8\x80\0\x0e\x10\x01\x02\0\0";
    fields: "mip6.proto=59 mip6.hlen=1 mip6.mhtype=5 mip6.reserved=0 mip6.csum=0 \
        mip6.bu.seqnr=1000 mip6.bu.a_flag=1 mip6.bu.h_flag=0 mip6.bu.l_flag=0 mip6.bu.k_flag=0 \
        mip6.bu.m_flag=0 mip6.nemo.bu.r_flag=0 mip6.bu.p_flag=0 mip6.bu.f_flag=0 \
        mip6.bu.t_flag=0 mip6.bu.b_flag=0 mip6.bu.lifetime=3600 mip6.options.padn=01020000 \
        mip6.mobility_opt.len=2 mip6.padn=0000";
    edit: MobilityHeader, |header| header.mh_type = 6;
    bad: [];
}

#[cfg(test)]
mod tests;
