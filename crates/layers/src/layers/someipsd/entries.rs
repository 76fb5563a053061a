//! Entries of service discovery, section 4.1.2.3 and 4.1.2.4, read and written.

use std::fmt;

use super::too_large;
use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::{EncodeError, Malformed};

/// Bytes of an entry.
const LEN: usize = super::ENTRY_LEN as usize;

/// What an entry is; where its time to live is 0, it takes that back. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SomeIpSdEntryType(pub u8);

numbers! {
    SomeIpSdEntryType "entry {:#04x}" {
        /// Who has this service?
        FIND_SERVICE = 0 "find";
        /// I have it.
        OFFER_SERVICE = 1 "offer";
        /// Send me these events.
        SUBSCRIBE_EVENTGROUP = 6 "subscribe";
        /// I will.
        SUBSCRIBE_EVENTGROUP_ACK = 7 "subscribe ack";
    }
}

/// What an entry says beside the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SomeIpSdEntryBody {
    /// Of a service as a whole.
    Service { minor_version: u32 },
    /// Of some of its events.
    Eventgroup {
        /// 4 bits: tells subscriptions of one sender apart.
        counter: u8,
        eventgroup_id: u16,
        /// The bits beside the counter, 12 of them, of which the 8th asks for events at once.
        reserved: u16,
    },
}

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SomeIpSdEntry {
    pub kind: SomeIpSdEntryType,
    /// Where the first run of options starts.
    pub index1: u8,
    pub index2: u8,
    /// Options in the first run, 4 bits.
    pub count1: u8,
    pub count2: u8,
    pub service_id: u16,
    /// 0xffff stands for all.
    pub instance_id: u16,
    pub major_version: u8,
    /// In seconds, 24 bits.
    pub ttl: u32,
    pub body: SomeIpSdEntryBody,
}

/// The name of an entry, as its time to live makes it one.
pub(super) struct KindWithTtl(SomeIpSdEntryType, u32);

impl fmt::Display for KindWithTtl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(SomeIpSdEntryType::SUBSCRIBE_EVENTGROUP_ACK, 0) => f.write_str("subscribe nack"),
            Self(SomeIpSdEntryType::FIND_SERVICE, _) | Self(_, 1..) => self.0.fmt(f),
            Self(kind, 0) => write!(f, "stop {kind}"),
        }
    }
}

impl SomeIpSdEntry {
    fn read(bytes: &[u8; LEN]) -> Self {
        let &[kind, index1, index2, counts, a, b, c, d, major_version, e, f, g, w, x, y, z] = bytes;
        let body = if matches!(kind, 4..=7) {
            let word = u16::from_be_bytes([w, x]);
            let counter = x & 0x0f;
            let eventgroup_id = u16::from_be_bytes([y, z]);
            SomeIpSdEntryBody::Eventgroup { counter, eventgroup_id, reserved: word >> 4 }
        } else {
            SomeIpSdEntryBody::Service { minor_version: u32::from_be_bytes([w, x, y, z]) }
        };
        Self {
            kind: SomeIpSdEntryType(kind),
            index1,
            index2,
            count1: counts >> 4,
            count2: counts & 0x0f,
            service_id: u16::from_be_bytes([a, b]),
            instance_id: u16::from_be_bytes([c, d]),
            major_version,
            ttl: u32::from_be_bytes([0, e, f, g]),
            body,
        }
    }

    pub(super) fn kind_with_ttl(&self) -> KindWithTtl {
        KindWithTtl(self.kind, self.ttl)
    }

    /// Appends the entry.
    ///
    /// # Errors
    ///
    /// A count or a counter does not fit 4 bits, reserved bits 12, or the time to live 24.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let nibble = |field, value: u8| {
            if value > 15 { Err(too_large(field, value.into())) } else { Ok(value) }
        };
        let count1 = nibble("number of options 1", self.count1)?;
        let count2 = nibble("number of options 2", self.count2)?;
        let [high, ttl @ ..] = self.ttl.to_be_bytes();
        if high != 0 {
            return Err(too_large("TTL", self.ttl.into()));
        }
        out.extend_from_slice(&[self.kind.0, self.index1, self.index2, count1 << 4 | count2]);
        out.extend_from_slice(&self.service_id.to_be_bytes());
        out.extend_from_slice(&self.instance_id.to_be_bytes());
        out.push(self.major_version);
        out.extend_from_slice(&ttl);
        match self.body {
            SomeIpSdEntryBody::Service { minor_version } => {
                out.extend_from_slice(&minor_version.to_be_bytes());
            }
            SomeIpSdEntryBody::Eventgroup { counter, eventgroup_id, reserved } => {
                let counter = nibble("counter", counter)?;
                if reserved > 0x0fff {
                    return Err(too_large("reserved", reserved.into()));
                }
                let word = reserved << 4 | u16::from(counter);
                out.extend_from_slice(&word.to_be_bytes());
                out.extend_from_slice(&eventgroup_id.to_be_bytes());
            }
        }
        Ok(())
    }
}

/// The entries of a message. Ends behind the first that is cut short.
#[derive(Clone, Debug)]
pub struct SomeIpSdEntries<'a>(&'a [u8]);

impl<'a> SomeIpSdEntries<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl Iterator for SomeIpSdEntries<'_> {
    type Item = Result<SomeIpSdEntry, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        match bytes.split_first_chunk() {
            Some((entry, rest)) => {
                self.0 = rest;
                Some(Ok(SomeIpSdEntry::read(entry)))
            }
            None if bytes.is_empty() => None,
            None => Some(Err(Malformed::Truncated { need: LEN, have: bytes.len() })),
        }
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let kind = reader.u8("someipsd.entry.type")?;
        reader.u8("someipsd.entry.index1")?;
        reader.u8("someipsd.entry.index2")?;
        let counts = reader.word(1)?;
        reader.bits("someipsd.entry.numopt1", counts >> 4);
        reader.bits("someipsd.entry.numopt2", counts & 0x0f);
        reader.u16("someipsd.entry.serviceid")?;
        reader.u16("someipsd.entry.instanceid")?;
        reader.u8("someipsd.entry.majorver")?;
        reader.u24("someipsd.entry.ttl")?;
        if matches!(kind, 4..=7) {
            reader.u8("someipsd.entry.reserved")?;
            let counter = reader.word(1)?;
            reader.flag("someipsd.entry.initialevents", counter & 0x80 != 0);
            reader.bits("someipsd.entry.reserved2", counter >> 4 & 7);
            reader.bits("someipsd.entry.counter", counter & 0x0f);
            reader.u16("someipsd.entry.eventgroupid")?;
        } else {
            reader.u32("someipsd.entry.minorver")?;
        }
    }
    Some(())
}
