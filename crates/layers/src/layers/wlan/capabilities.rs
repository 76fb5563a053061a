//! Tables of what stations of high throughput (HT) and very high throughput (VHT) can do, IEEE Std
//! 802.11 sections 9.4.2.55 to 9.4.2.158.

use crate::layout::Part::{self, Bits, Group, Skip, U8};

/// Modulation and coding schemes of HT.
const HT_MCS_SET: &[Part] = &[
    Bits(
        4,
        "",
        &[
            ("wlan.ht.mcsset.rxbitmask.0to7", 0xff),
            ("wlan.ht.mcsset.rxbitmask.8to15", 0xff00),
            ("wlan.ht.mcsset.rxbitmask.16to23", 0xff_0000),
            ("wlan.ht.mcsset.rxbitmask.24to31", 0xff00_0000),
        ],
    ),
    Bits(
        6,
        "",
        &[
            ("wlan.ht.mcsset.rxbitmask.32", 0x1),
            ("wlan.ht.mcsset.rxbitmask.33to38", 0x7e),
            ("wlan.ht.mcsset.rxbitmask.39to52", 0x1f_ff80),
            ("wlan.ht.mcsset.rxbitmask.53to76", 0x1fff_ffe0_0000),
        ],
    ),
    Bits(2, "", &[("wlan.ht.mcsset.highestdatarate", 0x3ff)]),
    Bits(
        1,
        "",
        &[
            ("wlan.ht.mcsset.txsetdefined", 0x1),
            ("wlan.ht.mcsset.txrxmcsnotequal", 0x2),
            ("wlan.ht.mcsset.txmaxss", 0xc),
            ("wlan.ht.mcsset.txunequalmod", 0x10),
        ],
    ),
];

/// HT capabilities.
pub(super) const HT_CAPABILITIES: &[Part] = &[
    Bits(
        2,
        "wlan.ht.capabilities",
        &[
            ("wlan.ht.capabilities.ldpccoding", 0x1),
            ("wlan.ht.capabilities.width", 0x2),
            ("wlan.ht.capabilities.sm", 0xc),
            ("wlan.ht.capabilities.green", 0x10),
            ("wlan.ht.capabilities.short20", 0x20),
            ("wlan.ht.capabilities.short40", 0x40),
            ("wlan.ht.capabilities.txstbc", 0x80),
            ("wlan.ht.capabilities.rxstbc", 0x300),
            ("wlan.ht.capabilities.delayedblockack", 0x400),
            ("wlan.ht.capabilities.amsdu", 0x800),
            ("wlan.ht.capabilities.dsscck", 0x1000),
            ("wlan.ht.capabilities.psmp", 0x2000),
            ("wlan.ht.capabilities.40mhzintolerant", 0x4000),
            ("wlan.ht.capabilities.lsig", 0x8000),
        ],
    ),
    Bits(
        1,
        "wlan.ht.ampduparam",
        &[
            ("wlan.ht.ampduparam.maxlength", 0x3),
            ("wlan.ht.ampduparam.mpdudensity", 0x1c),
            ("wlan.ht.ampduparam.reserved", 0xe0),
        ],
    ),
    Group(HT_MCS_SET),
    Skip(3),
    Bits(
        2,
        "wlan.htex.capabilities",
        &[
            ("wlan.htex.capabilities.pco", 0x1),
            ("wlan.htex.capabilities.transtime", 0x6),
            ("wlan.htex.capabilities.mcs", 0x300),
            ("wlan.htex.capabilities.htc", 0x400),
            ("wlan.htex.capabilities.rdresponder", 0x800),
        ],
    ),
    Bits(
        4,
        "wlan.txbf",
        &[
            ("wlan.txbf.txbf", 0x1),
            ("wlan.txbf.rxss", 0x2),
            ("wlan.txbf.txss", 0x4),
            ("wlan.txbf.rxndp", 0x8),
            ("wlan.txbf.txndp", 0x10),
            ("wlan.txbf.impltxbf", 0x20),
            ("wlan.txbf.calibration", 0xc0),
            ("wlan.txbf.csi", 0x100),
            ("wlan.txbf.fm.uncompressed.tbf", 0x200),
            ("wlan.txbf.fm.compressed.tbf", 0x400),
            ("wlan.txbf.rcsi", 0x1800),
            ("wlan.txbf.fm.uncompressed.rbf", 0x6000),
            ("wlan.txbf.fm.compressed.bf", 0x1_8000),
            ("wlan.txbf.mingroup", 0x6_0000),
            ("wlan.txbf.csinumant", 0x18_0000),
            ("wlan.txbf.fm.uncompressed.maxant", 0x60_0000),
            ("wlan.txbf.fm.compressed.maxant", 0x180_0000),
            ("wlan.txbf.csi.maxrows", 0x600_0000),
            ("wlan.txbf.channelest", 0x1800_0000),
            ("wlan.txbf.reserved", 0xe000_0000),
        ],
    ),
    Bits(
        1,
        "wlan.asel",
        &[
            ("wlan.asel.capable", 0x1),
            ("wlan.asel.txcsi", 0x2),
            ("wlan.asel.txif", 0x4),
            ("wlan.asel.csi", 0x8),
            ("wlan.asel.if", 0x10),
            ("wlan.asel.rx", 0x20),
            ("wlan.asel.sppdu", 0x40),
            ("wlan.asel.reserved", 0x80),
        ],
    ),
];

/// HT operation.
pub(super) const HT_OPERATION: &[Part] = &[
    U8("wlan.ht.info.primarychannel"),
    Bits(
        1,
        "wlan.ht.info.delim1",
        &[
            ("wlan.ht.info.secchanoffset", 0x3),
            ("wlan.ht.info.chanwidth", 0x4),
            ("wlan.ht.info.rifs", 0x8),
            ("wlan.ht.info.reserved_b4_b7", 0xf0),
        ],
    ),
    Bits(
        2,
        "wlan.ht.info.delim2",
        &[
            ("wlan.ht.info.ht_protection", 0x3),
            ("wlan.ht.info.greenfield", 0x4),
            ("wlan.ht.info.reserved_b11", 0x8),
            ("wlan.ht.info.obssnonht", 0x10),
            ("wlan.ht.info.chan_center_freq_seg_2", 0x1fe0),
            ("wlan.ht.info.reserved_b21_b23", 0xe000),
        ],
    ),
    Bits(
        2,
        "wlan.ht.info.delim3",
        &[
            ("wlan.ht.info.reserved_b24_b29", 0x3f),
            ("wlan.ht.info.dualbeacon", 0x40),
            ("wlan.ht.info.dualcts", 0x80),
            ("wlan.ht.info.secondarybeacon", 0x100),
            ("wlan.ht.info.lsigprotsupport", 0x200),
            ("wlan.ht.info.pco.active", 0x400),
            ("wlan.ht.info.pco.phase", 0x800),
            ("wlan.ht.info.reserved_b36_b39", 0xf000),
        ],
    ),
    Group(HT_MCS_SET),
];

/// VHT capabilities.
pub(super) const VHT_CAPABILITIES: &[Part] = &[
    Bits(
        4,
        "wlan.vht.capabilities",
        &[
            ("wlan.vht.capabilities.maxmpdulength", 0x3),
            ("wlan.vht.capabilities.supportedchanwidthset", 0xc),
            ("wlan.vht.capabilities.rxldpc", 0x10),
            ("wlan.vht.capabilities.short80", 0x20),
            ("wlan.vht.capabilities.short160", 0x40),
            ("wlan.vht.capabilities.txstbc", 0x80),
            ("wlan.vht.capabilities.rxstbc", 0x700),
            ("wlan.vht.capabilities.subeamformer", 0x800),
            ("wlan.vht.capabilities.subeamformee", 0x1000),
            ("wlan.vht.capabilities.beamformee_sts_cap", 0xe000),
            ("wlan.vht.capabilities.soundingdimensions", 0x7_0000),
            ("wlan.vht.capabilities.mubeamformer", 0x8_0000),
            ("wlan.vht.capabilities.mubeamformee", 0x10_0000),
            ("wlan.vht.capabilities.vhttxopps", 0x20_0000),
            ("wlan.vht.capabilities.vhthtc", 0x40_0000),
            ("wlan.vht.capabilities.maxampdu", 0x380_0000),
            ("wlan.vht.capabilities.linkadapt", 0xc00_0000),
            ("wlan.vht.capabilities.rxpatconsist", 0x1000_0000),
            ("wlan.vht.capabilities.txpatconsist", 0x2000_0000),
            ("wlan.vht.capabilities.ext_nss_bw_support", 0xc000_0000),
        ],
    ),
    Bits(
        2,
        "wlan.vht.mcsset.rxmcsmap",
        &[
            ("wlan.vht.mcsset.rxmcsmap.ss1", 0x3),
            ("wlan.vht.mcsset.rxmcsmap.ss2", 0xc),
            ("wlan.vht.mcsset.rxmcsmap.ss3", 0x30),
            ("wlan.vht.mcsset.rxmcsmap.ss4", 0xc0),
            ("wlan.vht.mcsset.rxmcsmap.ss5", 0x300),
            ("wlan.vht.mcsset.rxmcsmap.ss6", 0xc00),
            ("wlan.vht.mcsset.rxmcsmap.ss7", 0x3000),
            ("wlan.vht.mcsset.rxmcsmap.ss8", 0xc000),
        ],
    ),
    Bits(
        2,
        "",
        &[
            ("wlan.vht.mcsset.rxhighestlonggirate", 0x1fff),
            ("wlan.vht.mcsset.max_nsts_total", 0xe000),
        ],
    ),
    Bits(
        2,
        "wlan.vht.mcsset.txmcsmap",
        &[
            ("wlan.vht.mcsset.txmcsmap.ss1", 0x3),
            ("wlan.vht.mcsset.txmcsmap.ss2", 0xc),
            ("wlan.vht.mcsset.txmcsmap.ss3", 0x30),
            ("wlan.vht.mcsset.txmcsmap.ss4", 0xc0),
            ("wlan.vht.mcsset.txmcsmap.ss5", 0x300),
            ("wlan.vht.mcsset.txmcsmap.ss6", 0xc00),
            ("wlan.vht.mcsset.txmcsmap.ss7", 0x3000),
            ("wlan.vht.mcsset.txmcsmap.ss8", 0xc000),
        ],
    ),
    Bits(
        2,
        "",
        &[
            ("wlan.vht.mcsset.txhighestlonggirate", 0x1fff),
            ("wlan.vht.ncsset.ext_nss_bw_cap", 0x2000),
            ("wlan.vht.ncsset.reserved", 0xc000),
        ],
    ),
];

/// VHT operation.
pub(super) const VHT_OPERATION: &[Part] = &[
    U8("wlan.vht.op.channelwidth"),
    U8("wlan.vht.op.channelcenter0"),
    U8("wlan.vht.op.channelcenter1"),
    Bits(
        2,
        "wlan.vht.op.basicmcsmap",
        &[
            ("wlan.vht.op.basicmcsmap.ss1", 0x3),
            ("wlan.vht.op.basicmcsmap.ss2", 0xc),
            ("wlan.vht.op.basicmcsmap.ss3", 0x30),
            ("wlan.vht.op.basicmcsmap.ss4", 0xc0),
            ("wlan.vht.op.basicmcsmap.ss5", 0x300),
            ("wlan.vht.op.basicmcsmap.ss6", 0xc00),
            ("wlan.vht.op.basicmcsmap.ss7", 0x3000),
            ("wlan.vht.op.basicmcsmap.ss8", 0xc000),
        ],
    ),
];
