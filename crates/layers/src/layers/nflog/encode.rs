//! Logged packets, to be written: attributes, the last of which is the packet.

use zerocopy::IntoBytes;
use zerocopy::network_endian::U16;

use super::{
    ATTRIBUTE_HEADER, GROUP_ID, INPUT_INTERFACE, Nflog, NflogAttribute, NflogHeader,
    OUTPUT_INTERFACE, PACKET_HEADER, PAYLOAD, PHYSICAL_INPUT_INTERFACE, PHYSICAL_OUTPUT_INTERFACE,
    PREFIX, TIMESTAMP, USER_ID, length_and_type,
};
use crate::{AddressFamily, Before, Behind, EditError, Encode, EncodeError, EtherType, Header};
use crate::{Layer, Protocol, Setting};

/// What a packet is when nothing more is said of it: IPv4, at the first hook.
pub(super) const TEMPLATE: &[u8] = b"\x02\0\0\0\x08\0\x01\0\x08\0\0\0\x04\0\x09\0";

/// A logged packet in front of its bytes. Attributes are written with the lower byte of their lengths and
/// types first, as most machines have it.
///
/// ```
/// use rheos_layers::*;
///
/// let protocol = EtherType::IPV4;
/// let attributes = [
///     NflogAttribute::PacketHeader { protocol, hook: 3 },
///     NflogAttribute::Prefix(b"dropped\0"),
/// ];
/// let nflog = NflogBuilder { attributes: &attributes, ..Default::default() };
/// let mut out = Vec::new();
/// serialize_layers(&mut out, Fix::all(), &[&nflog, &Ipv4Header::default()], b"")?;
///
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::NFLOG, &out);
/// let nflog = packet.get::<Nflog>().unwrap();
/// assert_eq!(nflog.attributes().nth(1), Some(Ok(attributes[1])));
/// assert!(packet.get::<Ipv4>().is_some());
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NflogBuilder<'a> {
    pub header: NflogHeader,
    /// What is said of the packet. Its own attribute follows from what is behind.
    pub attributes: &'a [NflogAttribute<'a>],
}

impl Encode for NflogBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        NflogHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.attributes.iter().try_for_each(|attribute| put_attribute(attribute, out))?;
        put(PAYLOAD, &[], out)
    }
}

fn put_attribute(attribute: &NflogAttribute<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut number = |kind, number: u32| put(kind, &number.to_be_bytes(), out);
    match *attribute {
        NflogAttribute::PacketHeader { protocol, hook } => {
            let [high, low] = protocol.0.to_be_bytes();
            put(PACKET_HEADER, &[high, low, hook, 0], out)
        }
        NflogAttribute::Timestamp { seconds, microseconds } => {
            let data = [seconds.to_be_bytes(), microseconds.to_be_bytes()].concat();
            put(TIMESTAMP, &data, out)
        }
        NflogAttribute::InputInterface(index) => number(INPUT_INTERFACE, index),
        NflogAttribute::OutputInterface(index) => number(OUTPUT_INTERFACE, index),
        NflogAttribute::PhysicalInputInterface(index) => number(PHYSICAL_INPUT_INTERFACE, index),
        NflogAttribute::PhysicalOutputInterface(index) => number(PHYSICAL_OUTPUT_INTERFACE, index),
        NflogAttribute::Payload(data) => put(PAYLOAD, data, out),
        NflogAttribute::Prefix(text) => put(PREFIX, text, out),
        NflogAttribute::UserId(id) => number(USER_ID, id),
        NflogAttribute::GroupId(id) => number(GROUP_ID, id),
        NflogAttribute::Unknown { kind, data } => put(kind, data, out),
    }
}

/// Appends an attribute, filled up to four bytes.
fn put(kind: u16, data: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let len = data.len().saturating_add(ATTRIBUTE_HEADER);
    let too_large = EncodeError::TooLarge {
        layer: NflogHeader::PROTOCOL.name,
        field: "attribute length",
        value: len as u64,
    };
    let length = u16::try_from(len).map_err(|_| too_large)?;
    out.extend(length.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend_from_slice(data);
    out.extend(std::iter::repeat_n(0, len.next_multiple_of(ATTRIBUTE_HEADER).saturating_sub(len)));
    Ok(())
}

/// Writes the length of the packet, if it is the last attribute in front of it.
pub(super) fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let Ok(nflog) = Nflog::parse(bytes) else { return Ok(()) };
    let is_little_endian = nflog.is_little_endian;
    let head = behind.header_len.checked_sub(ATTRIBUTE_HEADER).and_then(|at| bytes.get_mut(at..));
    let Some(head) = head else { return Ok(()) };
    if !matches!(length_and_type(head, is_little_endian), Ok((_, PAYLOAD))) {
        return Ok(());
    }
    let length = behind.payload_len.saturating_add(ATTRIBUTE_HEADER);
    let length: u16 = behind.fit("attribute length", length)?;
    let written = if is_little_endian { length.to_le_bytes() } else { length.to_be_bytes() };
    head.iter_mut().zip(written).for_each(|(to, byte)| *to = byte);
    Ok(())
}

/// Writes what the packet is: as a family of addresses, and where its hook is told.
pub(super) fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let Ok(nflog) = Nflog::parse(bytes) else { return Ok(()) };
    let given = nflog.ether_type();
    let ether_type = behind.ether_type(given.unwrap_or(EtherType::IPV4));
    let family = match ether_type {
        _ if behind.child.is_none() || Some(ether_type) == given => return Ok(()),
        EtherType::IPV4 => AddressFamily::IPV4,
        EtherType::IPV6 => AddressFamily::IPV6_LINUX,
        _ => return Ok(()),
    };
    let told = nflog.located().flatten().find(|at| at.kind == PACKET_HEADER).map(|told| told.at);
    let header: &mut NflogHeader = behind.header(bytes)?;
    header.address_family = u8::try_from(family.0).unwrap_or_default();
    let place = told.map(|at| at.saturating_add(ATTRIBUTE_HEADER));
    let place = place.and_then(|at| bytes.get_mut(at..)?.first_chunk_mut());
    if let Some(place) = place {
        *place = U16::new(ether_type.0).to_bytes();
    }
    Ok(())
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting::part("", "nflog.prefix", "text", |before, text| {
        set(before, PREFIX, &[text.as_bytes(), &[0]].concat())
    }),
    Setting::part("", "nflog.ifindex_indev", INDEX, |before, text| {
        set_number(before, INPUT_INTERFACE, text)
    }),
    Setting::part("", "nflog.ifindex_outdev", INDEX, |before, text| {
        set_number(before, OUTPUT_INTERFACE, text)
    }),
    Setting::part("", "nflog.ifindex_physindev", INDEX, |before, text| {
        set_number(before, PHYSICAL_INPUT_INTERFACE, text)
    }),
    Setting::part("", "nflog.ifindex_physoutdev", INDEX, |before, text| {
        set_number(before, PHYSICAL_OUTPUT_INTERFACE, text)
    }),
    Setting::part("", "nflog.uid", INDEX, |before, text| set_number(before, USER_ID, text)),
    Setting::part("", "nflog.gid", INDEX, |before, text| set_number(before, GROUP_ID, text)),
    Setting::addition("attribute", "a type and data, such as 11:000003e8", |before, text| {
        let (kind, data) = text.split_once(':').ok_or_else(|| before.refuse())?;
        write(before, None, before.number(kind)?, &before.bytes(data)?)
    }),
];

const INDEX: &str = "a number up to 4294967295";

fn set_number(before: &Before<'_>, kind: u16, text: &str) -> Result<Vec<u8>, EditError> {
    let number: u32 = before.number(text)?;
    set(before, kind, &number.to_be_bytes())
}

/// Puts an attribute in the place of those of its type.
fn set(before: &Before<'_>, kind: u16, data: &[u8]) -> Result<Vec<u8>, EditError> {
    write(before, Some(kind), kind, data)
}

/// Writes the header with another attribute in front of the packet, and without those of a type.
fn write(
    before: &Before<'_>,
    without: Option<u16>,
    kind: u16,
    data: &[u8],
) -> Result<Vec<u8>, EditError> {
    let nflog = Nflog::parse(before.header).map_err(|cause| before.unreadable(cause))?;
    let kept = nflog.located().collect::<Result<Vec<_>, _>>();
    let kept = kept.map_err(|cause| before.unreadable(cause))?;
    // The packet is behind the header: as long as it was said to be.
    let packet_len = nflog.payload_len.saturating_add(ATTRIBUTE_HEADER);
    let packet_len = u16::try_from(packet_len).map_err(|_| before.refuse())?;
    let mut out = nflog.header.as_bytes().to_vec();
    let mut kept = kept.iter().filter(|at| ![without, Some(PAYLOAD)].contains(&Some(at.kind)));
    kept.try_for_each(|located| put(located.kind, located.value, &mut out))?;
    put(kind, data, &mut out)?;
    out.extend(packet_len.to_le_bytes());
    out.extend(PAYLOAD.to_le_bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, Ipv4Header, Ipv6Header, LinkType, PacketMut, serialize_layers};

    #[test]
    fn what_is_read_is_written() {
        let data: &[_] = &[0, 1];
        let attributes = [
            NflogAttribute::PacketHeader { protocol: EtherType::IPV4, hook: 4 },
            NflogAttribute::Timestamp { seconds: 1, microseconds: 2 },
            NflogAttribute::InputInterface(1),
            NflogAttribute::OutputInterface(2),
            NflogAttribute::PhysicalInputInterface(3),
            NflogAttribute::PhysicalOutputInterface(4),
            NflogAttribute::Prefix(b"x\0"),
            NflogAttribute::UserId(5),
            NflogAttribute::GroupId(6),
            NflogAttribute::Unknown { kind: 15, data },
        ];
        let mut out = Vec::new();
        let builder = NflogBuilder { attributes: &attributes, ..Default::default() };
        serialize_layers(&mut out, Fix::all(), &[&builder], b"data").unwrap();
        let nflog = Nflog::parse(&out).unwrap();
        let found = nflog.attributes().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(found[..10], attributes);
        assert_eq!((found[10], nflog.payload), (NflogAttribute::Payload(b"data"), &b"data"[..]));
    }

    #[test]
    fn the_packet_is_told_by_its_family() {
        #[track_caller]
        fn check(layer: &dyn Encode, family: u8, protocol: [u8; 2]) {
            let mut out = Vec::new();
            let nflog = NflogHeader::PROTOCOL;
            serialize_layers(&mut out, Fix::all(), &[&nflog, layer], b"").unwrap();
            assert_eq!((out[0], &out[8..10]), (family, &protocol[..]));
        }
        check(&Ipv4Header::default(), 2, [8, 0]);
        check(&Ipv6Header::default(), 10, [0x86, 0xdd]);
    }

    #[test]
    fn attributes_are_set_by_name() {
        let decoder = Decoder::default();
        let mut packet = PacketMut::new(&decoder, LinkType::NFLOG, []);
        packet.insert(0, &NflogHeader::PROTOCOL).unwrap();
        for (name, value) in [
            ("prefix", "one"),
            ("uid", "7"),
            ("prefix", "two"),
            ("attribute", "15:0001"),
            ("hook", "3"),
        ] {
            packet.set(0, name, value).unwrap();
        }
        packet.insert(1, &Ipv4Header::default()).unwrap();
        packet.fix(Fix::all()).unwrap();
        // The length of the packet stays.
        packet.set(0, "uid", "8").unwrap();
        packet.set(0, "uid", "7").unwrap();
        let decoded = packet.decoded();
        let nflog = decoded.get::<Nflog<'_>>().unwrap();
        let found = nflog.attributes().collect::<Result<Vec<_>, _>>().unwrap();
        let data: &[_] = &[0, 1];
        let expected = [
            NflogAttribute::PacketHeader { protocol: EtherType::IPV4, hook: 3 },
            NflogAttribute::Prefix(b"two\0"),
            NflogAttribute::Unknown { kind: 15, data },
            NflogAttribute::UserId(7),
        ];
        assert_eq!((&found[..4], nflog.payload.len()), (&expected[..], 20));
    }
}
