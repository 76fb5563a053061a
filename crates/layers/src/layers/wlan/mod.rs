//! IEEE 802.11 wireless LAN, [IEEE Std 802.11](https://standards.ieee.org/ieee/802.11/10548/)
//! section 9.
//!
//! ```text
//!  0               8               16                             31
//! | v |type|subtyp|     flags     |      duration or identifier    |
//! |                          address 1 ...                         |
//! | address 2, address 3, sequence control: management and data    |
//! | address 4: data between access points                          |
//! | QoS control: data of stations with QoS    | HT control: if the |
//! | flags say so                                                   |
//! ```
//!
//! All numbers have their lower byte first. One view reads every kind of frame: management frames
//! lead to their fixed fields and elements ([`Wlan::elements`]), control frames to their body, data
//! frames to an IEEE 802.2 header. Whether a capture keeps the frame check sequence is for the layer
//! in front to say: this one never sees it, and a capture without such a layer has none.

use std::fmt;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Outer, Protocol, Radiotap, RadiotapFlags, Role, Shape};

mod action;
mod amsdu;
mod builder;
mod capabilities;
mod control;
mod element;
mod element_encode;
mod element_fields;
mod extended_capabilities;
mod extremely_high_throughput;
mod fields;
mod frame_type;
mod header;
mod high_efficiency;
mod ht_control;
mod management;
mod multi_link;
mod protection;
mod rsn;
mod tables;
mod vendor_fields;

pub(crate) use element_fields::{Sender, report as report_elements};

pub use amsdu::{AmsduHeader, AmsduSubframe, AmsduSubframes};
pub use builder::WlanBuilder;
pub use element::{
    HtCapabilities, HtOperation, VhtCapabilities, VhtOperation, WlanElement, WlanElements,
};
pub use frame_type::{WlanFlags, WlanFrameType};
pub use header::{WlanAddresses, WlanHeader};
pub use multi_link::{WlanLink, WlanMultiLink};
pub use protection::WlanProtection;
pub use rsn::{Rsn, RsnSuite};

/// Bytes of a frame that its view reads as header: as many as a layer can say. No frame of the air
/// has more than 11,454 (table 9-34).
const MAX_HEADER: usize = u16::MAX as usize;
/// The header of a frame whose radio pads it ends at a multiple of this.
const DATA_PAD: usize = 4;

/// A frame: what gopacket has as `Dot11` and the layers behind it, by [`Wlan::frame_type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wlan<'a> {
    pub header: &'a WlanHeader,
    /// In management and data frames.
    pub addresses: Option<&'a WlanAddresses>,
    /// Transmitter of those control frames that say it.
    pub transmitter: Option<&'a [u8; 6]>,
    /// In data frames between access points.
    pub address4: Option<&'a [u8; 6]>,
    /// In data frames of stations with `QoS`.
    pub qos_control: Option<&'a U16>,
    /// Control of high throughput and its successors, where the flags say that it is there.
    pub ht_control: Option<&'a U32>,
    /// What a mesh puts in front of the data: 6, 12 or 18 bytes, or none.
    pub mesh_control: &'a [u8],
    /// What a protected frame puts in front of its data: 4 or 8 bytes, or none.
    pub protection_header: &'a [u8],
    /// The header of the first subframe, if there are several.
    pub subframe: Option<&'a AmsduHeader>,
    /// What stands behind the header of a management or control frame.
    pub body: &'a [u8],
    /// The data; of several subframes the first.
    pub payload: &'a [u8],
    /// The subframes behind the first with what pads it, or the check value of WEP.
    pub trailer: &'a [u8],
    /// Bytes in front of the payload.
    header_len: usize,
    /// What stands behind the addresses, up to the payload.
    behind_addresses: &'a [u8],
}

/// Takes a structure off the front of the bytes.
fn take<'a, T: FromBytes + KnownLayout + Immutable + Unaligned>(
    rest: &mut &'a [u8],
) -> Option<&'a T> {
    let (value, behind) = T::ref_from_prefix(rest).ok()?;
    *rest = behind;
    Some(value)
}

impl<'a> Wlan<'a> {
    /// Reads a frame whose header is padded, or not.
    fn read(bytes: &'a [u8], padded: bool) -> Result<Self, Malformed> {
        let (header, mut rest) = split::<WlanHeader>(bytes)?;
        let version = header.frame_control.get() & 3;
        if version != 0 {
            return Err(Malformed::Field { name: "protocol version", value: version.into() });
        }
        let mut frame = Self {
            header,
            addresses: None,
            transmitter: None,
            address4: None,
            qos_control: None,
            ht_control: None,
            mesh_control: &[],
            protection_header: &[],
            subframe: None,
            body: &[],
            payload: &[],
            trailer: &[],
            header_len: 0,
            behind_addresses: &[],
        };
        let whole = frame.read_header(&mut rest);
        if whole.is_none() {
            // The shortest header that a frame with this frame control has.
            let need = frame.least_header_len().max(bytes.len().saturating_add(1));
            return Err(Malformed::Truncated { need, have: bytes.len() });
        }
        if frame.frame_type().is_data() {
            frame.read_data(bytes, rest, padded);
        } else {
            let len = bytes.len().min(MAX_HEADER);
            let body_len = len.saturating_sub(bytes.len().saturating_sub(rest.len()));
            frame.body = rest.get(..body_len).unwrap_or(rest);
            frame.header_len = len;
        }
        let start = frame.addresses_len();
        frame.behind_addresses = bytes.get(start..frame.header_len).unwrap_or_default();
        Ok(frame)
    }

    /// Bytes up to the last address and the sequence control.
    fn addresses_len(&self) -> usize {
        let others = [
            self.transmitter.map_or(0, |address| address.len()),
            self.addresses.map_or(0, size_of_val),
            self.address4.map_or(0, |address| address.len()),
        ];
        others.iter().sum::<usize>().saturating_add(size_of::<WlanHeader>())
    }

    fn read_header(&mut self, rest: &mut &'a [u8]) -> Option<()> {
        let (kind, flags) = (self.frame_type(), self.flags());
        if kind.is_control() {
            if kind.has_transmitter() {
                self.transmitter = Some(take(rest)?);
            }
            return Some(());
        }
        if kind.is_extension() {
            return Some(());
        }
        self.addresses = Some(take(rest)?);
        if kind.is_data() {
            if flags.contains(WlanFlags::TO_DS | WlanFlags::FROM_DS) {
                self.address4 = Some(take(rest)?);
            }
            if kind.has_qos() {
                self.qos_control = Some(take(rest)?);
            }
        }
        if flags.contains(WlanFlags::ORDER) && (kind.is_management() || kind.has_qos()) {
            self.ht_control = Some(take(rest)?);
        }
        Some(())
    }

    /// Bytes of the header, by what the frame control says.
    fn least_header_len(&self) -> usize {
        let (kind, flags) = (self.frame_type(), self.flags());
        let mut len = size_of::<WlanHeader>();
        if kind.is_control() {
            let transmitter = if kind.has_transmitter() { 6 } else { 0 };
            return len.saturating_add(transmitter);
        }
        len = len.saturating_add(size_of::<WlanAddresses>());
        if kind.is_data() && flags.contains(WlanFlags::TO_DS | WlanFlags::FROM_DS) {
            len = len.saturating_add(6);
        }
        if kind.has_qos() {
            len = len.saturating_add(2);
        }
        if flags.contains(WlanFlags::ORDER) && (kind.is_management() || kind.has_qos()) {
            len = len.saturating_add(4);
        }
        len
    }

    /// Reads what stands in front of the data. None of that makes a frame malformed.
    fn read_data(&mut self, bytes: &'a [u8], mut rest: &'a [u8], padded: bool) {
        if padded {
            let len = bytes.len().saturating_sub(rest.len()).next_multiple_of(DATA_PAD);
            rest = bytes.get(len..).unwrap_or_default();
        }
        if self.flags().contains(WlanFlags::PROTECTED) {
            let len = protection::header_len(rest);
            let (header, data) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            self.protection_header = header;
            let trailer_len = protection::trailer_len(header).min(data.len());
            let data_len = data.len().saturating_sub(trailer_len);
            (self.payload, self.trailer) = data.split_at_checked(data_len).unwrap_or((data, &[]));
        } else if self.is_amsdu() {
            self.read_subframe(rest);
        } else {
            let len = self.mesh_control_len(rest);
            (self.mesh_control, self.payload) = rest.split_at_checked(len).unwrap_or((&[], rest));
        }
        let behind = self.payload.len().saturating_add(self.trailer.len());
        self.header_len = bytes.len().saturating_sub(behind);
    }

    fn read_subframe(&mut self, rest: &'a [u8]) {
        let Ok((subframe, data)) = AmsduHeader::ref_from_prefix(rest) else {
            self.payload = rest;
            return;
        };
        let len = usize::from(subframe.length.get());
        let (payload, trailer) = data.split_at_checked(len).unwrap_or((data, &[]));
        (self.subframe, self.payload, self.trailer) = (Some(subframe), payload, trailer);
    }

    /// Bytes of mesh control in front of the data, section 9.2.4.8.3. As in Wireshark, its flags
    /// must be sound: other stations use the bit that announces it for something else.
    fn mesh_control_len(&self, rest: &[u8]) -> usize {
        /// Of `QoS` control: mesh control is there.
        const PRESENT: u16 = 0x100;
        let is_mesh = self.flags().contains(WlanFlags::FROM_DS)
            && self.qos_control.is_some_and(|qos| qos.get() & PRESENT != 0)
            && self.frame_type().has_body();
        match rest.first() {
            Some(0) if is_mesh => 6,
            Some(1) if is_mesh => 12,
            Some(2) if is_mesh => 18,
            _ => 0,
        }
    }

    /// Type and subtype.
    pub fn frame_type(&self) -> WlanFrameType {
        self.header.frame_type()
    }

    /// Flags.
    pub fn flags(&self) -> WlanFlags {
        self.header.flags()
    }

    /// Whether several subframes follow each other.
    pub fn is_amsdu(&self) -> bool {
        /// Of `QoS` control: several subframes follow.
        const PRESENT: u16 = 0x80;
        self.qos_control.is_some_and(|qos| qos.get() & PRESENT != 0) && self.frame_type().has_body()
    }

    /// Number of the fragment; zero, if the frame is none.
    pub fn fragment_number(&self) -> u16 {
        self.addresses.map_or(0, WlanAddresses::fragment_number)
    }

    /// Who the frame is for, as far as the header says.
    pub fn destination(&self) -> [u8; 6] {
        let flags = self.flags();
        match (self.addresses, self.subframe) {
            (_, Some(subframe)) => subframe.destination,
            (Some(addresses), None) if flags.contains(WlanFlags::TO_DS) => addresses.address3,
            _ => self.header.address1,
        }
    }

    /// Who the frame is from, if the header says so.
    pub fn source(&self) -> Option<[u8; 6]> {
        let flags = self.flags();
        if let Some(subframe) = self.subframe {
            return Some(subframe.source);
        }
        let Some(addresses) = self.addresses else { return self.transmitter.copied() };
        Some(match (flags.contains(WlanFlags::FROM_DS), self.address4) {
            (true, Some(address4)) => *address4,
            (true, None) => addresses.address3,
            (false, _) => addresses.address2,
        })
    }

    /// What a protected frame says of its protection.
    pub fn protection(&self) -> Option<WlanProtection> {
        WlanProtection::new(self.protection_header)
    }

    /// The subframes of an aggregate; none, if the frame is no such.
    pub fn subframes(&self) -> AmsduSubframes<'a> {
        AmsduSubframes::new(self.subframe, self.payload, self.trailer)
    }

    /// The elements of a management frame; none, if the frame is another or protected.
    pub fn elements(&self) -> WlanElements<'a> {
        management::elements(self)
    }

    /// What the frame leads to: an IEEE 802.2 header, in front of data that is there and in clear.
    fn next(&self) -> Next {
        let llc = Key::ether_type(EtherType::LLC);
        let is_clear = self.frame_type().has_body()
            && !self.flags().contains(WlanFlags::PROTECTED)
            && self.is_amsdu() == self.subframe.is_some();
        match (is_clear, self.fragment_number()) {
            (true, 0) if self.flags().contains(WlanFlags::MORE_FRAGMENTS) => {
                Next::FirstFragment(llc)
            }
            (true, 0) => Next::One(llc),
            _ => Next::End,
        }
    }
}

impl<'a> Layer<'a> for Wlan<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(bytes, false)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let is_padded = |radiotap: Radiotap<'_>| radiotap.flags().contains(RadiotapFlags::DATA_PAD);
        let radiotap = outer.parent().and_then(|parent| outer.view::<Radiotap<'_>>(parent));
        Self::read(bytes, radiotap.is_some_and(is_padded))
    }

    fn shape(&self) -> Shape {
        let announced = self.subframe.map(|subframe| usize::from(subframe.length.get()));
        Shape {
            header_len: self.header_len,
            payload_len: announced.unwrap_or(self.payload.len()),
            trailer_len: self.trailer.len(),
            next: self.next(),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::report(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.frame_type())?;
        if self.frame_type().is_management() {
            let ssid = self.elements().find_map(|element| match element {
                Ok(WlanElement::Ssid(ssid)) => std::str::from_utf8(ssid).ok(),
                _ => None,
            });
            if let Some(ssid) = ssid.filter(|ssid| !ssid.is_empty()) {
                write!(f, " \"{}\"", ssid.escape_debug())?;
            }
        }
        if self.flags().contains(WlanFlags::PROTECTED) {
            write!(f, " protected")?;
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WLAN,
    "wlan",
    "IEEE 802.11 wireless LAN",
    |bytes, outer| Wlan::parse_in(bytes, outer).map(|wlan| wlan.shape()),
    |bytes, outer, visitor| Wlan::parse_in(bytes, outer).map(|wlan| visitor(&wlan)),
)
.specification("IEEE 802.11")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::IEEE802_11)])
// A data frame to everybody, without anything in it.
.template(&[
    0x08, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0,
]);

#[cfg(test)]
mod tests;
