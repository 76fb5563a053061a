//! Wireshark's names for what is in a frame of IEEE 802.15.4.

use super::{Wpan, WpanAddress, WpanElements, WpanFrameType, WpanSecurity};
use crate::layout::Part::{self, Bits, Rest, U8, U16};
use crate::layout::{Bits as Table, Layout};
use crate::{FieldSink, Value};

/// Frame control.
const CONTROL: &Table = &[
    ("wpan.frame_type", 0x7),
    ("wpan.security", 0x8),
    ("wpan.pending", 0x10),
    ("wpan.ack_request", 0x20),
    ("wpan.pan_id_compression", 0x40),
    ("wpan.fcf.reserved", 0x80),
    ("wpan.seqno_suppression", 0x100),
    ("wpan.ie_present", 0x200),
    ("wpan.dst_addr_mode", 0xc00),
    ("wpan.version", 0x3000),
    ("wpan.src_addr_mode", 0xc000),
];

/// How a beacon shares out time.
const SUPERFRAME: Part = Bits(
    2,
    "",
    &[
        ("wpan.beacon_order", 0xf),
        ("wpan.superframe_order", 0xf0),
        ("wpan.cap", 0xf00),
        ("wpan.battery_ext", 0x1000),
        ("wpan.bcn_coord", 0x4000),
        ("wpan.assoc_permit", 0x8000),
    ],
);

/// Reports a frame.
pub(super) fn report(frame: &Wpan<'_>, sink: &mut dyn FieldSink) {
    // The parts that the view has are there.
    let _ = front(frame, &mut Layout::new(frame.front, 0, sink));
    let payload_at = frame.front.len();
    if !frame.is_secured() {
        let mut layout = Layout::new(frame.payload, payload_at, sink);
        // What is cut short is reported as far as it is there.
        let _ = match frame.frame_type() {
            WpanFrameType::BEACON if frame.version() < super::VERSION_2015 => beacon(&mut layout),
            WpanFrameType::COMMAND => command(&mut layout),
            _ => None,
        };
    }
    let mic_at = payload_at.saturating_add(frame.payload.len());
    let fcs_at = mic_at.saturating_add(frame.mic.len());
    if !frame.mic.is_empty() {
        sink.bytes("wpan.mic", frame.mic, mic_at..fcs_at);
    }
    if let Ok(fcs) = <[u8; 2]>::try_from(frame.fcs) {
        sink.number("wpan.fcs", u16::from_le_bytes(fcs), fcs_at..fcs_at.saturating_add(2));
    }
}

fn front(frame: &Wpan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    if frame.frame_type() == WpanFrameType::MULTIPURPOSE {
        frame.multipurpose_fields(layout)?;
    } else {
        let control = layout.le(2, "wpan.fcf")?;
        layout.bits(control, CONTROL);
    }
    if frame.sequence_number.is_some() {
        layout.le(1, "wpan.seq_no")?;
    }
    if frame.destination_pan.is_some() {
        layout.le(2, "wpan.dst_pan")?;
    }
    address(frame.destination, ["wpan.dst16", "wpan.dst64"], layout)?;
    if frame.source_pan.is_some() {
        layout.le(2, "wpan.src_pan")?;
    }
    address(frame.source, ["wpan.src16", "wpan.src64"], layout)?;
    if let Some(security) = &frame.security {
        secured(security, layout)?;
    }
    if frame.security_2003.is_some() {
        layout.le(4, "wpan.sec_frame_counter")?;
        layout.le(1, "wpan.sec_key_sequence_counter")?;
    }
    elements(frame.header_elements(), false, layout)?;
    // Behind an element that is cut short nothing can be told.
    layout.take(
        frame.front.len().checked_sub(frame.payload_elements.len())?.checked_sub(layout.at())?,
    )?;
    elements(frame.payload_elements(), true, layout)
}

fn address(
    address: WpanAddress,
    [short, extended]: [&'static str; 2],
    layout: &mut Layout<'_, '_>,
) -> Option<()> {
    match address {
        WpanAddress::None => Some(()),
        WpanAddress::Short(_) => layout.le(2, short).map(drop),
        WpanAddress::Extended(number) => {
            layout.take(8)?;
            layout.value(extended, Value::Bytes(&number.to_be_bytes()));
            Some(())
        }
    }
}

fn secured(security: &WpanSecurity<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.read(&[Bits(
        1,
        "wpan.aux_sec.security_control_field",
        &[
            ("wpan.aux_sec.sec_level", 0x7),
            ("wpan.aux_sec.key_id_mode", 0x18),
            ("wpan.aux_sec.frame_counter_suppression", 0x20),
            ("wpan.aux_sec.asn_in_nonce", 0x40),
            ("wpan.aux_sec.reserved", 0x80),
        ],
    )])?;
    if security.frame_counter.is_some() {
        layout.le(4, "wpan.aux_sec.frame_counter")?;
    }
    if !security.key_source.is_empty() {
        layout.be(security.key_source.len(), "wpan.aux_sec.key_source")?;
    }
    if security.key_index.is_some() {
        layout.le(1, "wpan.aux_sec.key_index")?;
    }
    Some(())
}

/// Elements of the header or the payload.
fn elements(
    mut elements: WpanElements<'_>,
    is_payload: bool,
    layout: &mut Layout<'_, '_>,
) -> Option<()> {
    while let Some(element) = layout.sound(elements.next(), layout.at()) {
        layout.read(if is_payload { PAYLOAD_DESCRIPTOR } else { HEADER_DESCRIPTOR })?;
        let mut content = layout.split(element.content.len())?;
        // A field that is cut short ends its element, and no other.
        let _ = match (is_payload, element.id) {
            (false, 0) => content
                .le(3, "wpan.header_ie.vendor_specific.vendor_oui")
                .and_then(|_| content.read(&[Rest("wpan.header_ie.vendor_specific.content")])),
            (false, 0x1e) => time_correction(&mut content),
            (true, 1) => content.read(&[Part::Skip(0)]).and_then(|()| management(&mut content)),
            (true, 2) => content.le(3, "wpan.payload_ie.vendor.oui").map(drop),
            _ => None,
        };
    }
    Some(())
}

const HEADER_DESCRIPTOR: &[Part] = &[Bits(
    2,
    "wpan.header_ie_tlv",
    &[
        ("wpan.header_ie.type", 0x8000),
        ("wpan.header_ie.id", 0x7f80),
        ("wpan.header_ie.length", 0x7f),
    ],
)];

const PAYLOAD_DESCRIPTOR: &[Part] = &[Bits(
    2,
    "wpan.payload_ie_tlv",
    &[
        ("wpan.payload_ie.type", 0x8000),
        ("wpan.payload_ie.id", 0x7800),
        ("wpan.payload_ie.length", 0x7ff),
    ],
)];

/// How far the clock of the sender of a frame is off, 12 bits with a sign.
fn time_correction(layout: &mut Layout<'_, '_>) -> Option<()> {
    let word = layout.le(2, "wpan.header_ie.time_correction.time_sync_info")?;
    let number = i64::try_from(word & 0xfff).ok()?;
    let signed = if number & 0x800 != 0 { number.saturating_sub(0x1000) } else { number };
    layout.value("wpan.header_ie.time_correction.value", Value::Signed(signed));
    layout.bits(word, &[("wpan.nack", 0x8000)]);
    Some(())
}

/// Elements inside the element of management: short or long, by the highest bit.
fn management(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// The time of a network with slots.
    const TSCH_SYNCHRONIZATION: u64 = 0x1a;
    while !layout.rest().is_empty() {
        let word = layout.le(2, "wpan.mlme.ie")?;
        if word & 0x8000 != 0 {
            return None;
        }
        layout.bits(
            word,
            &[
                ("wpan.mlme.ie.type", 0x8000),
                ("wpan.mlme.ie.id", 0x7f00),
                ("wpan.mlme.ie.length", 0xff),
            ],
        );
        let mut content = layout.split(usize::try_from(word & 0xff).ok()?)?;
        if word >> 8 & 0x7f == TSCH_SYNCHRONIZATION {
            content.le(5, "wpan.tsch.asn")?;
            content.le(1, "wpan.tsch.join_metric")?;
        }
    }
    Some(())
}

fn beacon(layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.read(&[SUPERFRAME])?;
    let slots = layout.le(1, "")?;
    layout.bits(slots, &[("wpan.gts.count", 0x7), ("wpan.gts.permit", 0x80)]);
    if slots & 7 != 0 {
        let directions = layout.le(1, "")?;
        for slot in 0..slots & 7 {
            layout.value("wpan.gts.direction", Value::Flag(directions >> slot & 1 != 0));
        }
        for _ in 0..slots & 7 {
            layout.read(&[U16("wpan.gts.address"), Part::Skip(1)])?;
        }
    }
    let pending = layout.le(1, "")?;
    for _ in 0..pending & 7 {
        layout.le(2, "wpan.pending16")?;
    }
    for _ in 0..pending >> 4 & 7 {
        let address = layout.take(8)?;
        let number = u64::from_le_bytes(*address.as_array()?);
        layout.value("wpan.pending64", Value::Bytes(&number.to_be_bytes()));
    }
    Some(())
}

fn command(layout: &mut Layout<'_, '_>) -> Option<()> {
    match layout.le(1, "wpan.cmd")? {
        // Association request.
        1 => layout.read(&[Bits(
            1,
            "",
            &[
                ("wpan.cinfo.alt_coord", 0x1),
                ("wpan.cinfo.device_type", 0x2),
                ("wpan.cinfo.power_src", 0x4),
                ("wpan.cinfo.idle_rx", 0x8),
                ("wpan.cinfo.sec_capable", 0x40),
                ("wpan.cinfo.alloc_addr", 0x80),
            ],
        )]),
        // Association response.
        2 => layout.read(&[U16("wpan.asoc.addr"), U8("wpan.assoc.status")]),
        // Disassociation notification.
        3 => layout.read(&[U8("wpan.disassoc.reason")]),
        // Coordinator realignment.
        8 => layout.read(&[
            U16("wpan.realign.pan"),
            U16("wpan.realign.addr"),
            U8("wpan.realign.channel"),
            U16("wpan.realign.addr"),
        ]),
        // Request for a guaranteed time slot.
        9 => layout.read(&[Bits(
            1,
            "",
            &[
                ("wpan.gtsreq.length", 0xf),
                ("wpan.gtsreq.direction", 0x10),
                ("wpan.gtsreq.type", 0x20),
            ],
        )]),
        _ => Some(()),
    }
}
