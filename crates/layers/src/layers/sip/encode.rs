//! Messages of SIP, to be written.

use std::ops::Range;

use super::{Sip, SipHeader, SipStartLine, VERSION};
use crate::Setting;
use crate::build::FieldPlace;
use crate::layers::sip::long_name;
use crate::text_piece::Piece;
use crate::{Before, Behind, EditError, Encode, EncodeError, Header, Layer, Malformed, Protocol};

/// The header whose value follows from the body.
const CONTENT_LENGTH: &str = "Content-Length";
/// Room for the length of a body: as many digits as that of a datagram has.
const DIGITS: usize = 5;

/// A message in front of its body. Each header is written as it is given; a `Content-Length` is
/// added, if there is none; if it is zero, it is worked out with the other lengths.
///
/// ```
/// use rheos_layers::*;
///
/// let start_line = SipStartLine::Request { method: "INVITE", request_uri: "sip:bob@example.com" };
/// let headers = [("Call-ID", "7"), ("Content-Type", "application/sdp")];
/// let sdp = SdpBuilder { lines: &[(b's', "-"), (b'm', "audio 49170 RTP/AVP 0")] };
/// let udp = UdpHeader { destination_port: 5060.into(), ..Default::default() };
/// let mut out = Vec::new();
/// let layers: [&dyn Encode; 4] =
///     [&Ipv4Header::default(), &udp, &SipBuilder { start_line, headers: &headers }, &sdp];
/// serialize_layers(&mut out, Fix::all(), &layers, b"")?;
///
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::IPV4, &out);
/// assert_eq!(packet.get::<Sip>().unwrap().header("Content-Length"), Some("35"));
/// assert_eq!(packet.get::<Sdp>().unwrap().media().next().unwrap().port, 49170);
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SipBuilder<'a> {
    pub start_line: SipStartLine<'a>,
    /// Name and value of each header.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Encode for SipBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        SipHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let line = match self.start_line {
            SipStartLine::Request { method, request_uri } => {
                format!("{method} {request_uri} {VERSION}")
            }
            SipStartLine::Status { status_code, reason_phrase } => {
                format!("{VERSION} {status_code:03} {reason_phrase}")
            }
        };
        put_line("start line", &line, out)?;
        for (name, value) in self.headers {
            put_line("header", &format!("{name}: {value}"), out)?;
        }
        let is_length = |name: &str| long_name(name).eq_ignore_ascii_case(CONTENT_LENGTH);
        if !self.headers.iter().any(|(name, _)| is_length(name)) {
            put_line("header", &format!("{CONTENT_LENGTH}: {:>DIGITS$}", 0), out)?;
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

pub(super) const SETTINGS: &[Setting] = &[Setting::addition("header", HEADER, with_header)];

const HEADER: &str = "a name and a value, such as \"Content-Type: application/sdp\"";

/// Writes a header behind those that are there.
fn with_header(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let (name, value) = text.split_once(':').ok_or_else(|| before.refuse())?;
    let cut = || before.unreadable(Malformed::Field { name: "end of headers", value: 0 });
    let mut out = before.header.strip_suffix(b"\r\n").ok_or_else(cut)?.to_vec();
    put_line("header", &format!("{}: {}", name.trim(), value.trim()), &mut out)?;
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

/// Appends a line. One that has an end of its own would become two.
fn put_line(field: &'static str, line: &str, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if let Some(end) = line.bytes().find(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(FieldPlace::new("sip", field).bad(end.into()));
    }
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes the length of the body into its header, over the digit and the spaces in front of it,
/// which count for nothing: RFC 3261, section 7.3.1. A body may go on in the next segment: only a
/// length that was not given, which is zero, is worked out.
pub(super) fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let Some(room) = content_length(bytes).and_then(|place| bytes.get_mut(place)) else {
        return Ok(());
    };
    let width = room.len();
    let digits = format!("{:>width$}", behind.payload_len);
    if digits.len() > width {
        let value = behind.payload_len as u64;
        return Err(FieldPlace::new("sip", CONTENT_LENGTH).too_large(value));
    }
    room.iter_mut().zip(digits.bytes()).for_each(|(to, byte)| *to = byte);
    Ok(())
}

/// What is between the colon and the end of a length that was not given.
fn content_length(bytes: &[u8]) -> Option<Range<usize>> {
    let sip = Sip::parse(bytes).ok()?;
    let is_length = |name: Piece<'_>| long_name(name.text).eq_ignore_ascii_case(CONTENT_LENGTH);
    let (name, value) = sip.pieces().find(|(name, _)| is_length(*name))?;
    let name = name.bytes();
    let colon = bytes.get(name.end..)?.iter().position(|byte| *byte == b':')?;
    let start = name.end.saturating_add(colon).saturating_add(1);
    (value.text.parse() == Ok(0_u32)).then_some(start..value.bytes().end)
}
