//! Building packets: any layers, written one behind the other, with what follows from that worked
//! out.

use bitflags::bitflags;
use smallvec::SmallVec;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{EncodeError, Protocol};

use place::Place;

mod behind;
mod bits;
mod checksum;
mod edit;
mod float;
mod fragment;
mod packet_builder;
mod place;
mod raw;
mod set;
mod setting;
mod straight;
mod verify;
mod write;

pub use behind::Behind;
pub use checksum::{Absence, Checksum, ChecksumStatus, InternetSum, PseudoHeader};
pub use edit::{EditError, PacketMut};
pub use fragment::FragmentError;
pub use packet_builder::{CarriedIn, Carries, PacketBuilder, spaces};
pub use raw::RawLayer;
pub use setting::{Before, Setting, hex};
pub use verify::{LayerChecksum, Verified};
pub(crate) use write::{Place as FieldPlace, pad};

bitflags! {
    /// What is worked out when layers are written. The rest stays as it was given, right or wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Fix: u8 {
        /// Lengths and counts of what is in a layer.
        const LENGTHS = 1;
        /// Numbers that name the layer behind.
        const NEXT = 2;
        /// Checksums.
        const CHECKSUMS = 4;
    }
}

/// A layer that can be written.
pub trait Encode {
    /// What the registry knows of this layer.
    fn protocol(&self) -> &'static Protocol;

    /// Appends the header as it is: what follows from other layers is put right later, if asked.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Appends payload that no layer behind has written, such as what fills up a short frame.
    /// `payload_len` bytes of payload are there.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    fn encode_padding(&self, _payload_len: usize, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Appends what stands behind the payload, all `payload_len` bytes of it, and is no part of it.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    fn encode_trailer(&self, _payload_len: usize, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Appends the header and tells the protocol, and whether anything may stand behind the payload: one
    /// call for a list of layers, where several take time.
    #[doc(hidden)]
    fn encode_head(&self, out: &mut Vec<u8>) -> Result<(&'static Protocol, bool), EncodeError> {
        self.encode(out)?;
        Ok((self.protocol(), true))
    }

    /// Appends padding and trailer behind the place `behind`, where its header ends, and tells the bytes
    /// of the latter.
    #[doc(hidden)]
    fn encode_tail(&self, behind: usize, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
        self.encode_padding(out.len().saturating_sub(behind), out)?;
        let end_of_payload = out.len();
        self.encode_trailer(end_of_payload.saturating_sub(behind), out)?;
        Ok(out.len().saturating_sub(end_of_payload))
    }
}

impl Encode for &'static Protocol {
    fn protocol(&self) -> &'static Protocol {
        self
    }

    /// Appends the header that a layer of this protocol starts from.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let template = self.template.ok_or(EncodeError::NoTemplate { layer: self.name })?;
        out.extend_from_slice(template);
        Ok(())
    }

    /// Appends what such a layer has behind its payload.
    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.trailer);
        Ok(())
    }
}

/// The fixed part of a header, which is written as it lies in memory and edited in place.
pub trait Header: FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned {
    /// What the registry knows of the layer that starts with this header.
    const PROTOCOL: &'static Protocol;
}

impl<H: Header> Encode for H {
    fn protocol(&self) -> &'static Protocol {
        H::PROTOCOL
    }

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.as_bytes());
        Ok(())
    }

    #[inline]
    fn encode_head(&self, out: &mut Vec<u8>) -> Result<(&'static Protocol, bool), EncodeError> {
        out.extend_from_slice(self.as_bytes());
        Ok((H::PROTOCOL, false))
    }
}

/// Appends layers, outermost first, and a payload to `out`, and works out what is asked for.
///
/// ```
/// use rheos_layers::*;
///
/// let ethernet = EthernetHeader::default();
/// let udp = UdpHeader { source_port: 53.into(), ..Default::default() };
/// let mut out = Vec::new();
/// serialize_layers(&mut out, Fix::all(), &[&ethernet, &Ipv4Header::default(), &udp], b"hi")?;
///
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::ETHERNET, &out);
/// assert_eq!(packet.get::<Ipv4>().unwrap().header.total_length.get(), 30);
/// assert_eq!(packet.get::<Udp>().unwrap().payload, b"hi");
/// # Ok::<(), EncodeError>(())
/// ```
///
/// # Errors
///
/// A value or a length does not fit its field. Nothing is appended then.
pub fn serialize_layers(
    out: &mut Vec<u8>,
    fix: Fix,
    layers: &[&dyn Encode],
    payload: &[u8],
) -> Result<(), EncodeError> {
    write(out, fix, layers, payload)
}

/// Layers, the outermost first. Public for the signatures of the packet builder, not for use.
#[doc(hidden)]
pub trait Stack {
    /// How many there are.
    fn count(&self) -> usize;

    /// Appends the headers, and says where they are, counted from `base`.
    fn heads(&self, base: usize, out: &mut Vec<u8>, places: &mut Places)
    -> Result<(), EncodeError>;

    /// Appends what stands behind the payload, that of the innermost layer first.
    fn tails(
        &self,
        base: usize,
        out: &mut Vec<u8>,
        places: &mut [Place],
    ) -> Result<(), EncodeError>;

    /// Tells the names of their protocols.
    fn names(&self, tell: &mut dyn FnMut(&'static str));
}

/// Where the layers are.
type Places = SmallVec<[Place; place::INLINE]>;

impl Stack for [&dyn Encode] {
    fn count(&self) -> usize {
        self.len()
    }

    fn heads(
        &self,
        base: usize,
        out: &mut Vec<u8>,
        places: &mut Places,
    ) -> Result<(), EncodeError> {
        self.iter().try_for_each(|layer| head(*layer, base, out, places))
    }

    fn tails(
        &self,
        base: usize,
        out: &mut Vec<u8>,
        places: &mut [Place],
    ) -> Result<(), EncodeError> {
        let mut layers = self.iter().zip(places).rev();
        layers.try_for_each(|(layer, place)| tail(*layer, base, out, place))
    }

    fn names(&self, tell: &mut dyn FnMut(&'static str)) {
        self.iter().for_each(|layer| tell(layer.protocol().name));
    }
}

#[inline(always)]
fn head(
    layer: &(impl Encode + ?Sized),
    base: usize,
    out: &mut Vec<u8>,
    places: &mut Places,
) -> Result<(), EncodeError> {
    let start = out.len().saturating_sub(base);
    let (protocol, has_tail) = layer.encode_head(out)?;
    let behind = out.len().saturating_sub(base);
    places.push(Place { protocol, start, behind, end: behind, trailer: 0, has_tail });
    Ok(())
}

#[inline(always)]
fn tail(
    layer: &(impl Encode + ?Sized),
    base: usize,
    out: &mut Vec<u8>,
    place: &mut Place,
) -> Result<(), EncodeError> {
    if place.has_tail {
        place.trailer = layer.encode_tail(base.saturating_add(place.behind), out)?;
    }
    place.end = out.len().saturating_sub(base);
    Ok(())
}

/// Appends layers and a payload, and works out what is asked for; nothing is appended if that fails.
#[inline(always)]
fn write(
    out: &mut Vec<u8>,
    fix: Fix,
    layers: &(impl Stack + ?Sized),
    payload: &[u8],
) -> Result<(), EncodeError> {
    // Most headers are shorter, and those that are not are no matter of speed.
    const HEADER: usize = 40;
    let base = out.len();
    out.reserve(layers.count().saturating_mul(HEADER).saturating_add(payload.len()));
    let mut places = Places::new();
    let result = layers.heads(base, out, &mut places).and_then(|()| {
        out.extend_from_slice(payload);
        layers.tails(base, out, &mut places)?;
        place::fix(out.get_mut(base..).unwrap_or_default(), fix, &places)
    });
    if result.is_err() {
        out.truncate(base);
    }
    result
}
