//! Mobility headers, to be written.

use super::{MobilityHeader, MobilityMessage, MobilityOption};
use crate::build::FieldPlace;
use crate::{Encode, EncodeError, Header, Protocol};

/// Lengths are in units of so many bytes.
const UNIT: usize = 8;

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("mipv6", field)
}

/// A header with its message, which says what type it is of, and options. One option of padding
/// fills it up to a multiple of eight bytes.
#[derive(Clone, Copy, Debug)]
pub struct MobilityBuilder<'a> {
    pub header: MobilityHeader,
    pub message: MobilityMessage<'a>,
    pub options: &'a [MobilityOption<'a>],
}

impl Default for MobilityBuilder<'_> {
    /// A binding refresh request.
    fn default() -> Self {
        let (header, message) = (MobilityHeader::default(), MobilityMessage::BindingRefreshRequest);
        Self { header, message, options: &[] }
    }
}

impl Encode for MobilityBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        MobilityHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        MobilityHeader { mh_type: self.message.mh_type(), ..self.header }.encode(out)?;
        self.message.encode(out)?;
        self.options.iter().try_for_each(|option| option.encode(out))?;
        let len = out.len().saturating_sub(start);
        match len.next_multiple_of(UNIT).saturating_sub(len) {
            0 => Ok(()),
            1 => MobilityOption::Pad1.encode(out),
            missing => {
                let zeros = [0; UNIT];
                let padding = zeros.get(..missing.saturating_sub(2)).unwrap_or_default();
                MobilityOption::PadN(padding).encode(out)
            }
        }
    }
}

impl MobilityMessage<'_> {
    /// The number of its type.
    pub fn mh_type(&self) -> u8 {
        match *self {
            Self::BindingRefreshRequest => 0,
            Self::HomeTestInit { .. } => 1,
            Self::CareOfTestInit { .. } => 2,
            Self::HomeTest { .. } => 3,
            Self::CareOfTest { .. } => 4,
            Self::BindingUpdate { .. } => 5,
            Self::BindingAck { .. } => 6,
            Self::BindingError { .. } => 7,
            Self::FastBindingUpdate { .. } => 8,
            Self::FastBindingAck { .. } => 9,
            Self::FastNeighborAdvertisement => 10,
            Self::Experimental(_) => 11,
            Self::HomeAgentSwitch { .. } => 12,
            Self::Heartbeat { .. } => 13,
            Self::HandoverInitiate { .. } => 14,
            Self::HandoverAck { .. } => 15,
            Self::Unknown { kind, .. } => kind,
        }
    }

    /// Appends the message data, as it stands behind the checksum.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::BindingRefreshRequest | Self::FastNeighborAdvertisement => out.extend([0; 2]),
            Self::HomeTestInit { cookie } | Self::CareOfTestInit { cookie } => {
                out.extend([0; 2]);
                out.extend(cookie.to_be_bytes());
            }
            Self::HomeTest { nonce_index, cookie, token }
            | Self::CareOfTest { nonce_index, cookie, token } => {
                out.extend(nonce_index.to_be_bytes());
                out.extend(cookie.to_be_bytes());
                out.extend(token.to_be_bytes());
            }
            Self::BindingUpdate { sequence_number, flags, lifetime }
            | Self::FastBindingUpdate { sequence_number, flags, lifetime } => {
                out.extend(sequence_number.to_be_bytes());
                out.extend(flags.bits().to_be_bytes());
                out.extend(lifetime.to_be_bytes());
            }
            Self::BindingAck { status, flags, sequence_number, lifetime }
            | Self::FastBindingAck { status, flags, sequence_number, lifetime } => {
                out.extend([status, flags.bits()]);
                out.extend(sequence_number.to_be_bytes());
                out.extend(lifetime.to_be_bytes());
            }
            Self::BindingError { status, home_address } => {
                out.extend([status, 0]);
                out.extend(home_address.octets());
            }
            Self::HomeAgentSwitch { agents } => {
                place("# of addresses").number(out, agents.len() as u64, 1)?;
                out.push(0);
                out.extend_from_slice(agents.as_flattened());
            }
            Self::Heartbeat { flags, sequence_number } => {
                out.extend([0, flags.bits()]);
                out.extend(sequence_number.to_be_bytes());
            }
            Self::HandoverInitiate { sequence_number, flags, code } => {
                out.extend(sequence_number.to_be_bytes());
                out.extend([flags, code]);
            }
            Self::HandoverAck { sequence_number, code } => {
                out.extend(sequence_number.to_be_bytes());
                out.extend([0, code]);
            }
            Self::Experimental(data) | Self::Unknown { data, .. } => out.extend_from_slice(data),
        }
        Ok(())
    }
}

impl MobilityOption<'_> {
    /// Appends the option as it stands on the wire.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind());
        if *self == Self::Pad1 {
            return Ok(());
        }
        place("option length").with_length_u8(out, 0, |out| {
            self.encode_data(out);
            Ok(())
        })
    }

    /// The number of its type.
    pub fn kind(&self) -> u8 {
        match *self {
            Self::Pad1 => 0,
            Self::PadN(_) => 1,
            Self::BindingRefreshAdvice(_) => 2,
            Self::AlternateCareOfAddress(_) => 3,
            Self::NonceIndices { .. } => 4,
            Self::BindingAuthorization(_) => 5,
            Self::MobileNetworkPrefix { .. } => 6,
            Self::LinkLayerAddress { .. } => 7,
            Self::MobileNodeIdentifier { .. } => 8,
            Self::Authentication { .. } => 9,
            Self::HomeNetworkPrefix { .. } => 22,
            Self::HandoffIndicator(_) => 23,
            Self::AccessTechnology(_) => 24,
            Self::LinkLocalAddress(_) => 26,
            Self::RestartCounter(_) => 28,
            Self::Unknown { kind, .. } => kind,
        }
    }

    fn encode_data(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Pad1 => {}
            Self::PadN(data) | Self::BindingAuthorization(data) | Self::Unknown { data, .. } => {
                out.extend_from_slice(data);
            }
            Self::BindingRefreshAdvice(interval) => out.extend(interval.to_be_bytes()),
            Self::AlternateCareOfAddress(address) | Self::LinkLocalAddress(address) => {
                out.extend(address.octets());
            }
            Self::NonceIndices { home, care_of } => {
                out.extend_from_slice([home, care_of].map(u16::to_be_bytes).as_flattened());
            }
            Self::MobileNetworkPrefix { prefix_len, prefix }
            | Self::HomeNetworkPrefix { prefix_len, prefix } => {
                out.extend([0, prefix_len]);
                out.extend(prefix.octets());
            }
            Self::LinkLayerAddress { code, address } => {
                out.push(code);
                out.extend_from_slice(address);
            }
            Self::MobileNodeIdentifier { subtype, identifier } => {
                out.push(subtype);
                out.extend_from_slice(identifier);
            }
            Self::Authentication { subtype, spi, data } => {
                out.push(subtype);
                out.extend(spi.to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::HandoffIndicator(number) | Self::AccessTechnology(number) => {
                out.extend([0, number]);
            }
            Self::RestartCounter(count) => out.extend(count.to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{BindingUpdateFlags, ChecksumStatus, Decoder, Fix, Ipv6Header, LinkType, Mobility};
    use crate::{MobilityOptions, serialize_layers};

    #[test]
    fn a_binding_update_is_built_as_it_was_captured() {
        // tshark -r tcpdump/ipv6_mobility_1.pcap -Y frame.number==6 -x
        let message = MobilityMessage::BindingUpdate {
            sequence_number: 1000,
            flags: BindingUpdateFlags::ACKNOWLEDGE,
            lifetime: 3600,
        };
        let mobility = MobilityBuilder { message, ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&Ipv6Header::default(), &mobility];
        serialize_layers(&mut out, Fix::LENGTHS | Fix::NEXT, &layers, b"").unwrap();
        assert_eq!(out[40..], *b"\x3b\x01\x05\0\0\0\x03\xe8\x80\0\x0e\x10\x01\x02\0\0");

        out.clear();
        serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &out);
        let checksum = packet.verify_checksums().last().unwrap();
        assert_eq!(checksum.status(), ChecksumStatus::Good);
        assert_eq!(packet.get::<Mobility<'_>>().unwrap().message(), message);
    }

    proptest! {
        #[test]
        fn any_message_read_is_read_again_as_it_was_written(
            kind in 0_u8..18,
            data in prop::collection::vec(any::<u8>(), 0..48),
        ) {
            let (message, _) = MobilityMessage::new(kind, &data);
            let mut out = Vec::new();
            message.encode(&mut out).unwrap();
            prop_assert_eq!(MobilityMessage::new(message.mh_type(), &out), (message, out.len()));
        }

        #[test]
        fn any_option_read_is_read_again_as_it_was_written(
            kind in 0_u8..32,
            data in prop::collection::vec(any::<u8>(), 0..24),
        ) {
            let length = u8::try_from(data.len()).unwrap();
            let bytes = [&[kind, length][..], &data].concat();
            let option = MobilityOptions::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(MobilityOptions::new(&out).next(), Some(Ok(option)));
        }
    }
}
