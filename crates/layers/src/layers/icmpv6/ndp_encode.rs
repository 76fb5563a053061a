//! Options of neighbor discovery, and records of multicast listeners, to be written.

use zerocopy::IntoBytes;

use super::mld::MldRecord;
use super::ndp::{NdpOption, nat64_prefix_length};
use crate::EncodeError;
use crate::build::{FieldPlace, pad};

/// RFC 4861, section 4.6: lengths of options are in units of so many bytes.
const UNIT: usize = 8;
/// Bytes of an address.
const ADDRESS_LEN: usize = 16;

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("icmpv6", field)
}

impl NdpOption<'_> {
    /// Appends the option as it stands on the wire, filled up to eight bytes.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend([self.kind(), 0]);
        self.encode_data(out)?;
        pad(out, start, UNIT);
        let units = out.len().saturating_sub(start) / UNIT;
        let length = u8::try_from(units).map_err(|_| place("length").too_large(units as u64))?;
        out.get_mut(start.saturating_add(1)).into_iter().for_each(|byte| *byte = length);
        Ok(())
    }

    /// The number of its type.
    pub fn kind(&self) -> u8 {
        match *self {
            Self::SourceLinkLayerAddress(_) => 1,
            Self::TargetLinkLayerAddress(_) => 2,
            Self::Prefix(_) => 3,
            Self::RedirectedPacket(_) => 4,
            Self::Mtu(_) => 5,
            Self::AdvertisementInterval(_) => 7,
            Self::HomeAgent { .. } => 8,
            Self::SourceAddresses(_) => 9,
            Self::TargetAddresses(_) => 10,
            Self::Nonce(_) => 14,
            Self::Route { .. } => 24,
            Self::DnsServers { .. } => 25,
            Self::RouterFlags(_) => 26,
            Self::DnsSearchList { .. } => 31,
            Self::CaptivePortal(_) => 37,
            Self::Nat64 { .. } => 38,
            Self::Unknown { kind, .. } => kind,
        }
    }

    fn encode_data(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::SourceLinkLayerAddress(data)
            | Self::TargetLinkLayerAddress(data)
            | Self::Nonce(data)
            | Self::CaptivePortal(data)
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::Prefix(prefix) => out.extend_from_slice(prefix.as_bytes()),
            Self::RedirectedPacket(packet) => {
                out.extend([0; 6]);
                out.extend_from_slice(packet);
            }
            Self::Mtu(number) | Self::AdvertisementInterval(number) => {
                out.extend([0; 2]);
                out.extend(number.to_be_bytes());
            }
            Self::HomeAgent { preference, lifetime } => {
                out.extend([0; 2]);
                out.extend(preference.to_be_bytes());
                out.extend(lifetime.to_be_bytes());
            }
            Self::SourceAddresses(list) | Self::TargetAddresses(list) => {
                out.extend([0; 6]);
                out.extend_from_slice(list.as_flattened());
            }
            Self::Route { prefix, prefix_length, preference, lifetime } => {
                out.extend([prefix_length, place("prf").bits(preference, 2)? << 3]);
                out.extend(lifetime.to_be_bytes());
                out.extend_from_slice(route_prefix(&prefix.octets(), prefix_length));
            }
            Self::DnsServers { lifetime, servers } => {
                out.extend([0; 2]);
                out.extend(lifetime.to_be_bytes());
                out.extend_from_slice(servers.as_flattened());
            }
            Self::RouterFlags(flags) => out.extend_from_slice(flags),
            Self::DnsSearchList { lifetime, domains } => {
                out.extend([0; 2]);
                out.extend(lifetime.to_be_bytes());
                out.extend_from_slice(domains.as_bytes());
            }
            Self::Nat64 { prefix, prefix_length, lifetime } => {
                // RFC 8781, section 4: the lower three bits are those of the length.
                let code = (0..=7).find(|&bits| nat64_prefix_length(bits) == Some(prefix_length));
                let code = code.ok_or(place("PLC").bad(prefix_length.into()))?;
                if lifetime & 7 != 0 {
                    return Err(place("scaled lifetime").bad(lifetime.into()));
                }
                out.extend((lifetime | u16::from(code)).to_be_bytes());
                out.extend_from_slice(prefix.octets().get(..12).unwrap_or_default());
            }
        }
        Ok(())
    }
}

/// RFC 4191, section 2.3: as many bytes of a prefix as its length needs, none, eight or all.
fn route_prefix(prefix: &[u8; ADDRESS_LEN], prefix_length: u8) -> &[u8] {
    let [front, back] = [prefix.get(..UNIT), prefix.get(UNIT..)].map(Option::unwrap_or_default);
    let is_zero = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
    match prefix_length {
        0 if is_zero(prefix) => &[],
        ..=64 if is_zero(back) => front,
        _ => prefix,
    }
}

impl MldRecord<'_> {
    /// Appends the record as it stands on the wire.
    ///
    /// # Errors
    ///
    /// More sources or auxiliary data than can be counted, or data that is no multiple of four
    /// bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (words, rest) = self.auxiliary_data.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(place("aux data len").bad(self.auxiliary_data.len() as u64));
        }
        out.push(self.record_type);
        place("aux data len").number(out, words.len() as u64, 1)?;
        place("number of sources").number(out, self.sources.len() as u64, 2)?;
        out.extend(self.multicast_address.octets());
        out.extend_from_slice(self.sources.as_flattened());
        out.extend_from_slice(self.auxiliary_data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MldRecords, NdpDomains, NdpOptions};

    #[track_caller]
    fn check(option: NdpOption<'_>, expected: &[u8]) {
        let mut out = Vec::new();
        option.encode(&mut out).unwrap();
        assert_eq!(out, expected);
    }

    #[test]
    fn options_are_filled_up_to_eight_bytes() {
        check(
            NdpOption::SourceLinkLayerAddress(&[0, 0, 0x86, 5, 0x80, 0xda]),
            b"\x01\x01\0\0\x86\x05\x80\xda",
        );
        check(NdpOption::Mtu(1500), b"\x05\x01\0\0\0\0\x05\xdc");
        check(NdpOption::CaptivePortal(b"http://a"), b"\x25\x02http://a\0\0\0\0\0\0");
        let domains = NdpDomains::new(b"\x01a\x03com\0");
        check(
            NdpOption::DnsSearchList { lifetime: 7, domains },
            b"\x1f\x02\0\0\0\0\0\x07\x01a\x03com\0\0",
        );
        let route = |prefix: &str, prefix_length| NdpOption::Route {
            prefix: prefix.parse().unwrap(),
            prefix_length,
            preference: 1,
            lifetime: 7,
        };
        check(route("::", 0), b"\x18\x01\0\x08\0\0\0\x07");
        check(route("2001:db8::", 32), b"\x18\x02\x20\x08\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0");
        let nat64 = NdpOption::Nat64 {
            prefix: "64:ff9b::".parse().unwrap(),
            prefix_length: 96,
            lifetime: 600,
        };
        check(nat64, b"\x26\x02\x02\x58\0\x64\xff\x9b\0\0\0\0\0\0\0\0");
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let result = |option: NdpOption<'_>| option.encode(&mut Vec::new());
        let data = [0; 2040];
        let error = EncodeError::TooLarge { layer: "icmpv6", field: "length", value: 256 };
        assert_eq!(result(NdpOption::Nonce(&data)), Err(error));
        assert_eq!(result(NdpOption::Nonce(&data[..2038])), Ok(()));
        let prefix = std::net::Ipv6Addr::UNSPECIFIED;
        for (prefix_length, lifetime) in [(33, 8), (32, 9)] {
            let nat64 = NdpOption::Nat64 { prefix, prefix_length, lifetime };
            assert!(matches!(result(nat64), Err(EncodeError::Malformed { .. })));
        }
    }

    proptest! {
        #[test]
        fn any_option_read_is_read_again_as_it_was_written(
            kind in 0_u8..40,
            words in prop::collection::vec(any::<[u8; 8]>(), 0..6),
            front: [u8; 6],
        ) {
            let length = u8::try_from(words.len() + 1).unwrap();
            let bytes = [&[kind, length], &front[..], words.as_flattened()].concat();
            let option = NdpOptions::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            option.encode(&mut out).unwrap();
            prop_assert_eq!(NdpOptions::new(&out).next(), Some(Ok(option)));
        }

        #[test]
        fn any_record_built_is_read(
            record_type: u8,
            address: [u8; 16],
            sources in prop::collection::vec(any::<[u8; 16]>(), 0..4),
            auxiliary in prop::collection::vec(any::<[u8; 4]>(), 0..3),
        ) {
            let record = MldRecord {
                record_type,
                multicast_address: address.into(),
                sources: &sources,
                auxiliary_data: auxiliary.as_flattened(),
            };
            let mut out = Vec::new();
            record.encode(&mut out).unwrap();
            prop_assert_eq!(MldRecords::new(1, &out).next(), Some(Ok(record)));
        }
    }
}
