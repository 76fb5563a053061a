//! What can be set in a packet by name: flags by their names, and options.

use super::{Ipv4, Ipv4Flags, Ipv4Header, Ipv4Option, Ipv4Route, Ipv4SourceRoute, Ipv4Timestamps};
use crate::octet_settings::{self, OptionsHeader};
use crate::{Before, EditError, Encode, EncodeError, Layer, Malformed, Setting};

/// Flags by the names that scapy and Wireshark have for them.
const FLAGS: &[(&str, u16)] = &[("MF", 1), ("DF", 2), ("RB", 4), ("EVIL", 4)];

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
    Setting::addition(
        "option",
        "a type and data, such as 148:0000",
        octet_settings::option::<Ipv4Header>,
    ),
    Setting::part(
        "options",
        "",
        "pairs of hexadecimal digits",
        octet_settings::options::<Ipv4Header>,
    ),
];

/// Most addresses that the options of a header hold.
const MAX_ENTRIES: usize = 9;

fn flags(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let flags = u8::try_from(before.bits(text, FLAGS)?).ok().filter(|bits| *bits < 8);
    let parsed = Ipv4::parse(before.header).map_err(|cause| before.unreadable(cause))?;
    let mut header = *parsed.header;
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

/// Puts an option in the place of the one of its kind, or behind the others.
fn put(before: &Before<'_>, option: Ipv4Option<'_>) -> Result<Vec<u8>, EditError> {
    octet_settings::write::<Ipv4Header>(before, Some(option.kind()), |out| option.encode(out))
}

impl OptionsHeader for Ipv4Header {
    const LENGTH: &'static str = "IHL";

    fn split(bytes: &[u8]) -> Result<(&Self, &[u8]), Malformed> {
        Ipv4::parse(bytes).map(|ipv4| (ipv4.header, ipv4.option_bytes))
    }

    fn set_words(&mut self, words: u8) {
        let payload = self.total_length.get().saturating_sub(u16::from(self.ihl()) << 2);
        self.total_length.set(payload.saturating_add(u16::from(words) << 2));
        self.set_ihl(words);
    }

    fn encode_option(kind: u8, data: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match kind {
            1 => Ipv4Option::NoOperation.encode(out),
            kind => Ipv4Option::Unknown { kind, data }.encode(out),
        }
    }
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
