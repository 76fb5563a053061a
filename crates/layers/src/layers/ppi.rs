//! Per-packet information, what a capture knows of a frame of any link type,
//! [LINKTYPE_PPI](https://www.tcpdump.org/linktypes/LINKTYPE_PPI.html).
//!
//! ```text
//!  0               8               16                             31
//! |    version    |     flags     |            length             |
//! |                           link type                           |
//! |          type of a field      |        length of a field      |
//! | the field, padded to words of four bytes if the flags say so  |
//! ```

use std::fmt;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::layout::Layout;
use crate::layout::Part::{self, Bits, I8, U8, U16 as Number, U64};
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape};

/// Bytes of a frame check sequence.
const FCS_LEN: usize = 4;
/// Of the flags: fields start at multiples of four.
const ALIGNED: u8 = 1;
/// Fields start at multiples of this, if they are aligned.
const ALIGN: usize = 4;
/// Bytes of type and length of a field.
const FIELD_HEADER: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PpiHeader {
    pub version: u8,
    pub flags: u8,
    /// Bytes of the header with its fields.
    pub length: U16,
    pub link_type: U32,
}

/// What is common to radios of IEEE 802.11.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PpiCommon {
    /// Microseconds, or milliseconds if the flags say so.
    pub tsf_timer: [u8; 8],
    pub flags: U16,
    /// In units of 500 kb/s.
    pub rate: U16,
    /// In MHz.
    pub channel_frequency: U16,
    pub channel_flags: U16,
    pub fhss_hop_set: u8,
    pub fhss_pattern: u8,
    /// In dBm.
    pub antenna_signal: i8,
    /// In dBm.
    pub antenna_noise: i8,
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PpiField<'a> {
    /// What is common to radios of IEEE 802.11.
    Common(&'a PpiCommon),
    /// A type that has no entry here, or not the length of its type.
    Unknown { kind: u16, data: &'a [u8] },
}

/// Type and data of a field, and the bytes that it takes with what pads it.
type RawField<'a> = (u16, &'a [u8], usize);

/// The fields of a header. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PpiFields<'a> {
    rest: &'a [u8],
    aligned: bool,
}

impl<'a> PpiFields<'a> {
    /// The next field, not yet understood.
    fn raw(&mut self) -> Option<Result<RawField<'a>, Malformed>> {
        let bytes = std::mem::take(&mut self.rest);
        let (&[a, b, c, d], behind) = match (bytes, bytes.split_first_chunk::<FIELD_HEADER>()) {
            ([], _) => return None,
            (_, Some(split)) => split,
            (_, None) => {
                return Some(Err(Malformed::Truncated { need: FIELD_HEADER, have: bytes.len() }));
            }
        };
        let len = usize::from(u16::from_le_bytes([c, d]));
        let Some(data) = behind.get(..len) else {
            let need = FIELD_HEADER.saturating_add(len);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        let padded = if self.aligned { len.next_multiple_of(ALIGN) } else { len };
        self.rest = behind.get(padded..).unwrap_or_default();
        let taken = bytes.len().saturating_sub(self.rest.len());
        Some(Ok((u16::from_le_bytes([a, b]), data, taken)))
    }
}

impl<'a> Iterator for PpiFields<'a> {
    type Item = Result<PpiField<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.raw()?;
        Some(field.map(|(kind, data, _)| match (kind, PpiCommon::ref_from_bytes(data)) {
            (2, Ok(common)) => PpiField::Common(common),
            _ => PpiField::Unknown { kind, data },
        }))
    }
}

/// What a capture knows of the frame that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ppi<'a> {
    pub header: &'a PpiHeader,
    /// The fields.
    pub body: &'a [u8],
    /// The frame, without its check sequence.
    pub payload: &'a [u8],
    /// The check sequence of the frame, 4 bytes if it is one of IEEE 802.11 and has one.
    pub fcs: &'a [u8],
}

impl<'a> Layer<'a> for Ppi<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PpiHeader>(bytes)?;
        if header.version != 0 {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let length = usize::from(header.length.get());
        let Some(body_len) = length.checked_sub(size_of::<PpiHeader>()) else {
            return Err(Malformed::Field { name: "length", value: length as u64 });
        };
        let Some((body, payload)) = rest.split_at_checked(body_len) else {
            return Err(Malformed::Truncated { need: length, have: bytes.len() });
        };
        let frame = Self { header, body, payload, fcs: &[] };
        let frame_len = payload.len().checked_sub(FCS_LEN).filter(|_| frame.has_fcs());
        let (payload, fcs) =
            frame_len.and_then(|len| payload.split_at_checked(len)).unwrap_or((payload, &[]));
        Ok(Self { payload, fcs, ..frame })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: self.header.length.get().into(),
            payload_len: self.payload.len(),
            trailer_len: self.fcs.len(),
            next: match self.link_type() {
                Some(link_type) => Next::One(Key::link_type(link_type)),
                None => Next::End,
            },
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let flags = self.header.flags;
        sink.number("ppi.version", self.header.version, 0..1);
        sink.number("ppi.flags", flags, 1..2);
        sink.flag("ppi.flags.alignment", flags & ALIGNED != 0, 1..2);
        sink.number("ppi.flags.reserved", flags >> 1, 1..2);
        sink.number("ppi.length", self.header.length, 2..4);
        sink.number("ppi.dlt", self.header.link_type, 4..8);
        let mut fields = self.fields_present();
        let mut layout = Layout::new(self.body, size_of::<PpiHeader>(), sink);
        while let Some((kind, data, taken)) = layout.sound(fields.raw(), layout.at()) {
            let Some(mut field) = layout.split(taken) else { return };
            // Its length is that of its type, or the names of its type do not fit.
            let _ = field_fields(kind, data, &mut field);
        }
        if let Ok(fcs) = <[u8; FCS_LEN]>::try_from(self.fcs) {
            let start = usize::from(self.header.length.get()).saturating_add(self.payload.len());
            let place = start..start.saturating_add(FCS_LEN);
            sink.number("wlan.fcs", u32::from_le_bytes(fcs), place);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for field in self.fields_present() {
            if let Ok(PpiField::Common(common)) = field {
                let (frequency, signal) = (common.channel_frequency, common.antenna_signal);
                write!(f, "{frequency} MHz {signal} dBm")?;
            }
        }
        Ok(())
    }
}

/// What is common to radios of IEEE 802.11.
const COMMON: &[Part] = &[
    U64("ppi.80211-common.tsft"),
    Bits(
        2,
        "ppi.80211-common.flags",
        &[
            ("ppi.80211-common.flags.fcs", 0x1),
            ("ppi.80211-common.flags.tsft", 0x2),
            ("ppi.80211-common.flags.fcs-invalid", 0x4),
            ("ppi.80211-common.flags.phy-err", 0x8),
        ],
    ),
];
/// The same, behind the rate.
const CHANNEL: &[Part] = &[
    Number("ppi.80211-common.chan.freq"),
    Bits(
        2,
        "ppi.80211-common.chan.flags",
        &[
            ("ppi.80211-common.chan.flags.turbo", 0x10),
            ("ppi.80211-common.chan.flags.cck", 0x20),
            ("ppi.80211-common.chan.flags.ofdm", 0x40),
            ("ppi.80211-common.chan.flags.2ghz", 0x80),
            ("ppi.80211-common.chan.flags.5ghz", 0x100),
            ("ppi.80211-common.chan.flags.passive", 0x200),
            ("ppi.80211-common.chan.flags.dynamic", 0x400),
            ("ppi.80211-common.chan.flags.gfsk", 0x800),
        ],
    ),
    U8("ppi.80211-common.fhss.hopset"),
    U8("ppi.80211-common.fhss.pattern"),
    I8("ppi.80211-common.dbm.antsignal"),
    I8("ppi.80211-common.dbm.antnoise"),
];
/// What radios of IEEE 802.11n know of an aggregate.
const MAC_EXTENSIONS: &[Part] = &[
    Bits(
        4,
        "ppi.80211n-mac.flags",
        &[
            ("ppi.80211n-mac.flags.greenfield", 0x1),
            ("ppi.80211n-mac.flags.ht20_40", 0x2),
            ("ppi.80211n-mac.flags.rx.short_guard_interval", 0x4),
            ("ppi.80211n-mac.flags.rx.duplicate", 0x8),
            ("ppi.80211n-mac.flags.agg", 0x10),
            ("ppi.80211n-mac.flags.more_agg", 0x20),
            ("ppi.80211n-mac.flags.delim_crc_error_after", 0x40),
        ],
    ),
    Part::U32("ppi.80211n-mac.ampdu_id"),
    U8("ppi.80211n-mac.num_delimiters"),
    Bits(3, "ppi.80211n-mac.reserved", &[]),
];

fn field_fields(kind: u16, data: &[u8], layout: &mut Layout<'_, '_>) -> Option<()> {
    match (kind, data.len()) {
        // Wireshark shows these whole, without type and length.
        (5, _) => return layout.read(&[Part::Rest("ppi.spectrum-map")]),
        (6, _) => return layout.read(&[Part::Rest("ppi.proc-info")]),
        (7, _) => return layout.read(&[Part::Rest("ppi.cap-info")]),
        _ => layout.read(&[Number("ppi.field_type"), Number("ppi.field_len")])?,
    }
    match (kind, data.len()) {
        (2, 20) => {
            layout.read(COMMON)?;
            let rate = layout.le(2, "")?;
            // In kb/s, as Wireshark has it.
            layout.number("ppi.80211-common.rate", rate.saturating_mul(500));
            layout.read(CHANNEL)
        }
        (3, 12) => layout.read(MAC_EXTENSIONS),
        _ => Some(()),
    }
}

impl<'a> Ppi<'a> {
    /// What follows, if that is a link type of the registry's size.
    pub fn link_type(&self) -> Option<LinkType> {
        u16::try_from(self.header.link_type.get()).ok().map(LinkType)
    }

    /// The fields, in the order of the wire.
    pub fn fields_present(&self) -> PpiFields<'a> {
        PpiFields { rest: self.body, aligned: self.header.flags & ALIGNED != 0 }
    }

    /// Whether a field says that the frame ends in its check sequence.
    fn has_fcs(&self) -> bool {
        /// Of the flags of the common field: the check sequence is there.
        const FCS: u16 = 1;
        let says = |field| matches!(field, Ok(PpiField::Common(c)) if c.flags.get() & FCS != 0);
        self.link_type() == Some(LinkType::IEEE802_11) && self.fields_present().any(says)
    }
}

impl Header for PpiHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// No fields in front of a frame of IEEE 802.11.
const TEMPLATE: [u8; 8] = [0, 0, 8, 0, 105, 0, 0, 0];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PPI,
    "ppi",
    "Per-packet information",
    |bytes, outer| Ppi::parse_in(bytes, outer).map(|ppi| ppi.shape()),
    |bytes, outer, visitor| Ppi::parse_in(bytes, outer).map(|ppi| visitor(&ppi)),
)
.specification("LINKTYPE_PPI")
.claims(&[Key::link_type(LinkType::PPI)])
.template(&TEMPLATE);

// Made by hand; the fields are tshark 4.0.17's.
#[cfg(test)]
layer_tests! {
    sample: Ppi *b"\0\0\x20\0\x69\0\0\0\x02\0\x14\0\x40\xe2\x01\0\0\0\0\0\0\0\x16\0\x6c\x09\xa0\0\x05\
        \x06\xd8\xa6";
    fields: "ppi.version=0 ppi.flags=0 ppi.flags.alignment=0 ppi.flags.reserved=0 ppi.length=32 \
        ppi.dlt=105 ppi.field_type=2 ppi.field_len=20 ppi.80211-common.tsft=123456 \
        ppi.80211-common.flags=0 ppi.80211-common.flags.fcs=0 ppi.80211-common.flags.tsft=0 \
        ppi.80211-common.flags.fcs-invalid=0 ppi.80211-common.flags.phy-err=0 \
        ppi.80211-common.rate=11000 ppi.80211-common.chan.freq=2412 \
        ppi.80211-common.chan.flags=160 ppi.80211-common.chan.flags.turbo=0 \
        ppi.80211-common.chan.flags.cck=1 ppi.80211-common.chan.flags.ofdm=0 \
        ppi.80211-common.chan.flags.2ghz=1 ppi.80211-common.chan.flags.5ghz=0 \
        ppi.80211-common.chan.flags.passive=0 ppi.80211-common.chan.flags.dynamic=0 \
        ppi.80211-common.chan.flags.gfsk=0 ppi.80211-common.fhss.hopset=5 \
        ppi.80211-common.fhss.pattern=6 ppi.80211-common.dbm.antsignal=-40 \
        ppi.80211-common.dbm.antnoise=-90";
    edit: PpiHeader, |header| header.link_type.set(1);
    bad: [0 = 1 => "version" 1, 2 = 7 => "length" 7];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_padded_if_the_flags_say_so() {
        let unknown = |kind, data| Ok(PpiField::Unknown { kind, data });
        let bytes = b"\0\x01\x15\0\x01\0\0\0\x09\0\x03\0abc\0\x0a\0\x01\0z";
        let ppi = Ppi::parse(bytes).unwrap();
        let fields = ppi.fields_present().collect::<Vec<_>>();
        assert_eq!(fields, [unknown(9, b"abc"), unknown(10, b"z")]);
        assert_eq!(ppi.shape().next, Next::One(Key::link_type(LinkType::ETHERNET)));
        let bytes = b"\0\0\x14\0\x01\0\0\0\x09\0\x03\0abc\x0a\0\x02\0z";
        let fields = Ppi::parse(bytes).unwrap().fields_present().collect::<Vec<_>>();
        let error = Malformed::Truncated { need: 6, have: 5 };
        assert_eq!(fields, [unknown(9, b"abc"), Err(error)]);
    }

    #[test]
    fn the_check_sequence_is_no_part_of_the_frame() {
        let mut bytes = [&layer_tests_sample()[..], b"framefcs!"].concat();
        assert_eq!(Ppi::parse(&bytes).unwrap().payload, b"framefcs!");
        bytes[20] = 1;
        let ppi = Ppi::parse(&bytes).unwrap();
        assert_eq!(
            (ppi.payload, ppi.fcs, ppi.shape().trailer_len),
            (&b"frame"[..], &b"fcs!"[..], 4)
        );
        bytes[4] = 1;
        assert_eq!(Ppi::parse(&bytes).unwrap().payload, b"framefcs!", "Ethernet has none");
    }

    /// A header with the common field, without flags.
    fn layer_tests_sample() -> [u8; 32] {
        *b"\0\0\x20\0\x69\0\0\0\x02\0\x14\0\x40\xe2\x01\0\0\0\0\0\0\0\x16\0\x6c\x09\xa0\0\x05\x06\
            \xd8\xa6"
    }

    #[test]
    fn a_link_type_beyond_the_registry_leads_nowhere() {
        let ppi = Ppi::parse(b"\0\0\x08\0\0\0\x01\0abcd").unwrap();
        assert_eq!((ppi.link_type(), ppi.shape().next), (None, Next::End));
    }
}
