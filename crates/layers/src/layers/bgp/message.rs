//! Messages, [RFC 4271](https://www.rfc-editor.org/rfc/rfc4271) sections 4.2 to 4.5 and
//! [RFC 5492](https://www.rfc-editor.org/rfc/rfc5492).

use super::{BgpHeader, BgpType, BgpUpdate, split_header};
use crate::octet_tlvs::OctetTlvs;
use crate::{EncodeError, Malformed};

/// The optional parameter that holds capabilities.
const CAPABILITIES: u8 = 2;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BgpMessage<'a> {
    /// Who the sender is and what it can.
    Open(BgpOpen<'a>),
    /// Routes.
    Update(BgpUpdate<'a>),
    /// What is wrong.
    Notification { error_code: u8, error_subcode: u8, data: &'a [u8] },
    /// Nothing.
    Keepalive,
    /// Which routes to tell again: address family, what the message is for, and which of the
    /// family.
    RouteRefresh { afi: u16, subtype: u8, safi: u8 },
    /// Any other, and one that is too short here for what it is.
    Other { message_type: BgpType, body: &'a [u8] },
}

/// An open message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BgpOpen<'a> {
    pub version: u8,
    /// 23456 where the number has four bytes, which a capability holds.
    pub my_autonomous_system: u16,
    /// Seconds of silence that end the session.
    pub hold_time: u16,
    pub bgp_identifier: [u8; 4],
    /// RFC 9072: whether the lengths of optional parameters have two bytes.
    pub has_extended_lengths: bool,
    /// The optional parameters, not yet understood.
    pub optional_parameters: &'a [u8],
}

/// A capability: its code and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BgpCapability<'a> {
    /// 1 several protocols, 2 route refresh, 64 graceful restart, 65 long AS numbers, 69 several
    /// paths…
    pub code: u8,
    pub value: &'a [u8],
}

impl BgpCapability<'_> {
    /// Appends an optional parameter that holds these capabilities.
    ///
    /// # Errors
    ///
    /// They are longer than 255 bytes.
    pub fn encode(capabilities: &[Self], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let too_large = |value: usize| EncodeError::TooLarge {
            layer: "bgp",
            field: "capability length",
            value: value as u64,
        };
        let mut parameter = Vec::new();
        for &Self { code, value } in capabilities {
            let length = u8::try_from(value.len()).map_err(|_| too_large(value.len()))?;
            parameter.extend_from_slice(&[code, length]);
            parameter.extend_from_slice(value);
        }
        let length = u8::try_from(parameter.len()).map_err(|_| too_large(parameter.len()))?;
        out.extend_from_slice(&[CAPABILITIES, length]);
        out.extend_from_slice(&parameter);
        Ok(())
    }
}

impl<'a> BgpOpen<'a> {
    fn new(body: &'a [u8]) -> Option<Self> {
        let &[version, a, b, c, d, e, f, g, h, length, ref rest @ ..] = body else { return None };
        let has_extended_lengths = Self::is_extended(length, rest);
        let (length, rest) = match *rest {
            [_, a, b, ref rest @ ..] if has_extended_lengths => {
                (usize::from(u16::from_be_bytes([a, b])), rest)
            }
            _ => (usize::from(length), rest),
        };
        Some(Self {
            version,
            my_autonomous_system: u16::from_be_bytes([a, b]),
            hold_time: u16::from_be_bytes([c, d]),
            bgp_identifier: [e, f, g, h],
            has_extended_lengths,
            optional_parameters: rest.get(..length).unwrap_or(rest),
        })
    }

    /// RFC 9072, section 2: a length and a type of 255 in front of the parameters say that all
    /// lengths have two bytes.
    pub(super) fn is_extended(length: u8, parameters: &[u8]) -> bool {
        matches!((length, parameters), (255, [255, _, _, ..]))
    }

    /// The capabilities, up to the first error.
    pub fn capabilities(
        &self,
    ) -> impl Iterator<Item = Result<BgpCapability<'a>, Malformed>> + use<'a> {
        let mut rest = self.optional_parameters;
        let is_extended = self.has_extended_lengths;
        let parameters = std::iter::from_fn(move || {
            let parameter = (!rest.is_empty()).then(|| parameter(rest, is_extended))?;
            rest = parameter.map_or(&[][..], |(_, _, behind)| behind);
            Some(parameter)
        });
        let mut failed = false;
        let found = parameters.flat_map(|parameter| {
            let (bytes, error) = match parameter {
                Ok((CAPABILITIES, value, _)) => (value, None),
                Ok(_) => (&[][..], None),
                Err(error) => (&[][..], Some(Err(error))),
            };
            let capabilities = OctetTlvs::new(bytes, 0).map(|capability| {
                capability.map(|tlv| BgpCapability { code: tlv.kind, value: tlv.value })
            });
            capabilities.chain(error)
        });
        found.take_while(move |found| !std::mem::replace(&mut failed, found.is_err()))
    }
}

/// An optional parameter: its type, its value, and what stands behind it.
fn parameter(bytes: &[u8], is_extended: bool) -> Result<(u8, &[u8], &[u8]), Malformed> {
    let (kind, length, front, behind) = match *bytes {
        [kind, a, b, ref behind @ ..] if is_extended => {
            (kind, usize::from(u16::from_be_bytes([a, b])), 3, behind)
        }
        [kind, length, ref behind @ ..] if !is_extended => (kind, length.into(), 2, behind),
        _ => {
            let need = if is_extended { 3 } else { 2 };
            return Err(Malformed::Truncated { need, have: bytes.len() });
        }
    };
    let need = length.saturating_add(front);
    let truncated = Malformed::Truncated { need, have: bytes.len() };
    let (value, rest) = behind.split_at_checked(length).ok_or(truncated)?;
    Ok((kind, value, rest))
}

impl<'a> BgpMessage<'a> {
    pub(super) fn new(message_type: BgpType, body: &'a [u8]) -> Self {
        let message = match (message_type, body) {
            (BgpType::OPEN, _) => BgpOpen::new(body).map(Self::Open),
            (BgpType::UPDATE, _) => BgpUpdate::new(body).map(Self::Update),
            (BgpType::NOTIFICATION, &[error_code, error_subcode, ref data @ ..]) => {
                Some(Self::Notification { error_code, error_subcode, data })
            }
            (BgpType::KEEPALIVE, []) => Some(Self::Keepalive),
            (BgpType::ROUTE_REFRESH, &[a, b, subtype, safi]) => {
                Some(Self::RouteRefresh { afi: u16::from_be_bytes([a, b]), subtype, safi })
            }
            _ => None,
        };
        message.unwrap_or(Self::Other { message_type, body })
    }

    /// What the message is.
    pub fn message_type(&self) -> BgpType {
        match *self {
            Self::Open(_) => BgpType::OPEN,
            Self::Update(_) => BgpType::UPDATE,
            Self::Notification { .. } => BgpType::NOTIFICATION,
            Self::Keepalive => BgpType::KEEPALIVE,
            Self::RouteRefresh { .. } => BgpType::ROUTE_REFRESH,
            Self::Other { message_type, .. } => message_type,
        }
    }

    /// Appends the message, without its header.
    ///
    /// # Errors
    ///
    /// A part is longer than its length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Open(open) => {
                let value = open.optional_parameters.len();
                let field = "optional parameters length";
                let error = EncodeError::TooLarge { layer: "bgp", field, value: value as u64 };
                out.push(open.version);
                out.extend_from_slice(&open.my_autonomous_system.to_be_bytes());
                out.extend_from_slice(&open.hold_time.to_be_bytes());
                out.extend_from_slice(&open.bgp_identifier);
                if open.has_extended_lengths {
                    let length = u16::try_from(value).map_err(|_| error)?;
                    out.extend_from_slice(&[255, 255]);
                    out.extend_from_slice(&length.to_be_bytes());
                } else {
                    out.push(u8::try_from(value).map_err(|_| error)?);
                }
                out.extend_from_slice(open.optional_parameters);
            }
            Self::Update(update) => update.encode(out)?,
            Self::Notification { error_code, error_subcode, data } => {
                out.extend_from_slice(&[error_code, error_subcode]);
                out.extend_from_slice(data);
            }
            Self::Keepalive => {}
            Self::RouteRefresh { afi, subtype, safi } => {
                let [a, b] = afi.to_be_bytes();
                out.extend_from_slice(&[a, b, subtype, safi]);
            }
            Self::Other { body, .. } => out.extend_from_slice(body),
        }
        Ok(())
    }
}

/// The messages of a segment. Ends behind the first that is cut short, which comes as far as it is
/// there, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BgpMessages<'a> {
    rest: &'a [u8],
}

impl<'a> BgpMessages<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for BgpMessages<'a> {
    type Item = Result<(&'a BgpHeader, BgpMessage<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let message = split_header(bytes).map(|(header, behind)| {
            let length = usize::from(header.length.get());
            let body_len = length.saturating_sub(size_of::<BgpHeader>());
            let (body, rest) = behind.split_at_checked(body_len).unwrap_or((behind, &[]));
            self.rest = rest;
            (header, BgpMessage::new(BgpType(header.message_type), body))
        });
        Some(message)
    }
}
