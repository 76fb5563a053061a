//! Routing headers of IPv6, to be written.

use zerocopy::IntoBytes;

use crate::build::FieldPlace;
use crate::layers::ipv6_routing::{Ipv6Route, Ipv6RoutingHeader, Ipv6SegmentTlv};
use crate::{Encode, EncodeError, Header, Protocol};

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("ipv6.routing", field)
}

/// A header with its route, which says what type the header is of.
#[derive(Clone, Copy, Debug)]
pub struct Ipv6RoutingBuilder<'a> {
    pub header: Ipv6RoutingHeader,
    pub route: Ipv6Route<'a>,
}

impl Default for Ipv6RoutingBuilder<'_> {
    /// A route of RFC 2460 with no station.
    fn default() -> Self {
        Self { header: Ipv6RoutingHeader::default(), route: Ipv6Route::Source(&[]) }
    }
}

impl Encode for Ipv6RoutingBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        Ipv6RoutingHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let routing_type = self.route.routing_type().unwrap_or(self.header.routing_type);
        Ipv6RoutingHeader { routing_type, ..self.header }.encode(out)?;
        self.route.encode(out)
    }
}

impl Ipv6Route<'_> {
    /// The number of its type, if that is known.
    pub fn routing_type(&self) -> Option<u8> {
        match self {
            Self::Source(_) => Some(0),
            Self::Home(_) => Some(2),
            Self::Rpl(_) => Some(3),
            Self::Segments(_) => Some(4),
            Self::Compact16(_) => Some(5),
            Self::Compact32(_) => Some(6),
            Self::Unknown(_) => None,
        }
    }

    /// Appends the type-specific data. What its parts come to must be four bytes less than a
    /// multiple of eight, as their own lengths and padding see to.
    ///
    /// # Errors
    ///
    /// A value does not fit its field, or a list has not the length that another field tells.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Source(addresses) => {
                out.extend([0; 4]);
                out.extend_from_slice(addresses.as_flattened());
            }
            Self::Home(address) => {
                out.extend([0; 4]);
                out.extend(address.octets());
            }
            Self::Rpl(route) => {
                let internal = place("CmprI").bits(route.internal_prefix_len, 4)?;
                let last = place("CmprE").bits(route.last_prefix_len, 4)?;
                let pad = u32::from(place("pad").bits(route.pad, 4)?);
                let reserved = place("reserved").bits(route.reserved, 20)?;
                let [_, word @ ..] = (pad << 20 | reserved).to_be_bytes();
                let (internal_len, last_len) = (route.internal.len(), route.last.len());
                if internal_len.checked_rem(16_usize.saturating_sub(internal.into())) != Some(0) {
                    return Err(place("CmprI").bad(internal_len as u64));
                }
                if last_len != 16_usize.saturating_sub(last.into()) {
                    return Err(place("CmprE").bad(last_len as u64));
                }
                out.push(internal << 4 | last);
                out.extend(word);
                out.extend_from_slice(route.internal);
                out.extend_from_slice(route.last);
                out.extend(std::iter::repeat_n(0, route.pad.into()));
            }
            Self::Segments(route) => {
                let entries = usize::from(route.last_entry).saturating_add(1);
                if route.segments.len() != entries {
                    return Err(place("last entry").bad(route.last_entry.into()));
                }
                out.extend([route.last_entry, route.flags]);
                out.extend(route.tag.to_be_bytes());
                out.extend_from_slice(route.segments.as_flattened());
                out.extend_from_slice(route.tlv_bytes);
            }
            Self::Compact16(ids) => out.extend_from_slice(ids.as_bytes()),
            Self::Compact32(ids) => out.extend_from_slice(ids.as_bytes()),
            Self::Unknown(data) => out.extend_from_slice(data),
        }
        Ok(())
    }
}

impl Ipv6SegmentTlv<'_> {
    /// Appends the object as it stands on the wire.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(match *self {
            Self::Pad1 => 0,
            Self::PadN(_) => 4,
            Self::Hmac { .. } => 5,
            Self::Unknown { kind, .. } => kind,
        });
        if *self == Self::Pad1 {
            return Ok(());
        }
        place("length").with_length_u8(out, 0, |out| {
            match *self {
                Self::Pad1 => {}
                Self::PadN(data) | Self::Unknown { data, .. } => out.extend_from_slice(data),
                Self::Hmac { skips_destination, key, hmac } => {
                    out.extend([u8::from(skips_destination) << 7, 0]);
                    out.extend(key.to_be_bytes());
                    out.extend_from_slice(hmac);
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::ipv6_routing::route::Ipv6SegmentTlvs;
    use crate::{ChecksumStatus, Decoder, Fix, Ipv6Header, Ipv6Routing, Ipv6RplRoute};
    use crate::{Ipv6SegmentRoute, LinkType, UdpHeader, serialize_layers};

    const FIRST: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x11";
    const LAST: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x12";

    fn packet(route: Ipv6Route<'_>, segments_left: u8) -> Vec<u8> {
        let header = Ipv6RoutingHeader { segments_left, ..Default::default() };
        let ipv6 = Ipv6Header { destination: FIRST, ..Default::default() };
        let layers: [&dyn Encode; 3] =
            [&ipv6, &Ipv6RoutingBuilder { header, route }, &UdpHeader::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
        out
    }

    /// Writes a route, expects it to be read, and the checksum to be that of the same datagram sent
    /// straight to where the route ends.
    #[track_caller]
    fn check(route: Ipv6Route<'_>, segments_left: u8, end: [u8; 16]) {
        let bytes = packet(route, segments_left);
        let decoder = Decoder::default();
        let found = decoder.decode(LinkType::IPV6, &bytes);
        assert_eq!(found.get::<Ipv6Routing<'_>>().unwrap().route(), route);
        let last = found.verify_checksums().last().unwrap();
        assert_eq!(last.status(), ChecksumStatus::Good);
        let straight = Ipv6Header { destination: end, ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&straight, &UdpHeader::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
        assert!(bytes.ends_with(&out[40..]), "{bytes:x?} without {:x?}", &out[40..]);
    }

    #[test]
    fn checksums_have_the_end_of_the_route() {
        let both = [FIRST, LAST];
        check(Ipv6Route::Source(&both), 2, LAST);
        check(Ipv6Route::Source(&both), 0, FIRST);
        check(Ipv6Route::Home(LAST.into()), 1, LAST);
        let segments = Ipv6SegmentRoute {
            last_entry: 1,
            flags: 0,
            tag: 7,
            segments: &[LAST, FIRST],
            tlv_bytes: b"\x04\x06\0\0\0\0\0\0",
        };
        check(Ipv6Route::Segments(segments), 1, LAST);
        check(Ipv6Route::Segments(segments), 0, FIRST);
        let rpl = Ipv6RplRoute {
            internal_prefix_len: 15,
            last_prefix_len: 15,
            pad: 6,
            reserved: 0,
            internal: &[0x13],
            last: &[0x12],
        };
        check(Ipv6Route::Rpl(rpl), 1, LAST);
    }

    #[test]
    fn a_route_of_identifiers_hides_the_destination_of_a_checksum() {
        let bytes = packet(Ipv6Route::Unknown(&[0; 4]), 1);
        let status = |bytes: &[u8]| {
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV6, bytes);
            packet.verify_checksums().last().unwrap().status()
        };
        let mut bytes = [&bytes[..], b""].concat();
        assert_eq!(bytes[42], 0);
        bytes[42] = 99;
        assert_eq!(status(&bytes), ChecksumStatus::Illegal);
        (bytes[54], bytes[55]) = (0x12, 0x34);
        assert_eq!(status(&bytes), ChecksumStatus::Unverified);
    }

    #[test]
    fn a_list_of_another_length_is_an_error() {
        let bad = |route: Ipv6Route<'_>| {
            matches!(route.encode(&mut Vec::new()), Err(EncodeError::Malformed { .. }))
        };
        assert!(bad(Ipv6Route::Segments(Ipv6SegmentRoute {
            last_entry: 1,
            flags: 0,
            tag: 0,
            segments: &[LAST],
            tlv_bytes: &[],
        })));
        let rpl = Ipv6RplRoute {
            internal_prefix_len: 0,
            last_prefix_len: 0,
            pad: 0,
            reserved: 0,
            internal: &[],
            last: &[1],
        };
        assert!(bad(Ipv6Route::Rpl(rpl)));
        assert!(bad(Ipv6Route::Rpl(Ipv6RplRoute { internal: &[1], last: &LAST, ..rpl })));
        let header = Ipv6RoutingBuilder { route: Ipv6Route::Unknown(&[0]), ..Default::default() };
        let result = serialize_layers(&mut Vec::new(), Fix::all(), &[&header], b"");
        assert!(matches!(result, Err(EncodeError::Malformed { .. })));
    }

    proptest! {
        #[test]
        fn any_route_read_is_written_as_it_was(
            kind in 0_u8..8,
            words in prop::collection::vec(any::<[u8; 8]>(), 0..9),
            front: [u8; 4],
        ) {
            let data = [&front[..], words.as_flattened()].concat();
            let route = Ipv6Route::new(kind, &data);
            let mut out = Vec::new();
            route.encode(&mut out).unwrap();
            prop_assert_eq!(out.len(), data.len());
            prop_assert_eq!(Ipv6Route::new(kind, &out), route);
        }

        #[test]
        fn any_object_read_is_written_as_it_was(
            kind: u8,
            data in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let length = u8::try_from(data.len()).unwrap();
            let bytes = [&[kind, length][..], &data].concat();
            let tlv = Ipv6SegmentTlvs::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            tlv.encode(&mut out).unwrap();
            prop_assert_eq!(Ipv6SegmentTlvs::new(&out).next(), Some(Ok(tlv)));
        }
    }
}
