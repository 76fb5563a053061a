//! The walk over the namespaces and fields of a radiotap header,
//! [rules](https://www.radiotap.org/#extended-presence-masks).

use super::field::{TLV, TLV_ALIGN, layout_of, understand};
use super::{MORE_WORDS, RadiotapField, RadiotapHeader};
use crate::Malformed;

/// Bits of a word that stand for fields.
const FIELDS: u32 = (1 << 29) - 1;
/// The next word starts the fields of radiotap anew.
const RADIOTAP_NAMESPACE: u32 = 1 << 29;
/// The next word stands for fields of a vendor.
pub(super) const VENDOR_NAMESPACE: u32 = 1 << 30;
/// Bytes of type and length of a TLV.
const TLV_HEADER: usize = 4;
/// Bytes in front of a vendor's data: organization, namespace and length.
const VENDOR_HEADER: usize = 6;

/// A field, not yet understood.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) kind: Kind,
    pub(super) data: &'a [u8],
    /// The place of the data in the layer.
    pub(super) at: usize,
}

/// What a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bit(u32),
    Tlv(u16),
    /// Organization, namespace and length are in front of the data.
    Vendor,
    Unknown(u32),
}

/// What a word of the bitmap stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespace {
    /// Fields of radiotap; the number of words in front, each of which stands for 32 bits more.
    Radiotap(u32),
    Vendor,
}

/// The fields of a header, those of other namespaces among them. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RadiotapFields<'a> {
    /// Behind the first word of the bitmap.
    body: &'a [u8],
    /// More words of the bitmap.
    words: &'a [[u8; 4]],
    /// The word under way.
    word: u32,
    /// Bits of it that are still to come.
    bits: u32,
    /// Whether it is still to say who the next word belongs to.
    vendor: bool,
    namespace: Namespace,
    tlvs: bool,
    /// The place of the next field in the layer.
    at: usize,
}

impl<'a> RadiotapFields<'a> {
    pub(super) fn new(header: RadiotapHeader, body: &'a [u8]) -> Self {
        let (all, _) = body.as_chunks::<4>();
        let first = header.present.get();
        let mut more = first & MORE_WORDS != 0;
        let extra = all.iter().take_while(|word| {
            let is_word = more;
            more &= u32::from_le_bytes(**word) & MORE_WORDS != 0;
            is_word
        });
        let words = all.get(..extra.count()).unwrap_or_default();
        let at = size_of::<RadiotapHeader>().saturating_add(words.as_flattened().len());
        let mut fields = Self {
            body,
            words,
            word: 0,
            bits: 0,
            vendor: false,
            namespace: Namespace::Radiotap(0),
            tlvs: false,
            at,
        };
        fields.start(first);
        fields
    }

    fn start(&mut self, word: u32) {
        (self.word, self.bits) = (word, word & FIELDS);
        self.vendor = word & VENDOR_NAMESPACE != 0;
        if self.namespace == Namespace::Vendor {
            // A vendor's bits say nothing to us: all of its fields were stepped over at once.
            self.bits = 0;
        }
    }

    /// The next field, not yet understood.
    pub(super) fn raw(&mut self) -> Option<Result<Raw<'a>, Malformed>> {
        loop {
            if self.tlvs {
                return self.tlv();
            }
            if self.bits != 0 {
                let bit = self.bits.trailing_zeros();
                self.bits &= self.bits.wrapping_sub(1);
                return self.bit(bit);
            }
            if self.vendor {
                self.vendor = false;
                return Some(self.vendor());
            }
            let (word, words) = self.words.split_first()?;
            self.words = words;
            self.namespace = match (self.word, self.namespace) {
                (word, _) if word & RADIOTAP_NAMESPACE != 0 => Namespace::Radiotap(0),
                (word, _) if word & VENDOR_NAMESPACE != 0 => Namespace::Vendor,
                (_, Namespace::Radiotap(words)) => Namespace::Radiotap(words.saturating_add(1)),
                (_, Namespace::Vendor) => Namespace::Vendor,
            };
            self.start(u32::from_le_bytes(*word));
        }
    }

    /// The field of a bit.
    fn bit(&mut self, bit: u32) -> Option<Result<Raw<'a>, Malformed>> {
        let words = match self.namespace {
            Namespace::Radiotap(words) => words,
            Namespace::Vendor => 0,
        };
        let layout = if words == 0 { layout_of(bit) } else { None };
        if words == 0 && bit == TLV {
            self.tlvs = true;
            return self.tlv();
        }
        let Some((align, len)) = layout else {
            let at = self.at;
            let data = self.rest();
            self.stop();
            let bit = words.saturating_mul(32).saturating_add(bit);
            return (!data.is_empty()).then_some(Ok(Raw { kind: Kind::Unknown(bit), data, at }));
        };
        Some(self.take(align, len).map(|(data, at)| Raw { kind: Kind::Bit(bit), data, at }))
    }

    fn tlv(&mut self) -> Option<Result<Raw<'a>, Malformed>> {
        self.at = self.at.next_multiple_of(TLV_ALIGN);
        let &[a, b, c, d] = match self.rest() {
            [] => return None,
            rest => match rest.first_chunk::<TLV_HEADER>() {
                Some(header) => header,
                None => return Some(Err(self.truncated(TLV_HEADER))),
            },
        };
        let (kind, len) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        self.at = self.at.saturating_add(TLV_HEADER);
        Some(self.take(1, len.into()).map(|(data, at)| Raw { kind: Kind::Tlv(kind), data, at }))
    }

    fn vendor(&mut self) -> Result<Raw<'a>, Malformed> {
        let (header, at) = self.take(2, VENDOR_HEADER)?;
        let len = match *header {
            [.., low, high] => u16::from_le_bytes([low, high]),
            _ => 0,
        };
        self.take(1, len.into())?;
        let start = at.saturating_sub(size_of::<RadiotapHeader>());
        let len = VENDOR_HEADER.saturating_add(len.into());
        let data = self.body.get(start..start.saturating_add(len)).unwrap_or(header);
        Ok(Raw { kind: Kind::Vendor, data, at })
    }

    /// The next bytes and their place in the layer.
    fn take(&mut self, align: usize, len: usize) -> Result<(&'a [u8], usize), Malformed> {
        self.at = self.at.next_multiple_of(align);
        let Some(data) = self.rest().get(..len) else { return Err(self.truncated(len)) };
        let at = self.at;
        self.at = at.saturating_add(len);
        Ok((data, at))
    }

    fn truncated(&mut self, need: usize) -> Malformed {
        let have = self.rest().len();
        self.stop();
        Malformed::Truncated { need, have }
    }

    fn rest(&self) -> &'a [u8] {
        let start = self.at.saturating_sub(size_of::<RadiotapHeader>());
        self.body.get(start..).unwrap_or_default()
    }

    /// The place in the layer of the next field, or of the one that is wrong.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    fn stop(&mut self) {
        (self.words, self.bits, self.vendor, self.tlvs) = (&[], 0, false, false);
    }
}

impl<'a> Iterator for RadiotapFields<'a> {
    type Item = Result<RadiotapField<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.raw()?.map(|raw| understand(raw.kind, raw.data)))
    }
}
