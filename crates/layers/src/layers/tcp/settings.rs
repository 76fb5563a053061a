//! What can be set in a segment by name: control bits by their letters, and options.

use crate::layers::tcp::{Tcp, TcpFlags, TcpHeader, TcpOption};
use crate::octet_settings::{self, OptionsHeader};
use crate::{Before, EditError, Encode, EncodeError, Layer, Malformed, Setting};

/// The letters of tcpdump and scapy, and the names of the RFC.
const BITS: &[(&str, u16)] = &[
    ("F", 0x001),
    ("S", 0x002),
    ("R", 0x004),
    ("P", 0x008),
    ("A", 0x010),
    ("U", 0x020),
    ("E", 0x040),
    ("C", 0x080),
    ("FIN", 0x001),
    ("SYN", 0x002),
    ("RST", 0x004),
    ("PSH", 0x008),
    ("ACK", 0x010),
    ("URG", 0x020),
    ("ECE", 0x040),
    ("CWR", 0x080),
    ("AE", 0x100),
];

pub(super) const SETTINGS: &[Setting] = &[
    Setting::field("seq", "tcp.seq_raw"),
    Setting::field("ack", "tcp.ack_raw"),
    Setting::field("window", "tcp.window_size_value"),
    Setting::field("chksum", "tcp.checksum"),
    Setting::field("urgptr", "tcp.urgent_pointer"),
    Setting::part("flags", "tcp.flags", "letters of FSRPAUEC, such as SA, or a number", flags),
    Setting::part("mss", "tcp.options.mss_val", "a number up to 65535", mss),
    Setting::part("wscale", "tcp.options.wscale.shift", "a number up to 255", wscale),
    Setting::part("sackOK", "tcp.options.sack_perm", "1, or 0 to leave it out", sack_permitted),
    Setting::part("timestamps", "", "two numbers, such as 100,0", timestamps),
    Setting::addition(
        "option",
        "a kind and data, such as 254:f98900",
        octet_settings::option::<TcpHeader>,
    ),
    Setting::part(
        "options",
        "tcp.options",
        "pairs of hexadecimal digits",
        octet_settings::options::<TcpHeader>,
    ),
];

/// The control bits, all twelve.
fn flags(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let bits = before.bits(text, BITS)?;
    if bits > TcpFlags::all().bits() {
        return Err(before.refuse());
    }
    let parsed = Tcp::parse(before.header).map_err(|cause| before.unreadable(cause))?;
    let mut header = *parsed.header;
    header.set_control_bits(TcpFlags::from_bits_retain(bits));
    let behind = before.header.get(size_of::<TcpHeader>()..).unwrap_or_default();
    let mut out = Vec::new();
    header.encode(&mut out)?;
    out.extend_from_slice(behind);
    Ok(out)
}

fn mss(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, TcpOption::MaximumSegmentSize(before.number(text)?))
}

fn wscale(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, TcpOption::WindowScale(before.number(text)?))
}

fn sack_permitted(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    match text {
        "1" | "true" => put(before, TcpOption::SackPermitted),
        "0" | "false" => {
            let kind = Some(TcpOption::SackPermitted.kind());
            octet_settings::write::<TcpHeader>(before, kind, |_| Ok(()))
        }
        _ => Err(before.refuse()),
    }
}

fn timestamps(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let (value, echo_reply) = text.split_once(',').ok_or_else(|| before.refuse())?;
    let (value, echo_reply) = (before.number(value)?, before.number(echo_reply)?);
    put(before, TcpOption::Timestamps { value, echo_reply })
}

/// Puts an option in the place of the one of its kind, or behind the others.
fn put(before: &Before<'_>, option: TcpOption<'_>) -> Result<Vec<u8>, EditError> {
    octet_settings::write::<TcpHeader>(before, Some(option.kind()), |out| option.encode(out))
}

impl OptionsHeader for TcpHeader {
    const LENGTH: &'static str = "data offset";

    fn split(bytes: &[u8]) -> Result<(&Self, &[u8]), Malformed> {
        Tcp::parse(bytes).map(|tcp| (tcp.header, tcp.option_bytes))
    }

    fn set_words(&mut self, words: u8) {
        self.set_header_len(words << 2);
    }

    fn encode_option(kind: u8, data: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match kind {
            1 => TcpOption::NoOperation.encode(out),
            kind => TcpOption::Unknown { kind, data }.encode(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, EditError, EncodeError, LinkType, PacketMut, TcpHeader};

    /// A segment alone behind IPv4, with one payload byte.
    fn segment() -> PacketMut {
        let decoder = Decoder::default();
        let mut packet = PacketMut::new(&decoder, LinkType::IPV4, []);
        packet.insert(0, &crate::Ipv4Header::default()).unwrap();
        packet.insert(1, &TcpHeader::default()).unwrap();
        packet.set_payload(b"!");
        packet
    }

    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: &[u8]) {
        let mut packet = segment();
        settings.iter().for_each(|(name, text)| packet.set(1, name, text).unwrap());
        assert_eq!(packet.bytes()[40..], [expected, b"!"].concat());
        assert_eq!(usize::from(packet.bytes()[32] >> 4) * 4, 20 + expected.len());
    }

    #[test]
    fn options_are_put_in_by_name() {
        check(&[("mss", "1460")], b"\x02\x04\x05\xb4");
        check(&[("mss", "1460"), ("tcp.options.mss_val", "536")], b"\x02\x04\x02\x18");
        check(&[("wscale", "7"), ("sackOK", "1")], b"\x03\x03\x07\x04\x02\0\0\0");
        check(&[("sackOK", "1"), ("wscale", "7"), ("sackOK", "0")], b"\x03\x03\x07\0");
        check(
            &[("option", "1"), ("option", "1"), ("timestamps", "100,0x10")],
            b"\x01\x01\x08\x0a\0\0\0\x64\0\0\0\x10",
        );
        check(&[("option", "253:ffff00")], b"\xfd\x05\xff\xff\0\0\0\0");
        check(&[("mss", "1"), ("options", "0303")], b"\x03\x03\0\0");
    }

    #[test]
    fn control_bits_are_letters_names_or_a_number() {
        let flags = |text| {
            let mut packet = segment();
            packet.set(1, "flags", text).map(|()| packet.bytes()[32..34].to_vec())
        };
        assert_eq!(flags("SA"), Ok(vec![0x50, 0x12]));
        assert_eq!(flags("syn+ae"), Ok(vec![0x51, 0x02]));
        assert_eq!(flags("0xfff"), Ok(vec![0x5f, 0xff]));
        assert_eq!(flags(""), Ok(vec![0x50, 0x00]));
        let form = "letters of FSRPAUEC, such as SA, or a number";
        assert_eq!(flags("X"), Err(EditError::Form { name: "flags", form }));
        assert_eq!(flags("4096"), Err(EditError::Form { name: "flags", form }));
    }

    #[test]
    fn more_options_than_a_header_holds_are_an_error_and_change_nothing() {
        let mut packet = segment();
        let error = EncodeError::TooLarge { layer: "tcp", field: "data offset", value: 16 };
        assert_eq!(packet.set(1, "options", &"01".repeat(41)), Err(error.into()));
        assert_eq!(packet.bytes(), segment().bytes());
        assert_eq!(packet.set(1, "options", &"01".repeat(40)), Ok(()));
    }
}
