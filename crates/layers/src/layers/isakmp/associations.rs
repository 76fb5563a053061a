//! Fields of security associations: proposals, transforms and their attributes, RFC 7296 section 3.3
//! and RFC 2407 section 4.

use super::PAYLOAD_HEADER_LEN;
use crate::field_reader::FieldReader;

/// The protocol of a proposal that is about IKE itself.
const IKE: u8 = 1;
/// The kinds of the two payloads that only stand inside an association.
const PROPOSAL: u8 = 2;
const TRANSFORM: u8 = 3;

/// An association of version 1, which starts with what its numbers mean.
pub(super) fn first(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// The only domain of interpretation in use.
    const IPSEC: u32 = 1;
    let doi = reader.u32("isakmp.sa.doi")?;
    if doi != IPSEC {
        return Some(());
    }
    let place = reader.place();
    reader.bytes("isakmp.sa.situation", 4)?;
    let situation = reader.at(place).peek(4)?;
    let names = [
        ("isakmp.sa.situation.identity_only", 1),
        ("isakmp.sa.situation.secrecy", 2),
        ("isakmp.sa.situation.integrity", 4),
    ];
    reader.flags(situation, &names);
    proposals(false, reader)
}

pub(super) fn proposals(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let mut proposal = substructure(PROPOSAL, reader)?;
        proposal.u8("isakmp.prop.number")?;
        let protocol = proposal.u8("isakmp.prop.protoid")?;
        let len = proposal.u8("isakmp.spisize")?;
        let count = proposal.u8("isakmp.prop.transforms")?;
        if len > 0 {
            proposal.bytes("isakmp.spi", len.into())?;
        }
        for _ in 0..count {
            let mut transform = substructure(TRANSFORM, &mut proposal)?;
            if is_second {
                second_transform(&mut transform);
            } else {
                first_transform(protocol, &mut transform);
            }
        }
    }
    Some(())
}

/// A proposal or a transform, behind its header.
fn substructure<'a, 's>(
    kind: u8,
    reader: &'s mut FieldReader<'a, '_>,
) -> Option<FieldReader<'a, 's>> {
    let len = reader.peek(PAYLOAD_HEADER_LEN)? & 0xffff;
    let len = usize::try_from(len).ok().filter(|len| *len >= PAYLOAD_HEADER_LEN)?;
    let mut part = reader.part(len);
    part.bits("isakmp.typepayload", kind);
    part.u8("isakmp.nextpayload")?;
    part.bytes("isakmp.reserved", 1)?;
    part.u16("isakmp.payloadlength")?;
    Some(part)
}

fn first_transform(protocol: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("isakmp.trans.number")?;
    reader.u8("isakmp.trans.id")?;
    reader.bytes("isakmp.reserved", 2)?;
    while !reader.is_empty() {
        attribute(if protocol == IKE { &IKE_ATTRIBUTE } else { &IPSEC_ATTRIBUTE }, reader)?;
    }
    Some(())
}

fn second_transform(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u8("isakmp.tf.type")?;
    reader.bytes("isakmp.reserved", 1)?;
    let name = match kind {
        1 => "isakmp.tf.id.encr",
        2 => "isakmp.tf.id.prf",
        3 => "isakmp.tf.id.integ",
        4 => "isakmp.tf.id.dh",
        5 => "isakmp.tf.id.esn",
        _ => "isakmp.tf.id",
    };
    reader.u16(name)?;
    while !reader.is_empty() {
        attribute(&IKE2_ATTRIBUTE, reader)?;
    }
    Some(())
}

/// Wireshark's names for an attribute.
struct Names {
    format: &'static str,
    kind: &'static str,
    length: &'static str,
    value: &'static str,
    /// Numbers, by type.
    numbers: &'static [(u64, &'static str)],
}

const IKE_ATTRIBUTE: Names = Names {
    format: "isakmp.ike.attr.format",
    kind: "isakmp.ike.attr.type",
    length: "isakmp.ike.attr.length",
    value: "isakmp.ike.attr.value",
    numbers: &[
        (1, "isakmp.ike.attr.encryption_algorithm"),
        (2, "isakmp.ike.attr.hash_algorithm"),
        (3, "isakmp.ike.attr.authentication_method"),
        (4, "isakmp.ike.attr.group_description"),
        (5, "isakmp.ike.attr.group_type"),
        (11, "isakmp.ike.attr.life_type"),
        (12, "isakmp.ike.attr.life_duration"),
        (14, "isakmp.ike.attr.key_length"),
    ],
};
const IPSEC_ATTRIBUTE: Names = Names {
    format: "isakmp.ipsec.attr.format",
    kind: "isakmp.ipsec.attr.type",
    length: "isakmp.ipsec.attr.length",
    value: "isakmp.ipsec.attr.value",
    numbers: &[
        (1, "isakmp.ipsec.attr.life_type"),
        (2, "isakmp.ipsec.attr.life_duration"),
        (3, "isakmp.ipsec.attr.group_description"),
        (4, "isakmp.ipsec.attr.encap_mode"),
        (5, "isakmp.ipsec.attr.auth_algorithm"),
        (6, "isakmp.ipsec.attr.key_length"),
        (7, "isakmp.ipsec.attr.key_rounds"),
        (8, "isakmp.ipsec.attr.cmpr_dict_size"),
    ],
};
const IKE2_ATTRIBUTE: Names = Names {
    format: "isakmp.ike2.attr.format",
    kind: "isakmp.ike2.attr.type",
    length: "isakmp.ike2.attr.length",
    value: "isakmp.ike2.attr.value",
    numbers: &[(14, "isakmp.ike2.attr.key_length")],
};

/// RFC 2408, section 3.3: a value of two bytes, or a length and a value.
fn attribute(names: &Names, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const IS_SHORT: u64 = 0x8000;
    let word = reader.word(2)?;
    reader.flag(names.format, word & IS_SHORT != 0);
    let kind = word & 0x7fff;
    reader.bits(names.kind, kind);
    let len = if word & IS_SHORT == 0 { reader.u16(names.length)?.into() } else { 2 };
    let place = reader.place();
    reader.bytes(names.value, len)?;
    let known = names.numbers.iter().find(|(number, _)| *number == kind);
    if let Some((_, name)) = known.filter(|_| matches!(len, 2 | 4)) {
        reader.at(place).number(name, len)?;
    }
    Some(())
}
