//! Wireshark's names for what is in the header of a frame.

use super::{Wlan, WlanFlags, WlanFrameType as T, WlanProtection, control, ht_control, management};
use crate::layout::{Bits, Layout};
use crate::{FieldSink, Value};

/// Fields of the first byte of frame control. Its second byte is the higher to Wireshark.
const FIRST: &Bits = &[("wlan.fc.version", 0x3), ("wlan.fc.type", 0xc), ("wlan.fc.subtype", 0xf0)];
/// Fields of the second byte.
const FLAGS: &Bits = &[
    ("wlan.fc.ds", 0x3),
    ("wlan.fc.frag", 0x4),
    ("wlan.fc.retry", 0x8),
    ("wlan.fc.pwrmgt", 0x10),
    ("wlan.fc.moredata", 0x20),
    ("wlan.fc.protected", 0x40),
    ("wlan.fc.order", 0x80),
];

/// Bytes of an address.
const ADDRESS: usize = 6;

/// Reports a frame.
pub(super) fn report(frame: &Wlan<'_>, sink: &mut dyn FieldSink) {
    let kind = frame.frame_type();
    let mut layout = Layout::new(&[], 0, sink);
    layout.place(0..2);
    frame_control(frame.header.frame_control.get(), &mut layout);
    layout.place(2..4);
    let duration = u64::from(frame.header.duration.get());
    if kind == T::PS_POLL {
        layout.number("wlan.aid", duration & 0x3fff);
    } else {
        // With the highest bit set it is no time: IEEE 802.11, section 9.2.4.2.
        layout.number("wlan.duration", duration & 0x7fff);
    }
    match kind {
        _ if kind.is_data() => data(frame, sink),
        _ if kind.is_management() => {
            addresses(frame, sink);
            let mut layout = rest_of(frame, sink);
            if frame.ht_control.is_some() {
                let _ = ht_control::report(&mut layout);
            }
            // What is cut short is reported as far as it is there.
            let _ = management::report(frame, &mut layout);
        }
        _ => {
            addresses(frame, sink);
            let _ = control::report(frame, &mut rest_of(frame, sink));
        }
    }
}

/// What stands behind the addresses, up to the payload.
fn rest_of<'a, 's>(frame: &Wlan<'a>, sink: &'s mut dyn FieldSink) -> Layout<'a, 's> {
    Layout::new(frame.behind_addresses, frame.addresses_len(), sink)
}

/// Reports the two bytes of frame control that were taken last.
pub(super) fn frame_control(control: u16, layout: &mut Layout<'_, '_>) {
    let [first, flags] = control.to_le_bytes();
    let kind = T::of(control);
    let subtype = match kind {
        // The flags are a part of the subtype.
        T::CONTROL_EXTENSION => 0x160 | u64::from(flags & 0xf),
        _ => kind.0.into(),
    };
    layout.number("wlan.fc.type_subtype", subtype);
    layout.number("wlan.fc", u16::from_be_bytes([first, flags]).into());
    layout.bits(first.into(), FIRST);
    layout.number("wlan.flags", flags.into());
    layout.bits(flags.into(), FLAGS);
}

/// Reports the addresses and the sequence control, under the names that the kind of frame and the
/// direction give them.
fn addresses(frame: &Wlan<'_>, sink: &mut dyn FieldSink) {
    let kind = frame.frame_type();
    let first = Value::Mac(frame.header.address1);
    let place = |number: usize| {
        let start = [4, 10, 16, 24].get(number).copied().unwrap_or(4);
        start..ADDRESS.saturating_add(start)
    };
    let mut address = |name, value, number| sink.value(name, value, place(number));
    address("wlan.ra", first, 0);
    if let Some(&transmitter) = frame.transmitter {
        let name = if kind == T::CF_END { "wlan.bssid" } else { "wlan.ta" };
        address(name, Value::Mac(transmitter), 1);
        if kind == T::PS_POLL {
            address("wlan.bssid", first, 0);
        }
    }
    match kind {
        T::DMG_BEACON => address("wlan.bssid", first, 0),
        T::S1G_BEACON => address("wlan.sa", first, 0),
        _ => {}
    }
    let Some(addresses) = frame.addresses else { return };
    let [second, third] = [addresses.address2, addresses.address3].map(Value::Mac);
    address("wlan.ta", second, 1);
    let flags = frame.flags();
    let several = frame.is_amsdu();
    match (flags.contains(WlanFlags::TO_DS), flags.contains(WlanFlags::FROM_DS)) {
        _ if kind.is_management() => {
            address("wlan.da", first, 0);
            address("wlan.sa", second, 1);
            address("wlan.bssid", third, 2);
        }
        (false, false) => {
            address("wlan.da", first, 0);
            address("wlan.sa", second, 1);
            address("wlan.bssid", third, 2);
        }
        (false, true) => {
            address("wlan.da", first, 0);
            if !several {
                address("wlan.sa", third, 2);
            }
            address("wlan.bssid", second, 1);
            address("wlan.staa", first, 0);
        }
        (true, false) => {
            if !several {
                address("wlan.da", third, 2);
            }
            address("wlan.sa", second, 1);
            address("wlan.bssid", first, 0);
            address("wlan.staa", second, 1);
        }
        (true, true) => {
            let [third_name, fourth_name] =
                if several { ["wlan.bssid"; 2] } else { ["wlan.da", "wlan.sa"] };
            address(third_name, third, 2);
            if let Some(&fourth) = frame.address4 {
                address(fourth_name, Value::Mac(fourth), 3);
            }
        }
    }
    sink.number("wlan.frag", addresses.fragment_number(), 22..24);
    sink.number("wlan.seq", addresses.sequence_number(), 22..24);
}

fn data(frame: &Wlan<'_>, sink: &mut dyn FieldSink) {
    addresses(frame, sink);
    let mut layout = rest_of(frame, sink);
    // The parts that the view has are there.
    let _ = data_header(frame, &mut layout);
    let Some(subframe) = frame.subframe else {
        if let (WlanProtection::Wep { .. }, Some(icv)) = (
            frame.protection().unwrap_or(WlanProtection::Unknown { key_id: 0 }),
            frame.trailer.first_chunk(),
        ) {
            let start = frame.header_len.saturating_add(frame.payload.len());
            let place = start..start.saturating_add(4);
            sink.number("wlan.wep.icv", u32::from_be_bytes(*icv), place);
        }
        return;
    };
    let end =
        frame.header_len.saturating_add(frame.payload.len()).saturating_add(frame.trailer.len());
    let mut at = frame.header_len.saturating_sub(size_of_val(subframe));
    let mut subframes = frame.subframes();
    while let Some(subframe) = sink.sound(subframes.next(), at) {
        let middle = at.saturating_add(ADDRESS);
        let source_end = middle.saturating_add(ADDRESS);
        sink.value("wlan.da", Value::Mac(subframe.header.destination), at..middle);
        sink.value("wlan.sa", Value::Mac(subframe.header.source), middle..source_end);
        let place = source_end..source_end.saturating_add(2);
        sink.number("wlan_aggregate.a_mdsu.length", subframe.header.length, place);
        at = end.saturating_sub(subframes.remaining());
    }
}

fn data_header(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    if frame.qos_control.is_some() {
        qos(frame, layout)?;
    }
    if frame.ht_control.is_some() {
        ht_control::report(layout)?;
    }
    // What pads the header stands here.
    let behind = frame.mesh_control.len().saturating_add(frame.protection_header.len());
    let behind = behind.saturating_add(frame.subframe.map_or(0, size_of_val));
    layout.take(layout.rest().len().saturating_sub(behind))?;
    mesh(frame, layout)?;
    protection(frame, layout)
}

fn qos(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Of a mesh: its control stands in front of the data.
    const MESH: &str = "wlan.qos.mesh_ctl_present";
    let flags = frame.flags();
    let kind = frame.frame_type();
    let from_ds = flags.contains(WlanFlags::FROM_DS);
    let qos = layout.le(2, "wlan.qos")?;
    layout.bits(qos, &[("wlan.qos.tid", 0xf), ("wlan.qos.priority", 0x7)]);
    let is_set = if from_ds { "wlan.qos.eosp" } else { "wlan.qos.bit4" };
    layout.bits(qos, &[(is_set, 0x10), ("wlan.qos.ack", 0x60)]);
    if kind.has_body() {
        layout.bits(qos, &[("wlan.qos.amsdupresent", 0x80)]);
    }
    let is_group = frame.header.address1.first().is_some_and(|byte| byte & 1 != 0);
    if !frame.mesh_control.is_empty() {
        let power =
            if is_group { "wlan.qos.mesh_ps.multicast" } else { "wlan.qos.mesh_ps.reserved" };
        layout.bits(qos, &[(MESH, 0x100), (power, 0x200), ("wlan.qos.mesh_rspi", 0x400)]);
    } else if from_ds && kind.is_poll() {
        layout.bits(qos, &[("wlan.qos.txop_limit", 0xff00)]);
    } else if from_ds {
        layout.bits(
            qos,
            &[("wlan.qos.ps_buf_state", 0xff00), ("wlan.qos.buf_state_indicated", 0x200)],
        );
        if qos & 0x200 != 0 {
            layout.bits(
                qos,
                &[("wlan.qos.highest_pri_buf_ac", 0xc00), ("wlan.qos.qap_buf_load", 0xf000)],
            );
        }
    } else if qos & 0x10 != 0 {
        layout.bits(qos, &[("wlan.qos.queue_size", 0xff00)]);
    } else {
        layout.bits(qos, &[("wlan.qos.txop_dur_req", 0xff00)]);
    }
    Some(())
}

fn mesh(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    use crate::layout::Part::{Mac, U8, U32};
    if frame.mesh_control.is_empty() {
        return Some(());
    }
    layout.read(&[
        U8("wlan.fixed.mesh_flags"),
        U8("wlan.fixed.mesh_ttl"),
        U32("wlan.fixed.mesh_sequence"),
    ])?;
    match frame.mesh_control.len() {
        12 => layout.read(&[Mac("wlan.fixed.mesh_addr4")]),
        18 => layout.read(&[Mac("wlan.fixed.mesh_addr5"), Mac("wlan.fixed.mesh_addr6")]),
        _ => Some(()),
    }
}

fn protection(frame: &Wlan<'_>, layout: &mut Layout<'_, '_>) -> Option<()> {
    let Some(protection) = frame.protection() else { return Some(()) };
    let at = layout.at();
    let header = layout.take(frame.protection_header.len())?;
    let whole = at..at.saturating_add(header.len());
    layout.place(whole.clone());
    let key_id = match protection {
        WlanProtection::Wep { initialization_vector, key_id } => {
            layout.place(at..at.saturating_add(3));
            layout.number("wlan.wep.iv", initialization_vector.into());
            key_id
        }
        WlanProtection::Tkip { sequence_counter, key_id } => {
            layout.number("wlan.tkip.extiv", sequence_counter);
            key_id
        }
        WlanProtection::Ccmp { packet_number, key_id } => {
            layout.number("wlan.ccmp.extiv", packet_number);
            key_id
        }
        WlanProtection::Unknown { key_id } => key_id,
    };
    layout.place(at.saturating_add(3)..at.saturating_add(4));
    layout.number("wlan.wep.key", key_id.into());
    Some(())
}
