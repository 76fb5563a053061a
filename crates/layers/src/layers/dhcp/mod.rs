//! Dynamic Host Configuration Protocol, [RFC 2131](https://www.rfc-editor.org/rfc/rfc2131) section
//! 2, and the Bootstrap Protocol that it grew out of,
//! [RFC 951](https://www.rfc-editor.org/rfc/rfc951).
//!
//! ```text
//!  0               8               16              24             31
//! |      op       |     htype     |     hlen      |     hops      |
//! |                              xid                              |
//! |             secs              |B|            flags            |
//! |               ciaddr, yiaddr, siaddr, giaddr                  |
//! |                  chaddr, of 16 bytes ...                      |
//! |                  sname, of 64 bytes ...                       |
//! |                  file, of 128 bytes ...                       |
//! |              magic cookie, then options ...                   |
//! ```

use std::borrow::Cow;
use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod codes;
mod fields;
mod options;
mod others;
mod routes;
mod settings;
mod split;
#[cfg(test)]
mod tests;

pub use codes::{DhcpMessageType, DhcpOptionCode};
pub use options::{DhcpFqdnFlags, DhcpOption, DhcpOptions, DhcpSubOption, DhcpSubOptions};
pub use routes::{DhcpRoute, DhcpRoutes};

/// What parts options from the vendor information of BOOTP: RFC 2131, section 3.
const MAGIC_COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Bytes of a hardware address that the header has room for.
const MAX_HARDWARE_ADDRESS: u8 = 16;
/// Bytes of data of one option; longer data is split over several: RFC 3396.
const MAX_OPTION: usize = 255;

/// The header on the wire, in front of the magic cookie.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct DhcpHeader {
    pub op: u8,
    pub htype: u8,
    pub hlen: u8,
    pub hops: u8,
    pub xid: U32,
    pub secs: U16,
    pub flags: U16,
    pub ciaddr: [u8; 4],
    pub yiaddr: [u8; 4],
    pub siaddr: [u8; 4],
    pub giaddr: [u8; 4],
    pub chaddr: [u8; 16],
    pub sname: [u8; 64],
    pub file: [u8; 128],
}

impl Default for DhcpHeader {
    /// A request from a card of Ethernet, with every address zero.
    fn default() -> Self {
        Self::read_from_prefix(&TEMPLATE).unwrap_or_else(|_| unreachable!("longer than a header")).0
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dhcp<'a> {
    pub header: &'a DhcpHeader,
    /// Whether the magic cookie is there; without it the message is plain BOOTP.
    pub has_cookie: bool,
    /// What stands behind the header and the cookie: options, not yet understood, or vendor
    /// information of BOOTP.
    pub option_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Dhcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<DhcpHeader>(bytes)?;
        if !matches!(header.op, 1 | 2) {
            return Err(Malformed::Field { name: "op", value: header.op.into() });
        }
        if header.hlen > MAX_HARDWARE_ADDRESS {
            return Err(Malformed::Field { name: "hlen", value: header.hlen.into() });
        }
        let options = rest.strip_prefix(&MAGIC_COOKIE);
        Ok(Self { header, has_cookie: options.is_some(), option_bytes: options.unwrap_or(rest) })
    }

    fn shape(&self) -> Shape {
        let cookie = if self.has_cookie { MAGIC_COOKIE.len() } else { 0 };
        let header_len = size_of::<DhcpHeader>().saturating_add(cookie);
        let header_len = header_len.saturating_add(self.option_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message_type() {
            Some(message_type) => write!(f, "{message_type}")?,
            None if self.header.op == 1 => f.write_str("request")?,
            None => f.write_str("reply")?,
        }
        write!(f, " {:#010x}", self.header.xid)?;
        if let Some(&[a, b, c, d, e, g]) = self.hardware_address().first_chunk() {
            write!(f, " {a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")?;
        }
        let given = std::net::Ipv4Addr::from(self.header.yiaddr);
        if given.is_unspecified() { Ok(()) } else { write!(f, " {given}") }
    }
}

impl<'a> Dhcp<'a> {
    /// The hardware address of the client.
    pub fn hardware_address(&self) -> &'a [u8] {
        let header: &'a DhcpHeader = self.header;
        header.chaddr.get(..header.hlen.into()).unwrap_or(&header.chaddr)
    }

    /// The options, those in place of the file and server name behind the others: RFC 2131, section
    /// 4.1. Data that is split over several options is not put together: [`find`](Self::find) does.
    pub fn options(&self) -> impl Iterator<Item = Result<DhcpOption<'a>, Malformed>> + use<'a> {
        let [options, file, sname] = self.parts();
        options.chain(file).chain(sname)
    }

    /// What the message is for, if it is one of DHCP.
    pub fn message_type(&self) -> Option<DhcpMessageType> {
        let [options, ..] = self.parts();
        options.map_while(Result::ok).find_map(|option| match option {
            DhcpOption::MessageType(message_type) => Some(message_type),
            _ => None,
        })
    }

    /// The data of an option, put together if it is split over several: RFC 3396. [`DhcpOption::read`]
    /// says what it is.
    pub fn find(&self, code: DhcpOptionCode) -> Option<Cow<'a, [u8]>> {
        let mut found: Option<Cow<'a, [u8]>> = None;
        for mut part in self.parts() {
            while let Some(Ok(raw)) = part.next_raw() {
                if raw.code == code {
                    match &mut found {
                        Some(data) => data.to_mut().extend_from_slice(raw.data),
                        None => found = Some(Cow::Borrowed(raw.data)),
                    }
                }
            }
        }
        found
    }

    /// The options behind the cookie, in the file, and in the server name.
    fn parts(&self) -> [DhcpOptions<'a>; 3] {
        let header: &'a DhcpHeader = self.header;
        let bytes = if self.has_cookie { self.option_bytes } else { &[] };
        let overload =
            DhcpOptions::new(bytes).map_while(Result::ok).find_map(|option| match option {
                DhcpOption::Number8 { code: DhcpOptionCode::OVERLOAD, value } => Some(value),
                _ => None,
            });
        let has = |bit| overload.is_some_and(|overload| overload & bit != 0);
        let file = if has(1) { &header.file[..] } else { &[] };
        let sname = if has(2) { &header.sname[..] } else { &[] };
        [bytes, file, sname].map(DhcpOptions::new)
    }
}

impl Header for DhcpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be written: header, magic cookie, options, and the end of those.
#[derive(Clone, Debug, Default)]
pub struct DhcpBuilder<'a> {
    pub header: DhcpHeader,
    /// The options. The end is added, if it is not among them.
    pub options: &'a [DhcpOption<'a>],
}

impl Encode for DhcpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        out.extend(MAGIC_COOKIE);
        self.options.iter().try_for_each(|option| option.encode(out))?;
        if self.options.last() != Some(&DhcpOption::End) {
            out.push(DhcpOptionCode::END.0);
        }
        Ok(())
    }
}

/// A request of BOOTP from a card of Ethernet, with the cookie and the end of the options.
const TEMPLATE: [u8; size_of::<DhcpHeader>() + 5] = {
    let mut template = [0; size_of::<DhcpHeader>() + 5];
    (template[0], template[1], template[2]) = (1, 1, 6);
    let [a, b, c, d] = MAGIC_COOKIE;
    (template[236], template[237], template[238], template[239]) = (a, b, c, d);
    template[240] = DhcpOptionCode::END.0;
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DHCP,
    "dhcp",
    "Dynamic Host Configuration Protocol",
    |bytes, outer| Dhcp::parse_in(bytes, outer).map(|dhcp| dhcp.shape()),
    |bytes, outer, visitor| Dhcp::parse_in(bytes, outer).map(|dhcp| visitor(&dhcp)),
)
.specification("RFC 2131")
.role(Role::Application)
.claims(&[Key::udp_port(67), Key::udp_port(68), Key::udp_port(4011)])
.template(&TEMPLATE)
.settings(&[settings::SETTINGS, settings::SIMPLE_SETTINGS]);
