//! PPP over Ethernet, discovery, [RFC 2516](https://www.rfc-editor.org/rfc/rfc2516) sections 4
//! and 5.
//!
//! ```text
//!  0       4       8               16                             31
//! |version| type  |     code      |          session ID            |
//! |            length             |            tags ...            |
//! ```

use std::fmt;

use zerocopy::IntoBytes;

use crate::layers::split;
use crate::{Encode, EncodeError, EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next};
use crate::{PppoeHeader, Protocol, Shape};

mod access_line;
mod tags;

pub use access_line::{PppoeAccessLine, PppoeAccessLines};
pub use tags::{PppoeLinkMetrics, PppoeTag, PppoeTags};

/// What a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PppoeCode(pub u8);

crate::key::numbers! {
    PppoeCode "code {:#04x}" {
        /// Packets of a session.
        SESSION = 0x00 "session";
        /// PADO: an access concentrator offers itself.
        OFFER = 0x07 "PADO";
        /// PADI: who offers this service?
        INITIATION = 0x09 "PADI";
        /// PADG: credits of a session, RFC 5578.
        GRANT = 0x0a "PADG";
        /// PADC: an answer to credits, RFC 5578.
        CREDIT_RESPONSE = 0x0b "PADC";
        /// PADQ: how good the link is, RFC 5578.
        QUALITY = 0x0c "PADQ";
        /// PADR: a session, please.
        REQUEST = 0x19 "PADR";
        /// PADS: the session has this number.
        SESSION_CONFIRMATION = 0x65 "PADS";
        /// PADT: the session ends.
        TERMINATION = 0xa7 "PADT";
        /// PADM: a message for the user.
        MESSAGE = 0xd3 "PADM";
        /// PADN: routes for the user.
        NETWORK = 0xd4 "PADN";
    }
}

/// A packet that looks for sessions, opens or ends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PppoeDiscovery<'a> {
    pub header: &'a PppoeHeader,
    /// The tags, not yet understood, as far as they are there: [`tags`](Self::tags) are.
    pub tag_bytes: &'a [u8],
}

impl<'a> Layer<'a> for PppoeDiscovery<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PppoeHeader>(bytes)?;
        Ok(Self { header, tag_bytes: header.payload(rest) })
    }

    /// The whole packet is the header; what is missing of it stands for a payload.
    fn shape(&self) -> Shape {
        let header_len = size_of::<PppoeHeader>().saturating_add(self.tag_bytes.len());
        let missing = usize::from(self.header.length.get()).saturating_sub(self.tag_bytes.len());
        Shape { header_len, payload_len: missing, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.header.fields(sink);
        tags::fields(self.tag_bytes, size_of::<PppoeHeader>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} session {:#06x}", self.code(), self.header.session_id)
    }
}

impl<'a> PppoeDiscovery<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PppoeCode {
        PppoeCode(self.header.code)
    }

    /// The tags.
    pub fn tags(&self) -> PppoeTags<'a> {
        PppoeTags::new(self.tag_bytes)
    }
}

/// A packet to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PppoeDiscoveryBuilder<'a> {
    pub code: PppoeCode,
    pub session_id: u16,
    pub tags: &'a [PppoeTag<'a>],
}

impl Default for PppoeDiscoveryBuilder<'_> {
    /// A search for any service.
    fn default() -> Self {
        Self { code: PppoeCode::INITIATION, session_id: 0, tags: &[PppoeTag::ServiceName(&[])] }
    }
}

impl Encode for PppoeDiscoveryBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut tags = Vec::new();
        self.tags.iter().try_for_each(|tag| tag.encode(&mut tags))?;
        let value = tags.len() as u64;
        let error = EncodeError::TooLarge { layer: PROTOCOL.name, field: "length", value };
        let length = u16::try_from(tags.len()).map_err(|_| error)?.into();
        let session_id = self.session_id.into();
        let header =
            PppoeHeader { code: self.code.0, session_id, length, ..PppoeHeader::default() };
        out.extend_from_slice(header.as_bytes());
        out.append(&mut tags);
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PPPOE_DISCOVERY,
    "pppoed",
    "PPP over Ethernet discovery",
    |bytes, outer| PppoeDiscovery::parse_in(bytes, outer).map(|packet| packet.shape()),
    |bytes, outer, visitor| PppoeDiscovery::parse_in(bytes, outer).map(|packet| visitor(&packet)),
)
.specification("RFC 2516")
.claims(&[Key::ether_type(EtherType::PPPOE_DISCOVERY)])
.template(&[0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]);

// tshark -r PPPoEDiscovery.pcap (PcapPlusPlus), frame 2.
#[cfg(test)]
layer_tests! {
    sample: PppoeDiscovery *b"\x11\x65\x00\x11\x00\x28\x01\x01\x00\x00\x01\x03\x00\x04\x64\x13\x85\x18\
        \x01\x02\x00\x04BRAS\x01\x04\x00\x10\x3d\x0f\x05\x87\x06\x24\x84\xf2\xdf\x32\xb9\xdd\xfd\x77\xbd\x5b";
    fields: "pppoe.version=1 pppoe.type=1 pppoe.code=101 pppoe.session_id=17 \
        pppoe.payload_length=40 pppoed.tags.host_uniq=64138518 pppoed.tags.ac_name=BRAS \
        pppoed.tags.ac_cookie=3d0f0587062484f2df32b9ddfd77bd5b";
    edit: PppoeHeader, |header| header.session_id.set(18);
    bad: [];
}

#[cfg(test)]
mod tests;
