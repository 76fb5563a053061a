//! Version 0, [GSM 09.60](https://www.3gpp.org/dynareport/0960.htm) section 6: a sequence number and a
//! flow label where version 1 has the identifier of a tunnel, and more behind them.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{G_PDU, Gtp, HEADER_LEN, VERSION_0_LEN, digits, element};
use crate::layers::split;
use crate::{FieldSink, Malformed, Value};

/// The rest of the header of version 0.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct GtpVersion0 {
    /// Number of the packet, where flag S says so.
    pub sndcp_npdu_number: u8,
    pub spare: [u8; 3],
    /// Digits of the subscriber's number, and the access point it uses.
    pub tunnel_id: [u8; 8],
}

impl<'a> Gtp<'a> {
    /// Reads the rest of a message of version 0, of a packet of so many bytes.
    pub(super) fn parse_version_0(self, behind: &'a [u8], have: usize) -> Result<Self, Malformed> {
        let need = HEADER_LEN.saturating_add(VERSION_0_LEN);
        let truncated = Malformed::Truncated { need, have };
        let (version_0, rest) = split::<GtpVersion0>(behind).map_err(|_| truncated)?;
        let rest = rest.get(..self.header.length.get().into()).unwrap_or(rest);
        let is_user = self.header.message_type == G_PDU;
        let (element_bytes, payload) = if is_user { (&[][..], rest) } else { (rest, &[][..]) };
        Ok(Self { version_0: Some(version_0), element_bytes, payload, ..self })
    }

    /// The label that the receiver chose for the tunnel, in version 0.
    pub fn flow_label(&self) -> Option<u16> {
        let [_, _, high, low] = self.header.teid.get().to_be_bytes();
        self.version_0.map(|_| u16::from_be_bytes([high, low]))
    }

    pub(super) fn version_0_fields(&self, version_0: &GtpVersion0, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("gtp.flags.reserved", header.flags >> 1 & 7, 0..1);
        sink.flag("gtp.flags.snn", header.flags & 1 != 0, 0..1);
        sink.number("gtp.message", header.message_type, 1..2);
        sink.number("gtp.length", header.length, 2..4);
        sink.number("gtp.seq_number", self.sequence_number().unwrap_or_default(), 4..6);
        sink.number("gtp.flow_label", self.flow_label().unwrap_or_default(), 6..8);
        sink.number("gtp.sndcp_number", version_0.sndcp_npdu_number, 8..9);
        let digits = digits::Digits::new(&version_0.tunnel_id);
        sink.value("gtp.tid", Value::Text(digits.as_str()), 12..20);
        element::fields(true, self.element_bytes, 20, sink);
    }
}
