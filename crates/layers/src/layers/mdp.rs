//! Meraki Discovery Protocol, as
//! [Wireshark](https://gitlab.com/wireshark/wireshark/-/blob/v4.0.17/epan/dissectors/packet-meraki-mdp.c)
//! has it.
//!
//! ```text
//! | preamble, 28 bytes | type | length | value ... |  once more, up to type 255
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Head, Records};
use crate::{Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Shape};

/// Bytes in front of the TLVs.
const PREAMBLE_LEN: usize = 28;
/// The type that ends a message.
const END: u8 = 255;

/// What stands in front of the TLVs; its meaning is not known.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct MdpHeader {
    pub preamble: [u8; PREAMBLE_LEN],
}

impl Default for MdpHeader {
    fn default() -> Self {
        Self { preamble: [0; PREAMBLE_LEN] }
    }
}

/// One TLV; all but the unknown are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MdpTlv<'a> {
    DeviceInfo(&'a [u8]),
    NetworkInfo(&'a [u8]),
    Longitude(&'a [u8]),
    Latitude(&'a [u8]),
    /// Type 6: a unique identifier.
    Six(&'a [u8]),
    /// Type 7: a unique identifier.
    Seven(&'a [u8]),
    /// The message ends here.
    End,
    /// A type that has no entry here.
    Unknown {
        kind: u8,
        data: &'a [u8],
    },
}

impl MdpTlv<'_> {
    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// The value does not fit its length.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (kind, data) = match *self {
            Self::DeviceInfo(text) => (2, text),
            Self::NetworkInfo(text) => (3, text),
            Self::Longitude(text) => (4, text),
            Self::Latitude(text) => (5, text),
            Self::Six(text) => (6, text),
            Self::Seven(text) => (7, text),
            Self::End => (END, &[][..]),
            Self::Unknown { kind, data } => (kind, data),
        };
        let (layer, field, value) = ("mdp", "length", data.len() as u64);
        let error = EncodeError::TooLarge { layer, field, value };
        out.extend_from_slice(&[kind, u8::try_from(data.len()).map_err(|_| error)?]);
        out.extend_from_slice(data);
        Ok(())
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mdp<'a> {
    pub header: &'a MdpHeader,
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are. Up to the end of the message.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Mdp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<MdpHeader>(bytes)?;
        let mut records = Records::new(rest, 0, head);
        let is_end = |kind: u16| kind == END.into();
        let end = records.by_ref().find(|record| matches!(record, Ok(r) if is_end(r.kind)));
        let padding = if end.is_some() { records.rest().len() } else { 0 };
        let tlv_bytes = rest.get(..rest.len().saturating_sub(padding)).unwrap_or(rest);
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = PREAMBLE_LEN.saturating_add(self.tlv_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.bytes("mdp.preamble_data", &self.header.preamble, 0..PREAMBLE_LEN);
        let mut records = Records::new(self.tlv_bytes, PREAMBLE_LEN, head);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            let middle = record.at.saturating_add(1);
            sink.number("mdp.type", record.kind, record.at..middle);
            sink.number("mdp.length", record.data.len() as u64, middle..record.data_at());
            let mut reader = FieldReader::new(record.data, record.data_at(), sink);
            let _ = match record.kind {
                2 => reader.rest_text("mdp.device_info"),
                3 => reader.rest_text("mdp.network_info"),
                4 => reader.rest_text("mdp.longitude"),
                5 => reader.rest_text("mdp.latitude"),
                6 => reader.rest_text("mdp.type_six"),
                7 => reader.rest_text("mdp.type_seven"),
                _ => reader.rest_as("mdp.data"),
            };
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.tlvs().map_while(Result::ok).find_map(|tlv| match tlv {
            MdpTlv::DeviceInfo(text) => std::str::from_utf8(text).ok(),
            _ => None,
        });
        match device {
            Some(device) if !device.contains(char::is_control) => write!(f, "device {device}"),
            _ => Ok(()),
        }
    }
}

impl<'a> Mdp<'a> {
    /// The TLVs, the end among them.
    pub fn tlvs(&self) -> MdpTlvs<'a> {
        MdpTlvs(Records::new(self.tlv_bytes, 0, head))
    }
}

/// The TLVs of a message. Ends behind the end of the message, and behind the first error.
#[derive(Clone, Debug)]
pub struct MdpTlvs<'a>(Records<'a>);

impl<'a> Iterator for MdpTlvs<'a> {
    type Item = Result<MdpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| match (record.kind.to_be_bytes()[1], record.data) {
            (2, text) => MdpTlv::DeviceInfo(text),
            (3, text) => MdpTlv::NetworkInfo(text),
            (4, text) => MdpTlv::Longitude(text),
            (5, text) => MdpTlv::Latitude(text),
            (6, text) => MdpTlv::Six(text),
            (7, text) => MdpTlv::Seven(text),
            (END, []) => MdpTlv::End,
            (kind, data) => MdpTlv::Unknown { kind, data },
        }))
    }
}

fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, length, ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    Ok(Head { kind: kind.into(), header_len: 2, data_len: length.into() })
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MdpBuilder<'a> {
    pub header: MdpHeader,
    pub tlvs: &'a [MdpTlv<'a>],
}

impl Encode for MdpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

impl Header for MdpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MDP,
    "mdp",
    "Meraki Discovery Protocol",
    |bytes, outer| Mdp::parse_in(bytes, outer).map(|mdp| mdp.shape()),
    |bytes, outer, visitor| Mdp::parse_in(bytes, outer).map(|mdp| visitor(&mdp)),
)
.specification("Meraki")
.claims(&[Key::ether_type(EtherType::MERAKI_DISCOVERY)])
.template(&[0; PREAMBLE_LEN]);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: Mdp *b"PPPPPPPPPPPPPPPPPPPPPPPPPPPP\x02\x06device\x03\x07network\x04\x031.5\
        \x05\x032.5\x06\x02ab\x07\x02cd\x09\x02zz\xff\0\0\0";
    fields: "mdp.preamble_data=50505050505050505050505050505050505050505050505050505050 \
        mdp.type=2 mdp.length=6 mdp.device_info=device mdp.type=3 mdp.length=7 \
        mdp.network_info=network mdp.type=4 mdp.length=3 mdp.longitude=1.5 mdp.type=5 \
        mdp.length=3 mdp.latitude=2.5 mdp.type=6 mdp.length=2 mdp.type_six=ab mdp.type=7 \
        mdp.length=2 mdp.type_seven=cd mdp.type=9 mdp.length=2 mdp.data=7a7a mdp.type=255 \
        mdp.length=0";
    edit: MdpHeader, |header| header.preamble[0] = 0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_the_same() {
        let tail = b"\x02\x01a\x03\x01b\x04\x01c\x05\x01d\x06\x01e\x07\x01f\x09\x01g\xff\0";
        let bytes = [&[7; PREAMBLE_LEN][..], tail].concat();
        let mdp = Mdp::parse(&bytes).unwrap();
        let tlvs = mdp.tlvs().collect::<Result<Vec<_>, _>>().unwrap();
        let mut out = Vec::new();
        MdpBuilder { header: *mdp.header, tlvs: &tlvs }.encode(&mut out).unwrap();
        assert_eq!(out, bytes);
    }

    #[test]
    fn a_tlv_cut_short_does_not_lose_those_before_it() {
        let bytes = [&[0; PREAMBLE_LEN][..], b"\x02\x01a\x03\x09b"].concat();
        let mdp = Mdp::parse(&bytes).unwrap();
        assert!(mdp.to_string().ends_with("mdp.device_info=a"));
        assert_eq!(mdp.tlvs().last(), Some(Err(Malformed::Truncated { need: 11, have: 3 })));
    }
}
