//! Wireshark's names for what is in the elements of management frames.

use super::WlanElements;
use super::high_efficiency::{
    HE_6GHZ, HE_CAPABILITIES, HE_MCS_80, HE_MCS_80_80, HE_MCS_160, HE_OPERATION, HE_VHT_OPERATION,
    MU_EDCA, UORA,
};
use super::{rsn, tables};
use crate::Value;
use crate::layout::Part::{self, Be, Bits, Bytes, Mac, Rest, Skip, Text, U8, U16, U32};
use crate::layout::{self, Layout};

/// The identifier whose data starts with another identifier.
const EXTENSION: u8 = 255;

/// Who sent a frame: some elements depend on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Station,
    AccessPoint,
}

impl Sender {
    fn wmm_qos_info(self) -> &'static [Part] {
        match self {
            Self::Station => WMM_QOS_INFO_STATION,
            Self::AccessPoint => WMM_QOS_INFO,
        }
    }
}

/// Reports elements up to the first that is cut short.
pub(super) fn report(sender: Sender, layout: &mut Layout<'_, '_>) {
    let mut elements = WlanElements::new(layout.rest());
    while let Some((id, data)) = layout.sound(elements.raw(), layout.at()) {
        // Elements that the iterator found are whole, header and data.
        let _ = element(id, data.len(), sender, layout);
    }
}

fn element(id: u8, len: usize, sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
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
    let _ = body(id, len, sender, &mut data);
    Some(())
}

fn body(id: u8, len: usize, sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
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
        EXTENSION => extended(layout),
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

/// An organization, and what it puts behind that.
fn vendor(sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Microsoft, whose numbers the Wi-Fi Alliance uses.
    const MICROSOFT: u64 = 0x00_50f2;
    let organization = layout.be(3, "wlan.tag.oui")?;
    if organization != MICROSOFT {
        let (start, data) = (layout.at(), layout.rest());
        layout.le(1, "wlan.tag.vendor.oui.type")?;
        layout.place(start..start.saturating_add(data.len()));
        layout.value("wlan.tag.vendor.data", Value::Bytes(data));
        return Some(());
    }
    let kind = layout.le(1, "wlan.tag.vendor.oui.type")?;
    layout.number("wlan.wfa.ie.type", kind);
    match kind {
        1 => rsn::wpa_fields(layout),
        2 => {
            let kind = layout.le(1, "wlan.wfa.ie.wme.subtype")?;
            layout.le(1, "wlan.wfa.ie.wme.version")?;
            match kind {
                0 => layout.read(sender.wmm_qos_info()),
                1 => wmm_parameters(sender, layout),
                _ => Some(()),
            }
        }
        4 => wps(layout),
        _ => Some(()),
    }
}

/// What an access point says of the quality of its service.
const WMM_QOS_INFO: &[Part] = &[Bits(
    1,
    "wlan.wfa.ie.wme.qos_info",
    &[
        ("wlan.wfa.ie.wme.qos_info.ap.u_apsd", 0x80),
        ("wlan.wfa.ie.wme.qos_info.ap.parameter_set_count", 0xf),
        ("wlan.wfa.ie.wme.qos_info.ap.reserved", 0x70),
    ],
)];

/// What a station says of the quality of its service.
const WMM_QOS_INFO_STATION: &[Part] = &[Bits(
    1,
    "wlan.wfa.ie.wme.qos_info",
    &[
        ("wlan.wfa.ie.wme.qos_info.sta.max_sp_length", 0x60),
        ("wlan.wfa.ie.wme.qos_info.sta.ac_be", 0x8),
        ("wlan.wfa.ie.wme.qos_info.sta.ac_bk", 0x4),
        ("wlan.wfa.ie.wme.qos_info.sta.ac_vi", 0x2),
        ("wlan.wfa.ie.wme.qos_info.sta.ac_vo", 0x1),
        ("wlan.wfa.ie.wme.qos_info.sta.reserved", 0x90),
    ],
)];

/// How each of four kinds of traffic waits for the medium.
fn wmm_parameters(sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.read(sender.wmm_qos_info())?;
    layout.read(&[Bytes(1, "wlan.wfa.ie.wme.reserved")])?;
    while !layout.rest().is_empty() {
        layout.read(&[Bits(
            1,
            "wlan.wfa.ie.wme.acp.aci_aifsn",
            &[
                ("wlan.wfa.ie.wme.acp.aifsn", 0xf),
                ("wlan.wfa.ie.wme.acp.acm", 0x10),
                ("wlan.wfa.ie.wme.acp.aci", 0x60),
                ("wlan.wfa.ie.wme.acp.reserved", 0x80),
            ],
        )])?;
        let window = layout.le(1, "wlan.wfa.ie.wme.acp.ecw")?;
        layout.bits(
            window,
            &[("wlan.wfa.ie.wme.acp.ecw.max", 0xf0), ("wlan.wfa.ie.wme.acp.ecw.min", 0xf)],
        );
        let slots = |exponent: u64| (1_u64 << (exponent & 0xf)).saturating_sub(1);
        layout.number("wlan.wfa.ie.wme.acp.cw.max", slots(window >> 4));
        layout.number("wlan.wfa.ie.wme.acp.cw.min", slots(window));
        layout.read(&[U16("wlan.wfa.ie.wme.acp.txop_limit")])?;
    }
    Some(())
}

/// The attributes of Wi-Fi Protected Setup.
fn wps(layout: &mut Layout<'_, '_>) -> Option<()> {
    while !layout.rest().is_empty() {
        let kind = layout.be(2, "wps.type")?;
        let len = usize::try_from(layout.be(2, "wps.length")?).ok()?;
        let mut value = layout.split(len)?;
        let text = |name, value: &mut Layout<'_, '_>| {
            let bytes = value.take(len)?;
            value.value(name, layout::text(bytes));
            Some(())
        };
        // A value of another length than its kind has ends there.
        let _ = match kind {
            0x1011 => text("wps.device_name", &mut value),
            0x1021 => text("wps.manufacturer", &mut value),
            0x1023 => text("wps.model_name", &mut value),
            0x1024 => text("wps.model_number", &mut value),
            0x1042 => text("wps.serial_number", &mut value),
            0x1008 => value.read(&[Be(2, "wps.config_methods")]),
            0x103b => value.read(&[U8("wps.response_type")]),
            0x1044 => value.read(&[U8("wps.wifi_protected_setup_state")]),
            0x1047 => value.read(&[Bytes(16, "wps.uuid_e")]),
            0x104a => value.read(&[U8("wps.version")]),
            0x1041 => value.read(&[U8("wps.selected_registrar")]),
            0x1012 => value.read(&[Be(2, "wps.device_password_id")]),
            0x103c => value.read(&[U8("wps.rf_bands")]),
            0x1057 => value.read(&[U8("wps.ap_setup_locked")]),
            _ => Some(()),
        };
    }
    Some(())
}

/// The second space of identifiers.
fn extended(layout: &mut Layout<'_, '_>) -> Option<()> {
    let id = layout.le(1, "wlan.ext_tag.number")?;
    match id {
        35 => he_capabilities(layout),
        36 => he_operation(layout),
        37 => layout.read(UORA),
        38 => layout.read(MU_EDCA),
        39 => spatial_reuse(layout),
        _ => layout.read(&[Rest("wlan.ext_tag.data")]),
    }
}

fn he_capabilities(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// The place of the widths that a station can do.
    const WIDTHS: usize = 6;
    let widths = *layout.rest().get(WIDTHS)?;
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
