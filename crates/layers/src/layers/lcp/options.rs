//! Options of LCP, [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661) section 6 and
//! [IANA](https://www.iana.org/assignments/ppp-numbers).

use crate::layers::ppp::control::encode_option;
use crate::{EncodeError, PppControlOption, PppControlOptions, PppProtocol, Protocol};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LcpOption<'a> {
    /// Whatever a vendor makes of it: RFC 2153.
    Vendor { oui: [u8; 3], kind: u8, data: &'a [u8] },
    /// The most bytes that a packet may hold.
    MaximumReceiveUnit(u16),
    /// The control characters that need an escape: RFC 1662.
    AsyncControlCharacterMap(u32),
    /// How the sender wants the peer to say who it is, with what that protocol adds: for CHAP, an
    /// algorithm.
    AuthenticationProtocol { protocol: PppProtocol, data: &'a [u8] },
    /// How the link is to be watched, with what that protocol adds.
    QualityProtocol { protocol: PppProtocol, data: &'a [u8] },
    /// A number that finds links that lead back to the sender.
    MagicNumber(u32),
    /// The first byte of the protocol may be left out.
    ProtocolFieldCompression,
    /// Address and control may be left out.
    AddressAndControlFieldCompression,
    /// Check sequences of other lengths: RFC 1570.
    FcsAlternatives(u8),
    /// Padding tells how long it is, up to this: RFC 1570.
    SelfDescribingPad(u8),
    /// Packets are numbered: RFC 1663.
    NumberedMode { window: u8, address: &'a [u8] },
    /// The peer should call back: RFC 1570.
    Callback { operation: u8, message: &'a [u8] },
    /// Several packets may be in one: RFC 1570.
    CompoundFrames,
    /// The most bytes that a packet of several links may hold: RFC 1990.
    MultilinkMrru(u16),
    /// Fragments have short numbers: RFC 1990.
    ShortSequenceNumberFormat,
    /// Who the sender is among others: RFC 1990.
    EndpointDiscriminator { class: u8, address: &'a [u8] },
    /// A number for one of several links: RFC 2125.
    LinkDiscriminator(u16),
    /// How fragments of several classes look: RFC 2686.
    MultilinkHeaderFormat { code: u8, classes: u8 },
    /// Character set and language of messages: RFC 2484.
    Internationalization { mib_enum: u32, language_tag: &'a [u8] },
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The options of a packet. Ends behind the first error.
pub type LcpOptions<'a> = PppControlOptions<'a, LcpOption<'a>>;

impl<'a> PppControlOption<'a> for LcpOption<'a> {
    const PROTOCOL: &'static Protocol = &super::PROTOCOL;

    fn read(kind: u8, data: &'a [u8]) -> Self {
        let protocol = |a, b| PppProtocol(u16::from_be_bytes([a, b]));
        match (kind, data) {
            (0, &[a, b, c, kind, ref data @ ..]) => {
                LcpOption::Vendor { oui: [a, b, c], kind, data }
            }
            (1, &[a, b]) => LcpOption::MaximumReceiveUnit(u16::from_be_bytes([a, b])),
            (2, &[a, b, c, d]) => {
                LcpOption::AsyncControlCharacterMap(u32::from_be_bytes([a, b, c, d]))
            }
            (3, &[a, b, ref data @ ..]) => {
                LcpOption::AuthenticationProtocol { protocol: protocol(a, b), data }
            }
            (4, &[a, b, ref data @ ..]) => {
                LcpOption::QualityProtocol { protocol: protocol(a, b), data }
            }
            (5, &[a, b, c, d]) => LcpOption::MagicNumber(u32::from_be_bytes([a, b, c, d])),
            (7, []) => LcpOption::ProtocolFieldCompression,
            (8, []) => LcpOption::AddressAndControlFieldCompression,
            (9, &[alternatives]) => LcpOption::FcsAlternatives(alternatives),
            (10, &[maximum]) => LcpOption::SelfDescribingPad(maximum),
            (11, &[window, ref address @ ..]) => LcpOption::NumberedMode { window, address },
            (13, &[operation, ref message @ ..]) => LcpOption::Callback { operation, message },
            (15, []) => LcpOption::CompoundFrames,
            (17, &[a, b]) => LcpOption::MultilinkMrru(u16::from_be_bytes([a, b])),
            (18, []) => LcpOption::ShortSequenceNumberFormat,
            (19, &[class, ref address @ ..]) => LcpOption::EndpointDiscriminator { class, address },
            (23, &[a, b]) => LcpOption::LinkDiscriminator(u16::from_be_bytes([a, b])),
            (27, &[code, classes]) => LcpOption::MultilinkHeaderFormat { code, classes },
            (28, &[a, b, c, d, ref language_tag @ ..]) => {
                let mib_enum = u32::from_be_bytes([a, b, c, d]);
                LcpOption::Internationalization { mib_enum, language_tag }
            }
            (kind, data) => LcpOption::Unknown { kind, data },
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut put = |kind, data: &[&[u8]]| encode_option("lcp", kind, data, out);
        match *self {
            Self::Vendor { oui, kind, data } => put(0, &[&oui, &[kind], data]),
            Self::MaximumReceiveUnit(bytes) => put(1, &[&bytes.to_be_bytes()]),
            Self::AsyncControlCharacterMap(map) => put(2, &[&map.to_be_bytes()]),
            Self::AuthenticationProtocol { protocol, data } => {
                put(3, &[&protocol.0.to_be_bytes(), data])
            }
            Self::QualityProtocol { protocol, data } => put(4, &[&protocol.0.to_be_bytes(), data]),
            Self::MagicNumber(number) => put(5, &[&number.to_be_bytes()]),
            Self::ProtocolFieldCompression => put(7, &[]),
            Self::AddressAndControlFieldCompression => put(8, &[]),
            Self::FcsAlternatives(alternatives) => put(9, &[&[alternatives]]),
            Self::SelfDescribingPad(maximum) => put(10, &[&[maximum]]),
            Self::NumberedMode { window, address } => put(11, &[&[window], address]),
            Self::Callback { operation, message } => put(13, &[&[operation], message]),
            Self::CompoundFrames => put(15, &[]),
            Self::MultilinkMrru(bytes) => put(17, &[&bytes.to_be_bytes()]),
            Self::ShortSequenceNumberFormat => put(18, &[]),
            Self::EndpointDiscriminator { class, address } => put(19, &[&[class], address]),
            Self::LinkDiscriminator(number) => put(23, &[&number.to_be_bytes()]),
            Self::MultilinkHeaderFormat { code, classes } => put(27, &[&[code, classes]]),
            Self::Internationalization { mib_enum, language_tag } => {
                put(28, &[&mib_enum.to_be_bytes(), language_tag])
            }
            Self::Unknown { kind, data } => put(kind, &[data]),
        }
    }
}
