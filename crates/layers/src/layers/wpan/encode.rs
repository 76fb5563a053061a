//! Frames of IEEE 802.15.4, to be written: addresses, and the check sequence.

use zerocopy::IntoBytes;

use super::{FCS_LEN, VERSION_2015, Wpan, WpanAddress, WpanFrameType, WpanHeader, pans};
use crate::build::FieldPlace;
use crate::{Before, Checksum, EditError, Encode, EncodeError, Layer, LayerType, Outer, Protocol};
use crate::{Setting, WpanNoFcs};

/// Data to all, of a station without a name of its own, in any network: both addresses are short.
pub(in crate::layers) const TEMPLATE: &[u8] = b"\x41\x88\0\xff\xff\xff\xff\0\0";

/// The place of its pieces in frame control.
const COMPRESSED: u16 = 0x0040;
const NO_SEQUENCE: u16 = 0x0100;
const DESTINATION_MODE: u32 = 10;
const SOURCE_MODE: u32 = 14;

/// A frame in front of its payload, without security and elements. Which addresses there are, frame
/// control says, and is written so; its other bits are as they are given.
///
/// ```
/// use rheos_layers::*;
///
/// let wpan = WpanBuilder {
///     header: WpanHeader { frame_control: 1.into() },
///     sequence_number: Some(7),
///     destination_pan: Some(0xabcd),
///     destination: WpanAddress::Short(0xffff),
///     source_pan: None,
///     source: WpanAddress::Extended(0x0011_2233_4455_6677),
///     has_fcs: true,
/// };
/// let mut out = Vec::new();
/// serialize_layers(&mut out, Fix::all(), &[&wpan], b"payload")?;
///
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::IEEE802_15_4_WITHFCS, &out);
/// let frame = packet.get::<Wpan>().unwrap();
/// assert_eq!((frame.source, frame.source_pan, frame.payload), (wpan.source, None, &b"payload"[..]));
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WpanBuilder {
    pub header: WpanHeader,
    /// Only frames of version 2 can be without.
    pub sequence_number: Option<u8>,
    pub destination_pan: Option<u16>,
    pub destination: WpanAddress,
    /// None, if it is that of the destination.
    pub source_pan: Option<u16>,
    pub source: WpanAddress,
    /// Whether a check sequence stands behind the payload: the link type says so.
    pub has_fcs: bool,
}

impl Encode for WpanBuilder {
    fn protocol(&self) -> &'static Protocol {
        if self.has_fcs { Wpan::PROTOCOL } else { WpanNoFcs::PROTOCOL }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let bad = |name, value| FieldPlace::new(self.protocol().name, name).bad(value);
        let control = self.header.frame_control.get();
        let modes = [mode(self.destination), mode(self.source)];
        let version = control >> 12 & 3;
        let is_2015 = version == VERSION_2015;
        let kept = !(COMPRESSED | 3 << DESTINATION_MODE | 3 << SOURCE_MODE);
        let mut control = control & kept | modes[0] << DESTINATION_MODE | modes[1] << SOURCE_MODE;
        let wanted = [self.destination_pan.is_some(), self.source_pan.is_some()];
        match [false, true].into_iter().find(|bit| pans(version, *bit, modes) == Some(wanted)) {
            Some(true) => control |= COMPRESSED,
            Some(false) => {}
            None => return Err(bad("pan id compression", wanted[1].into())),
        }
        match self.sequence_number {
            None if !is_2015 => return Err(bad("sequence number", 0)),
            None => control |= NO_SEQUENCE,
            Some(_) if is_2015 => control &= !NO_SEQUENCE,
            Some(_) => {}
        }
        out.extend(control.to_le_bytes());
        out.extend(self.sequence_number);
        put_address(self.destination_pan, self.destination, out);
        put_address(self.source_pan, self.source, out);
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.protocol().trailer);
        Ok(())
    }
}

/// The addressing mode of an address.
fn mode(address: WpanAddress) -> u16 {
    match address {
        WpanAddress::None => 0,
        WpanAddress::Short(_) => 2,
        WpanAddress::Extended(_) => 3,
    }
}

fn put_address(pan: Option<u16>, address: WpanAddress, out: &mut Vec<u8>) {
    out.extend(pan.into_iter().flat_map(u16::to_le_bytes));
    match address {
        WpanAddress::None => {}
        WpanAddress::Short(address) => out.extend(address.to_le_bytes()),
        WpanAddress::Extended(address) => out.extend(address.to_le_bytes()),
    }
}

/// IEEE Std 802.15.4, section 7.2.11: the check of ITU-T, its lower bit first, from zero.
fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x8408;
    bytes.iter().fold(0, |crc: u16, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 }
        })
    })
}

/// The check sequence. Of a frame that is cut short there is none.
pub(super) fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let covered = bytes.len().checked_sub(FCS_LEN).filter(|_| outer.is_whole())?;
    let (covered, fcs) = bytes.split_at_checked(covered)?;
    if covered.len() < size_of::<WpanHeader>() {
        return None;
    }
    let stored = u16::from_be_bytes(*fcs.as_array()?).into();
    let place = covered.len()..bytes.len();
    Some(Checksum { place, stored, computed: crc16(covered).swap_bytes().into(), absent: None })
}

pub(in crate::layers) const SETTINGS: &[Setting] = &[
    Setting::part("", "wpan.dst_pan", SHORT, |before, text| {
        let pan = optional(before, text)?;
        write(before, |frame| frame.destination_pan = pan)
    }),
    Setting::part("", "wpan.dst16", SHORT, |before, text| {
        let address = optional(before, text)?.map_or(WpanAddress::None, WpanAddress::Short);
        write(before, |frame| frame.destination = address)
    }),
    Setting::part("", "wpan.dst64", LONG, |before, text| {
        let address = WpanAddress::Extended(before.number(text)?);
        write(before, |frame| frame.destination = address)
    }),
    Setting::part("", "wpan.src_pan", SHORT, |before, text| {
        let pan = optional(before, text)?;
        write(before, |frame| frame.source_pan = pan)
    }),
    Setting::part("", "wpan.src16", SHORT, |before, text| {
        let address = optional(before, text)?.map_or(WpanAddress::None, WpanAddress::Short);
        write(before, |frame| frame.source = address)
    }),
    Setting::part("", "wpan.src64", LONG, |before, text| {
        let address = WpanAddress::Extended(before.number(text)?);
        write(before, |frame| frame.source = address)
    }),
];

const SHORT: &str = "a number up to 65535, or nothing to leave it out";
const LONG: &str = "a number such as 0x0011223344556677";

/// A number, or none of an empty text.
fn optional(before: &Before<'_>, text: &str) -> Result<Option<u16>, EditError> {
    if text.is_empty() { Ok(None) } else { before.number(text).map(Some) }
}

/// Writes the header with other addresses. An identifier of a network is left out, or taken from the other
/// address, where frame control could not say otherwise.
fn write(before: &Before<'_>, edit: impl FnOnce(&mut WpanBuilder)) -> Result<Vec<u8>, EditError> {
    let frame = Wpan::read(before.header, false).map_err(|cause| before.unreadable(cause))?;
    if frame.frame_type() == WpanFrameType::MULTIPURPOSE {
        return Err(before.refuse());
    }
    let mut builder = WpanBuilder {
        header: *frame.header,
        sequence_number: frame.sequence_number,
        destination_pan: frame.destination_pan,
        destination: frame.destination,
        source_pan: frame.source_pan,
        source: frame.source,
        has_fcs: before.protocol.layer == LayerType::WPAN,
    };
    let behind = builder.header.as_bytes().len().saturating_add(builder.addresses_len());
    edit(&mut builder);
    builder.settle();
    let mut out = Vec::new();
    builder.encode(&mut out)?;
    out.extend_from_slice(before.header.get(behind..).unwrap_or_default());
    Ok(out)
}

impl WpanBuilder {
    /// Bytes of sequence number and addresses.
    fn addresses_len(&self) -> usize {
        let mut out = Vec::from_iter(self.sequence_number);
        put_address(self.destination_pan, self.destination, &mut out);
        put_address(self.source_pan, self.source, &mut out);
        out.len()
    }

    /// Makes the identifiers of networks such as the addresses can have, in versions before 2: one for
    /// each address, or one for both.
    fn settle(&mut self) {
        let pan = self.destination_pan.or(self.source_pan).unwrap_or(u16::MAX);
        let [destination, source] = [self.destination, self.source].map(|a| mode(a) != 0);
        let version = self.header.frame_control.get() >> 12 & 3;
        if version == VERSION_2015 {
            return;
        }
        self.destination_pan = destination.then_some(self.destination_pan.unwrap_or(pan));
        self.source_pan = match source {
            true if !destination => Some(self.source_pan.unwrap_or(pan)),
            true => self.source_pan,
            false => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::from_hex;
    use crate::{Decoder, Fix, LinkType, PacketMut, serialize_layers};

    /// Sets fields of the usual frame in front of a payload, and expects a frame whose check sequence
    /// and addresses tshark 4.0.17 finds right.
    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: &str) {
        let decoder = Decoder::default();
        let link_type = LinkType::IEEE802_15_4_WITHFCS;
        let mut packet = PacketMut::new(&decoder, link_type, []);
        packet.insert(0, &Wpan::PROTOCOL).unwrap();
        for (name, value) in settings {
            packet.set(0, name, value).unwrap();
        }
        packet.set_payload(b"payload");
        packet.fix(Fix::all()).unwrap();
        assert_eq!(packet.bytes(), from_hex(expected));
        let decoded = packet.decoded();
        assert_eq!(decoded.payload(), b"payload");
        assert!(decoded.verify_checksums().all(|checksum| !checksum.is_wrong()));
    }

    #[test]
    fn the_check_value_of_the_nine_digits_is_that_of_catalogues() {
        // CRC-16/KERMIT, which is this one.
        assert_eq!(crc16(b"123456789"), 0x2189);
    }

    #[test]
    fn a_check_sequence_that_is_wrong_is_told() {
        let mut bytes = from_hex("498807cdabffff341201020304007061796c6f61642d6f662d323030334787");
        assert!(!checksum(&bytes, &Outer::NONE).unwrap().is_wrong());
        bytes[3] ^= 1;
        assert!(checksum(&bytes, &Outer::NONE).unwrap().is_wrong());
    }

    #[test]
    fn addresses_can_be_of_any_kind() {
        check(&[("seq_no", "7"), ("dst_pan", "0xabcd")], "418807cdabffff00007061796c6f6164fdab");
        check(
            &[("src64", "0x0011223344556677")],
            "41c800ffffffff77665544332211007061796c6f61648e8b",
        );
        check(&[("dst16", "")], "018000ffff00007061796c6f6164d786");
        check(&[("src16", ""), ("dst64", "1")], "010c00ffff01000000000000007061796c6f61642189");
        check(&[("src_pan", "3")], "018800ffffffff030000007061796c6f6164f6fc");
    }

    #[test]
    fn what_is_read_is_written() {
        for hex in ["4188ff0100ffff0200aa", "41c8010100ffff0706050403020100bb", "018001aabbccddee"]
        {
            let bytes = from_hex(hex);
            let wpan = Wpan::read(&bytes, false).unwrap();
            let builder = WpanBuilder {
                header: *wpan.header,
                sequence_number: wpan.sequence_number,
                destination_pan: wpan.destination_pan,
                destination: wpan.destination,
                source_pan: wpan.source_pan,
                source: wpan.source,
                has_fcs: false,
            };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::empty(), &[&builder], wpan.payload).unwrap();
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn what_frame_control_cannot_say_is_refused() {
        let builder = WpanBuilder {
            header: WpanHeader { frame_control: 1.into() },
            sequence_number: Some(1),
            destination_pan: None,
            destination: WpanAddress::Short(1),
            source_pan: None,
            source: WpanAddress::None,
            has_fcs: true,
        };
        let error = builder.encode(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "wpan: bad pan id compression: 0x0");
        let builder = WpanBuilder { sequence_number: None, destination_pan: Some(1), ..builder };
        assert!(builder.encode(&mut Vec::new()).is_err());
    }

    #[test]
    fn frames_without_a_check_sequence_are_built_too() {
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&WpanNoFcs::PROTOCOL], b"hi").unwrap();
        assert_eq!(out, b"\x41\x88\0\xff\xff\xff\xff\0\0hi");
    }
}
