//! Setting a field by its name, in a layer of any protocol.
//!
//! No protocol says how its fields are written. It need not: which bits make up a number, and what
//! each is worth, shows when they are turned over one by one and the field is read again.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::edit::{EditError, PacketMut};
use super::place::Place;
use super::setting::{Setting, hex, number};
use crate::{Field, FieldSink, Outer, Value};

/// Bits of the longest number.
const MAX_BITS: usize = 64;

impl PacketMut {
    /// Sets a field of one layer, counted from the outermost, from text: `ip.ttl` or `ttl` to `64`.
    /// Numbers may be hexadecimal, a bit is `0` or `1`, addresses are as they are displayed, bytes
    /// are hexadecimal digits. Where a field occurs more than once it is the first of them. What is
    /// no field yet, such as an option, is put in by its [`Setting`]: `mss` of TCP, `qname` of DNS.
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
        let name = setting.map_or(name, |setting| setting.field);
        let no_field = EditError::NoField { layer: at.protocol.name };
        let found = self.read(place, |field| is_name_of(name, field)).ok_or(no_field)?;
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
                self.set_number(place, &found.name, bytes, current, target)
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

    /// What [`set`](Self::set) can set in one layer, each once, by its shortest name.
    pub fn names(&self, place: usize) -> Vec<&'static str> {
        let protocol = self.places.get(place).map(|place| place.protocol);
        let settings = protocol.map_or(&[][..], |protocol| protocol.settings);
        let mut names: Vec<_> =
            settings.iter().copied().flatten().map(Setting::short_name).collect();
        let mut take = |Field { name, value, bytes }: Field<'_>| {
            let short = name.split_once('.').map_or(name, |(_, short)| short);
            if Kind::of(value).is_some() && !bytes.is_empty() && !names.contains(&short) {
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

    /// Finds the bits that make up a number, and sets them.
    fn set_number(
        &mut self,
        place: usize,
        name: &&'static str,
        bytes: Range<usize>,
        current: i128,
        target: i128,
    ) -> Result<(), EditError> {
        let wrong = EditError::Value { field: name };
        let before = self.bytes.clone();
        let (first, end) = (bytes.start.saturating_mul(8), bytes.end.saturating_mul(8));
        let (mut weights, mut unread) = (Vec::new(), Vec::new());
        for bit in first..end {
            if weights.len() > MAX_BITS {
                return Err(wrong);
            }
            self.turn(bit);
            let found = self.read(place, |field| field == *name).map(|found| found.value);
            self.turn(bit);
            match found {
                Some(Kind::Number(value)) if value != current => {
                    weights.push((value.abs_diff(current), value < current, bit));
                }
                Some(_) => {}
                None => unread.push(bit),
            }
        }
        // A bit that makes the header one that nobody can read is worth what its place says, if that
        // is so of the others: a length below its least, say.
        let worth = |bit: usize| {
            let place = u32::try_from(end.saturating_sub(bit)).unwrap_or(u32::MAX);
            1_u128.checked_shl(place.saturating_sub(1)).unwrap_or_default()
        };
        let by_place = weights.iter().all(|&(weight, _, bit)| weight == worth(bit));
        if by_place && !weights.is_empty() {
            weights.extend(unread.iter().map(|&bit| (worth(bit), self.is_set(bit), bit)));
        }
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let set = weights.iter().filter(|(_, is_set, _)| *is_set).map(|(weight, ..)| *weight);
        let floor = current.saturating_sub_unsigned(set.fold(0, u128::saturating_add));
        let mut rest = u128::try_from(target.saturating_sub(floor)).map_err(|_| wrong)?;
        for (weight, is_set, bit) in weights {
            let wanted = weight <= rest;
            rest = if wanted { rest.saturating_sub(weight) } else { rest };
            if wanted != is_set {
                self.turn(bit);
            }
        }
        let is_read = match self.read(place, |field| field == *name).map(|found| found.value) {
            Some(Kind::Number(value)) => value == target,
            // The value makes the header one that nobody can read. That may be what is wanted.
            _ => true,
        };
        if rest == 0 && is_read {
            return Ok(());
        }
        self.bytes = before;
        Err(wrong)
    }

    /// Turns over one bit of the packet, the first being the highest of the first byte.
    fn turn(&mut self, bit: usize) {
        if let Some(byte) = self.bytes.get_mut(bit >> 3) {
            *byte ^= 0x80 >> (bit & 7);
        }
    }

    fn is_set(&self, bit: usize) -> bool {
        self.bytes.get(bit >> 3).is_some_and(|byte| byte & (0x80 >> (bit & 7)) != 0)
    }

    /// Reads the first field of a name in a layer.
    fn read(&self, place: usize, wanted: impl Fn(&str) -> bool) -> Option<Found> {
        let mut found = None;
        self.visit(place, &mut |Field { name, value, bytes }: Field<'_>| {
            if found.is_none() && wanted(name) {
                found = Kind::of(value).map(|value| Found { name, value, bytes });
            }
        });
        found
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
struct Found {
    name: &'static str,
    value: Kind,
    bytes: Range<usize>,
}

/// How a field is written.
enum Kind {
    /// By its bits.
    Number(i128),
    /// By its bytes, which are made from text.
    Octets(fn(&str) -> Option<Vec<u8>>),
}

impl Kind {
    fn of(value: Value<'_>) -> Option<Self> {
        let kind = match value {
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
            Value::Float(_) => return None,
        };
        Some(kind)
    }
}

/// Whether a name is that of a field: in full, or without the name of its protocol. `sport` and
/// `dport` are names that everybody knows.
fn is_name_of(name: &str, field: &str) -> bool {
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
