//! Options of Multipath TCP, to be written, as version 1 has them where the versions differ.

use std::net::IpAddr;

use super::mptcp;
use crate::build::FieldPlace;
use crate::{EncodeError, MptcpDataFlags, MptcpOption};

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("tcp", field)
}

impl MptcpOption<'_> {
    /// Appends what stands behind the length.
    pub(super) fn encode_data(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let first = |subtype: u8, nibble: u8| {
            let subtype = place("subtype").bits(subtype, 4)?;
            Ok(subtype << 4 | place("version or flags").bits(nibble, 4)?)
        };
        match *self {
            Self::Capable { version, flags, sender_key, receiver_key, data_length, checksum } => {
                out.extend([first(mptcp::MP_CAPABLE, version)?, flags.bits()]);
                let numbers = [
                    (sender_key, 8),
                    (receiver_key, 8),
                    (data_length.map(u64::from), 2),
                    (checksum.map(u64::from), 2),
                ];
                place("key").numbers(out, &numbers)?;
            }
            Self::JoinSyn { backup, address_id, receiver_token, sender_random } => {
                out.extend([first(mptcp::MP_JOIN, backup.into())?, address_id]);
                out.extend(receiver_token.to_be_bytes());
                out.extend(sender_random.to_be_bytes());
            }
            Self::JoinSynAck { backup, address_id, sender_hmac, sender_random } => {
                out.extend([first(mptcp::MP_JOIN, backup.into())?, address_id]);
                out.extend(sender_hmac.to_be_bytes());
                out.extend(sender_random.to_be_bytes());
            }
            Self::JoinAck { sender_hmac } => {
                out.extend([first(mptcp::MP_JOIN, 0)?, 0]);
                out.extend_from_slice(sender_hmac);
            }
            Self::DataSequence { .. } => {
                out.push(first(mptcp::DSS, 0)?);
                self.encode_data_sequence(out)?;
            }
            Self::AddAddress { echo, address_id, address, port, hmac } => {
                out.extend([first(mptcp::ADD_ADDR, echo.into())?, address_id]);
                match address {
                    IpAddr::V4(address) => out.extend(address.octets()),
                    IpAddr::V6(address) => out.extend(address.octets()),
                }
                out.extend(port.into_iter().flat_map(u16::to_be_bytes));
                out.extend(hmac.into_iter().flat_map(u64::to_be_bytes));
            }
            Self::RemoveAddresses { address_ids } => {
                out.push(first(mptcp::REMOVE_ADDR, 0)?);
                out.extend_from_slice(address_ids);
            }
            Self::Priority { backup, address_id } => {
                out.push(first(mptcp::MP_PRIO, backup.into())?);
                out.extend(address_id);
            }
            Self::Fail { data_sequence_number } => {
                out.extend([first(mptcp::MP_FAIL, 0)?, 0]);
                out.extend(data_sequence_number.to_be_bytes());
            }
            Self::FastClose { receiver_key } => {
                out.extend([first(mptcp::MP_FASTCLOSE, 0)?, 0]);
                out.extend(receiver_key.to_be_bytes());
            }
            Self::Reset { flags, reason } => {
                out.extend([first(mptcp::MP_TCPRST, flags.bits())?, reason]);
            }
            Self::Unknown { subtype, data } => {
                out.push(first(subtype, 0)?);
                out.extend_from_slice(data);
            }
        }
        Ok(())
    }

    /// The flags say what is there, so both must say the same.
    fn encode_data_sequence(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self::DataSequence { flags, data_ack, mapping } = *self else { return Ok(()) };
        let says = [MptcpDataFlags::DATA_ACK, MptcpDataFlags::MAPPING].map(|f| flags.contains(f));
        if says != [data_ack.is_some(), mapping.is_some()] {
            return Err(place("flags").bad(flags.bits().into()));
        }
        let len = |long| if flags.contains(long) { 8 } else { 4 };
        out.push(flags.bits());
        if let Some(ack) = data_ack {
            place("data ack").number(out, ack, len(MptcpDataFlags::LONG_DATA_ACK))?;
        }
        if let Some(mapping) = mapping {
            let len = len(MptcpDataFlags::LONG_MAPPING);
            place("data sequence number").number(out, mapping.data_sequence_number, len)?;
            out.extend(mapping.subflow_sequence_number.to_be_bytes());
            out.extend(mapping.length.to_be_bytes());
            out.extend(mapping.checksum.into_iter().flat_map(u16::to_be_bytes));
        }
        Ok(())
    }
}
