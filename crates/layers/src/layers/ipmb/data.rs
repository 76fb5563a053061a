//! What the data of a command is, of those that a console sends: about the chassis, and to the
//! controller itself, "IPMI Specification" v2.0, chapters 20, 22, 27 and 28.

use crate::FieldSink;
use crate::layout::{Layout, Part};

/// Commands about the chassis: the group of the requests.
const CHASSIS: u8 = 0x00;
/// Commands to the controller.
const APPLICATION: u8 = 0x06;

/// Reports the data of a message, which start at this place of it. What is of other commands is
/// bytes to us.
pub(super) fn report(
    net_function: u8,
    command: u8,
    data: &[u8],
    at: usize,
    sink: &mut dyn FieldSink,
) {
    let is_response = net_function & 1 != 0;
    let parts = match (net_function & !1, is_response) {
        (CHASSIS, false) => chassis_request(command),
        (CHASSIS, true) => chassis_response(command),
        (APPLICATION, false) => application_request(command),
        (APPLICATION, true) => application_response(command),
        _ => &[],
    };
    // An answer may leave out all behind the completion code, or what newer versions have.
    let _ = Layout::new(data, at, sink).read(parts);
}

fn chassis_request(command: u8) -> &'static [Part] {
    match command {
        0x02 => &[Part::Bits(1, "", &[("ipmi.ch02.chassis_control", 0xf)])],
        0x04 => &[Part::U8("ipmi.ch04.interval"), Part::Bits(1, "", &[("ipmi.ch04.perm_on", 1)])],
        0x05 => &[
            Part::Bits(1, "", &[("ipmi.ch05.flags.fpl", 2), ("ipmi.ch05.flags.intrusion", 1)]),
            Part::U8("ipmi.ch05.fru_info"),
            Part::U8("ipmi.ch05.sdr"),
            Part::U8("ipmi.ch05.sel"),
            Part::U8("ipmi.ch05.sm"),
            Part::U8("ipmi.ch05.bridge"),
        ],
        0x06 => &[Part::Bits(1, "", &[("ipmi.ch06.rq_policy", 0x7)])],
        0x08 => &[Part::Bits(1, "", &[("ipmi.ch08.valid", 0x80), ("ipmi.ch08.selector", 0x7f)])],
        0x09 => &[
            Part::Bits(1, "", &[("ipmi.ch09.rq_param_select", 0x7f)]),
            Part::U8("ipmi.ch09.rq_set_select"),
            Part::U8("ipmi.ch09.rq_block_select"),
        ],
        _ => &[],
    }
}

fn chassis_response(command: u8) -> &'static [Part] {
    match command {
        0x00 => &[
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.ch00.cap.power_interlock", 8),
                    ("ipmi.ch00.cap.diag_int", 4),
                    ("ipmi.ch00.cap.fpl", 2),
                    ("ipmi.ch00.cap.intrusion", 1),
                ],
            ),
            Part::U8("ipmi.ch00.fru_info"),
            Part::U8("ipmi.ch00.sdr"),
            Part::U8("ipmi.ch00.sel"),
            Part::U8("ipmi.ch00.sm"),
            Part::U8("ipmi.ch00.bridge"),
        ],
        0x01 => CHASSIS_STATUS,
        0x06 => &[Part::Bits(
            1,
            "",
            &[
                ("ipmi.ch06.rs_support.powerup", 4),
                ("ipmi.ch06.rs_support.restore", 2),
                ("ipmi.ch06.rs_support.poweroff", 1),
            ],
        )],
        0x07 => &[Part::Bits(1, "", &[("ipmi.ch07.cause", 0xf)]), Part::U8("ipmi.ch07.chan")],
        0x09 => &[
            Part::Bits(1, "", &[("ipmi.ch09.rs_param_version", 0xf)]),
            Part::Bits(1, "", &[("ipmi.ch09.rs_valid", 0x80), ("ipmi.ch09.rs_param_select", 0x7f)]),
            Part::Rest("ipmi.ch09.rs_param_data"),
        ],
        0x0f => &[Part::U8("ipmi.ch0f.minpercnt"), Part::U32("ipmi.ch0f.counter")],
        _ => &[],
    }
}

const CHASSIS_STATUS: &[Part] = &[
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.ch01.cur_pwr.policy", 0x60),
            ("ipmi.ch01.cur_pwr.ctl_fault", 0x10),
            ("ipmi.ch01.cur_pwr.fault", 0x08),
            ("ipmi.ch01.cur_pwr.interlock", 0x04),
            ("ipmi.ch01.cur_pwr.overload", 0x02),
            ("ipmi.ch01.cur_pwr.powered", 0x01),
        ],
    ),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.ch01.last.on_via_ipmi", 0x10),
            ("ipmi.ch01.last.down_by_fault", 0x08),
            ("ipmi.ch01.last.interlock", 0x04),
            ("ipmi.ch01.last.overload", 0x02),
            ("ipmi.ch01.last.ac_failed", 0x01),
        ],
    ),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.ch01.identsupp", 0x40),
            ("ipmi.ch01.identstate", 0x30),
            ("ipmi.ch01.misc.fan", 0x08),
            ("ipmi.ch01.misc.drive", 0x04),
            ("ipmi.ch01.misc.fpl_active", 0x02),
            ("ipmi.ch01.misc.intrusion", 0x01),
        ],
    ),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.ch01.fpb.standby_allowed", 0x80),
            ("ipmi.ch01.fpb.diagintr_allowed", 0x40),
            ("ipmi.ch01.fpb.reset_allowed", 0x20),
            ("ipmi.ch01.fpb.poweroff_allowed", 0x10),
            ("ipmi.ch01.fpb.standby_disabled", 0x08),
            ("ipmi.ch01.fpb.diagintr_disabled", 0x04),
            ("ipmi.ch01.fpb.reset_disabled", 0x02),
            ("ipmi.ch01.fpb.poweroff_disabled", 0x01),
        ],
    ),
];

fn application_request(command: u8) -> &'static [Part] {
    match command {
        0x06 => &[
            Part::Bits(1, "", &[("ipmi.app06.syspwr.set", 0x80), ("ipmi.app06.syspwr.enum", 0x7f)]),
            Part::Bits(1, "", &[("ipmi.app06.devpwr.set", 0x80), ("ipmi.app06.devpwr.enum", 0x7f)]),
        ],
        0x24 => &[
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app24.timer_use.dont_log", 0x80),
                    ("ipmi.app24.timer_use.dont_stop", 0x40),
                    ("ipmi.app24.timer_use.timer_use", 0x07),
                ],
            ),
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app24.timer_action.interrupt", 0x70),
                    ("ipmi.app24.timer_action.timeout", 0x07),
                ],
            ),
            Part::U8("ipmi.app24.pretimeout"),
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app24.exp_flags.oem", 0x20),
                    ("ipmi.app24.exp_flags.sms_os", 0x10),
                    ("ipmi.app24.exp_flags.osload", 0x08),
                    ("ipmi.app24.exp_flags.biospost", 0x04),
                    ("ipmi.app24.exp_flags.biosfrb2", 0x02),
                ],
            ),
            Part::U16("ipmi.app24.initial_countdown"),
        ],
        0x38 => &[
            Part::Bits(1, "", &[("ipmi.app38.rq_ipmi20", 0x80), ("ipmi.app38.rq_chan", 0xf)]),
            Part::Bits(1, "", &[("ipmi.app38.rq_priv", 0xf)]),
        ],
        0x39 => {
            &[Part::Bits(1, "", &[("ipmi.app39.authtype", 0xf)]), Part::Name(16, "ipmi.app39.user")]
        }
        0x3a => &[
            Part::Bits(1, "", &[("ipmi.app3a.authtype", 0xf)]),
            Part::Bits(1, "", &[("ipmi.app3a.privlevel", 0xf)]),
            Part::Bytes(16, "ipmi.app3a.authcode"),
            Part::U32("ipmi.app3a.outbound_seq"),
        ],
        0x3b => &[Part::Bits(1, "", &[("ipmi.app3b.req_priv", 0xf)])],
        0x3c => &[Part::U32("ipmi.app3c.session_id"), Part::U8("ipmi.app3c.session_handle")],
        _ => &[],
    }
}

fn application_response(command: u8) -> &'static [Part] {
    match command {
        0x01 => DEVICE_ID,
        0x04 => &[Part::U8("ipmi.app04.self_test_result"), Part::U8("ipmi.app04.fail")],
        0x07 => &[
            Part::Bits(1, "", &[("ipmi.app07.syspwr", 0x7f)]),
            Part::Bits(1, "", &[("ipmi.app07.devpwr", 0x7f)]),
        ],
        0x08 => &[Part::Bytes(16, "ipmi.app08.guid")],
        0x25 => &[
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app25.timer_use.dont_log", 0x80),
                    ("ipmi.app25.timer_use.started", 0x40),
                    ("ipmi.app25.timer_use.timer_use", 0x07),
                ],
            ),
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app25.timer_action.interrupt", 0x70),
                    ("ipmi.app25.timer_action.timeout", 0x07),
                ],
            ),
            Part::U8("ipmi.app25.pretimeout"),
            Part::Bits(
                1,
                "",
                &[
                    ("ipmi.app25.exp_flags.oem", 0x20),
                    ("ipmi.app25.exp_flags.sms_os", 0x10),
                    ("ipmi.app25.exp_flags.osload", 0x08),
                    ("ipmi.app25.exp_flags.biospost", 0x04),
                    ("ipmi.app25.exp_flags.biosfrb2", 0x02),
                ],
            ),
            Part::U16("ipmi.app25.initial_countdown"),
            Part::U16("ipmi.app25.present_countdown"),
        ],
        0x38 => AUTHENTICATION_CAPABILITIES,
        0x39 => &[Part::U32("ipmi.app39.temp_session"), Part::Bytes(16, "ipmi.app39.challenge")],
        0x3a => &[
            Part::Bits(1, "", &[("ipmi.app3a.authtype_session", 0xf)]),
            Part::U32("ipmi.app3a.session_id"),
            Part::U32("ipmi.app3a.inbound_seq"),
            Part::Bits(1, "", &[("ipmi.app3a.maxpriv_session", 0xf)]),
        ],
        0x3b => &[Part::Bits(1, "", &[("ipmi.app3b.new_priv", 0xf)])],
        _ => &[],
    }
}

const DEVICE_ID: &[Part] = &[
    Part::U8("ipmi.app00.dev.id"),
    Part::Bits(1, "", &[("ipmi.app00.dev.provides_dev_sdr", 0x80), ("ipmi.app00.dev.rev", 0xf)]),
    Part::Bits(1, "", &[("ipmi.app01.dev.avail", 0x80), ("ipmi.app01.fw.major", 0x7f)]),
    Part::U8("ipmi.app01.fw.minor"),
    Part::U8("ipmi.app01.ipmi.version"),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.app01.ads.chassis", 0x80),
            ("ipmi.app01.ads.bridge", 0x40),
            ("ipmi.app01.ads.ipmb_ev_gen", 0x20),
            ("ipmi.app01.ads.ipmb_ev_recv", 0x10),
            ("ipmi.app01.ads.fru", 0x08),
            ("ipmi.app01.ads.sel", 0x04),
            ("ipmi.app01.ads.sdr", 0x02),
            ("ipmi.app01.ads.sensor", 0x01),
        ],
    ),
    Part::Bits(3, "ipmi.app01.manufacturer", &[]),
    Part::U16("ipmi.app01.product"),
    // May be left out.
    Part::Rest("ipmi.app01.fw.aux"),
];

const AUTHENTICATION_CAPABILITIES: &[Part] = &[
    Part::Bits(1, "", &[("ipmi.app38.rs_chan", 0xf)]),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.app38.rs_ipmi20", 0x80),
            ("ipmi.app38.rs_auth_oem", 0x20),
            ("ipmi.app38.rs_auth_straight", 0x10),
            ("ipmi.app38.rs_auth_md5", 0x04),
            ("ipmi.app38.rs_auth_md2", 0x02),
            ("ipmi.app38.rs_auth_none", 0x01),
        ],
    ),
    Part::Bits(
        1,
        "",
        &[
            ("ipmi.app38.rs_kg_status", 0x20),
            ("ipmi.app38.rs_permsg", 0x10),
            ("ipmi.app38.rs_userauth", 0x08),
            ("ipmi.app38.rs_user_nonnull", 0x04),
            ("ipmi.app38.rs_user_null", 0x02),
            ("ipmi.app38.rs_user_anon", 0x01),
        ],
    ),
    Part::Bits(1, "", &[("ipmi.app38.rs_ipmi20_conn", 0x02), ("ipmi.app38.rs_ipmi15_conn", 0x01)]),
    Part::Bits(3, "ipmi.app38.rs_oem_iana", &[]),
    Part::U8("ipmi.app38.rs_oem_aux"),
];
