//! Fields of PTP messages.

use zerocopy::IntoBytes;

use super::{Ptp, PtpFlags, PtpHeader, PtpMessageType, management};
use crate::field_reader::FieldReader;
use crate::records::wide_head;
use crate::{FieldSink, Value};

/// The identifier of messages of IEEE 802.1AS.
const GPTP: u8 = 1;
/// IEEE 802.1, as the organization of a TLV.
const IEEE_802_1: [u8; 3] = [0x00, 0x80, 0xc2];
/// A TLV that an organization defined.
const ORGANIZATION: u16 = 3;
/// Units of a correction.
const PER_NANOSECOND: f64 = 65536.0;

const FLAGS: [(&str, u64); 13] = [
    ("ptp.v2.flags.security", 0x8000),
    ("ptp.v2.flags.specific2", 0x4000),
    ("ptp.v2.flags.specific1", 0x2000),
    ("ptp.v2.flags.unicast", 0x0400),
    ("ptp.v2.flags.twostep", 0x0200),
    ("ptp.v2.flags.alternatemaster", 0x0100),
    ("ptp.v2.flags.synchronizationUncertain", 0x0040),
    ("ptp.v2.flags.frequencytraceable", 0x0020),
    ("ptp.v2.flags.timetraceable", 0x0010),
    ("ptp.v2.flags.timescale", 0x0008),
    ("ptp.v2.flags.utcreasonable", 0x0004),
    ("ptp.v2.flags.li59", 0x0002),
    ("ptp.v2.flags.li61", 0x0001),
];

pub(super) fn fields(ptp: &Ptp<'_>, sink: &mut dyn FieldSink) {
    let header = ptp.header;
    sink.number("ptp.v2.majorsdoid", header.major_sdo_id(), 0..1);
    sink.number("ptp.v2.messagetype", header.message_type().0, 0..1);
    sink.number("ptp.v2.minorversionptp", header.minor_version(), 1..2);
    sink.number("ptp.v2.versionptp", header.version(), 1..2);
    let _ = rest_of_header(&mut FieldReader::new(header.as_bytes(), 0, sink));
    let mut reader = FieldReader::new(ptp.body, size_of::<PtpHeader>(), sink);
    let _ = body(ptp, &mut reader);
}

fn rest_of_header(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.skip(2)?;
    reader.u16("ptp.v2.messagelength")?;
    reader.u8("ptp.v2.domainnumber")?;
    reader.u8("ptp.v2.minorsdoid")?;
    let flags = reader.u16("ptp.v2.flags")?;
    reader.flags(flags.into(), &FLAGS);
    interval(reader, "ptp.v2.correction.ns", "ptp.v2.correction.subns")?;
    reader.u32("ptp.v2.messagetypespecific")?;
    let manufacturer = reader.rest().get(..3)?;
    let is_eui_48 = reader.rest().get(3..5)? == [0xff, 0xfe];
    reader.number("ptp.v2.clockidentity", 8)?;
    if is_eui_48 {
        reader.value("ptp.v2.clockidentity_manuf", Value::Bytes(manufacturer));
    }
    reader.u16("ptp.v2.sourceportid")?;
    reader.u16("ptp.v2.sequenceid")?;
    reader.u8("ptp.v2.controlfield")?;
    signed(reader, "ptp.v2.logmessageperiod", 1)
}

/// A number with a sign, of up to four bytes.
pub(super) fn signed(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    len: usize,
) -> Option<()> {
    let bytes = reader.skip(len)?;
    let fill = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
    let number = bytes.iter().fold(fill, |number: i64, &byte| number << 8 | i64::from(byte));
    reader.value(name, Value::Signed(number));
    Some(())
}

/// A span of time in units of 1/65536 nanosecond. Wireshark shows the whole nanoseconds of one below
/// zero as if they had no sign.
pub(super) fn interval(
    reader: &mut FieldReader<'_, '_>,
    whole: &'static str,
    fraction: &'static str,
) -> Option<()> {
    let scaled = i64::from_be_bytes(*reader.skip(8)?.first_chunk()?);
    let nanoseconds = u64::from_be_bytes((scaled >> 16).to_be_bytes());
    reader.value(whole, Value::Number(nanoseconds));
    let [.., a, b] = scaled.to_be_bytes();
    let part = f64::from(u16::from_be_bytes([a, b])) / PER_NANOSECOND;
    reader.value(fraction, Value::Float(part));
    Some(())
}

pub(super) fn time(
    reader: &mut FieldReader<'_, '_>,
    seconds: &'static str,
    nanoseconds: &'static str,
) -> Option<()> {
    reader.number(seconds, 6)?;
    reader.u32(nanoseconds)?;
    Some(())
}

fn port(reader: &mut FieldReader<'_, '_>, clock: &'static str, number: &'static str) -> Option<()> {
    reader.number(clock, 8)?;
    reader.u16(number)?;
    Some(())
}

fn body(ptp: &Ptp<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_gptp = ptp.header.major_sdo_id() == GPTP;
    match ptp.message_type() {
        PtpMessageType::SYNC if is_gptp && ptp.header.flags().contains(PtpFlags::TWO_STEP) => {
            reader.bytes("ptp.v2.sync.reserved", 10)?;
        }
        PtpMessageType::SYNC | PtpMessageType::DELAY_REQUEST => {
            time(
                reader,
                "ptp.v2.sdr.origintimestamp.seconds",
                "ptp.v2.sdr.origintimestamp.nanoseconds",
            )?;
        }
        PtpMessageType::PEER_DELAY_REQUEST if is_gptp => {}
        PtpMessageType::PEER_DELAY_REQUEST => {
            time(
                reader,
                "ptp.v2.pdrq.origintimestamp.seconds",
                "ptp.v2.pdrq.origintimestamp.nanoseconds",
            )?;
        }
        PtpMessageType::PEER_DELAY_RESPONSE => {
            time(
                reader,
                "ptp.v2.pdrs.requestreceipttimestamp.seconds",
                "ptp.v2.pdrs.requestreceipttimestamp.nanoseconds",
            )?;
            port(
                reader,
                "ptp.v2.pdrs.requestingportidentity",
                "ptp.v2.pdrs.requestingsourceportid",
            )?;
        }
        PtpMessageType::FOLLOW_UP => {
            time(
                reader,
                "ptp.v2.fu.preciseorigintimestamp.seconds",
                "ptp.v2.fu.preciseorigintimestamp.nanoseconds",
            )?;
            if is_gptp {
                follow_up_information(reader)?;
            }
        }
        PtpMessageType::DELAY_RESPONSE => {
            time(
                reader,
                "ptp.v2.dr.receivetimestamp.seconds",
                "ptp.v2.dr.receivetimestamp.nanoseconds",
            )?;
            port(
                reader,
                "ptp.v2.dr.requestingsourceportidentity",
                "ptp.v2.dr.requestingsourceportid",
            )?;
        }
        PtpMessageType::PEER_DELAY_RESPONSE_FOLLOW_UP => {
            time(
                reader,
                "ptp.v2.pdfu.responseorigintimestamp.seconds",
                "ptp.v2.pdfu.responseorigintimestamp.nanoseconds",
            )?;
            port(
                reader,
                "ptp.v2.pdfu.requestingportidentity",
                "ptp.v2.pdfu.requestingsourceportid",
            )?;
        }
        PtpMessageType::ANNOUNCE => announce(reader, is_gptp)?,
        PtpMessageType::SIGNALING => {
            port(reader, "ptp.v2.sig.targetportidentity", "ptp.v2.sig.targetportid")?;
            signals(reader, is_gptp)?;
        }
        PtpMessageType::MANAGEMENT => {
            port(reader, "ptp.v2.mm.targetportidentity", "ptp.v2.mm.targetportid")?;
            reader.u8("ptp.v2.mm.startingboundaryhops")?;
            reader.u8("ptp.v2.mm.boundaryhops")?;
            let action = reader.peek_u8()?;
            reader.skip(1)?;
            reader.bit_fields(action, &[("ptp.v2.mm.action", 0x0f)]);
            reader.skip(1)?;
            management::fields(reader)?;
        }
        _ => {}
    }
    Some(())
}

/// IEEE Std 802.1AS, section 11.4.4.3.
fn follow_up_information(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("ptp.as.fu.tlvType")?;
    reader.u16("ptp.as.fu.lengthField")?;
    reader.u24("ptp.as.fu.organizationId")?;
    signed(reader, "ptp.as.fu.organizationSubType", 3)?;
    reader.u32("ptp.as.fu.cumulativeScaledRateOffset")?;
    reader.u16("ptp.as.fu.gmTimeBaseIndicator")?;
    reader.bytes("ptp.as.fu.lastGmPhaseChange", 12)?;
    signed(reader, "ptp.as.fu.scaledLastGmFreqChange", 4)
}

fn announce(reader: &mut FieldReader<'_, '_>, is_gptp: bool) -> Option<()> {
    if is_gptp {
        reader.skip(10)?;
    } else {
        time(reader, "ptp.v2.an.origintimestamp.seconds", "ptp.v2.an.origintimestamp.nanoseconds")?;
    }
    signed(reader, "ptp.v2.an.origincurrentutcoffset", 2)?;
    reader.skip(1)?;
    reader.u8("ptp.v2.an.priority1")?;
    reader.u8("ptp.v2.an.grandmasterclockclass")?;
    reader.u8("ptp.v2.an.grandmasterclockaccuracy")?;
    reader.u16("ptp.v2.an.grandmasterclockvariance")?;
    reader.u8("ptp.v2.an.priority2")?;
    reader.number("ptp.v2.an.grandmasterclockidentity", 8)?;
    reader.u16("ptp.v2.an.localstepsremoved")?;
    reader.u8("ptp.v2.timesource")?;
    while !reader.is_empty() {
        let len = wide_head(reader.rest()).ok()?.data_len;
        let kind = reader.u16("ptp.v2.an.tlvType")?;
        reader.u16("ptp.v2.an.lengthField")?;
        let mut value = reader.part(len);
        // A TLV that is cut short does not hide the next.
        let _ = announce_tlv(kind, &mut value);
    }
    Some(())
}

fn announce_tlv(kind: u16, value: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        ORGANIZATION => {
            value.u24("ptp.v2.an.oe.organizationId")?;
            value.u24("ptp.v2.an.oe.organizationSubType")?;
            value.rest_as("ptp.v2.an.oe.dataField")?;
        }
        8 => while value.number("ptp.v2.an.pathsequence", 8).is_some() {},
        9 => {
            value.u8("ptp.v2.an.atoi.keyField")?;
            signed(value, "ptp.v2.an.atoi.currentOffset", 4)?;
            signed(value, "ptp.v2.an.atoi.jumpSeconds", 4)?;
            value.bytes("ptp.v2.an.atoi.timeOfNextJump", 6)?;
            let len = value.u8("ptp.v2.an.atoi.displayName.length")?;
            value.text("ptp.v2.an.atoi.displayName", len.into())?;
        }
        _ => {
            value.rest_as("ptp.v2.an.tlv.data")?;
        }
    }
    Some(())
}

fn signals(reader: &mut FieldReader<'_, '_>, is_gptp: bool) -> Option<()> {
    while !reader.is_empty() {
        let len = wide_head(reader.rest()).ok()?.data_len;
        let organization = reader.rest().get(4..7).unwrap_or_default();
        let is_gptp = is_gptp && reader.peek_u16()? == ORGANIZATION && organization == IEEE_802_1;
        let [kind, length] = if is_gptp {
            ["ptp.as.sig.tlvType", "ptp.as.sig.lengthField"]
        } else {
            ["ptp.v2.sig.tlv.tlvType", "ptp.v2.sig.tlv.lengthField"]
        };
        let kind = reader.u16(kind)?;
        reader.u16(length)?;
        let mut value = reader.part(len);
        let _ = if is_gptp { gptp_signal(&mut value) } else { signal(kind, &mut value) };
    }
    Some(())
}

/// IEEE Std 802.1AS, section 10.6.4.3: the intervals between messages that a neighbor wants.
fn gptp_signal(value: &mut FieldReader<'_, '_>) -> Option<()> {
    value.u24("ptp.as.sig.tlv.organizationId")?;
    signed(value, "ptp.as.sig.tlv.organizationSubType", 3)?;
    signed(value, "ptp.as.sig.tlv.linkdelayinterval", 1)?;
    signed(value, "ptp.as.sig.tlv.timesyncinterval", 1)?;
    signed(value, "ptp.as.sig.tlv.announceinterval", 1)?;
    let flags = value.u8("ptp.as.sig.tlv.flags")?;
    value.flags(
        flags.into(),
        &[
            ("ptp.as.sig.tlv.flags.rateratio", 0x02),
            ("ptp.as.sig.tlv.flags.meanlinkdelay", 0x04),
            ("ptp.as.sig.tlv.flags.stepreceivecapable", 0x08),
        ],
    );
    Some(())
}

fn signal(kind: u16, value: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        ORGANIZATION => {
            value.u24("ptp.v2.an.oe.organizationId")?;
            value.u24("ptp.v2.an.oe.organizationSubType")?;
        }
        4..=7 => {
            let message = value.peek_u8()?;
            value.skip(1)?;
            value.bit_fields(message, &[("ptp.v2.sig.tlv.messageType", 0xf0)]);
            if kind > 5 {
                return Some(());
            }
            let interval = i8::from_be_bytes([value.peek_u8()?]);
            signed(value, "ptp.v2.sig.tlv.logInterMessagePeriod", 1)?;
            // Wireshark shows the same number twice more, as a period and as a rate.
            let interval = Value::Signed(interval.into());
            value.value("ptp.v2.sig.tlv.logInterMessagePeriod.period", interval);
            value.value("ptp.v2.sig.tlv.logInterMessagePeriod.rate", interval);
            value.u32("ptp.v2.sig.tlv.durationField")?;
            if kind == 5 {
                value.skip(1)?;
                let renewal = value.peek_u8()?;
                value.skip(1)?;
                value.flags(renewal.into(), &[("ptp.v2.sig.tlv.renewalInvited", 0x01)]);
            }
        }
        _ => {
            value.rest_as("ptp.v2.sig.tlv.data")?;
        }
    }
    Some(())
}
