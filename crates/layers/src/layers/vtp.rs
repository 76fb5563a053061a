//! VLAN Trunking Protocol of Cisco,
//! [as Cisco describes it](https://www.cisco.com/c/en/us/support/docs/lan-switching/vtp/10558-21.html).
//!
//! ```text
//!  0         8        16                24
//! | version | code   | by the code     | domain length | domain, 32 bytes | by the code ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Organization, Protocol};
use crate::{Shape, Value};

/// The number of VTP among those that Cisco assigns.
const CISCO_PID: u16 = 0x2003;
/// Room for the name of a domain.
const DOMAIN_LEN: usize = 32;
/// A VLAN is described by as many bytes at least, behind its length.
const MIN_VLAN_LEN: usize = 11;

/// The header on the wire.
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
pub struct VtpHeader {
    pub version: u8,
    pub code: u8,
    /// How many messages follow a summary; the number of a message behind it; else zero.
    pub followers_or_sequence: u8,
    pub domain_length: u8,
    /// Padded by zeros.
    pub domain: [u8; DOMAIN_LEN],
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VtpCode(pub u8);

numbers! {
    VtpCode "code {}" {
        /// The state of a domain, in short.
        SUMMARY = 1 "summary advertisement";
        /// VLANs of a domain.
        SUBSET = 2 "subset advertisement";
        /// A switch asks for an advertisement.
        REQUEST = 3 "advertisement request";
        /// VLANs that a switch has no use for.
        JOIN = 4 "join/prune";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vtp<'a> {
    pub header: &'a VtpHeader,
    /// What is behind the domain; [`vlans`](Self::vlans) are, in a subset advertisement.
    pub body: &'a [u8],
}

/// One VLAN of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VtpVlan<'a> {
    /// Bit 0, whether it is suspended.
    pub status: u8,
    pub kind: u8,
    pub id: u16,
    pub mtu: u16,
    /// Security association identifier of IEEE 802.10.
    pub index: u32,
    pub name: &'a [u8],
}

impl<'a> Layer<'a> for Vtp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<VtpHeader>(bytes)?;
        Ok(Self { header, body })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<VtpHeader>().saturating_add(self.body.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("vtp.version", self.header.version, 0..1);
        sink.number("vtp.code", self.header.code, 1..2);
        let third = self.header.followers_or_sequence;
        match self.code() {
            VtpCode::SUMMARY => sink.number("vtp.followers", third, 2..3),
            VtpCode::SUBSET => sink.number("vtp.seq_num", third, 2..3),
            VtpCode::REQUEST | VtpCode::JOIN => sink.bytes("vtp.reserved", &[third], 2..3),
            _ => return,
        }
        sink.number("vtp.md_len", self.header.domain_length, 3..4);
        let at = size_of::<VtpHeader>();
        FieldReader::new(&self.header.domain, 4, sink).text("vtp.md", DOMAIN_LEN);
        let mut reader = FieldReader::new(self.body, at, sink);
        let _ = match self.code() {
            VtpCode::SUMMARY => summary_fields(&mut reader),
            VtpCode::SUBSET => subset_fields(&mut reader),
            VtpCode::REQUEST => reader.u16("vtp.start_value").map(|_| ()),
            _ => join_fields(&mut reader),
        };
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} {}", self.header.version, self.code())?;
        match std::str::from_utf8(self.domain()) {
            Ok(domain) if !domain.contains(char::is_control) => write!(f, " domain {domain}"),
            _ => Ok(()),
        }
    }
}

impl<'a> Vtp<'a> {
    /// What the message is.
    pub fn code(&self) -> VtpCode {
        VtpCode(self.header.code)
    }

    /// The name of the domain, text, without its padding.
    pub fn domain(&self) -> &'a [u8] {
        let domain = &self.header.domain;
        domain.get(..self.header.domain_length.into()).unwrap_or(domain)
    }

    /// Configuration revision number, in an advertisement.
    pub fn revision(&self) -> Option<u32> {
        let is_advertisement = matches!(self.code(), VtpCode::SUMMARY | VtpCode::SUBSET);
        let revision = self.body.first_chunk().filter(|_| is_advertisement)?;
        Some(u32::from_be_bytes(*revision))
    }

    /// The VLANs, in a subset advertisement.
    pub fn vlans(&self) -> VtpVlans<'a> {
        let is_subset = self.code() == VtpCode::SUBSET;
        VtpVlans { rest: self.body.get(4..).filter(|_| is_subset).unwrap_or_default() }
    }
}

/// The VLANs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct VtpVlans<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for VtpVlans<'a> {
    type Item = Result<VtpVlan<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&len, _) = self.rest.split_first()?;
        let whole = std::mem::take(&mut self.rest);
        let Some((record, rest)) = whole.split_at_checked(len.into()) else {
            return Some(Err(Malformed::Truncated { need: len.into(), have: whole.len() }));
        };
        let &[_, status, kind, name_len, a, b, c, d, e, f, g, h, ref rest_of_record @ ..] = record
        else {
            return Some(Err(Malformed::Field { name: "length", value: len.into() }));
        };
        let Some(name) = rest_of_record.get(..name_len.into()) else {
            return Some(Err(Malformed::Field {
                name: "VLAN name length",
                value: name_len.into(),
            }));
        };
        self.rest = rest;
        let [id, mtu] = [[a, b], [c, d]].map(u16::from_be_bytes);
        let index = u32::from_be_bytes([e, f, g, h]);
        Some(Ok(VtpVlan { status, kind, id, mtu, index, name }))
    }
}

fn summary_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("vtp.conf_rev_num")?;
    reader.ipv4("vtp.upd_id")?;
    reader.text("vtp.upd_ts", 12)?;
    reader.bytes("vtp.md5_digest", 16)?;
    Some(())
}

fn subset_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("vtp.conf_rev_num")?;
    while let Some(len) = reader.peek_u8() {
        let len = usize::from(len);
        if len <= MIN_VLAN_LEN {
            reader.u8("vtp.vlan_info.len")?;
            return None;
        }
        // The VLAN behind one whose name is too long can still be read.
        let _ = vlan_fields(&mut reader.part(len));
    }
    Some(())
}

fn vlan_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("vtp.vlan_info.len")?;
    let status = reader.u8("vtp.vlan_info.status")?;
    reader.flags(status.into(), &[("vtp.vlan_info.status.vlan_susp", 0x01)]);
    reader.u8("vtp.vlan_info.vlan_type")?;
    let name_len = reader.u8("vtp.vlan_info.vlan_name_len")?;
    reader.u16("vtp.vlan_info.isl_vlan_id")?;
    reader.u16("vtp.vlan_info.mtu_size")?;
    reader.u32("vtp.vlan_info.802_10_index")?;
    reader.text("vtp.vlan_info.vlan_name", usize::from(name_len).next_multiple_of(4))?;
    while !reader.is_empty() {
        let kind = reader.u8("vtp.vlan_info.tlv_type")?;
        let words = reader.u8("vtp.vlan_info.tlv_len")?;
        let name = usize::from(kind).checked_sub(1).and_then(|place| TLVS.get(place));
        match (name, words) {
            (Some(name), 1) => {
                reader.u16(name)?;
            }
            _ => {
                let data = reader.skip(usize::from(words) << 1)?;
                reader.value("vtp.vlan_info.data", Value::Bytes(data));
            }
        }
    }
    Some(())
}

/// By type, from 1 on: each is a word of two bytes.
const TLVS: [&str; 10] = [
    "vtp.vlan_info.src_route_ring_num",
    "vtp.vlan_info.src_route_bridge_num",
    "vtp.vlan_info.stp_type",
    "vtp.vlan_info.parent_vlan",
    "vtp.vlan_info.translationally_bridged_vlans",
    "vtp.vlan_info.pruning",
    "vtp.vlan_info.bridge_type",
    "vtp.vlan_info.max_are_hop_count",
    "vtp.vlan_info.max_ste_hop_count",
    "vtp.vlan_info.backup_crf_mode",
];

/// The first and the last VLAN, and a bit for each between them.
fn join_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let first = reader.u16("vtp.pruning.first")?;
    reader.u16("vtp.pruning.last")?;
    let mut vlan = u64::from(first);
    while let Some(bits) = reader.peek_u8() {
        reader.skip(1)?;
        for bit in (0..8).rev() {
            if bits >> bit & 1 != 0 {
                reader.value("vtp.pruning.active", Value::Number(vlan));
            }
            vlan = vlan.saturating_add(1);
        }
    }
    Some(())
}

impl Header for VtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A request for all of a domain without a name.
const TEMPLATE: [u8; 38] = {
    let mut template = [0; 38];
    template[0] = 1;
    template[1] = VtpCode::REQUEST.0;
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VTP,
    "vtp",
    "VLAN Trunking Protocol",
    |bytes, outer| Vtp::parse_in(bytes, outer).map(|vtp| vtp.shape()),
    |bytes, outer, visitor| Vtp::parse_in(bytes, outer).map(|vtp| visitor(&vtp)),
)
.specification("Cisco")
.claims(&[Key::snap(Organization::CISCO, CISCO_PID)])
.template(&TEMPLATE);

// Made by hand, read by tshark 4.0.17: VTP, Summary Advertisement, domain "domain"
#[cfg(test)]
layer_tests! {
    sample: Vtp *b"\x01\x01\0\x06domain\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\
        \x0a\0\0\x01931118000000\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
    fields: "vtp.version=1 vtp.code=1 vtp.followers=0 vtp.md_len=6 vtp.md=domain \
        vtp.conf_rev_num=7 vtp.upd_id=10.0.0.1 vtp.upd_ts=931118000000 \
        vtp.md5_digest=000102030405060708090a0b0c0d0e0f";
    edit: VtpHeader, |header| header.code = VtpCode::JOIN.0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of a kind about a domain without a name.
    fn message(code: VtpCode, body: &[u8]) -> Vec<u8> {
        let header = VtpHeader { version: 1, code: code.0, ..VtpHeader::default() };
        [header.as_bytes(), body].concat()
    }

    const VLANS: &[u8] =
        b"\0\0\0\x07\x18\0\x01\x07\0\x01\x05\xdc\0\x01\x86\xa1default\0\x08\x01\0\x07\
        \x10\0\x01\x02\0\x02\x05\xdc\0\x01\x86\xa2v2\0\0";

    #[test]
    fn vlans_of_a_subset_are_read() {
        let bytes = message(VtpCode::SUBSET, VLANS);
        let vtp = Vtp::parse(&bytes).unwrap();
        let vlans = vtp.vlans().collect::<Result<Vec<_>, _>>().unwrap();
        let names = vlans.iter().map(|vlan| (vlan.id, vlan.name)).collect::<Vec<_>>();
        assert_eq!(names, [(1, &b"default"[..]), (2, b"v2")]);
        assert_eq!(vtp.revision(), Some(7));
        // As tshark 4.0.17 shows the same.
        let expected = "vtp.vlan_info.len=24 vtp.vlan_info.status=0 \
             vtp.vlan_info.status.vlan_susp=0 vtp.vlan_info.vlan_type=1 \
             vtp.vlan_info.vlan_name_len=7 vtp.vlan_info.isl_vlan_id=1 vtp.vlan_info.mtu_size=1500 \
             vtp.vlan_info.802_10_index=100001 vtp.vlan_info.vlan_name=default \
             vtp.vlan_info.tlv_type=8 vtp.vlan_info.tlv_len=1 vtp.vlan_info.max_are_hop_count=7 \
             vtp.vlan_info.len=16 ";
        assert!(vtp.to_string().contains(expected), "{vtp}");
    }

    #[test]
    fn a_vlan_of_no_length_ends_the_list() {
        let bytes = message(VtpCode::SUBSET, b"\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let vtp = Vtp::parse(&bytes).unwrap();
        let error = Malformed::Field { name: "length", value: 0 };
        assert_eq!(vtp.vlans().collect::<Vec<_>>(), [Err(error)]);
        assert!(vtp.to_string().ends_with("vtp.vlan_info.len=0"));
    }

    #[test]
    fn a_join_names_each_vlan_whose_bit_is_set() {
        let bytes = message(VtpCode::JOIN, b"\0\x01\x03\xff\x80\x01");
        let text = Vtp::parse(&bytes).unwrap().to_string();
        let expected = "vtp.pruning.first=1 vtp.pruning.last=1023 vtp.pruning.active=1 \
                        vtp.pruning.active=16";
        assert!(text.ends_with(expected), "{text}");
    }
}
