//! Headers of IPv4 with options, to be written.

use crate::build::{FieldPlace, pad};
use crate::layers::ipv4::{Ipv4Header, Ipv4Option, Ipv4SourceRoute};
use crate::{Encode, EncodeError, Header, Protocol};

const LENGTH: FieldPlace = FieldPlace::new("ip", "option length");
/// Bytes of kind and length, which the length counts.
const HEADER_LEN: usize = 2;

/// A header with its options. Zeros fill it up to a multiple of four bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ipv4Builder<'a> {
    pub header: Ipv4Header,
    pub options: &'a [Ipv4Option<'a>],
}

impl Encode for Ipv4Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        Ipv4Header::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        self.header.encode(out)?;
        self.options.iter().try_for_each(|option| option.encode(out))?;
        pad(out, start, 4);
        Ok(())
    }
}

impl Ipv4Option<'_> {
    /// Appends the option as it stands on the wire.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind());
        match self {
            Self::EndOfList | Self::NoOperation => Ok(()),
            _ => LENGTH.with_length_u8(out, HEADER_LEN, |out| self.encode_data(out)),
        }
    }

    /// The number of its kind.
    pub fn kind(&self) -> u8 {
        match *self {
            Self::EndOfList => 0,
            Self::NoOperation => 1,
            Self::Route(route) => match route.source {
                None => 7,
                Some(Ipv4SourceRoute::Loose) => 131,
                Some(Ipv4SourceRoute::Strict) => 137,
            },
            Self::Timestamps(_) => 68,
            Self::RouterAlert(_) => 148,
            Self::StreamId(_) => 136,
            Self::Security(_) => 130,
            Self::ExtendedSecurity { .. } => 133,
            Self::Cipso { .. } => 134,
            Self::MtuProbe(_) => 11,
            Self::MtuReply(_) => 12,
            Self::Traceroute { .. } => 82,
            Self::QuickStart { .. } => 25,
            Self::DirectedBroadcast(_) => 149,
            Self::Unknown { kind, .. } => kind,
        }
    }

    fn encode_data(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::EndOfList | Self::NoOperation => {}
            Self::Route(route) => {
                out.push(route.pointer);
                out.extend_from_slice(route.addresses.as_flattened());
            }
            Self::Timestamps(stamps) => {
                let overflow = FieldPlace::new("ip", "overflow").bits(stamps.overflow, 4)?;
                let flag = FieldPlace::new("ip", "flag").bits(stamps.flag, 4)?;
                out.extend([stamps.pointer, overflow << 4 | flag]);
                out.extend_from_slice(stamps.words.as_flattened());
            }
            Self::RouterAlert(number)
            | Self::StreamId(number)
            | Self::MtuProbe(number)
            | Self::MtuReply(number) => out.extend(number.to_be_bytes()),
            Self::Security(data) | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::ExtendedSecurity { format, data } => {
                out.push(format);
                out.extend_from_slice(data);
            }
            Self::Cipso { domain, tags } => {
                out.extend(domain.to_be_bytes());
                out.extend_from_slice(tags);
            }
            Self::Traceroute { id, outbound_hops, return_hops, originator } => {
                let numbers = [id, outbound_hops, return_hops].map(u16::to_be_bytes);
                out.extend_from_slice(numbers.as_flattened());
                out.extend(originator.octets());
            }
            Self::QuickStart { function, rate, ttl, nonce } => {
                let function = FieldPlace::new("ip", "function").bits(function, 4)?;
                let rate = FieldPlace::new("ip", "rate").bits(rate, 4)?;
                let nonce = FieldPlace::new("ip", "nonce").bits(nonce, 30)?;
                out.extend([function << 4 | rate, ttl]);
                out.extend((nonce << 2).to_be_bytes());
            }
            Self::DirectedBroadcast(addresses) => out.extend_from_slice(addresses.as_flattened()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::serialize_layers;
    use crate::{Decoder, EthernetHeader, Fix, IpProtocol, Ipv4, Ipv4Options, LinkType};

    /// An Ethernet frame around a packet with these options, and a payload.
    fn frame(options: &[Ipv4Option<'_>]) -> Result<Vec<u8>, EncodeError> {
        // What was there before must not leak into the padding.
        let mut out = vec![0xaa; 64];
        let header = Ipv4Header { protocol: IpProtocol::NO_NEXT_HEADER.0, ..Default::default() };
        let ipv4 = Ipv4Builder { header, options };
        let ethernet = EthernetHeader::default();
        serialize_layers(&mut out, Fix::all(), &[&ethernet, &ipv4], b"data")?;
        Ok(out.split_off(64))
    }

    #[test]
    fn padding_is_zeros() {
        // gopacket defect 7
        let bytes = frame(&[Ipv4Option::Unknown { kind: 0x94, data: &[1] }]).unwrap();
        assert_eq!(bytes[34..], *b"\x94\x03\x01\0data");
        assert_eq!(bytes[14], 0x46);
    }

    #[test]
    fn an_option_without_data_is_written_and_read() {
        // gopacket defect 6
        let option = Ipv4Option::Unknown { kind: 99, data: &[] };
        let bytes = frame(&[option]).unwrap();
        assert_eq!(bytes[34..38], *b"\x63\x02\0\0");
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let ipv4 = packet.get::<Ipv4<'_>>().unwrap();
        let found: Vec<_> = ipv4.options().collect();
        assert_eq!(found, [Ok(option), Ok(Ipv4Option::EndOfList)]);
        assert_eq!((ipv4.payload, packet.error()), (&b"data"[..], None));
    }

    #[test]
    fn more_options_than_a_header_holds_are_an_error() {
        let data = [7; 39];
        let largest = Ipv4Option::Unknown { kind: 99, data: &data[..38] };
        assert_eq!(frame(&[largest]).unwrap()[14], 0x4f);
        let error = EncodeError::TooLarge { layer: "ip", field: "IHL", value: 16 };
        assert_eq!(frame(&[Ipv4Option::Unknown { kind: 99, data: &data }]), Err(error));
        let option = Ipv4Option::Unknown { kind: 99, data: &[0; 254] };
        let error = EncodeError::TooLarge { layer: "ip", field: "option length", value: 256 };
        assert_eq!(option.encode(&mut Vec::new()), Err(error));
        let option = Ipv4Option::QuickStart { function: 0, rate: 16, ttl: 0, nonce: 0 };
        let error = EncodeError::TooLarge { layer: "ip", field: "rate", value: 16 };
        assert_eq!(option.encode(&mut Vec::new()), Err(error));
    }

    #[test]
    fn options_of_every_kind_are_written_as_they_were_read() {
        let options: &[&[u8]] = &[
            b"\x01\x01\x01\0",
            b"\x07\x0f\x08\x0a\0\0\x01\x0a\0\0\x02\0\0\0\0\0",
            b"\x89\x0b\x0c\x0a\0\0\x01\x0a\0\0\x02\0",
            b"\x83\x07\x04\x0a\0\0\x01\0",
            b"\x44\x14\x0d\x11\x0a\0\0\x01\0\0\0\x05\x0a\0\0\x02\0\0\0\0",
            b"\x94\x04\0\0\x88\x04\x12\x34\x0b\x04\x05\xdc\x0c\x04\x05\xdc",
            b"\x82\x0b\xf1\x35\0\0\0\0\0\0\xab\0",
            b"\x85\x05\x01\x02\x03\0\0\0",
            b"\x19\x08\x05\x40\x12\x34\x56\x78",
            b"\x52\x0c\0\x01\0\x02\0\x03\x0a\0\0\x01\x95\x0a\x0a\0\0\x01\x0a\0\0\x02\x01\x01",
            b"\x86\x08\0\0\0\x01\x01\x10\x9e\x04\x01\x02",
        ];
        for bytes in options {
            let read: Vec<_> = Ipv4Options::new(bytes).map(Result::unwrap).collect();
            let written = frame(&read).unwrap();
            assert_eq!(written[34..written.len() - 4], **bytes);
        }
    }

    proptest! {
        #[test]
        fn any_option_read_is_read_again_as_it_was_written(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            for option in Ipv4Options::new(&bytes).flatten() {
                let mut out = Vec::new();
                option.encode(&mut out).unwrap();
                prop_assert_eq!(Ipv4Options::new(&out).next(), Some(Ok(option)));
            }
        }

        #[test]
        fn any_kind_of_any_length_is_read_again(
            kind: u8,
            data in prop::collection::vec(any::<u8>(), 0..38),
        ) {
            let length = u8::try_from(data.len() + 2).unwrap();
            let bytes = [&[kind, length][..], &data].concat();
            let option = Ipv4Options::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(Ipv4Options::new(&out).next(), Some(Ok(option)));
        }
    }
}
