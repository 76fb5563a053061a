//! Packet layers: borrowed views over bytes, and the decoders that chain them.
//!
//! - A *layer* such as [`Udp`] checks one header once, in [`Layer::parse`], and never fails after
//!   that. It claims the keys that lead to it and publishes the key that leads on.
//! - A [`Registry`] is a value: the built-in layers, yours, and their claims. Compiled into a
//!   [`Decoder`], it turns any bytes into a [`Packet`].
//! - A [`FixedDecoder`] and a [`LayerSet`] are types: they read one stack, or some layers in any
//!   order, with nothing looked up.
//! - The feature `names` adds the registered names of ports, protocols, Ethernet types and vendors.
//!
//! ```
//! use rheos_layers::*;
//!
//! let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
//!     \x45\x00\x00\x1e\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\
//!     \x30\x39\x1f\x90\x00\x0a\x00\x00hi";
//!
//! let decoder = Decoder::new(&Registry::default());
//! let packet = decoder.decode(LinkType::ETHERNET, bytes);
//! assert_eq!(packet.get::<Ipv4>().unwrap().source().to_string(), "10.0.0.1");
//! assert_eq!(packet.get::<Udp>().unwrap().payload, b"hi");
//! assert!(packet.error().is_none() && !packet.is_truncated());
//!
//! type Stack<'a> = (Ethernet<'a>, Option<Vlan<'a>>, Ip<'a>, Transport<'a>);
//! let (_, vlan, _, transport) = FixedDecoder::<Stack>::decode(bytes)?;
//! assert_eq!((vlan, transport.ports()), (None, Some((12345, 8080))));
//! # Ok::<(), StackError>(())
//! ```
//!
//! What this crate does not do: no I/O, no clock, no global state, no `unsafe`.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests build packets of known size")
)]

pub use rheos_core::LinkType;

pub use crate::build::{
    Absence, Before, Behind, CarriedIn, Carries, Checksum, ChecksumStatus, EditError, Encode, Fix,
    FragmentError, Header, InternetSum, LayerChecksum, PacketBuilder, PacketMut, PseudoHeader,
    RawLayer, Setting, Verified, hex, serialize_layers, spaces,
};
pub use crate::class::LayerClass;
pub use crate::decoder::Decoder;
pub use crate::error::{DecodeError, EncodeError, Malformed, RegisterError, StackError};
pub use crate::field::{Field, FieldSink, Value};
pub use crate::fixed::{FixedDecoder, Ip, Slot, Stack, Start, Transport};
pub use crate::frame_trailer::FrameTrailer;
pub use crate::ftp::FtpAddress;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub use crate::fuzz::{fuzz, fuzz_build, fuzz_entries};
pub use crate::key::{EtherType, IpProtocol, Key, KeyKind, Next, Organization, PppProtocol};
pub use crate::layer_set::{LayerSet, Room, Set};
pub use crate::layers::*;
pub use crate::outer::Outer;
pub use crate::owned::OwnedPacket;
pub use crate::packet::{MAX_LAYERS, Packet};
pub use crate::registry::{
    AnyLayer, Layer, LayerType, MAX_PROBES, Probe, Protocol, Registry, Role, Shape,
};
pub use crate::walk::Span;

mod aggregate;
mod build;
mod class;
mod crc32;
mod decoder;
mod error;
mod faults;
mod field;
mod field_reader;
mod first_layers;
mod fixed;
mod fletcher;
mod frame_trailer;
mod ftp;
#[cfg(any(test, fuzzing))]
mod fuzz;
mod key;
mod layer_set;
mod layers;
mod layout;
mod length_or_type;
#[cfg(feature = "names")]
pub mod names;
mod octet_options;
mod octet_settings;
mod octet_tlvs;
mod outer;
mod owned;
mod packet;
mod parts;
mod plausible;
mod prefix;
mod records;
mod registry;
#[cfg(feature = "serde")]
mod serialize;
mod straight;
mod text_piece;
mod walk;
