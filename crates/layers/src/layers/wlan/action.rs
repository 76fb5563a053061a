//! Action frames, IEEE Std 802.11 section 9.6: a category, an action, and what both ask for.

use super::management::{AID, CAPABILITIES, STATUS};
use crate::layout::Layout;
use crate::layout::Part::{self, Be, Bits, Mac, U8, U16, U32};

/// What a category says of its frames: Wireshark's name for the action, and the fields behind it.
struct Action {
    name: &'static str,
    fields: &'static [Part],
    /// Whether elements follow.
    elements: bool,
}

const TOKEN: Part = U8("wlan.fixed.dialog_token");
/// Radio measurement has another name for its token.
const RADIO_TOKEN: Part = U8("wlan.rm.dialog_token");
const BLOCK_ACK_PARAMETERS: Part = Bits(
    2,
    "wlan.fixed.baparams",
    &[
        ("wlan.fixed.baparams.amsdu", 0x1),
        ("wlan.fixed.baparams.policy", 0x2),
        ("wlan.fixed.baparams.tid", 0x3c),
        ("wlan.fixed.baparams.buffersize", 0xffc0),
    ],
);
/// The first frame that a block ack speaks of.
pub(super) const STARTING_SEQUENCE: Part = Bits(
    2,
    "wlan.fixed.ssc",
    &[("wlan.fixed.ssc.fragment", 0xf), ("wlan.fixed.ssc.sequence", 0xfff0)],
);
const CHANNEL_SWITCH: Part = Bits(
    4,
    "wlan.fixed.extchansw",
    &[
        ("wlan.fixed.extchansw.switchmode", 0xff),
        ("wlan.fixed.extchansw.new.opeclass", 0xff00),
        ("wlan.fixed.extchansw.new.channumber", 0xff_0000),
        ("wlan.extchansw.switchcount", 0xff00_0000),
    ],
);
const TRAFFIC_STREAM: Part = Bits(
    3,
    "wlan.ts_info",
    &[
        ("wlan.ts_info.type", 0x1),
        ("wlan.ts_info.tsid", 0x1e),
        ("wlan.ts_info.dir", 0x60),
        ("wlan.ts_info.access", 0x180),
        ("wlan.ts_info.agg", 0x200),
        ("wlan.ts_info.apsd", 0x400),
        ("wlan.ts_info.up", 0x3800),
        ("wlan.ts_info.ack", 0xc000),
        ("wlan.ts_info.sched", 0x1_0000),
        ("wlan.ts_info.rsv", 0xfe_0000),
    ],
);
const POWER_SAVE: Part = Bits(
    1,
    "wlan.fixed.sm.powercontrol",
    &[
        ("wlan.fixed.sm.powercontrol.enabled", 0x1),
        ("wlan.fixed.sm.powercontrol.mode", 0x2),
        ("wlan.fixed.sm.powercontrol.reserved", 0xfc),
    ],
);
const DELETE_BLOCK_ACK: Part = Bits(
    2,
    "wlan.fixed.delba.param",
    &[
        ("wlan.fixed.delba.param.reserved", 0x7ff),
        ("wlan.fixed.delba.param.initiator", 0x800),
        ("wlan.fixed.delba.param.tid", 0xf000),
    ],
);
const TRANSITION_MODE: Part = Bits(
    1,
    "",
    &[
        ("wlan.fixed.request_mode.pref_cand", 0x1),
        ("wlan.fixed.request_mode.abridged", 0x2),
        ("wlan.fixed.request_mode.disassoc_imminent", 0x4),
        ("wlan.fixed.request_mode.bss_term_included", 0x8),
        ("wlan.fixed.request_mode.ess_disassoc_imminent", 0x10),
    ],
);

const fn with(name: &'static str, fields: &'static [Part]) -> Action {
    Action { name, fields, elements: true }
}

/// Something else than elements follows, or nobody knows what.
const fn alone(name: &'static str, fields: &'static [Part]) -> Action {
    Action { name, fields, elements: false }
}

/// The frames of a category that has an entry here.
#[allow(clippy::too_many_lines, clippy::match_same_arms, reason = "a list in the standard's order")]
fn action(category: u8, action: u8) -> Option<Action> {
    const PLAIN: &str = "wlan.fixed.action_code";
    const PUBLIC: &str = "wlan.fixed.publicact";
    const HT: &str = "wlan.fixed.htact";
    const MESH: &str = "wlan.fixed.mesh_action";
    const SELF: &str = "wlan.fixed.selfprot_action";
    Some(match (category, action) {
        // Spectrum management.
        (0, 4) => with(PLAIN, &[]),
        (0, 0..=3) => with(PLAIN, &[TOKEN]),
        // QoS.
        (1, 0) => with(PLAIN, &[TOKEN]),
        (1, 1) => with(PLAIN, &[TOKEN, STATUS]),
        (1, 2) => alone(PLAIN, &[TRAFFIC_STREAM, U16("wlan.fixed.reason_code")]),
        (1, 3) => with(PLAIN, &[]),
        // Direct links.
        (2, 0) => with(
            PLAIN,
            &[
                Mac("wlan.fixed.dst_mac_addr"),
                Mac("wlan.fixed.src_mac_addr"),
                CAPABILITIES,
                U16("wlan.fixed.dls_timeout"),
            ],
        ),
        // Block acks.
        (3, 0) => with(
            PLAIN,
            &[TOKEN, BLOCK_ACK_PARAMETERS, U16("wlan.fixed.batimeout"), STARTING_SEQUENCE],
        ),
        (3, 1) => with(PLAIN, &[TOKEN, STATUS, BLOCK_ACK_PARAMETERS, U16("wlan.fixed.batimeout")]),
        (3, 2) => with(PLAIN, &[DELETE_BLOCK_ACK, U16("wlan.fixed.reason_code")]),
        // Public, and the same protected.
        (4 | 9, 0) => with(PUBLIC, &[]),
        (4 | 9, 4) => with(PUBLIC, &[CHANNEL_SWITCH]),
        (4, 14) => with(PUBLIC, &[TOKEN, CAPABILITIES]),
        (4, 32) => with(PUBLIC, &[U8("wlan.fixed.trigger")]),
        (4 | 9, 9) => alone(PUBLIC, &[Be(3, "wlan.tag.oui")]),
        (4 | 9, 10 | 12) => alone(PUBLIC, &[TOKEN]),
        (4 | 9, 11) => alone(PUBLIC, &[TOKEN, STATUS, U16("wlan.fixed.gas_comeback_delay")]),
        (4, 33) => alone(
            PUBLIC,
            &[
                TOKEN,
                U8("wlan.fixed.followup_dialog_token"),
                Bits(6, "wlan.fixed.ftm_tod", &[]),
                Bits(6, "wlan.fixed.ftm_toa", &[]),
                U16("wlan.fixed.ftm_tod_err"),
                U16("wlan.fixed.ftm_toa_err"),
            ],
        ),
        (4 | 9, _) => alone(PUBLIC, &[]),
        // Radio measurement.
        (5, 0) => alone(PLAIN, &[RADIO_TOKEN, Be(2, "wlan.rm.repetitions")]),
        (5, 2) => with(PLAIN, &[RADIO_TOKEN, U8("wlan.rm.tx_power"), U8("wlan.rm.max_tx_power")]),
        (5, 1) => alone(PLAIN, &[RADIO_TOKEN]),
        (5, 3) => with(
            PLAIN,
            &[
                RADIO_TOKEN,
                U8("wlan.rm.tpc.element_id"),
                U8("wlan.rm.tpc.length"),
                U8("wlan.rm.tpc.tx_power"),
                U8("wlan.rm.tpc.link_margin"),
                U8("wlan.rm.rx_antenna_id"),
                U8("wlan.rm.tx_antenna_id"),
                U8("wlan.rm.rcpi"),
                U8("wlan.rm.rsni"),
            ],
        ),
        (5, 4 | 5) => with(PLAIN, &[RADIO_TOKEN]),
        // Fast transition.
        (6, 1 | 3) => {
            with(PLAIN, &[Mac("wlan.fixed.sta_address"), Mac("wlan.fixed.target_ap_address")])
        }
        (6, 2) => with(
            PLAIN,
            &[Mac("wlan.fixed.sta_address"), Mac("wlan.fixed.target_ap_address"), STATUS],
        ),
        // High throughput.
        (7, 0) => alone(HT, &[U8("wlan.fixed.chanwidth")]),
        (7, 1) => alone(HT, &[POWER_SAVE]),
        (7, _) => alone(HT, &[]),
        // Security association queries.
        (8, 0 | 1) => with(PLAIN, &[U16("wlan.fixed.transaction_id")]),
        // Wireless network management.
        (10, 6) => alone(PLAIN, &[TOKEN, U8("wlan.fixed.bss_transition_query_reason")]),
        (10, 7) => alone(
            PLAIN,
            &[
                TOKEN,
                TRANSITION_MODE,
                U16("wlan.fixed.disassoc_timer"),
                U8("wlan.fixed.validity_interval"),
            ],
        ),
        (10, 8) => alone(
            PLAIN,
            &[
                TOKEN,
                U8("wlan.fixed.bss_transition_status_code"),
                U8("wlan.fixed.bss_termination_delay"),
            ],
        ),
        (10, 26) => alone(PLAIN, &[TOKEN, U8("wlan.fixed.wnm_notification_type")]),
        (10, _) => alone(PLAIN, &[TOKEN]),
        // Tunneled direct links.
        (12, 0) => with(PLAIN, &[TOKEN, CAPABILITIES]),
        (12, 10) => with(PLAIN, &[TOKEN]),
        // Meshes.
        (13, _) => with(MESH, &[]),
        (14, _) => with(
            "wlan.fixed.multihop_action",
            &[
                U8("wlan.fixed.mesh_flags"),
                U8("wlan.fixed.mesh_ttl"),
                U32("wlan.fixed.mesh_sequence"),
            ],
        ),
        (15, 1) => with(SELF, &[CAPABILITIES]),
        (15, 2) => with(SELF, &[CAPABILITIES, AID]),
        (15, _) => with(SELF, &[]),
        // Wi-Fi Multimedia.
        (17, _) => with(PLAIN, &[TOKEN, U8("wlan.fixed.status_code")]),
        // Very high throughput and high efficiency.
        (21, _) => alone("wlan.vht.action", &[]),
        (30, _) => alone("wlan.he.action", &[]),
        _ => return None,
    })
}

/// Bytes in front of the elements, if elements follow.
pub(super) fn fixed_len(body: &[u8]) -> Option<usize> {
    let &[category, number] = body.first_chunk()?;
    let action = action(category, number).filter(|action| action.elements)?;
    let mut sink = |_: crate::Field<'_>| {};
    let mut layout = Layout::new(body.get(2..)?, 2, &mut sink);
    layout.read(action.fields)?;
    Some(layout.at())
}

/// Reports category, action and fields; nothing, if no elements follow.
pub(super) fn report(layout: &mut Layout<'_, '_>) -> Option<()> {
    let category = *layout.rest().first()?;
    layout.le(1, "wlan.fixed.category_code")?;
    let number = *layout.rest().first()?;
    let action = action(category, number)?;
    layout.le(1, action.name)?;
    layout.read(action.fields)?;
    action.elements.then_some(())
}
