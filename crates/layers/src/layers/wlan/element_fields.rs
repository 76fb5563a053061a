//! Wireshark's names for what is in the elements of management frames.

use super::WlanElements;
use super::high_efficiency::{
    HE_6GHZ, HE_CAPABILITIES, HE_MCS_80, HE_MCS_80_80, HE_MCS_160, HE_OPERATION, HE_VHT_OPERATION,
    MU_EDCA, UORA,
};
use super::vendor_fields::{vendor, wmm_parameters};
use super::{extremely_high_throughput as eht, multi_link, rsn, tables};
use crate::Value;
use crate::layout::Layout;
use crate::layout::Part::{Bits, Bytes, Mac, Rest, Skip, Text, U8, U32};

/// The identifier whose data starts with another identifier.
const EXTENSION: u8 = 255;
/// What a station of high efficiency can do.
const HE_CAPABILITIES_ID: u8 = 35;
/// The place of the widths of channels in that.
const HE_WIDTHS: usize = 6;

/// Who sent a frame: some elements depend on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Station,
    AccessPoint,
}

/// What a frame says of the elements in it.
#[derive(Clone, Copy)]
pub(super) struct Around {
    pub(super) sender: Sender,
    /// The widths of channels that the sender can do by HE.
    pub(super) he_widths: Option<u8>,
}

/// Reports elements up to the first that is cut short.
pub(crate) fn report(sender: Sender, layout: &mut Layout<'_, '_>) {
    let mut elements = WlanElements::new(layout.rest());
    let mut around = Around { sender, he_widths: None };
    while let Some((id, data)) = layout.sound(elements.raw(), layout.at()) {
        if let (EXTENSION, [HE_CAPABILITIES_ID, he @ ..]) = (id, data) {
            around.he_widths = he.get(HE_WIDTHS).copied();
        }
        // Elements that the iterator found are whole, header and data.
        let _ = element(id, data.len(), around, layout);
    }
}

fn element(id: u8, len: usize, around: Around, layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.le(1, "wlan.tag.number")?;
    layout.take(1)?;
    if id == EXTENSION {
        // Wireshark leaves out the second identifier.
        layout.number("wlan.ext_tag.length", len.saturating_sub(1) as u64);
    } else {
        layout.number("wlan.tag.length", len as u64);
    }
    let mut data = layout.split(len)?;
    // A field that is cut short ends its element, and no other.
    let _ = body(id, len, around, &mut data);
    Some(())
}

fn body(id: u8, len: usize, around: Around, layout: &mut Layout<'_, '_>) -> Option<()> {
    let sender = around.sender;
    match id {
        0 => {
            // An empty name is one, too.
            let ssid = layout.take(len)?;
            layout.value("wlan.ssid", Value::Bytes(ssid));
            Some(())
        }
        5 if len > 3 => tim(layout),
        7 if len > 5 => country(layout),
        12 if len == 18 => wmm_parameters(sender, layout),
        48 if len >= 2 => rsn::fields(layout),
        107 => interworking(layout),
        111 => roaming_consortium(layout),
        201 => reduced_neighbors(layout),
        221 if len >= 3 => vendor(sender, layout),
        EXTENSION => extended(around, layout),
        5 | 7 | 12 | 48 | 221 => None,
        _ => match tables::structure(id) {
            Some((lengths, parts)) if lengths.contains(&len) => layout.read(parts),
            Some(_) => None,
            None => layout.read(&[Rest("wlan.tag.data")]),
        },
    }
}

fn tim(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Of the control of the bitmap: bytes of zeros that were left out in front of it.
    const OFFSET: u8 = 0xfe;
    let &[_, _, control, ref bitmap @ ..] = layout.rest() else { return None };
    let start = layout.at().saturating_add(3);
    layout.read(&[
        U8("wlan.tim.dtim_count"),
        U8("wlan.tim.dtim_period"),
        Bits(
            1,
            "wlan.tim.bmapctl",
            &[("wlan.tim.bmapctl.multicast", 1), ("wlan.tim.bmapctl.offset", 0xfe)],
        ),
        Rest("wlan.tim.partial_virtual_bitmap"),
    ])?;
    let first = u64::from(control & OFFSET) * 8;
    for (place, byte) in bitmap.iter().enumerate() {
        let at = start.saturating_add(place);
        layout.place(at..at.saturating_add(1));
        for bit in (0..8_u64).filter(|bit| byte >> bit & 1 != 0) {
            layout.number(
                "wlan.tim.aid",
                first.saturating_add((place as u64).saturating_mul(8)).saturating_add(bit),
            );
        }
    }
    Some(())
}

fn country(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Triplets from this number on say what class of channels follows.
    const OPERATING: u8 = 201;
    layout.read(&[Text(2, "wlan.country_info.code"), U8("wlan.country_info.environment")])?;
    while let &[first, _, _, ..] = layout.rest() {
        layout.read(if first < OPERATING {
            &[
                U8("wlan.country_info.fnm.fcn"),
                U8("wlan.country_info.fnm.nc"),
                U8("wlan.country_info.fnm.mtpl"),
            ]
        } else {
            &[
                U8("wlan.country_info.rrc.oei"),
                U8("wlan.country_info.rrc.oc"),
                U8("wlan.country_info.rrc.cc"),
            ]
        })?;
    }
    layout.read(&[Rest("wlan.country_info.padding")])
}

fn interworking(layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.read(&[Bits(
        1,
        "",
        &[
            ("wlan.interworking.access_network_type", 0xf),
            ("wlan.interworking.internet", 0x10),
            ("wlan.interworking.asra", 0x20),
            ("wlan.interworking.esr", 0x40),
            ("wlan.interworking.uesa", 0x80),
        ],
    )])?;
    if matches!(layout.rest().len(), 2 | 8) {
        layout.read(&[U8("wlan.fixed.venue_info.group"), U8("wlan.fixed.venue_info.type")])?;
    }
    if layout.rest().is_empty() {
        Some(())
    } else {
        layout.read(&[Mac("wlan.interworking.hessid")])
    }
}

fn roaming_consortium(layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.le(1, "wlan.roaming_consortium.num_anqp_oi")?;
    let lengths = layout.le(1, "")?;
    layout.bits(
        lengths,
        &[("wlan.roaming_consortium.oi1_len", 0xf), ("wlan.roaming_consortium.oi2_len", 0xf0)],
    );
    for (len, name) in [
        (lengths & 0xf, "wlan.roaming_consortium.oi1"),
        (lengths >> 4, "wlan.roaming_consortium.oi2"),
    ] {
        if len != 0 {
            layout.read(&[Bytes(usize::try_from(len).ok()?, name)])?;
        }
    }
    layout.read(&[Rest("wlan.roaming_consortium.oi3")])
}

/// Neighbors, each with the times of its beacons.
fn reduced_neighbors(layout: &mut Layout<'_, '_>) -> Option<()> {
    while !layout.rest().is_empty() {
        let header = layout.le(2, "")?;
        layout.bits(
            header,
            &[
                ("wlan.rnr.tbtt_info", 0x3),
                ("wlan.rnr.tbtt_info.fna", 0x4),
                ("wlan.rnr.tbtt_info.info_count", 0xf0),
                ("wlan.rnr.tbtt_info.info_len", 0xff00),
            ],
        );
        layout.read(&[
            U8("wlan.rnr.tbtt_info.operating_class"),
            U8("wlan.rnr.tbtt_info.channel_num"),
        ])?;
        let (count, len) = (header >> 4 & 0xf, usize::try_from(header >> 8).ok()?);
        for _ in 0..=count {
            let mut neighbor = layout.split(len)?;
            // A field of a neighbor that is not there ends that neighbor only.
            let _ = neighbor.read(&[
                U8("wlan.rnr.tbtt_info.tbtt_offset"),
                Bytes(6, "wlan.rnr.tbtt_info.bssid"),
                U32("wlan.rnr.tbtt_info.sh_ssid"),
                U8("wlan.rnr.tbtt_info.bss_parameters"),
                U8("wlan.rnr.tbt_info.psd_subfield"),
            ]);
        }
    }
    Some(())
}

/// The second space of identifiers.
fn extended(around: Around, layout: &mut Layout<'_, '_>) -> Option<()> {
    let id = layout.le(1, "wlan.ext_tag.number")?;
    match u8::try_from(id).unwrap_or_default() {
        HE_CAPABILITIES_ID => he_capabilities(layout),
        36 => he_operation(layout),
        37 => layout.read(UORA),
        38 => layout.read(MU_EDCA),
        39 => spatial_reuse(layout),
        106 => eht::operation(layout),
        107 => multi_link::fields(layout),
        108 => eht::capabilities(around, layout),
        _ => layout.read(&[Rest("wlan.ext_tag.data")]),
    }
}

fn he_capabilities(layout: &mut Layout<'_, '_>) -> Option<()> {
    let widths = *layout.rest().get(HE_WIDTHS)?;
    layout.read(HE_CAPABILITIES)?;
    layout.read(HE_MCS_80)?;
    if widths & 0x08 != 0 {
        layout.read(HE_MCS_160)?;
    }
    if widths & 0x10 != 0 {
        layout.read(HE_MCS_80_80)?;
    }
    if layout.rest().is_empty() {
        return Some(());
    }
    layout.read(&[Bits(
        1,
        "",
        &[
            ("wlan.ext_tag.he_ppe_thresholds.nss", 0x7),
            ("wlan.ext_tag.he_ppe_thresholds.ru_index_bitmask", 0x78),
        ],
    )])
}

fn he_operation(layout: &mut Layout<'_, '_>) -> Option<()> {
    let &[_, middle, high] = layout.rest().first_chunk()?;
    layout.read(HE_OPERATION)?;
    if middle & 0x40 != 0 {
        layout.read(HE_VHT_OPERATION)?;
    }
    if middle & 0x80 != 0 {
        layout.read(&[U8("wlan.ext_tag.he_operation.max_co_hosted_bssid_indicator")])?;
    }
    if high & 0x02 != 0 {
        layout.read(HE_6GHZ)?;
    }
    Some(())
}

fn spatial_reuse(layout: &mut Layout<'_, '_>) -> Option<()> {
    let control = layout.le(1, "wlan.ext_tag.spatial_reuse.sr_control")?;
    layout.bits(
        control,
        &[
            ("wlan.ext_tag.spatial_reuse.sr_control.srp_dis", 0x1),
            ("wlan.ext_tag.spatial_reuse.sr_control.non_srg_obss_pd_sr_dis", 0x2),
            ("wlan.ext_tag.spatial_reuse.sr_control.non_srg_ofs_present", 0x4),
            ("wlan.ext_tag.spatial_reuse.sr_control.srg_info_present", 0x8),
            ("wlan.ext_tag.spatial_reuse.sr_control.hesiga_val_15_allowed", 0x10),
            ("wlan.ext_tag.spatial_reuse.sr_control.reserved", 0xe0),
        ],
    );
    if control & 4 != 0 {
        layout.read(&[U8("wlan.ext_tag.spatial_reuse.non_srg_obss_pd_max_offset")])?;
    }
    if control & 8 != 0 {
        layout.read(&[
            U8("wlan.ext_tag.spatial_reuse.srg_obss_pd_min_offset"),
            U8("wlan.ext_tag.spatial_reuse.srg_obss_pd_max_offset"),
            Bytes(8, "wlan.ext_tag.spatial_reuse.srg_bss_color_bitmap"),
            Bytes(8, "wlan.ext_tag.spatial_reuse.srg_partial_bssid_bitmap"),
        ])?;
    }
    layout.read(&[Skip(0)])
}
