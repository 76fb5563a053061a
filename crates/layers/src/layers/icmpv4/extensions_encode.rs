//! Extensions of ICMP messages, to be written.

use std::net::IpAddr;

use zerocopy::IntoBytes;

use super::extensions::{IcmpExtensions, IcmpObject, UNANNOUNCED, VERSION};
use super::interface::{IPV4_FAMILY, IPV6_FAMILY, IcmpInterface};
use crate::build::{FieldPlace, pad};
use crate::{EncodeError, InternetSum};

/// Bytes of length that an object has in front of what the length counts, and counts, too.
const LENGTH_LEN: usize = 2;

const fn place(field: &'static str) -> FieldPlace {
    FieldPlace::new("icmp", field)
}

/// RFC 4884, section 4: bytes that a quotation must have in front of extensions, in units of `unit`.
pub(crate) fn padded_quotation(len: usize, unit: usize) -> usize {
    len.max(UNANNOUNCED).next_multiple_of(unit)
}

impl IcmpExtensions<'_> {
    /// Appends extensions that consist of these objects, with their checksum.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(objects: &[IcmpObject<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend([VERSION << 4, 0, 0, 0]);
        objects.iter().try_for_each(|object| object.encode(out))?;
        let checksum = InternetSum::new().with(out.get(start..).unwrap_or_default()).checksum();
        let place = out.get_mut(start..).and_then(|raw| raw.get_mut(2..4)).unwrap_or_default();
        place.iter_mut().zip(checksum.to_be_bytes()).for_each(|(to, byte)| *to = byte);
        Ok(())
    }
}

impl IcmpObject<'_> {
    /// Appends the object as it stands on the wire, filled up to four bytes where the RFC wants
    /// that.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        place("length").with_length_u16(out, LENGTH_LEN, |out| {
            let start = out.len();
            match *self {
                Self::MplsLabels(entries) => {
                    out.extend([1, 1]);
                    out.extend_from_slice(entries.as_bytes());
                }
                Self::Interface(interface) => interface.encode(out)?,
                Self::ProbeName(name) => {
                    out.extend([3, 1]);
                    out.extend_from_slice(name);
                    // The two bytes of class and type stand behind two of length.
                    pad(out, start.saturating_sub(LENGTH_LEN), 4);
                }
                Self::ProbeIndex(index) => {
                    out.extend([3, 2]);
                    out.extend(index.to_be_bytes());
                }
                Self::ProbeAddress { family, address } => {
                    out.extend([3, 3]);
                    out.extend(family.to_be_bytes());
                    place("address length").number(out, address.len() as u64, 1)?;
                    out.push(0);
                    out.extend_from_slice(address);
                    pad(out, start.saturating_sub(LENGTH_LEN), 4);
                }
                Self::Unknown { class, c_type, data } => {
                    out.extend([class, c_type]);
                    out.extend_from_slice(data);
                }
            }
            Ok(())
        })
    }
}

impl IcmpInterface<'_> {
    /// Appends class, type and what the bits of the type announce.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let bits = [
            (self.index.is_some(), 8),
            (self.address.is_some(), 4),
            (self.raw_name.is_some(), 2),
            (self.mtu.is_some(), 1),
        ];
        let role = place("interface role").bits(self.role, 2)?;
        let present = bits.into_iter().filter(|(is_there, _)| *is_there);
        out.extend([2, present.fold(role << 6, |c_type, (_, bit)| c_type | bit)]);
        out.extend(self.index.into_iter().flat_map(u32::to_be_bytes));
        match self.address {
            Some(IpAddr::V4(address)) => {
                out.extend(u32::from(IPV4_FAMILY).rotate_left(16).to_be_bytes());
                out.extend(address.octets());
            }
            Some(IpAddr::V6(address)) => {
                out.extend(u32::from(IPV6_FAMILY).rotate_left(16).to_be_bytes());
                out.extend(address.octets());
            }
            None => {}
        }
        if let Some(name) = self.raw_name {
            // The length counts itself.
            place("name length").with_length_u8(out, 1, |out| {
                out.extend_from_slice(name);
                Ok(())
            })?;
        }
        out.extend(self.mtu.into_iter().flat_map(u32::to_be_bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn objects_are_written_as_they_stand_on_the_wire() {
        #[track_caller]
        fn check(object: IcmpObject<'_>, expected: &[u8]) {
            let mut out = Vec::new();
            IcmpExtensions::encode(&[object], &mut out).unwrap();
            let extensions = IcmpExtensions::new(&out).unwrap();
            assert!(extensions.is_checksum_valid() && extensions.header.checksum.get() != 0);
            assert_eq!((out[0], &out[4..]), (0x20, expected));
            assert_eq!(extensions.objects().collect::<Vec<_>>(), [Ok(object)]);
        }
        // RFC 4950, RFC 5837 section 4.5 and RFC 8335 section 2.1.
        let label = super::super::IcmpMplsEntry(0x0001_0140.into());
        check(IcmpObject::MplsLabels(&[label]), b"\0\x08\x01\x01\0\x01\x01\x40");
        check(IcmpObject::ProbeName(b"eth0.7"), b"\0\x0c\x03\x01eth0.7\0\0");
        check(IcmpObject::ProbeIndex(7), b"\0\x08\x03\x02\0\0\0\x07");
        let address = IcmpObject::ProbeAddress { family: 6, address: &[1, 2, 3, 4, 5, 6] };
        check(address, b"\0\x10\x03\x03\0\x06\x06\0\x01\x02\x03\x04\x05\x06\0\0");
        let interface = IcmpInterface {
            role: 2,
            index: Some(7),
            address: Some(IpAddr::from([10, 0, 0, 1])),
            mtu: Some(1500),
            raw_name: Some(b"eth0\0\0\0"),
        };
        check(
            IcmpObject::Interface(interface),
            b"\0\x1c\x02\x8f\0\0\0\x07\0\x01\0\0\x0a\0\0\x01\x08eth0\0\0\0\0\0\x05\xdc",
        );
    }

    proptest! {
        #[test]
        fn any_object_read_is_read_again_as_it_was_written(
            class in 1_u8..5,
            c_type: u8,
            data in prop::collection::vec(any::<u8>(), 0..48),
        ) {
            let length = u8::try_from(data.len() + 4).unwrap();
            let bytes = [b"\x20\0\0\0", &[0, length, class, c_type], &data[..]].concat();
            let read = IcmpExtensions::new(&bytes).unwrap().objects().next().unwrap().unwrap();
            let mut out = Vec::new();
            IcmpExtensions::encode(&[read], &mut out).unwrap();
            let again = IcmpExtensions::new(&out).unwrap().objects().next();
            prop_assert_eq!(again, Some(Ok(read)));
        }
    }
}
