//! IEEE 802.15.4 low-rate wireless networks,
//! [IEEE Std 802.15.4](https://standards.ieee.org/ieee/802.15.4/7029/) section 7.
//!
//! ```text
//!  0               16              24
//! | frame control | sequence number | destination PAN and address ... | source PAN and address
//! | auxiliary security header ... | header elements ... | payload elements ... | payload ...
//! | message integrity code ... | frame check sequence |
//! ```
//!
//! All numbers have their lower byte first. Whether a frame ends in its check sequence is for the
//! link type to say: [`Wpan`] has one, [`WpanNoFcs`](crate::WpanNoFcs) has none.

use std::fmt;

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Shape;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Role};

mod elements;
mod encode;
mod fields;
mod multipurpose;
mod security;

pub use elements::{WpanElement, WpanElements};
pub use encode::WpanBuilder;
pub use security::{WpanSecurity, WpanSecurity2003};

pub(super) use encode::{SETTINGS, TEMPLATE};

/// Bytes of a frame check sequence.
const FCS_LEN: usize = 2;
/// The version from which on addresses are compressed anew and elements may be there.
const VERSION_2015: u16 = 2;

/// What every frame starts with.
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
pub struct WpanHeader {
    pub frame_control: U16,
}

/// What a frame is for, 3 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WpanFrameType(pub u8);

crate::key::numbers! {
    WpanFrameType "frame type {}" {
        /// Announces a network.
        BEACON = 0 "beacon";
        /// Carries data.
        DATA = 1 "data";
        /// Acknowledges a frame.
        ACK = 2 "ack";
        /// Is about the network.
        COMMAND = 3 "command";
        /// Has a frame control of its own.
        MULTIPURPOSE = 5 "multipurpose";
        /// Is a part of a frame.
        FRAGMENT = 6 "fragment";
        /// Has a type of its own behind the control.
        EXTENDED = 7 "extended";
    }
}

/// An address of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WpanAddress {
    /// None is given.
    None,
    /// Given by the coordinator.
    Short(u16),
    /// Given by the maker, an EUI-64 as a number.
    Extended(u64),
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wpan<'a> {
    pub header: &'a WpanHeader,
    pub sequence_number: Option<u8>,
    pub destination_pan: Option<u16>,
    pub destination: WpanAddress,
    /// None, if it is that of the destination.
    pub source_pan: Option<u16>,
    pub source: WpanAddress,
    /// The auxiliary security header, if the frame is secured.
    pub security: Option<WpanSecurity<'a>>,
    /// How a frame of version 0 is secured, which has no such header.
    pub security_2003: Option<WpanSecurity2003>,
    /// Elements that are never enciphered.
    pub header_elements: &'a [u8],
    /// Elements that are enciphered with the payload; none, if they are.
    pub payload_elements: &'a [u8],
    /// What stands behind that: the fields of a beacon or a command, and the payload.
    pub payload: &'a [u8],
    /// The message integrity code of a secured frame.
    pub mic: &'a [u8],
    /// The check sequence, 2 bytes if the frame has one.
    pub fcs: &'a [u8],
    /// All in front of the payload.
    front: &'a [u8],
}

/// Takes bytes off the front.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(taken)
}

fn pan(rest: &mut &[u8]) -> Option<u16> {
    take(rest).map(|bytes| u16::from_le_bytes(*bytes))
}

/// An address of a mode: none, short or extended.
fn address(mode: u16, rest: &mut &[u8]) -> Option<WpanAddress> {
    Some(match mode {
        2 => WpanAddress::Short(u16::from_le_bytes(*take(rest)?)),
        3 => WpanAddress::Extended(u64::from_le_bytes(*take(rest)?)),
        _ => WpanAddress::None,
    })
}

/// Which PAN identifiers are there, table 7-2: those of destination and source.
fn pans(version: u16, compressed: bool, modes: [u16; 2]) -> Option<[bool; 2]> {
    let [destination, source] = modes.map(|mode| mode != 0);
    if version < VERSION_2015 {
        // Only two addresses can share an identifier.
        let fits = !compressed || destination && source;
        return fits.then_some([destination, source && !compressed]);
    }
    Some(match (destination, source) {
        (false, false) => [compressed, false],
        (true, false) => [!compressed, false],
        (false, true) => [false, !compressed],
        (true, true) if modes == [3, 3] => [!compressed, false],
        (true, true) => [true, !compressed],
    })
}

/// A header that goes on behind the end.
fn cut(bytes: &[u8]) -> Malformed {
    Malformed::Truncated { need: bytes.len().saturating_add(1), have: bytes.len() }
}

impl<'a> Wpan<'a> {
    /// Reads a frame with a check sequence or without.
    pub(super) fn read(bytes: &'a [u8], with_fcs: bool) -> Result<Self, Malformed> {
        let (header, rest) = split::<WpanHeader>(bytes)?;
        let body_len = rest.len().checked_sub(FCS_LEN).filter(|_| with_fcs);
        let (mut rest, fcs) =
            rest.split_at_checked(body_len.unwrap_or(rest.len())).unwrap_or((rest, &[]));
        let mut frame = Self {
            header,
            sequence_number: None,
            destination_pan: None,
            destination: WpanAddress::None,
            source_pan: None,
            source: WpanAddress::None,
            security: None,
            security_2003: None,
            header_elements: &[],
            payload_elements: &[],
            payload: &[],
            mic: &[],
            fcs,
            front: &[],
        };
        match frame.frame_type() {
            WpanFrameType::MULTIPURPOSE => {
                rest = bytes
                    .get(frame.multipurpose_len()..bytes.len().saturating_sub(fcs.len()))
                    .unwrap_or_default();
                frame.check_modes()?;
                frame.read_multipurpose(&mut rest).ok_or(cut(bytes))?;
            }
            kind if kind.0 <= WpanFrameType::COMMAND.0 => frame.read_plain(bytes, &mut rest)?,
            // What the others have behind the control, the standard says by their kind; as in
            // Wireshark they are read as the rest are, if that makes sense.
            _ => {
                let (bare, whole) = (frame, rest);
                if frame.read_plain(bytes, &mut rest).is_err() {
                    (frame, rest) = (bare, whole);
                }
            }
        }
        let mic_len = match frame.security_2003 {
            Some(_) => WpanSecurity2003::MIC_LEN,
            None => frame.security.map_or(0, |security| security.mic_len()),
        };
        let payload_len = rest.len().saturating_sub(mic_len);
        (frame.payload, frame.mic) = rest.split_at_checked(payload_len).unwrap_or((rest, &[]));
        let behind = rest.len().saturating_add(fcs.len());
        frame.front = bytes.get(..bytes.len().saturating_sub(behind)).unwrap_or(bytes);
        Ok(frame)
    }

    /// Reads the header of a frame with the control that most have.
    fn read_plain(&mut self, bytes: &[u8], rest: &mut &'a [u8]) -> Result<(), Malformed> {
        self.check_modes()?;
        let compressed = self.control() & 0x40 != 0;
        let Some(pans) = pans(self.version(), compressed, self.modes()) else {
            return Err(Malformed::Field { name: "pan id compression", value: 1 });
        };
        self.read_header(pans, rest).ok_or(cut(bytes))
    }

    fn check_modes(&self) -> Result<(), Malformed> {
        if self.modes().contains(&1) {
            return Err(Malformed::Field { name: "addressing mode", value: 1 });
        }
        Ok(())
    }

    fn read_header(&mut self, pans: [bool; 2], rest: &mut &'a [u8]) -> Option<()> {
        /// Of frame control, from version 2 on: there is no sequence number.
        const NO_SEQUENCE: u16 = 0x100;
        /// Of frame control, from version 2 on: elements follow.
        const ELEMENTS: u16 = 0x200;
        let (control, is_2015) = (self.control(), self.version() == VERSION_2015);
        let [destination, source] = self.modes();
        if !is_2015 || control & NO_SEQUENCE == 0 {
            let [number] = *take(rest)?;
            self.sequence_number = Some(number);
        }
        let [destination_pan, source_pan] = pans;
        if destination_pan {
            self.destination_pan = Some(pan(rest)?);
        }
        self.destination = address(destination, rest)?;
        if source_pan {
            self.source_pan = Some(pan(rest)?);
        }
        self.source = address(source, rest)?;
        if self.is_secured() && self.version() != 0 {
            self.security = Some(WpanSecurity::read(rest)?);
        } else if self.is_secured() && self.frame_type() != WpanFrameType::BEACON {
            self.security_2003 = WpanSecurity2003::read(rest);
        }
        if is_2015 && control & ELEMENTS != 0 {
            let (len, more) = elements::header_len(rest);
            (self.header_elements, *rest) = rest.split_at_checked(len)?;
            if more && self.security.is_none_or(|security| !security.is_enciphered()) {
                let len = elements::payload_len(rest);
                (self.payload_elements, *rest) = rest.split_at_checked(len)?;
            }
        }
        Some(())
    }

    fn control(&self) -> u16 {
        self.header.frame_control.get()
    }

    /// Whether the frame is secured.
    pub fn is_secured(&self) -> bool {
        match self.frame_type() {
            WpanFrameType::MULTIPURPOSE => self.is_multipurpose_secured(),
            _ => self.control() & 0x8 != 0,
        }
    }

    /// Addressing modes of destination and source.
    fn modes(&self) -> [u16; 2] {
        match self.frame_type() {
            WpanFrameType::MULTIPURPOSE => [self.control() >> 4 & 3, self.control() >> 6 & 3],
            _ => [self.control() >> 10 & 3, self.control() >> 14],
        }
    }

    /// What the frame is for.
    pub fn frame_type(&self) -> WpanFrameType {
        WpanFrameType(self.control().to_le_bytes().first().map_or(0, |byte| byte & 7))
    }

    /// Version of the frame: 0 is of 2003, 1 of 2006, 2 of 2015. One for many purposes counts anew.
    pub fn version(&self) -> u16 {
        self.control() >> 12 & 3
    }

    /// The elements that are never enciphered.
    pub fn header_elements(&self) -> WpanElements<'a> {
        WpanElements::header(self.header_elements)
    }

    /// The elements that are enciphered with the payload, where it is not.
    pub fn payload_elements(&self) -> WpanElements<'a> {
        WpanElements::payload(self.payload_elements)
    }

    pub(super) fn shape_of(&self, layer: LayerType) -> Shape {
        let is_clear = self.security.is_none_or(|security| !security.is_enciphered())
            && (self.security.is_some() || !self.is_secured());
        Shape {
            header_len: self.front.len(),
            payload_len: self.payload.len(),
            trailer_len: self.mic.len().saturating_add(self.fcs.len()),
            // What it is, is not said: 6LoWPAN, Zigbee, Thread.
            next: if is_clear && self.frame_type() == WpanFrameType::DATA {
                Next::One(Key::parent(layer))
            } else {
                Next::End
            },
        }
    }

    pub(super) fn summary_of(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.frame_type())?;
        match self.sequence_number {
            Some(number) => write!(f, " seq {number}"),
            None => Ok(()),
        }
    }
}

impl<'a> Layer<'a> for Wpan<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(bytes, true)
    }

    fn shape(&self) -> Shape {
        self.shape_of(LayerType::WPAN)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::report(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary_of(f)
    }
}

impl Header for WpanHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WPAN,
    "wpan",
    "IEEE 802.15.4 low-rate wireless network",
    |bytes, outer| Wpan::parse_in(bytes, outer).map(|wpan| wpan.shape()),
    |bytes, outer, visitor| Wpan::parse_in(bytes, outer).map(|wpan| visitor(&wpan)),
)
.specification("IEEE 802.15.4")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::IEEE802_15_4_WITHFCS)])
.template(TEMPLATE)
.trailer(&[0; FCS_LEN])
.settings(&[SETTINGS])
.checksum(encode::checksum);

#[cfg(test)]
mod tests;
