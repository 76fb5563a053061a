//! Session Description Protocol, [RFC 8866](https://www.rfc-editor.org/rfc/rfc8866) section 5.
//!
//! ```text
//! v=0
//! o=alice 1 2 IN IP4 10.0.0.1
//! c=IN IP4 10.0.0.1
//! m=audio 49170 RTP/AVP 0
//! a=rtpmap:0 PCMU/8000
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::build::FieldPlace;
use crate::layers::{Sip, split};
use crate::text_piece::{Lines, Piece};
use crate::{Encode, EncodeError, FieldSink, Header, Layer, LayerType, Malformed, Next, Protocol};
use crate::{Role, Shape, Value};

mod settings;

/// What every description starts with: the type of its first line, and an equals sign.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SdpHeader {
    pub first_type: u8,
    pub equals: u8,
    pub version: u8,
}

/// A description to write. A line of text has no end of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SdpBuilder<'a> {
    /// Type and value of each line behind the version.
    pub lines: &'a [(u8, &'a str)],
}

impl Encode for SdpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(b"v=0\r\n");
        for (kind, value) in self.lines {
            if let Some(end) = value.bytes().find(|byte| matches!(byte, b'\r' | b'\n')) {
                return Err(FieldPlace::new(PROTOCOL.name, "line").bad(end.into()));
            }
            out.extend([*kind, b'=']);
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }
}

impl Header for SdpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sdp<'a> {
    pub header: &'a SdpHeader,
    /// What is behind the version.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

/// A stream that is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SdpMedia<'a> {
    /// Such as `audio`.
    pub media: &'a str,
    /// Zero, if the stream is not wanted.
    pub port: u16,
    /// How many ports there are from there on: for RTP, each with the one behind it for RTCP.
    pub port_count: u16,
    /// Such as `RTP/AVP`.
    pub proto: &'a str,
    /// Formats, with spaces between them.
    pub formats: &'a str,
    /// The address of the stream, if it has one of its own.
    pub address: Option<&'a str>,
    /// Where its RTCP goes, if that is not the port behind, [RFC 3605](https://www.rfc-editor.org/rfc/rfc3605).
    pub rtcp_port: Option<u16>,
    /// The address of that, if it has one of its own.
    pub rtcp_address: Option<&'a str>,
}

impl<'a> Layer<'a> for Sdp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SdpHeader>(bytes)?;
        let start = u16::from_be_bytes([header.first_type, header.equals]);
        if &[header.first_type, header.equals] != b"v=" {
            return Err(Malformed::Field { name: "first line", value: start.into() });
        }
        if header.version != b'0' {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<SdpHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut in_media = false;
        for (kind, value, at) in self.values() {
            in_media |= kind == b'm';
            match Piece::new(value, at) {
                Some(value) => line_fields(kind, value, in_media, sink),
                // RFC 8866, section 5.13: it may be in another set of characters.
                None => {
                    sink.bytes(name(kind, in_media), value, at..at.saturating_add(value.len()));
                }
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most streams in a line.
        const MAX_SHOWN: usize = 4;
        let mut comma = "";
        for media in self.media().take(MAX_SHOWN) {
            let (kind, proto) = (Value::Text(media.media), Value::Text(media.proto));
            write!(f, "{comma}{kind} {} {proto}", media.port)?;
            comma = ", ";
        }
        Ok(())
    }
}

impl<'a> Sdp<'a> {
    /// Type and value of each line whose value is text.
    pub fn lines(&self) -> impl Iterator<Item = (u8, &'a str)> {
        self.pieces().map(|(kind, value)| (kind, value.text))
    }

    /// The address that all streams share which have none of their own.
    pub fn address(&self) -> Option<&'a str> {
        let session = self.pieces().take_while(|(kind, _)| *kind != b'm');
        session.filter(|(kind, _)| *kind == b'c').find_map(|(_, value)| address_of(value))
    }

    /// The streams.
    pub fn media(&self) -> impl Iterator<Item = SdpMedia<'a>> {
        let mut lines = self.pieces();
        let mut next = None;
        std::iter::from_fn(move || {
            let mut media = next.take().or_else(|| {
                lines.by_ref().filter(|(kind, _)| *kind == b'm').find_map(|(_, m)| media_of(m))
            })?;
            for (kind, value) in lines.by_ref() {
                match kind {
                    b'c' => media.address = media.address.or(address_of(value)),
                    b'a' if media.rtcp_port.is_none() => {
                        if let Some((port, address)) = rtcp_of(value) {
                            (media.rtcp_port, media.rtcp_address) = (Some(port), address);
                        }
                    }
                    b'm' => {
                        next = media_of(value);
                        break;
                    }
                    _ => {}
                }
            }
            Some(media)
        })
    }

    fn pieces(&self) -> impl Iterator<Item = (u8, Piece<'a>)> + use<'a> {
        self.values().filter_map(|(kind, value, at)| Some((kind, Piece::new(value, at)?)))
    }

    /// Type and value of each line, and where the value is.
    fn values(&self) -> impl Iterator<Item = (u8, &'a [u8], usize)> + use<'a> {
        (Lines { rest: self.bytes, at: 0 }).filter_map(|(at, line)| match *line {
            [kind, b'=', ref value @ ..] => Some((kind, value, at.saturating_add(2))),
            _ => None,
        })
    }
}

fn address_of(value: Piece<'_>) -> Option<&str> {
    let mut rest = value;
    rest.word()?;
    rest.word()?;
    Some(rest.word()?.take('/').text)
}

fn media_of(value: Piece<'_>) -> Option<SdpMedia<'_>> {
    let mut rest = value;
    let (media, mut port, proto) = (rest.word()?.text, rest.word()?, rest.word()?.text);
    let first = port.take('/').text.parse().ok()?;
    Some(SdpMedia {
        media,
        port: first,
        port_count: port.text.parse().unwrap_or(1),
        proto,
        formats: rest.trim().text,
        address: None,
        rtcp_port: None,
        rtcp_address: None,
    })
}

/// The port that an attribute has for RTCP, and the address.
fn rtcp_of(value: Piece<'_>) -> Option<(u16, Option<&str>)> {
    let (_, mut rest) = value.split_once(':').filter(|(name, _)| name.text == "rtcp")?;
    Some((rest.word()?.text.parse().ok()?, address_of(rest)))
}

/// Wireshark's name for a line.
fn name(kind: u8, in_media: bool) -> &'static str {
    match kind {
        b'v' => "sdp.version",
        b'o' => "sdp.owner",
        b's' => "sdp.session_name",
        b'i' if in_media => "sdp.media_title",
        b'i' => "sdp.session_info",
        b'u' => "sdp.uri",
        b'e' => "sdp.email",
        b'p' => "sdp.phone",
        b'c' => "sdp.connection_info",
        b'b' => "sdp.bandwidth",
        b't' => "sdp.time",
        b'r' => "sdp.repeat_time",
        b'z' => "sdp.timezone",
        b'k' => "sdp.encryption_key",
        b'a' if in_media => "sdp.media_attr",
        b'a' => "sdp.session_attr",
        b'm' => "sdp.media",
        _ => "sdp.unknown",
    }
}

/// Reports one line and its parts.
fn line_fields(kind: u8, value: Piece<'_>, in_media: bool, sink: &mut dyn FieldSink) {
    value.report(name(kind, in_media), sink);
    let mut rest = value;
    match kind {
        b'o' => {
            const NAMES: &[&str] = &[
                "sdp.owner.username",
                "sdp.owner.sessionid",
                "sdp.owner.version",
                "sdp.owner.network_type",
                "sdp.owner.address_type",
                "sdp.owner.address",
            ];
            words(NAMES, &mut rest, sink);
        }
        b'c' => {
            const NAMES: &[&str] =
                &["sdp.connection_info.network_type", "sdp.connection_info.address_type"];
            words(NAMES, &mut rest, sink);
            let numbers = ["sdp.connection_info.ttl", "sdp.connection_info.num_addr"];
            let mut address = rest;
            address.take('/').report("sdp.connection_info.address", sink);
            for name in numbers {
                if !address.text.is_empty() {
                    address.take('/').report(name, sink);
                }
            }
        }
        b'b' => {
            if let Some((modifier, value)) = value.split_once(':') {
                modifier.report("sdp.bandwidth.modifier", sink);
                value.report("sdp.bandwidth.value", sink);
            }
        }
        b't' => words(&["sdp.time.start", "sdp.time.stop"], &mut rest, sink),
        b'r' => {
            const NAMES: &[&str] = &["sdp.repeat_time.interval", "sdp.repeat_time.duration"];
            words(NAMES, &mut rest, sink);
            while let Some(offset) = rest.word() {
                offset.report("sdp.repeat_time.offset", sink);
            }
        }
        b'z' => {
            while !rest.text.is_empty() {
                words(&["sdp.timezone.time", "sdp.timezone.offset"], &mut rest, sink);
            }
        }
        b'k' => {
            if let Some((kind, data)) = value.split_once(':') {
                kind.report("sdp.encryption_key.type", sink);
                data.report("sdp.encryption_key.data", sink);
            }
        }
        b'm' => media_fields(rest, sink),
        b'a' => attribute_fields(value, in_media, sink),
        _ => {}
    }
}

/// Reports the next words, each under its name.
fn words(names: &[&'static str], rest: &mut Piece<'_>, sink: &mut dyn FieldSink) {
    for name in names {
        let Some(word) = rest.word() else { return };
        word.report(name, sink);
    }
}

fn media_fields(value: Piece<'_>, sink: &mut dyn FieldSink) {
    let mut rest = value;
    words(&["sdp.media.media"], &mut rest, sink);
    let Some(mut ports) = rest.word() else { return };
    ports.take('/').report_number("sdp.media.port", sink);
    if !ports.text.is_empty() {
        ports.report("sdp.media.portcount", sink);
    }
    words(&["sdp.media.proto"], &mut rest, sink);
    while let Some(format) = rest.word() {
        format.report("sdp.media.format", sink);
    }
}

/// RFC 8866, section 6. Attributes of one word have no parts.
fn attribute_fields(value: Piece<'_>, in_media: bool, sink: &mut dyn FieldSink) {
    let Some((field, value)) = value.split_once(':') else { return };
    if !in_media {
        field.report("sdp.session_attr.field", sink);
        value.report("sdp.session_attr.value", sink);
        return;
    }
    field.report("sdp.media_attribute.field", sink);
    let mut rest = value;
    match field.text {
        "rtpmap" => {
            words(&["sdp.media.format"], &mut rest, sink);
            rest.take('/').report("sdp.mime.type", sink);
            if !rest.text.is_empty() {
                rest.take('/').report("sdp.sample_rate", sink);
            }
        }
        "fmtp" => {
            words(&["sdp.media.format"], &mut rest, sink);
            while !rest.text.is_empty() {
                rest.take(';').trim().report("sdp.fmtp.parameter", sink);
            }
        }
        // RFC 8839, section 5.1.
        "candidate" => {
            const NAMES: &[&str] = &[
                "sdp.ice_candidate.foundation",
                "sdp.ice_candidate.componentid",
                "sdp.ice_candidate.transport",
                "sdp.ice_candidate.priority",
                "sdp.ice_candidate.address",
                "sdp.ice_candidate.port",
            ];
            words(NAMES, &mut rest, sink);
            if rest.word().is_some_and(|word| word.text == "typ") {
                words(&["sdp.ice_candidate.type"], &mut rest, sink);
            }
        }
        // Keys: RFC 4568 and RFC 4567.
        "crypto" | "key-mgmt" => {}
        _ => value.report("sdp.media_attribute.value", sink),
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SDP,
    "sdp",
    "Session Description Protocol",
    |bytes, outer| Sdp::parse_in(bytes, outer).map(|sdp| sdp.shape()),
    |bytes, outer, visitor| Sdp::parse_in(bytes, outer).map(|sdp| visitor(&sdp)),
)
.specification("RFC 8866")
.role(Role::Application)
.claims(&[Sip::body("application/sdp")])
.template(b"v=0\r\n")
.settings(&[settings::SETTINGS]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fields of a description of these lines behind the version, as tshark 4.0.17 shows them.
    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let fields = Sdp::parse(format!("v=0\r\n{lines}").as_bytes()).unwrap().to_string();
        assert_eq!(fields.strip_prefix("sdp.version=0").unwrap().trim_start(), expected);
    }

    #[test]
    fn each_line_has_parts() {
        check(
            "o=a 1 2 IN IP4 10.0.0.1\r\n",
            "sdp.owner=a 1 2 IN IP4 10.0.0.1 sdp.owner.username=a sdp.owner.sessionid=1 \
             sdp.owner.version=2 sdp.owner.network_type=IN sdp.owner.address_type=IP4 \
             sdp.owner.address=10.0.0.1",
        );
        check(
            "c=IN IP4 224.1.2.3/16/2\n",
            "sdp.connection_info=IN IP4 224.1.2.3/16/2 sdp.connection_info.network_type=IN \
             sdp.connection_info.address_type=IP4 sdp.connection_info.address=224.1.2.3 \
             sdp.connection_info.ttl=16 sdp.connection_info.num_addr=2",
        );
        check("b=AS:64", "sdp.bandwidth=AS:64 sdp.bandwidth.modifier=AS sdp.bandwidth.value=64");
        check("t=1 0\r\n", "sdp.time=1 0 sdp.time.start=1 sdp.time.stop=0");
        check(
            "r=7d 1h 0 25h",
            "sdp.repeat_time=7d 1h 0 25h sdp.repeat_time.interval=7d sdp.repeat_time.duration=1h \
             sdp.repeat_time.offset=0 sdp.repeat_time.offset=25h",
        );
        check(
            "a=tool:x\na=recvonly",
            "sdp.session_attr=tool:x sdp.session_attr.field=tool sdp.session_attr.value=x \
             sdp.session_attr=recvonly",
        );
    }

    #[test]
    fn a_line_in_another_set_of_characters_is_bytes() {
        let sdp = Sdp::parse(b"v=0\ns=gr\xfc\xdfe\nt=0 0\n").unwrap();
        let fields = "sdp.version=0 sdp.session_name=6772fcdf65 sdp.time=0 0 sdp.time.start=0 \
            sdp.time.stop=0";
        assert_eq!(sdp.to_string(), fields);
        assert_eq!(sdp.lines().collect::<Vec<_>>(), [(b'v', "0"), (b't', "0 0")]);
    }

    #[test]
    fn attributes_of_a_stream_have_parts() {
        check(
            "m=audio 6010/2 RTP/AVP 8 96\na=rtpmap:96 opus/48000/2\na=fmtp:96 a=1;b",
            "sdp.media=audio 6010/2 RTP/AVP 8 96 sdp.media.media=audio sdp.media.port=6010 \
             sdp.media.portcount=2 sdp.media.proto=RTP/AVP sdp.media.format=8 sdp.media.format=96 \
             sdp.media_attr=rtpmap:96 opus/48000/2 sdp.media_attribute.field=rtpmap \
             sdp.media.format=96 sdp.mime.type=opus sdp.sample_rate=48000 \
             sdp.media_attr=fmtp:96 a=1;b sdp.media_attribute.field=fmtp sdp.media.format=96 \
             sdp.fmtp.parameter=a=1 sdp.fmtp.parameter=b",
        );
    }

    #[test]
    fn streams_have_addresses_of_their_own_or_share_one() {
        let text =
            b"v=0\nc=IN IP4 10.0.0.1\nm=audio 5004 RTP/AVP 0\na=x\nm=video 0 RTP/AVP 31 32\n\
            c=IN IP6 ::1\n";
        let sdp = Sdp::parse(text).unwrap();
        assert_eq!(sdp.address(), Some("10.0.0.1"));
        let media =
            sdp.media().map(|media| (media.media, media.port, media.formats, media.address));
        let expected = [("audio", 5004, "0", None), ("video", 0, "31 32", Some("::1"))];
        assert_eq!(media.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_does_not_start_with_a_version_is_rejected() {
        assert_eq!(Sdp::parse(b"v="), Err(Malformed::Truncated { need: 3, have: 2 }));
        assert_eq!(Sdp::parse(b"v=1"), Err(Malformed::Field { name: "version", value: 0x31 }));
        assert_eq!(Sdp::parse(b"o=0"), Err(Malformed::Field { name: "first line", value: 0x6f3d }));
    }

    proptest! {
        #[test]
        fn any_lines_are_read_to_their_end(lines in "([a-z]=)?[ -~\n]{0,200}") {
            let text = format!("v=0\n{lines}");
            let sdp = Sdp::parse(text.as_bytes()).unwrap();
            prop_assert!(sdp.lines().count() <= text.len() && !sdp.to_string().is_empty());
            prop_assert!(sdp.media().count() <= text.len());
        }
    }
}
