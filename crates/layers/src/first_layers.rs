//! The numbers of a packet's first layers, side by side in one word.

use crate::{LayerType, MAX_LAYERS, Span};

/// The numbers of the first layers. All are compared at once: which of them is looked for changes
/// from packet to packet, and a loop that ends there would be foreseen wrongly.
///
/// Each place holds the complement of a number, so that one without a layer, 0, is that of
/// `u16::MAX`, which no layer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstLayers(u64);

impl FirstLayers {
    /// Layers that have a place; a packet can have more.
    pub(crate) const LEN: usize = 4;
    /// One in each place.
    const EACH: u64 = 0x0001_0001_0001_0001;

    /// Of the first layers of a packet, of which so many are its own.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "a shift by less than the places have bits")]
    pub(crate) fn new(spans: &[Span; MAX_LAYERS], own: usize) -> Self {
        let &[a, b, c, d, ..] = spans;
        let [a, b, c, d] = [a, b, c, d].map(|span| u64::from(!span.layer.0));
        let all = a | b << 16 | c << 32 | d << 48;
        Self(if own < Self::LEN { all & !(u64::MAX << (own * 16)) } else { all })
    }

    /// The first place of a layer.
    #[inline(always)]
    pub(crate) fn find(self, layer: LayerType) -> Option<usize> {
        let differing = self.0 ^ u64::from(!layer.0).wrapping_mul(Self::EACH);
        // A borrow sets the highest bit of a place that is zero; behind the first such place the
        // borrow may reach others, in front of it there is none.
        let equal = differing.wrapping_sub(Self::EACH) & !differing & Self::EACH << 15;
        (equal != 0).then_some(equal.trailing_zeros() as usize / 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_a_layer_is_found_whatever_stands_around_it() {
        let numbers = [0, 1, 2, 0x00ff, 0x0100, 0x7fff, 0x8000, 0x8001, 0xfffd, 0xfffe];
        let layers = || numbers.map(LayerType).into_iter();
        let pairs = || layers().flat_map(|one| layers().map(move |other| (one, other)));
        let mut spans = [Span { layer: LayerType(7), header_len: 0, start: 0, len: 0 }; MAX_LAYERS];
        for ((a, b), (c, d)) in pairs().flat_map(|one| pairs().map(move |other| (one, other))) {
            let row = [a, b, c, d];
            spans.iter_mut().zip(row).for_each(|(span, layer)| span.layer = layer);
            for own in 0..=6 {
                let own_layers = &row[..own.min(row.len())];
                for layer in layers().chain([LayerType(7)]) {
                    let place = own_layers.iter().position(|&other| other == layer);
                    assert_eq!(
                        FirstLayers::new(&spans, own).find(layer),
                        place,
                        "{layer:?}, {own} of {row:?}"
                    );
                }
            }
        }
    }
}
