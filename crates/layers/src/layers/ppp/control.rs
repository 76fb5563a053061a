//! What control protocols of PPP share: a header, and options of one byte of type and one of length,
//! [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661) sections 5 and 6.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |                            data ...                            |
//! ```

use std::fmt;
use std::ops::Range;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::Parts;
use crate::{EncodeError, FieldSink, Malformed, Next, Shape, Value};

/// The header on the wire, of any control protocol.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct PppControlHeader {
    pub code: u8,
    pub identifier: u8,
    /// Of header and data, in bytes.
    pub length: U16,
}

/// What a packet of a control protocol is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PppCode(pub u8);

crate::key::numbers! {
    PppCode "code {}" {
        /// RFC 2153: whatever a vendor makes of it.
        VENDOR_SPECIFIC = 0 "Vendor-Specific";
        /// These options are wanted.
        CONFIGURE_REQUEST = 1 "Configure-Request";
        /// The options are accepted.
        CONFIGURE_ACK = 2 "Configure-Ack";
        /// These options are wanted with other values.
        CONFIGURE_NAK = 3 "Configure-Nak";
        /// These options are not wanted.
        CONFIGURE_REJECT = 4 "Configure-Reject";
        /// The link is to end.
        TERMINATE_REQUEST = 5 "Terminate-Request";
        /// The link ends.
        TERMINATE_ACK = 6 "Terminate-Ack";
        /// The code of a packet is not known.
        CODE_REJECT = 7 "Code-Reject";
        /// The protocol of a packet is not known.
        PROTOCOL_REJECT = 8 "Protocol-Reject";
        /// Is anybody there?
        ECHO_REQUEST = 9 "Echo-Request";
        /// Yes.
        ECHO_REPLY = 10 "Echo-Reply";
        /// To be thrown away: a test.
        DISCARD_REQUEST = 11 "Discard-Request";
        /// Who sends: RFC 1570.
        IDENTIFICATION = 12 "Identification";
        /// How long the link may stay: RFC 1570.
        TIME_REMAINING = 13 "Time-Remaining";
        /// RFC 1962: the decompressor is lost.
        RESET_REQUEST = 14 "Reset-Request";
        /// RFC 1962: the compressor starts anew.
        RESET_ACK = 15 "Reset-Ack";
    }
}

impl PppCode {
    /// Whether a packet of this kind holds options.
    pub fn has_options(self) -> bool {
        (Self::CONFIGURE_REQUEST..=Self::CONFIGURE_REJECT).contains(&self)
    }
}

/// A packet of any control protocol, split at its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::layers) struct Control<'a> {
    pub(in crate::layers) header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub(in crate::layers) data: &'a [u8],
}

impl<'a> Control<'a> {
    pub(in crate::layers) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<PppControlHeader>()?;
        let length = header.length.get();
        let Some(len) = usize::from(length).checked_sub(size_of::<PppControlHeader>()) else {
            return Err(Malformed::Field { name: "length", value: length.into() });
        };
        Ok(Self { header, data: parts.rest.get(..len).unwrap_or(parts.rest) })
    }

    /// The whole packet is the header; what is missing of it stands for a payload.
    pub(in crate::layers) fn shape(&self) -> Shape {
        let header_len = size_of::<PppControlHeader>().saturating_add(self.data.len());
        let payload_len = usize::from(self.header.length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    pub(in crate::layers) fn code(&self) -> PppCode {
        PppCode(self.header.code)
    }

    pub(in crate::layers) fn header_fields(&self, sink: &mut dyn FieldSink) {
        sink.number("ppp.code", self.header.code, 0..1);
        sink.number("ppp.identifier", self.header.identifier, 1..2);
        sink.number("ppp.length", self.header.length, 2..4);
    }

    /// Reports header and options, or what stands in their place.
    pub(in crate::layers) fn fields(
        &self,
        option: fn(&PppOption<'_>, &mut dyn FieldSink),
        sink: &mut dyn FieldSink,
    ) {
        self.header_fields(sink);
        let mut options = self.options();
        while let Some(raw) = sink.sound(options.next(), options.place()) {
            option(&raw, sink);
        }
        if !self.code().has_options() {
            self.rest_field("ppp.data", 0, sink);
        }
    }

    /// Reports the data from an offset on, if there is any.
    pub(in crate::layers) fn rest_field(
        &self,
        name: &'static str,
        from: usize,
        sink: &mut dyn FieldSink,
    ) {
        let rest = self.data.get(from..).filter(|rest| !rest.is_empty());
        if let Some(rest) = rest {
            let start = from.saturating_add(size_of::<PppControlHeader>());
            sink.bytes(name, rest, start..start.saturating_add(rest.len()));
        }
    }

    /// The options, if the packet holds any.
    pub(in crate::layers) fn options(&self) -> PppOptions<'a> {
        PppOptions { rest: if self.code().has_options() { self.data } else { &[] }, at: 4 }
    }

    pub(in crate::layers) fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} id {}", self.code(), self.header.identifier)
    }
}

/// One option, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::layers) struct PppOption<'a> {
    pub(in crate::layers) kind: u8,
    pub(in crate::layers) data: &'a [u8],
    /// Type, length and data.
    whole: &'a [u8],
    /// The place of the type in the layer.
    at: usize,
}

impl PppOption<'_> {
    /// The place of a part of the option, which starts with type and length.
    pub(in crate::layers) fn place(&self, from: usize, to: usize) -> Range<usize> {
        self.at.saturating_add(from)..self.at.saturating_add(to)
    }

    /// The place of the data from an offset of the option on.
    pub(in crate::layers) fn place_from(&self, from: usize) -> Range<usize> {
        self.place(from, self.whole.len())
    }

    /// Reports the whole option under the name of its kind, its type and its length.
    pub(in crate::layers) fn head_fields(&self, names: OptionNames, sink: &mut dyn FieldSink) {
        sink.bytes(names.whole, self.whole, self.place_from(0));
        sink.number(names.kind, self.kind, self.place(0, 1));
        sink.number(names.length, self.whole.len() as u64, self.place(1, 2));
    }
}

/// Wireshark's names for an option.
#[derive(Clone, Copy, Debug)]
pub(in crate::layers) struct OptionNames {
    pub(in crate::layers) whole: &'static str,
    pub(in crate::layers) kind: &'static str,
    pub(in crate::layers) length: &'static str,
}

/// The options of a packet. Ends behind the first error.
#[derive(Clone, Debug)]
pub(in crate::layers) struct PppOptions<'a> {
    rest: &'a [u8],
    at: usize,
}

impl PppOptions<'_> {
    /// The place in the layer of the next option, or of the one that is wrong.
    pub(in crate::layers) fn place(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for PppOptions<'a> {
    type Item = Result<PppOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let have = self.rest.len();
        let &[kind, length, ..] = self.rest else {
            self.rest = &[];
            return (have > 0).then_some(Err(Malformed::Truncated { need: 2, have }));
        };
        let need = usize::from(length);
        if need < 2 {
            self.rest = &[];
            return Some(Err(Malformed::Field { name: "option length", value: length.into() }));
        }
        let Some((whole, rest)) = self.rest.split_at_checked(need) else {
            self.rest = &[];
            return Some(Err(Malformed::Truncated { need, have }));
        };
        let (at, data) = (self.at, whole.get(2..).unwrap_or_default());
        (self.rest, self.at) = (rest, at.saturating_add(need));
        Some(Ok(PppOption { kind, data, whole, at }))
    }
}

/// Appends an option of one byte of type and one of length.
pub(in crate::layers) fn encode_option(
    layer: &'static str,
    kind: u8,
    data: &[&[u8]],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let len = data.iter().map(|data| data.len()).sum::<usize>().saturating_add(2);
    let length = u8::try_from(len).map_err(|_| EncodeError::TooLarge {
        layer,
        field: "option length",
        value: len as u64,
    })?;
    out.extend_from_slice(&[kind, length]);
    data.iter().for_each(|data| out.extend_from_slice(data));
    Ok(())
}

/// Appends a packet, whose length follows from what is written behind its header.
pub(in crate::layers) fn encode(
    layer: &'static str,
    code: PppCode,
    identifier: u8,
    out: &mut Vec<u8>,
    data: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(&[code.0, identifier, 0, 0]);
    data(out)?;
    let len = out.len().saturating_sub(start);
    let length = u16::try_from(len).map_err(|_| EncodeError::TooLarge {
        layer,
        field: "length",
        value: len as u64,
    })?;
    let place = out.get_mut(start.saturating_add(2)..).unwrap_or_default();
    place.iter_mut().zip(length.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    Ok(())
}

/// Text, where it is valid, or else bytes.
pub(in crate::layers) fn text(bytes: &[u8]) -> Value<'_> {
    std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text)
}

#[cfg(test)]
pub(in crate::layers) mod tests {
    use super::*;

    /// A packet with this code and data.
    pub(in crate::layers) fn packet(code: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + data.len()).unwrap().to_be_bytes();
        [&[code, 1], &length[..], data].concat()
    }

    /// An option of this kind.
    pub(in crate::layers) fn option(kind: u8, data: &[u8]) -> Vec<u8> {
        [&[kind, u8::try_from(2 + data.len()).unwrap()], data].concat()
    }

    #[test]
    fn options_end_at_the_first_that_does_not_fit() {
        let found = |data: &[u8]| {
            let bytes = packet(1, data);
            let control = Control::parse(&bytes).unwrap();
            let options = control.options();
            let parts = options.map(|option| option.map(|option| (option.kind, option.data.len())));
            parts.collect::<Vec<_>>()
        };
        assert_eq!(found(&[1, 4, 5, 220, 7, 2]), [Ok((1, 2)), Ok((7, 0))]);
        let bad = |value| Err(Malformed::Field { name: "option length", value });
        assert_eq!(found(&[7, 2, 5, 1, 0]), [Ok((7, 0)), bad(1)]);
        assert_eq!(found(&[7, 0]), [bad(0)]);
        assert_eq!(
            found(&[7, 2, 5, 8]),
            [Ok((7, 0)), Err(Malformed::Truncated { need: 8, have: 2 })]
        );
        assert_eq!(found(&[7]), [Err(Malformed::Truncated { need: 2, have: 1 })]);
    }

    #[test]
    fn the_length_parts_a_packet_from_padding_and_tells_what_is_missing() {
        let control = Control::parse(b"\x09\x01\0\x06abpad").unwrap();
        assert_eq!((control.data, control.shape().header_len), (&b"ab"[..], 6));
        let control = Control::parse(b"\x09\x01\0\x08ab").unwrap();
        assert_eq!((control.shape().header_len, control.shape().payload_len), (6, 2));
        let error = Malformed::Field { name: "length", value: 3 };
        assert_eq!(Control::parse(b"\x09\x01\0\x03"), Err(error));
    }
}
