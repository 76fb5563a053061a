//! Wireshark's names for the bits of radiotap's fields of high efficiency (HE).

use crate::layout::Bits;

/// A part of a number with two names: one if a bit of the words in front says that it is known.
pub(super) struct Known {
    pub(super) bit: u32,
    /// Name and bits if it is known.
    pub(super) yes: (&'static str, u64),
    /// Name and bits if it is not.
    pub(super) no: (&'static str, u64),
}

/// A part whose bits are the same, known or not.
pub(super) const fn known(
    bit: u32,
    known: &'static str,
    unknown: &'static str,
    mask: u64,
) -> Known {
    Known { bit, yes: (known, mask), no: (unknown, mask) }
}

/// A part that needs no bit to be known.
pub(super) const fn always(name: &'static str, mask: u64) -> Known {
    Known { bit: 0, yes: (name, mask), no: (name, mask) }
}

/// What is known of HE, and the format of the PPDU.
pub(super) const HE_DATA1: &Bits = &[
    ("radiotap.he.data_1.ppdu_format", 0x3),
    ("radiotap.he.data_1.bss_color_known", 0x4),
    ("radiotap.he.data_1.beam_change_known", 0x8),
    ("radiotap.he.data_1.ul_dl_known", 0x10),
    ("radiotap.he.data_1.data_mcs_known", 0x20),
    ("radiotap.he.data_1.data_dcm_known", 0x40),
    ("radiotap.he.data_1.coding_known", 0x80),
    ("radiotap.he.data_1.ldpc_extra_symbol_segment_known", 0x100),
    ("radiotap.he.data_1.stbc_known", 0x200),
    ("radiotap.he.data_1.spatial_reuse_1_known", 0x400),
    ("radiotap.he.data_1.spatial_reuse_2_known", 0x800),
    ("radiotap.he.data_1.spatial_reuse_3_known", 0x1000),
    ("radiotap.he.data_1.spatial_reuse_4_known", 0x2000),
    ("radiotap.he.data_1.data_bw_ru_allocation_known", 0x4000),
    ("radiotap.he.data_1.doppler_known", 0x8000),
];

/// What is known of HE, and the place of the RU.
pub(super) const HE_DATA2: &Bits = &[
    ("radiotap.he.data_2.pri_sec_80_mhz_known", 0x1),
    ("radiotap.he.data_2.gi_known", 0x2),
    ("radiotap.he.data_2.num_ltf_symbols_known", 0x4),
    ("radiotap.he.data_2.pre_fec_padding_factor_known", 0x8),
    ("radiotap.he.data_2.txbf_known", 0x10),
    ("radiotap.he.data_2.pe_disambiguity_known", 0x20),
    ("radiotap.he.data_2.txop_known", 0x40),
    ("radiotap.he.data_2.midamble_periodicity_known", 0x80),
    ("radiotap.he.data_2.ru_allocation_offset", 0x3f00),
    ("radiotap.he.data_2.ru_allocation_offseti_known", 0x4000),
    ("radiotap.he.data_2.pri_sec_80_mhz", 0x8000),
];

/// The third word of HE.
pub(super) const HE_DATA3: &[Known] = &[
    known(0x4, "radiotap.he.data_3.bss_color", "radiotap.he.data_3.bss_color_unknown", 0x3f),
    known(0x8, "radiotap.he.data_3.beam_change", "radiotap.he.data_3.beam_change_unknown", 0x40),
    known(0x10, "radiotap.he.data_3.ul_dl", "radiotap.he.data_3.ul_dl_unknown", 0x80),
    known(0x20, "radiotap.he.data_3.data_mcs", "radiotap.he.data_3.data_mcs_unknown", 0xf00),
    known(0x40, "radiotap.he.data_3.data_dcm", "radiotap.he.data_3.data_dcm_unknown", 0x1000),
    known(0x80, "radiotap.he.data_3.coding", "radiotap.he.data_3.coding_unknown", 0x2000),
    known(
        0x100,
        "radiotap.he.data_3.ldpc_extra_symbol_segment",
        "radiotap.he.data_3.ldpc_extra_symbol_segment_unknown",
        0x4000,
    ),
    known(0x200, "radiotap.he.data_3.stbc", "radiotap.he.data_3.stbc_unknown", 0x8000),
];

/// The fourth word of HE for a single user.
pub(super) const HE_DATA4: &[Known] = &[
    known(
        0x400,
        "radiotap.he.data_4.spatial_reuse",
        "radiotap.he.data_4.spatial_reuse_unknown",
        0xf,
    ),
    always("radiotap.he.data_4.reserved_d4_fff0", 0xfff0),
];

/// The fourth word of HE for several users.
pub(super) const HE_DATA4_MU: &[Known] = &[
    known(
        0x400,
        "radiotap.he.data_4.spatial_reuse",
        "radiotap.he.data_4.spatial_reuse_unknown",
        0xf,
    ),
    always("radiotap.he.data_4.sta_id_user", 0x7ff0),
    always("radiotap.he.data_4.reserved_d4_b15", 0x8000),
];

/// The fourth word of HE in an answer to a trigger.
pub(super) const HE_DATA4_TRIGGER: &[Known] = &[
    known(
        0x400,
        "radiotap.he.data_4.spatial_reuse_1",
        "radiotap.he.data_4.spatial_reuse_1_unknown",
        0xf,
    ),
    known(
        0x800,
        "radiotap.he.data_4.spatial_reuse_2",
        "radiotap.he.data_4.spatial_reuse_2_unknown",
        0xf0,
    ),
    known(
        0x1000,
        "radiotap.he.data_4.spatial_reuse_3",
        "radiotap.he.data_4.spatial_reuse_3_unknown",
        0xf00,
    ),
    known(
        0x2000,
        "radiotap.he.data_4.spatial_reuse_4",
        "radiotap.he.data_4.spatial_reuse_4_unknown",
        0xf000,
    ),
];

/// The fifth word of HE, but for the size of the symbols.
pub(super) const HE_DATA5: &[Known] = &[
    known(
        0x4000,
        "radiotap.he.data_5.data_bw_ru_allocation",
        "radiotap.he.data_5.data_bw_ru_allocation_unknown",
        0xf,
    ),
    known(0x2_0000, "radiotap.he.data_5.gi", "radiotap.he.data_5.gi_unknown", 0x30),
    known(0x4_0000, "radiotap.he.num_ltf_symbols", "radiotap.he.num_ltf_symbols_unknown", 0x700),
    always("radiotap.he.data_5.reserved_d5_b11", 0x800),
    known(
        0x8_0000,
        "radiotap.he.pre_fec_padding_factor",
        "radiotap.he.pre_fec_padding_factor_unknown",
        0x3000,
    ),
    known(0x10_0000, "radiotap.he.txbf", "radiotap.he.txbf_unknown", 0x4000),
    known(0x20_0000, "radiotap.he.pe_disambiguity", "radiotap.he.pe_disambiguity_unknown", 0x8000),
];

/// The size of the LTF symbols, in the fifth word of HE.
pub(super) const HE_LTF_SIZE: &Bits = &[("radiotap.he.data_5.ltf_symbol_size", 0xc0)];
/// The same where it is unknown.
pub(super) const HE_NO_LTF_SIZE: &Bits = &[("radiotap.he.data_5.ltf_symbol_size_unknown", 0xc0)];

/// The sixth word of HE.
pub(super) const HE_DATA6: &[Known] = &[
    always("radiotap.he.data_6.nsts", 0xf),
    known(
        0x8000,
        "radiotap.he.data_6.doppler_value",
        "radiotap.he.data_6.doppler_value_unknown",
        0x10,
    ),
    always("radiotap.he.data_6.reserved_d6_00e0", 0xe0),
    known(
        0x40_0000,
        "radiotap.he.data_6.txop_value",
        "radiotap.he.data_6.txop_value_unknown",
        0x7f00,
    ),
    known(
        0x80_0000,
        "radiotap.he.data_6.midamble_periodicity",
        "radiotap.he.data_6.midamble_periodicity_unknown",
        0x8000,
    ),
];

/// The first flags of HE-MU.
pub(super) const HE_MU_FLAGS1: &[Known] = &[
    always("radiotap.he_mu.sig_b_mcs", 0xf),
    Known {
        bit: 0x10,
        yes: ("radiotap.he_mu.sig_b_mcs_known", 0x10),
        no: ("radiotap.he_mu.sig_b_mcs_unknown", 0xf),
    },
    always("radiotap.he_mu.sig_b_dcm", 0x20),
    Known {
        bit: 0x40,
        yes: ("radiotap.he_mu.sig_b_dmc_known", 0x40),
        no: ("radiotap.he_mu.sig_b_dcm_unknown", 0x20),
    },
    Known {
        bit: 0x80,
        yes: ("radiotap.he_mu.chan2_center_26_tone_ru_bit_known", 0x80),
        no: ("radiotap.he_mu.chan2_center_26_tone_ru_bit_unknown", 0x80),
    },
    Known {
        bit: 0x100,
        yes: ("radiotap.he_mu.chan1_rus_known", 0x100),
        no: ("radiotap.he_mu.chan1_rus_unknown", 0x100),
    },
    Known {
        bit: 0x200,
        yes: ("radiotap.he_mu.chan2_rus_known", 0x200),
        no: ("radiotap.he_mu.chan2_rus_unknown", 0x200),
    },
    always("radiotap.he_mu.reserved_f1_b10_b11", 0xc00),
    Known {
        bit: 0x1000,
        yes: ("radiotap.he_mu.chan1_center_26_tone_ru_bit_known", 0x1000),
        no: ("radiotap.he_mu.chan1_center_26_tone_ru_bit_unknown", 0x1000),
    },
    Known {
        bit: 0x1000,
        yes: ("radiotap.he_mu.chan1_center_26_tone_ru_value", 0x2000),
        no: ("radiotap.he_mu.chan1_center_26_tone_ru_bit_unknown", 0x1000),
    },
    always("radiotap.he_mu.sig_b_compression_known", 0x4000),
    Known {
        bit: 0x8000,
        yes: ("radiotap.he_mu.symbol_cnt_or_user_cnt_known", 0x8000),
        no: ("radiotap.he_mu.sig_b_syms_or_mu_mimo_users_unknown", 0xf0),
    },
];

/// The second flags of HE-MU.
pub(super) const HE_MU_FLAGS2: &[Known] = &[
    known(0x4_0000, "radiotap.he_mu.bw_from_sig_a", "radiotap.he_mu.bw_from_sig_a_unknown", 0x3),
    always("radiotap.he_mu.bw_from_sig_a_known", 0x4),
    known(
        0x4000,
        "radiotap.he_mu.sig_b_compression",
        "radiotap.he_mu.sig_b_compression_unknown",
        0x8,
    ),
    known(
        0x8000,
        "radiotap.he_mu.sig_b_syms_or_mu_mimo_users",
        "radiotap.he_mu.sig_b_syms_or_mu_mimo_users_unknown",
        0xf0,
    ),
    always("radiotap.he_mu.preamble_puncturing", 0x300),
    always("radiotap.he_mu.preamble_puncturing_known", 0x400),
    Known {
        bit: 0x80,
        yes: ("radiotap.he_mu.chan2_center_26_tone_ru_value", 0x800),
        no: ("radiotap.he_mu.chan2_center_26_tone_ru_bit_unknown", 0x80),
    },
    always("radiotap.he_mu.reserved_f2_b12_b15", 0xf000),
];

/// Resource units of channel 1, known and unknown.
pub(super) const CHANNEL_1_RUS: [(&str, &str); 4] = [
    ("radiotap.he_mu.chan1_rus_0_index", "radiotap.he_mu.chan1_rus_0_index_unknown"),
    ("radiotap.he_mu.chan1_rus_1_index", "radiotap.he_mu.chan1_rus_1_index_unknown"),
    ("radiotap.he_mu.chan1_rus_2_index", "radiotap.he_mu.chan1_rus_2_index_unknown"),
    ("radiotap.he_mu.chan1_rus_3_index", "radiotap.he_mu.chan1_rus_3_index_unknown"),
];

/// Resource units of channel 2, known and unknown.
pub(super) const CHANNEL_2_RUS: [(&str, &str); 4] = [
    ("radiotap.he_mu.chan2_rus_0_index", "radiotap.he_mu.chan2_rus_0_index_unknown"),
    ("radiotap.he_mu.chan2_rus_1_index", "radiotap.he_mu.chan2_rus_1_index_unknown"),
    ("radiotap.he_mu.chan2_rus_2_index", "radiotap.he_mu.chan2_rus_2_index_unknown"),
    ("radiotap.he_mu.chan2_rus_3_index", "radiotap.he_mu.chan2_rus_3_index_unknown"),
];
