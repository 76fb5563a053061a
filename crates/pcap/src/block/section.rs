//! Section header block, section 4.1.
//!
//! ```text
//!  0                               16                             31
//! |                        byte-order magic                        |
//! |         major version          |         minor version         |
//! |                        section length                          |
//! |                                                                |
//! |                            options                             |
//! ```

use std::borrow::Cow;

use crate::block::Options;
use crate::order::ByteOrder;

/// Says the byte order of a section.
pub(crate) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// A length that was not known when the section was started.
const UNKNOWN_LENGTH: u64 = u64::MAX;

/// The start of a section: what follows is in its byte order, and of interfaces that it declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The byte order of the section.
    pub order: ByteOrder,
    /// The version, major and minor: 1 and 0.
    pub version: (u16, u16),
    /// The length of the section in bytes, without this block; `None` if it is not known. Readers do
    /// not rely on it.
    pub length: Option<u64>,
    /// Its options.
    pub options: Options<'a>,
}

impl<'a> Section<'a> {
    /// Option: the hardware that captured.
    pub const HARDWARE: u16 = 2;
    /// Option: the operating system that captured.
    pub const OS: u16 = 3;
    /// Option: the application that wrote the section.
    pub const USER_APPLICATION: u16 = 4;

    /// A section of version 1.0, of unknown length, without options.
    pub const fn new(order: ByteOrder) -> Self {
        Self { order, version: (1, 0), length: None, options: Options::new(order) }
    }

    /// `order` is the one that the magic in front has told.
    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let (_, rest) = body.split_first_chunk::<4>()?;
        let ([major, minor], rest) = order.halves(rest)?;
        let (length, options) = rest.split_first_chunk()?;
        let length = order.u64(*length);
        Some(Self {
            order,
            version: (major, minor),
            length: (length != UNKNOWN_LENGTH).then_some(length),
            options: Options::from_bytes(order, options),
        })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> Section<'static> {
        Section { options: self.options.into_owned(), ..self }
    }

    /// The hardware that captured.
    pub fn hardware(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::HARDWARE)
    }

    /// The operating system that captured.
    pub fn os(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::OS)
    }

    /// The application that wrote the section.
    pub fn user_application(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::USER_APPLICATION)
    }
}
