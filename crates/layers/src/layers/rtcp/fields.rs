//! Fields of RTCP, by type of packet.

use super::{Rtcp, RtcpType};
use crate::Value;
use crate::field_reader::FieldReader;

pub(super) fn read(rtcp: &Rtcp<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let (header, kind) = (rtcp.header, rtcp.header.packet_type());
    reader.word(1)?;
    reader.bits("rtcp.version", header.version());
    reader.flag("rtcp.padding", header.padding());
    let count = match kind {
        RtcpType::SENDER_REPORT | RtcpType::RECEIVER_REPORT => Some("rtcp.rc"),
        RtcpType::SOURCE_DESCRIPTION | RtcpType::GOODBYE => Some("rtcp.sc"),
        RtcpType::APPLICATION => Some("rtcp.app.subtype"),
        RtcpType::TRANSPORT_FEEDBACK => Some("rtcp.rtpfb.fmt"),
        RtcpType::PAYLOAD_FEEDBACK => Some("rtcp.psfb.fmt"),
        _ => None,
    };
    if let Some(name) = count {
        reader.bits(name, header.count());
    }
    reader.u8("rtcp.pt")?;
    reader.u16("rtcp.length")?;
    match kind {
        RtcpType::SENDER_REPORT => {
            reader.u32("rtcp.senderssrc")?;
            reader.u32("rtcp.timestamp.ntp.msw")?;
            reader.u32("rtcp.timestamp.ntp.lsw")?;
            reader.u32("rtcp.timestamp.rtp")?;
            reader.u32("rtcp.sender.packetcount")?;
            reader.u32("rtcp.sender.octetcount")?;
            reports(header.count(), reader)
        }
        RtcpType::RECEIVER_REPORT => {
            reader.u32("rtcp.senderssrc")?;
            reports(header.count(), reader)
        }
        RtcpType::SOURCE_DESCRIPTION => descriptions(header.count(), reader),
        RtcpType::GOODBYE => {
            for _ in 0..header.count() {
                reader.u32("rtcp.ssrc.identifier")?;
            }
            let len = reader.u8("rtcp.sdes.length")?;
            reader.text("rtcp.sdes.text", len.into()).map(drop)
        }
        RtcpType::APPLICATION => {
            reader.u32("rtcp.ssrc.identifier")?;
            reader.text("rtcp.app.name", 4)?;
            let len = reader.rest().len();
            if len > 0 {
                reader.text("rtcp.app.data_str", len)?;
            }
            Some(())
        }
        RtcpType::TRANSPORT_FEEDBACK => {
            reader.u32("rtcp.senderssrc")?;
            reader.u32("rtcp.mediassrc")?;
            transport_feedback(header.count(), reader)
        }
        RtcpType::PAYLOAD_FEEDBACK => {
            reader.u32("rtcp.senderssrc")?;
            reader.u32("rtcp.mediassrc")?;
            payload_feedback(header.count(), reader)
        }
        RtcpType::EXTENDED_REPORT => {
            reader.u32("rtcp.senderssrc")?;
            extended_reports(reader)
        }
        _ => Some(()),
    }
}

/// RFC 3550, section 6.4.1.
fn reports(count: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for _ in 0..count {
        reader.u32("rtcp.ssrc.identifier")?;
        reader.u8("rtcp.ssrc.fraction")?;
        let &[high, middle, low] = reader.take()?;
        // More packets than were sent arrive where some are duplicates.
        let lost = i32::from_be_bytes([high, middle, low, 0]) >> 8;
        reader.value("rtcp.ssrc.cum_nr", Value::Signed(lost.into()));
        let place = reader.place();
        reader.u32("rtcp.ssrc.ext_high")?;
        let mut halves = reader.at(place);
        halves.u16("rtcp.ssrc.high_cycles")?;
        halves.u16("rtcp.ssrc.high_seq")?;
        reader.u32("rtcp.ssrc.jitter")?;
        reader.u32("rtcp.ssrc.lsr")?;
        reader.u32("rtcp.ssrc.dlsr")?;
    }
    Some(())
}

/// RFC 3550, section 6.5: chunks of items, each padded to a word.
fn descriptions(count: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// Ends the items of a chunk.
    const END: u8 = 0;
    /// An item with a name of its own.
    const PRIVATE: u8 = 8;
    for _ in 0..count {
        let start = reader.place();
        reader.u32("rtcp.ssrc.identifier")?;
        loop {
            let kind = reader.u8("rtcp.sdes.type")?;
            if kind == END {
                break;
            }
            let len = usize::from(reader.u8("rtcp.sdes.length")?);
            if len > reader.rest().len() {
                return None;
            }
            if kind == PRIVATE {
                let mut item = reader.part(len);
                let prefix = item.u8("rtcp.sdes.prefix.length")?;
                item.text("rtcp.sdes.prefix.string", prefix.into())?;
                let len = item.rest().len();
                item.text("rtcp.sdes.text", len)?;
            } else if len > 0 {
                reader.text("rtcp.sdes.text", len)?;
            }
        }
        let used = reader.place().saturating_sub(start);
        reader.skip(used.next_multiple_of(4).saturating_sub(used));
    }
    Some(())
}

/// RFC 4585 section 6.2, RFC 5104 section 4.2, and the draft of congestion control for `WebRTC`.
fn transport_feedback(format: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        1 => {
            while !reader.is_empty() {
                let first = reader.u16("rtcp.rtpfb.nack_pid")?;
                let lost = reader.u16("rtcp.rtpfb.nack_blp")?;
                for bit in (0..16_u16).filter(|bit| lost >> bit & 1 == 1) {
                    let number = first.wrapping_add(bit).wrapping_add(1);
                    reader.bits("rtcp.rtpfb.nack_pid", number);
                }
            }
            Some(())
        }
        3 | 4 => {
            while !reader.is_empty() {
                reader.u32("rtcp.rtpfb.tmmbr.fci.ssrc")?;
                let word = reader.word(4)?;
                reader.bits("rtcp.rtpfb.tmmbr.fci.exp", word >> 26);
                reader.bits("rtcp.rtpfb.tmmbr.fci.mantissa", word >> 9 & 0x1_ffff);
                reader.bits("rtcp.rtpfb.tmmbr.fci.measuredoverhead", word & 0x1ff);
            }
            Some(())
        }
        15 => {
            reader.u16("rtcp.rtpfb.transportcc.baseseq")?;
            reader.u16("rtcp.rtpfb.transportcc.statuscount")?;
            reader.number("rtcp.rtpfb.transportcc.reftime", 3)?;
            reader.u8("rtcp.rtpfb.transportcc.pktcount").map(drop)
        }
        _ => {
            reader.rest_as("rtcp.fci");
            Some(())
        }
    }
}

/// RFC 4585 section 6.3, RFC 5104 section 4.3, and the draft of a bit rate for receivers.
fn payload_feedback(format: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        1 => Some(()),
        2 => {
            while !reader.is_empty() {
                let word = reader.word(4)?;
                reader.bits("rtcp.psfb.fir.sli.first", word >> 19);
                reader.bits("rtcp.psfb.fir.sli.number", word >> 6 & 0x1fff);
                reader.bits("rtcp.psfb.fir.sli.picture_id", word & 0x3f);
            }
            Some(())
        }
        4 => {
            while !reader.is_empty() {
                reader.u32("rtcp.psfb.fir.fci.ssrc")?;
                reader.u8("rtcp.psfb.fir.fci.csn")?;
                reader.number("rtcp.psfb.fir.fci.reserved", 3)?;
            }
            Some(())
        }
        15 if reader.rest().starts_with(b"REMB") => {
            reader.text("rtcp.psfb.remb.identifier", 4)?;
            reader.u8("rtcp.psfb.remb.fci.number_ssrcs")?;
            let rate = reader.word(3)?;
            reader.bits("rtcp.psfb.remb.fci.br_exp", rate >> 18);
            reader.bits("rtcp.psfb.remb.fci.br_mantissa", rate & 0x3_ffff);
            while !reader.is_empty() {
                reader.u32("rtcp.psfb.remb.fci.ssrc")?;
            }
            Some(())
        }
        _ => {
            reader.rest_as("rtcp.fci");
            Some(())
        }
    }
}

/// RFC 3611, section 4.
fn extended_reports(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let kind = reader.u8("rtcp.xr.bt")?;
        reader.u8("rtcp.xr.bs")?;
        let words = reader.u16("rtcp.xr.bl")?;
        let mut block = reader.part(usize::from(words).saturating_mul(4));
        match kind {
            4 => block.number("rtcp.xr.timestamp", 8).map(drop),
            5 => delays(&mut block),
            7 => voice(&mut block),
            _ => Some(()),
        };
    }
    Some(())
}

fn delays(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u32("rtcp.ssrc.identifier")?;
        reader.u32("rtcp.xr.lrr")?;
        reader.u32("rtcp.xr.dlrr")?;
    }
    Some(())
}

/// RFC 3611, section 4.7.
fn voice(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("rtcp.ssrc.identifier")?;
    reader.u8("rtcp.ssrc.fraction")?;
    reader.u8("rtcp.ssrc.discarded")?;
    reader.u8("rtcp.xr.voipmetrics.burstdensity")?;
    reader.u8("rtcp.xr.voipmetrics.gapdensity")?;
    reader.u16("rtcp.xr.voipmetrics.burstduration")?;
    reader.u16("rtcp.xr.voipmetrics.gapduration")?;
    reader.u16("rtcp.xr.voipmetrics.rtdelay")?;
    reader.u16("rtcp.xr.voipmetrics.esdelay")?;
    for name in ["rtcp.xr.voipmetrics.signallevel", "rtcp.xr.voipmetrics.noiselevel"] {
        let [level] = *reader.take()?;
        reader.value(name, Value::Signed(level.cast_signed().into()));
    }
    reader.u8("rtcp.xr.voipmetrics.rerl")?;
    reader.u8("rtcp.xr.voipmetrics.gmin")?;
    reader.u8("rtcp.xr.voipmetrics.rfactor")?;
    reader.u8("rtcp.xr.voipmetrics.extrfactor")?;
    for name in ["rtcp.xr.voipmetrics.moslq", "rtcp.xr.voipmetrics.moscq"] {
        let [tenths] = *reader.take()?;
        reader.value(name, Value::Float(f64::from(tenths) / 10.0));
    }
    let word = reader.word(1)?;
    reader.bits("rtcp.xr.voipmetrics.plc", word >> 6);
    reader.bits("rtcp.xr.voipmetrics.jba", word >> 4 & 3);
    reader.bits("rtcp.xr.voipmetrics.jbrate", word & 15);
    reader.skip(1);
    reader.u16("rtcp.xr.voipmetrics.jbnominal")?;
    reader.u16("rtcp.xr.voipmetrics.jbmax")?;
    reader.u16("rtcp.xr.voipmetrics.jbabsmax").map(drop)
}
