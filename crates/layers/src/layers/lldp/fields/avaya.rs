//! Fields of the TLVs of Extreme and Avaya for fabrics, and of Hytec.

use crate::field_reader::FieldReader;

/// Bytes of a digest.
const DIGEST: usize = 32;
/// Bytes of the identity of a system and of its link.
const SYSTEM_ID: usize = 10;

/// Reports a TLV that attaches a device to a fabric, behind its organization.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.extreme_avaya_ap.subtype")? {
        11 => {
            reader.bytes("lldp.extreme_avaya_ap.hmac_sha_digest", DIGEST)?;
            let word = reader.word(3)?;
            let parts = [
                ("lldp.extreme_avaya_ap.element_type", 0xfc_0000),
                ("lldp.extreme_avaya_ap.state", 0x03_f000),
                ("lldp.extreme_avaya_ap.mgnt_vlan", 0x00_0fff),
            ];
            reader.bit_fields(word, &parts);
            reader.u8("lldp.extreme_avaya_ap.rsvd")?;
            reader.bytes("lldp.extreme_avaya_ap.system_id", SYSTEM_ID)?;
        }
        12 => {
            reader.bytes("lldp.extreme_avaya_ap.hmac_sha_digest", DIGEST)?;
            while let Some(word) = reader.peek(5).and_then(|_| reader.word(2)) {
                let parts = [
                    ("lldp.extreme_avaya_ap.status", 0xf000),
                    ("lldp.extreme_avaya_ap.vlan", 0x0fff),
                ];
                reader.bit_fields(word, &parts);
                reader.u24("lldp.extreme_avaya_ap.i_sid")?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Reports a TLV of Hytec behind its organization.
pub(super) fn hytec_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("lldp.hytec.tlv_subtype")?;
    let word = reader.word(1)?;
    reader.bit_fields(word, &[("lldp.hytec.group", 0xe0), ("lldp.hytec.identifier", 0x1f)]);
    if word == 0x21 {
        reader.rest_text("lldp.hytec.transceiver_vendor_product_revision")?;
    } else {
        reader.rest_as("lldp.hytec.unknown_identifier_content")?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::layers::golden;

    #[test]
    fn tlvs_of_organizations_are_those_of_tshark() {
        golden::check(include_str!("../golden.txt"), &["lldp"], &[], &[]);
    }
}
