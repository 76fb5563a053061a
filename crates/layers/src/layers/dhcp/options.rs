//! Options of DHCP, [RFC 2132](https://www.rfc-editor.org/rfc/rfc2132) and
//! [IANA](https://www.iana.org/assignments/bootp-dhcp-parameters).

use std::net::Ipv4Addr;

use bitflags::bitflags;

use super::codes::{Form, simple};
use super::{DhcpMessageType, DhcpOptionCode, DhcpRoutes, MAX_OPTION, PROTOCOL};
use crate::layers::dns::DnsNames;
use crate::{EncodeError, Malformed};

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DhcpOption<'a> {
    /// A byte that takes up space.
    Pad,
    /// The options end here.
    End,
    /// What the message is for.
    MessageType(DhcpMessageType),
    /// An address.
    Address { code: DhcpOptionCode, address: Ipv4Addr },
    /// Addresses, the preferred first.
    Addresses { code: DhcpOptionCode, addresses: &'a [[u8; 4]] },
    /// Addresses with masks, or with the routers to them.
    AddressPairs { code: DhcpOptionCode, pairs: &'a [[[u8; 4]; 2]] },
    /// Text; zeros may end it.
    Text { code: DhcpOptionCode, text: &'a [u8] },
    /// Yes or no; any other byte than 1 is no.
    Flag { code: DhcpOptionCode, value: u8 },
    /// A number.
    Number8 { code: DhcpOptionCode, value: u8 },
    /// A number.
    Number16 { code: DhcpOptionCode, value: u16 },
    /// A number; of a time, seconds.
    Number32 { code: DhcpOptionCode, value: u32 },
    /// A number with a sign; of a time, seconds.
    Signed32 { code: DhcpOptionCode, value: i32 },
    /// Numbers, big-endian.
    Numbers16 { code: DhcpOptionCode, values: &'a [[u8; 2]] },
    /// What only client and server of one vendor understand.
    VendorSpecific(&'a [u8]),
    /// Codes of the options that the client asks for.
    ParameterRequestList(&'a [u8]),
    /// Who the client is: a hardware type and address, or 0 or 255 and anything.
    ClientIdentifier { hardware_type: u8, data: &'a [u8] },
    /// Classes of users, each behind its length: RFC 3004.
    UserClass(&'a [u8]),
    /// The whole name of the client: RFC 4702.
    ClientFqdn { flags: DhcpFqdnFlags, rcode1: u8, rcode2: u8, name: &'a [u8] },
    /// What a relay agent knows of the client: RFC 3046.
    RelayAgentInformation(DhcpSubOptions<'a>),
    /// Who sent this: RFC 3118.
    Authentication {
        protocol: u8,
        algorithm: u8,
        replay_method: u8,
        replay_detection: u64,
        information: &'a [u8],
    },
    /// What network boot code of the client there is: RFC 4578.
    ClientNetworkInterface { kind: u8, major: u8, minor: u8 },
    /// Which machine the client is: RFC 4578.
    ClientUuid { kind: u8, id: &'a [u8] },
    /// Domains to look up names in: RFC 3397.
    DomainSearch(DnsNames<'a>),
    /// Routes with masks: RFC 3442.
    ClasslessRoutes { code: DhcpOptionCode, routes: DhcpRoutes<'a> },
    /// A code that has no entry here, or not the form of its code.
    Unknown { code: DhcpOptionCode, data: &'a [u8] },
}

bitflags! {
    /// Who updates the name of a client in DNS, and how it is written: RFC 4702, section 2.1.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DhcpFqdnFlags: u8 {
        /// The server updates the address of the name.
        const SERVER = 1;
        /// The server did not do as the client asked.
        const OVERRIDE = 2;
        /// The name is written as on the wire of DNS.
        const ENCODED = 4;
        /// The server updates nothing.
        const NO_UPDATE = 8;
        const _ = !0;
    }
}

/// An option, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawOption<'a> {
    pub(super) code: DhcpOptionCode,
    pub(super) data: &'a [u8],
    /// The place of the code among the options.
    pub(super) at: usize,
}

impl<'a> DhcpOption<'a> {
    /// What the data of an option is: of one that was split over several, when it is put together,
    /// as [`Dhcp::find`](super::Dhcp::find) does.
    pub fn read(code: DhcpOptionCode, data: &'a [u8]) -> Self {
        RawOption { code, data, at: 0 }.understand()
    }
}

impl<'a> RawOption<'a> {
    #[rustfmt::skip] // a line or two an option
    pub(super) fn understand(&self) -> DhcpOption<'a> {
        let Self { code, data, .. } = *self;
        let known = match (code, data) {
            (DhcpOptionCode::PAD, _) => Some(DhcpOption::Pad),
            (DhcpOptionCode::END, _) => Some(DhcpOption::End),
            (DhcpOptionCode::MESSAGE_TYPE, &[number]) => Some(DhcpOption::MessageType(DhcpMessageType(number))),
            (DhcpOptionCode::VENDOR_SPECIFIC, data) => Some(DhcpOption::VendorSpecific(data)),
            (DhcpOptionCode::PARAMETER_REQUEST_LIST, codes) => Some(DhcpOption::ParameterRequestList(codes)),
            (DhcpOptionCode::CLIENT_IDENTIFIER, &[hardware_type, ref data @ ..]) => Some(DhcpOption::ClientIdentifier { hardware_type, data }),
            (DhcpOptionCode::USER_CLASS, classes) => Some(DhcpOption::UserClass(classes)),
            (DhcpOptionCode::CLIENT_FQDN, &[flags, rcode1, rcode2, ref name @ ..]) => {
                let flags = DhcpFqdnFlags::from_bits_retain(flags);
                Some(DhcpOption::ClientFqdn { flags, rcode1, rcode2, name })
            }
            (DhcpOptionCode::RELAY_AGENT_INFORMATION, data) => Some(DhcpOption::RelayAgentInformation(DhcpSubOptions { rest: data, at: 0 })),
            (DhcpOptionCode::AUTHENTICATION, &[protocol, algorithm, replay_method, ref rest @ ..]) => {
                rest.split_first_chunk().map(|(&replay, information)| {
                    let replay_detection = u64::from_be_bytes(replay);
                    DhcpOption::Authentication { protocol, algorithm, replay_method, replay_detection, information }
                })
            }
            (DhcpOptionCode::CLIENT_NETWORK_INTERFACE, &[kind, major, minor]) => Some(DhcpOption::ClientNetworkInterface { kind, major, minor }),
            (DhcpOptionCode::CLIENT_UUID, &[kind, ref id @ ..]) => Some(DhcpOption::ClientUuid { kind, id }),
            (DhcpOptionCode::DOMAIN_SEARCH, data) => Some(DnsNames::new(data)).filter(|names| names.fill(data.len())).map(DhcpOption::DomainSearch),
            (DhcpOptionCode::CLASSLESS_STATIC_ROUTE | DhcpOptionCode::CLASSLESS_STATIC_ROUTE_MICROSOFT, data) => {
                let routes = DhcpRoutes { rest: data };
                let mut all = routes.clone();
                all.by_ref().for_each(drop);
                all.rest.is_empty().then_some(DhcpOption::ClasslessRoutes { code, routes })
            }
            _ => simple(code).and_then(|(form, _)| by_form(code, form, data)),
        };
        known.unwrap_or(DhcpOption::Unknown { code, data })
    }
}

fn by_form(code: DhcpOptionCode, form: Form, data: &[u8]) -> Option<DhcpOption<'_>> {
    Some(match form {
        Form::Address => {
            DhcpOption::Address { code, address: <[u8; 4]>::try_from(data).ok()?.into() }
        }
        Form::Addresses => DhcpOption::Addresses { code, addresses: whole(data)? },
        Form::AddressPairs => {
            let (pairs, []) = whole::<4>(data)?.as_chunks() else { return None };
            DhcpOption::AddressPairs { code, pairs }
        }
        Form::Text => DhcpOption::Text { code, text: data },
        Form::Flag => DhcpOption::Flag { code, value: single(data)? },
        Form::Number8 => DhcpOption::Number8 { code, value: single(data)? },
        Form::Number16 => {
            DhcpOption::Number16 { code, value: u16::from_be_bytes(data.try_into().ok()?) }
        }
        Form::Number32 => {
            DhcpOption::Number32 { code, value: u32::from_be_bytes(data.try_into().ok()?) }
        }
        Form::Signed32 => {
            DhcpOption::Signed32 { code, value: i32::from_be_bytes(data.try_into().ok()?) }
        }
        Form::Numbers16 => DhcpOption::Numbers16 { code, values: whole(data)? },
    })
}

fn single(data: &[u8]) -> Option<u8> {
    <[u8; 1]>::try_from(data).ok().map(|[byte]| byte)
}

/// At least one chunk, and nothing behind the last.
fn whole<const N: usize>(data: &[u8]) -> Option<&[[u8; N]]> {
    match data.as_chunks() {
        (chunks @ [_, ..], []) => Some(chunks),
        _ => None,
    }
}

impl DhcpOption<'_> {
    /// The code of the option.
    pub fn code(&self) -> DhcpOptionCode {
        match *self {
            Self::Pad => DhcpOptionCode::PAD,
            Self::End => DhcpOptionCode::END,
            Self::MessageType(_) => DhcpOptionCode::MESSAGE_TYPE,
            Self::VendorSpecific(_) => DhcpOptionCode::VENDOR_SPECIFIC,
            Self::ParameterRequestList(_) => DhcpOptionCode::PARAMETER_REQUEST_LIST,
            Self::ClientIdentifier { .. } => DhcpOptionCode::CLIENT_IDENTIFIER,
            Self::UserClass(_) => DhcpOptionCode::USER_CLASS,
            Self::ClientFqdn { .. } => DhcpOptionCode::CLIENT_FQDN,
            Self::RelayAgentInformation(_) => DhcpOptionCode::RELAY_AGENT_INFORMATION,
            Self::Authentication { .. } => DhcpOptionCode::AUTHENTICATION,
            Self::ClientNetworkInterface { .. } => DhcpOptionCode::CLIENT_NETWORK_INTERFACE,
            Self::ClientUuid { .. } => DhcpOptionCode::CLIENT_UUID,
            Self::DomainSearch(_) => DhcpOptionCode::DOMAIN_SEARCH,
            Self::Address { code, .. }
            | Self::Addresses { code, .. }
            | Self::AddressPairs { code, .. }
            | Self::Text { code, .. }
            | Self::Flag { code, .. }
            | Self::Number8 { code, .. }
            | Self::Number16 { code, .. }
            | Self::Number32 { code, .. }
            | Self::Signed32 { code, .. }
            | Self::Numbers16 { code, .. }
            | Self::ClasslessRoutes { code, .. }
            | Self::Unknown { code, .. } => code,
        }
    }

    /// Appends the option, split over several if it is too long for one: RFC 3396.
    ///
    /// # Errors
    ///
    /// None today; a form of data may need one.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code = self.code();
        if matches!(code, DhcpOptionCode::PAD | DhcpOptionCode::END) {
            out.push(code.0);
            return Ok(());
        }
        let mut data = Vec::new();
        self.append_to(&mut data);
        let parts = data.chunks(MAX_OPTION).chain(data.is_empty().then_some(&[][..]));
        for part in parts {
            let value = part.len() as u64;
            let error =
                EncodeError::TooLarge { layer: PROTOCOL.name, field: "option length", value };
            out.extend([code.0, u8::try_from(part.len()).map_err(|_| error)?]);
            out.extend_from_slice(part);
        }
        Ok(())
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Pad | Self::End => {}
            Self::MessageType(message_type) => out.push(message_type.0),
            Self::Address { address, .. } => out.extend(address.octets()),
            Self::Addresses { addresses, .. } => out.extend(addresses.as_flattened()),
            Self::AddressPairs { pairs, .. } => out.extend(pairs.as_flattened().as_flattened()),
            Self::Text { text: data, .. }
            | Self::VendorSpecific(data)
            | Self::ParameterRequestList(data)
            | Self::UserClass(data)
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::Flag { value, .. } | Self::Number8 { value, .. } => out.push(value),
            Self::Number16 { value, .. } => out.extend(value.to_be_bytes()),
            Self::Number32 { value, .. } => out.extend(value.to_be_bytes()),
            Self::Signed32 { value, .. } => out.extend(value.to_be_bytes()),
            Self::Numbers16 { values, .. } => out.extend(values.as_flattened()),
            Self::ClientIdentifier { hardware_type: first, data }
            | Self::ClientUuid { kind: first, id: data } => {
                out.push(first);
                out.extend_from_slice(data);
            }
            Self::ClientFqdn { flags, rcode1, rcode2, name } => {
                out.extend([flags.bits(), rcode1, rcode2]);
                out.extend_from_slice(name);
            }
            Self::RelayAgentInformation(ref options) => out.extend_from_slice(options.rest),
            Self::Authentication {
                protocol,
                algorithm,
                replay_method,
                replay_detection,
                information,
            } => {
                out.extend([protocol, algorithm, replay_method]);
                out.extend(replay_detection.to_be_bytes());
                out.extend_from_slice(information);
            }
            Self::ClientNetworkInterface { kind, major, minor } => out.extend([kind, major, minor]),
            Self::DomainSearch(ref names) => out.extend_from_slice(names.as_bytes()),
            Self::ClasslessRoutes { ref routes, .. } => out.extend_from_slice(routes.rest),
        }
    }
}

/// The options of one part of a message. Ends behind the end of the list, and behind the first
/// error.
#[derive(Clone, Debug)]
pub struct DhcpOptions<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> DhcpOptions<'a> {
    /// Options as they are on the wire, behind the magic cookie.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire, at: 0 }
    }

    /// The place of the next option, or of the one that is wrong.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What has not been read: behind the end of the list, space up to the end of the message.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next option, not yet understood.
    pub(super) fn next_raw(&mut self) -> Option<Result<RawOption<'a>, Malformed>> {
        let (&code, behind) = self.rest.split_first()?;
        let (code, at) = (DhcpOptionCode(code), self.at);
        if matches!(code, DhcpOptionCode::PAD | DhcpOptionCode::END) {
            self.at = at.saturating_add(1);
            self.rest = if code == DhcpOptionCode::END { &[] } else { behind };
            return Some(Ok(RawOption { code, data: &[], at }));
        }
        let have = self.rest.len();
        let split = behind
            .split_first()
            .and_then(|(&length, behind)| behind.split_at_checked(usize::from(length)));
        let Some((data, rest)) = split else {
            self.rest = &[];
            let length = behind.first().copied().unwrap_or_default();
            let need = usize::from(length).saturating_add(2);
            return Some(Err(Malformed::Truncated { need, have }));
        };
        self.at = at.saturating_add(data.len()).saturating_add(2);
        self.rest = rest;
        Some(Ok(RawOption { code, data, at }))
    }
}

impl<'a> Iterator for DhcpOptions<'a> {
    type Item = Result<DhcpOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(|raw| raw.understand()))
    }
}

/// What a relay agent knows of a client. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpSubOptions<'a> {
    pub(super) rest: &'a [u8],
    pub(super) at: usize,
}

/// One thing that a relay agent knows of a client: RFC 3046, section 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpSubOption<'a> {
    /// 1 is the circuit that the client is at, 2 a name for the client that the network trusts.
    pub code: u8,
    pub data: &'a [u8],
    /// The place of the code among the others.
    pub(super) at: usize,
}

impl<'a> DhcpSubOptions<'a> {
    /// Sub-options as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire, at: 0 }
    }

    /// The place of the next sub-option, or of the one that is wrong.
    pub(super) fn at(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for DhcpSubOptions<'a> {
    type Item = Result<DhcpSubOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let all = std::mem::take(&mut self.rest);
        let (&code, behind) = all.split_first()?;
        let split = behind
            .split_first()
            .and_then(|(&length, behind)| behind.split_at_checked(usize::from(length)));
        let Some((data, rest)) = split else {
            let length = behind.first().copied().unwrap_or_default();
            let need = usize::from(length).saturating_add(2);
            return Some(Err(Malformed::Truncated { need, have: all.len() }));
        };
        let at = self.at;
        self.rest = rest;
        self.at = at.saturating_add(data.len()).saturating_add(2);
        Some(Ok(DhcpSubOption { code, data, at }))
    }
}
