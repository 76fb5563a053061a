//! Headers of TCP with options, to be written.

use zerocopy::IntoBytes;

use crate::build::{FieldPlace, pad};
use crate::layers::tcp::options as kind;
use crate::{Encode, EncodeError, Header, Protocol, TcpHeader, TcpOption};

const LENGTH: FieldPlace = FieldPlace::new("tcp", "option length");
/// Bytes of kind and length, which the length counts.
const HEADER_LEN: usize = 2;

/// A header with its options. The end of the list fills it up to a multiple of four bytes;
/// [`TcpOption::NoOperation`] aligns options where that is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpBuilder<'a> {
    pub header: TcpHeader,
    pub options: &'a [TcpOption<'a>],
}

impl Encode for TcpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        TcpHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        self.header.encode(out)?;
        self.options.iter().try_for_each(|option| option.encode(out))?;
        pad(out, start, 4);
        Ok(())
    }
}

impl TcpOption<'_> {
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
            Self::EndOfList => kind::END_OF_LIST,
            Self::NoOperation => kind::NO_OPERATION,
            Self::MaximumSegmentSize(_) => kind::MAXIMUM_SEGMENT_SIZE,
            Self::WindowScale(_) => kind::WINDOW_SCALE,
            Self::SackPermitted => kind::SACK_PERMITTED,
            Self::Sack(_) => kind::SACK,
            Self::Echo(_) => kind::ECHO,
            Self::EchoReply(_) => kind::ECHO_REPLY,
            Self::Timestamps { .. } => kind::TIMESTAMPS,
            Self::ConnectionCount(_) => kind::CC,
            Self::ConnectionCountNew(_) => kind::CC_NEW,
            Self::ConnectionCountEcho(_) => kind::CC_ECHO,
            Self::Md5Signature(_) => kind::MD5_SIGNATURE,
            Self::QuickStart { .. } => kind::QUICK_START,
            Self::UserTimeout { .. } => kind::USER_TIMEOUT,
            Self::Authentication { .. } => kind::AUTHENTICATION,
            Self::Multipath(_) => kind::MULTIPATH,
            Self::FastOpen(_) => kind::FAST_OPEN,
            Self::AccurateEcn { order: 0, .. } => kind::ACCURATE_ECN_0,
            Self::AccurateEcn { .. } => kind::ACCURATE_ECN_1,
            Self::Experiment { kind, .. }
            | Self::BadLength { kind, .. }
            | Self::Unknown { kind, .. } => kind,
        }
    }

    fn encode_data(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::EndOfList | Self::NoOperation | Self::SackPermitted => {}
            Self::MaximumSegmentSize(size) => out.extend(size.to_be_bytes()),
            Self::WindowScale(shift) => out.push(shift),
            Self::Sack(blocks) => out.extend_from_slice(blocks.as_bytes()),
            Self::Echo(number)
            | Self::EchoReply(number)
            | Self::ConnectionCount(number)
            | Self::ConnectionCountNew(number)
            | Self::ConnectionCountEcho(number) => out.extend(number.to_be_bytes()),
            Self::Timestamps { value, echo_reply } => {
                out.extend(value.to_be_bytes());
                out.extend(echo_reply.to_be_bytes());
            }
            Self::Md5Signature(digest) => out.extend_from_slice(digest),
            Self::QuickStart { rate, ttl_difference, nonce } => {
                let rate = FieldPlace::new("tcp", "rate").bits(rate, 4)?;
                let nonce = FieldPlace::new("tcp", "nonce").bits(nonce, 30)?;
                out.extend([rate, ttl_difference]);
                out.extend((nonce << 2).to_be_bytes());
            }
            Self::UserTimeout { in_minutes, timeout } => {
                let timeout = FieldPlace::new("tcp", "user timeout").bits(timeout, 15)?;
                out.extend((u16::from(in_minutes) << 15 | timeout).to_be_bytes());
            }
            Self::Authentication { key_id, receive_next_key_id, mac } => {
                out.extend([key_id, receive_next_key_id]);
                out.extend_from_slice(mac);
            }
            Self::Multipath(mptcp) => mptcp.encode_data(out)?,
            Self::AccurateEcn { order, ee0b, eceb, ee1b } => {
                let [first, last] = if order == 0 { [ee0b, ee1b] } else { [ee1b, ee0b] };
                let counters = [first, eceb, last].map(|counter| (counter.map(u64::from), 3));
                FieldPlace::new("tcp", "accurate ECN counter").numbers(out, &counters)?;
            }
            Self::Experiment { id, data, .. } => {
                out.extend(id.to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::FastOpen(data) | Self::BadLength { data, .. } | Self::Unknown { data, .. } => {
                out.extend_from_slice(data);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ChecksumStatus, Decoder, Fix, Ipv4Header, Ipv6Header, LinkType, MptcpDataFlags};
    use crate::{MptcpOption, TcpOptions, serialize_layers};

    fn segment(options: &[TcpOption<'_>]) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0xaa; 64];
        let tcp = TcpBuilder { options, ..Default::default() };
        serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &tcp], b"data")?;
        Ok(out.split_off(64))
    }

    #[test]
    fn the_options_of_a_syn_are_written_as_they_were_read() {
        // tshark -r mptcp-aa-v1.pcap -Y frame.number==3 (tcpdump's test captures)
        let bytes = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\x7b\x66\x49\x1f\0\0\0\0\x01\x03\x03\x07\
            \x1e\x04\x01\x01";
        let options: Vec<_> = TcpOptions::new(bytes).map(Result::unwrap).collect();
        let segment = segment(&options).unwrap();
        assert_eq!(segment[40..64], *bytes);
        assert_eq!((segment[32], &segment[64..]), (0xb0, &b"data"[..]));
    }

    #[test]
    fn the_end_of_the_list_fills_a_header_up() {
        let bytes = segment(&[TcpOption::WindowScale(7)]).unwrap();
        assert_eq!((bytes[32], &bytes[40..]), (0x60, &b"\x03\x03\x07\0data"[..]));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let too_large = |field, value| EncodeError::TooLarge { layer: "tcp", field, value };
        let data = [0; 39];
        let option = |len| TcpOption::Unknown { kind: 200, data: &data[..len] };
        assert_eq!(segment(&[option(38)]).unwrap()[32], 0xf0);
        assert_eq!(segment(&[option(39)]), Err(too_large("data offset", 16)));
        let option = TcpOption::UserTimeout { in_minutes: false, timeout: 0x8000 };
        assert_eq!(segment(&[option]), Err(too_large("user timeout", 0x8000)));
        let option =
            TcpOption::AccurateEcn { order: 0, ee0b: Some(1 << 24), eceb: None, ee1b: None };
        assert_eq!(segment(&[option]), Err(too_large("accurate ECN counter", 1 << 24)));
        let hole = TcpOption::AccurateEcn { order: 0, ee0b: None, eceb: Some(7), ee1b: None };
        assert!(matches!(segment(&[hole]), Err(EncodeError::Malformed { .. })));
        let flags = MptcpDataFlags::DATA_ACK;
        let ack = MptcpOption::DataSequence { flags, data_ack: Some(1 << 32), mapping: None };
        let error = too_large("data ack", 1 << 32);
        assert_eq!(segment(&[TcpOption::Multipath(ack)]), Err(error));
        let ack = MptcpOption::DataSequence { flags, data_ack: None, mapping: None };
        let result = segment(&[TcpOption::Multipath(ack)]);
        assert!(matches!(result, Err(EncodeError::Malformed { .. })));
    }

    #[test]
    fn a_checksum_covers_the_pseudo_header_of_both_versions() {
        // gopacket defect 36
        let ipv6 = Ipv6Header { source: [0x20; 16], ..Default::default() };
        let tcp = TcpHeader { source_port: 1.into(), ..Default::default() };
        for (link_type, ip) in [
            (LinkType::IPV4, &Ipv4Header::default() as &dyn Encode),
            (LinkType::IPV6, &ipv6 as &dyn Encode),
        ] {
            let mut bytes = Vec::new();
            serialize_layers(&mut bytes, Fix::all(), &[ip, &tcp], b"odd").unwrap();
            let decoder = Decoder::default();
            let status = |bytes: &[u8]| {
                let packet = decoder.decode(link_type, bytes);
                packet.verify_checksums().last().map(|checksum| checksum.status())
            };
            assert_eq!(status(&bytes), Some(ChecksumStatus::Good));
            *bytes.last_mut().unwrap() ^= 0x10;
            assert_eq!(status(&bytes), Some(ChecksumStatus::Bad));
            bytes.pop();
            assert_eq!(status(&bytes), Some(ChecksumStatus::Unverified));
        }
    }

    proptest! {
        #[test]
        fn any_option_read_is_read_again_as_it_was_written(
            kind: u8,
            data in prop::collection::vec(any::<u8>(), 0..38),
        ) {
            let length = u8::try_from(data.len() + 2).unwrap();
            let bytes = [&[kind, length][..], &data].concat();
            let option = TcpOptions::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(TcpOptions::new(&out).next(), Some(Ok(option)));
        }

        #[test]
        fn any_multipath_option_is_read_again(
            first: u8,
            data in prop::collection::vec(any::<u8>(), 0..30),
        ) {
            let length = u8::try_from(data.len() + 3).unwrap();
            let bytes = [&[30, length, first % 0xa0][..], &data].concat();
            let option = TcpOptions::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(TcpOptions::new(&out).next(), Some(Ok(option)));
        }
    }
}
