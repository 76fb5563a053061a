//! Common Industrial Protocol, [CIP Networks Library](https://www.odva.org) volume 1, section 2-4.
//!
//! ```text
//!  0             8             16
//! |R|  service   | path size   |  path, so many words; data of the request ...
//! |R|  service   |  reserved   | general status | size of additional status |  ...; data of the response
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::{EnipItemType, split};
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod connection;
mod fields;
mod segments;
#[cfg(test)]
mod tests;

pub use connection::{CipForwardClose, CipForwardOpen, CipForwardOpened};
pub use segments::{CipSegment, CipSegments};

/// Set in the service of a response.
const RESPONSE: u8 = 0x80;
/// Bytes of a word of a path or of additional status.
const WORD: usize = 2;

/// The front of a message on the wire.
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
pub struct CipHeader {
    pub service_and_response: u8,
    /// Words of path in a request; reserved in a response.
    pub path_size: u8,
}

impl CipHeader {
    /// What is asked for or answered, 7 bits.
    pub fn service(&self) -> CipService {
        CipService(self.service_and_response & !RESPONSE)
    }

    /// Writes [`service`](Self::service), its low 7 bits.
    pub fn set_service(&mut self, service: CipService) {
        self.service_and_response = self.service_and_response & RESPONSE | service.0 & !RESPONSE;
    }

    /// Whether the message answers another.
    pub fn is_response(&self) -> bool {
        self.service_and_response & RESPONSE != 0
    }

    /// Writes [`is_response`](Self::is_response).
    pub fn set_response(&mut self, response: bool) {
        self.service_and_response = self.service_and_response & !RESPONSE | u8::from(response) << 7;
    }
}

/// What a message asks for, 7 bits. Numbers from 0x4b up mean what the class in the path says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CipService(pub u8);

numbers! {
    CipService "service {:#04x}" {
        /// All attributes of an object.
        GET_ATTRIBUTES_ALL = 0x01 "Get_Attributes_All";
        /// All of them at once.
        SET_ATTRIBUTES_ALL = 0x02 "Set_Attributes_All";
        /// Some attributes of an object.
        GET_ATTRIBUTE_LIST = 0x03 "Get_Attribute_List";
        /// Some of them at once.
        SET_ATTRIBUTE_LIST = 0x04 "Set_Attribute_List";
        /// Start again.
        RESET = 0x05 "Reset";
        /// Run.
        START = 0x06 "Start";
        /// Run no more.
        STOP = 0x07 "Stop";
        /// Make an object.
        CREATE = 0x08 "Create";
        /// Take it away.
        DELETE = 0x09 "Delete";
        /// Several messages in one.
        MULTIPLE_SERVICE_PACKET = 0x0a "Multiple_Service_Packet";
        /// Use the attributes that were set.
        APPLY_ATTRIBUTES = 0x0d "Apply_Attributes";
        /// One attribute.
        GET_ATTRIBUTE_SINGLE = 0x0e "Get_Attribute_Single";
        /// One attribute.
        SET_ATTRIBUTE_SINGLE = 0x10 "Set_Attribute_Single";
        /// Objects that look like this.
        FIND_NEXT_OBJECT_INSTANCE = 0x11 "Find_Next_Object_Instance";
        /// As they were kept.
        RESTORE = 0x15 "Restore";
        /// Keep the attributes.
        SAVE = 0x16 "Save";
        /// Nothing.
        NO_OPERATION = 0x17 "No_Operation";
    }
}

impl CipService {
    /// Of a connection manager: close a connection.
    pub const FORWARD_CLOSE: Self = Self(0x4e);
    /// Of a connection manager: hand a message on.
    pub const UNCONNECTED_SEND: Self = Self(0x52);
    /// Of a connection manager: open a connection.
    pub const FORWARD_OPEN: Self = Self(0x54);
    /// Of a connection manager: who holds a connection.
    pub const GET_CONNECTION_OWNER: Self = Self(0x5a);
    /// Of a connection manager: open a connection for messages of more than 511 bytes.
    pub const LARGE_FORWARD_OPEN: Self = Self(0x5b);
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipStatus<'a> {
    /// 0 if all went well.
    pub general: u8,
    /// What the object adds to that: words, lower byte first.
    pub additional: &'a [u8],
}

impl<'a> CipStatus<'a> {
    /// What the object adds, word by word.
    pub fn additional(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.additional.as_chunks().0.iter().map(|word| u16::from_le_bytes(*word))
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cip<'a> {
    pub header: &'a CipHeader,
    /// What a request is for, not yet understood: [`segments`](Self::segments) are. Nothing in a
    /// response.
    pub path: &'a [u8],
    /// How it went; responses have it.
    pub status: Option<CipStatus<'a>>,
    /// The data of the service, as far as it is there.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Cip<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<CipHeader>(bytes)?;
        let take = |front: usize, words: u8| {
            let len = usize::from(words).saturating_mul(WORD);
            let need = size_of::<CipHeader>().saturating_add(front).saturating_add(len);
            let part = rest.get(front..).and_then(|rest| rest.split_at_checked(len));
            part.ok_or(Malformed::Truncated { need, have: bytes.len() })
        };
        if !header.is_response() {
            let (path, payload) = take(0, header.path_size)?;
            return Ok(Self { header, path, status: None, payload });
        }
        let &[general, words, ..] = rest else {
            let need = size_of::<CipHeader>().saturating_add(2);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let (additional, payload) = take(2, words)?;
        Ok(Self { header, path: &[], status: Some(CipStatus { general, additional }), payload })
    }

    fn shape(&self) -> Shape {
        let status_len = self.status.map_or(0, |status| status.additional.len().saturating_add(2));
        let header_len = size_of::<CipHeader>().saturating_add(self.path.len());
        Shape {
            header_len: header_len.saturating_add(status_len),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::End,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::message(self, 0, 0, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.service())?;
        match self.status {
            Some(CipStatus { general: 0, .. }) => f.write_str(" response"),
            Some(status) => write!(f, " status {:#04x}", status.general),
            None => Ok(()),
        }
    }
}

impl<'a> Cip<'a> {
    /// What a request is for, segment by segment, up to the first error.
    pub fn segments(&self) -> CipSegments<'a> {
        CipSegments::new(self.path)
    }

    /// The class that a request is for.
    pub fn class(&self) -> Option<u32> {
        self.segments().map_while(Result::ok).find_map(|segment| match segment {
            CipSegment::Class(class) => Some(class),
            _ => None,
        })
    }

    /// What a request to open a connection asks for.
    pub fn forward_open(&self) -> Option<CipForwardOpen<'a>> {
        CipForwardOpen::read(self)
    }

    /// What the answer to that says.
    pub fn forward_opened(&self) -> Option<CipForwardOpened<'a>> {
        CipForwardOpened::read(self)
    }

    /// What a request to close a connection asks for.
    pub fn forward_close(&self) -> Option<CipForwardClose<'a>> {
        CipForwardClose::read(self)
    }

    /// The messages in a message of several, whichever way they go, up to the first error.
    pub fn services(&self) -> impl Iterator<Item = Result<Cip<'a>, Malformed>> + use<'a> {
        let is_multiple = self.header.service() == CipService::MULTIPLE_SERVICE_PACKET;
        let bytes = if is_multiple { self.payload } else { &[] };
        let mut is_over = false;
        let messages = fields::embedded(bytes).map(|(message, _)| Cip::parse(message));
        messages.take_while(move |message| {
            let is_left = !is_over;
            is_over |= message.is_err();
            is_left
        })
    }
}

impl Header for CipHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built; data of the service goes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipBuilder<'a> {
    pub service: CipService,
    /// How it went, in a response.
    pub status: Option<CipStatus<'a>>,
    /// What a request is for. A response has none.
    pub path: &'a [CipSegment<'a>],
}

impl Default for CipBuilder<'_> {
    /// A request of no object.
    fn default() -> Self {
        Self { service: CipService::GET_ATTRIBUTE_SINGLE, status: None, path: &[] }
    }
}

impl Encode for CipBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self.status {
            Some(CipStatus { general, additional }) => {
                let size = words("size of additional status", additional.len())?;
                out.extend_from_slice(&[self.service.0 | RESPONSE, 0, general, size]);
                out.extend_from_slice(additional);
            }
            None => {
                let mut path = Vec::new();
                self.path.iter().try_for_each(|segment| segment.encode(&mut path))?;
                out.extend_from_slice(&[self.service.0, words("path size", path.len())?]);
                out.extend_from_slice(&path);
            }
        }
        Ok(())
    }
}

/// Bytes as words, of which a byte says the number.
fn words(field: &'static str, len: usize) -> Result<u8, EncodeError> {
    let error = EncodeError::TooLarge { layer: "cip", field, value: len as u64 };
    let words = len.checked_div(WORD).filter(|_| len.is_multiple_of(WORD));
    words.and_then(|words| u8::try_from(words).ok()).ok_or(error)
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let path_len = behind.header_len.saturating_sub(size_of::<CipHeader>());
    let header = behind.header::<CipHeader>(bytes)?;
    if !header.is_response() {
        header.path_size = words("path size", path_len)?;
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CIP,
    "cip",
    "Common Industrial Protocol",
    |bytes, outer| Cip::parse_in(bytes, outer).map(|cip| cip.shape()),
    |bytes, outer, visitor| Cip::parse_in(bytes, outer).map(|cip| visitor(&cip)),
)
.specification("CIP Networks Library, volume 1")
.role(Role::Application)
.claims(&[
    Key::child(LayerType::ENIP, EnipItemType::UNCONNECTED_DATA.0 as u32),
    Key::child(LayerType::ENIP, EnipItemType::CONNECTED_DATA.0 as u32),
])
// The vendor of a device: class 1, instance 1, attribute 1.
.template(b"\x0e\x03\x20\x01\x24\x01\x30\x01")
.lengths(lengths);
