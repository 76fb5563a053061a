//! From the header of a first fragment and a payload to a packet.

use rheos_core::{LinkType, RawPacket};
use rheos_layers::{Decoder, Fix, InternetSum, IpProtocol, PacketMut};

/// Bytes of the header of IPv6, which its payload length leaves out.
pub(super) const IPV6_LEN: usize = 40;
/// Where IPv4 and IPv6 have their lengths.
const IPV4_LENGTH: usize = 2;
const IPV6_LENGTH: usize = 4;
/// Where IPv4 has its checksum.
const IPV4_CHECKSUM: usize = 10;
/// Bytes of a note.
const NOTE_LEN: usize = 19;

/// What is kept behind the header of a first fragment: where things are in it, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note {
    /// Where IP starts.
    pub(super) start: u32,
    /// Where it says what the datagram carries.
    pub(super) next: u32,
    pub(super) link_type: LinkType,
    pub(super) interface: u32,
    /// Bytes of the fragment's payload.
    pub(super) length: u32,
    /// Whether there is other IP around it.
    pub(super) is_inside: bool,
}

impl Note {
    pub(super) fn write(self, header: &mut Vec<u8>) {
        header.extend(self.start.to_be_bytes());
        header.extend(self.next.to_be_bytes());
        header.extend(self.interface.to_be_bytes());
        header.extend(self.length.to_be_bytes());
        header.extend(self.link_type.0.to_be_bytes());
        header.push(self.is_inside.into());
    }

    /// A packet that was put together when this one came.
    pub(super) fn packet<'a>(self, last: &RawPacket<'a>, data: &'a [u8]) -> RawPacket<'a> {
        let original_length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let Self { link_type, interface, .. } = self;
        RawPacket { link_type, interface, original_length, data, ..*last }
    }

    fn read(note: &[u8; NOTE_LEN]) -> Option<Self> {
        let (numbers, rest) = note.as_chunks::<4>();
        let (&[start, next, interface, length], &[a, b, is_inside]) = (numbers, rest) else {
            return None;
        };
        let [start, next, interface, length] =
            [start, next, interface, length].map(u32::from_be_bytes);
        let link_type = LinkType(u16::from_be_bytes([a, b]));
        let is_inside = is_inside != 0;
        Some(Self { start, next, link_type, interface, length, is_inside })
    }
}

/// Puts a header with its note and a payload together as one packet. `None` if it is too long.
pub(super) fn join(
    decoder: &Decoder,
    header: &[u8],
    payload: &[u8],
    bytes: &mut Vec<u8>,
) -> Option<Note> {
    let (header, note) = header.split_last_chunk()?;
    let note = Note::read(note)?;
    if note.is_inside {
        *bytes = inside(decoder, note, header, payload)?;
        return Some(note);
    }
    let start = note.start as usize;
    bytes.clear();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(payload);
    let length = bytes.len().checked_sub(start)?;
    if header.get(start)? >> 4 == 4 {
        let length = u16::try_from(length).ok()?;
        write(bytes, start.saturating_add(IPV4_LENGTH), &length.to_be_bytes());
        let checksum = start.saturating_add(IPV4_CHECKSUM);
        write(bytes, checksum, &[0, 0]);
        let sum = InternetSum::new().with(bytes.get(start..header.len())?).checksum();
        write(bytes, checksum, &sum.to_be_bytes());
    } else {
        let length = u16::try_from(length.checked_sub(IPV6_LEN)?).ok()?;
        write(bytes, start.saturating_add(IPV6_LENGTH), &length.to_be_bytes());
    }
    Some(note)
}

/// The same inside of a tunnel, whose headers have lengths and checksums of their own.
fn inside(decoder: &Decoder, note: Note, header: &[u8], payload: &[u8]) -> Option<Vec<u8>> {
    let next = note.next as usize;
    let carried = *header.get(next)?;
    let mut first = header.to_vec();
    // What follows is payload to the decoder, whatever it is.
    write(&mut first, next, &[IpProtocol::NO_NEXT_HEADER.0]);
    first.extend_from_slice(payload.get(..note.length as usize)?);
    let mut packet = PacketMut::new(decoder, note.link_type, first);
    if packet.payload_mut().len() != note.length as usize {
        return None;
    }
    packet.set_payload(payload);
    packet.fix(Fix::LENGTHS).ok()?;
    let innermost = packet.layers().len().checked_sub(1)?;
    let own = packet.header_bytes_mut(innermost)?;
    let start = header.len().checked_sub(own.len())?;
    *own.get_mut(next.checked_sub(start)?)? = carried;
    packet.fix(Fix::CHECKSUMS).ok()?;
    Some(packet.into_bytes())
}

/// Writes over bytes, if they are there.
pub(super) fn write(bytes: &mut [u8], at: usize, new: &[u8]) {
    let to = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..new.len()));
    if let Some(to) = to {
        to.copy_from_slice(new);
    }
}
