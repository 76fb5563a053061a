//! Messages of ARP, to be written.

use crate::build::FieldPlace;
use crate::{ArpHeader, Encode, EncodeError, Header, Protocol};

/// A message with its addresses, which say how long they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArpBuilder<'a> {
    pub header: ArpHeader,
    pub sender_hardware: &'a [u8],
    pub sender_protocol: &'a [u8],
    /// As long as that of the sender.
    pub target_hardware: &'a [u8],
    /// As long as that of the sender.
    pub target_protocol: &'a [u8],
}

impl Encode for ArpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        ArpHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = |field, sender: &[u8], target: &[u8]| {
            let (place, length) = (FieldPlace::new("arp", field), sender.len() as u64);
            if sender.len() != target.len() {
                return Err(place.bad(target.len() as u64));
            }
            u8::try_from(length).map_err(|_| place.too_large(length))
        };
        let hardware_length = length("hardware len", self.sender_hardware, self.target_hardware)?;
        let protocol_length = length("protocol len", self.sender_protocol, self.target_protocol)?;
        ArpHeader { hardware_length, protocol_length, ..self.header }.encode(out)?;
        out.extend_from_slice(self.sender_hardware);
        out.extend_from_slice(self.sender_protocol);
        out.extend_from_slice(self.target_hardware);
        out.extend_from_slice(self.target_protocol);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arp, ArpOperation, Layer};

    #[test]
    fn what_is_built_is_read() {
        let arp = ArpBuilder {
            sender_hardware: &[1, 2, 3, 4, 5, 6],
            sender_protocol: &[10, 0, 0, 1],
            target_hardware: &[0; 6],
            target_protocol: &[10, 0, 0, 2],
            ..Default::default()
        };
        let mut out = Vec::new();
        arp.encode(&mut out).unwrap();
        let read = Arp::parse(&out).unwrap();
        assert_eq!(read.operation(), ArpOperation::REQUEST);
        assert_eq!(read.sender_mac(), Some([1, 2, 3, 4, 5, 6]));
        assert_eq!(read.target_ipv4(), Some([10, 0, 0, 2].into()));
        let odd = ArpBuilder { target_protocol: &[10, 0, 0], ..arp };
        assert!(matches!(odd.encode(&mut out), Err(EncodeError::Malformed { .. })));
        let long = [0; 256];
        let long = ArpBuilder { sender_hardware: &long, target_hardware: &long, ..arp };
        let error = EncodeError::TooLarge { layer: "arp", field: "hardware len", value: 256 };
        assert_eq!(long.encode(&mut out), Err(error));
    }
}
