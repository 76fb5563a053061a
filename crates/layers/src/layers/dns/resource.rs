//! A record of DNS, to be written.

use super::{DnsClass, DnsData, DnsName, DnsRecord};

/// A record to be written. Its type is that of its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsResource<'a> {
    pub name: DnsName<'a>,
    /// The class; of OPT, most bytes of a datagram that the sender takes.
    pub class: DnsClass,
    /// How many seconds it holds; of OPT, upper bits of the response code, version and flags.
    pub ttl: u32,
    pub data: DnsData<'a>,
}

impl<'a> From<DnsRecord<'a>> for DnsResource<'a> {
    fn from(record: DnsRecord<'a>) -> Self {
        let DnsRecord { name, class, ttl, .. } = record;
        Self { name, class, ttl, data: record.data() }
    }
}
