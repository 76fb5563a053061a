//! Where the layers of a packet are that is being written or edited.

use smallvec::SmallVec;

use super::straight;
use crate::{Behind, EncodeError, Fix, Outer, Protocol, Span};

/// Layers of a packet that are written without an allocation for them: a tunnel has as many.
pub(super) const INLINE: usize = 8;

/// Where a layer is, counted from the first byte of its packet. Public for the signatures of
/// [`Stack`](super::Stack), which is hidden, and not for use.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub(super) protocol: &'static Protocol,
    pub(super) start: usize,
    /// The place of the first byte behind its header.
    pub(super) behind: usize,
    /// The place of the first byte behind its trailer.
    pub(super) end: usize,
    /// Bytes of trailer.
    pub(super) trailer: usize,
    /// Whether its layer may put anything behind the payload.
    pub(super) has_tail: bool,
}

impl Place {
    /// The place of the first byte behind its payload.
    pub(super) fn payload_end(&self) -> usize {
        self.end.saturating_sub(self.trailer)
    }

    pub(super) fn span(&self) -> Span {
        let fit = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Span {
            layer: self.protocol.layer,
            header_len: self.behind.saturating_sub(self.start).try_into().unwrap_or(u16::MAX),
            start: fit(self.start),
            len: fit(self.end.saturating_sub(self.start)),
        }
    }
}

/// Works out what is asked for in every layer of a packet.
pub(super) fn fix(packet: &mut [u8], fix: Fix, places: &[Place]) -> Result<(), EncodeError> {
    if fix.is_all() && straight::fix(packet, places).is_some() {
        return Ok(());
    }
    fix_each(packet, fix, places)
}

/// The same, layer by layer.
#[inline(never)]
pub(super) fn fix_each(packet: &mut [u8], fix: Fix, places: &[Place]) -> Result<(), EncodeError> {
    let children = places.iter().skip(1).map(|place| Some(place.protocol)).chain([None]);
    for (place, child) in places.iter().zip(children) {
        header(packet, fix, place, child)?;
    }
    if fix.contains(Fix::CHECKSUMS) {
        checksums(packet, places);
    }
    Ok(())
}

/// The same in one layer, counted from the outermost, if there is one.
pub(super) fn fix_one(
    packet: &mut [u8],
    fix: Fix,
    places: &[Place],
    count: usize,
) -> Result<(), EncodeError> {
    let Some(place) = places.get(count) else { return Ok(()) };
    let child = places.get(count.saturating_add(1)).map(|place| place.protocol);
    header(packet, fix, place, child)?;
    if fix.contains(Fix::CHECKSUMS) {
        let around = places.iter().take(count).map(Place::span);
        checksum(packet, &around.collect::<SmallVec<[Span; INLINE]>>(), place);
    }
    Ok(())
}

/// Works out the number of the next layer and the lengths of one layer.
fn header(
    packet: &mut [u8],
    fix: Fix,
    place: &Place,
    child: Option<&'static Protocol>,
) -> Result<(), EncodeError> {
    let Place { protocol, start, behind, end, trailer, .. } = *place;
    let behind = Behind {
        layer: protocol.name,
        header_len: behind.saturating_sub(start),
        payload_len: place.payload_end().saturating_sub(behind),
        trailer_len: trailer,
        child,
    };
    let bytes = packet.get_mut(start..end).unwrap_or_default();
    if let Some(next) = protocol.next.filter(|_| fix.contains(Fix::NEXT)) {
        next(bytes, &behind)?;
    }
    if let Some(lengths) = protocol.lengths.filter(|_| fix.contains(Fix::LENGTHS)) {
        lengths(bytes, &behind)?;
    }
    Ok(())
}

/// Writes the checksums of layers, innermost first: those further out cover those further in.
fn checksums(packet: &mut [u8], places: &[Place]) {
    let spans: SmallVec<[Span; INLINE]> = places.iter().map(Place::span).collect();
    for (count, place) in places.iter().enumerate().rev() {
        checksum(packet, spans.get(..count).unwrap_or_default(), place);
    }
}

/// Writes the checksum of one layer in those around it.
fn checksum(packet: &mut [u8], around: &[Span], place: &Place) {
    let span = place.span();
    let outer = Outer::new(packet, around, span.start, None);
    let checksum = place.protocol.checksum.and_then(|of| of(outer.bytes_of(&span), &outer));
    if let Some(checksum) = checksum {
        checksum.write(packet.get_mut(place.start..).unwrap_or_default());
    }
}
