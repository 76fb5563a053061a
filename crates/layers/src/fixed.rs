//! The fixed decoder: a stack of layers as a type, with nothing looked up.

use std::marker::PhantomData;

use rheos_core::prefetch_behind;

use crate::walk::Cursor;
use crate::{
    DecodeError, EtherType, Icmpv4, Icmpv6, Ipv4, Ipv6, Key, Layer, Next, Sctp, StackError, Tcp,
    Udp, UdpLite,
};

/// Reads one stack: a tuple of slots, each a layer, an `Option` of a slot, [`Ip`] or [`Transport`].
/// The first is a layer, or [`Ip`] for packets without a link layer.
#[derive(Clone, Copy, Debug)]
pub struct FixedDecoder<S>(PhantomData<S>);

impl<'a, S: Stack<'a>> FixedDecoder<S> {
    /// Reads the stack at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The packet is another stack, or a layer of it is malformed.
    #[inline(always)]
    pub fn decode(bytes: &'a [u8]) -> Result<S, StackError> {
        prefetch_behind(bytes);
        S::take(&mut Cursor::new(bytes))
    }
}

/// The first place in a stack.
pub trait Start<'a>: Sized {
    /// Takes the layer under the cursor, or nothing if there are no bytes.
    #[doc(hidden)]
    fn start(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError>;
}

impl<'a, L: Layer<'a>> Start<'a> for L {
    #[inline(always)]
    fn start(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError> {
        cursor.take()
    }
}

impl<'a> Start<'a> for Ip<'a> {
    #[inline(always)]
    fn start(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError> {
        let version = cursor.rest.first().map(|byte| byte >> 4);
        let ether_type = if version == Some(6) { EtherType::IPV6 } else { EtherType::IPV4 };
        cursor.next = Next::One(Key::ether_type(ether_type));
        Self::take(cursor)
    }
}

/// A place in a stack: a layer, an `Option` of a slot, [`Ip`] or [`Transport`].
pub trait Slot<'a>: Sized {
    /// Takes the layer under the cursor, or nothing if that is not for this slot.
    #[doc(hidden)]
    fn take(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError>;
}

impl<'a, L: Layer<'a>> Slot<'a> for L {
    #[inline(always)]
    fn take(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError> {
        let claims = |key: Key| L::PROTOCOL.claims.contains(&key);
        let wanted = match cursor.next {
            // A quoted packet is not a part of the stack that quotes it.
            Next::End | Next::Quoted(_) => false,
            Next::One(key) | Next::FirstFragment(key) => claims(key),
            Next::Either(first, second) => claims(first) || claims(second),
        };
        if wanted { cursor.take() } else { Ok(None) }
    }
}

impl<'a, S: Slot<'a>> Slot<'a> for Option<S> {
    #[inline(always)]
    fn take(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError> {
        S::take(cursor).map(Some)
    }
}

/// Declares a slot for one of several layers.
macro_rules! one_of {
    ($(#[$doc:meta])* $union:ident { $($variant:ident($layer:ident),)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names say it")]
        #[non_exhaustive]
        pub enum $union<'a> {
            $($variant($layer<'a>),)+
        }

        impl<'a> Slot<'a> for $union<'a> {
            #[inline(always)]
            fn take(cursor: &mut Cursor<'a>) -> Result<Option<Self>, DecodeError> {
                $(
                    if let Some(layer) = $layer::take(cursor)? {
                        return Ok(Some(Self::$variant(layer)));
                    }
                )+
                Ok(None)
            }
        }
    };
}

one_of! {
    /// Either version of IP.
    Ip { V4(Ipv4), V6(Ipv6), }
}

one_of! {
    /// A transport layer, or a control message in the place of one.
    Transport {
        Tcp(Tcp),
        Udp(Udp),
        UdpLite(UdpLite),
        Sctp(Sctp),
        Icmpv4(Icmpv4),
        Icmpv6(Icmpv6),
    }
}

impl Transport<'_> {
    /// Source and destination port, of those that have ports.
    #[inline]
    pub fn ports(&self) -> Option<(u16, u16)> {
        match self {
            Self::Tcp(tcp) => Some((tcp.source_port(), tcp.destination_port())),
            Self::Udp(udp) => Some((udp.source_port(), udp.destination_port())),
            Self::UdpLite(udp) => Some((udp.source_port(), udp.destination_port())),
            Self::Sctp(sctp) => Some((sctp.source_port(), sctp.destination_port())),
            Self::Icmpv4(_) | Self::Icmpv6(_) => None,
        }
    }
}

/// A tuple that [`FixedDecoder`] reads.
pub trait Stack<'a>: Sized {
    #[doc(hidden)]
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, StackError>;
}

macro_rules! stack {
    ($first:ident $($slot:ident)*) => {
        impl<'a, $first: Start<'a>, $($slot: Slot<'a>),*> Stack<'a> for ($first, $($slot),*) {
            #[inline(always)]
            fn take(cursor: &mut Cursor<'a>) -> Result<Self, StackError> {
                let other = |cursor: &Cursor<'_>| StackError::Other {
                    offset: cursor.offset,
                    next: cursor.next,
                };
                Ok((
                    $first::start(cursor)?.ok_or_else(|| other(cursor))?,
                    $($slot::take(cursor)?.ok_or_else(|| other(cursor))?),*
                ))
            }
        }
    };
}

stack!(A);
stack!(A B);
stack!(A B C);
stack!(A B C D);
stack!(A B C D E);
stack!(A B C D E F);
stack!(A B C D E F G);
stack!(A B C D E F G H);
