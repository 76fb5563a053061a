//! Fields of options that label a datagram: security of RFC 791 and RFC 1108, and the commercial
//! option of [CIPSO](https://www.ietf.org/archive/id/draft-ietf-cipso-ipsecurity-01.txt).

use std::fmt::Write;
use std::ops::Range;

use crate::{FieldSink, Value};

/// The levels of RFC 791, those that are reserved too. What starts otherwise is of RFC 1108.
const RFC_791_LEVELS: [u16; 16] = [
    0x0000, 0xf135, 0x789a, 0xbc4d, 0x5e26, 0xaf13, 0xd788, 0x6bc5, 0x35e2, 0x9af1, 0x4d78, 0x24bd,
    0x135e, 0x89af, 0xc4d6, 0xe26b,
];

/// RFC 1108, section 2.4: another byte of flags follows.
const MORE_FLAGS: u8 = 0x01;

/// Where bytes of the option are in the layer.
type PlaceOf<'p> = &'p dyn Fn(usize, usize) -> Range<usize>;

/// RFC 791 has nine bytes of four fields, RFC 1108 a level and flags.
pub(super) fn security(data: &[u8], place: PlaceOf<'_>, sink: &mut dyn FieldSink) {
    if let [s, t, c, d, restrictions @ .., x, y, z] = data
        && restrictions.len() == 2
        && RFC_791_LEVELS.contains(&u16::from_be_bytes([*s, *t]))
    {
        sink.number("ip.opt.sec_rfc791_sec", u16::from_be_bytes([*s, *t]), place(2, 4));
        sink.number("ip.opt.sec_rfc791_comp", u16::from_be_bytes([*c, *d]), place(4, 6));
        sink.value("ip.opt.sec_rfc791_hr", letters(restrictions), place(6, 8));
        sink.value("ip.opt.sec_rfc791_tcc", letters(&[*x, *y, *z]), place(8, 11));
        return;
    }
    let Some((&level, flags)) = data.split_first() else { return };
    sink.number("ip.opt.sec_cl", level, place(2, 3));
    for (at, &flags) in (3_usize..).zip(flags) {
        let bytes = || place(at, at.saturating_add(1));
        sink.number("ip.opt.sec_prot_auth_flags", flags, bytes());
        if at == 3 {
            sink.flag("ip.opt.sec_prot_auth_genser", flags & 0x80 != 0, bytes());
            sink.flag("ip.opt.sec_prot_auth_siop_esi", flags & 0x40 != 0, bytes());
            sink.flag("ip.opt.sec_prot_auth_sci", flags & 0x20 != 0, bytes());
            sink.flag("ip.opt.sec_prot_auth_nsa", flags & 0x10 != 0, bytes());
            sink.flag("ip.opt.sec_prot_auth_doe", flags & 0x08 != 0, bytes());
            sink.number("ip.opt.sec_prot_auth_unassigned", flags >> 1 & 0x3, bytes());
        } else {
            sink.number("ip.opt.sec_prot_auth_unassigned", flags >> 1, bytes());
        }
        sink.flag("ip.opt.sec_prot_auth_fti", flags & MORE_FLAGS != 0, bytes());
        if flags & MORE_FLAGS == 0 {
            return;
        }
    }
}

/// RFC 791 has letters and digits in these places. Anything else is no text to print.
fn letters(code: &[u8]) -> Value<'_> {
    match std::str::from_utf8(code) {
        Ok(text) if code.iter().all(u8::is_ascii_alphanumeric) => Value::Text(text),
        _ => Value::Bytes(code),
    }
}

/// The tags behind the domain of interpretation, up to one whose length cannot be.
pub(super) fn cipso_tags(tags: &[u8], place: PlaceOf<'_>, sink: &mut dyn FieldSink) {
    let (mut rest, mut at) = (tags, 6_usize);
    while let Some((&kind, behind)) = rest.split_first() {
        let at_kind = at;
        at = at.saturating_add(1);
        sink.number("ip.cipso.tag_type", kind, place(at_kind, at));
        if kind == 0 {
            // A byte that fills up.
            rest = behind;
            continue;
        }
        let len = behind.first().map_or(0, |&len| usize::from(len));
        let Some((tag, behind)) = rest.split_at_checked(len) else { return };
        let Some((_, data)) = tag.split_first_chunk::<2>() else { return };
        let data_at = at.saturating_add(1);
        at = at_kind.saturating_add(len);
        rest = behind;
        match (kind, data) {
            (1 | 2 | 5, &[_, level, ref categories @ ..]) => {
                let level_at = data_at.saturating_add(1);
                let behind = level_at.saturating_add(1);
                sink.number("ip.cipso.sensitivity_level", level, place(level_at, behind));
                if !categories.is_empty() {
                    let text = categories_in(kind, categories);
                    let text = Value::Text(&text);
                    sink.value("ip.cipso.categories", text, place(behind, at));
                }
            }
            (6 | 7, data) if !data.is_empty() => {
                sink.bytes("ip.cipso.tag_data", data, place(data_at, at));
            }
            _ => {}
        }
    }
}

/// Categories in words, by the type of their tag: a bit each, a number each, or the ends of ranges.
fn categories_in(kind: u8, categories: &[u8]) -> String {
    let mut text = String::new();
    let mut word = |category: std::fmt::Arguments<'_>| {
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{category}");
    };
    let number = |bytes: &[u8]| bytes.iter().fold(0_u32, |n, &byte| n << 8 | u32::from(byte));
    match kind {
        1 => {
            let masks = [0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01];
            let bits = categories.iter().flat_map(|byte| masks.map(|mask| byte & mask != 0));
            for (category, _) in bits.enumerate().filter(|(_, is_set)| *is_set) {
                word(format_args!("{category}"));
            }
        }
        2 => categories.chunks(2).for_each(|category| word(format_args!("{}", number(category)))),
        // The lower end of the last range may be left out: it is zero.
        _ => categories.chunks(4).for_each(|range| {
            let (upper, lower) = range.split_at_checked(2).unwrap_or((range, &[]));
            word(format_args!("{}-{}", number(upper), number(lower)));
        }),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Ipv4Header;
    use crate::{Decoder, Encode, LinkType};

    /// The fields as `tshark -T pdml` (4.0.17) names and shows them for a packet with this option.
    #[track_caller]
    fn check(option: &str, expected: &str) {
        let option = crate::hex(option).unwrap();
        let mut bytes = Vec::new();
        Ipv4Header::default().encode(&mut bytes).unwrap();
        bytes.extend_from_slice(&option);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let len = u8::try_from(bytes.len()).unwrap();
        (bytes[0], bytes[3]) = (0x40 + len / 4, len);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        let mut found = Vec::new();
        packet.fields(&mut |field: crate::Field<'_>| {
            let name = field.name.strip_prefix("ip.opt.sec_");
            if let Some(name) = name.or_else(|| field.name.strip_prefix("ip.cipso.")) {
                found.push(format!("{name}={}", field.value));
            }
        });
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn an_option_of_eleven_bytes_is_of_the_standard_whose_level_it_has() {
        check(
            "820b6bc50001414258595a",
            "rfc791_sec=27589 rfc791_comp=1 rfc791_hr=AB rfc791_tcc=XYZ",
        );
        check(
            "820b5a800000000000000000",
            "cl=90 prot_auth_flags=128 prot_auth_genser=1 prot_auth_siop_esi=0 prot_auth_sci=0 \
             prot_auth_nsa=0 prot_auth_doe=0 prot_auth_unassigned=0 prot_auth_fti=0",
        );
    }

    #[test]
    fn flags_go_on_as_long_as_each_byte_says_so() {
        check(
            "8206960101fe",
            "cl=150 prot_auth_flags=1 prot_auth_genser=0 prot_auth_siop_esi=0 prot_auth_sci=0 \
             prot_auth_nsa=0 prot_auth_doe=0 prot_auth_unassigned=0 prot_auth_fti=1 \
             prot_auth_flags=1 prot_auth_unassigned=0 prot_auth_fti=1 prot_auth_flags=254 \
             prot_auth_unassigned=127 prot_auth_fti=0",
        );
        check("82035a", "cl=90");
    }

    #[test]
    fn tags_have_levels_and_categories() {
        let level = "doi=1 tag_type=1 sensitivity_level=7";
        check("860a0000000101040007", level);
        check("860c0000000101060007c001", &format!("{level} categories=0,1,15"));
        check(
            "861200000001020c0009000500070100 0003".replace(' ', "").as_str(),
            "doi=1 tag_type=2 sensitivity_level=9 categories=5,7,256,3",
        );
        check(
            "861000000001050a000900ff00100008",
            "doi=1 tag_type=5 sensitivity_level=9 categories=255-16,8-0",
        );
    }

    #[test]
    fn tags_follow_one_another_up_to_one_that_cannot_be() {
        check(
            "8614000000010106 0007c00102080009 00050007".replace(' ', "").as_str(),
            "doi=1 tag_type=1 sensitivity_level=7 categories=0,1,15 tag_type=2 \
             sensitivity_level=9 categories=5,7",
        );
        check(
            "86100000000107080001020304050000",
            "doi=1 tag_type=7 tag_data=000102030405 tag_type=0 tag_type=0",
        );
        check("86080000000101020000", "doi=1 tag_type=1");
        check("860900000001050300", "doi=1 tag_type=5");
        check("8610000000018 00a0102030405060708".replace(' ', "").as_str(), "doi=1 tag_type=128");
    }
}
