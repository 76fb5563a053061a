//! `MACsec` Key Agreement, [IEEE Std 802.1X](https://standards.ieee.org/ieee/802.1X/7345/) section 11.11.
//!
//! ```text
//!  0         8          16                20              31
//! | version | priority | S | D | capability | body length  |  basic parameter set
//! | sender, 8 | member, 12 | message, 4 | algorithm, 4 | name of the key ... | padding |
//! | type    | by the type               | body length   | body ... | padding |  more of these
//! | integrity check value, 16 bytes |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Head, Records};
use crate::{
    EapolType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape,
};

/// Bytes of an integrity check value, unless a parameter set says otherwise.
const ICV_LEN: usize = 16;
/// What the body length of the basic parameter set counts before the name of the key.
const BASIC_BODY_LEN: usize = 28;
/// The upper bits in front of a body length of 12 bits.
const BODY_LENGTH: u16 = 0x0fff;

/// The basic parameter set on the wire, up to the name of the key.
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
pub struct MkaHeader {
    pub version: u8,
    pub key_server_priority: u8,
    pub flags_body_length: U16,
    /// Address and port of the sender.
    pub secure_channel_identifier: [u8; 8],
    pub member_identifier: [u8; 12],
    pub message_number: U32,
    pub algorithm_agility: U32,
}

impl MkaHeader {
    /// Whether the sender takes itself for the key server.
    pub fn is_key_server(&self) -> bool {
        self.flags_body_length.get() & 0x8000 != 0
    }

    /// Writes [`is_key_server`](Self::is_key_server).
    pub fn set_key_server(&mut self, key_server: bool) {
        self.flags_body_length
            .set(self.flags_body_length.get() & !0x8000 | u16::from(key_server) << 15);
    }

    /// Whether the sender wants `MACsec`.
    pub fn is_macsec_desired(&self) -> bool {
        self.flags_body_length.get() & 0x4000 != 0
    }

    /// Writes [`is_macsec_desired`](Self::is_macsec_desired).
    pub fn set_macsec_desired(&mut self, macsec_desired: bool) {
        self.flags_body_length
            .set(self.flags_body_length.get() & !0x4000 | u16::from(macsec_desired) << 14);
    }

    /// What the sender can do of `MACsec`, 2 bits: nothing, integrity, confidentiality, also from an
    /// offset on.
    pub fn macsec_capability(&self) -> u8 {
        self.flags_body_length.to_bytes()[0] >> 4 & 3
    }

    /// Writes [`macsec_capability`](Self::macsec_capability), its low 2 bits.
    pub fn set_macsec_capability(&mut self, macsec_capability: u8) {
        self.flags_body_length.set(
            self.flags_body_length.get() & !0x3000 | u16::from(macsec_capability & 0x03) << 12,
        );
    }

    /// Bytes of parameter set behind the first four, padding not among them.
    pub fn body_length(&self) -> u16 {
        self.flags_body_length.get() & BODY_LENGTH
    }

    /// Writes how many bytes of parameter set are behind the first four, 12 bits.
    pub fn set_body_length(&mut self, length: u16) {
        let flags = self.flags_body_length.get() & !BODY_LENGTH;
        self.flags_body_length.set(flags | length & BODY_LENGTH);
    }
}

/// A parameter set behind the basic one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MkaParameterSet<'a> {
    pub kind: u8,
    /// What stands between the type and the body length, 12 bits; its meaning is the type's.
    pub flags: u16,
    /// Without its padding.
    pub body: &'a [u8],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mka<'a> {
    pub header: &'a MkaHeader,
    /// Name of the key that the message is checked with, without its padding.
    pub cak_name: &'a [u8],
    /// The parameter sets behind the basic one, not yet read.
    pub parameter_bytes: &'a [u8],
    /// Not there if the message is cut short.
    pub integrity_check_value: &'a [u8],
    padding: &'a [u8],
}

impl<'a> Layer<'a> for Mka<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<MkaHeader>(bytes)?;
        let length = header.body_length();
        let Some(name_len) = usize::from(length).checked_sub(BASIC_BODY_LEN) else {
            let (name, value) = ("parameter set body length", length.into());
            return Err(Malformed::Field { name, value });
        };
        let need = size_of::<MkaHeader>().saturating_add(name_len.next_multiple_of(4));
        let truncated = Malformed::Truncated { need, have: bytes.len() };
        let (name, rest) = rest.split_at_checked(name_len.next_multiple_of(4)).ok_or(truncated)?;
        let (cak_name, padding) = name.split_at_checked(name_len).unwrap_or((name, &[]));
        let parameters = rest.len().checked_sub(ICV_LEN).unwrap_or(rest.len());
        let (parameter_bytes, icv) = rest.split_at_checked(parameters).unwrap_or((rest, &[]));
        Ok(Self { header, cak_name, parameter_bytes, integrity_check_value: icv, padding })
    }

    fn shape(&self) -> Shape {
        let header_len = self
            .parameters_at()
            .saturating_add(self.parameter_bytes.len())
            .saturating_add(self.integrity_check_value.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("mka.version_id", header.version, 0..1);
        sink.number("mka.ks_prio", header.key_server_priority, 1..2);
        sink.flag("mka.key_server", header.is_key_server(), 2..3);
        sink.flag("mka.macsec_desired", header.is_macsec_desired(), 2..3);
        sink.number("mka.macsec_capability", header.macsec_capability(), 2..3);
        sink.number("mka.param_body_length", header.body_length(), 2..4);
        sink.bytes("mka.sci", &header.secure_channel_identifier, 4..12);
        sink.bytes("mka.actor_mi", &header.member_identifier, 12..24);
        sink.bytes("mka.actor_mn", header.message_number.as_bytes(), 24..28);
        sink.number("mka.algo_agility", header.algorithm_agility, 28..32);
        let name_end = self.cak_name.len().saturating_add(32);
        if !self.cak_name.is_empty() {
            sink.bytes("mka.cak_name", self.cak_name, 32..name_end);
        }
        if !self.padding.is_empty() {
            sink.bytes("mka.padding", self.padding, name_end..self.parameters_at());
        }
        let mut reader = FieldReader::new(self.parameter_bytes, self.parameters_at(), sink);
        while let Some(()) = parameter_fields(&mut reader) {}
        let at = self.parameters_at().saturating_add(self.parameter_bytes.len());
        FieldReader::new(self.integrity_check_value, at, sink).rest_as("mka.icv");
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = if self.header.is_key_server() { " key server" } else { "" };
        write!(f, "v{} message {}{server}", self.header.version, self.header.message_number)
    }
}

impl<'a> Mka<'a> {
    fn parameters_at(&self) -> usize {
        let name = self.cak_name.len().saturating_add(self.padding.len());
        size_of::<MkaHeader>().saturating_add(name)
    }

    /// The parameter sets behind the basic one. Ends behind the first error.
    pub fn parameter_sets(
        &self,
    ) -> impl Iterator<Item = Result<MkaParameterSet<'a>, Malformed>> + use<'a> {
        let bytes = self.parameter_bytes;
        Records::new(bytes, 0, head).map(move |record| {
            let record = record?;
            let flags = bytes.get(record.at.saturating_add(1)..).and_then(<[u8]>::first_chunk);
            let flags = flags.map_or(0, |&bits| u16::from_be_bytes(bits) >> 4);
            let len = usize::from(record.kind & BODY_LENGTH);
            let body = record.data.get(..len).unwrap_or(record.data);
            let kind = bytes.get(record.at).copied().unwrap_or_default();
            Ok(MkaParameterSet { kind, flags, body })
        })
    }
}

/// Padding counts as data here; the kind is the body length, which does not count it.
fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[_, _, a, b, ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let length = u16::from_be_bytes([a, b]) & BODY_LENGTH;
    Ok(Head { kind: length, header_len: 4, data_len: usize::from(length).next_multiple_of(4) })
}

/// Reports the next parameter set; nothing, if there is none.
fn parameter_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let &[_, first, second, ..] = reader.rest() else { return None };
    let head = head(reader.rest()).ok()?;
    let kind = reader.u8("mka.param_set_type")?;
    reader.skip(1)?;
    match kind {
        3 => {
            reader.bit_fields(first, &[("mka.latest_key_an", 0xc0)]);
            reader.flags(first.into(), &[("mka.latest_key_tx", 0x20), ("mka.latest_key_rx", 0x10)]);
            reader.bit_fields(first, &[("mka.old_key_an", 0x0c)]);
            reader.flags(first.into(), &[("mka.old_key_tx", 0x02), ("mka.old_key_rx", 0x01)]);
        }
        4 => {
            reader.bit_fields(
                first,
                &[("mka.distributed_an", 0xc0), ("mka.confidentiality_offset", 0x30)],
            );
        }
        _ => {}
    }
    let length = reader.peek_u16()?;
    reader.skip(2)?;
    if kind == 3 {
        reader.flags(
            second.into(),
            &[("mka.plain_tx", 0x80), ("mka.plain_rx", 0x40), ("mka.delay_protect", 0x10)],
        );
    }
    reader.bit_fields(length, &[("mka.param_body_length", u64::from(BODY_LENGTH))]);
    let mut body = reader.part(head.data_len);
    let _ = body_fields(kind, head.kind.into(), &mut body);
    Some(())
}

fn body_fields(kind: u8, len: usize, body: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 | 2 => {
            let mut peers = body.part(len);
            while !peers.is_empty() {
                peers.bytes("mka.peer_mi", 12)?;
                peers.bytes("mka.peer_mn", 4)?;
            }
        }
        3 if len > 0 => {
            body.bytes("mka.latest_key_server_mi", 12)?;
            body.bytes("mka.latest_key_number", 4)?;
            body.bytes("mka.latest_lowest_acceptable_pn", 4)?;
            body.bytes("mka.old_key_server_mi", 12)?;
            body.bytes("mka.old_key_number", 4)?;
            body.bytes("mka.old_lowest_acceptable_pn", 4)?;
        }
        4 if len > 0 => {
            body.bytes("mka.key_number", 4)?;
            let suite = if len > 28 { 8 } else { 0 };
            if suite > 0 {
                body.number("mka.macsec_cipher_suite", suite)?;
            }
            body.bytes("mka.aes_key_wrap_sak", len.checked_sub(4)?.checked_sub(suite)?)?;
        }
        5 => {
            body.bytes("mka.aes_key_wrap_cak", 24)?;
            body.bytes("mka.cak_name", len.checked_sub(24)?)?;
            body.rest_as("mka.padding")?;
        }
        6 => {
            body.bytes("mka.kmd", len)?;
        }
        _ => {}
    }
    Some(())
}

impl Header for MkaHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A basic parameter set without a name of a key.
const TEMPLATE: [u8; size_of::<MkaHeader>()] = {
    let mut template = [0; size_of::<MkaHeader>()];
    (template[0], template[3]) = (1, 28);
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MKA,
    "mka",
    "MACsec Key Agreement",
    |bytes, outer| Mka::parse_in(bytes, outer).map(|mka| mka.shape()),
    |bytes, outer, visitor| Mka::parse_in(bytes, outer).map(|mka| visitor(&mka)),
)
.specification("IEEE Std 802.1X, section 11.11")
.claims(&[Key::child(LayerType::EAPOL, EapolType::MKA.0 as u32)])
.template(&TEMPLATE);

// Made by hand from IEEE Std 802.1X, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: Mka *b"\x01\x10\xe0\x2b\x02\0\0\0\0\x01\0\x01ACTORMEMBER1\0\0\0\x05\0\x80\xc2\x01\
        CAKNAME16BYTES!\0\x01\0\0\x10PEERMEMBER01\0\0\0\x09iiiiiiiiiiiiiiii";
    fields: "mka.version_id=1 mka.ks_prio=16 mka.key_server=1 mka.macsec_desired=1 \
        mka.macsec_capability=2 mka.param_body_length=43 mka.sci=0200000000010001 \
        mka.actor_mi=4143544f524d454d42455231 mka.actor_mn=00000005 mka.algo_agility=8438273 \
        mka.cak_name=43414b4e414d453136425954455321 mka.padding=00 mka.param_set_type=1 \
        mka.param_body_length=16 mka.peer_mi=504545524d454d4245523031 mka.peer_mn=00000009 \
        mka.icv=69696969696969696969696969696969";
    edit: MkaHeader, |header| header.set_body_length(28);
    bad: [3 = 27 => "parameter set body length" 27];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sets: &[u8], expected: &str) {
        let bytes = [&TEMPLATE[..], sets, &[0; ICV_LEN]].concat();
        let text = Mka::parse(&bytes).unwrap().to_string();
        let (_, found) = text.split_once("mka.algo_agility=0 ").unwrap();
        assert_eq!(found.strip_suffix(" mka.icv=00000000000000000000000000000000"), Some(expected));
    }

    // As tshark 4.0.17 shows the same.
    #[test]
    fn parameter_sets_are_read() {
        check(
            b"\x03\x73\xd0\x28KEYSERVER001\0\0\0\x01\0\0\0\x02KEYSERVER000\0\0\0\x03\0\0\0\x04",
            "mka.param_set_type=3 mka.latest_key_an=1 mka.latest_key_tx=1 mka.latest_key_rx=1 \
             mka.old_key_an=0 mka.old_key_tx=1 mka.old_key_rx=1 mka.plain_tx=1 mka.plain_rx=1 \
             mka.delay_protect=1 mka.param_body_length=40 \
             mka.latest_key_server_mi=4b4559534552564552303031 mka.latest_key_number=00000001 \
             mka.latest_lowest_acceptable_pn=00000002 \
             mka.old_key_server_mi=4b4559534552564552303030 mka.old_key_number=00000003 \
             mka.old_lowest_acceptable_pn=00000004",
        );
        check(
            b"\x04\x50\0\x1c\0\0\0\x01WWWWWWWWWWWWWWWWWWWWWWWW\x04\x50\0\0",
            "mka.param_set_type=4 mka.distributed_an=1 mka.confidentiality_offset=1 \
             mka.param_body_length=28 mka.key_number=00000001 \
             mka.aes_key_wrap_sak=575757575757575757575757575757575757575757575757 \
             mka.param_set_type=4 mka.distributed_an=1 mka.confidentiality_offset=1 \
             mka.param_body_length=0",
        );
    }

    // tshark 4.0.17 does not skip the padding of this one.
    #[test]
    fn each_parameter_set_is_padded_to_four_bytes() {
        check(
            b"\x06\0\0\x06domain\0\0\x06\0\0\x04more",
            "mka.param_set_type=6 mka.param_body_length=6 mka.kmd=646f6d61696e \
             mka.param_set_type=6 mka.param_body_length=4 mka.kmd=6d6f7265",
        );
    }

    #[test]
    fn a_parameter_set_behind_the_end_is_an_error() {
        let bytes = [&TEMPLATE[..], b"\x4d\x12\x30\x02zz\0\0\x01\0\0\x10", &[0; ICV_LEN]].concat();
        let mut sets = Mka::parse(&bytes).unwrap().parameter_sets();
        let known = MkaParameterSet { kind: 77, flags: 0x123, body: b"zz" };
        assert_eq!(sets.next(), Some(Ok(known)));
        assert_eq!(sets.next(), Some(Err(Malformed::Truncated { need: 20, have: 4 })));
        assert_eq!(sets.next(), None);
    }
}
