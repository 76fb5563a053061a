//! Echo packets of Bidirectional Forwarding Detection,
//! [RFC 5881](https://www.rfc-editor.org/rfc/rfc5881) section 4: what is in them is the sender's
//! own affair.

use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// An echo packet: bytes that the other end sends back as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BfdEcho<'a> {
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for BfdEcho<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(Self { payload: bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        Shape { header_len: 0, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.bytes("bfd_echo.packet", self.payload, 0..self.payload.len());
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BFD_ECHO,
    "bfd_echo",
    "BFD Echo",
    |bytes, outer| BfdEcho::parse_in(bytes, outer).map(|echo| echo.shape()),
    |bytes, outer, visitor| BfdEcho::parse_in(bytes, outer).map(|echo| visitor(&echo)),
)
.specification("RFC 5881")
.role(Role::Application)
.claims(&[Key::udp_port(3785)])
.template(&[]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_all_payload() {
        let echo = BfdEcho::parse(b"\x20\xc4\x03\x34").unwrap();
        assert_eq!(echo.to_string(), "bfd_echo.packet=20c40334");
        assert_eq!((echo.shape().header_len, echo.shape().payload_len), (0, 4));
    }
}
