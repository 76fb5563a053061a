//! The bodies of control frames, IEEE Std 802.11 section 9.3.1.

use super::action::STARTING_SEQUENCE;
use super::{Wlan, WlanFrameType as T, fields, ht_control};
use crate::Value;
use crate::layout::Part::{self, Bits, Bytes, Mac, Rest, U8, U16};
use crate::layout::{Bits as Table, Layout};

/// Control of a block ack.
const BLOCK_ACK: &Table = &[
    ("wlan.ba.control.ackpolicy", 0x1),
    ("wlan.ba.control.ba_type", 0x1e),
    ("wlan.ba.control.reserved", 0xfe0),
    ("wlan.ba.basic.tidinfo", 0xf000),
];

/// The traffic that a part of a block ack speaks of.
const TRAFFIC: Part = Bits(
    2,
    "",
    &[("wlan.bar.mtid.tidinfo.reserved", 0xfff), ("wlan.bar.mtid.tidinfo.value", 0xf000)],
);

/// Bytes of the bitmap of a basic block ack: 16 bits for each of 64 frames.
const BASIC_BITMAP: usize = 128;
/// Bytes of a bitmap of one bit a frame.
const BITMAP: usize = 8;

/// Reports the body of a control frame.
pub(super) fn report(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    match frame.frame_type() {
        T::BLOCK_ACK_REQUEST => block_ack(false, layout),
        T::BLOCK_ACK => block_ack(true, layout),
        T::CONTROL_WRAPPER => wrapper(layout),
        T::NDP_ANNOUNCEMENT => ndp_announcement(layout),
        T::BEAMFORMING_REPORT_POLL => {
            layout.read(&[U8("wlan.beamform.feedback_seg_retrans_bitmap")])
        }
        T::TRIGGER => trigger(layout),
        _ => Some(()),
    }
}

/// A block ack, or a request for one.
fn block_ack(is_answer: bool, layout: &mut Layout<'_, '_>) -> Option<()> {
    let control = layout.le(2, "wlan.ba.control")?;
    layout.bits(control, BLOCK_ACK);
    match control >> 1 & 0xf {
        // Basic.
        0 => {
            layout.read(&[STARTING_SEQUENCE])?;
            if is_answer { layout.read(&[Bytes(BASIC_BITMAP, "wlan.ba.bm")]) } else { Some(()) }
        }
        // Extended compressed: a byte behind the bitmap says how much room there is.
        1 => {
            layout.read(&[STARTING_SEQUENCE])?;
            if !is_answer {
                return Some(());
            }
            layout.read(&[Bytes(BITMAP, "wlan.ba.bm"), U8("wlan.ba.RBUFCAP")])
        }
        // Compressed: the bitmap is all that follows.
        2 => {
            let first = starting_sequence(layout)?;
            if is_answer { bitmap(first, layout.rest().len(), layout) } else { Some(()) }
        }
        // For several kinds of traffic.
        3 => {
            for _ in 0..=(control >> 12) {
                layout.read(&[TRAFFIC, STARTING_SEQUENCE])?;
                if is_answer {
                    layout.read(&[Bytes(BITMAP, "wlan.ba.bm")])?;
                }
            }
            Some(())
        }
        // Groupcast with retries.
        6 => {
            layout.read(&[STARTING_SEQUENCE, Mac("wlan.ba.gcr_group_addr")])?;
            if is_answer { layout.read(&[Bytes(BITMAP, "wlan.ba.bm")]) } else { Some(()) }
        }
        11 if is_answer => several_stations(layout),
        _ => Some(()),
    }
}

/// The number of the first frame that a bitmap speaks of.
fn starting_sequence(layout: &mut Layout<'_, '_>) -> Option<u64> {
    let [low, high] = *layout.rest().first_chunk()?;
    layout.read(&[STARTING_SEQUENCE])?;
    Some(u64::from(u16::from_le_bytes([low, high]) >> 4))
}

/// A bitmap of the frames received, and the numbers of those that were not.
fn bitmap(first: u64, len: usize, layout: &mut Layout<'_, '_>) -> Option<()> {
    let start = layout.at();
    let bits = layout.rest().get(..len)?;
    layout.read(&[Bytes(len, "wlan.ba.bm")])?;
    for (place, byte) in bits.iter().enumerate() {
        let at = start.saturating_add(place);
        layout.place(at..at.saturating_add(1));
        for bit in (0..8_u64).filter(|bit| byte >> bit & 1 == 0) {
            let number = first.saturating_add((place as u64).saturating_mul(8)).saturating_add(bit);
            layout.number("wlan.ba.bm.missing_frame", number);
        }
    }
    Some(())
}

/// A block ack for several stations, each with a bitmap of its own size.
fn several_stations(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Of what is said of a station: a bare acknowledgment, without a bitmap.
    const BARE: u64 = 0x800;
    /// The identifier of stations that have none yet.
    const UNASSOCIATED: u64 = 2045;
    while !layout.rest().is_empty() {
        let about = layout.le(2, "wlan.ba.multi_sta.aid_tid_info")?;
        layout.bits(
            about,
            &[
                ("wlan.ba.multi_sta.aid11", 0x7ff),
                ("wlan.ba.multi_sta.ack_type", 0x800),
                ("wlan.ba.multi_sta.tid", 0xf000),
            ],
        );
        if about & 0x7ff == UNASSOCIATED {
            layout.read(&[
                STARTING_SEQUENCE,
                U16("wlan.ba.multi_sta.reserved"),
                Mac("wlan.ba.multi_sta.ra"),
            ])?;
        } else if about & BARE == 0 {
            // The fragment number says how long the bitmap is, table 9-30c.
            let len = match layout.rest().first()? >> 1 & 3 {
                0 => 8,
                1 => 16,
                2 => 32,
                _ => 4,
            };
            let first = starting_sequence(layout)?;
            bitmap(first, len, layout)?;
        }
    }
    Some(())
}

/// Another control frame, with control of high throughput added to it.
fn wrapper(layout: &mut Layout<'_, '_>) -> Option<()> {
    let [low, high] = *layout.rest().first_chunk()?;
    layout.take(2)?;
    fields::frame_control(u16::from_le_bytes([low, high]), layout);
    ht_control::report(layout)?;
    if T::of(u16::from_le_bytes([low, high])).has_transmitter() {
        layout.read(&[Mac("wlan.ta")])?;
    }
    Some(())
}

/// Announces a frame without data, by which stations measure the channel.
fn ndp_announcement(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Of the token: for stations of high efficiency.
    const HE: u8 = 2;
    const HE_STATION: &Table = &[
        ("wlan.he_ndp.sta_info.aid11", 0x7ff),
        ("wlan.he_ndp.sta_info.ru_start", 0x3_f800),
        ("wlan.he_ndp.sta_info.ru_end", 0x1fc_0000),
        ("wlan.he_ndp.sta_info.feedback_type_and_ng", 0x600_0000),
        ("wlan.he_ndp.sta_info.disambiguation", 0x800_0000),
        ("wlan.he_ndp.sta_info.codebook_size", 0x1000_0000),
        ("wlan.he_ndp.sta_info.nc", 0xe000_0000),
    ];
    if layout.rest().first()? & HE != 0 {
        layout.read(&[Bits(
            1,
            "wlan.he_ndp.token",
            &[
                ("wlan.he_ndp.token.reserved", 0x1),
                ("wlan.vht_he.token.he", 0x2),
                ("wlan.he_ndp.token.number", 0xfc),
            ],
        )])?;
        return layout.read(&[Part::Repeat(&[Bits(4, "wlan.he_ndp.sta_info", HE_STATION)])]);
    }
    layout.read(&[
        Bits(
            1,
            "wlan.vht_ndp.token",
            &[
                ("wlan.vht_ndp.token.ranging", 0x1),
                ("wlan.vht_ndp.token.he", 0x2),
                ("wlan.vht_ndp.token.number", 0xfc),
            ],
        ),
        Part::Repeat(&[Bits(
            2,
            "",
            &[
                ("wlan.vht_ndp.sta_info.aid12", 0xfff),
                ("wlan.vht_ndp.sta_info.feedback_type", 0x1000),
                ("wlan.vht_ndp.sta_info.nc_index", 0xe000),
            ],
        )]),
    ])
}

/// What every station that a trigger asks is told.
const COMMON: &Table = &[
    ("wlan.trigger.he.trigger_type", 0xf),
    ("wlan.trigger.he.ul_length", 0xfff0),
    ("wlan.trigger.he.more_tf", 0x1_0000),
    ("wlan.trigger.he.cs_required", 0x2_0000),
    ("wlan.trigger.he.ul_bw", 0xc_0000),
    ("wlan.trigger.he.gi_and_ltf_type", 0x30_0000),
    ("wlan.trigger.he.mu_mimo_ltf_mode", 0x40_0000),
    ("wlan.trigger.he.num_he_ltf_syms_and_midamble_per", 0x380_0000),
    ("wlan.trigger.he.ul_stbc", 0x400_0000),
    ("wlan.trigger.he.ldpc_extra_symbol_segment", 0x800_0000),
    ("wlan.trigger.he.ap_tx_power", 0x3_f000_0000),
    ("wlan.trigger.he.packet_extension", 0x1c_0000_0000),
    ("wlan.trigger.he.spatial_reuse", 0x1f_ffe0_0000_0000),
    ("wlan.trigger.he.doppler", 0x20_0000_0000_0000),
    ("wlan.trigger.he.ul_he_sig_a2_reserved", 0x7fc0_0000_0000_0000),
    ("wlan.trigger.he.reserved", 0x8000_0000_0000_0000),
];

/// What one station is told.
const USER: &Table = &[
    ("wlan.trigger.he.user_info.aid12", 0xfff),
    ("wlan.trigger.he.ru_allocation_region", 0x1000),
    ("wlan.trigger.he.ru_allocation", 0xf_e000),
    ("wlan.trigger.he.coding_type", 0x10_0000),
    ("wlan.trigger.he.mcs", 0x1e0_0000),
    ("wlan.trigger.he.dcm", 0x200_0000),
    ("wlan.trigger.he.ru_starting_spatial_stream", 0x1c00_0000),
    ("wlan.trigger.he.ru_number_of_spatial_stream", 0xe000_0000),
    ("wlan.trigger.he.target_rssi", 0x7f_0000_0000),
    ("wlan.trigger.he.user_reserved", 0x80_0000_0000),
];

/// Asks several stations to send at once, section 9.3.1.22.
fn trigger(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// The identifier that says that only padding follows.
    const PADDING: u16 = 0xfff;
    /// Bytes that a station is told at least.
    const USER_LEN: usize = 5;
    let kind = layout.rest().first()? & 0xf;
    layout.read(&[Bits(8, "wlan.trigger.he.common_info", COMMON)])?;
    while layout.rest().len() >= USER_LEN {
        let &[low, high] = layout.rest().first_chunk()?;
        if u16::from_le_bytes([low, high]) & 0xfff == PADDING {
            return layout.read(&[
                Bits(2, "", &[("wlan.trigger.he.user_info.start_of_padding", 0xfff)]),
                Rest("wlan.trigger.he.padding"),
            ]);
        }
        layout.read(&[Bits(USER_LEN, "wlan.trigger.he.user_info", USER)])?;
        match kind {
            0 => layout.read(&[Bits(
                1,
                "wlan.trigger.he.basic_user_info",
                &[
                    ("wlan.trigger.he.mpdu_mu_spacing_factor", 0x3),
                    ("wlan.trigger.he.tid_aggregation_limit", 0x1c),
                    ("wlan.trigger.he.reserved1", 0x20),
                    ("wlan.trigger.he.preferred_ac", 0xc0),
                ],
            )])?,
            1 => {
                let bitmap = layout.take(1)?;
                layout.value("wlan.trigger.he.feedback_bm", Value::Bytes(bitmap));
            }
            // A request for a block ack: control and the first frame.
            2 => layout.take(4).map(drop)?,
            _ => {}
        }
    }
    Some(())
}
