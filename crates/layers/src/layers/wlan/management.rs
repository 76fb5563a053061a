//! The bodies of management frames, IEEE Std 802.11 section 9.3.3: fixed fields, then elements.

use super::element_fields::Sender;
use super::{Wlan, WlanElements, WlanFlags, WlanFrameType as T, action, element_fields};
use crate::layout::Layout;
use crate::layout::Part::{self, Bits, Bytes, Mac, Rest, Text, U8, U16, U64};

/// What a sender can do, section 9.4.1.4.
pub(super) const CAPABILITIES: Part = Bits(
    2,
    "wlan.fixed.capabilities",
    &[
        ("wlan.fixed.capabilities.ess", 0x1),
        ("wlan.fixed.capabilities.ibss", 0x2),
        ("wlan.fixed.capabilities.reserved1", 0x4),
        ("wlan.fixed.capabilities.reserved2", 0x8),
        ("wlan.fixed.capabilities.privacy", 0x10),
        ("wlan.fixed.capabilities.short_preamble", 0x20),
        ("wlan.fixed.capabilities.reserved3", 0x40),
        ("wlan.fixed.capabilities.reserved4", 0x80),
        ("wlan.fixed.capabilities.spec_man", 0x100),
        ("wlan.fixed.capabilities.qos", 0x200),
        ("wlan.fixed.capabilities.short_slot_time", 0x400),
        ("wlan.fixed.capabilities.apsd", 0x800),
        ("wlan.fixed.capabilities.radio_measurement", 0x1000),
        ("wlan.fixed.capabilities.epd", 0x2000),
        ("wlan.fixed.capabilities.reserved5", 0x4000),
        ("wlan.fixed.capabilities.reserved6", 0x8000),
    ],
);

/// The identifier of a station at its access point.
pub(super) const AID: Part = Bits(2, "", &[("wlan.fixed.aid", 0x3fff)]);
/// Why a request was granted or not.
pub(super) const STATUS: Part = U16("wlan.fixed.status_code");

/// Shared by several kinds of frame.
const LISTEN_INTERVAL: Part = U16("wlan.fixed.listen_ival");
const REASON: Part = U16("wlan.fixed.reason_code");
/// Simultaneous authentication of equals, section 12.4.
const SAE: u16 = 3;
/// A status of SAE: a token is asked for.
const TOKEN_REQUIRED: u16 = 76;

/// The fields in front of the elements, but for those of authentication and action.
fn fixed(kind: T) -> Option<&'static [Part]> {
    Some(match kind {
        T::ASSOCIATION_REQUEST => &[CAPABILITIES, LISTEN_INTERVAL],
        T::ASSOCIATION_RESPONSE | T::REASSOCIATION_RESPONSE => &[CAPABILITIES, STATUS, AID],
        T::REASSOCIATION_REQUEST => &[CAPABILITIES, LISTEN_INTERVAL, Mac("wlan.fixed.current_ap")],
        T::PROBE_REQUEST | T::ATIM => &[],
        T::PROBE_RESPONSE | T::BEACON => {
            &[U64("wlan.fixed.timestamp"), U16("wlan.fixed.beacon"), CAPABILITIES]
        }
        T::MEASUREMENT_PILOT => &[
            U64("wlan.fixed.timestamp"),
            U8("wlan.fixed.msmtpilotint"),
            U16("wlan.fixed.beacon"),
            CAPABILITIES,
            Text(3, "wlan.fixed.country"),
            U16("wlan.fixed.maxregpwr"),
            U8("wlan.fixed.maxtxpwr"),
            U8("wlan.fixed.txpwr"),
        ],
        T::DISASSOCIATION | T::DEAUTHENTICATION => &[REASON],
        _ => return None,
    })
}

/// Bytes in front of the elements, if elements are all that follows.
fn fixed_len(kind: T, body: &[u8]) -> Option<usize> {
    Some(match kind {
        T::ASSOCIATION_REQUEST => 4,
        T::ASSOCIATION_RESPONSE | T::REASSOCIATION_RESPONSE => 6,
        T::REASSOCIATION_REQUEST => 10,
        T::PROBE_REQUEST => 0,
        T::PROBE_RESPONSE | T::BEACON => 12,
        T::MEASUREMENT_PILOT => 20,
        T::DISASSOCIATION | T::DEAUTHENTICATION => 2,
        T::AUTHENTICATION if body.first_chunk::<2>() != Some(&SAE.to_le_bytes()) => 6,
        T::ACTION | T::ACTION_NO_ACK => return action::fixed_len(body),
        _ => return None,
    })
}

/// Whether the body is in clear.
fn is_clear(frame: &Wlan<'_>) -> bool {
    !frame.flags().contains(WlanFlags::PROTECTED)
        // The third frame of a shared key is protected by the key that it proves.
        && frame.frame_type().is_management()
}

/// The elements of a frame.
pub(super) fn elements<'a>(frame: &Wlan<'a>) -> WlanElements<'a> {
    let len = fixed_len(frame.frame_type(), frame.body).filter(|_| is_clear(frame));
    WlanElements::new(len.and_then(|len| frame.body.get(len..)).unwrap_or_default())
}

/// Reports the body of a management frame.
pub(super) fn report(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    if !is_clear(frame) {
        return None;
    }
    let kind = frame.frame_type();
    match kind {
        T::ACTION | T::ACTION_NO_ACK => action::report(layout)?,
        T::AUTHENTICATION => authentication(layout)?,
        _ => layout.read(fixed(kind)?)?,
    }
    let sender = match kind {
        T::ASSOCIATION_REQUEST | T::REASSOCIATION_REQUEST | T::PROBE_REQUEST => Sender::Station,
        _ => Sender::AccessPoint,
    };
    element_fields::report(sender, layout);
    Some(())
}

fn authentication(layout: &mut Layout<'_, '_>) -> Option<()> {
    let &[a, b, c, d, e, f] = layout.rest().first_chunk()?;
    layout.read(&[U16("wlan.fixed.auth.alg"), U16("wlan.fixed.auth_seq")])?;
    let [algorithm, sequence, status] = [[a, b], [c, d], [e, f]].map(u16::from_le_bytes);
    if algorithm == SAE {
        layout.number("wlan.fixed.sae_message_type", sequence.into());
    }
    layout.read(&[STATUS])?;
    match (algorithm, sequence, status) {
        (SAE, 1, TOKEN_REQUIRED) => layout
            .read(&[U16("wlan.fixed.finite_cyclic_group"), Rest("wlan.fixed.anti_clogging_token")]),
        (SAE, 1, _) => {
            // The lengths of the scalar and the element are those of the group's prime.
            let prime = match layout.le(2, "wlan.fixed.finite_cyclic_group")? {
                19 => 32,
                20 => 48,
                21 => 66,
                _ => return layout.take(layout.rest().len()).map(drop),
            };
            layout.read(&[
                Bytes(prime, "wlan.fixed.scalar"),
                Bytes(prime.saturating_mul(2), "wlan.fixed.finite_field_element"),
            ])
        }
        (SAE, 2, _) => {
            layout.read(&[U16("wlan.fixed.send_confirm"), Bytes(32, "wlan.fixed.confirm")])
        }
        _ => Some(()),
    }
}
