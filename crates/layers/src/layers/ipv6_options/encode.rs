//! Options headers of IPv6, to be written.

use std::iter;

use super::{Ipv6Option, Ipv6Options, OptionsHeader, PAD1, UNIT};
use crate::build::FieldPlace;
use crate::{Behind, EncodeError, IpProtocol};

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("ipv6", field)
}

/// Appends a header and its options, and fills it up to a multiple of eight bytes by one option of
/// padding, RFC 8200 section 4.2.
pub(in crate::layers) fn encode_header<H: OptionsHeader>(
    header: &H,
    options: &[Ipv6Option<'_>],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(header.as_bytes());
    options.iter().try_for_each(|option| option.encode(out))?;
    let len = out.len().saturating_sub(start);
    match len.next_multiple_of(UNIT).saturating_sub(len) {
        0 => Ok(()),
        1 => Ipv6Option::Pad1.encode(out),
        missing => {
            let zeros = [0; UNIT];
            let padding = zeros.get(..missing.saturating_sub(2)).unwrap_or_default();
            Ipv6Option::PadN(padding).encode(out)
        }
    }
}

/// Writes the length of a header and, if one of its options is there for that, of a jumbogram.
pub(in crate::layers) fn lengths<H: OptionsHeader>(
    bytes: &mut [u8],
    behind: &Behind,
) -> Result<(), EncodeError> {
    let (header, rest) = behind.split::<H>(bytes)?;
    header.set_header_ext_len(behind.header_units("hdr ext len", UNIT, 1)?);
    let len = behind.header_len.saturating_add(behind.payload_len);
    // RFC 2675, section 3: the option has no place in front of a payload that needs none.
    if u16::try_from(len).is_ok() {
        return Ok(());
    }
    let options = rest.get(..behind.header_len.saturating_sub(size_of::<H>())).unwrap_or_default();
    let mut options = Ipv6Options::new(options);
    let jumbo = iter::from_fn(|| options.next_raw())
        .flatten()
        .find(|raw| matches!(super::understand(*raw), Ipv6Option::JumboPayload(_)));
    if let Some(at) = jumbo.map(|raw| raw.at.saturating_add(2)) {
        let length: u32 = behind.fit("jumbo payload length", len)?;
        let place = rest.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        place.into_iter().for_each(|place| *place = length.to_be_bytes());
    }
    Ok(())
}

/// Writes what follows a header.
pub(in crate::layers) fn next<H: OptionsHeader>(
    bytes: &mut [u8],
    behind: &Behind,
) -> Result<(), EncodeError> {
    let next_header = behind.header::<H>(bytes)?.next_header_mut();
    *next_header = behind.ip_protocol(IpProtocol(*next_header)).0;
    Ok(())
}

impl Ipv6Option<'_> {
    /// Appends the option as it stands on the wire. Some options must stand at certain places: put
    /// [`Ipv6Option::PadN`] in front of them.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind());
        match self {
            Self::Pad1 => Ok(()),
            _ => place("opt data len").with_length_u8(out, 0, |out| self.encode_data(out)),
        }
    }

    /// The number of its type.
    pub fn kind(&self) -> u8 {
        match *self {
            Self::Pad1 => PAD1,
            Self::PadN(_) => 0x01,
            Self::TunnelEncapsulationLimit(_) => 0x04,
            Self::RouterAlert(_) => 0x05,
            Self::Calipso { .. } => 0x07,
            Self::SmfIdentifier { .. } | Self::SmfHash(_) => 0x08,
            Self::Metrics(_) => 0x0f,
            Self::QuickStart { .. } => 0x26,
            Self::MinimumPathMtu { .. } => 0x30,
            Self::Ioam { option_type, .. } | Self::Rpl { option_type, .. } => option_type.0,
            Self::Mpl { .. } => 0x6d,
            Self::IlnpNonce(_) => 0x8b,
            Self::LineIdentification(_) => 0x8c,
            Self::JumboPayload(_) => 0xc2,
            Self::HomeAddress(_) => 0xc9,
            Self::DepthFirstForwarding { .. } => 0xee,
            Self::Experimental { kind, .. } | Self::Unknown { kind, .. } => kind.0,
        }
    }

    fn encode_data(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Pad1 => {}
            Self::PadN(data)
            | Self::SmfHash(data)
            | Self::IlnpNonce(data)
            | Self::Experimental { data, .. }
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::TunnelEncapsulationLimit(limit) => out.push(limit),
            Self::RouterAlert(value) => out.extend(value.to_be_bytes()),
            Self::Calipso { domain, sensitivity_level, checksum, bitmap } => {
                let (words, rest) = bitmap.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(place("compartment length").bad(bitmap.len() as u64));
                }
                let words = place("compartment length").bits(words.len() as u64, 8)?;
                out.extend(domain.to_be_bytes());
                place("compartment length").number(out, words, 1)?;
                out.push(sensitivity_level);
                out.extend(checksum.to_be_bytes());
                out.extend_from_slice(bitmap);
            }
            Self::SmfIdentifier { tagger_type, tagger, identifier } => {
                let kind = place("tagger type").bits(tagger_type, 3)?;
                // RFC 6621, section 6.1.1: one less than the length of the tagger, if there is one.
                let length = tagger.len().saturating_sub(1) as u64;
                if (kind == 0) != tagger.is_empty() {
                    return Err(place("tagger length").bad(length));
                }
                let length = place("tagger length").bits(length, 4)?;
                place("tagger length").number(out, u64::from(kind) << 4 | length, 1)?;
                out.extend_from_slice(tagger);
                out.extend_from_slice(identifier);
            }
            Self::Metrics(metrics) => {
                out.extend([metrics.scale_last_received, metrics.scale_last_sent]);
                let words = [
                    metrics.this_packet,
                    metrics.last_received,
                    metrics.delta_last_received,
                    metrics.delta_last_sent,
                ];
                out.extend_from_slice(words.map(u16::to_be_bytes).as_flattened());
            }
            Self::QuickStart { function, rate, ttl, nonce } => {
                let function = place("function").bits(function, 4)?;
                let nonce = place("nonce").bits(nonce, 30)?;
                out.extend([function << 4 | place("rate").bits(rate, 4)?, ttl]);
                out.extend((nonce << 2).to_be_bytes());
            }
            Self::MinimumPathMtu { minimum, returned, wants_answer } => {
                if returned & 1 != 0 {
                    // RFC 9268, section 5: the last bit is not of the number.
                    return Err(place("rtn-pmtu").bad(returned.into()));
                }
                out.extend(minimum.to_be_bytes());
                out.extend((returned | u16::from(wants_answer)).to_be_bytes());
            }
            Self::Ioam { kind, data, .. } => {
                out.extend([0, kind]);
                out.extend_from_slice(data);
            }
            Self::Rpl { flags, instance, sender_rank, rest, .. } => {
                out.extend([flags, instance]);
                out.extend(sender_rank.to_be_bytes());
                out.extend_from_slice(rest);
            }
            Self::Mpl { flags, sequence, seed } => {
                if seed.len() != super::seed_len(flags) {
                    return Err(place("seed-id").bad(seed.len() as u64));
                }
                out.extend([flags, sequence]);
                out.extend_from_slice(seed);
            }
            Self::LineIdentification(line) => {
                place("LineIDLen").with_length_u8(out, 0, |out| {
                    out.extend_from_slice(line);
                    Ok(())
                })?;
            }
            Self::JumboPayload(length) => out.extend(length.to_be_bytes()),
            Self::HomeAddress(address) => out.extend(address.octets()),
            Self::DepthFirstForwarding { flags, sequence_number } => {
                out.push(flags);
                out.extend(sequence_number.to_be_bytes());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Encode, Fix, Ipv6DestinationBuilder, Ipv6Header, Ipv6HopByHop};
    use crate::{Ipv6HopByHopBuilder, Layer, LinkType, UdpHeader, serialize_layers};

    fn packet(options: &[Ipv6Option<'_>], payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0xaa; 64];
        let options = Ipv6HopByHopBuilder { options, ..Default::default() };
        let layers: [&dyn Encode; 2] = [&Ipv6Header::default(), &options];
        serialize_layers(&mut out, Fix::all(), &layers, payload)?;
        Ok(out.split_off(64))
    }

    /// The bytes behind the next header.
    #[track_caller]
    fn check(options: &[Ipv6Option<'_>], expected: &[u8]) {
        assert_eq!(packet(options, b"").unwrap()[41..], *expected);
    }

    #[test]
    fn options_are_filled_up_to_eight_bytes() {
        let five = Ipv6Option::Unknown { kind: crate::Ipv6OptionType(0x1f), data: &[1, 2, 3] };
        check(&[five], b"\x00\x1f\x03\x01\x02\x03\0");
        check(&[five, five], b"\x01\x1f\x03\x01\x02\x03\x1f\x03\x01\x02\x03\x01\x02\0\0");
        // gopacket defect 3
        let seven = Ipv6Option::PadN(&[9; 5]);
        check(&[seven], b"\x01\x01\x05\x09\x09\x09\x09\x09\x01\x05\0\0\0\0\0");
        check(&[Ipv6Option::RouterAlert(0)], b"\x00\x05\x02\0\0\x01\0");
        check(&[Ipv6Option::JumboPayload(7)], b"\x00\xc2\x04\0\0\0\x07");
        check(&[], b"\x00\x01\x04\0\0\0\0");
    }

    #[test]
    fn the_length_of_a_jumbogram_goes_to_its_option() {
        let payload = vec![7; 70_000];
        let options = [Ipv6Option::JumboPayload(0)];
        let bytes = packet(&options, &payload).unwrap();
        assert_eq!((&bytes[4..6], &bytes[42..48]), (&[0, 0][..], &b"\xc2\x04\0\x01\x11\x78"[..]));
        let error = EncodeError::TooLarge { layer: "ipv6", field: "payload length", value: 70_008 };
        assert_eq!(packet(&[], &payload), Err(error));
        // What fits without it goes without it.
        let bytes = packet(&options, &payload[..65_527]).unwrap();
        assert_eq!((&bytes[4..6], &bytes[44..48]), (&[0xff, 0xff][..], &[0; 4][..]));
    }

    #[test]
    fn a_jumbogram_of_udp_has_no_length() {
        let options = [Ipv6Option::JumboPayload(0)];
        let options = Ipv6HopByHopBuilder { options: &options, ..Default::default() };
        let layers: [&dyn Encode; 3] = [&Ipv6Header::default(), &options, &UdpHeader::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, &vec![7; 70_000]).unwrap();
        assert_eq!((&out[52..54], out[40]), (&[0, 0][..], 17));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &out);
        assert_eq!((packet.payload().len(), packet.is_truncated()), (70_000, false));
        // Without the option it is the layer around that cannot hold it.
        let layers: [&dyn Encode; 2] = [&Ipv6Header::default(), &UdpHeader::default()];
        let result = serialize_layers(&mut out, Fix::all(), &layers, &vec![7; 70_000]);
        let error = EncodeError::TooLarge { layer: "ipv6", field: "payload length", value: 70_008 };
        assert_eq!(result, Err(error));
    }

    #[test]
    fn destination_options_are_written_as_they_were_captured() {
        // tshark -r zeek/chksums__ip6-hoa-udp-good-chksum.pcap -x
        let address = "2001:78:1:32::1".parse().unwrap();
        let options = [Ipv6Option::PadN(&[0; 2]), Ipv6Option::HomeAddress(address)];
        let destination = Ipv6DestinationBuilder { options: &options, ..Default::default() };
        let mut out = Vec::new();
        destination.encode(&mut out).unwrap();
        assert_eq!(out[2..], *b"\x01\x02\0\0\xc9\x10\x20\x01\0\x78\0\x01\0\x32\0\0\0\0\0\0\0\x01");
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let too_large = |layer, field, value| Err(EncodeError::TooLarge { layer, field, value });
        let bad = |option: Ipv6Option<'_>| {
            matches!(packet(&[option], b""), Err(EncodeError::Malformed { .. }))
        };
        let data = [0; 256];
        assert_eq!(packet(&[Ipv6Option::PadN(&data)], b""), too_large("ipv6", "opt data len", 256));
        // 2 bytes and 8 options of 255 fit in 2048 bytes, 9 do not.
        let option = Ipv6Option::PadN(&data[..253]);
        assert_eq!(packet(&[option; 8], b"").unwrap()[41], 255);
        assert_eq!(packet(&[option; 9], b""), too_large("ipv6.hopopts", "hdr ext len", 287));
        assert!(bad(Ipv6Option::MinimumPathMtu { minimum: 0, returned: 1, wants_answer: false }));
        assert!(bad(Ipv6Option::Mpl { flags: 0x40, sequence: 0, seed: &[0] }));
        assert!(bad(Ipv6Option::SmfIdentifier { tagger_type: 0, tagger: &[0], identifier: &[] }));
        let calipso =
            Ipv6Option::Calipso { domain: 0, sensitivity_level: 0, checksum: 0, bitmap: &[0; 3] };
        assert!(bad(calipso));
    }

    proptest! {
        #[test]
        fn any_option_read_is_read_again_as_it_was_written(
            kind: u8,
            data in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let length = u8::try_from(data.len()).unwrap();
            let bytes = [&[kind, length][..], &data].concat();
            let option = Ipv6Options::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(Ipv6Options::new(&out).next(), Some(Ok(option)));
        }

        #[test]
        fn any_header_built_is_read(
            kinds in prop::collection::vec((2_u8.., prop::collection::vec(any::<u8>(), 0..9)), 0..9),
        ) {
            let mut bytes = Vec::new();
            for (kind, data) in &kinds {
                bytes.extend([*kind, u8::try_from(data.len()).unwrap()]);
                bytes.extend(data);
            }
            let options: Vec<_> = Ipv6Options::new(&bytes).map(Result::unwrap).collect();
            let written = packet(&options, b"data").unwrap();
            let read = Ipv6HopByHop::parse(&written[40..]).unwrap();
            prop_assert_eq!(read.payload, b"data");
            let found: Vec<_> = read.options().take(options.len()).map(Result::unwrap).collect();
            prop_assert_eq!(found, options);
        }
    }
}
