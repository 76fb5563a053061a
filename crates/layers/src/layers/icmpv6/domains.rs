//! Domain names in options and answers of neighbors, without compression:
//! [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035) section 3.1.

use std::fmt::{self, Write};

/// The domains of a search list. Ends at the padding, and at a name that is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NdpDomains<'a>(&'a [u8]);

impl<'a> NdpDomains<'a> {
    /// The domains that stand in these bytes, one behind the other, as RFC 1035 writes them without
    /// compression.
    pub fn new(domains: &'a [u8]) -> Self {
        Self(domains)
    }

    pub(super) fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The domains, one by one.
    pub fn names(&self) -> impl Iterator<Item = NdpDomain<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let name = NdpDomain::new(rest)?;
            rest = rest.get(name.0.len()..).unwrap_or_default();
            Some(name)
        })
    }
}

/// A domain name as RFC 1035 writes it, without compression. `Display` writes it with dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NdpDomain<'a>(&'a [u8]);

impl<'a> NdpDomain<'a> {
    /// The name at the front of `bytes`, up to the label of no length, unless that comes first.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut len = 0_usize;
        loop {
            let label = usize::from(*bytes.get(len)?);
            len = len.saturating_add(label).saturating_add(1);
            if label == 0 {
                return if len == 1 { None } else { bytes.get(..len).map(Self) };
            }
        }
    }

    /// The labels, outermost last.
    pub fn labels(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&length, behind) = rest.split_first()?;
            let (label, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            (length != 0).then_some(label)
        })
    }

    /// Bytes on the wire.
    pub(super) fn wire_len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for NdpDomain<'_> {
    /// Writes the labels with dots between them, and three octal digits for what is no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.labels().enumerate().try_for_each(|(place, label)| {
            if place != 0 {
                f.write_char('.')?;
            }
            label.iter().try_for_each(|&byte| match byte {
                b' '..=b'~' => f.write_char(byte.into()),
                _ => write!(f, "\\{byte:03o}"),
            })
        })
    }
}
