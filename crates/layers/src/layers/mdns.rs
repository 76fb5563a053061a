//! Multicast Domain Name System, [RFC 6762](https://www.rfc-editor.org/rfc/rfc6762) section 18: messages of DNS
//! between neighbours.

use std::fmt;

use crate::layers::dns::{self, DnsMessage, Flavor, SETTINGS};
use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// A message of multicast DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mdns<'a> {
    /// The message.
    pub message: DnsMessage<'a>,
}

impl<'a> Layer<'a> for Mdns<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        DnsMessage::parse(bytes).map(|message| Self { message })
    }

    fn shape(&self) -> Shape {
        let header_len = self.message.bytes.len();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        dns::fields(&self.message, Flavor::Multicast, 0, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        dns::summary(&self.message, f)
    }
}

pub(crate) const PROTOCOL: Protocol = Protocol::new(
    LayerType::MDNS,
    "mdns",
    "Multicast Domain Name System",
    |bytes, outer| Mdns::parse_in(bytes, outer).map(|message| message.shape()),
    |bytes, outer, visitor| Mdns::parse_in(bytes, outer).map(|message| visitor(&message)),
)
.specification("RFC 6762")
.role(Role::Application)
.claims(&[Key::udp_port(5353)])
.template(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
.settings(&[SETTINGS]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields are tested beside those of DNS, in `dns/tests.rs`.
    #[test]
    fn a_header_that_is_cut_short_is_truncated() {
        for have in 0..12 {
            let cut = Malformed::Truncated { need: 12, have };
            assert_eq!(Mdns::parse(&[0; 12][..have]), Err(cut));
        }
        assert_eq!(Mdns::parse(&[0; 20]).unwrap().shape().header_len, 20);
    }
}
