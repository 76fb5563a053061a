//! Link Control Protocol of PPP, [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661) section 5.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |            options, or what else the code stands for ...       |
//! ```

use std::fmt;

use crate::layers::ppp::control::{Control, text};
use crate::{FieldSink, Key, Layer, LayerType, Malformed, PppCode, PppControlBuilder};
use crate::{PppControlHeader, PppControlOptions, PppProtocol, Protocol, Shape};

mod fields;
mod options;

pub use options::{LcpOption, LcpOptions};

/// A packet that opens, tests or closes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lcp<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Lcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        self.control().shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let control = self.control();
        control.header_fields(sink);
        let mut options = control.options();
        while let Some(option) = sink.sound(options.next(), options.place()) {
            fields::option(&option, sink);
        }
        let has_number = self.magic_number().is_some();
        match (self.code(), self.data) {
            (code, _) if code.has_options() => {}
            (PppCode::VENDOR_SPECIFIC, &[_, _, _, _, x, y, z, kind, ..]) => {
                sink.number("ppp.magic_number", self.magic_number().unwrap_or(0), 4..8);
                sink.number("ppp.oui", u32::from_be_bytes([0, x, y, z]), 8..11);
                sink.number("ppp.kind", kind, 11..12);
                control.rest_field("ppp.data", 8, sink);
            }
            (PppCode::PROTOCOL_REJECT, &[a, b, ..]) => {
                sink.number("lcp.rej_proto", u16::from_be_bytes([a, b]), 4..6);
            }
            (PppCode(9..=13), _) if has_number => {
                sink.number("lcp.magic_number", self.magic_number().unwrap_or(0), 4..8);
                self.fields_behind_number(sink);
            }
            _ => control.rest_field("ppp.data", 0, sink),
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.control().summary(f)
    }
}

impl<'a> Lcp<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PppCode {
        PppCode(self.header.code)
    }

    /// The options that a packet asks for or answers.
    pub fn options(&self) -> LcpOptions<'a> {
        PppControlOptions::of(&self.control())
    }

    /// The number that the sender chose for itself, in packets that hold no options and do not end
    /// the link.
    pub fn magic_number(&self) -> Option<u32> {
        // Vendor-Specific, and Echo-Request to Time-Remaining.
        let number = self.data.first_chunk().filter(|_| matches!(self.header.code, 0 | 9..=13));
        number.map(|number| u32::from_be_bytes(*number))
    }

    /// The protocol that is not known.
    pub fn rejected_protocol(&self) -> Option<PppProtocol> {
        let number = self.data.first_chunk().filter(|_| self.code() == PppCode::PROTOCOL_REJECT);
        number.map(|number| PppProtocol(u16::from_be_bytes(*number)))
    }

    fn control(&self) -> Control<'a> {
        Control { header: self.header, data: self.data }
    }

    fn fields_behind_number(&self, sink: &mut dyn FieldSink) {
        let rest = self.data.get(4..).unwrap_or_default();
        let (message, start) = match (self.code(), rest) {
            (PppCode::IDENTIFICATION, message) => (message, 8),
            (PppCode::TIME_REMAINING, &[a, b, c, d, ref message @ ..]) => {
                let seconds = u32::from_be_bytes([a, b, c, d]);
                sink.number("lcp.secs_remaining", seconds, 8..12);
                (message, 12)
            }
            _ => return self.control().rest_field("lcp.data", 4, sink),
        };
        if !message.is_empty() {
            let place = start..message.len().saturating_add(start);
            sink.value("lcp.message", text(message), place);
        }
    }
}

/// A packet to write.
pub type LcpBuilder<'a> = PppControlBuilder<'a, LcpOption<'a>>;

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LCP,
    "lcp",
    "PPP Link Control Protocol",
    |bytes, outer| Lcp::parse_in(bytes, outer).map(|lcp| lcp.shape()),
    |bytes, outer, visitor| Lcp::parse_in(bytes, outer).map(|lcp| visitor(&lcp)),
)
.specification("RFC 1661")
.claims(&[Key::ppp_protocol(PppProtocol::LCP)])
.template(&[1, 1, 0, 4]);

// tshark -r PPPoESession.pcap (PcapPlusPlus), frame 1.
#[cfg(test)]
layer_tests! {
    sample: Lcp *b"\x02\x02\x00\x12\x01\x04\x05\xdc\x03\x04\xc0\x23\x05\x06\x01\xfc\xcb\xfb";
    fields: "ppp.code=2 ppp.identifier=2 ppp.length=18 lcp.opt.mtu_bytes=010405dc \
        lcp.opt.type=1 lcp.opt.length=4 lcp.opt.mru=1500 lcp.opt.auth_protocol_bytes=0304c023 \
        lcp.opt.type=3 lcp.opt.length=4 lcp.opt.auth_protocol=49187 \
        lcp.opt.magic_number_bytes=050601fccbfb lcp.opt.type=5 lcp.opt.length=6 \
        lcp.opt.magic_number=33344507";
    edit: PppControlHeader, |header| header.identifier = 3;
    bad: [3 = 3 => "length" 3];
}

#[cfg(test)]
mod tests;
