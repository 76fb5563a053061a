//! Radiotap, what a radio knows of a frame, [radiotap.org](https://www.radiotap.org/).
//!
//! ```text
//!  0               8               16                             31
//! |    version    |      pad      |            length             |
//! |                            present                            |
//! | more of present, while its bit 31 is set ...                  |
//! | one field for each bit of present, aligned to its size ...    |
//! ```
//!
//! All numbers have their lower byte first. Where the flags say that the frame ends in its check
//! sequence, that is the trailer of this layer, so that the frame behind it never has one.

use std::fmt;

use bitflags::bitflags;
use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod field;
mod fields;
mod he_names;
mod iterator;
mod names;

pub use field::{RadiotapField, RadiotapHeMu, RadiotapVht};
pub use iterator::RadiotapFields;

/// Bytes of a frame check sequence.
const FCS_LEN: usize = 4;
/// The bit of a word of present that says that another follows.
const MORE_WORDS: u32 = 1 << 31;
/// The bit that says that there was no frame.
const ZERO_LENGTH_PSDU: u32 = 1 << 26;

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
pub struct RadiotapHeader {
    pub version: u8,
    pub pad: u8,
    pub length: U16,
    /// The first word of the bitmap of what is present.
    pub present: U32,
}

bitflags! {
    /// What the radio says of the frame as a whole.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct RadiotapFlags: u8 {
        /// Sent in a contention-free period.
        const CFP = 0x01;
        const SHORT_PREAMBLE = 0x02;
        const WEP = 0x04;
        const FRAGMENTED = 0x08;
        /// The frame ends in its check sequence.
        const FCS = 0x10;
        /// The header of the frame is padded to words of four bytes.
        const DATA_PAD = 0x20;
        const BAD_FCS = 0x40;
        const SHORT_GUARD_INTERVAL = 0x80;
    }
}

/// What a radio knows of the frame that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Radiotap<'a> {
    pub header: &'a RadiotapHeader,
    /// More words of the bitmap, and the fields.
    pub body: &'a [u8],
    /// The frame, without its check sequence.
    pub payload: &'a [u8],
    /// The check sequence of the frame, 4 bytes if it has one.
    pub fcs: &'a [u8],
}

impl<'a> Layer<'a> for Radiotap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<RadiotapHeader>(bytes)?;
        let length = usize::from(header.length.get());
        let Some(body_len) = length.checked_sub(size_of::<RadiotapHeader>()) else {
            return Err(Malformed::Field { name: "length", value: length as u64 });
        };
        let Some((body, payload)) = rest.split_at_checked(body_len) else {
            return Err(Malformed::Truncated { need: length, have: bytes.len() });
        };
        let frame_len = match flags_of(*header, body) {
            Some(flags) if flags.contains(RadiotapFlags::FCS) => {
                payload.len().checked_sub(FCS_LEN).unwrap_or(payload.len())
            }
            _ => payload.len(),
        };
        let (payload, fcs) = payload.split_at_checked(frame_len).unwrap_or((payload, &[]));
        Ok(Self { header, body, payload, fcs })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: self.header.length.get().into(),
            payload_len: self.payload.len(),
            trailer_len: self.fcs.len(),
            next: if self.has_frame() {
                Next::One(Key::link_type(LinkType::IEEE802_11))
            } else {
                Next::End
            },
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::report(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for field in self.fields_present().map_while(Result::ok) {
            let result = match field {
                RadiotapField::Channel { frequency, .. } => write!(f, "{space}{frequency} MHz"),
                RadiotapField::AntennaSignal(signal) => write!(f, "{space}{signal} dBm"),
                // In units of 500 kb/s.
                RadiotapField::Rate(rate) => write!(f, "{space}{} Mb/s", f32::from(rate) / 2.0),
                RadiotapField::Flags(flags) if flags.contains(RadiotapFlags::BAD_FCS) => {
                    write!(f, "{space}bad FCS")
                }
                _ => continue,
            };
            result?;
            space = " ";
        }
        Ok(())
    }
}

impl<'a> Radiotap<'a> {
    /// Whether there is a frame: the radio may have heard a signal without one.
    pub fn has_frame(&self) -> bool {
        self.header.present.get() & ZERO_LENGTH_PSDU == 0
    }

    /// The fields, in the order of the wire.
    pub fn fields_present(&self) -> RadiotapFields<'a> {
        RadiotapFields::new(*self.header, self.body)
    }

    /// What the radio says of the frame as a whole; nothing, if it does not say.
    pub fn flags(&self) -> RadiotapFlags {
        flags_of(*self.header, self.body).unwrap_or(RadiotapFlags::empty())
    }
}

/// The first flags among the fields.
fn flags_of(header: RadiotapHeader, body: &[u8]) -> Option<RadiotapFlags> {
    RadiotapFields::new(header, body).map_while(Result::ok).find_map(|field| match field {
        RadiotapField::Flags(flags) => Some(flags),
        _ => None,
    })
}

impl Header for RadiotapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A radiotap header to be written: fields of the default namespace, which stand in the order of
/// their bits, whatever their order here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RadiotapBuilder<'a> {
    /// Its words of presence and its length follow from the fields.
    pub header: RadiotapHeader,
    /// No two of one kind; no vendor's, which the presence words of one namespace cannot tell.
    pub fields: &'a [RadiotapField<'a>],
    /// The check sequence to write behind the frame: four bytes, or none.
    pub fcs: &'a [u8],
}

impl crate::Encode for RadiotapBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in self.fields {
            let too_large = |value: u32| EncodeError::TooLarge {
                layer: PROTOCOL.name,
                field: "present",
                value: value.into(),
            };
            let Some(bit) = field.bit() else { return Err(too_large(u32::MAX)) };
            if fields.iter().any(|(other, _)| *other == bit) {
                return Err(too_large(bit));
            }
            fields.push((bit, field));
        }
        fields.sort_by_key(|(bit, _)| *bit);
        let present = fields.iter().fold(0, |present, (bit, _)| present | 1 << bit);
        let start = out.len();
        let mut header = self.header;
        header.present.set(present);
        out.extend_from_slice(header.as_bytes());
        for (bit, field) in fields {
            let align = field::layout_of(bit).map_or(1, |(align, _)| align);
            let len = out.len().saturating_sub(start).next_multiple_of(align);
            out.resize(start.saturating_add(len), 0);
            field.encode(out);
        }
        let length = out.len().saturating_sub(start);
        let error =
            EncodeError::TooLarge { layer: PROTOCOL.name, field: "length", value: length as u64 };
        let length = u16::try_from(length).map_err(|_| error)?;
        if let Some(place) = out.get_mut(start.saturating_add(2)..start.saturating_add(4)) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.fcs);
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("length", behind.header_len)?;
    behind.header::<RadiotapHeader>(bytes)?.length.set(length);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RADIOTAP,
    "radiotap",
    "Radiotap capture header",
    |bytes, outer| Radiotap::parse_in(bytes, outer).map(|radiotap| radiotap.shape()),
    |bytes, outer, visitor| Radiotap::parse_in(bytes, outer).map(|radiotap| visitor(&radiotap)),
)
.specification("radiotap.org")
.role(Role::Other)
.claims(&[Key::link_type(LinkType::IEEE802_11_RADIOTAP)])
.template(&[0, 0, 8, 0, 0, 0, 0, 0])
.lengths(lengths);

#[cfg(test)]
mod tests;
