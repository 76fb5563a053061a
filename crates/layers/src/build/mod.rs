//! Building packets: any layers, written one behind the other, with what follows from that worked
//! out.

use bitflags::bitflags;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{EncodeError, Outer, Protocol, Span};

mod behind;
mod checksum;

pub use behind::Behind;
pub use checksum::{Checksum, ChecksumStatus, InternetSum, PseudoHeader};

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

    /// Appends what stands behind the payload.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    fn encode_trailer(&self, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
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

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.as_bytes());
        Ok(())
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
    let base = out.len();
    let result = write(out, base, fix, layers, payload);
    if result.is_err() {
        out.truncate(base);
    }
    result
}

fn write(
    out: &mut Vec<u8>,
    base: usize,
    fix: Fix,
    layers: &[&dyn Encode],
    payload: &[u8],
) -> Result<(), EncodeError> {
    let mut places = Vec::with_capacity(layers.len());
    for layer in layers {
        let start = out.len();
        layer.encode(out)?;
        places.push(Place {
            protocol: layer.protocol(),
            start,
            behind: out.len(),
            end: 0,
            trailer: 0,
        });
    }
    out.extend_from_slice(payload);
    for (layer, place) in layers.iter().zip(&mut places).rev() {
        let behind = out.len();
        layer.encode_trailer(out)?;
        (place.trailer, place.end) = (out.len().saturating_sub(behind), out.len());
    }
    relate(out, fix, &places)?;
    if fix.contains(Fix::CHECKSUMS) {
        let packet = out.get_mut(base..).unwrap_or_default();
        let spans = places.iter().map(|place| place.span(base)).collect::<Vec<_>>();
        let protocols = places.iter().map(|place| place.protocol).collect::<Vec<_>>();
        fix_checksums(packet, &spans, &protocols);
    }
    Ok(())
}

/// Where a layer was written.
struct Place {
    protocol: &'static Protocol,
    start: usize,
    /// The place of the first byte behind its header.
    behind: usize,
    /// The place of the first byte behind its trailer.
    end: usize,
    trailer: usize,
}

impl Place {
    fn span(&self, base: usize) -> Span {
        let fit = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Span {
            layer: self.protocol.layer,
            header_len: self.behind.saturating_sub(self.start).try_into().unwrap_or(u16::MAX),
            start: fit(self.start.saturating_sub(base)),
            len: fit(self.end.saturating_sub(self.start)),
        }
    }
}

/// Writes lengths and the numbers of the layers behind.
fn relate(out: &mut [u8], fix: Fix, places: &[Place]) -> Result<(), EncodeError> {
    let children = places.iter().skip(1).map(|place| Some(place.protocol)).chain([None]);
    for (place, child) in places.iter().zip(children) {
        let Place { protocol, start, behind, end, trailer } = *place;
        let behind = Behind {
            layer: protocol.name,
            header_len: behind.saturating_sub(start),
            payload_len: end.saturating_sub(trailer).saturating_sub(behind),
            trailer_len: trailer,
            child,
        };
        let bytes = out.get_mut(start..end).unwrap_or_default();
        if let Some(next) = protocol.next.filter(|_| fix.contains(Fix::NEXT)) {
            next(bytes, &behind)?;
        }
        if let Some(lengths) = protocol.lengths.filter(|_| fix.contains(Fix::LENGTHS)) {
            lengths(bytes, &behind)?;
        }
    }
    Ok(())
}

/// Writes the checksums of layers, innermost first: those further out cover those further in.
pub(crate) fn fix_checksums(packet: &mut [u8], spans: &[Span], protocols: &[&'static Protocol]) {
    for (place, (span, protocol)) in spans.iter().zip(protocols).enumerate().rev() {
        let around = spans.get(..place).unwrap_or_default();
        let outer = Outer::new(packet, around, span.start);
        let checksum = protocol.checksum.and_then(|of| of(outer.bytes_of(span), &outer));
        if let Some(checksum) = checksum {
            let bytes = packet.get_mut(span.start as usize..).unwrap_or_default();
            checksum.write(bytes);
        }
    }
}
