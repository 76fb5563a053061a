//! Lays the fields of whole packets beside what tshark shows of them, from a fixture.
//!
//! A fixture is text: `= title`, the packet in hexadecimal digits, then the fields of tshark, each
//! a line `name=value` with numbers in decimal, bits as 0 or 1 and bytes in hexadecimal digits.

use crate::{Decoder, Field, LinkType};

/// Decodes each packet of a fixture as a frame of Ethernet and compares the fields of the layers of
/// these names, in any order. `theirs_only` and `ours_only` are fields that only one side has.
#[track_caller]
pub(crate) fn check(fixture: &str, layers: &[&str], theirs_only: &[&str], ours_only: &[&str]) {
    let decoder = Decoder::default();
    let mut differences = Vec::new();
    for case in fixture.split("\n= ").skip(1) {
        let mut lines = case.lines().filter(|line| !line.is_empty());
        let (title, frame) = (lines.next().unwrap(), lines.next().unwrap());
        let is_one_of = |field: &str, names: &[&str]| {
            names.iter().any(|name| field.split('=').next() == Some(name))
        };
        let mut theirs: Vec<_> =
            lines.filter(|line| !is_one_of(line, theirs_only)).map(str::to_owned).collect();
        let bytes = hex(frame);
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert_eq!(packet.error(), None, "{title}");
        let mut ours = Vec::new();
        for span in packet.layers() {
            if packet.protocol(span).is_some_and(|protocol| layers.contains(&protocol.name)) {
                packet.visit(span, &mut |layer| {
                    layer.fields(&mut |field: Field<'_>| {
                        ours.push(format!("{}={}", field.name, field.value));
                    });
                });
            }
        }
        assert_ne!(ours, [""; 0], "{title}: no layer, or no fields");
        ours.retain(|field| !is_one_of(field, ours_only));
        theirs.retain(|field| match ours.iter().position(|our| our == field) {
            Some(place) => {
                ours.remove(place);
                false
            }
            None => true,
        });
        if !(ours.is_empty() && theirs.is_empty()) {
            differences.push(format!("{title}: theirs {theirs:?}, ours {ours:?}"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The bytes that hexadecimal digits stand for.
#[track_caller]
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
