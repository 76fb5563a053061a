//! Messages of spanning trees, written.

use zerocopy::IntoBytes;

use super::{BpduType, MST_LEN, PROTOCOL, StpConfiguration, StpHeader, StpInstance, StpMst};
use crate::{Encode, EncodeError, Protocol};

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StpBuilder<'a> {
    pub header: StpHeader,
    /// Left out where the message only tells of a changed topology.
    pub configuration: Option<StpConfiguration>,
    /// Its version 3 length is worked out.
    pub mst: Option<StpMst>,
    pub instances: &'a [StpInstance],
    /// Cisco's record at the end.
    pub originating_vlan: Option<u16>,
}

impl Encode for StpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        let Some(configuration) = &self.configuration else { return Ok(()) };
        out.extend_from_slice(configuration.as_bytes());
        if self.header.bpdu_type == BpduType::RAPID.0 {
            out.push(0);
        }
        if let Some(mut mst) = self.mst {
            let length = size_of_val(self.instances).saturating_add(MST_LEN);
            let (layer, field, value) = (PROTOCOL.name, "version 3 length", length as u64);
            let error = EncodeError::TooLarge { layer, field, value };
            mst.version_3_length.set(u16::try_from(length).map_err(|_| error)?);
            out.extend_from_slice(mst.as_bytes());
            out.extend_from_slice(self.instances.as_bytes());
        }
        if let Some(vlan) = self.originating_vlan {
            out.extend_from_slice(&[0, 0, 0, 2]);
            out.extend_from_slice(&vlan.to_be_bytes());
        }
        Ok(())
    }
}
