//! Setting a field by its name, in a layer of any protocol.
//!
//! No protocol says how its fields are written. It need not: which bits make up a number, and what
//! each is worth, shows when they are turned over one by one and the field is read again. A header
//! that cannot be read as it is is read as it would be with a byte or all of a usual one.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::bits::Bits;
use super::edit::{EditError, PacketMut};
use super::float::Float;
use super::place::Place;
use super::setting::{Setting, hex, number};
use crate::{Field, FieldSink, Outer, Value};

impl PacketMut {
    /// Sets a field of one layer, counted from the outermost, from text: `ip.ttl` or `ttl` to `64`.
    /// Numbers may be hexadecimal or, where the field has one, have a fraction, a bit is `0` or `1`, addresses are as they are displayed, bytes
    /// are hexadecimal digits. Where a field occurs more than once it is the first of them, or the one
    /// whose number stands behind a `#`: `dns.a#2`. What is no field yet, such as an option, is put in
    /// by its [`Setting`]: `mss` of TCP, `qname` of DNS.
    ///
    /// The value may make the header one that nobody can read: its fields can be set all the same.
    ///
    /// # Errors
    ///
    /// There is no such layer or field, or the field cannot have the value.
    pub fn set(&mut self, place: usize, name: &str, text: &str) -> Result<(), EditError> {
        let layers = self.places.len();
        let at = *self.places.get(place).ok_or(EditError::NoLayer { place, layers })?;
        let setting = at.protocol.setting(name);
        if let Some(setting) = setting.filter(|setting| setting.is_part()) {
            return self.set_part(place, setting, text);
        }
        let (name, count) = counted(name);
        let setting = at.protocol.setting(name);
        let name = setting.map_or(name, |setting| setting.field);
        let no_field = EditError::NoField { layer: at.protocol.name };
        let wanted = |field: &str| is_name_of(name, field);
        let found = self.read(place, wanted, count);
        let room = found
            .as_ref()
            .map_or(0..at.behind.saturating_sub(at.start), |found| found.bytes.clone());
        let known = Bits::known(at.protocol.name, name, at.start);
        if let Some(bits) = known.filter(|bits| count == 1 && bits.are_in(&room, at.start)) {
            let target = number(text).ok_or(EditError::Value { field: bits.field })?;
            return bits.set(self, target);
        }
        let repaired;
        let (readable, found) = match found {
            Some(found) => (&*self, found),
            None => {
                repaired = self.repaired(place, |packet| packet.read(place, wanted, count));
                let (packet, found) = repaired.as_ref().ok_or(no_field)?;
                (packet, found.clone())
            }
        };
        let wrong = EditError::Value { field: found.name };
        if found.bytes == (0..0) {
            // It follows from what is elsewhere, and has no bytes in this layer.
            return Err(wrong);
        }
        let start = at.start.saturating_add(found.bytes.start);
        let bytes = start..at.start.saturating_add(found.bytes.end);
        match found.value {
            Kind::Number(current) => {
                let target = number(text).ok_or(wrong)?;
                let mut scratch = readable.clone();
                // Of fields with one name each is looked for by its number.
                let count = scratch.count_of(place, found.name, &found.bytes);
                let bits = Bits::find(&mut scratch, place, found.name, count, bytes, current)?;
                let before = self.bytes.clone();
                bits.set(self, target)?;
                match self.read(place, |field| field == found.name, count) {
                    Some(Found { value: Kind::Number(value), .. }) if value != target => {
                        self.bytes = before;
                        Err(wrong)
                    }
                    // The value makes the header one that nobody can read. That may be wanted.
                    _ => Ok(()),
                }
            }
            Kind::Float(_) => {
                let count = readable.count_of(place, found.name, &found.bytes);
                let field = Float::new(readable, place, (found.name, count), bytes.clone());
                let octets = field.octets_of(text)?;
                if let Some(room) = self.bytes.get_mut(bytes) {
                    room.copy_from_slice(&octets);
                }
                Ok(())
            }
            Kind::Octets(parse) => {
                let octets = parse(text).ok_or(wrong)?;
                let old = bytes.len();
                self.splice(bytes.start, bytes.end, &octets, place.saturating_add(1));
                let is_header = bytes.end <= at.behind;
                if let Some(at) = self.places.get_mut(place).filter(|_| is_header) {
                    at.behind = at.behind.saturating_add(octets.len()).saturating_sub(old);
                }
                Ok(())
            }
        }
    }

    /// The packet with a header that can be read, and what is found in it: with one byte of its
    /// protocol's usual header in the place of another, or with all of them.
    fn repaired<T>(&self, place: usize, read: impl Fn(&Self) -> Option<T>) -> Option<(Self, T)> {
        let at = *self.places.get(place)?;
        if self.is_read(place) {
            return None;
        }
        let usual = at.protocol.template.unwrap_or_default();
        let with = |from: usize, bytes: &[u8]| {
            let mut packet = self.clone();
            let start = at.start.saturating_add(from);
            let room = packet.bytes.get_mut(start..start.saturating_add(bytes.len()))?;
            room.copy_from_slice(bytes);
            let found = read(&packet)?;
            Some((packet, found))
        };
        let len = usual.len().min(at.behind.saturating_sub(at.start));
        let front = usual.get(..len)?;
        let one = front.chunks(1).enumerate().find_map(|(from, byte)| with(from, byte));
        one.or_else(|| with(0, front))
    }

    /// What [`set`](Self::set) can set in one layer, each once, by its shortest name.
    pub fn names(&self, place: usize) -> Vec<&'static str> {
        let protocol = self.places.get(place).map(|place| place.protocol);
        let settings = protocol.map_or(&[][..], |protocol| protocol.settings);
        let mut names: Vec<_> =
            settings.iter().copied().flatten().map(Setting::short_name).collect();
        let mut take = |Field { name, bytes, .. }: Field<'_>| {
            let short = name.split_once('.').map_or(name, |(_, short)| short);
            if !bytes.is_empty() && !names.contains(&short) {
                names.push(short);
            }
        };
        self.visit(place, &mut take);
        names
    }

    /// Puts a part into a header that takes up more or less room than before.
    fn set_part(
        &mut self,
        place: usize,
        setting: &'static Setting,
        text: &str,
    ) -> Result<(), EditError> {
        let Some(&Place { protocol, start, behind, .. }) = self.places.get(place) else {
            return Ok(());
        };
        let parent = place.checked_sub(1).and_then(|parent| self.places.get(parent));
        let parent = parent.map(|parent| parent.protocol.layer);
        let header = self.bytes.get(start..behind).unwrap_or_default();
        if let Some(header) = setting.write(header, protocol, parent, text) {
            self.put_header(place, &header?);
        }
        Ok(())
    }

    /// Turns over one bit of the packet, the first being the highest of the first byte.
    pub(super) fn turn(&mut self, bit: usize) {
        if let Some(byte) = self.bytes.get_mut(bit >> 3) {
            *byte ^= 0x80 >> (bit & 7);
        }
    }

    pub(super) fn is_set(&self, bit: usize) -> bool {
        self.bytes.get(bit >> 3).is_some_and(|byte| byte & (0x80 >> (bit & 7)) != 0)
    }

    /// Reads a field of a name in a layer: the first, or another by its number.
    pub(super) fn read(
        &self,
        place: usize,
        wanted: impl Fn(&str) -> bool,
        count: usize,
    ) -> Option<Found> {
        let (mut found, mut left) = (None, count);
        self.visit(place, &mut |Field { name, value, bytes }: Field<'_>| {
            if left > 0 && wanted(name) {
                left = left.saturating_sub(1);
                let value = Kind::of(value);
                found = (left == 0).then_some(Found { name, value, bytes });
            }
        });
        found
    }

    /// Which of the fields with a name is the one at these bytes.
    fn count_of(&self, place: usize, wanted: &str, at: &Range<usize>) -> usize {
        let (mut count, mut is_found) = (0_usize, false);
        self.visit(place, &mut |Field { name, bytes, .. }: Field<'_>| {
            if !is_found && name == wanted {
                count = count.saturating_add(1);
                is_found = bytes == *at;
            }
        });
        count
    }

    /// Whether a header is one that can be read.
    fn is_read(&self, place: usize) -> bool {
        let mut count = 0_usize;
        self.visit(place, &mut |_: Field<'_>| count = count.saturating_add(1));
        count > 0
    }

    /// Shows the fields of a layer: as it is among the others, or as it is alone if it cannot be
    /// read among them.
    fn visit(&self, place: usize, sink: &mut dyn FieldSink) {
        let Some(&Place { protocol, start, end, .. }) = self.places.get(place) else { return };
        let around = self.places.get(..place).unwrap_or_default();
        let around = around.iter().map(Place::span).collect::<Vec<_>>();
        let at = u32::try_from(start).unwrap_or(u32::MAX);
        let outer = Outer::new(&self.bytes, &around, at, Some(self.link_type));
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let among = (protocol.visit)(bytes, &outer, &mut |layer| layer.fields(sink));
        if among.is_err() {
            // What cannot be read alone either has no fields.
            let _ = (protocol.visit)(bytes, &Outer::NONE, &mut |layer| layer.fields(sink));
        }
    }
}

/// A field that was read.
#[derive(Clone)]
pub(super) struct Found {
    name: &'static str,
    pub(super) value: Kind,
    bytes: Range<usize>,
}

/// How a field is written.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// By its bits.
    Number(i128),
    /// By what is read again.
    Float(f64),
    /// By its bytes, which are made from text.
    Octets(fn(&str) -> Option<Vec<u8>>),
}

impl Kind {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Number(number) => Self::Number(number.into()),
            Value::Signed(number) => Self::Number(number.into()),
            Value::Flag(flag) => Self::Number(flag.into()),
            Value::Mac(_) => Self::Octets(|text| {
                let octets = text.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16));
                octets.collect::<Result<Vec<_>, _>>().ok().filter(|octets| octets.len() == 6)
            }),
            Value::Ipv4(_) => {
                Self::Octets(|text| Some(text.parse::<Ipv4Addr>().ok()?.octets().into()))
            }
            Value::Ipv6(_) => {
                Self::Octets(|text| Some(text.parse::<Ipv6Addr>().ok()?.octets().into()))
            }
            Value::Bytes(_) => Self::Octets(hex),
            Value::Text(_) => Self::Octets(|text| Some(text.as_bytes().into())),
            Value::Float(number) => Self::Float(number),
        }
    }
}

/// A name, and which of the fields that have it is meant: the first, where no number is behind it.
fn counted(name: &str) -> (&str, usize) {
    let counted = name.split_once('#').and_then(|(name, count)| Some((name, count.parse().ok()?)));
    counted.unwrap_or((name, 1))
}

/// Whether a name is that of a field: in full, or without the name of its protocol. `sport` and
/// `dport` are names that everybody knows.
pub(super) fn is_name_of(name: &str, field: &str) -> bool {
    let short = field.split_once('.').map_or(field, |(_, short)| short);
    let name = match name {
        "sport" => "srcport",
        "dport" => "dstport",
        name => name,
    };
    name == field || name == short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, LinkType};

    const FRAME: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
        \x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x26\xce\x0a\x00\x00\x01\x0a\x00\x00\x02\
        \x30\x39\x1f\x90\0\0\0\x01\0\0\0\0\x50\x02\x20\0\0\0\0\0";

    #[track_caller]
    fn check(place: usize, name: &str, text: &str, expected: Result<(usize, &[u8]), EditError>) {
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, FRAME);
        let result = packet.set(place, name, text);
        let mut wanted = FRAME.to_vec();
        if let Ok((at, bytes)) = expected {
            wanted[at..at + bytes.len()].copy_from_slice(bytes);
        }
        assert_eq!(result, expected.map(|_| ()), "{name}={text}");
        assert_eq!(packet.bytes(), wanted, "{name}={text}");
    }

    #[test]
    fn whole_bytes_are_set() {
        check(1, "ip.ttl", "7", Ok((22, &[7])));
        check(1, "id", "0xabcd", Ok((18, &[0xab, 0xcd])));
        check(2, "dport", "443", Ok((36, &[1, 0xbb])));
        check(1, "len", "5", Ok((16, &[0, 5])));
        check(2, "seq_raw", "4294967295", Ok((38, &[0xff; 4])));
    }

    #[test]
    fn bits_are_set_and_their_neighbours_stay() {
        check(1, "dsfield.dscp", "46", Ok((15, &[0xb8])));
        check(1, "dsfield.ecn", "1", Ok((15, &[0x01])));
        check(1, "flags.mf", "1", Ok((20, &[0x60])));
        check(1, "frag_offset", "185", Ok((20, &[0x40, 0xb9])));
        check(2, "flags.syn", "0", Ok((47, &[0x00])));
        check(2, "tcp.flags", "0x12", Ok((47, &[0x12])));
        check(0, "dst.ig", "false", Ok((0, &[0x00])));
    }

    #[test]
    fn addresses_are_set() {
        check(1, "src", "192.0.2.1", Ok((26, &[192, 0, 2, 1])));
        check(0, "eth.src", "00:11:22:33:44:55", Ok((6, &[0, 0x11, 0x22, 0x33, 0x44, 0x55])));
    }

    /// RFC 791, RFC 9293: a version, a length and an offset that rule the header out.
    #[test]
    fn a_value_that_nobody_can_read_is_set_and_the_others_behind_it() {
        check(1, "version", "7", Ok((14, &[0x75])));
        check(1, "hdr_len", "4", Ok((14, &[0x41])));
        check(1, "hdr_len", "60", Ok((14, &[0x4f])));
        check(2, "hdr_len", "0", Ok((46, &[0x00])));
        check(2, "hdr_len", "60", Ok((46, &[0xf0])));
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, FRAME);
        let settings = [
            ("version", "7"),
            ("ttl", "9"),
            ("version", "7"),
            ("len", "5"),
            ("ip.src", "192.0.2.1"),
            ("flags.mf", "1"),
            ("ttl", "10"),
        ];
        for (name, text) in settings {
            assert_eq!(packet.set(1, name, text), Ok(()), "{name}={text}");
        }
        let header = b"\x75\x00\x00\x05\x00\x00\x60\x00\x0a\x06\x26\xce\xc0\0\x02\x01";
        assert_eq!(packet.bytes()[14..30], *header);
        assert_eq!(packet.set(1, "color", "red"), Err(EditError::NoField { layer: "ip" }));
    }

    /// RFC 826: the lengths of addresses stand at bytes 4 and 5.
    #[test]
    fn bytes_that_are_lengths_of_what_is_not_there_are_set() {
        let arp = b"\0\x01\x08\0\x06\x04\0\x01\x0a\x0b\x0c\x0d\x0e\x0f\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x02";
        let frame = [&FRAME[..12], b"\x08\x06", arp].concat();
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, frame);
        for (name, text) in [("hwlen", "200"), ("plen", "99"), ("op", "2"), ("hwlen", "201")] {
            assert_eq!(packet.set(1, name, text), Ok(()), "{name}={text}");
        }
        assert_eq!(packet.bytes()[14..22], *b"\0\x01\x08\0\xc9\x63\0\x02");
    }

    #[test]
    fn one_of_several_fields_of_a_name_is_set_by_its_number() {
        // RFC 9293, section 3.2: three times the option without an operation, and the end.
        let mut frame = [FRAME, b"\x01\x01\x01\0"].concat();
        (frame[17], frame[46]) = (0x2c, 0x60);
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, frame);
        assert_eq!(packet.set(2, "option_kind#2", "4"), Ok(()));
        assert_eq!(packet.bytes()[54..58], *b"\x01\x04\x01\0");
        let error = Err(EditError::NoField { layer: "tcp" });
        assert_eq!(packet.set(2, "option_kind#9", "4"), error);
    }

    #[test]
    fn what_cannot_be_set_is_an_error_and_changes_nothing() {
        check(1, "ttl", "256", Err(EditError::Value { field: "ip.ttl" }));
        check(1, "ttl", "many", Err(EditError::Value { field: "ip.ttl" }));
        check(1, "src", "example.org", Err(EditError::Value { field: "ip.src" }));
        check(1, "hdr_len", "21", Err(EditError::Value { field: "ip.hdr_len" }));
        check(1, "color", "red", Err(EditError::NoField { layer: "ip" }));
        check(3, "ttl", "1", Err(EditError::NoLayer { place: 3, layers: 3 }));
    }
}
