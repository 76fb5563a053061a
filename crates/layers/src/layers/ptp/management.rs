//! Fields of the management TLVs of PTP, [IEEE Std 1588](https://standards.ieee.org/ieee/1588/6825/)
//! section 15.5.

use super::fields::{interval, signed, time};
use crate::Value;
use crate::field_reader::FieldReader;

use Part::{Bits, Bytes, Flags, Interval, Number, Signed, Text, Time};

/// The TLV that says why there is no answer.
const ERROR_STATUS: u16 = 2;
/// What stands behind all that a data set says.
const RESERVED: Part = Bytes("ptp.v2.mm.reserved", 1);

/// A part of a data set.
enum Part {
    /// A number of so many bytes.
    Number(&'static str, usize),
    /// The same with a sign.
    Signed(&'static str, usize),
    /// The low bits of a byte.
    Bits(&'static str, u64),
    /// Single bits of a byte.
    Flags(&'static [(&'static str, u64)]),
    Bytes(&'static str, usize),
    /// A span of time: whole nanoseconds, and the rest.
    Interval(&'static str, &'static str),
    /// Seconds and nanoseconds.
    Time(&'static str, &'static str),
    /// Its length, and the text.
    Text(&'static str, &'static str),
}

const LEAPS: [(&str, u64); 3] =
    [("ptp.v2.mm.li61", 0x01), ("ptp.v2.mm.li59", 0x02), ("ptp.v2.mm.CurrentUTCOffsetValid", 0x04)];

/// The data set of a management identifier, but for the description of a clock and for lists.
#[allow(clippy::too_many_lines, reason = "a table")]
fn parts(id: u16) -> &'static [Part] {
    match id {
        0x0002 => &[Text("ptp.v2.mm.userDescription.length", "ptp.v2.mm.userDescription")],
        0x0005 => &[Number("ptp.v2.mm.initializationKey", 2)],
        0x2000 => &[
            Flags(&[("ptp.v2.mm.twoStep", 0x01), ("ptp.v2.mm.SlavOnly", 0x02)]),
            RESERVED,
            Number("ptp.v2.mm.numberPorts", 2),
            Number("ptp.v2.mm.priority1", 1),
            Number("ptp.v2.mm.clockclass", 1),
            Number("ptp.v2.mm.clockaccuracy", 1),
            Number("ptp.v2.mm.clockvariance", 2),
            Number("ptp.v2.mm.priority2", 1),
            Number("ptp.v2.mm.clockidentity", 8),
            Number("ptp.v2.mm.domainNumber", 1),
            RESERVED,
        ],
        0x2001 => &[
            Signed("ptp.v2.mm.stepsRemoved", 2),
            Interval("ptp.v2.mm.offset.ns", "ptp.v2.mm.offset.subns"),
            Interval("ptp.v2.mm.pathDelay.ns", "ptp.v2.mm.pathDelay.subns"),
        ],
        0x2002 => &[
            Number("ptp.v2.mm.parentclockidentity", 8),
            Number("ptp.v2.mm.parentsourceportid", 2),
            Flags(&[("ptp.v2.mm.parentstats", 0x01)]),
            RESERVED,
            Number("ptp.v2.mm.observedParentOffsetScaledLogVariance", 2),
            Signed("ptp.v2.mm.observedParentClockPhaseChangeRate", 4),
            Number("ptp.v2.mm.grandmasterPriority1", 1),
            Number("ptp.v2.mm.grandmasterclockclass", 1),
            Number("ptp.v2.mm.grandmasterclockaccuracy", 1),
            Number("ptp.v2.mm.grandmasterclockvariance", 2),
            Number("ptp.v2.mm.grandmasterPriority2", 1),
            Number("ptp.v2.mm.grandmasterclockidentity", 8),
        ],
        0x2003 => &[
            Signed("ptp.v2.mm.currentutcoffset", 2),
            Flags(&[
                ("ptp.v2.mm.li61", 0x01),
                ("ptp.v2.mm.li59", 0x02),
                ("ptp.v2.mm.CurrentUTCOffsetValid", 0x04),
                ("ptp.v2.mm.ptptimescale", 0x08),
                ("ptp.v2.mm.timeTraceable", 0x10),
                ("ptp.v2.mm.frequencyTraceable", 0x20),
            ]),
            Number("ptp.v2.mm.timesource", 1),
        ],
        0x2004 => &[
            Number("ptp.v2.mm.clockidentity", 8),
            Number("ptp.v2.mm.PortNumber", 2),
            Number("ptp.v2.mm.portState", 1),
            Signed("ptp.v2.mm.logMinDelayReqInterval", 1),
            Interval("ptp.v2.mm.peerMeanPathDelay.ns", "ptp.v2.mm.peerMeanPathDelay.subns"),
            Signed("ptp.v2.mm.logAnnounceInterval", 1),
            Number("ptp.v2.mm.announceReceiptTimeout", 1),
            Signed("ptp.v2.mm.logSyncInterval", 1),
            Number("ptp.v2.mm.delayMechanism", 1),
            Signed("ptp.v2.mm.logMinPdelayReqInterval", 1),
            Bits("ptp.v2.mm.versionNumber", 0x0f),
        ],
        0x2005 => &[Number("ptp.v2.mm.priority1", 1), RESERVED],
        0x2006 => &[Number("ptp.v2.mm.priority2", 1), RESERVED],
        0x2007 => &[Number("ptp.v2.mm.domainNumber", 1), RESERVED],
        0x2008 => &[Flags(&[("ptp.v2.mm.SlavOnly", 0x01)]), RESERVED],
        0x2009 => &[Signed("ptp.v2.mm.logAnnounceInterval", 1), RESERVED],
        0x200a => &[Number("ptp.v2.mm.announceReceiptTimeout", 1), RESERVED],
        0x200b => &[Signed("ptp.v2.mm.logSyncInterval", 1), RESERVED],
        0x200c => &[Bits("ptp.v2.mm.versionNumber", 0x0f), RESERVED],
        0x200f => &[Time("ptp.v2.mm.currentTime.seconds", "ptp.v2.mm.currentTime.nanoseconds")],
        0x2010 => &[Number("ptp.v2.mm.clockaccuracy", 1), RESERVED],
        0x2011 => &[Signed("ptp.v2.mm.currentutcoffset", 2), Flags(&LEAPS), RESERVED],
        0x2012 => &[
            Flags(&[("ptp.v2.mm.timeTraceable", 0x10), ("ptp.v2.mm.frequencyTraceable", 0x20)]),
            RESERVED,
        ],
        0x2013 => &[Flags(&[("ptp.v2.mm.ptptimescale", 0x08)]), Number("ptp.v2.mm.timesource", 1)],
        0x2014 => &[Flags(&[("ptp.v2.mm.unicastEnable", 0x01)]), RESERVED],
        0x2016 => &[Flags(&[("ptp.v2.mm.pathTraceEnable", 0x01)]), RESERVED],
        0x201d => &[
            Flags(&[("ptp.v2.mm.transmitAlternateMulticastSync", 0x01)]),
            Number("ptp.v2.mm.numberOfAlternateMasters", 1),
            Signed("ptp.v2.mm.AlternateMulticastSyncInterval", 1),
            RESERVED,
        ],
        0x201f => &[
            Number("ptp.v2.mm.keyField", 1),
            Text("ptp.v2.mm.displayName.length", "ptp.v2.mm.displayName"),
        ],
        0x2020 => &[Number("ptp.v2.mm.maxKey", 1), RESERVED],
        0x2021 => &[
            Number("ptp.v2.mm.keyField", 1),
            Signed("ptp.v2.mm.currentOffset", 4),
            Signed("ptp.v2.mm.jumpSeconds", 4),
            Number("ptp.v2.mm.nextjumpSeconds", 6),
            RESERVED,
        ],
        0x4000 => &[
            Number("ptp.v2.mm.clockidentity", 8),
            Number("ptp.v2.mm.numberPorts", 2),
            Number("ptp.v2.mm.delayMechanism", 1),
            Number("ptp.v2.mm.primaryDomain", 1),
        ],
        0x4001 => &[
            Number("ptp.v2.mm.clockidentity", 8),
            Number("ptp.v2.mm.PortNumber", 2),
            Flags(&[("ptp.v2.mm.faultyFlag", 0x01)]),
            Signed("ptp.v2.mm.logMinPdelayReqInterval", 1),
            Interval("ptp.v2.mm.peerMeanPathDelay.ns", "ptp.v2.mm.peerMeanPathDelay.subns"),
        ],
        0x4002 => &[Number("ptp.v2.mm.primaryDomain", 1), RESERVED],
        0x6000 => &[Number("ptp.v2.mm.delayMechanism", 1), RESERVED],
        0x6001 => &[Signed("ptp.v2.mm.logMinPdelayReqInterval", 1), RESERVED],
        _ => &[],
    }
}

/// Reports the TLV of a management message.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u16("ptp.v2.mm.tlvType")?;
    let len = reader.u16("ptp.v2.mm.lengthField")?;
    let mut value = reader.part(len.into());
    if kind == ERROR_STATUS {
        value.u16("ptp.v2.mm.managementErrorId")?;
        value.u16("ptp.v2.mm.managementId")?;
        value.bytes("ptp.v2.mm.reserved", 4)?;
        return text(&mut value, "ptp.v2.mm.displayData.length", "ptp.v2.mm.displayData");
    }
    let id = value.u16("ptp.v2.mm.managementId")?;
    if value.is_empty() {
        return Some(());
    }
    // Wireshark shows the whole data set, and then each part of it.
    let mut whole = value.again();
    whole.rest_as("ptp.v2.mm.data")?;
    match id {
        0x0001 => description(&mut value),
        0x2015 => {
            while value.number("ptp.v2.mm.clockidentity", 8).is_some() {}
            Some(())
        }
        _ => parts(id).iter().try_for_each(|part| part_fields(part, &mut value)),
    }
}

fn part_fields(part: &Part, value: &mut FieldReader<'_, '_>) -> Option<()> {
    match *part {
        Number(name, len) => value.number(name, len).map(|_| ()),
        Signed(name, len) => signed(value, name, len),
        Bits(name, mask) => {
            let byte = value.peek_u8()?;
            value.skip(1)?;
            value.bit_fields(byte, &[(name, mask)]);
            Some(())
        }
        Flags(names) => {
            let byte = value.peek_u8()?;
            value.skip(1)?;
            value.flags(byte.into(), names);
            Some(())
        }
        Bytes(name, len) => value.bytes(name, len).map(|_| ()),
        Interval(whole, fraction) => interval(value, whole, fraction),
        Time(seconds, nanoseconds) => time(value, seconds, nanoseconds),
        Text(len, name) => text(value, len, name),
    }
}

fn text(value: &mut FieldReader<'_, '_>, len_name: &'static str, name: &'static str) -> Option<()> {
    let len = value.u8(len_name)?;
    value.text(name, len.into()).map(|_| ())
}

const CLOCK_TYPES: [(&str, u64); 5] = [
    ("ptp.v2.mm.clockType.OC", 0x8000),
    ("ptp.v2.mm.clockType.BC", 0x4000),
    ("ptp.v2.mm.clockType.p2p_TC", 0x2000),
    ("ptp.v2.mm.clockType.e2e_TC", 0x1000),
    ("ptp.v2.mm.clockType.MM", 0x0800),
];

/// What a clock is, section 15.5.3.1.2.
fn description(value: &mut FieldReader<'_, '_>) -> Option<()> {
    let kinds = value.u16("ptp.v2.mm.clockType")?;
    value.flags(kinds.into(), &CLOCK_TYPES);
    value.value("ptp.v2.mm.clockType.reserved", Value::Flag(kinds & 0x07ff != 0));
    text(value, "ptp.v2.mm.physicalLayerProtocol.length", "ptp.v2.mm.physicalLayerProtocol")?;
    let len = value.u16("ptp.v2.mm.physicalAddressLength")?;
    value.bytes("ptp.v2.mm.physicalAddress", len.into())?;
    value.u16("ptp.v2.mm.networkProtocol")?;
    let len = value.u16("ptp.v2.mm.protocolAddress.length")?;
    value.bytes("ptp.v2.mm.protocolAddress", len.into())?;
    value.bytes("ptp.v2.mm.manufacturerIdentity", 3)?;
    value.bytes("ptp.v2.mm.reserved", 1)?;
    text(value, "ptp.v2.mm.productDescription.length", "ptp.v2.mm.productDescription")?;
    text(value, "ptp.v2.mm.revisionData.length", "ptp.v2.mm.revisionData")?;
    text(value, "ptp.v2.mm.userDescription.length", "ptp.v2.mm.userDescription")?;
    value.bytes("ptp.v2.mm.profileIdentity", 6)?;
    value.rest_as("ptp.v2.mm.pad").map(|_| ())
}
