//! Wireshark's names for the bits of radiotap fields.

use crate::layout::Bits;

/// Bits of the bitmap that stand for fields.
pub(super) const PRESENT: &Bits = &[
    ("radiotap.present.tsft", 0x1),
    ("radiotap.present.flags", 0x2),
    ("radiotap.present.rate", 0x4),
    ("radiotap.present.channel", 0x8),
    ("radiotap.present.fhss", 0x10),
    ("radiotap.present.dbm_antsignal", 0x20),
    ("radiotap.present.dbm_antnoise", 0x40),
    ("radiotap.present.lock_quality", 0x80),
    ("radiotap.present.tx_attenuation", 0x100),
    ("radiotap.present.db_tx_attenuation", 0x200),
    ("radiotap.present.dbm_tx_power", 0x400),
    ("radiotap.present.antenna", 0x800),
    ("radiotap.present.db_antsignal", 0x1000),
    ("radiotap.present.db_antnoise", 0x2000),
    ("radiotap.present.rxflags", 0x4000),
    ("radiotap.present.txflags", 0x8000),
    ("radiotap.present.data_retries", 0x2_0000),
    ("radiotap.present.xchannel", 0x4_0000),
    ("radiotap.present.mcs", 0x8_0000),
    ("radiotap.present.ampdu", 0x10_0000),
    ("radiotap.present.vht", 0x20_0000),
    ("radiotap.present.timestamp", 0x40_0000),
    ("radiotap.present.he", 0x80_0000),
    ("radiotap.present.he_mu", 0x100_0000),
    ("radiotap.present.0_length.psdu", 0x400_0000),
    ("radiotap.present.l_sig", 0x800_0000),
    ("radiotap.present.tlv", 0x1000_0000),
];

/// Bits of every word of the bitmap.
pub(super) const PRESENT_LAST: &Bits = &[
    ("radiotap.present.rtap_ns", 0x2000_0000),
    ("radiotap.present.vendor_ns", 0x4000_0000),
    ("radiotap.present.ext", 0x8000_0000),
];

/// What is said of the frame as a whole.
pub(super) const FLAGS: &Bits = &[
    ("radiotap.flags.cfp", 0x1),
    ("radiotap.flags.preamble", 0x2),
    ("radiotap.flags.wep", 0x4),
    ("radiotap.flags.frag", 0x8),
    ("radiotap.flags.fcs", 0x10),
    ("radiotap.flags.datapad", 0x20),
    ("radiotap.flags.badfcs", 0x40),
    ("radiotap.flags.shortgi", 0x80),
];

/// Kinds of channel.
pub(super) const CHANNEL_FLAGS: &Bits = &[
    ("radiotap.channel.flags.700mhz", 0x1),
    ("radiotap.channel.flags.800mhz", 0x2),
    ("radiotap.channel.flags.900mhz", 0x4),
    ("radiotap.channel.flags.turbo", 0x10),
    ("radiotap.channel.flags.cck", 0x20),
    ("radiotap.channel.flags.ofdm", 0x40),
    ("radiotap.channel.flags.2ghz", 0x80),
    ("radiotap.channel.flags.5ghz", 0x100),
    ("radiotap.channel.flags.passive", 0x200),
    ("radiotap.channel.flags.dynamic", 0x400),
    ("radiotap.channel.flags.gfsk", 0x800),
    ("radiotap.channel.flags.gsm", 0x1000),
    ("radiotap.channel.flags.sturbo", 0x2000),
    ("radiotap.channel.flags.half", 0x4000),
    ("radiotap.channel.flags.quarter", 0x8000),
];

/// Kinds of channel, in more bits.
pub(super) const XCHANNEL_FLAGS: &Bits = &[
    ("radiotap.xchannel.flags.turbo", 0x10),
    ("radiotap.xchannel.flags.cck", 0x20),
    ("radiotap.xchannel.flags.ofdm", 0x40),
    ("radiotap.xchannel.flags.2ghz", 0x80),
    ("radiotap.xchannel.flags.5ghz", 0x100),
    ("radiotap.channel.xtype.passive", 0x200),
    ("radiotap.xchannel.flags.dynamic", 0x400),
    ("radiotap.xchannel.flags.gfsk", 0x800),
    ("radiotap.xchannel.flags.gsm", 0x1000),
    ("radiotap.xchannel.flags.sturbo", 0x2000),
    ("radiotap.xchannel.flags.half", 0x4000),
    ("radiotap.xchannel.flags.quarter", 0x8000),
    ("radiotap.xchannel.flags.ht20", 0x1_0000),
    ("radiotap.xchannel.flags.ht40u", 0x2_0000),
    ("radiotap.xchannel.flags.ht40d", 0x4_0000),
];

/// How a frame is sent. Wireshark names them as if they were received.
pub(super) const TX_FLAGS: &Bits = &[
    ("radiotap.rxflags.fail", 0x1),
    ("radiotap.rxflags.cts", 0x2),
    ("radiotap.rxflags.rts", 0x4),
    ("radiotap.rxflags.noack", 0x8),
    ("radiotap.rxflags.noseqno", 0x10),
    ("radiotap.rxflags.order", 0x20),
];

/// What is known of MCS.
pub(super) const MCS_KNOWN: &Bits = &[
    ("radiotap.mcs.have_bw", 0x1),
    ("radiotap.mcs.have_index", 0x2),
    ("radiotap.mcs.have_gi", 0x4),
    ("radiotap.mcs.have_format", 0x8),
    ("radiotap.mcs.have_fec", 0x10),
    ("radiotap.mcs.have_stbc", 0x20),
    ("radiotap.mcs.have_ness", 0x40),
];

/// Parts of the flags of MCS, each behind the bit that says that it is known.
pub(super) const MCS_FLAGS: &[(u64, &str, u64)] = &[
    (0x01, "radiotap.mcs.bw", 0x03),
    (0x04, "radiotap.mcs.gi", 0x04),
    (0x08, "radiotap.mcs.format", 0x08),
    (0x10, "radiotap.mcs.fec", 0x10),
    (0x20, "radiotap.mcs.stbc", 0x60),
    (0x40, "radiotap.mcs.ness_bit0", 0x80),
];

/// Flags of an A-MPDU.
pub(super) const AMPDU_FLAGS: &Bits = &[
    ("radiotap.ampdu.flags.report_zerolen", 0x1),
    ("radiotap.ampdu.flags.is_zerolen", 0x2),
    ("radiotap.ampdu.flags.lastknown", 0x4),
    ("radiotap.ampdu.flags.last", 0x8),
    ("radiotap.ampdu.flags.delim_crc_error", 0x10),
    ("radiotap.ampdu.flags.eof", 0x40),
    ("radiotap.ampdu.flags.eof_known", 0x80),
];

/// What is known of VHT.
pub(super) const VHT_KNOWN: &Bits = &[
    ("radiotap.vht.have_stbc", 0x1),
    ("radiotap.vht.have_txop_ps", 0x2),
    ("radiotap.vht.have_gi", 0x4),
    ("radiotap.vht.have_sgi_nsym_da", 0x8),
    ("radiotap.vht.ldpc_extra", 0x10),
    ("radiotap.vht.have_beamformed", 0x20),
    ("radiotap.mcs.have_bw", 0x40),
    ("radiotap.mcs.have_gid", 0x80),
    ("radiotap.mcs.have_paid", 0x100),
];

/// Parts of the flags of VHT, each behind the bit that says that it is known.
pub(super) const VHT_FLAGS: &[(u64, &str, u64)] = &[
    (0x01, "radiotap.vht.stbc", 0x01),
    (0x02, "radiotap.vht.txop_ps", 0x02),
    (0x04, "radiotap.vht.gi", 0x04),
    (0x08, "radiotap.vht.sgi_nsym_da", 0x08),
    (0x10, "radiotap.vht.ldpc_extra", 0x10),
    (0x20, "radiotap.vht.beamformed", 0x20),
];

/// For each user: coding scheme, spatial streams, space-time streams, coding.
pub(super) const VHT_USERS: [[&str; 4]; 4] = [
    ["radiotap.vht.mcs.0", "radiotap.vht.nss.0", "radiotap.vht.nsts.0", "radiotap.vht.coding.0"],
    ["radiotap.vht.mcs.1", "radiotap.vht.nss.1", "radiotap.vht.nsts.1", "radiotap.vht.coding.1"],
    ["radiotap.vht.mcs.2", "radiotap.vht.nss.2", "radiotap.vht.nsts.2", "radiotap.vht.coding.2"],
    ["radiotap.vht.mcs.3", "radiotap.vht.nss.3", "radiotap.vht.nsts.3", "radiotap.vht.coding.3"],
];

/// Unit of a timestamp, and its place in the frame.
pub(super) const TIMESTAMP_UNIT: &Bits =
    &[("radiotap.timestamp.unit", 0xf), ("radiotap.timestamp.samplingpos", 0xf0)];

/// Flags of a timestamp.
pub(super) const TIMESTAMP_FLAGS: &Bits =
    &[("radiotap.timestamp.flags.32bit", 0x1), ("radiotap.timestamp.flags.accuracy", 0x2)];

/// What is known of L-SIG.
pub(super) const L_SIG_DATA1: &Bits = &[
    ("radiotap.l_sig.rate_known", 0x1),
    ("radiotap.l_sig.length_known", 0x2),
    ("radiotap.l_sig.reserved", 0xfffc),
];

/// L-SIG.
pub(super) const L_SIG_DATA2: &Bits =
    &[("radiotap.l_sig.rate", 0xf), ("radiotap.l_sig.length", 0xfff0)];
