//! The layer set: some layers in any order, as a type, with nothing looked up.

use rheos_core::LinkType;
use smallvec::SmallVec;

use crate::walk::Cursor;
use crate::{DecodeError, Key, Layer, Next};

/// Reads the layers of a set in whatever order they come, and stops at the first that it does not
/// have, or has no more room for. Nothing is overwritten: the layers of a tunnel are all kept.
///
/// The set is a tuple: `Option<Tcp>` has room for one, `SmallVec<[Ipv4; 2]>` for any number.
///
/// ```
/// use rheos_layers::{Ethernet, Ipv4, Ipv6, LayerSet, LinkType, Tcp, Udp, Vlan};
/// use smallvec::SmallVec;
///
/// type Set<'a> = (Option<Ethernet<'a>>, SmallVec<[Vlan<'a>; 2]>, Option<Ipv4<'a>>, Option<Udp<'a>>);
///
/// let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x81\0\0\x07\x81\0\0\x2a\x08\0\
///     \x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let set = LayerSet::<Set<'_>>::decode(LinkType::ETHERNET, bytes);
/// let (_, vlans, _, udp) = &set.layers;
/// assert_eq!(vlans.iter().map(Vlan::id).collect::<Vec<_>>(), [7, 42]);
/// assert_eq!(udp.unwrap().destination_port(), 8080);
/// assert_eq!(set.rest, b"hi");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LayerSet<'a, S> {
    /// The layers found.
    pub layers: S,
    /// The bytes behind them.
    pub rest: &'a [u8],
    /// What the last of them announces there.
    pub next: Next,
    /// Whether a header announces more payload than is there.
    pub is_truncated: bool,
    /// The malformed layer at the front of the rest, if that is why the walk stopped.
    pub error: Option<DecodeError>,
}

impl<'a, S: Set<'a>> LayerSet<'a, S> {
    /// Reads the layers at the front of `bytes`.
    pub fn decode(link_type: LinkType, bytes: &'a [u8]) -> Self {
        let (mut layers, mut cursor) = (S::default(), Cursor::new(bytes));
        cursor.next = Next::One(Key::link_type(link_type));
        let mut found = 0;
        let error = loop {
            if found == crate::MAX_LAYERS {
                break None;
            }
            match layers.take(&mut cursor) {
                Ok(true) => found = found.saturating_add(1),
                Ok(false) => break None,
                Err(error) => break Some(error),
            }
        };
        let Cursor { rest, next, truncated, .. } = cursor;
        Self { layers, rest, next, is_truncated: truncated, error }
    }
}

/// Room in a [`LayerSet`] for layers of one type.
pub trait Room<'a>: Default {
    /// Takes the layer under the cursor, if it is of this type and there is room.
    #[doc(hidden)]
    fn take(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, DecodeError>;
}

impl<'a, L: Layer<'a>> Room<'a> for Option<L> {
    #[inline]
    fn take(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, DecodeError> {
        if self.is_none() {
            *self = <L as crate::Slot<'_>>::take(cursor)?;
            return Ok(self.is_some());
        }
        Ok(false)
    }
}

impl<'a, L: Layer<'a>, const N: usize> Room<'a> for SmallVec<[L; N]>
where
    [L; N]: smallvec::Array<Item = L>,
{
    #[inline]
    fn take(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, DecodeError> {
        let layer = <L as crate::Slot<'_>>::take(cursor)?;
        let found = layer.is_some();
        self.extend(layer);
        Ok(found)
    }
}

/// A tuple that [`LayerSet`] reads.
pub trait Set<'a>: Default {
    #[doc(hidden)]
    fn take(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, DecodeError>;
}

macro_rules! set {
    ($first:ident $($room:ident)*) => {
        impl<'a, $first: Room<'a>, $($room: Room<'a>),*> Set<'a> for ($first, $($room,)*) {
            #[inline]
            #[allow(non_snake_case, reason = "each type names its room")]
            fn take(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, DecodeError> {
                let ($first, $($room,)*) = self;
                $(
                    if $room.take(cursor)? {
                        return Ok(true);
                    }
                )*
                $first.take(cursor)
            }
        }
    };
}

set!(A);
set!(A B);
set!(A B C);
set!(A B C D);
set!(A B C D E);
set!(A B C D E F);
set!(A B C D E F G);
set!(A B C D E F G H);
set!(A B C D E F G H I);
set!(A B C D E F G H I J);
