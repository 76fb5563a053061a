//! Transmission Control Protocol, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293).
//!
//! ```text
//!  0           4          8      16                               31
//! |          source port          |        destination port        |
//! |                        sequence number                         |
//! |                     acknowledgment number                      |
//! |data offset| reserved |  flags |             window             |
//! |           checksum            |         urgent pointer         |
//! |                          options ...                           |
//! ```

use std::fmt;
use std::ops::Range;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use self::encode::TcpBuilder;
pub use self::mptcp::{
    MptcpCapableFlags, MptcpDataFlags, MptcpMapping, MptcpOption, MptcpResetFlags,
};
pub use self::options::{SackBlock, TcpOption, TcpOptions};
use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, Header, KeyKind, Outer, PseudoHeader};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

mod encode;
mod mptcp;
mod mptcp_encode;
mod mptcp_fields;
mod options;
mod settings;

/// RFC 9293, section 3.1: four bits hold the length of the header, in words of four bytes.
const MAX_DATA_OFFSET: u8 = 15;

/// The header on the wire, without its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct TcpHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub sequence_number: U32,
    pub acknowledgment_number: U32,
    pub data_offset: u8,
    pub flags: u8,
    pub window: U16,
    pub checksum: U16,
    pub urgent_pointer: U16,
}

impl Default for TcpHeader {
    /// A segment without options, from and to no port.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl TcpHeader {
    /// Bytes of header, options included: four times the data offset, which shares its byte with
    /// four of the control bits.
    pub fn header_len(&self) -> u8 {
        (self.data_offset & 0xf0) >> 2
    }

    /// Writes the bytes of header, options included: a multiple of four up to 60.
    pub fn set_header_len(&mut self, len: u8) {
        self.data_offset = self.data_offset & 0x0f | (len & 0x3c) << 2;
    }

    /// The control bits, reserved ones too.
    #[inline]
    pub fn control_bits(&self) -> TcpFlags {
        TcpFlags::from_bits_retain(u16::from_be_bytes([self.data_offset & 0x0f, self.flags]))
    }

    /// Writes the control bits, all twelve.
    pub fn set_control_bits(&mut self, flags: TcpFlags) {
        let [high, low] = flags.bits().to_be_bytes();
        self.data_offset = self.data_offset & 0xf0 | high & 0x0f;
        self.flags = low;
    }
}

bitflags! {
    /// The control bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct TcpFlags: u16 {
        const FIN = 0x001;
        const SYN = 0x002;
        const RST = 0x004;
        const PSH = 0x008;
        const ACK = 0x010;
        const URG = 0x020;
        const ECE = 0x040;
        const CWR = 0x080;
        /// Accurate ECN, RFC 9768.
        const AE = 0x100;
        /// The bits without a meaning yet.
        const RESERVED = 0xe00;
    }
}

impl fmt::Display for TcpFlags {
    /// Writes the names of the bits that are set, as in `SYN, ACK`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (name, flag) in Self::all().iter_names() {
            if self.intersects(flag) {
                write!(f, "{comma}{name}")?;
                comma = ", ";
            }
        }
        Ok(())
    }
}

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tcp<'a> {
    pub header: &'a TcpHeader,
    /// The options, undivided; see [`Tcp::options`].
    pub option_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Tcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<TcpHeader>(bytes)?;
        let words = header.data_offset >> 4;
        let header_len = usize::from(words) * 4;
        if header_len < size_of::<TcpHeader>() {
            return Err(Malformed::Field { name: "data offset", value: words.into() });
        }
        let Some((front, payload)) = bytes.split_at_checked(header_len) else {
            return Err(Malformed::Truncated { need: header_len, have: bytes.len() });
        };
        let option_bytes = front.get(size_of::<TcpHeader>()..).unwrap_or_default();
        Ok(Self { header, option_bytes, payload })
    }

    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "lengths of parts of one slice")]
    fn shape(&self) -> Shape {
        let header_len = size_of::<TcpHeader>() + self.option_bytes.len();
        let next =
            Next::Either(Key::tcp_port(self.destination_port()), Key::tcp_port(self.source_port()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("tcp.srcport", self.source_port(), 0..2);
        sink.number("tcp.dstport", self.destination_port(), 2..4);
        sink.number("tcp.seq_raw", self.sequence_number(), 4..8);
        sink.number("tcp.ack_raw", self.acknowledgment_number(), 8..12);
        sink.number("tcp.hdr_len", self.header.header_len(), 12..13);
        let flags = self.flags();
        sink.number("tcp.flags", flags.bits(), 12..14);
        sink.flag("tcp.flags.res", flags.intersects(TcpFlags::RESERVED), 12..13);
        sink.flag("tcp.flags.ae", flags.contains(TcpFlags::AE), 12..13);
        sink.flag("tcp.flags.cwr", flags.contains(TcpFlags::CWR), 13..14);
        sink.flag("tcp.flags.ece", flags.contains(TcpFlags::ECE), 13..14);
        sink.flag("tcp.flags.urg", flags.contains(TcpFlags::URG), 13..14);
        sink.flag("tcp.flags.ack", flags.contains(TcpFlags::ACK), 13..14);
        sink.flag("tcp.flags.push", flags.contains(TcpFlags::PSH), 13..14);
        sink.flag("tcp.flags.reset", flags.contains(TcpFlags::RST), 13..14);
        sink.flag("tcp.flags.syn", flags.contains(TcpFlags::SYN), 13..14);
        sink.flag("tcp.flags.fin", flags.contains(TcpFlags::FIN), 13..14);
        sink.number("tcp.window_size_value", self.header.window, 14..16);
        sink.number("tcp.checksum", self.header.checksum, 16..18);
        sink.number("tcp.urgent_pointer", self.header.urgent_pointer, 18..20);
        options::fields(self.option_bytes, size_of::<TcpHeader>(), sink);
    }

    fn faults(&self, sink: &mut dyn FieldSink) {
        options::fields(self.option_bytes, size_of::<TcpHeader>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to, flags) = (self.source_port(), self.destination_port(), self.flags());
        write!(f, "{from} → {to} [{flags}] seq {}", self.sequence_number())?;
        if flags.contains(TcpFlags::ACK) {
            write!(f, " ack {}", self.acknowledgment_number())?;
        }
        write!(f, " win {} len {}", self.window(), self.payload.len())
    }
}

impl<'a> Tcp<'a> {
    /// Source port.
    pub fn source_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        self.header.destination_port.get()
    }

    /// Number of the first byte of the payload, or of the SYN.
    pub fn sequence_number(&self) -> u32 {
        self.header.sequence_number.get()
    }

    /// Number of the byte that is expected next.
    pub fn acknowledgment_number(&self) -> u32 {
        self.header.acknowledgment_number.get()
    }

    /// The control bits, reserved ones too.
    pub fn flags(&self) -> TcpFlags {
        self.header.control_bits()
    }

    /// Bytes that the sender takes, yet to be scaled but in a SYN.
    pub fn window(&self) -> u16 {
        self.header.window.get()
    }

    /// Place of the byte behind the urgent data, from the sequence number on; only with URG.
    pub fn urgent_pointer(&self) -> u16 {
        self.header.urgent_pointer.get()
    }

    /// The options, one by one.
    pub fn options(&self) -> TcpOptions<'a> {
        TcpOptions::new(self.option_bytes)
    }

    /// By how many bits the sender shifts its windows, if an option says so. As in
    /// [`options`](Self::options), without reading the others: what a SYN is asked for most.
    pub fn window_scale(&self) -> Option<u8> {
        options::window_scale(self.option_bytes)
    }
}

/// The `len` bytes that start `from` bytes behind `at`.
fn span(at: usize, from: usize, len: usize) -> Range<usize> {
    let start = at.saturating_add(from);
    start..start.saturating_add(len)
}

impl Header for TcpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A data offset of five words: no options.
const TEMPLATE: [u8; size_of::<TcpHeader>()] =
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 0];

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<TcpHeader>(bytes)?;
    let words: u8 = behind.header_units("data offset", 4, 0)?;
    if words > MAX_DATA_OFFSET {
        let (layer, field, value) = (behind.layer, "data offset", words.into());
        return Err(EncodeError::TooLarge { layer, field, value });
    }
    header.set_header_len(words << 2);
    // The header of a tunnel that is TCP's in form only: it has the length there, and an offset of 0.
    if behind.is_before(LayerType::STT) && header.sequence_number.get() == 0 {
        let frame_length: u16 = behind.fit("STT frame length", behind.payload_len)?;
        header.sequence_number.set(u32::from(frame_length) << 16);
    }
    Ok(())
}

/// Leads to the layer behind by a port of its own, if no port was given.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<TcpHeader>(bytes)?;
    if (header.source_port.get(), header.destination_port.get()) == (0, 0) {
        let port = behind.number(0, |kind| match kind {
            KeyKind::TcpPort(port) => Some(port),
            _ => None,
        });
        header.destination_port.set(port);
    }
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let stored = Tcp::parse(bytes).ok()?.header.checksum;
    let sum = PseudoHeader::of(outer)?.sum(IpProtocol::TCP, bytes.len());
    let computed = sum.with(bytes).without(stored).checksum().into();
    Some(Checksum { place: 16..18, stored: stored.get().into(), computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TCP,
    "tcp",
    "Transmission Control Protocol",
    |bytes, outer| Tcp::parse_in(bytes, outer).map(|tcp| tcp.shape()),
    |bytes, outer, visitor| Tcp::parse_in(bytes, outer).map(|tcp| visitor(&tcp)),
)
.specification("RFC 9293")
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::TCP)])
.template(&TEMPLATE)
.lengths(lengths)
.next(next)
.checksum(checksum)
.settings(&[settings::SETTINGS]);

// tshark -r mptcp-aa-v1.pcap -Y frame.number==3 (tcpdump's test captures)
#[cfg(test)]
layer_tests! {
    sample: Tcp *b"\xcc\x36\xd9\x03\x26\xef\x67\x17\0\0\0\0\xb0\x02\xfa\xf0\x7c\xfd\0\0\
        \x02\x04\x05\xb4\x04\x02\x08\x0a\x7b\x66\x49\x1f\0\0\0\0\x01\x03\x03\x07\x1e\x04\x01\x01";
    fields: "tcp.srcport=52278 tcp.dstport=55555 tcp.seq_raw=653223703 tcp.ack_raw=0 \
        tcp.hdr_len=44 tcp.flags=2 tcp.flags.res=0 tcp.flags.ae=0 tcp.flags.cwr=0 tcp.flags.ece=0 \
        tcp.flags.urg=0 tcp.flags.ack=0 tcp.flags.push=0 tcp.flags.reset=0 tcp.flags.syn=1 \
        tcp.flags.fin=0 tcp.window_size_value=64240 tcp.checksum=31997 tcp.urgent_pointer=0 \
        tcp.options=020405b40402080a7b66491f00000000010303071e040101 \
        tcp.option_kind=2 tcp.option_len=4 tcp.options.mss_val=1460 \
        tcp.option_kind=4 tcp.option_len=2 \
        tcp.option_kind=8 tcp.option_len=10 tcp.options.timestamp.tsval=2070300959 \
        tcp.options.timestamp.tsecr=0 \
        tcp.option_kind=1 \
        tcp.option_kind=3 tcp.option_len=3 tcp.options.wscale.shift=7 \
        tcp.options.wscale.multiplier=128 \
        tcp.option_kind=30 tcp.option_len=4 tcp.options.mptcp.subtype=0 \
        tcp.options.mptcp.version=1 tcp.options.mptcp.flags=1 \
        tcp.options.mptcp.checksumreq.flags=0 tcp.options.mptcp.extensibility.flag=0 \
        tcp.options.mptcp.nomoresubflows.flag=0 tcp.options.mptcp.sha256.flag=1 \
        tcp.options.mptcp.reserved.flag=0";
    edit: TcpHeader, |header| header.set_control_bits(TcpFlags::RST | TcpFlags::AE);
    bad: [12 = 0x40 => "data offset" 4, 12 = 0 => "data offset" 0];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 20 bytes of header, with this in the two bytes of data offset and control bits.
    fn header(offset_and_flags: [u8; 2]) -> Vec<u8> {
        let [offset, flags] = offset_and_flags;
        let front = b"\xcb\x20\0\x50\0\0\0\x01\0\0\0\x02".to_vec();
        [front, vec![offset, flags], b"\xfa\xf0\x12\x34\0\x07".to_vec()].concat()
    }

    // peers 8.2: snaplen cut inside TCP header
    #[test]
    fn a_header_cut_inside_its_options_is_truncated() {
        let bytes = [header([0x60, 0x02]), b"\x02\x04\x05".to_vec()].concat();
        assert_eq!(Tcp::parse(&bytes), Err(Malformed::Truncated { need: 24, have: 23 }));
    }

    #[test]
    fn a_data_offset_inside_the_fixed_header_is_rejected() {
        for words in 0..5 {
            let value = words.into();
            let bytes = [header([words << 4, 0x10]), vec![0; 40]].concat();
            assert_eq!(Tcp::parse(&bytes), Err(Malformed::Field { name: "data offset", value }));
        }
    }

    #[test]
    fn a_data_offset_behind_the_segment_is_truncated() {
        let bytes = [header([0xf0, 0x10]), b"data".to_vec()].concat();
        assert_eq!(Tcp::parse(&bytes), Err(Malformed::Truncated { need: 60, have: 24 }));
    }

    #[test]
    fn a_data_offset_at_the_end_of_the_segment_leaves_no_payload() {
        let bytes = [header([0xf0, 0x10]), vec![1; 40]].concat();
        let tcp = Tcp::parse(&bytes).unwrap();
        assert_eq!((tcp.options().count(), tcp.payload), (40, &[][..]));
    }

    // peers 8.2: TCP option 02 00
    #[test]
    fn an_option_of_length_zero_loses_neither_the_header_nor_the_payload() {
        let bytes = [header([0x60, 0x18]), b"\x02\0\x05\xb4data".to_vec()].concat();
        let tcp = Tcp::parse(&bytes).unwrap();
        let error = Malformed::Field { name: "option length", value: 0 };
        assert_eq!(tcp.options().collect::<Vec<_>>(), [Err(error)]);
        assert_eq!(tcp.payload, b"data");
        assert!(tcp.to_string().ends_with("tcp.urgent_pointer=7 tcp.options=020005b4"));
    }

    #[test]
    fn the_fields_of_the_fixed_header_are_native() {
        let bytes = header([0x50, 0x30]);
        let tcp = Tcp::parse(&bytes).unwrap();
        assert_eq!((tcp.source_port(), tcp.destination_port()), (52000, 80));
        assert_eq!((tcp.sequence_number(), tcp.acknowledgment_number()), (1, 2));
        assert_eq!((tcp.window(), tcp.urgent_pointer()), (64240, 7));
        assert_eq!(tcp.flags(), TcpFlags::URG | TcpFlags::ACK);
    }

    #[test]
    fn the_reserved_bits_and_accurate_ecn_belong_to_the_flags() {
        let bytes = header([0x5f, 0xff]);
        assert_eq!(Tcp::parse(&bytes).unwrap().flags(), TcpFlags::all());
        let bytes = header([0x51, 0x00]);
        assert_eq!(Tcp::parse(&bytes).unwrap().flags(), TcpFlags::AE);
        let bytes = header([0x54, 0x00]);
        let flags = Tcp::parse(&bytes).unwrap().flags();
        assert_eq!((flags.bits(), flags.to_string()), (0x400, "RESERVED".to_owned()));
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let bytes = header([0x5f, 0xff]);
        let mut header = *Tcp::parse(&bytes).unwrap().header;
        header.set_header_len(60);
        assert_eq!((header.header_len(), header.control_bits()), (60, TcpFlags::all()));
        for bits in 0..=0x0fff {
            let flags = TcpFlags::from_bits_retain(bits);
            header.set_control_bits(flags);
            assert_eq!((header.header_len(), header.control_bits()), (60, flags));
        }
        for words in 0..16 {
            header.set_header_len(words * 4);
            assert_eq!(header.header_len(), words * 4);
            assert_eq!(header.control_bits(), TcpFlags::all());
        }
    }

    #[test]
    fn a_summary_has_an_acknowledgment_only_if_it_counts() {
        #[track_caller]
        fn check(offset_and_flags: [u8; 2], expected: &str) {
            let bytes = [header(offset_and_flags), b"data".to_vec()].concat();
            let tcp = Tcp::parse(&bytes).unwrap();
            assert_eq!(fmt::from_fn(|f| tcp.summary(f)).to_string(), expected);
        }
        check([0x50, 0x02], "52000 → 80 [SYN] seq 1 win 64240 len 4");
        check([0x50, 0x12], "52000 → 80 [SYN, ACK] seq 1 ack 2 win 64240 len 4");
        check([0x51, 0xc2], "52000 → 80 [SYN, ECE, CWR, AE] seq 1 win 64240 len 4");
        check([0x50, 0x00], "52000 → 80 [] seq 1 win 64240 len 4");
    }

    proptest! {
        #[test]
        fn any_bytes_have_fields_inside_them(bytes in prop::collection::vec(any::<u8>(), 20..80)) {
            if let Ok(tcp) = Tcp::parse(&bytes) {
                let header_len = tcp.shape().header_len;
                prop_assert_eq!(bytes.len().checked_sub(header_len), Some(tcp.payload.len()));
                tcp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= header_len));
            }
        }
    }
}
