//! What must hold for any bytes, called by the fuzzer and by tests.

use std::fmt;
use std::sync::LazyLock;

use smallvec::SmallVec;

pub use build::fuzz_build;
pub use entries::fuzz_entries;

use crate::field::FirstFault;
use crate::layers::BUILTIN;
use crate::serialize_layers;
use crate::{
    Decoder, Encode, Ethernet, Field, Fix, FixedDecoder, Ip, Ipv4, Ipv6, KeyKind, LayerSet,
    LayerType as L,
};
use crate::{LinkType, Next, Packet, RawLayer, Span, StackError, Tcp, Transport, Udp, Vlan};

mod build;
mod entries;

/// Most fields of a layer of so many bytes: in any layer a byte has a few fields, and what stands in
/// the same bytes is told a few times. More than this would be a loop that reads bytes again.
const FIELDS_PER_BYTE: usize = 32;
/// Most fields of a layer of few bytes.
const FIELDS_OF_ANY: usize = 256;

/// A decoder is a megabyte of tables: made once, not for each input.
static DECODER: LazyLock<Decoder> = LazyLock::new(Decoder::default);

/// Decodes any bytes, of which the first two are a link type, and asserts what must hold.
///
/// # Panics
///
/// If a layer or a field lies outside of where it must, a decoded packet contradicts itself, or
/// two decoders see two packets.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Some((&choice, bytes)) = bytes.split_first_chunk() else { return };
    let link_type = link_type(u16::from_be_bytes(choice));
    let packet = check(&DECODER, link_type, bytes);
    check_fixed(&packet, link_type);
    check_set(&packet, link_type);
}

/// Decodes a packet, and asserts what must hold.
fn check<'a>(decoder: &'a Decoder, link_type: LinkType, bytes: &'a [u8]) -> Packet<'a> {
    let packet = decoder.decode(link_type, bytes);
    let mut parent: Option<Span> = None;
    for span in packet.layers() {
        check_place(&packet, parent.as_ref(), span);
        check_layer(&packet, span);
        parent = Some(*span);
    }
    if let Some(error) = packet.error() {
        assert!(error.offset as usize <= bytes.len(), "an error behind the packet");
        assert!(!error.to_string().is_empty());
    }
    check_rewritten(&packet);
    check_owned(&packet);
    packet
}

/// The link type of a number, or another if no layer claims that.
fn link_type(number: u16) -> LinkType {
    let claims = BUILTIN.iter().flat_map(|protocol| protocol.claims);
    let links = claims.filter_map(|key| match key.kind() {
        KeyKind::LinkType(link_type) => Some(link_type),
        _ => None,
    });
    let links: SmallVec<[LinkType; 64]> = links.collect();
    if links.contains(&LinkType(number)) {
        return LinkType(number);
    }
    let place = usize::from(number).checked_rem(links.len()).unwrap_or_default();
    links.get(place).copied().unwrap_or(LinkType::ETHERNET)
}

/// A layer lies behind the header of its parent, inside its payload.
fn check_place(packet: &Packet<'_>, parent: Option<&Span>, span: &Span) {
    let end = |span: &Span| u64::from(span.start).saturating_add(span.len.into());
    assert!(u32::from(span.header_len) <= span.len, "{span:?}: a header longer than its layer");
    assert!(end(span) <= packet.bytes().len() as u64, "{span:?}: past the packet");
    let Some(parent) = parent else {
        assert_eq!(span.start, 0, "the first layer starts late");
        return;
    };
    let behind = parent.start.saturating_add(parent.header_len.into());
    let front = span.start >= behind;
    assert!(front && end(span) <= end(parent), "{span:?} outside of {parent:?}");
}

/// A layer reads again as it was read, and its fields are among its bytes.
fn check_layer(packet: &Packet<'_>, span: &Span) {
    let (Some(protocol), bytes) = (packet.protocol(span), packet.bytes_of(span)) else {
        unreachable!("{span:?}: a layer of no protocol")
    };
    let name = protocol.name;
    let Ok(shape) = (protocol.shape)(bytes, &packet.outer(span)) else {
        unreachable!("{name}: malformed when read again")
    };
    assert_eq!(shape.header_len, span.header_len.into(), "{name}: another header when read again");
    let is_last = packet.layers().last() == Some(span);
    assert!(is_last || shape.next != Next::End, "{name}: a layer behind the end");
    let (mut visits, mut fields) = (0_u32, 0_usize);
    packet.visit(span, &mut |layer| {
        visits = visits.saturating_add(1);
        layer.fields(&mut |Field { name, value, bytes: place }: Field<'_>| {
            fields = fields.saturating_add(1);
            let inside = place.start <= place.end && place.end <= bytes.len();
            assert!(inside, "{name}: bytes {place:?} of {}", bytes.len());
            assert!(!name.is_empty() && value.to_string().len() < usize::MAX);
        });
        let [mut beside_fields, mut alone] = [(); 2].map(|()| FirstFault::default());
        layer.fields(&mut beside_fields);
        layer.faults(&mut alone);
        assert_eq!(
            alone.found, beside_fields.found,
            "{name}: other faults than those beside fields"
        );
        let summary = fmt::from_fn(|f| layer.summary(f)).to_string();
        assert!(!summary.contains(char::is_control), "{name}: a summary that moves the cursor");
    });
    assert_eq!(visits, 1, "{name}: read, and not shown");
    assert!(fields <= most_fields(bytes.len()), "{name}: {fields} fields of {} bytes", bytes.len());
}

/// Most fields of a layer of so many bytes.
fn most_fields(len: usize) -> usize {
    len.saturating_mul(FIELDS_PER_BYTE).saturating_add(FIELDS_OF_ANY)
}

/// Whatever can be read can be written: layer by layer the same bytes.
fn check_rewritten(packet: &Packet<'_>) {
    let raw: SmallVec<[RawLayer<'_>; 32]> = packet.raw_layers().collect();
    assert_eq!(raw.len(), packet.own_layers().len());
    let layers: SmallVec<[&dyn Encode; 32]> = raw.iter().map(|layer| layer as _).collect();
    let mut out = Vec::new();
    let result = serialize_layers(&mut out, Fix::empty(), &layers, packet.payload());
    assert_eq!((result, out.as_slice()), (Ok(()), packet.bytes()));
    // Lengths may not fit, and the number of a layer is the first that it claims.
    out.clear();
    if serialize_layers(&mut out, Fix::all(), &layers, packet.payload()).is_ok() {
        assert_eq!(out.len(), packet.bytes().len(), "another length once it is worked out");
    }
    packet.verify_checksums().for_each(|checksum| {
        let _ = checksum.status();
    });
}

/// A packet that owns its bytes is the same, and decoding over another leaves nothing of that.
fn check_owned(packet: &Packet<'_>) {
    let owned = packet.to_owned();
    let copy = owned.as_packet();
    assert_eq!((copy.layers(), copy.own_layers()), (packet.layers(), packet.own_layers()));
    assert_eq!((copy.error(), copy.is_truncated()), (packet.error(), packet.is_truncated()));
    assert_eq!(copy.payload(), packet.payload());
    assert_eq!(copy.to_string(), packet.to_string());
}

/// The fixed decoder reads what the table decoder reads.
fn check_fixed(packet: &Packet<'_>, link_type: LinkType) {
    type Stack<'a> = (Ethernet<'a>, Option<Vlan<'a>>, Ip<'a>, Transport<'a>);
    if link_type != LinkType::ETHERNET {
        return;
    }
    let layers: SmallVec<[L; 32]> = packet.own_layers().iter().map(|span| span.layer).collect();
    let is_transport = |layer: &L| {
        matches!(*layer, L::TCP | L::UDP | L::UDP_LITE | L::SCTP | L::ICMPV4 | L::ICMPV6)
    };
    let is_stack = match &layers[..] {
        [L::ETHERNET, L::IPV4 | L::IPV6, last, ..]
        | [L::ETHERNET, L::VLAN, L::IPV4 | L::IPV6, last, ..] => is_transport(last),
        _ => false,
    };
    match FixedDecoder::<Stack<'_>>::decode(packet.bytes()) {
        Ok((ethernet, vlan, ip, transport)) => {
            // A frame inside a tunnel may have a tag where the outermost has none.
            let second = packet.own_layers().get(1).and_then(|span| packet.view(span));
            assert_eq!((Some(ethernet), vlan), (packet.get(), second));
            match ip {
                Ip::V4(ipv4) => assert_eq!(Some(ipv4), packet.get()),
                Ip::V6(ipv6) => assert_eq!(Some(ipv6), packet.get()),
            }
            match transport {
                Transport::Tcp(tcp) => assert_eq!(Some(tcp), packet.get()),
                Transport::Udp(udp) => assert_eq!(Some(udp), packet.get()),
                _ => {}
            }
        }
        Err(error) => {
            assert!(!is_stack, "{error}: the fixed decoder alone");
            if let StackError::Malformed(error) = error {
                assert_eq!(Some(error), packet.error());
            }
        }
    }
}

/// The layer set reads what the table decoder reads, as far as it has room.
fn check_set(packet: &Packet<'_>, link_type: LinkType) {
    type Any<'a> = (
        SmallVec<[Ethernet<'a>; 1]>,
        SmallVec<[Vlan<'a>; 2]>,
        SmallVec<[Ipv4<'a>; 2]>,
        SmallVec<[Ipv6<'a>; 2]>,
        Option<Tcp<'a>>,
        Option<Udp<'a>>,
    );
    let set = LayerSet::<Any<'_>>::decode(link_type, packet.bytes());
    let (ethernets, vlans, v4, v6, tcp, udp) = &set.layers;
    let found = [ethernets.len(), vlans.len(), v4.len(), v6.len()];
    let transports = tcp.iter().count().saturating_add(udp.iter().count());
    let known = [L::ETHERNET, L::VLAN, L::IPV4, L::IPV6, L::TCP, L::UDP];
    let own = packet.own_layers();
    let front = own.iter().take_while(|span| known.contains(&span.layer)).count();
    assert_eq!(found.iter().fold(transports, |sum, count| sum.saturating_add(*count)), front);
    if front == packet.layers().len() {
        assert_eq!((set.rest, set.is_truncated), (packet.payload(), packet.is_truncated()));
    }
}

/// What a fuzz target starts from.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a function of tests")]
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let files = std::fs::read_dir(corpus.join(target)).unwrap();
    files.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Outer, Protocol};

    #[test]
    fn the_corpus_holds() {
        for seed in seeds("decode") {
            for end in 0..=seed.len() {
                fuzz(&seed[..end]);
            }
        }
    }

    #[test]
    fn each_protocol_has_a_seed() {
        let seeds = seeds("decode");
        // Nothing leads to some layers until a program says what does.
        let is_found =
            |protocol: &&&Protocol| !protocol.claims.is_empty() || !protocol.probes.is_empty();
        let mut missing: Vec<_> =
            BUILTIN.iter().filter(is_found).map(|protocol| protocol.layer).collect();
        for seed in &seeds {
            let (choice, bytes) = seed.split_first_chunk().unwrap();
            let packet = DECODER.decode(link_type(u16::from_be_bytes(*choice)), bytes);
            missing.retain(|&layer| packet.layers().iter().all(|span| span.layer != layer));
        }
        let names = missing.iter().map(|layer| BUILTIN[usize::from(layer.0)].name);
        assert_eq!(names.collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn probes_take_nothing_behind_other_first_bytes_than_they_name() {
        let mut taken = 0;
        for seed in seeds("decode") {
            let (choice, bytes) = seed.split_first_chunk().unwrap();
            let packet = DECODER.decode(link_type(u16::from_be_bytes(*choice)), bytes);
            for (span, probe) in packet.layers().iter().flat_map(|span| {
                let probes = BUILTIN.iter().flat_map(|protocol| protocol.probes);
                probes.filter(|probe| probe.parent == span.layer).map(move |probe| (span, probe))
            }) {
                let mut payload = packet.payload_of(span).to_vec();
                for first in 0..=u8::MAX {
                    payload.iter_mut().take(1).for_each(|byte| *byte = first);
                    if !payload.is_empty() && (probe.test)(&payload, &Outer::NONE) {
                        assert!((probe.first.0..=probe.first.1).contains(&first), "{first}");
                        taken += 1;
                    }
                }
            }
        }
        assert!(taken > 0);
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_change_to_a_packet_holds(
            // Ethernet, IPv6 and hop-by-hop options, or Ethernet, IPv4 and TCP with options.
            six: bool,
            tail in prop::collection::vec(any::<u8>(), 0..80),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let front: &[u8] = if six {
                b"\0\x01\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x86\xdd\
                    \x60\0\0\0\0\x40\0\x40\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
                    \xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
            } else {
                b"\0\x01\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0\
                    \x45\0\0\x40\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
                    \x9c\x40\0\x50\0\0\0\x01\0\0\0\x01\xa0\x10\x01\0\0\0\0\0"
            };
            let mut bytes = [front, &tail].concat();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            fuzz(&bytes);
        }
    }
}
