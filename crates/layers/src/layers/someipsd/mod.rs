//! Service discovery of SOME/IP, AUTOSAR "SOME/IP Service Discovery Protocol Specification"
//! [R22-11](https://www.autosar.org/fileadmin/standards/R22-11/FO/AUTOSAR_PRS_SOMEIPServiceDiscoveryProtocol.pdf)
//! section 4.1.
//!
//! ```text
//!  0             8             16                             31
//! |    flags     |                reserved                      |
//! |                 length of entries array                     |
//! |     type     |   index 1    |   index 2    |  #1  |   #2    |  an entry
//! |         service ID          |          instance ID          |
//! |major version |                    TTL                       |
//! |     minor version, or counter and eventgroup ID             |
//! |                 length of options array                     |
//! |           length            |     type     |   reserved     |  an option ...
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod entries;
mod options;
#[cfg(test)]
mod tests;

pub use entries::{SomeIpSdEntries, SomeIpSdEntry, SomeIpSdEntryBody, SomeIpSdEntryType};
pub use options::{SomeIpSdOption, SomeIpSdOptions};

/// Bytes in front of the entries.
const HEADER_LEN: usize = size_of::<SomeIpSdHeader>();
/// Bytes of the length of the options.
const LENGTH_LEN: usize = 4;
/// Bytes of an entry.
const ENTRY_LEN: u32 = 16;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SomeIpSdHeader {
    pub flags: u8,
    pub reserved: [u8; 3],
    /// Bytes of entries; an array of options is behind them, with a length of its own.
    pub length_of_entries: U32,
}

impl Default for SomeIpSdHeader {
    /// A message without entries, of a sender that started a moment ago and hears unicast.
    fn default() -> Self {
        Self { flags: 0xc0, reserved: [0; 3], length_of_entries: U32::ZERO }
    }
}

impl SomeIpSdHeader {
    /// Whether the sender has not yet counted all of its session IDs since it started.
    pub fn is_rebooted(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Writes [`is_rebooted`](Self::is_rebooted).
    pub fn set_rebooted(&mut self, rebooted: bool) {
        self.flags = self.flags & !0x80 | u8::from(rebooted) << 7;
    }

    /// Whether the sender hears unicast.
    pub fn supports_unicast(&self) -> bool {
        self.flags & 0x40 != 0
    }

    /// Writes [`supports_unicast`](Self::supports_unicast).
    pub fn set_supports_unicast(&mut self, unicast: bool) {
        self.flags = self.flags & !0x40 | u8::from(unicast) << 6;
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SomeIpSd<'a> {
    pub header: &'a SomeIpSdHeader,
    /// The entries, not yet understood, as far as they are there: [`entries`](Self::entries) are.
    pub entries: &'a [u8],
    /// The options, not yet understood, as far as they are there: [`options`](Self::options) are.
    pub options: &'a [u8],
    /// Entries, options and whatever is behind.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for SomeIpSd<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SomeIpSdHeader>(bytes)?;
        let length = header.length_of_entries.get();
        if !length.is_multiple_of(ENTRY_LEN) {
            let value = length.into();
            return Err(Malformed::Field { name: "length of entries array", value });
        }
        let len = usize::try_from(length).unwrap_or(usize::MAX);
        let (entries, behind) = payload.split_at_checked(len).unwrap_or((payload, &[]));
        let (length, options) = behind.split_first_chunk().unwrap_or((&[0; LENGTH_LEN], &[]));
        let len = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let options = options.get(..len).unwrap_or(options);
        Ok(Self { header, entries, options, payload })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let flags = self.header.flags;
        sink.number("someipsd.flags", flags, 0..1);
        sink.flag("someipsd.flags.reboot", self.header.is_rebooted(), 0..1);
        sink.flag("someipsd.flags.unicast", self.header.supports_unicast(), 0..1);
        sink.flag("someipsd.flags.exp_init_events", flags & 0x20 != 0, 0..1);
        let [a, b, c] = self.header.reserved;
        sink.number("someipsd.reserved", u32::from_be_bytes([0, a, b, c]), 1..4);
        sink.number("someipsd.length_entriesarray", self.header.length_of_entries, 4..8);
        let mut reader = FieldReader::new(self.payload, HEADER_LEN, sink);
        let mut entries = reader.part(self.entries.len());
        // What is not there is not reported.
        let _ = entries::fields(&mut entries);
        if reader.u32("someipsd.length_optionsarray").is_some() {
            let _ = options::fields(&mut reader.part(self.options.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most entries in a line.
        const MAX_SHOWN: usize = 8;
        let mut separator = "";
        self.entries().map_while(Result::ok).take(MAX_SHOWN).try_for_each(|entry| {
            write!(f, "{separator}{} {:#06x}", entry.kind_with_ttl(), entry.service_id)?;
            separator = ", ";
            Ok(())
        })
    }
}

impl<'a> SomeIpSd<'a> {
    /// The entries, up to the first that is cut short.
    pub fn entries(&self) -> SomeIpSdEntries<'a> {
        SomeIpSdEntries::new(self.entries)
    }

    /// The options, up to the first error.
    pub fn options(&self) -> SomeIpSdOptions<'a> {
        SomeIpSdOptions::new(self.options)
    }

    /// The options that an entry refers to, first those of its first run.
    pub fn options_of(&self, entry: &SomeIpSdEntry) -> impl Iterator<Item = SomeIpSdOption<'a>> {
        let run = |index: u8, count: u8| {
            self.options().map_while(Result::ok).skip(index.into()).take(count.into())
        };
        run(entry.index1, entry.count1).chain(run(entry.index2, entry.count2))
    }
}

impl Header for SomeIpSdHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SomeIpSdBuilder<'a> {
    /// Its length is worked out.
    pub header: SomeIpSdHeader,
    pub entries: &'a [SomeIpSdEntry],
    /// Entries refer to these by their places.
    pub options: &'a [SomeIpSdOption<'a>],
}

impl Encode for SomeIpSdBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (mut entries, mut options) = (Vec::new(), Vec::new());
        self.entries.iter().try_for_each(|entry| entry.encode(&mut entries))?;
        self.options.iter().try_for_each(|option| option.encode(&mut options))?;
        let length = |field, bytes: &[u8]| {
            u32::try_from(bytes.len()).map_err(|_| too_large(field, bytes.len() as u64))
        };
        let mut header = self.header;
        header.length_of_entries.set(length("length of entries array", &entries)?);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&entries);
        out.extend_from_slice(&length("length of options array", &options)?.to_be_bytes());
        out.extend_from_slice(&options);
        Ok(())
    }
}

fn too_large(field: &'static str, value: u64) -> EncodeError {
    EncodeError::TooLarge { layer: "someipsd", field, value }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SOMEIP_SD,
    "someipsd",
    "SOME/IP Service Discovery",
    |bytes, outer| SomeIpSd::parse_in(bytes, outer).map(|sd| sd.shape()),
    |bytes, outer, visitor| SomeIpSd::parse_in(bytes, outer).map(|sd| visitor(&sd)),
)
.specification("AUTOSAR SOME/IP Service Discovery Protocol Specification")
.role(Role::Application)
.claims(&[Key::child(LayerType::SOMEIP, super::someip::SERVICE_DISCOVERY)])
// No entries and no options.
.template(b"\xc0\0\0\0\0\0\0\0\0\0\0\0");
