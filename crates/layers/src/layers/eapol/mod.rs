//! EAP over LANs, [IEEE Std 802.1X](https://standards.ieee.org/ieee/802.1X/7345/) section 11.3, and
//! its key frames, of which [IEEE Std 802.11](https://standards.ieee.org/ieee/802.11/7028/) section
//! 12.7.2 defines those of wireless networks.
//!
//! ```text
//!  0         8         16                31
//! | version | type    | length           | body ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, Key, KeyKind, Layer};
use crate::{LayerType, Malformed, Next, Protocol, Shape};

mod key;

pub use key::{EapolKey, EapolKeyInformation, EapolRc4Key, EapolRsnKey};

/// The header on the wire.
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
pub struct EapolHeader {
    pub version: u8,
    pub packet_type: u8,
    /// Bytes of body.
    pub length: U16,
}

/// What a frame carries. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EapolType(pub u8);

numbers! {
    EapolType "type {}" {
        /// A message of EAP.
        EAP = 0 "EAP packet";
        /// A supplicant wants to be let in.
        START = 1 "start";
        /// A supplicant leaves.
        LOGOFF = 2 "logoff";
        /// A key, or a step on the way to one.
        KEY = 3 "key";
        /// An alert of ASF, for a port that lets nothing else through.
        ASF_ALERT = 4 "ASF alert";
        /// `MACsec` key agreement.
        MKA = 5 "MKA";
        /// An announcement to everyone.
        ANNOUNCEMENT_GENERIC = 6 "announcement (generic)";
        /// An announcement to one.
        ANNOUNCEMENT_SPECIFIC = 7 "announcement (specific)";
        /// A request for an announcement.
        ANNOUNCEMENT_REQUEST = 8 "announcement request";
    }
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eapol<'a> {
    pub header: &'a EapolHeader,
    /// As many bytes as the length says, if they are there. Padding behind it is the frame's.
    pub body: &'a [u8],
}

impl<'a> Layer<'a> for Eapol<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<EapolHeader>(bytes)?;
        let body = rest.get(..header.length.get().into()).unwrap_or(rest);
        Ok(Self { header, body })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<EapolHeader>();
        if self.packet_type() == EapolType::KEY {
            let header_len = header_len.saturating_add(self.body.len());
            return Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End };
        }
        let next = Next::One(Key::child(LayerType::EAPOL, self.header.packet_type.into()));
        Shape { header_len, payload_len: self.header.length.get().into(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("eapol.version", self.header.version, 0..1);
        sink.number("eapol.type", self.header.packet_type, 1..2);
        sink.number("eapol.len", self.header.length, 2..4);
        if self.packet_type() == EapolType::KEY {
            let _ = key::fields(&mut FieldReader::new(self.body, 4, sink));
            if let Some(key) = self.key() {
                key::data_fields(&key, sink);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.packet_type())?;
        match self.key() {
            Some(EapolKey::Rsn { header, .. }) => write!(f, " {}", header.information()),
            _ => Ok(()),
        }
    }
}

impl<'a> Eapol<'a> {
    /// What the frame carries.
    pub fn packet_type(&self) -> EapolType {
        EapolType(self.header.packet_type)
    }

    /// The key that the frame carries, if that is what it does, as far as it is there.
    pub fn key(&self) -> Option<EapolKey<'a>> {
        if self.packet_type() == EapolType::KEY { EapolKey::parse(self.body) } else { None }
    }
}

/// A frame to be written whose body is no layer of its own: a key, or nothing at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EapolBuilder<'a> {
    pub header: EapolHeader,
    pub key: Option<EapolKey<'a>>,
}

impl Encode for EapolBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.key.map_or(Ok(()), |key| key.encode(out))
    }
}

impl Header for EapolHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let body = behind.header_len.saturating_sub(size_of::<EapolHeader>());
    let length = behind.fit("packet body length", body.saturating_add(behind.payload_len))?;
    behind.header::<EapolHeader>(bytes)?.length.set(length);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<EapolHeader>(bytes)?;
    header.packet_type = behind.number(header.packet_type, |kind| match kind {
        KeyKind::Child(LayerType::EAPOL, number) => u8::try_from(number).ok(),
        _ => None,
    });
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::EAPOL,
    "eapol",
    "EAP over LANs",
    |bytes, outer| Eapol::parse_in(bytes, outer).map(|eapol| eapol.shape()),
    |bytes, outer, visitor| Eapol::parse_in(bytes, outer).map(|eapol| visitor(&eapol)),
)
.specification("IEEE Std 802.1X")
.claims(&[Key::ether_type(EtherType::EAPOL)])
.template(&[2, 1, 0, 0])
.lengths(lengths)
.next(next);

#[cfg(test)]
mod tests;
