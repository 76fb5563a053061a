//! Writing datagrams.

use zerocopy::IntoBytes;

use super::IPFIX;
use super::set::SET_HEADER_LEN;
use super::{NetflowDetails, NetflowField, NetflowHeader, NetflowRecordV5, NetflowSet, PROTOCOL};
use crate::{Encode, EncodeError, Protocol};

/// A datagram, or a message of IPFIX. The version, the length (IPFIX) and the count (version 5) are
/// written into the header; the count of another version stays as it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetflowBuilder<'a> {
    pub header: NetflowHeader,
    pub details: NetflowDetails<'a>,
    pub payload: NetflowPayload<'a>,
}

/// What stands behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetflowPayload<'a> {
    /// Flows of version 5.
    RecordsV5(&'a [NetflowRecordV5]),
    /// Sets of version 9 or of IPFIX.
    Sets(&'a [NetflowSet<'a>]),
    /// Records of any other form.
    Bytes(&'a [u8]),
}

impl Encode for NetflowBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let mut header = self.header;
        header.version.set(self.details.version());
        if let NetflowPayload::RecordsV5(records) = self.payload {
            header.count.set(fit("count", records.len())?);
        }
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.details.as_bytes());
        match self.payload {
            NetflowPayload::RecordsV5(records) => out.extend_from_slice(records.as_bytes()),
            NetflowPayload::Sets(sets) => sets.iter().try_for_each(|set| set.encode(out))?,
            NetflowPayload::Bytes(bytes) => out.extend_from_slice(bytes),
        }
        if header.version == IPFIX {
            let length: u16 = fit("length", out.len().saturating_sub(start))?;
            let place = out.get_mut(start..).and_then(|message| message.get_mut(2..4));
            place.into_iter().for_each(|place| place.copy_from_slice(&length.to_be_bytes()));
        }
        Ok(())
    }
}

impl NetflowSet<'_> {
    /// Appends the set.
    ///
    /// # Errors
    ///
    /// The content has more than 65531 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length: u16 = fit("set length", self.content.len().saturating_add(SET_HEADER_LEN))?;
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(self.content);
        Ok(())
    }
}

/// A template to be built: the content of a set of templates is any number of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetflowTemplateBuilder<'a> {
    /// From 256 on.
    pub id: u16,
    /// Whether this is IPFIX, and not version 9.
    pub is_ipfix: bool,
    /// What the others speak of: a template of options has such, one of flows has none.
    pub scope: &'a [NetflowField],
    pub fields: &'a [NetflowField],
}

impl NetflowTemplateBuilder<'_> {
    /// Appends the template.
    ///
    /// # Errors
    ///
    /// There are more fields than can be counted, or one that is too large: an element above 32767
    /// in IPFIX.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        /// Bytes of a field of version 9, by which options count.
        const UNIT: usize = 4;
        let all = self.scope.len().saturating_add(self.fields.len());
        let counts = match (self.scope, self.is_ipfix) {
            ([], _) => [Some(all), None],
            (scope, true) => [Some(all), Some(scope.len())],
            (scope, false) => {
                let bytes = |fields: &[NetflowField]| fields.len().saturating_mul(UNIT);
                [Some(bytes(scope)), Some(bytes(self.fields))]
            }
        };
        out.extend_from_slice(&self.id.to_be_bytes());
        for count in counts.into_iter().flatten() {
            out.extend_from_slice(&fit::<u16>("field count", count)?.to_be_bytes());
        }
        self.scope.iter().chain(self.fields).try_for_each(|field| field.encode(self.is_ipfix, out))
    }
}

impl NetflowField {
    /// Appends the field of a template.
    ///
    /// # Errors
    ///
    /// The element is above 32767 in IPFIX, or of an enterprise in version 9.
    pub fn encode(&self, is_ipfix: bool, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let NetflowField { element, enterprise, length, .. } = *self;
        let value = match (is_ipfix, enterprise) {
            (true, _) if element & 0x8000 != 0 => Err(too_large("element", element.into())),
            (true, Some(_)) => Ok(element | 0x8000),
            (false, Some(enterprise)) => Err(too_large("enterprise number", enterprise.into())),
            (_, None) => Ok(element),
        };
        out.extend_from_slice(&value?.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        enterprise.into_iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
        Ok(())
    }
}

fn too_large(field: &'static str, value: u64) -> EncodeError {
    EncodeError::TooLarge { layer: PROTOCOL.name, field, value }
}

fn fit<T: TryFrom<usize>>(field: &'static str, value: usize) -> Result<T, EncodeError> {
    T::try_from(value).map_err(|_| too_large(field, value as u64))
}
