//! Fields of what stations of extremely high throughput (EHT) can do, IEEE Std 802.11be sections 9.4.2.311
//! and 9.4.2.313, under the names of Wireshark 4.2, and of the standard where it has none.

use super::element_fields::{Around, Sender};
use crate::layout::Layout;
use crate::layout::Part::{self, Bits, Rest, U8, U16};

/// Bits of the widths by HE: 40 MHz at 2.4 GHz, 40 and 80 MHz, 160 MHz.
const HE_40_LOW: u8 = 0x02;
const HE_40_80: u8 = 0x04;
const HE_160: u8 = 0x08;

/// Medium access and physical capabilities, then coding schemes of the widths that the sender can do.
pub(super) fn capabilities(around: Around, layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Where the physical capabilities say whether 320 MHz are among the widths, and whether thresholds follow.
    const WIDEST: (usize, u8) = (2, 0x02);
    const THRESHOLDS: (usize, u8) = (7, 0x08);
    let bytes = layout.rest();
    let has = |(at, bit): (usize, u8)| bytes.get(at).is_some_and(|byte| byte & bit != 0);
    layout.read(CAPABILITIES)?;
    for part in schemes(around, has(WIDEST), has(THRESHOLDS), layout.rest().len()) {
        layout.read(part)?;
    }
    layout.read(&[Rest("wlan.eht.ppe_thresholds")])
}

/// Which tables of coding schemes there are. What HE says decides; without that, how long they are.
fn schemes(
    around: Around,
    is_320_there: bool,
    has_thresholds: bool,
    len: usize,
) -> &'static [&'static [Part]] {
    let Some(widths) = around.he_widths else {
        return match len {
            _ if has_thresholds => &[],
            4 => &[SCHEMES_20],
            3 => &[SCHEMES_80],
            6 => &[SCHEMES_80, SCHEMES_160],
            9 => &[SCHEMES_80, SCHEMES_160, SCHEMES_320],
            _ => &[],
        };
    };
    if around.sender == Sender::Station && widths & (HE_40_LOW | HE_40_80 | HE_160) == 0 {
        return &[SCHEMES_20];
    }
    match (widths & HE_160 != 0, is_320_there) {
        (false, false) => &[SCHEMES_80],
        (true, false) => &[SCHEMES_80, SCHEMES_160],
        (false, true) => &[SCHEMES_80, SCHEMES_320],
        (true, true) => &[SCHEMES_80, SCHEMES_160, SCHEMES_320],
    }
}

const CAPABILITIES: &[Part] = &[
    Bits(
        2,
        "wlan.eht.mac_capabilities_info",
        &[
            ("wlan.eht.mac_capabilities.epcs_priority_access_support", 0x0001),
            ("wlan.eht.mac_capabilities.eht_om_control_support", 0x0002),
            ("wlan.eht.mac_capabilities.triggered_txop_sharing_mode_1_support", 0x0004),
            ("wlan.eht.mac_capabilities.triggered_txop_sharing_mode_2_support", 0x0008),
            ("wlan.eht.mac_capabilities.restricted_twt_support", 0x0010),
            ("wlan.eht.mac_capabilities.scs_traffic_description_support", 0x0020),
            ("wlan.eht.mac_capabilities.maximum_mpdu_length", 0x00c0),
            ("wlan.eht.mac_capabilities.maximum_a_mpdu_length_exponent_extension", 0x0100),
            ("wlan.eht.mac_capabilities.eht_trs_support", 0x0200),
            ("wlan.eht.mac_capabilities.txop_return_support_in_txop_sharing_mode_2", 0x0400),
            ("wlan.eht.mac_capabilities.two_bqrs_support", 0x0800),
            ("wlan.eht.mac_capabilities.eht_link_adaptation_support", 0x3000),
            ("wlan.eht.mac_capabilities.unsolicited_epcs_prio_access_para_update", 0x4000),
            ("wlan.eht.mac_capabilities.reserved", 0x8000),
        ],
    ),
    Bits(
        2,
        "wlan.eht.phy_capabilities.bits_0_15",
        &[
            ("wlan.eht.phy_capabilities.bits_0_15.reserved", 0x0001),
            ("wlan.eht.phy_capabilities.bits_0_15.support_for_320mhz_in_6ghz", 0x0002),
            (
                "wlan.eht.phy_capabilities.bits_0_15.support_for_242_tone_ru_in_bw_wider_20mhz",
                0x0004,
            ),
            ("wlan.eht.phy_capabilities.bits_0_15.ndp_with_4x_eht_ltf_and_3_2_us_gi", 0x0008),
            ("wlan.eht.phy_capabilities.bits_0_15.partial_bandwidth_ul_mu_mimo", 0x0010),
            ("wlan.eht.phy_capabilities.bits_0_15.su_beamformer", 0x0020),
            ("wlan.eht.phy_capabilities.bits_0_15.su_beamformee", 0x0040),
            ("wlan.eht.phy_capabilities.bits_0_15.beamformee_ss_le_80mhz", 0x0380),
            ("wlan.eht.phy_capabilities.bits_0_15.beamformee_ss_eq_160mhz", 0x1c00),
            ("wlan.eht.phy_capabilities.bits_0_15.beamformee_ss_eq_320_mhz", 0xe000),
        ],
    ),
    Bits(
        2,
        "wlan.eht.phy_capabilities.bits_16_31",
        &[
            ("wlan.eht.phy_capabilities.bits_16_31.number_of_sounding_dims_le_80_mhz", 0x0007),
            ("wlan.eht.phy_capabilities.bits_16_31.number_of_sounding_dims_eq_160_mhz", 0x0038),
            ("wlan.eht.phy_capabilities.bits_16_31.number_of_sounding_dims_eq_320_mhz", 0x01c0),
            ("wlan.eht.phy_capabilities.bits_16_31.ng_eq_16_su_fbck", 0x0200),
            ("wlan.eht.phy_capabilities.bits_16_31.ng_eq_16_mu_fbck", 0x0400),
            ("wlan.eht.phy_capabilities.bits_16_31.codebook_size_eq_4_2_su_fbck", 0x0800),
            ("wlan.eht.phy_capabilities.bits_16_31.codebook_size_eq_7_5_mu_fbck", 0x1000),
            ("wlan.eht.phy_capabilities.bits_16_31.triggered_su_beamforming_fbck", 0x2000),
            ("wlan.eht.phy_capabilities.bits_16_31.triggered_mu_beamforming_partial_fbck", 0x4000),
            ("wlan.eht.phy_capabilities.bits_16_31.triggered_cqi_fbck", 0x8000),
        ],
    ),
    Bits(
        1,
        "wlan.eht.phy_capabilities.bits_32_39",
        &[
            ("wlan.eht.phy_capabilities.bits_32_39.partial_bw_dl_mu_mimo", 0x01),
            ("wlan.eht.phy_capabilities.bits_32_39.eht_psr_based_sr_support", 0x02),
            ("wlan.eht.phy_capabilities.bits_32_39.power_boost_factor_support", 0x04),
            ("wlan.eht.phy_capabilities.bits_32_39.eht_mu_ppdu_w_4x_eht_ltf_08_us_gi", 0x08),
            ("wlan.eht.phy_capabilities.bits_32_39.max_nc", 0xf0),
        ],
    ),
    Bits(
        3,
        "wlan.eht.phy_capabilities.bits_40_63",
        &[
            ("wlan.eht.phy_capabilities.bits_40_63.non_triggered_cqi_fbck", 0x00_0001),
            ("wlan.eht.phy_capabilities.bits_40_63.tx_1024_4096_qam_lt_242_ru_support", 0x00_0002),
            ("wlan.eht.phy_capabilities.bits_40_63.rx_1024_4096_qam_lt_242_ru_support", 0x00_0004),
            ("wlan.eht.phy_capabilities.bits_40_63.ppe_thresholds_present", 0x00_0008),
            ("wlan.eht.phy_capabilities.bits_40_63.common_nominal_packet_padding", 0x00_0030),
            ("wlan.eht.phy_capabilities.bits_40_63.max_num_supported_eht_ltfs", 0x00_07c0),
            ("wlan.eht.phy_capabilities.bits_40_63.support_of_mcs_15", 0x00_7800),
            ("wlan.eht.phy_capabilities.bits_40_63.support_eht_dup_6_ghz", 0x00_8000),
            (
                "wlan.eht.phy_capabilities.bits_40_63.support_20_mhz_sta_recv_ndp_wider_bw",
                0x01_0000,
            ),
            ("wlan.eht.phy_capabilities.bits_40_63.non_ofdma_ul_mu_mimo_bw_lt_80_mhz", 0x02_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.non_ofdma_ul_mu_mimo_bw_eq_160_mhz", 0x04_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.non_ofdma_ul_mu_mimo_bw_eq_320_mhz", 0x08_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.mu_beamformer_bw_le_80_mhz", 0x10_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.mu_beamformer_bw_eq_160_mhz", 0x20_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.mu_beamformer_bw_eq_320_mhz", 0x40_0000),
            ("wlan.eht.phy_capabilities.bits_40_63.tb_sounding_fbck_rate_limit", 0x80_0000),
        ],
    ),
    Bits(
        1,
        "wlan.eht.phy_capabilities.bits_64_71",
        &[
            ("wlan.eht.phy_capabilities.bits_64_71.rx_1024_qam_in_wider_bw_dl_ofdma", 0x01),
            ("wlan.eht.phy_capabilities.bits_64_71.rx_4096_qam_in_wider_bw_dl_ofdma", 0x02),
            ("wlan.eht.phy_capabilities.bits_64_71.20m_only_limited_capabilities", 0x04),
            ("wlan.eht.phy_capabilities.bits_64_71.20m_only_trig_mu_beamforming_dl_mu_mimo", 0x08),
            ("wlan.eht.phy_capabilities.bits_64_71.20m_only_mru_support", 0x10),
            ("wlan.eht.phy_capabilities.bits_64_71.reserved", 0xe0),
        ],
    ),
];

/// How many streams there are at most of each group of coding schemes, of a station with 20 MHz only.
const SCHEMES_20: &[Part] = &[Bits(
    4,
    "wlan.eht.supported_eht_mcs_bss_set.eht_mcs_map_20_mhz_only",
    &[
        ("wlan.eht.supported_eht_mcs_bss_set.20_only.rx_max_nss_supports_eht_mcs_0_7", 0x0000_000f),
        ("wlan.eht.supported_eht_mcs_bss_set.20_only.tx_max_nss_supports_eht_mcs_0_7", 0x0000_00f0),
        ("wlan.eht.supported_eht_mcs_bss_set.20_only.rx_max_nss_supports_eht_mcs_8_9", 0x0000_0f00),
        ("wlan.eht.supported_eht_mcs_bss_set.20_only.tx_max_nss_supports_eht_mcs_8_9", 0x0000_f000),
        (
            "wlan.eht.supported_eht_mcs_bss_set.20_only.rx_max_nss_supports_eht_mcs_10_11",
            0x000f_0000,
        ),
        (
            "wlan.eht.supported_eht_mcs_bss_set.20_only.tx_max_nss_supports_eht_mcs_10_11",
            0x00f0_0000,
        ),
        (
            "wlan.eht.supported_eht_mcs_bss_set.20_only.rx_max_nss_supports_eht_mcs_12_13",
            0x0f00_0000,
        ),
        (
            "wlan.eht.supported_eht_mcs_bss_set.20_only.tx_max_nss_supports_eht_mcs_12_13",
            0xf000_0000,
        ),
    ],
)];

/// The same up to 80 MHz.
const SCHEMES_80: &[Part] = &[Bits(
    3,
    "wlan.eht.supported_eht_mcs_bss_set.eht_mcs_map_bw_le_80_mhz",
    &[
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.rx_max_nss_supports_eht_mcs_0_9", 0x00_000f),
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.tx_max_nss_supports_eht_mcs_0_9", 0x00_00f0),
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.rx_max_nss_supports_eht_mcs_10_11", 0x00_0f00),
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.tx_max_nss_supports_eht_mcs_10_11", 0x00_f000),
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.rx_max_nss_supports_eht_mcs_12_13", 0x0f_0000),
        ("wlan.eht.supported_eht_mcs_bss_set.le_80.tx_max_nss_supports_eht_mcs_12_13", 0xf0_0000),
    ],
)];

/// The same with 160 MHz.
const SCHEMES_160: &[Part] = &[Bits(
    3,
    "wlan.eht.supported_eht_mcs_bss_set.eht_mcs_map_bw_eq_160_mhz",
    &[
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.rx_max_nss_supports_eht_mcs_0_9", 0x00_000f),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.tx_max_nss_supports_eht_mcs_0_9", 0x00_00f0),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.rx_max_nss_supports_eht_mcs_10_11", 0x00_0f00),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.tx_max_nss_supports_eht_mcs_10_11", 0x00_f000),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.rx_max_nss_supports_eht_mcs_12_13", 0x0f_0000),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_160.tx_max_nss_supports_eht_mcs_12_13", 0xf0_0000),
    ],
)];

/// The same with 320 MHz.
const SCHEMES_320: &[Part] = &[Bits(
    3,
    "wlan.eht.supported_eht_mcs_bss_set.eht_mcs_map_bw_eq_320_mhz",
    &[
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.rx_max_nss_supports_eht_mcs_0_9", 0x00_000f),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.tx_max_nss_supports_eht_mcs_0_9", 0x00_00f0),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.rx_max_nss_supports_eht_mcs_10_11", 0x00_0f00),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.tx_max_nss_supports_eht_mcs_10_11", 0x00_f000),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.rx_max_nss_supports_eht_mcs_12_13", 0x0f_0000),
        ("wlan.eht.supported_eht_mcs_bss_set.eq_320.tx_max_nss_supports_eht_mcs_12_13", 0xf0_0000),
    ],
)];

/// How a network works: parameters, what all must be able to, and what the parameters announce.
pub(super) fn operation(layout: &mut Layout<'_, '_>) -> Option<()> {
    const HAS_INFORMATION: u64 = 0x01;
    const HAS_DISABLED: u64 = 0x02;
    let parameters = layout.le(1, "wlan.eht.eht_operation_parameters")?;
    layout.bits(
        parameters,
        &[
            ("wlan.eht.eht_operation_parameters.information_present", 0x01),
            ("wlan.eht.eht_operation_parameters.disabled_subchannel_bitmap_present", 0x02),
            ("wlan.eht.eht_operation_parameters.default_pe_duration", 0x04),
            ("wlan.eht.eht_operation_parameters.group_addressed_bu_indication_limit", 0x08),
            ("wlan.eht.eht_operation_parameters.group_addressed_bu_indication_exponent", 0x30),
            ("wlan.eht.eht_operation_parameters.mcs_15_disable", 0x40),
            ("wlan.eht.eht_operation_parameters.reserved", 0x80),
        ],
    );
    layout.read(&[Part::U32("wlan.eht.basic_eht_mcs_and_nss_set")])?;
    if parameters & HAS_INFORMATION == 0 {
        return Some(());
    }
    layout.read(&[
        Bits(
            1,
            "wlan.eht.eht_operation_information.control",
            &[
                ("wlan.eht.eht_operation_information.control.channel_width", 0x07),
                ("wlan.eht.eht_operation_information.control.reserved", 0xf8),
            ],
        ),
        U8("wlan.eht.eht_operation_information.ccfs0"),
        U8("wlan.eht.eht_operation_information.ccfs1"),
    ])?;
    if parameters & HAS_DISABLED == 0 {
        return Some(());
    }
    layout.read(&[U16("wlan.eht.eht_operation_information.disabled_subchannel_bitmap")])
}
