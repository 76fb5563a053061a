//! The element of devices with several links, IEEE Std 802.11be section 9.4.2.312, with fields under the
//! names of Wireshark 4.2, and of the standard where it has none.
//!
//! ```text
//! | control, 2 bytes | length |  what is common to all links ... |
//! | 0 | length | control, 2 bytes | length | station ... | elements ...
//! ```

use crate::layout::Layout;
use crate::layout::Part::{self, Bits, Bytes, Mac, Rest, U8, U16, U64};
use crate::octet_tlvs::OctetTlvs;

/// What a device says of its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WlanMultiLink<'a> {
    /// Bits 0 to 2 say what the element is for, the upper 12 what is there.
    pub control: u16,
    /// What is common to all links, behind its length.
    pub common: &'a [u8],
    /// Profiles of links.
    pub profiles: &'a [u8],
}

/// A station of a device on one of its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WlanLink<'a> {
    /// Bits 0 to 3 are the number of the link, bit 4 says whether all of its elements are there, and the
    /// others what the station says.
    pub control: u16,
    /// What the station says, behind its length.
    pub station: &'a [u8],
    /// What a frame on that link would have: fields, then elements that differ from those around.
    pub profile: &'a [u8],
}

impl<'a> WlanMultiLink<'a> {
    /// Splits the data of an element.
    pub(super) fn new(data: &'a [u8]) -> Option<Self> {
        let (&[low, high, len], rest) = data.split_first_chunk()?;
        // The length counts itself.
        let (common, profiles) = rest.split_at_checked(usize::from(len).checked_sub(1)?)?;
        Some(Self { control: u16::from_le_bytes([low, high]), common, profiles })
    }

    /// What the element is for: 0 is basic, 1 a request, 2 a change of links, 3 a direct link, 4
    /// priority.
    pub fn kind(&self) -> u8 {
        self.control.to_le_bytes()[0] & 7
    }

    /// The address of the device, which all its links have in common.
    pub fn address(&self) -> Option<[u8; 6]> {
        let is_there = match self.kind() {
            0 | 3 | 4 => true,
            2 => self.control & 0x10 != 0,
            _ => false,
        };
        self.common.first_chunk().filter(|_| is_there).copied()
    }

    /// On which link of the sender the frame is, if a basic element says so.
    pub fn link_id(&self) -> Option<u8> {
        let is_there = self.kind() == 0 && self.control & 0x10 != 0;
        self.common.get(6).filter(|_| is_there).map(|id| id & 15)
    }

    /// Stations on other links, of a basic element, up to the first that is cut short.
    pub fn links(&self) -> impl Iterator<Item = WlanLink<'a>> + use<'a> {
        let profiles = if self.kind() == 0 { self.profiles } else { &[] };
        let whole = OctetTlvs::new(profiles, 0).map_while(Result::ok).filter(|tlv| tlv.kind == 0);
        whole.map_while(|tlv| {
            let (&[low, high, len], rest) = tlv.value.split_first_chunk()?;
            let (station, profile) = rest.split_at_checked(usize::from(len).checked_sub(1)?)?;
            Some(WlanLink { control: u16::from_le_bytes([low, high]), station, profile })
        })
    }
}

impl WlanLink<'_> {
    /// The number of the link.
    pub fn id(&self) -> u8 {
        self.control.to_le_bytes()[0] & 15
    }

    /// The address of the station.
    pub fn address(&self) -> Option<[u8; 6]> {
        self.station.first_chunk().filter(|_| self.control & 0x20 != 0).copied()
    }
}

/// Reports what is common to all links of a device, and a profile of each.
pub(super) fn fields(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// The identifier of a profile.
    const PROFILE: u64 = 0;
    let control = layout.le(2, "wlan.eht.multi_link.control")?;
    layout.bits(
        control,
        &[
            ("wlan.eht.multi_link.control.type", 0x0007),
            ("wlan.eht.multi_link.control.reserved", 0x0008),
            ("wlan.eht.multi_link.control.presence_bitmap", 0xfff0),
        ],
    );
    let len = layout.le(1, "wlan.eht.multi_link.common_info.length")?;
    // The length counts itself.
    let mut common = layout.split(usize::try_from(len).ok()?.checked_sub(1)?)?;
    // A part that is not there ends what is common, and no profile.
    let _ = common_information(control, &mut common);
    while !layout.rest().is_empty() {
        let id = layout.le(1, "wlan.eht.multi_link.sta_profile.subelt_id")?;
        let len = layout.le(1, "wlan.eht.multi_link.sta_profile.subelt_len")?;
        let mut profile = layout.split(usize::try_from(len).ok()?)?;
        let _ = match (id, control & KIND) {
            (PROFILE, BASIC) => basic_profile(&mut profile),
            (PROFILE, REQUEST) => profile.read(REQUESTED),
            _ => profile.read(&[Rest("wlan.eht.multi_link.sta_profile.data")]),
        };
    }
    Some(())
}

/// The bits of the kind of a multi-link element.
const KIND: u64 = 7;
/// The kind that most frames have.
const BASIC: u64 = 0;
/// The kind that asks for links.
const REQUEST: u64 = 1;

/// Which link is asked for, and whether all of its elements.
const REQUESTED: &[Part] = &[
    Bits(
        2,
        "wlan.eht.multi_link.sta_profile.sta_control",
        &[
            ("wlan.eht.multi_link.sta_profile.sta_control.link_id", 0x000f),
            ("wlan.eht.multi_link.sta_profile.sta_control.complete_profile", 0x0010),
        ],
    ),
    Rest("wlan.eht.multi_link.sta_profile.data"),
];

fn common_information(control: u64, layout: &mut Layout<'_, '_>) -> Option<()> {
    let parts: &[(u64, &[Part])] = match control & KIND {
        BASIC => &[
            (0, ADDRESS),
            (0x0010, &[Bits(1, "", &[("wlan.eht.multi_link.common_info.link_id", 0x0f)])]),
            (0x0020, &[U8("wlan.eht.multi_link.common_info.bss_parameters_change_count")]),
            (0x0040, MEDIUM_SYNCHRONIZATION),
            (0x0080, EML),
            (0x0100, MLD),
            (0x0200, &[U8("wlan.eht.multi_link.common_info.mld_id")]),
            (0x0400, &[U16("wlan.eht.multi_link.common_info.ext_mld_capabilities")]),
        ],
        REQUEST => &[(0x0010, &[U8("wlan.eht.multi_link.common_info.mld_id")])],
        2 => &[
            (0x0010, ADDRESS),
            (0x0020, EML),
            (0x0040, MLD),
            (0x0080, &[U16("wlan.eht.multi_link.common_info.ext_mld_capabilities")]),
        ],
        3 | 4 => &[(0, ADDRESS)],
        _ => &[],
    };
    for (bit, part) in parts {
        if control & bit == *bit {
            layout.read(part)?;
        }
    }
    Some(())
}

const ADDRESS: &[Part] = &[Mac("wlan.eht.multi_link.common_info.ap_mld_mac_address")];

const MEDIUM_SYNCHRONIZATION: &[Part] = &[Bits(
    2,
    "wlan.eht.multi_link.common_info.medium_sync_delay",
    &[
        ("wlan.eht.multi_link.common_info.medium_sync_delay.duration", 0x00ff),
        ("wlan.eht.multi_link.common_info.medium_sync_delay.ofdm_ed_threshold", 0x0f00),
        ("wlan.eht.multi_link.common_info.medium_sync_delay.max_txops", 0xf000),
    ],
)];

const EML: &[Part] = &[Bits(
    2,
    "wlan.eht.multi_link.common_info.eml_capabilities",
    &[
        ("wlan.eht.multi_link.common_info.eml_capabilities.emlsr_support", 0x0001),
        ("wlan.eht.multi_link.common_info.eml_capabilities.emlsr_padding_delay", 0x000e),
        ("wlan.eht.multi_link.common_info.eml_capabilities.emlsr_transition_delay", 0x0070),
        ("wlan.eht.multi_link.common_info.eml_capabilities.emlmr_support", 0x0080),
        ("wlan.eht.multi_link.common_info.eml_capabilities.emlmr_delay", 0x0700),
        ("wlan.eht.multi_link.common_info.eml_capabilities.transition_timeout", 0x7800),
        ("wlan.eht.multi_link.common_info.eml_capabilities.reserved", 0x8000),
    ],
)];

const MLD: &[Part] = &[Bits(
    2,
    "wlan.eht.multi_link.common_info.mld_capabilities",
    &[
        ("wlan.eht.multi_link.common_info.mld_capabilities.max_simultaneous_links", 0x000f),
        ("wlan.eht.multi_link.common_info.mld_capabilities.srs_support", 0x0010),
        ("wlan.eht.multi_link.common_info.mld_capabilities.tid_to_link_neg_sup", 0x0060),
        ("wlan.eht.multi_link.common_info.mld_capabilities.freq_sep_for_str", 0x0f80),
        ("wlan.eht.multi_link.common_info.mld_capabilities.aar_support", 0x1000),
        ("wlan.eht.multi_link.common_info.mld_capabilities.link_reconfig_op_support", 0x2000),
        ("wlan.eht.multi_link.common_info.mld_capabilities.reserved", 0xc000),
    ],
)];

/// A station on one of the links, as far as its control says what is there, and its own elements.
fn basic_profile(layout: &mut Layout<'_, '_>) -> Option<()> {
    let control = layout.le(2, "wlan.eht.multi_link.sta_profile.sta_control")?;
    layout.bits(
        control,
        &[
            ("wlan.eht.multi_link.sta_profile.sta_control.link_id", 0x000f),
            ("wlan.eht.multi_link.sta_profile.sta_control.complete_profile", 0x0010),
            ("wlan.eht.multi_link.sta_profile.sta_control.mac_address_present", 0x0020),
            ("wlan.eht.multi_link.sta_profile.sta_control.beacon_interval_present", 0x0040),
            ("wlan.eht.multi_link.sta_profile.sta_control.tsf_offset_present", 0x0080),
            ("wlan.eht.multi_link.sta_profile.sta_control.dtim_info_present", 0x0100),
            ("wlan.eht.multi_link.sta_profile.sta_control.nstr_link_pair_present", 0x0200),
            ("wlan.eht.multi_link.sta_profile.sta_control.nstr_bitmap_size", 0x0400),
            ("wlan.eht.multi_link.sta_profile.sta_control.bss_params_change_count_present", 0x0800),
            ("wlan.eht.multi_link.sta_profile.sta_control.reserved", 0xf000),
        ],
    );
    let len = layout.le(1, "wlan.eht.multi_link.sta_profile.sta_info.length")?;
    let mut information = layout.split(usize::try_from(len).ok()?.checked_sub(1)?)?;
    let parts: [(u64, &[Part]); 7] = [
        (0x0020, &[Mac("wlan.eht.multi_link.sta_profile.sta_info.mac_address")]),
        (0x0040, &[U16("wlan.eht.multi_link.sta_profile.sta_info.beacon_interval")]),
        (0x0080, &[U64("wlan.eht.multi_link.sta_profile.sta_info.tsf_offset")]),
        (
            0x0100,
            &[
                U8("wlan.eht.multi_link.sta_profile.sta_info.dtim_count"),
                U8("wlan.eht.multi_link.sta_profile.sta_info.dtim_period"),
            ],
        ),
        (0x0600, &[U16("wlan.eht.multi_link.sta_profile.sta_info.nstr_bitmap")]),
        (0x0200, &[U8("wlan.eht.multi_link.sta_profile.sta_info.nstr_bitmap")]),
        (0x0800, &[U8("wlan.eht.multi_link.sta_profile.sta_info.bss_params_change_count")]),
    ];
    let mut left = control;
    for (bits, part) in parts {
        if left & bits == bits {
            // The longer form of a part takes the place of the shorter.
            left &= !bits;
            if information.read(part).is_none() {
                break;
            }
        }
    }
    layout.read(&[Bytes(layout.rest().len(), "wlan.eht.multi_link.sta_profile.profile")])
}
