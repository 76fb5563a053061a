//! Fields of elements whose meaning is an organization's: Wi-Fi Multimedia, Wi-Fi Protected Setup, and
//! the keys of IEEE Std 802.11 section 12.7.2.

use super::element_fields::Sender;
use super::rsn;
use crate::Value;
use crate::layout::Part::{self, Be, Bits, Bytes, Mac, Rest, U8, U16};
use crate::layout::{self, Layout};

/// An organization, and what it puts behind that.
pub(super) fn vendor(sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Microsoft, whose numbers the Wi-Fi Alliance uses.
    const MICROSOFT: u64 = 0x00_50f2;
    /// IEEE 802.11 itself.
    const IEEE: u64 = 0x00_0fac;
    let organization = layout.be(3, "wlan.tag.oui")?;
    if organization == IEEE {
        return key_data(layout);
    }
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
                0 => layout.read(wmm_qos_info(sender)),
                1 => wmm_parameters(sender, layout),
                _ => Some(()),
            }
        }
        4 => wps(layout),
        _ => Some(()),
    }
}

fn wmm_qos_info(sender: Sender) -> &'static [Part] {
    match sender {
        Sender::Station => WMM_QOS_INFO_STATION,
        Sender::AccessPoint => WMM_QOS_INFO,
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
pub(super) fn wmm_parameters(sender: Sender, layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.read(wmm_qos_info(sender))?;
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

/// What a key frame carries beside elements, IEEE Std 802.11 table 12-9.
fn key_data(layout: &mut Layout<'_, '_>) -> Option<()> {
    let kind = layout.le(1, "wlan.tag.vendor.oui.type")?;
    layout.number("wlan.rsn.ie.kde.data_type", kind);
    layout.read(match kind {
        1 => GROUP_KEY,
        3 => &[Mac("wlan.rsn.ie.mac_address_kde.mac_address")],
        4 => &[Rest("wlan.rsn.ie.pmkid")],
        // As all numbers of key frames, higher byte first; Wireshark takes it for the other way around.
        7 => &[Be(4, "wlan.rsn.ie.key_lifetime_kde.lifetime")],
        9 => INTEGRITY_GROUP_KEY,
        16 => LINK_GROUP_KEY,
        19 => LINK,
        _ => &[Rest("wlan.tag.vendor.data")],
    })
}

/// The key of a group.
const GROUP_KEY: &[Part] = &[
    Bits(
        1,
        "",
        &[
            ("wlan.rsn.ie.gtk_kde.key_id", 0x03),
            ("wlan.rsn.ie.gtk_kde.tx", 0x04),
            ("wlan.rsn.ie.gtk_kde.res1", 0xf8),
        ],
    ),
    U8("wlan.rsn.ie.gtk_kde.res2"),
    Rest("wlan.rsn.ie.gtk_kde.gtk"),
];

/// The key that protects management frames to a group.
const INTEGRITY_GROUP_KEY: &[Part] = &[
    U16("wlan.rsn.ie.igtk.kde.keyid"),
    Bits(6, "wlan.rsn.ie.igtk.kde.ipn", &[]),
    Rest("wlan.rsn.ie.igtk.kde.igtk"),
];

/// The key of a group on one link of several.
const LINK_GROUP_KEY: &[Part] = &[
    Bits(
        1,
        "",
        &[
            ("wlan.rsn.ie.mlo_gtk.key_id", 0x03),
            ("wlan.rsn.ie.mlo_gtk.tx", 0x04),
            ("wlan.rsn.ie.mlo_gtk.reserved", 0x08),
            ("wlan.rsn.ie.mlo_gtk.linkid", 0xf0),
        ],
    ),
    Be(6, "wlan.rsn.ie.mlo_gtk.pn"),
    Rest("wlan.rsn.ie.mlo_gtk.gtk"),
];

/// One link of several, and elements behind that.
const LINK: &[Part] = &[
    Bits(
        1,
        "wlan.rsn.ie.mlo_link.link_info",
        &[
            ("wlan.rsn.ie.mlo_link.link_info.linkid", 0x0f),
            ("wlan.rsn.ie.mlo_link.link_info.rsneinfo", 0x10),
            ("wlan.rsn.ie.mlo_link.link_info.rsnxeinfo", 0x20),
            ("wlan.rsn.ie.mlo_link.link_info.reserved", 0xc0),
        ],
    ),
    Mac("wlan.rsn.ie.mlo_link.mac_addr"),
];
