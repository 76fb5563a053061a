//! Messages of version 3 to be built.

use zerocopy::IntoBytes;

use super::{IgmpHeader, IgmpQueryV3, IgmpRecord, IgmpType, PROTOCOL};
use crate::{Encode, EncodeError, Protocol};

/// A report of version 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IgmpReportBuilder<'a> {
    /// What the host wants of each group.
    pub records: &'a [IgmpRecord<'a>],
}

impl Encode for IgmpReportBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let [high, low] = count("number of group records", self.records.len())?.to_be_bytes();
        let message_type = IgmpType::MEMBERSHIP_REPORT_V3.0;
        let group_address = [0, 0, high, low];
        let header = IgmpHeader { message_type, group_address, ..IgmpHeader::default() };
        out.extend_from_slice(header.as_bytes());
        self.records.iter().try_for_each(|record| record.encode(out))
    }
}

/// A query of version 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgmpQueryBuilder<'a> {
    /// Type, times and group.
    pub header: IgmpHeader,
    /// What only version 3 has.
    pub query: IgmpQueryV3<'a>,
}

impl Encode for IgmpQueryBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let IgmpQueryV3 { suppress, robustness, interval_code, sources } = self.query;
        let [high, low] = count("number of sources", sources.len())?.to_be_bytes();
        out.extend_from_slice(self.header.as_bytes());
        let flags = u8::from(suppress) << 3 | robustness & 7;
        out.extend_from_slice(&[flags, interval_code, high, low]);
        out.extend_from_slice(sources.as_flattened());
        Ok(())
    }
}

fn count(field: &'static str, count: usize) -> Result<u16, EncodeError> {
    let error = EncodeError::TooLarge { layer: "igmp", field, value: count as u64 };
    u16::try_from(count).map_err(|_| error)
}
