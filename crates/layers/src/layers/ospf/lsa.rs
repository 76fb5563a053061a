//! Link state advertisements, [RFC 2328](https://www.rfc-editor.org/rfc/rfc2328) section A.4.1 and
//! [RFC 5340](https://www.rfc-editor.org/rfc/rfc5340) section A.4.2.

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::OspfLsaBody;
use crate::layers::split;
use crate::{EncodeError, Malformed};

/// What every LSA starts with.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct OspfLsaHeader {
    /// Seconds since it was made.
    pub age: U16,
    /// Options and type in version 2; in version 3 the type alone.
    pub options_type: U16,
    pub link_state_id: [u8; 4],
    pub advertising_router: [u8; 4],
    pub sequence_number: U32,
    pub checksum: U16,
    /// With this header.
    pub length: U16,
}

/// A link state advertisement, or only its header, in messages that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OspfLsa<'a> {
    pub header: &'a OspfLsaHeader,
    /// What stands behind the header: [`content`](Self::content) understands it.
    pub body: &'a [u8],
    /// Version of the packet.
    pub version: u8,
}

impl<'a> OspfLsa<'a> {
    /// Type: 8 bits in version 2; in version 3 16 bits, three of which say how far it is flooded.
    pub fn ls_type(&self) -> u16 {
        match (self.version, self.header.options_type.to_bytes()) {
            (2, [_, kind]) => kind.into(),
            (_, kind) => u16::from_be_bytes(kind),
        }
    }

    /// What the router can, in version 2.
    pub fn options(&self) -> Option<u8> {
        let [options, _] = self.header.options_type.to_bytes();
        (self.version == 2).then_some(options)
    }

    /// What it says.
    pub fn content(&self) -> OspfLsaBody<'a> {
        OspfLsaBody::new(self)
    }

    /// The checksum as it should be: Fletcher's, of all but the age, RFC 2328 section 12.1.7 and
    /// RFC 905 annex B. It means something only if the LSA is all there.
    pub fn fletcher_checksum(&self) -> u16 {
        /// The place of the checksum among the bytes that it covers.
        const AT: usize = 14;
        let header = self.header.as_bytes().get(2..).unwrap_or_default();
        let len = header.len().saturating_add(self.body.len());
        let (mut low, mut high) = (0_u32, 0_u32);
        for (at, &byte) in header.iter().chain(self.body).enumerate() {
            let is_checksum = (AT..AT.saturating_add(2)).contains(&at);
            let byte = if is_checksum { 0 } else { u32::from(byte) };
            low = low.wrapping_add(byte) % 255;
            high = high.wrapping_add(low) % 255;
        }
        // Below 255 times 65,535, as an LSA has no more bytes than that.
        let behind = u32::try_from(len.saturating_sub(AT)).unwrap_or_default() % 255;
        let product = behind.wrapping_mul(low);
        let x = product.wrapping_sub(low).wrapping_add(510).wrapping_sub(high) % 255;
        let y = high.wrapping_add(510).wrapping_sub(product % 255) % 255;
        // Zero stands for no checksum, so the other zero of this arithmetic is written.
        let nonzero = |sum: u32| if sum == 0 { 255 } else { u8::try_from(sum).unwrap_or(255) };
        u16::from_be_bytes([nonzero(x), nonzero(y)])
    }

    /// Appends the LSA, with its length and checksum worked out.
    ///
    /// # Errors
    ///
    /// It is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = size_of::<OspfLsaHeader>().saturating_add(self.body.len());
        let error = EncodeError::TooLarge { layer: "ospf", field: "length", value: len as u64 };
        let length = u16::try_from(len).map_err(|_| error)?.into();
        let header = OspfLsaHeader { length, ..*self.header };
        let checksum = OspfLsa { header: &header, ..*self }.fletcher_checksum().into();
        out.extend_from_slice(OspfLsaHeader { checksum, ..header }.as_bytes());
        out.extend_from_slice(self.body);
        Ok(())
    }
}

/// The LSAs of a message. Ends behind the last that it announces, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OspfLsas<'a> {
    rest: &'a [u8],
    /// As many at most: an update says how many, which may be more than there are bytes.
    left: u32,
    version: u8,
    only_headers: bool,
}

impl<'a> OspfLsas<'a> {
    pub(super) fn of_update(message: &'a [u8], version: u8) -> Self {
        let (left, rest) = message.split_first_chunk().unwrap_or((&[0; 4], &[]));
        Self { rest, left: u32::from_be_bytes(*left), version, only_headers: false }
    }

    pub(super) fn of_headers(rest: &'a [u8], version: u8) -> Self {
        Self { rest, left: u32::MAX, version, only_headers: true }
    }
}

impl<'a> Iterator for OspfLsas<'a> {
    type Item = Result<OspfLsa<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() && self.only_headers {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let lsa = lsa(self.rest, self.version, self.only_headers);
        match lsa {
            Ok((_, rest)) => self.rest = rest,
            Err(_) => self.left = 0,
        }
        Some(lsa.map(|(lsa, _)| lsa))
    }
}

fn lsa(bytes: &[u8], version: u8, only_header: bool) -> Result<(OspfLsa<'_>, &[u8]), Malformed> {
    let (header, rest) = split::<OspfLsaHeader>(bytes)?;
    if only_header {
        return Ok((OspfLsa { header, body: &[], version }, rest));
    }
    let need = usize::from(header.length.get());
    let Some(len) = need.checked_sub(size_of::<OspfLsaHeader>()) else {
        return Err(Malformed::Field { name: "length", value: header.length.get().into() });
    };
    let split = rest.split_at_checked(len);
    let (body, rest) = split.ok_or(Malformed::Truncated { need, have: bytes.len() })?;
    Ok((OspfLsa { header, body, version }, rest))
}
