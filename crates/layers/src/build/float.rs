//! Setting a field that is a number with a fraction.
//!
//! How such a number stands on the wire no protocol says here either: as IEEE 754 has it, or as a count of
//! some unit, in either order of bytes. What reads as the number once it is written is right.

use std::ops::Range;

use super::edit::{EditError, PacketMut};
use super::set::Kind;

/// How much of a number may be lost: 32 bits of IEEE 754 have 24 of precision.
const TOLERANCE: f64 = 1e-6;

/// The bytes of a number, so many of them.
type Count = fn(u64, usize) -> Option<Vec<u8>>;

/// A field whose bytes are written and read again.
pub(super) struct Float<'p> {
    packet: &'p PacketMut,
    place: usize,
    /// The name of the field, and which of those that have it.
    field: (&'static str, usize),
    /// Where it is in the packet.
    bytes: Range<usize>,
}

impl<'p> Float<'p> {
    pub(super) fn new(
        packet: &'p PacketMut,
        place: usize,
        field: (&'static str, usize),
        bytes: Range<usize>,
    ) -> Self {
        Self { packet, place, field, bytes }
    }

    /// The bytes that make the field this number.
    pub(super) fn octets_of(&self, text: &str) -> Result<Vec<u8>, EditError> {
        let wrong = EditError::Value { field: self.field.0 };
        let target = text.parse::<f64>().ok().filter(|target| target.is_finite());
        let target = target.ok_or(wrong)?;
        self.as_ieee(target).or_else(|| self.as_count(target)).ok_or(wrong)
    }

    /// The number that the field is once these are its bytes.
    fn read(&self, octets: &[u8]) -> Option<f64> {
        let mut packet = self.packet.clone();
        packet.bytes.get_mut(self.bytes.clone())?.copy_from_slice(octets);
        match packet.read(self.place, |field| field == self.field.0, self.field.1)?.value {
            Kind::Float(number) => Some(number),
            _ => None,
        }
    }

    /// A multiple of a number of IEEE 754.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "what does not fit is read as another number"
    )]
    fn as_ieee(&self, target: f64) -> Option<Vec<u8>> {
        let forms: &[fn(f64) -> Vec<u8>] = match self.bytes.len() {
            4 => &[|n| (n as f32).to_be_bytes().into(), |n| (n as f32).to_le_bytes().into()],
            8 => &[|n| n.to_be_bytes().into(), |n| n.to_le_bytes().into()],
            _ => &[],
        };
        forms.iter().find_map(|form| {
            let unit = self.read(&form(1.0))?;
            let octets = form(target / unit);
            let error = (self.read(&octets)? - target).abs();
            (error <= target.abs() * TOLERANCE).then_some(octets)
        })
    }

    /// A count of units.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what does not fit is read as another number"
    )]
    fn as_count(&self, target: f64) -> Option<Vec<u8>> {
        let len = self.bytes.len();
        let forms: [Count; 2] = [
            |n, len| Some(n.to_be_bytes().get(8_usize.checked_sub(len)?..)?.into()),
            |n, len| Some(n.to_le_bytes().get(..len)?.into()),
        ];
        forms.iter().find_map(|form| {
            let zero = self.read(&form(0, len)?)?;
            let unit = self.read(&form(1, len)?)? - zero;
            let octets = form(((target - zero) / unit).round() as u64, len)?;
            let error = (self.read(&octets)? - target).abs();
            (error <= unit.abs() / 2.0).then_some(octets)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, EditError, LinkType, PacketMut};

    /// IEEE 802.1Q, section 14.5: times are counted in 256ths of a second.
    #[test]
    fn a_count_of_parts_of_a_second_is_set() {
        let frame = b"\x01\x80\xc2\0\0\0\x02\0\0\0\0\x01\0\x26\x42\x42\x03\
            \0\0\0\0\0\x80\0\x02\0\0\0\0\x01\0\0\0\0\x80\0\x02\0\0\0\0\x01\x80\x01\0\0\x14\0\x02\0\x0f\0";
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, frame);
        let place = packet.layers().position(|protocol| protocol.name == "stp").unwrap();
        assert_eq!(packet.set(place, "max_age", "1.5"), Ok(()));
        assert_eq!(packet.bytes()[46..48], *b"\x01\x80");
        assert_eq!(packet.set(place, "hello", "0.25"), Ok(()));
        assert_eq!(packet.bytes()[48..50], *b"\0\x40");
        for wrong in ["many", "256", "-1", "inf"] {
            let error = Err(EditError::Value { field: "stp.max_age" });
            assert_eq!(packet.set(place, "max_age", wrong), error, "{wrong}");
        }
    }

    /// RFC 2210, section 3.2: a token bucket, whose numbers are those of IEEE 754.
    #[test]
    fn a_number_of_ieee_754_is_set() {
        let message = b"\x45\0\0\x40\0\0\0\0\x40\x2e\0\0\xc0\0\x02\x01\xc0\0\x02\x02\
            \x10\x01\0\0\xff\0\0\x2c\0\x24\x0c\x02\0\0\0\x07\x01\0\0\x06\x7f\0\0\x05\
            \x44\x7a\0\0\x44\x7a\0\0\x44\x7a\0\0\0\0\0\x64\0\0\x05\xdc";
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::IPV4, message);
        let names = packet.names(1);
        let rate = names.iter().find(|name| name.ends_with("rate")).unwrap();
        assert_eq!(packet.set(1, rate, "1250.5"), Ok(()));
        assert_eq!(packet.bytes()[44..48], 1250.5_f32.to_be_bytes());
    }
}
