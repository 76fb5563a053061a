//! Options of `CoAP`, RFC 7252 sections 3.1 and 5.10, and
//! [IANA](https://www.iana.org/assignments/core-parameters).

use std::fmt;
use std::io::Write;

use super::PAYLOAD_MARKER;
use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::{EncodeError, Malformed};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoapOption<'a> {
    pub number: CoapOptionNumber,
    pub value: &'a [u8],
}

impl<'a> CoapOption<'a> {
    /// A number: of no bytes up to eight, zeros in front left out.
    pub fn uint(&self) -> Option<u64> {
        let number = self.value.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        (self.value.len() <= size_of::<u64>()).then_some(number)
    }

    /// Text.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }

    /// Appends the option, behind one of the number `last`.
    pub(super) fn encode(&self, last: u16, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { number, value } = self;
        let error = |field, value| EncodeError::TooLarge { layer: "coap", field, value };
        let delta = number.0.checked_sub(last).ok_or(error("option number", number.0.into()))?;
        let len = u16::try_from(value.len());
        let len = len.map_err(|_| error("option length", value.len() as u64))?;
        let [(delta, more_delta), (len, more_len)] = [delta, len].map(nibble);
        out.push(delta << 4 | len);
        out.extend(more_delta.iter().chain(more_len.iter()).flatten());
        out.extend_from_slice(value);
        Ok(())
    }
}

/// What an option is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoapOptionNumber(pub u16);

numbers! {
    CoapOptionNumber "option {}" {
        /// Only if the resource is this one.
        IF_MATCH = 1 "If-Match";
        /// The host that is asked.
        URI_HOST = 3 "Uri-Host";
        /// Which state of a resource this is.
        ETAG = 4 "ETag";
        /// Only if there is none yet.
        IF_NONE_MATCH = 5 "If-None-Match";
        /// Tell me when it changes, RFC 7641.
        OBSERVE = 6 "Observe";
        /// The port that is asked.
        URI_PORT = 7 "Uri-Port";
        /// Where a new resource is, a part of the path.
        LOCATION_PATH = 8 "Location-Path";
        /// Object security, RFC 8613.
        OSCORE = 9 "OSCORE";
        /// The resource, a part of the path.
        URI_PATH = 11 "Uri-Path";
        /// What the payload is.
        CONTENT_FORMAT = 12 "Content-Format";
        /// Seconds that an answer stays good.
        MAX_AGE = 14 "Max-Age";
        /// An argument.
        URI_QUERY = 15 "Uri-Query";
        /// RFC 8768.
        HOP_LIMIT = 16 "Hop-Limit";
        /// What is wanted.
        ACCEPT = 17 "Accept";
        /// Where a new resource is, an argument.
        LOCATION_QUERY = 20 "Location-Query";
        /// A block of an answer, RFC 7959.
        BLOCK2 = 23 "Block2";
        /// A block of a request, RFC 7959.
        BLOCK1 = 27 "Block1";
        /// Bytes of an answer.
        SIZE2 = 28 "Size2";
        /// Ask this for me.
        PROXY_URI = 35 "Proxy-Uri";
        /// Ask by this scheme for me.
        PROXY_SCHEME = 39 "Proxy-Scheme";
        /// Bytes of a request.
        SIZE1 = 60 "Size1";
    }
}

impl CoapOptionNumber {
    /// Whether who does not know the option has to reject the message, RFC 7252 section 5.4.1.
    pub fn is_critical(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether a proxy that does not know the option has to reject the message, RFC 7252 section 5.4.2.
    pub fn is_unsafe(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the option is no part of the key of a cache, RFC 7252 section 5.4.6.
    pub fn is_no_cache_key(self) -> bool {
        self.0 & 0x1e == 0x1c
    }

    /// What the number says, as Wireshark writes it.
    pub(super) fn describe(self, show: impl FnOnce(&str)) {
        /// More than the longest text has.
        const LEN: usize = 48;
        let mut text = [0; LEN];
        let mut rest = &mut text[..];
        let critical = if self.is_critical() { "Critical" } else { "Elective" };
        let safe = if self.is_unsafe() { "Unsafe" } else { "Safe" };
        let key = if self.is_no_cache_key() { ", NoCacheKey" } else { "" };
        // It fits, so there is no error.
        let _ = write!(rest, "Type {}, {critical}, {safe}{key}", self.0);
        let len = LEN.saturating_sub(rest.len());
        show(text.get(..len).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default());
    }
}

/// The options of a message. Ends behind the payload marker, and behind the first error.
#[derive(Clone, Debug)]
pub struct CoapOptions<'a> {
    pub(super) rest: &'a [u8],
    pub(super) number: u16,
}

impl<'a> CoapOptions<'a> {
    fn read(&mut self, bytes: &'a [u8]) -> Result<CoapOption<'a>, Malformed> {
        let cut = |need| Malformed::Truncated { need, have: bytes.len() };
        let (&first, mut rest) = bytes.split_first().ok_or(cut(1))?;
        let mut extended = |nibble: u8, name| match nibble {
            13 => {
                let (&byte, behind) = rest.split_first().ok_or(cut(2))?;
                rest = behind;
                Ok(u16::from(byte).saturating_add(13))
            }
            14 => {
                let (bytes, behind) = rest.split_first_chunk().ok_or(cut(3))?;
                rest = behind;
                Ok(u16::from_be_bytes(*bytes).saturating_add(269))
            }
            15 => Err(Malformed::Field { name, value: 15 }),
            nibble => Ok(nibble.into()),
        };
        let delta = extended(first >> 4, "option delta")?;
        let len = usize::from(extended(first & 15, "option length")?);
        let front = bytes.len().saturating_sub(rest.len());
        let (value, behind) = rest.split_at_checked(len).ok_or(cut(front.saturating_add(len)))?;
        self.rest = behind;
        self.number = self.number.saturating_add(delta);
        Ok(CoapOption { number: CoapOptionNumber(self.number), value })
    }
}

impl<'a> Iterator for CoapOptions<'a> {
    type Item = Result<CoapOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        match bytes.first() {
            None | Some(&PAYLOAD_MARKER) => None,
            Some(_) => Some(self.read(bytes)),
        }
    }
}

/// Reports the value of an option.
pub(super) fn value_fields(option: CoapOption<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    use CoapOptionNumber as N;
    let len = option.value.len();
    let text = match option.number {
        N::URI_HOST => Some("coap.opt.uri_host"),
        N::URI_PATH => Some("coap.opt.uri_path"),
        N::URI_QUERY => Some("coap.opt.uri_query"),
        N::LOCATION_PATH => Some("coap.opt.location_path"),
        N::LOCATION_QUERY => Some("coap.opt.location_query"),
        N::PROXY_URI => Some("coap.opt.proxy_uri"),
        N::PROXY_SCHEME => Some("coap.opt.proxy_scheme"),
        _ => None,
    };
    if let Some(name) = text {
        return reader.text(name, len).map(drop);
    }
    let number = match option.number {
        N::OBSERVE => Some("coap.opt.observe"),
        N::URI_PORT => Some("coap.opt.uri_port"),
        N::CONTENT_FORMAT if len > 0 => Some("coap.opt.ctype"),
        N::ACCEPT if len > 0 => Some("coap.opt.accept"),
        N::MAX_AGE => Some("coap.opt.max_age"),
        N::SIZE1 => Some("coap.opt.size1"),
        N::HOP_LIMIT if len == 1 => Some("coap.opt.hop_limit"),
        _ => None,
    };
    if let Some(name) = number {
        reader.skip(len);
        reader.bits(name, option.uint()?);
        return Some(());
    }
    match option.number {
        N::ETAG => reader.bytes("coap.opt.etag", len).map(drop),
        N::IF_MATCH => reader.bytes("coap.opt.if_match", len).map(drop),
        N::BLOCK1 | N::BLOCK2 => {
            let block = option.uint()?;
            reader.skip(len);
            reader.bits("coap.opt.block_number", block >> 4);
            reader.bits("coap.opt.block_mflag", block >> 3 & 1);
            reader.bits("coap.opt.block_size", block & 7);
            Some(())
        }
        // The options that Wireshark has no field for.
        N::IF_NONE_MATCH | N::OSCORE | N::SIZE2 | N::CONTENT_FORMAT | N::ACCEPT | N::HOP_LIMIT => {
            Some(())
        }
        _ => reader.rest_as("coap.opt.unknown").map(drop),
    }
}

/// A number as RFC 7252 section 3.1 has it: four bits, and up to two bytes that they announce.
fn nibble(number: u16) -> (u8, [Option<u8>; 2]) {
    let [high, low] = number.wrapping_sub(269).to_be_bytes();
    match number {
        269.. => (14, [Some(high), Some(low)]),
        13.. => (13, [u8::try_from(number.wrapping_sub(13)).ok(), None]),
        _ => (u8::try_from(number).unwrap_or_default(), [None, None]),
    }
}
