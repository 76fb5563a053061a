//! What can be set in a packet by name: flags by their names, and options.

use super::{Ipv4, Ipv4Flags, Ipv4Header, Ipv4Option, Ipv4Route, Ipv4SourceRoute, Ipv4Timestamps};
use crate::build::pad;
use crate::{Before, EditError, Encode, EncodeError, Layer, Setting, octet_options};

/// Flags by the names that scapy and Wireshark have for them.
const FLAGS: &[(&str, u16)] = &[("MF", 1), ("DF", 2), ("RB", 4), ("EVIL", 4)];

/// RFC 791, section 3.1: four bits hold the length of the header, in words of four bytes.
const MAX_IHL: u8 = 15;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::field("ihl", "ip.hdr_len"),
    Setting::field("tos", "ip.dsfield"),
    Setting::field("dscp", "ip.dsfield.dscp"),
    Setting::field("ecn", "ip.dsfield.ecn"),
    Setting::field("frag", "ip.frag_offset"),
    Setting::field("chksum", "ip.checksum"),
    Setting::part("flags", "ip.flags", "names of DF and MF, such as DF+MF, or a number", flags),
    Setting::part("rr", "ip.rec_rt", "how many addresses there is room for, 0 to 9", record_route),
    Setting::part("lsrr", "", "addresses with commas between them", loose_route),
    Setting::part("ssrr", "", "addresses with commas between them", strict_route),
    Setting::part("ts", "", "how many times there is room for, 0 to 9", timestamps),
    Setting::part("ra", "ip.opt.ra", "a number up to 65535", router_alert),
    Setting::addition("option", "a type and data, such as 148:0000", option),
    Setting::part("options", "", "pairs of hexadecimal digits", options),
];

/// Most addresses that the options of a header hold.
const MAX_ENTRIES: usize = 9;

fn flags(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let flags = u8::try_from(before.bits(text, FLAGS)?).ok().filter(|bits| *bits < 8);
    let mut header = *read(before)?.header;
    header.set_flags(Ipv4Flags::from_bits_retain(flags.ok_or_else(|| before.refuse())?));
    let mut out = Vec::new();
    header.encode(&mut out)?;
    out.extend_from_slice(before.header.get(size_of::<Ipv4Header>()..).unwrap_or_default());
    Ok(out)
}

fn record_route(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let addresses = vec![[0; 4]; entries(before, text)?];
    route(before, None, &addresses)
}

fn loose_route(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    route(before, Some(Ipv4SourceRoute::Loose), &before.ipv4_addresses(text)?)
}

fn strict_route(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    route(before, Some(Ipv4SourceRoute::Strict), &before.ipv4_addresses(text)?)
}

fn route(
    before: &Before<'_>,
    source: Option<Ipv4SourceRoute>,
    addresses: &[[u8; 4]],
) -> Result<Vec<u8>, EditError> {
    // The first entry is the fourth byte of the option.
    put(before, Ipv4Option::Route(Ipv4Route { source, pointer: 4, addresses }))
}

fn timestamps(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let words = &vec![[0; 4]; entries(before, text)?];
    // The first entry is the fifth byte of the option.
    let stamps = Ipv4Timestamps { pointer: 5, overflow: 0, flag: 0, words };
    put(before, Ipv4Option::Timestamps(stamps))
}

fn entries(before: &Before<'_>, text: &str) -> Result<usize, EditError> {
    let entries = before.number::<usize>(text)?;
    if entries > MAX_ENTRIES { Err(before.refuse()) } else { Ok(entries) }
}

fn router_alert(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, Ipv4Option::RouterAlert(before.number(text)?))
}

/// Any option, behind those that are there.
fn option(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let (kind, data) = text.split_once(':').unwrap_or((text, ""));
    let (kind, data) = (before.number(kind)?, before.bytes(data)?);
    let option = match kind {
        1 => Ipv4Option::NoOperation,
        kind => Ipv4Option::Unknown { kind, data: &data },
    };
    write(before, None, Some(option))
}

/// All options, as they stand on the wire, right or wrong.
fn options(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    finish(read(before)?.header, &before.bytes(text)?)
}

/// Puts an option in the place of the one of its kind, or behind the others.
fn put(before: &Before<'_>, option: Ipv4Option<'_>) -> Result<Vec<u8>, EditError> {
    write(before, Some(option.kind()), Some(option))
}

fn read<'a>(before: &Before<'a>) -> Result<Ipv4<'a>, EditError> {
    Ipv4::parse(before.header).map_err(|cause| before.unreadable(cause))
}

/// Writes the header with an option, or none, in the place of the one of a kind.
fn write(
    before: &Before<'_>,
    kind: Option<u8>,
    option: Option<Ipv4Option<'_>>,
) -> Result<Vec<u8>, EditError> {
    let ipv4 = read(before)?;
    let mut bytes = Vec::new();
    option.map_or(Ok(()), |option| option.encode(&mut bytes))?;
    let options = octet_options::put(ipv4.option_bytes, kind, &bytes);
    finish(ipv4.header, &options.map_err(|cause| before.unreadable(cause))?)
}

/// Fills a header up, and writes its length: what is behind it could not be found otherwise.
fn finish(header: &Ipv4Header, options: &[u8]) -> Result<Vec<u8>, EditError> {
    let words = size_of::<Ipv4Header>().saturating_add(options.len()).div_ceil(4);
    let (layer, field, value) = ("ip", "IHL", words as u64);
    let words = u8::try_from(words).ok().filter(|words| *words <= MAX_IHL);
    let words = words.ok_or(EncodeError::TooLarge { layer, field, value })?;
    let mut header = *header;
    let payload = header.total_length.get().saturating_sub(u16::from(header.ihl()) << 2);
    header.total_length.set(payload.saturating_add(u16::from(words) << 2));
    header.set_ihl(words);
    let mut out = Vec::new();
    header.encode(&mut out)?;
    out.extend_from_slice(options);
    pad(&mut out, 0, 4);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, EditError, LinkType, PacketMut, UdpHeader};

    /// What a packet has between its fixed part and UDP.
    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: &[u8]) {
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::IPV4, []);
        packet.insert(0, &crate::Ipv4Header::default()).unwrap();
        packet.insert(1, &UdpHeader::default()).unwrap();
        settings.iter().for_each(|(name, text)| packet.set(0, name, text).unwrap());
        let end = 20 + expected.len();
        assert_eq!(packet.bytes()[20..end], *expected);
        assert_eq!(packet.bytes()[end..], [0; 8]);
        assert_eq!(usize::from(packet.bytes()[0] & 15) * 4, end);
    }

    #[test]
    fn options_are_put_in_by_name() {
        check(&[("rr", "2")], b"\x07\x0b\x04\0\0\0\0\0\0\0\0\0");
        check(&[("lsrr", "10.0.0.1")], b"\x83\x07\x04\x0a\0\0\x01\0");
        check(&[("ssrr", "10.0.0.1,10.0.0.2")], b"\x89\x0b\x04\x0a\0\0\x01\x0a\0\0\x02\0");
        check(&[("ts", "1")], b"\x44\x08\x05\0\0\0\0\0");
        check(&[("ra", "7"), ("ip.opt.ra", "0")], b"\x94\x04\0\0");
        check(&[("option", "1"), ("option", "148:0001")], b"\x01\x94\x04\0\x01\0\0\0");
        check(&[("options", "07ff")], b"\x07\xff\0\0");
    }

    #[test]
    fn flags_are_names_or_a_number() {
        let flags = |text| {
            let mut packet = PacketMut::new(&Decoder::default(), LinkType::IPV4, []);
            packet.insert(0, &crate::Ipv4Header::default()).unwrap();
            packet.set(0, "flags", text).map(|()| packet.bytes()[6])
        };
        assert_eq!((flags("DF"), flags("mf+df"), flags("4")), (Ok(0x40), Ok(0x60), Ok(0x80)));
        let form = "names of DF and MF, such as DF+MF, or a number";
        assert_eq!(flags("8"), Err(EditError::Form { name: "flags", form }));
        assert_eq!(flags("XF"), Err(EditError::Form { name: "flags", form }));
    }
}
