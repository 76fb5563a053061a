//! Fields of BGP messages.

use super::{BgpOpen, BgpType, attribute_fields, split_header};
use crate::FieldSink;
use crate::field_reader::FieldReader;

/// Reports the fields of messages, as far as they are there.
pub(super) fn fields(bytes: &[u8], sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(bytes, 0, sink);
    while let Ok((header, _)) = split_header(reader.rest()) {
        let (length, message_type) = (header.length.get(), BgpType(header.message_type));
        let mut message = reader.part(length.into());
        message.bytes("bgp.marker", header.marker.len());
        message.u16("bgp.length");
        message.u8("bgp.type");
        // What is not there is not reported.
        let _ = match message_type {
            BgpType::OPEN => open(&mut message),
            BgpType::UPDATE => update(&mut message),
            BgpType::NOTIFICATION => notification(&mut message),
            BgpType::ROUTE_REFRESH => route_refresh(&mut message),
            _ => None,
        };
    }
}

fn open(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("bgp.open.version")?;
    reader.u16("bgp.open.myas")?;
    reader.u16("bgp.open.holdtime")?;
    reader.ipv4("bgp.open.identifier")?;
    let length = reader.u8("bgp.open.opt.len")?;
    // RFC 9072: the lengths have two bytes then, where tshark reads one.
    let is_extended = BgpOpen::is_extended(length, reader.rest());
    let mut parameters = if is_extended {
        reader.u8("bgp.open.opt.param.type")?;
        let length = reader.word(2)?;
        reader.part(usize::try_from(length).ok()?)
    } else {
        reader.part(length.into())
    };
    while !parameters.is_empty() {
        let kind = parameters.u8("bgp.open.opt.param.type")?;
        let len_len = if is_extended { 2 } else { 1 };
        let length = parameters.number("bgp.open.opt.param.len", len_len)?;
        let mut parameter = parameters.part(usize::try_from(length).ok()?);
        match kind {
            1 => drop(parameter.rest_as("bgp.open.opt.param.auth")),
            2 => {
                let _ = capabilities(&mut parameter);
            }
            _ => drop(parameter.rest_as("bgp.open.opt.param.unknown")),
        }
    }
    Some(())
}

fn capabilities(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let code = reader.u8("bgp.cap.type")?;
        let length = reader.u8("bgp.cap.length")?;
        let mut value = reader.part(length.into());
        // A value that is too short for its code is reported as far as it goes.
        let _ = capability(code, &mut value);
    }
    Some(())
}

fn capability(code: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match code {
        1 => {
            reader.u16("bgp.cap.mp.afi")?;
            reader.bytes("bgp.cap.reserved", 1)?;
            reader.u8("bgp.cap.mp.safi").map(drop)
        }
        // Those that say all by being there.
        2 | 6 | 70 | 128 => None,
        5 => {
            while !reader.is_empty() {
                reader.u16("bgp.cap.enh.afi")?;
                reader.u16("bgp.cap.enh.safi")?;
                reader.u16("bgp.cap.enh.nhafi")?;
            }
            Some(())
        }
        64 => {
            let timers = reader.number("bgp.cap.gr.timers", 2)?;
            reader.flag("bgp.cap.gr.timers.restart_flag", timers & 0x8000 != 0);
            reader.flag("bgp.cap.gr.timers.notification_flag", timers & 0x4000 != 0);
            reader.bits("bgp.cap.gr.timers.restart_time", timers & 0x0fff);
            while !reader.is_empty() {
                reader.u16("bgp.cap.gr.afi")?;
                reader.u8("bgp.cap.gr.safi")?;
                let flags = reader.u8("bgp.cap.gr.flag")?;
                reader.flag("bgp.cap.gr.flag.pfs", flags & 0x80 != 0);
            }
            Some(())
        }
        65 => reader.u32("bgp.cap.4as").map(drop),
        67 => {
            while !reader.is_empty() {
                reader.u8("bgp.cap.dc")?;
            }
            Some(())
        }
        69 => {
            while !reader.is_empty() {
                reader.u16("bgp.cap.ap.afi")?;
                reader.u8("bgp.cap.ap.safi")?;
                reader.u8("bgp.cap.ap.sendreceive")?;
            }
            Some(())
        }
        73 => {
            let len = reader.u8("bgp.cap.orf.fqdn.hostname.len")?;
            reader.text("bgp.cap.orf.fqdn.hostname", len.into())?;
            let len = reader.u8("bgp.cap.orf.fqdn.domain_name.len")?;
            if len > 0 {
                reader.text("bgp.cap.orf.fqdn.domain_name", len.into())?;
            }
            Some(())
        }
        _ => {
            reader.rest_as("bgp.cap.unknown");
            None
        }
    }
}

fn update(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let length = reader.u16("bgp.update.withdrawn_routes.length")?;
    attribute_fields::routes(&mut reader.part(length.into()), "bgp.withdrawn_prefix", false);
    let length = reader.u16("bgp.update.path_attributes.length")?;
    attribute_fields::attributes(&mut reader.part(length.into()));
    attribute_fields::routes(reader, "bgp.nlri_prefix", false);
    Some(())
}

fn notification(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// RFC 4271, section 6.8: the session is given up.
    const CEASE: u8 = 6;
    let code = reader.u8("bgp.notify.major_error")?;
    let name = match code {
        1 => "bgp.notify.minor_error",
        2 => "bgp.notify.minor_error_open",
        3 => "bgp.notify.minor_error_update",
        4 => "bgp.notify.minor_error_expired",
        5 => "bgp.notify.minor_error_state",
        CEASE => "bgp.notify.minor_error_cease",
        7 => "bgp.notify.minor_error_rr",
        _ => "bgp.notify.minor_error_unknown",
    };
    let subcode = reader.u8(name)?;
    // RFC 8203: words about a shutdown or a reset by hand.
    if let (CEASE, 2 | 4, &[length, ref words @ ..]) = (code, subcode, reader.rest())
        && words.len() == usize::from(length)
    {
        reader.u8("bgp.notify.communication_length")?;
        reader.text("bgp.notify.communication", words.len())?;
    }
    reader.rest_as("bgp.notify.minor_data");
    Some(())
}

fn route_refresh(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("bgp.route_refresh.afi")?;
    reader.u8("bgp.route_refresh.subtype")?;
    reader.u8("bgp.route_refresh.safi").map(drop)
}
