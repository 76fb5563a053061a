//! Tables of the elements of management frames, IEEE Std 802.11 section 9.4.2.

use std::ops::RangeInclusive;

use super::capabilities::{HT_CAPABILITIES, HT_OPERATION, VHT_CAPABILITIES, VHT_OPERATION};
use super::extended_capabilities::EXTENDED_CAPABILITIES;
use crate::layout::Part::{self, Bits, Bytes, Each, I8, Mac, Repeat, Rest, RestText, U8, U16, U32};

/// Lengths that an element may have, and its fields.
type Structure = (RangeInclusive<usize>, &'static [Part]);

const fn exact(len: usize, parts: &'static [Part]) -> Structure {
    (len..=len, parts)
}

const fn any(parts: &'static [Part]) -> Structure {
    (0..=u8::MAX as usize, parts)
}

/// The structure of an element that needs no program. One of another length is shown as it is.
#[allow(clippy::too_many_lines, reason = "a list")]
pub(super) fn structure(id: u8) -> Option<Structure> {
    Some(match id {
        1 => any(&[Each("wlan.supported_rates")]),
        2 => exact(
            5,
            &[
                U16("wlan.fh.dwell_time"),
                U8("wlan.fh.hop_set"),
                U8("wlan.fh.hop_pattern"),
                U8("wlan.fh.hop_index"),
            ],
        ),
        3 => exact(1, &[U8("wlan.ds.current_channel")]),
        4 => exact(
            6,
            &[
                U8("wlan.cfp.count"),
                U8("wlan.cfp.period"),
                U16("wlan.cfp.max_duration"),
                U16("wlan.cfp.dur_remaining"),
            ],
        ),
        6 => exact(2, &[U16("wlan.ibss.atim_windows")]),
        10 => any(&[Each("wlan.tag.request")]),
        11 => exact(5, &[U16("wlan.qbss.scount"), U8("wlan.qbss.cu"), U16("wlan.qbss.adc")]),
        16 => any(&[Rest("wlan.tag.challenge_text")]),
        32 => exact(1, &[U8("wlan.powercon.local")]),
        33 => exact(2, &[I8("wlan.powercap.min"), U8("wlan.powercap.max")]),
        35 => exact(2, &[I8("wlan.tcprep.trsmt_pow"), U8("wlan.tcprep.link_mrg")]),
        36 => any(&[Repeat(&[U8("wlan.supchan.first"), U8("wlan.supchan.range")])]),
        37 => exact(
            3,
            &[
                U8("wlan.csa.channel_switch_mode"),
                U8("wlan.csa.new_channel_number"),
                U8("wlan.csa.channel_switch.count"),
            ],
        ),
        40 => exact(
            6,
            &[
                U8("wlan.quiet.count"),
                U8("wlan.quiet.period"),
                U16("wlan.quiet.duration"),
                U16("wlan.quiet.offset"),
            ],
        ),
        42 => exact(
            1,
            &[Bits(
                1,
                "wlan.erp_info",
                &[
                    ("wlan.erp_info.erp_present", 0x1),
                    ("wlan.erp_info.use_protection", 0x2),
                    ("wlan.erp_info.barker_preamble_mode", 0x4),
                    ("wlan.erp_info.reserved", 0xf8),
                ],
            )],
        ),
        45 => exact(26, HT_CAPABILITIES),
        46 => exact(
            1,
            &[Bits(
                1,
                "wlan.fixed.qosinfo.ap",
                &[
                    ("wlan.fixed.qosinfo.ap.edcaupdate", 0xf),
                    ("wlan.fixed.qosinfo.ap.qack", 0x10),
                    ("wlan.fixed.qosinfo.ap.queue_req", 0x20),
                    ("wlan.fixed.qosinfo.ap.txopreq", 0x40),
                    ("wlan.fixed.qosinfo.ap.more_data_ack", 0x80),
                ],
            )],
        ),
        50 => any(&[Each("wlan.extended_supported_rates")]),
        51 => any(&[
            U8("wlan.ap_channel_report.operating_class"),
            Each("wlan.ap_channel_report.channel_list"),
        ]),
        52 => any(&[
            Mac("wlan.nreport.bssid"),
            Bits(
                4,
                "wlan.nreport.bssid.info",
                &[
                    ("wlan.nreport.bssid.info.reachability", 0x3),
                    ("wlan.nreport.bssid.info.security", 0x4),
                    ("wlan.nreport.bssid.info.keyscope", 0x8),
                    ("wlan.nreport.bssid.info.capability", 0x3f0),
                    ("wlan.nreport.bssid.info.capability.specmngt", 0x10),
                    ("wlan.nreport.bssid.info.capability.qos", 0x20),
                    ("wlan.nreport.bssid.info.capability.apsd", 0x40),
                    ("wlan.nreport.bssid.info.capability.radiomsnt", 0x80),
                    ("wlan.nreport.bssid.info.capability.dback", 0x100),
                    ("wlan.nreport.bssid.info.capability.iback", 0x200),
                    ("wlan.nreport.bssid.info.mobilitydomain", 0x400),
                    ("wlan.nreport.bssid.info.hthroughput", 0x800),
                    ("wlan.nreport.bssid.info.vht", 0x1000),
                    ("wlan.nreport.bssid.info.ftm", 0x2000),
                    ("wlan.nreport.bssid.info.he", 0x4000),
                    ("wlan.nreport.bssid.info.er_bss", 0x8000),
                    ("wlan.nreport.bssid.info.reserved", 0xffff_0000),
                ],
            ),
            U8("wlan.nreport.opeclass"),
            U8("wlan.nreport.channumber"),
            U8("wlan.nreport.phytype"),
        ]),
        54 => exact(
            3,
            &[
                U16("wlan.mobility_domain.mdid"),
                Bits(
                    1,
                    "wlan.mobility_domain.ft_capab",
                    &[
                        ("wlan.mobility_domain.ft_capab.ft_over_ds", 0x1),
                        ("wlan.mobility_domain.ft_capab.resource_req", 0x2),
                        ("wlan.mobility_domain.ft_capab.reserved", 0xfc),
                    ],
                ),
            ],
        ),
        55 => exact(
            82,
            &[
                Bits(
                    2,
                    "wlan.ft.mic_control",
                    &[
                        ("wlan.ft.mic_control.reserved", 0xff),
                        ("wlan.ft.mic_control.element_count", 0xff00),
                    ],
                ),
                Bytes(16, "wlan.ft.mic"),
                Bytes(32, "wlan.ft.anonce"),
                Bytes(32, "wlan.ft.snonce"),
            ],
        ),
        56 => exact(5, &[U8("wlan.timeout_int.type"), U32("wlan.timeout_int.value")]),
        59 => any(&[U8("wlan.supopeclass.current")]),
        60 => exact(
            4,
            &[Bits(
                4,
                "wlan.fixed.extchansw",
                &[
                    ("wlan.fixed.extchansw.switchmode", 0xff),
                    ("wlan.fixed.extchansw.new.opeclass", 0xff00),
                    ("wlan.fixed.extchansw.new.channumber", 0xff_0000),
                    ("wlan.extchansw.switchcount", 0xff00_0000),
                ],
            )],
        ),
        61 => exact(22, HT_OPERATION),
        62 => exact(1, &[U8("wlan.secchanoffset")]),
        66 => exact(1, &[U8("wlan.fixed.msmtpilotint")]),
        70 => exact(
            5,
            &[
                Bits(
                    1,
                    "wlan.rmcap",
                    &[
                        ("wlan.rmcap.b0", 0x1),
                        ("wlan.rmcap.b1", 0x2),
                        ("wlan.rmcap.b2", 0x4),
                        ("wlan.rmcap.b3", 0x8),
                        ("wlan.rmcap.b4", 0x10),
                        ("wlan.rmcap.b5", 0x20),
                        ("wlan.rmcap.b6", 0x40),
                        ("wlan.rmcap.b7", 0x80),
                    ],
                ),
                Bits(
                    1,
                    "wlan.rmcap",
                    &[
                        ("wlan.rmcap.b8", 0x1),
                        ("wlan.rmcap.b9", 0x2),
                        ("wlan.rmcap.b10", 0x4),
                        ("wlan.rmcap.b11", 0x8),
                        ("wlan.rmcap.b12", 0x10),
                        ("wlan.rmcap.b13", 0x20),
                        ("wlan.rmcap.b14", 0x40),
                        ("wlan.rmcap.b15", 0x80),
                    ],
                ),
                Bits(
                    1,
                    "wlan.rmcap",
                    &[
                        ("wlan.rmcap.b16", 0x1),
                        ("wlan.rmcap.b17", 0x2),
                        ("wlan.rmcap.b18to20", 0x1c),
                        ("wlan.rmcap.b21to23", 0xe0),
                    ],
                ),
                Bits(
                    1,
                    "wlan.rmcap",
                    &[
                        ("wlan.rmcap.b24to26", 0x7),
                        ("wlan.rmcap.b27", 0x8),
                        ("wlan.rmcap.b28", 0x10),
                        ("wlan.rmcap.b29", 0x20),
                        ("wlan.rmcap.b30", 0x40),
                        ("wlan.rmcap.b31", 0x80),
                    ],
                ),
                Bits(
                    1,
                    "wlan.rmcap",
                    &[
                        ("wlan.rmcap.b32", 0x1),
                        ("wlan.rmcap.b33", 0x2),
                        ("wlan.rmcap.b34", 0x4),
                        ("wlan.rmcap.b35", 0x8),
                        ("wlan.rmcap.o5", 0xf0),
                    ],
                ),
            ],
        ),
        71 => exact(1, &[U8("wlan.multiple_bssid")]),
        72 => exact(
            1,
            &[Bits(
                1,
                "wlan.20_40_bc",
                &[
                    ("wlan.20_40_bc.information_request", 0x1),
                    ("wlan.20_40_bc.forty_mhz_intolerant", 0x2),
                    ("wlan.20_40_bc.20_mhz_bss_width_request", 0x4),
                    ("wlan.20_40_bc.obss_scanning_exemption_request", 0x8),
                    ("wlan.20_40_bc.obss_scanning_exemption_grant", 0x10),
                    ("wlan.20_40_bc.reserved", 0xe0),
                ],
            )],
        ),
        74 => exact(
            14,
            &[
                U16("wlan.obss.spd"),
                U16("wlan.obss.sad"),
                U16("wlan.obss.cwtsi"),
                U16("wlan.obss.sptpc"),
                U16("wlan.obss.satpc"),
                U16("wlan.obss.wctdf"),
                U16("wlan.obss.sat"),
            ],
        ),
        76 => exact(
            16,
            &[U16("wlan.mmie.keyid"), Bytes(6, "wlan.mmie.ipn"), Bytes(8, "wlan.mmie.mic")],
        ),
        108 => any(&[
            Bits(
                1,
                "",
                &[("wlan.adv_proto.resp_len_limit", 0x7f), ("wlan.adv_proto.pame_bi", 0x80)],
            ),
            U8("wlan.adv_proto.id"),
        ]),
        113 => exact(
            7,
            &[
                U8("wlan.mesh.config.ps_protocol"),
                U8("wlan.mesh.config.ps_metric"),
                U8("wlan.mesh.config.cong_ctl"),
                U8("wlan.mesh.config.sync_method"),
                U8("wlan.mesh.config.auth_protocol"),
                Bits(
                    1,
                    "wlan.mesh.config.formation_info",
                    &[
                        ("wlan.mesh.formation_info.connect_to_mesh_gate", 0x1),
                        ("wlan.mesh.config.formation_info.num_peers", 0x7e),
                        ("wlan.mesh.formation_info.connect_to_as", 0x80),
                    ],
                ),
                Bits(
                    1,
                    "wlan.mesh.config.cap",
                    &[
                        ("wlan.mesh.config.cap.accept", 0x1),
                        ("wlan.mesh.config.cap.mcca_support", 0x2),
                        ("wlan.mesh.config.cap.mcca_enabled", 0x4),
                        ("wlan.mesh.config.cap.forwarding", 0x8),
                        ("wlan.mesh.config.cap.mbca_enabled", 0x10),
                        ("wlan.mesh.config.cap.tbtt_adjusting", 0x20),
                        ("wlan.mesh.config.cap.power_save_level", 0x40),
                        ("wlan.mesh.config.cap.reserved", 0x80),
                    ],
                ),
            ],
        ),
        114 => any(&[RestText("wlan.mesh.id")]),
        117 => any(&[U16("wlan.peering.proto"), U16("wlan.peering.local_id")]),
        127 => any(EXTENDED_CAPABILITIES),
        191 => exact(12, VHT_CAPABILITIES),
        192 => exact(5, VHT_OPERATION),
        193 => exact(
            6,
            &[
                U16("wlan.ext_bss.mu_mimo_capable_sta_count"),
                U8("wlan.ext_bss.ss_underutilization"),
                U8("wlan.ext_bss.observable_sec_20mhz_utilization"),
                U8("wlan.ext_bss.observable_sec_40mhz_utilization"),
                U8("wlan.ext_bss.observable_sec_80mhz_utilization"),
            ],
        ),
        194 => exact(
            3,
            &[
                U8("wlan.wide_bw.new_channel_width"),
                U8("wlan.wide_bw.new_channel_center_freq_segment0"),
                U8("wlan.wide_bw.new_channel_center_freq_segment1"),
            ],
        ),
        195 => any(&[
            Bits(
                1,
                "wlan.vht.tpe.pwr_info",
                &[
                    ("wlan.vht.tpe.pwr_info.count", 0x7),
                    ("wlan.vht.tpe.pwr_info.unit", 0x38),
                    ("wlan.vht.tpe.pwr_info.reserved", 0xc0),
                ],
            ),
            U8("wlan.vht.tpe.pwr_constr_20"),
            U8("wlan.vht.tpe.pwr_constr_40"),
            U8("wlan.vht.tpe.pwr_constr_80"),
        ]),
        199 => exact(
            1,
            &[Bits(
                1,
                "wlan.operat_notification_mode",
                &[
                    ("wlan.operat_mode_field.channelwidth", 0x3),
                    ("wlan.operat_mode_field.reserved", 0xc),
                    ("wlan.operat_mode_field.rxnss", 0x70),
                    ("wlan.operat_mode_field.rxnsstype", 0x80),
                ],
            )],
        ),
        244 => any(&[Bits(
            1,
            "wlan.rsnx",
            &[
                ("wlan.rsnx.length", 0xf),
                ("wlan.rsnx.protected_twt_operations_support", 0x10),
                ("wlan.rsnx.sae_hash_to_element", 0x20),
                ("wlan.rsnx.reserved", 0xc0),
            ],
        )]),
        _ => return None,
    })
}
