//! Fields of the TLVs of IEEE 802.3.

use crate::field_reader::FieldReader;

/// Reports the TLV behind its organization.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.ieee.802_3.subtype")? {
        1 => {
            let status = reader.u8("lldp.ieee.802_3.mac_phy_auto_neg_status")?;
            reader.flags(status.into(), &AUTO_NEGOTIATION);
            let advertised = reader.u16("lldp.ieee.802_3.pmd_auto_neg_advertised_caps")?;
            reader.flags(advertised.into(), &ADVERTISED);
            reader.flags(advertised.into(), &ADVERTISED_THE_WRONG_WAY);
            reader.u16("lldp.ieee.802_3.pmd_mau_type")?;
        }
        2 => power(reader)?,
        3 => {
            let status = reader.u8("lldp.ieee.802_3.aggregation_status")?;
            reader.flags(status.into(), &AGGREGATION);
            reader.u32("lldp.ieee.802_3.aggregated_port_id")?;
        }
        4 => {
            reader.u16("lldp.ieee.802_3.max_frame_size")?;
        }
        5 => {
            reader.u16("lldp.ieee.802_3.eee.transmit")?;
            reader.u16("lldp.ieee.802_3.eee.receive")?;
            reader.u16("lldp.ieee.802_3.eee.fallback_receive")?;
            reader.u16("lldp.ieee.802_3.eee.echo_transmit")?;
            reader.u16("lldp.ieee.802_3.eee.echo_receive")?;
        }
        7 => {
            let bits = reader.u16("lldp.ieee.802_3br.eac")?;
            reader.flags(
                bits.into(),
                &[
                    ("lldp.ieee.802_3br.aec.support", 0x0001),
                    ("lldp.ieee.802_3br.aec.enable", 0x0002),
                    ("lldp.ieee.802_3br.aec.active", 0x0004),
                ],
            );
            reader.bit_fields(
                bits,
                &[
                    ("lldp.ieee.802_3br.aec.addfragsize", 0x0018),
                    ("lldp.ieee.802_3br.aec.reserved", 0xffe0),
                ],
            );
        }
        _ => {}
    }
    Some(())
}

/// Three editions of one TLV, each longer than the one before.
fn power(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let support = reader.u8("lldp.ieee.802_3.mdi_power_support")?;
    reader.flags(support.into(), &POWER_SUPPORT);
    reader.u8("lldp.ieee.802_3.mdi_pse_pair")?;
    reader.u8("lldp.ieee.802_3.mdi_power_class")?;
    let bits = reader.peek_u8()?;
    reader.skip(1)?;
    reader.bit_fields(
        bits,
        &[
            ("lldp.ieee.802_3.mdi_power_type", 0xc0),
            ("lldp.ieee.802_3.mdi_power_source", 0x30),
            ("lldp.ieee.802_3.mdi_power_priority", 0x0f),
        ],
    );
    reader.u16("lldp.ieee.802_3.mdi_pde_requested")?;
    reader.u16("lldp.ieee.802_3.mdi_pse_allocated")?;
    reader.u16("lldp.ieee.802_3.bt_ds_pd_requested_power_value_mode_a")?;
    reader.u16("lldp.ieee.802_3.bt_ds_pd_requested_power_value_mode_b")?;
    reader.u16("lldp.ieee.802_3.bt_ds_pse_allocated_power_value_alt_a")?;
    reader.u16("lldp.ieee.802_3.bt_ds_pse_allocated_power_value_alt_b")?;
    let status = reader.u16("lldp.ieee.802_3.bt_power_status")?;
    reader.bit_fields(status, &POWER_STATUS);
    let setup = reader.u8("lldp.ieee.802_3.bt_system_setup")?;
    reader.bit_fields(setup, &[("lldp.ieee.802_3.bt_power_type_ext", 0x0e)]);
    reader.u16("lldp.ieee.802_3.bt_pse_maximum_available_power_value")?;
    let class = reader.u8("lldp.ieee.802_3.bt_autoclass")?;
    reader.bit_fields(
        class,
        &[
            ("lldp.ieee.802_3.bt_pse_autoclass_support", 0x04),
            ("lldp.ieee.802_3.bt_autoclass_completed", 0x02),
            ("lldp.ieee.802_3.bt_autoclass_request", 0x01),
            ("lldp.ieee.802_3.bt_autoclass_reserved", 0xf8),
        ],
    );
    let down = reader.u24("lldp.ieee.802_3.bt_power_down")?;
    reader.bit_fields(
        down,
        &[
            ("lldp.ieee.802_3.bt_power_down_request", 0xfc_0000),
            ("lldp.ieee.802_3.bt_power_down_time", 0x03_ffff),
        ],
    );
    Some(())
}

const AUTO_NEGOTIATION: [(&str, u64); 2] = [
    ("lldp.ieee.802_3.mac_phy_auto_neg_status.supported", 0x01),
    ("lldp.ieee.802_3.mac_phy_auto_neg_status.enabled", 0x02),
];

const AGGREGATION: [(&str, u64); 2] = [
    ("lldp.ieee.802_3.aggregation_status.cap", 0x01),
    ("lldp.ieee.802_3.aggregation_status.enabled", 0x02),
];

const POWER_SUPPORT: [(&str, u64); 4] = [
    ("lldp.ieee.802_3.mdi_power_support.port_class", 0x01),
    ("lldp.ieee.802_3.mdi_power_support.supported", 0x02),
    ("lldp.ieee.802_3.mdi_power_support.enabled", 0x04),
    ("lldp.ieee.802_3.mdi_power_support.pse_pairs", 0x08),
];

const POWER_STATUS: [(&str, u64); 6] = [
    ("lldp.ieee.802_3.bt_pse_powering_status", 0xc000),
    ("lldp.ieee.802_3.bt_pd_powered_status", 0x3000),
    ("lldp.ieee.802_3.bt_pse_power_pairs_ext", 0x0c00),
    ("lldp.ieee.802_3.bt_ds_pwr_class_ext_a", 0x0380),
    ("lldp.ieee.802_3.bt_ds_pwr_class_ext_b", 0x0070),
    ("lldp.ieee.802_3.bt_pwr_class_ext_", 0x000f),
];

const ADVERTISED: [(&str, u64); 16] = [
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_tfd", 0x0001),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_t", 0x0002),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_xfd", 0x0004),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_x", 0x0008),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_bpause", 0x0010),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_spause", 0x0020),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_apause", 0x0040),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_pause", 0x0080),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t2fd", 0x0100),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t2", 0x0200),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_txfd", 0x0400),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_tx", 0x0800),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t4", 0x1000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.10base_tfd", 0x2000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.10base_t", 0x4000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.other", 0x8000),
];

/// Some send the bits in the other order: Wireshark shows both.
const ADVERTISED_THE_WRONG_WAY: [(&str, u64); 16] = [
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_tfd", 0x8000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_t", 0x4000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_xfd", 0x2000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_x", 0x1000),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_bpause", 0x0800),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_spause", 0x0400),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_apause", 0x0200),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_pause", 0x0100),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t2fd", 0x0080),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t2", 0x0040),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_txfd", 0x0020),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_tx", 0x0010),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t4", 0x0008),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.10base_tfd", 0x0004),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.10base_t", 0x0002),
    ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.other", 0x0001),
];
