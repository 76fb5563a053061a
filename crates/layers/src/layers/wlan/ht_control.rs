//! HT Control, IEEE 802.11 section 9.2.4.7: of high throughput, of very high throughput, or a list of
//! controls of high efficiency.

use crate::Value;
use crate::layout::{Bits, Layout};

/// What it is of, by its lowest bits.
const IS_VHT: u64 = 0x1;
const IS_HE: u64 = 0x2;

/// High throughput: MAI of this value says that antennas are selected.
const SELECTS_ANTENNAS: u64 = 14 << 2;
/// High throughput: feedback is asked for.
const MCS_REQUEST: u64 = 0x4;

/// Very high throughput: feedback that nobody asked for.
const UNSOLICITED: u64 = 0x2000_0000;
/// Very high throughput: number of streams and MCS of these values say that there is no feedback.
const NO_FEEDBACK: u64 = 0xfe00;

/// Bits of the list of controls.
const CONTROL_BITS: u32 = 30;
/// Bits of the number of a control.
const ID_BITS: u32 = 4;

/// The controls of high efficiency: number, bits, and what is in them.
const CONTROLS: &[(u64, u32, &Bits)] = &[
    (
        0,
        26,
        &[
            ("wlan.htc.he.a_control.umrs.he_tb_ppdu_len", 0x1f),
            ("wlan.htc.he.a_control.umrs.ru_allocation", 0x1fe0),
            ("wlan.htc.he.a_control.umrs.dl_tx_power", 0x3_e000),
            ("wlan.htc.he.a_control.umrs.ul_target_rssi", 0x7c_0000),
            ("wlan.htc.he.a_control.umrs.ul_mcs", 0x180_0000),
            ("wlan.htc.he.a_control.umrs.reserved", 0x200_0000),
        ],
    ),
    (
        1,
        12,
        &[
            ("wlan.htc.he.a_control.om.rx_nss", 0x7),
            ("wlan.htc.he.a_control.om.channel_width", 0x18),
            ("wlan.htc.he.a_control.om.ul_mu_disable", 0x20),
            ("wlan.htc.he.a_control.om.tx_nsts", 0x1c0),
            ("wlan.htc.he.a_control.om.reserved", 0xe00),
        ],
    ),
    (
        2,
        26,
        &[
            ("wlan.htc.he.a_control.hla.unsolicited_mfb", 0x1),
            ("wlan.htc.he.a_control.hla.mrq", 0x2),
            ("wlan.htc.he.a_control.hla.NSS", 0x1c),
            ("wlan.htc.he.a_control.hla.he_mcs", 0x1e0),
            ("wlan.htc.he.a_control.hla.dcm", 0x200),
            ("wlan.htc.he.a_control.hla.ru", 0x3_fc00),
            ("wlan.htc.he.a_control.hla.bw", 0xc_0000),
            ("wlan.htc.he.a_control.hla.msi_ppdu_type", 0x70_0000),
            ("wlan.htc.he.a_control.hla.tx_bf", 0x80_0000),
            ("wlan.htc.he.a_control.hla.reserved", 0x300_0000),
        ],
    ),
    (
        3,
        26,
        &[
            ("wlan.htc.he.a_control.bsr.aci_bitmap", 0xf),
            ("wlan.htc.he.a_control.bsr.delta_tid", 0x30),
            ("wlan.htc.he.a_control.bsr.aci_high", 0xc0),
            ("wlan.htc.he.a_control.bsr.scaling_factor", 0x300),
            ("wlan.htc.he.a_control.bsr.queue_size_high", 0x3_fc00),
            ("wlan.htc.he.a_control.bsr.queue_size_all", 0x3fc_0000),
        ],
    ),
    (
        4,
        8,
        &[
            ("wlan.htc.he.a_control.uph.ul_power_headroom", 0x1f),
            ("wlan.htc.he.a_control.uph.min_transmit_power_flag", 0x20),
            ("wlan.htc.he.a_control.uph.reserved", 0xc0),
        ],
    ),
    (
        5,
        10,
        &[
            ("wlan.htc.he.a_control.bqr.avail_chan_bitmap", 0xff),
            ("wlan.htc.he.a_control.bqr.reserved", 0x300),
        ],
    ),
    (
        6,
        8,
        &[
            ("wlan.htc.he.a_control.cci.ac_constraint", 0x1),
            ("wlan.htc.he.a_control.cci.rdg_more_ppdu", 0x2),
            ("wlan.htc.he.a_control.cci.sr_ppdu_indic", 0x4),
            ("wlan.htc.he.a_control.cci.reserved", 0xf8),
        ],
    ),
    (
        7,
        6,
        &[
            ("wlan.htc.he.a_control.eht_om.rx_nss_ext", 0x1),
            ("wlan.htc.he.a_control.eht_om.chan_w_ext", 0x2),
            ("wlan.htc.he.a_control.eht_om.tx_nsts_ext", 0x4),
            ("wlan.htc.he.a_control.eht_om.reserved", 0x38),
        ],
    ),
    (
        8,
        10,
        &[
            ("wlan.htc.he.a_control.srs.ppdu_resp_dur", 0xff),
            ("wlan.htc.he.a_control.srs.reserved", 0x300),
        ],
    ),
    (
        9,
        20,
        &[
            ("wlan.htc.he.a_control.aar.assisted_ap_link_id_bitmap", 0xffff),
            ("wlan.htc.he.a_control.aar.reserved", 0xf_0000),
        ],
    ),
];

/// Reports the field and what is in it.
pub(super) fn report(layout: &mut Layout<'_, '_>) -> Option<()> {
    let control = layout.le(4, "wlan.htc")?;
    layout.bits(control, &[("wlan.htc.vht", IS_VHT)]);
    if control & IS_VHT == 0 {
        high_throughput(control, layout);
    } else {
        layout.bits(control, &[("wlan.htc.he", IS_HE)]);
        if control & IS_HE != 0 {
            controls(control >> 2, layout);
            return Some(());
        }
        very_high_throughput(control, layout);
    }
    layout.bits(
        control,
        &[("wlan.htc.ac_constraint", 0x4000_0000), ("wlan.htc.rdg_more_ppdu", 0x8000_0000)],
    );
    Some(())
}

fn high_throughput(control: u64, layout: &mut Layout<'_, '_>) {
    layout.bits(control, &[("wlan.htc.lac", 0xfffe), ("wlan.htc.lac.trq", 0x2)]);
    let selects = control & 0x3c == SELECTS_ANTENNAS;
    if selects {
        layout.bits(control, &[("wlan.htc.lac.mai.aseli", 0x3c)]);
    } else {
        let is_asked = control & MCS_REQUEST != 0;
        let name = if is_asked { "wlan.htc.lac.mai.msi" } else { "wlan.htc.lac.mai.reserved" };
        layout.bits(control, &[("wlan.htc.lac.mai.mrq", MCS_REQUEST), (name, 0x38)]);
    }
    layout.bits(control, &[("wlan.htc.lac.mfsi", 0x1c0)]);
    if selects {
        let antennas = [("wlan.htc.lac.asel.command", 0xe00), ("wlan.htc.lac.asel.data", 0xf000)];
        layout.bits(control, &antennas);
    } else {
        layout.bits(control, &[("wlan.htc.lac.mfb", 0xfe00)]);
    }
    layout.bits(
        control,
        &[
            ("wlan.htc.cal.pos", 0x3_0000),
            ("wlan.htc.cal.seq", 0xc_0000),
            ("wlan.htc.reserved1", 0x30_0000),
            ("wlan.htc.csi_steering", 0xc0_0000),
            ("wlan.htc.ndp_announcement", 0x100_0000),
            ("wlan.htc.reserved2", 0x3e00_0000),
        ],
    );
}

fn very_high_throughput(control: u64, layout: &mut Layout<'_, '_>) {
    let is_unsolicited = control & UNSOLICITED != 0;
    let has_feedback = control & NO_FEEDBACK != NO_FEEDBACK;
    layout.bits(control, &[("wlan.htc.mrq", 0x4)]);
    match (is_unsolicited, has_feedback, control & 0x4 != 0) {
        (true, true, _) => {
            let what = [("wlan.htc.compressed_msi", 0x18), ("wlan.htc.ppdu_stbc_encoded", 0x20)];
            layout.bits(control, &what);
        }
        (false, _, true) => layout.bits(control, &[("wlan.htc.msi", 0x38)]),
        _ => layout.bits(control, &[("wlan.htc.msi_stbc_reserved", 0x38)]),
    }
    let name = if is_unsolicited { "wlan.htc.gid_l" } else { "wlan.htc.mfsi" };
    layout.bits(
        control,
        &[
            (name, 0x1c0),
            ("wlan.htc.mfb", 0xff_fe00),
            ("wlan.htc.num_sts", 0xe00),
            ("wlan.htc.vht_mcs", 0xf000),
            ("wlan.htc.bw", 0x3_0000),
        ],
    );
    // Six bits with a sign.
    let snr = (control >> 18 & 0x3f ^ 0x20).cast_signed().saturating_sub(0x20);
    layout.value("wlan.htc.snr", Value::Signed(snr));
    if has_feedback {
        layout.bits(
            control,
            &[
                ("wlan.htc.gid_h", 0x700_0000),
                ("wlan.htc.coding_type", 0x800_0000),
                ("wlan.htc.fb_tx_type", 0x1000_0000),
            ],
        );
    } else {
        layout.bits(control, &[("wlan.htc.reserved3", 0x1f00_0000)]);
    }
    layout.bits(control, &[("wlan.htc.unsolicited_mfb", UNSOLICITED)]);
}

/// The list of controls, up to one that is not known or does not fit.
fn controls(mut bits: u64, layout: &mut Layout<'_, '_>) {
    let mut left = CONTROL_BITS;
    while left > ID_BITS {
        let id = bits & 0xf;
        if id == 0 && left < CONTROL_BITS {
            // The control of this number fills the list: behind another one it is what is left over.
            layout.number("wlan.htc.he.a_control.padding", bits);
            return;
        }
        layout.number("wlan.htc.he.a_control.ctrl_id", id);
        bits >>= ID_BITS;
        left = left.saturating_sub(ID_BITS);
        let known = CONTROLS.iter().find(|(known, width, _)| *known == id && *width <= left);
        let Some((_, width, fields)) = known else { return };
        layout.bits(bits, fields);
        bits = bits.checked_shr(*width).unwrap_or_default();
        left = left.saturating_sub(*width);
    }
}
