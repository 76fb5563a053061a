//! Tables of what stations of high efficiency (HE) can do, IEEE Std 802.11 sections 9.4.2.248 to
//! 9.4.2.252.

use crate::layout::Part::{self, Bits, Repeat, U8};

/// Medium access and physical capabilities of HE.
pub(super) const HE_CAPABILITIES: &[Part] = &[
    Bits(
        6,
        "wlan.ext_tag.he_mac_caps",
        &[
            ("wlan.ext_tag.he_mac_cap.htc_he_support", 0x1),
            ("wlan.ext_tag.he_mac_cap.twt_req_support", 0x2),
            ("wlan.ext_tag.he_mac_cap.twt_rsp_support", 0x4),
            ("wlan.ext_tag.he_mac_cap.dynamic_fragmentation_support", 0x18),
            ("wlan.ext_tag.he_mac_cap.max_frag_msdus", 0xe0),
            ("wlan.ext_tag.he_mac_cap.min_frag_size", 0x300),
            ("wlan.ext_tag.he_mac_cap.trig_frm_mac_padding_dur", 0xc00),
            ("wlan.ext_tag.he_mac_cap.multi_tid_agg_rx_support", 0x7000),
            ("wlan.ext_tag.he_mac_cap.he_link_adaptation_support", 0x1_8000),
            ("wlan.ext_tag.he_mac_cap.all_ack_support", 0x2_0000),
            ("wlan.ext_tag.he_mac_cap.Trs_support", 0x4_0000),
            ("wlan.ext_tag.he_mac_cap.bsr_support", 0x8_0000),
            ("wlan.ext_tag.he_mac_cap.broadcast_twt_support", 0x10_0000),
            ("wlan.ext_tag.he_mac_cap.32_bit_ba_bitmap_support", 0x20_0000),
            ("wlan.ext_tag.he_mac_cap.mu_cascading_support", 0x40_0000),
            ("wlan.ext_tag.he_mac_cap.ack_enabled_agg_support", 0x80_0000),
            ("wlan.ext_tag.he_mac_cap.reserved_b24", 0x100_0000),
            ("wlan.ext_tag.he_mac_cap.om_control_support", 0x200_0000),
            ("wlan.ext_tag.he_mac_cap.ofdma_ra_support", 0x400_0000),
            ("wlan.ext_tag.he_mac_cap.max_a_mpdu_len_exp_ext", 0x1800_0000),
            ("wlan.ext_tag.he_mac_cap.a_msdu_frag_support", 0x2000_0000),
            ("wlan.ext_tag.he_mac_cap.flexible_twt_sched_support", 0x4000_0000),
            ("wlan.ext_tag.he_mac_cap.rx_ctl_frm_multibss", 0x8000_0000),
            ("wlan.ext_tag.he_mac_cap.bsrp_bqrp_a_mpdu_agg", 0x1_0000_0000),
            ("wlan.ext_tag.he_mac_cap.qtp_support", 0x2_0000_0000),
            ("wlan.ext_tag.he_mac_cap.bqr_support", 0x4_0000_0000),
            ("wlan.ext_tag.he_mac_cap.psr_responder", 0x8_0000_0000),
            ("wlan.ext_tag.he_mac_cap.ndp_feedback_report_support", 0x10_0000_0000),
            ("wlan.ext_tag.he_mac_cap.ops_support", 0x20_0000_0000),
            ("wlan.ext_tag.he_mac_cap.a_msdu_in_a_mpdu_support", 0x40_0000_0000),
            ("wlan.ext_tag.he_mac_cap.multi_tid_agg_tx_support", 0x380_0000_0000),
            ("wlan.ext_tag.he_mac_cap.subchannel_selective_xmit_support", 0x400_0000_0000),
            ("wlan.ext_tag.he_mac_cap.ul_2_996_tone_ru_support", 0x800_0000_0000),
            ("wlan.ext_tag.he_mac_cap.om_cntl_ul_mu_data_disable_rx_support", 0x1000_0000_0000),
            ("wlan.ext_tag.he_dynamic_sm_power_save", 0x2000_0000_0000),
            ("wlan.ext_tag.he_punctured_sounding_support", 0x4000_0000_0000),
            ("wlan.ext_tag.he_ht_and_vht_trigger_frame_rx_support", 0x8000_0000_0000),
        ],
    ),
    Bits(
        1,
        "",
        &[
            ("wlan.ext_tag.he_phy_cap.fbyte.reserved_b0", 0x1),
            ("wlan.ext_tag.he_phy_cap.fbytes", 0xfe),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.40mhz_in_2_4ghz", 0x2),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.40_80_in_5ghz", 0x4),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.160_in_5ghz", 0x8),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.160_80_80_in_5ghz", 0x10),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.242_tone_in_2_4ghz", 0x20),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.242_tone_in_5ghz", 0x40),
            ("wlan.ext_tag.he_phy_cap.chan_width_set.reserved", 0x80),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_phy_cap.bits_8_to_23",
        &[
            ("wlan.ext_tag.he_phy_cap.punc_preamble_rx", 0xf),
            ("wlan.ext_tag.he_phy_cap.device_class", 0x10),
            ("wlan.ext_tag.he_phy_cap.ldpc_coding_in_payload", 0x20),
            ("wlan.ext_tag.he_phy_cap.he_su_ppdu_with_1x_he_ltf_08us", 0x40),
            ("wlan.ext_tag.he_phy_cap.midamble_tx_rx_max_nsts", 0x180),
            ("wlan.ext_tag.he_phy_cap.ndp_with_4x_he_ltf_4x_3.2us", 0x200),
            ("wlan.ext_tag.he_phy_cap.stbc_tx_lt_80mhz", 0x400),
            ("wlan.ext_tag.he_phy_cap.stbc_rx_lt_80mhz", 0x800),
            ("wlan.ext_tag.he_phy_cap.doppler_tx", 0x1000),
            ("wlan.ext_tag.he_phy_cap.doppler_rx", 0x2000),
            ("wlan.ext_tag.he_phy_cap.full_bw_ul_mu_mimo", 0x4000),
            ("wlan.ext_tag.he_phy_cap.partial_bw_ul_mu_mimo", 0x8000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_phy_cap.bits_24_to_39",
        &[
            ("wlan.ext_tag.he_phy_cap.dcm_max_const_tx", 0x3),
            ("wlan.ext_tag.he_phy_cap.dcm_max_nss_tx", 0x4),
            ("wlan.ext_tag.he_phy_cap.dcm_max_const_rx", 0x18),
            ("wlan.ext_tag.he_phy_cap.rx_partial_bw_su_20mhz_he_mu_ppdu", 0x40),
            ("wlan.ext_tag.he_phy_cap.su_beamformer", 0x80),
            ("wlan.ext_tag.he_phy_cap.su_beamformee", 0x100),
            ("wlan.ext_tag.he_phy_cap.mu_beamformer", 0x200),
            ("wlan.ext_tag.he_phy_cap.beamformee_sts_lte_80mhz", 0x1c00),
            ("wlan.ext_tag.he_phy_cap.beamformee_sts_gt_80mhz", 0xe000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_phy_cap.bits_40_to_55",
        &[
            ("wlan.ext_tag.he_phy_cap.no_sounding_dims_lte_80", 0x7),
            ("wlan.ext_tag.he_phy_cap.no_sounding_dims_gt_80", 0x38),
            ("wlan.ext_tag.he_phy_cap.ng_eq_16_su_fb", 0x40),
            ("wlan.ext_tag.he_phy_cap.ng_eq_16_mu_fb", 0x80),
            ("wlan.ext_tag.he_phy_cap.codebook_size_su_fb", 0x100),
            ("wlan.ext_tag.he_phy_cap.codebook_size_mu_fb", 0x200),
            ("wlan.ext_tag.he_phy_cap.trig_su_bf_fb", 0x400),
            ("wlan.ext_tag.he_phy_cap.trig_mu_bf_fb", 0x800),
            ("wlan.ext_tag.he_phy_cap.trig_cqi_fb", 0x1000),
            ("wlan.ext_tag.he_phy_cap.partial_bw_er", 0x2000),
            ("wlan.ext_tag.he_phy_cap.partial_bw_dl_mu_mimo", 0x4000),
            ("wlan.ext_tag.he_phy_cap.ppe_thres_present", 0x8000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_phy_cap.bits_56_to_71",
        &[
            ("wlan.ext_tag.he_phy_cap.psr_based_sr_sup", 0x1),
            ("wlan.ext_tag.he_phy_cap.pwr_bst_factor_ar_sup", 0x2),
            ("wlan.ext_tag.he_phy_cap.he_su_ppdu_etc_gi", 0x4),
            ("wlan.ext_tag.he_phy_cap.max_nc", 0x38),
            ("wlan.ext_tag.he_phy_cap.stbc_tx_gt_80_mhz", 0x40),
            ("wlan.ext_tag.he_phy_cap.stbc_rx_gt_80_mhz", 0x80),
            ("wlan.ext_tag.he_phy_cap.he_er_su_ppdu_4xxx_gi", 0x100),
            ("wlan.ext_tag.he_phy_cap.20_mhz_in_40_in_2_4ghz", 0x200),
            ("wlan.ext_tag.he_phy_cap.20_mhz_in_160_80p80_ppdu", 0x400),
            ("wlan.ext_tag.he_phy_cap.80_mhz_in_160_80p80_ppdu", 0x800),
            ("wlan.ext_tag.he_phy_cap.he_er_su_ppdu_1xxx_gi", 0x1000),
            ("wlan.ext_tag.he_phy_cap.midamble_tx_rx_2x_1x_he_ltf", 0x2000),
            ("wlan.ext_tag.he_phy_cap.dcm_max_ru", 0xc000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_phy_cap.bits_72_to_87",
        &[
            ("wlan.ext_tag.he_phy_cap.longer_than_16_he_sigb_ofdm_sym_support", 0x1),
            ("wlan.ext_tag.he_phy_cap.non_triggered_feedback", 0x2),
            ("wlan.ext_tag.he_phy_cap.tx_1024_qam_support_lt_242_tone_ru", 0x4),
            ("wlan.ext_tag.he_phy_cap.rx_1024_qam_support_lt_242_tone_ru", 0x8),
            ("wlan.ext_tag.he_phy_cap.rx_full_bw_su_using_he_mu_ppdu_with_compressed_sigb", 0x10),
            (
                "wlan.ext_tag.he_phy_cap.rx_full_bw_su_using_he_mu_ppdu_with_non_compressed_sigb",
                0x20,
            ),
            ("wlan.ext_tag.he_phy_cap.nominal_packet_padding", 0xc0),
            ("wlan.ext_tag.he_phy_cap.he_mu_ppdu_ru_rx_max", 0x100),
            ("wlan.ext_tag.he_phy_cap.reserved_b81_b87", 0xfe00),
        ],
    ),
];

/// Coding schemes of HE up to 80 MHz.
pub(super) const HE_MCS_80: &[Part] = &[
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.rx_he_mcs_map_lte_80",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_rx_8_ss", 0xc000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.tx_he_mcs_map_lte_80",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80_tx_8_ss", 0xc000),
        ],
    ),
];

/// Coding schemes of HE in 160 MHz.
pub(super) const HE_MCS_160: &[Part] = &[
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.rx_he_mcs_map_160",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_rx_8_ss", 0xc000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.tx_he_mcs_map_160",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_160_tx_8_ss", 0xc000),
        ],
    ),
];

/// Coding schemes of HE in twice 80 MHz.
pub(super) const HE_MCS_80_80: &[Part] = &[
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.rx_he_mcs_map_80_80",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_rx_8_ss", 0xc000),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_mcs_map.tx_he_mcs_map_80_80",
        &[
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_1_ss", 0x3),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_2_ss", 0xc),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_3_ss", 0x30),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_4_ss", 0xc0),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_5_ss", 0x300),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_6_ss", 0xc00),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_7_ss", 0x3000),
            ("wlan.ext_tag.he_mcs_map.max_he_mcs_80p80_tx_8_ss", 0xc000),
        ],
    ),
];

/// HE operation, in front of what its bits announce.
pub(super) const HE_OPERATION: &[Part] = &[
    Bits(
        3,
        "wlan.ext_tag.he_operation.params",
        &[
            ("wlan.ext_tag.he_operation.default_pe_duration", 0x7),
            ("wlan.ext_tag.he_operation.twt_required", 0x8),
            ("wlan.ext_tag.he_operation.txop_duration_rts_thresh", 0x3ff0),
            ("wlan.ext_tag.he_operation.vht_op_info_present", 0x4000),
            ("wlan.ext_tag.he_operation.co_hosted_bss", 0x8000),
            ("wlan.ext_tag.he_operation.er_su_disable", 0x1_0000),
            ("wlan.ext_tag.he_operation.6ghz_operation_information_present", 0x2_0000),
            ("wlan.ext_tag.he_operation.reserved_b16_b32", 0xfc_0000),
        ],
    ),
    Bits(
        1,
        "wlan.ext_tag.bss_color_information",
        &[
            ("wlan.ext_tag.bss_color_information.bss_color", 0x3f),
            ("wlan.ext_tag.bss_color_information.partial_bss_color", 0x40),
            ("wlan.ext_tag.bss_color_information.bss_color_disabled", 0x80),
        ],
    ),
    Bits(
        2,
        "wlan.ext_tag.he_operation.basic_he_mcs_and_nss",
        &[
            ("wlan.ext_tag.he_operation.max_he_mcs_for_1_ss", 0x3),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_2_ss", 0xc),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_3_ss", 0x30),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_4_ss", 0xc0),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_5_ss", 0x300),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_6_ss", 0xc00),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_7_ss", 0x3000),
            ("wlan.ext_tag.he_operation.max_he_mcs_for_8_ss", 0xc000),
        ],
    ),
];

/// VHT operation in HE operation.
pub(super) const HE_VHT_OPERATION: &[Part] = &[
    U8("wlan.ext_tag.he_operation.vht_op_info.channel_width"),
    U8("wlan.ext_tag.he_operation.vht_op_info.chan_center_freq_seg_0"),
    U8("wlan.ext_tag.he_operation.vht_op_info.chan_center_freq_seg_1"),
];

/// 6 GHz operation in HE operation.
pub(super) const HE_6GHZ: &[Part] = &[
    U8("wlan.ext_tag.he_operation.6ghz.primary_channel"),
    Bits(
        1,
        "wlan.ext_tag.he_operation.6ghz.control",
        &[
            ("wlan.ext_tag.he_operation.6ghz.control.channel_width", 0x3),
            ("wlan.ext_tag.he_operation.6ghz.control.duplicate_beacon", 0x4),
            ("wlan.ext_tag.he_operation.6ghz.control.regulatory_info", 0x38),
            ("wlan.ext_tag.he_operation.6ghz.control.reserved", 0xc0),
        ],
    ),
    U8("wlan.ext_tag.he_operation.6ghz.chan_center_freq_seg_0"),
    U8("wlan.ext_tag.he_operation.6ghz.chan_center_freq_seg_1"),
    U8("wlan.ext_tag.he_operation.6ghz.minimum_rate"),
];

/// Random access of HE.
pub(super) const UORA: &[Part] = &[Bits(
    1,
    "wlan.ext_tag.uora_parameter_set.field",
    &[
        ("wlan.ext_tag.uora_parameter_set.eocwmin", 0x7),
        ("wlan.ext_tag.uora_parameter_set.eocwmax", 0x38),
        ("wlan.ext_tag.uora_parameter_set.reserved", 0xc0),
    ],
)];

/// Medium access of several HE users.
pub(super) const MU_EDCA: &[Part] = &[
    Bits(
        1,
        "wlan.fixed.qosinfo.ap",
        &[
            ("wlan.fixed.qosinfo.ap.edcaupdate", 0xf),
            ("wlan.fixed.qosinfo.ap.qack", 0x10),
            ("wlan.fixed.qosinfo.ap.queue_req", 0x20),
            ("wlan.fixed.qosinfo.ap.txopreq", 0x40),
            ("wlan.fixed.qosinfo.ap.more_data_ack", 0x80),
        ],
    ),
    Repeat(&[
        Bits(
            1,
            "wlan.ext_tag.mu_edca_parameter_set.aic_aifsn",
            &[
                ("wlan.ext_tag.mu_edca_parameter_set.aifsn", 0xf),
                ("wlan.ext_tag.mu_edca_parameter_set.acm", 0x10),
                ("wlan.ext_tag.mu_edca_parameter_set.aci", 0x60),
                ("wlan.ext_tag.mu_edca_parameter_set.reserved", 0x80),
            ],
        ),
        U8("wlan.ext_tag.mu_edca_parameter_set.ecwmin_ecwmax"),
        U8("wlan.ext_tag.mu_edca_parameter_set.mu_edca_timer"),
    ]),
];
