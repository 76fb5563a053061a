//! Messages of the Intelligent Platform Management Bus, as sessions carry them, "IPMI Specification"
//! [v2.0](https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html)
//! section 13.8.
//!
//! ```text
//!  0             8             16             24             31
//! |   target     | netFn  | LUN|   checksum   |   source     |
//! | sequence| LUN|   command    |  completion code, in a response; data ..., checksum
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Checksum, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Outer, Protocol, Role, Shape};

mod data;

/// Bytes of the header, without a completion code.
const HEADER_LEN: usize = size_of::<IpmbHeader>();
/// Bytes in front of the checksum of the header.
const FRONT_LEN: usize = 2;
/// Bytes of the checksum behind the data.
const CHECKSUM_LEN: usize = 1;

/// The header on the wire, without the completion code that a response has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct IpmbHeader {
    /// Who it is for: an address of the bus, or the software of a remote console.
    pub target: u8,
    pub net_function_and_lun: u8,
    /// Of the two bytes before.
    pub checksum: u8,
    pub source: u8,
    pub sequence_and_lun: u8,
    pub command: u8,
}

impl Default for IpmbHeader {
    /// A request of a remote console to the management controller: who are you?
    fn default() -> Self {
        Self {
            target: 0x20,
            net_function_and_lun: 0x18,
            checksum: 0xc8,
            source: 0x81,
            sequence_and_lun: 0,
            command: 1,
        }
    }
}

impl IpmbHeader {
    /// Which group of commands it is, 6 bits; odd in responses.
    pub fn net_function(&self) -> u8 {
        self.net_function_and_lun >> 2
    }

    /// Writes the group of commands, its low 6 bits.
    pub fn set_net_function(&mut self, number: u8) {
        self.net_function_and_lun = self.net_function_and_lun & 3 | number << 2;
    }

    /// The part of the target that it is for, 2 bits.
    pub fn target_lun(&self) -> u8 {
        self.net_function_and_lun & 3
    }

    /// Writes [`target_lun`](Self::target_lun), its low 2 bits.
    pub fn set_target_lun(&mut self, lun: u8) {
        self.net_function_and_lun = self.net_function_and_lun & !3 | lun & 3;
    }

    /// Names a request and its response, 6 bits.
    pub fn sequence(&self) -> u8 {
        self.sequence_and_lun >> 2
    }

    /// Writes [`sequence`](Self::sequence), its low 6 bits.
    pub fn set_sequence(&mut self, sequence: u8) {
        self.sequence_and_lun = self.sequence_and_lun & 3 | (sequence & 0x3f) << 2;
    }

    /// The part of the source that it is from, 2 bits.
    pub fn source_lun(&self) -> u8 {
        self.sequence_and_lun & 3
    }

    /// Writes [`source_lun`](Self::source_lun), its low 2 bits.
    pub fn set_source_lun(&mut self, lun: u8) {
        self.sequence_and_lun = self.sequence_and_lun & !3 | lun & 3;
    }

    /// Whether the message answers another.
    pub fn is_response(&self) -> bool {
        self.net_function() & 1 != 0
    }

    /// Writes [`is_response`](Self::is_response), the lowest bit of the group of commands.
    pub fn set_response(&mut self, response: bool) {
        self.net_function_and_lun = self.net_function_and_lun & !4 | u8::from(response) << 2;
    }

    /// Bytes that say whose commands these are, in front of the data.
    fn signature_len(self) -> usize {
        match self.net_function() {
            // Of a body that defines commands of its own.
            0x2c | 0x2d => 1,
            // Of a manufacturer.
            0x2e | 0x2f => 3,
            _ => 0,
        }
    }
}

/// What makes the sum of some bytes zero.
fn checksum_of(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, &byte| sum.wrapping_sub(byte))
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipmb<'a> {
    pub header: &'a IpmbHeader,
    /// How the request went: 0 if well. Responses have it.
    pub completion_code: Option<u8>,
    /// The data of the command.
    pub payload: &'a [u8],
    /// Of all behind the checksum of the header.
    pub data_checksum: Option<u8>,
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Ipmb<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<IpmbHeader>(bytes)?;
        let (completion_code, rest) = match rest.split_first() {
            Some((&code, rest)) if header.is_response() => (Some(code), rest),
            None if header.is_response() => {
                let need = HEADER_LEN.saturating_add(1);
                return Err(Malformed::Truncated { need, have: bytes.len() });
            }
            _ => (None, rest),
        };
        let (data_checksum, payload) = match rest.split_last() {
            Some((&checksum, payload)) => (Some(checksum), payload),
            None => (None, rest),
        };
        Ok(Self { header, completion_code, payload, data_checksum, bytes })
    }

    fn shape(&self) -> Shape {
        let trailer_len = usize::from(self.data_checksum.is_some());
        let behind = self.payload.len().saturating_add(trailer_len);
        let header_len = self.bytes.len().saturating_sub(behind);
        Shape { header_len, payload_len: self.payload.len(), trailer_len, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("ipmi.header.target", header.target, 0..1);
        sink.number("ipmi.header.netfn", header.net_function(), 1..2);
        sink.number("ipmi.header.trg_lun", header.target_lun(), 1..2);
        sink.number("ipmi.header.crc", header.checksum, 2..3);
        sink.number("ipmi.header.source", header.source, 3..4);
        sink.number("ipmi.header.src_lun", header.source_lun(), 4..5);
        sink.number("ipmi.header.sequence", header.sequence(), 4..5);
        sink.number("ipmi.header.command", header.command, 5..6);
        if let Some(code) = self.completion_code {
            sink.number("ipmi.header.completion", code, 6..7);
        }
        let signature = self.payload.get(..header.signature_len()).unwrap_or_default();
        if !signature.is_empty() {
            let start = self.shape().header_len;
            let end = start.saturating_add(signature.len());
            sink.bytes("ipmi.header.signature", signature, start..end);
        }
        let (number, command, at) =
            (header.net_function(), header.command, self.shape().header_len);
        data::report(number, command, self.payload, at, sink);
        if let Some(checksum) = self.data_checksum {
            let end = self.bytes.len();
            sink.number("ipmi.data.crc", checksum, end.saturating_sub(CHECKSUM_LEN)..end);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, command) = (self.header.net_function(), self.header.command);
        let kind = if self.header.is_response() { "response" } else { "request" };
        write!(f, "{kind} netFn {function:#04x} command {command:#04x}")?;
        match self.completion_code {
            Some(code @ 1..) => write!(f, " completion code {code:#04x}"),
            _ => Ok(()),
        }
    }
}

impl Ipmb<'_> {
    /// Whether the checksum behind the data is as it should be.
    pub fn is_data_checksum_right(&self) -> bool {
        let covered = self.bytes.get(FRONT_LEN.saturating_add(CHECKSUM_LEN)..);
        self.data_checksum.is_some() && checksum_of(covered.unwrap_or_default()) == 0
    }
}

impl Header for IpmbHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built: its data goes behind it, and the checksum behind that is worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpmbBuilder {
    /// Its checksum is worked out.
    pub header: IpmbHeader,
    /// How the request went. Responses have it, and no other messages.
    pub completion_code: Option<u8>,
}

impl Encode for IpmbBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.header.is_response() != self.completion_code.is_some() {
            let value = self.header.net_function().into();
            let cause = Malformed::Field { name: "netFn", value };
            return Err(EncodeError::Malformed { layer: "ipmb", cause });
        }
        let mut header = self.header;
        header.checksum = checksum_of(&[header.target, header.net_function_and_lun]);
        out.extend_from_slice(header.as_bytes());
        out.extend(self.completion_code);
        Ok(())
    }

    fn encode_trailer(&self, payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code_len = usize::from(self.completion_code.is_some());
        let header_len = HEADER_LEN.saturating_sub(FRONT_LEN).saturating_sub(CHECKSUM_LEN);
        let covered = payload_len.saturating_add(code_len).saturating_add(header_len);
        let start = out.len().saturating_sub(covered);
        let checksum = checksum_of(out.get(start..).unwrap_or_default());
        out.push(checksum);
        Ok(())
    }
}

/// The checksum of the header.
fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let (header, _) = IpmbHeader::ref_from_prefix(bytes).ok()?;
    let computed = checksum_of(bytes.get(..FRONT_LEN)?).into();
    let place = FRONT_LEN..FRONT_LEN.saturating_add(CHECKSUM_LEN);
    Some(Checksum { place, stored: header.checksum.into(), computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPMB,
    "ipmb",
    "Intelligent Platform Management Bus",
    |bytes, outer| Ipmb::parse_in(bytes, outer).map(|ipmb| ipmb.shape()),
    |bytes, outer, visitor| Ipmb::parse_in(bytes, outer).map(|ipmb| visitor(&ipmb)),
)
.specification("IPMI v2.0")
.role(Role::Application)
.claims(&[Key::child(LayerType::IPMI_SESSION, 0)])
.template(b"\x20\x18\xc8\x81\0\x01")
.checksum(checksum);

// Made for this test; the fields are tshark's, which reads what is in these with the option
// ipmi.dissect_bus_commands.
#[cfg(test)]
layer_tests! {
    sample: Ipmb *b"\x81\x1c\x63\x20\x04\x38\0\x01\x84\x04\x02\0\0\0\0\x19";
    fields: "ipmi.header.target=129 ipmi.header.netfn=7 ipmi.header.trg_lun=0 \
        ipmi.header.crc=99 ipmi.header.source=32 ipmi.header.src_lun=0 \
        ipmi.header.sequence=1 ipmi.header.command=56 ipmi.header.completion=0 \
        ipmi.app38.rs_chan=1 ipmi.app38.rs_ipmi20=1 ipmi.app38.rs_auth_oem=0 \
        ipmi.app38.rs_auth_straight=0 ipmi.app38.rs_auth_md5=1 ipmi.app38.rs_auth_md2=0 \
        ipmi.app38.rs_auth_none=0 ipmi.app38.rs_kg_status=0 ipmi.app38.rs_permsg=0 \
        ipmi.app38.rs_userauth=0 ipmi.app38.rs_user_nonnull=1 ipmi.app38.rs_user_null=0 \
        ipmi.app38.rs_user_anon=0 ipmi.app38.rs_ipmi20_conn=1 ipmi.app38.rs_ipmi15_conn=0 \
        ipmi.app38.rs_oem_iana=0 ipmi.app38.rs_oem_aux=0 ipmi.data.crc=25";
    edit: IpmbHeader, |header| header.command = 1;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::golden;
    use crate::{Fix, serialize_layers};

    #[test]
    fn both_checksums_are_worked_out() {
        let mut header = IpmbHeader { target: 0x81, source: 0x20, ..Default::default() };
        header.set_net_function(7);
        header.sequence_and_lun = 4;
        header.command = 0x38;
        let builder = IpmbBuilder { header, completion_code: Some(0) };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], b"\x01\x84\x04\x02\0\0\0\0").unwrap();
        assert_eq!(out, b"\x81\x1c\x63\x20\x04\x38\0\x01\x84\x04\x02\0\0\0\0\x19");
        assert!(Ipmb::parse(&out).unwrap().is_data_checksum_right());
        out[9] ^= 1;
        assert!(!Ipmb::parse(&out).unwrap().is_data_checksum_right());
    }

    // Made for this test; the fields are tshark's, with the option ipmi.dissect_bus_commands.
    #[test]
    fn the_data_of_commands_are_fields() {
        golden::check(include_str!("golden.txt"), &["ipmb"], &[], &[]);
    }

    #[test]
    fn a_request_has_no_completion_code() {
        let builder = IpmbBuilder { completion_code: Some(0), ..Default::default() };
        assert!(builder.encode(&mut Vec::new()).is_err());
        let ipmb = Ipmb::parse(b"\x20\x18\xc8\x81\x04\x38\x8e\x04\xb1").unwrap();
        assert_eq!((ipmb.completion_code, ipmb.payload), (None, &b"\x8e\x04"[..]));
        assert!(ipmb.is_data_checksum_right());
    }

    #[test]
    fn a_response_without_a_completion_code_is_cut_short() {
        let cut = Ipmb::parse(b"\x81\x1c\x63\x20\x04\x38");
        assert_eq!(cut, Err(Malformed::Truncated { need: 7, have: 6 }));
    }
}
