//! Any packet built or edited: what is decoded is what was built.

use std::ops::Range;

use rheos_core::LinkType;
use smallvec::SmallVec;

use super::check;
use super::entries::{DECODER, own_link_type};
use crate::layers::BUILTIN;
use crate::serialize_layers;
use crate::{
    ChecksumStatus, EditError, Encode, EthernetHeader, Field, Fix, Header, Ipv4, Ipv4Builder,
    Ipv4Header, Ipv4Option, Ipv4Options, Ipv6Header,
};
use crate::{
    Packet, PacketMut, Protocol, RawLayer, Setting, Span, Tcp, TcpBuilder, TcpHeader, TcpOption,
    TcpOptions, UdpHeader, Value, VlanHeader,
};

/// Most layers that are built: enough for a tunnel in a tunnel.
const MAX_BUILT: u8 = 8;
/// Most bytes of options, read before they are written.
const MAX_OPTIONS: usize = 40;
/// Most edits of one packet.
const MAX_EDITS: u8 = 8;
/// Bits of IPv4's flags that leave a packet whole: reserved, and not to be fragmented.
const WHOLE: u16 = 0xc000;

/// Builds and edits packets as the bytes say, and asserts that they are decoded as they were built.
///
/// # Panics
///
/// If a layer is decoded otherwise, or what is not to be changed by an edit is.
#[doc(hidden)]
pub fn fuzz_build(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let built = match choices.byte() & 1 {
        0 => check_known(&mut choices),
        _ => check_templates(&mut choices),
    };
    if let Some((link_type, packet)) = built {
        check(&DECODER, link_type, &packet);
        check_edits(&mut choices, link_type, packet);
    }
}

/// Bytes, taken one after the other; zeros behind the last.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    /// A number below another.
    fn below(&mut self, end: usize) -> usize {
        let number = usize::from(u16::from_be_bytes([self.byte(), self.byte()]));
        number.checked_rem(end).unwrap_or_default()
    }

    /// As many bytes as the next says, or as are left.
    fn bytes(&mut self, most: usize) -> &'a [u8] {
        let len = usize::from(self.byte()).min(most).min(self.0.len());
        self.0.split_off(..len).unwrap_or_default()
    }

    /// A header of any bytes, or the usual one where there are none left.
    fn header<H: Header + Default>(&mut self) -> H {
        let bytes = self.0.split_off(..size_of::<H>());
        bytes.and_then(|bytes| H::read_from_bytes(bytes).ok()).unwrap_or_default()
    }
}

/// A layer that is built of known parts.
enum Known<'a> {
    Ethernet(EthernetHeader),
    Vlan(VlanHeader),
    Ipv4(Ipv4Header, Vec<Ipv4Option<'a>>),
    Ipv6(Ipv6Header),
    Tcp(TcpHeader, Vec<TcpOption<'a>>),
    Udp(UdpHeader),
}

impl<'a> Known<'a> {
    /// Frames, tags, and packets inside packets, as many as the bytes say, then a transport.
    fn stack(choices: &mut Choices<'a>) -> Vec<Self> {
        let mut layers = vec![Self::Ethernet(choices.header())];
        let tags = choices.byte() & 3;
        layers.extend((0..tags).map(|_| Self::Vlan(choices.header())));
        let packets = choices.byte() & 3;
        layers.extend((0..=packets).map(|_| Self::packet(choices)));
        layers.push(if choices.byte() & 1 == 0 {
            let options = TcpOptions::new(choices.bytes(MAX_OPTIONS));
            let kept = options.flatten().filter(|option| *option != TcpOption::EndOfList);
            Self::Tcp(choices.header(), kept.collect())
        } else {
            Self::Udp(choices.header())
        });
        layers
    }

    fn packet(choices: &mut Choices<'a>) -> Self {
        if choices.byte() & 1 == 0 {
            let mut header: Ipv6Header = choices.header();
            let word = header.version_class_flow.get();
            header.version_class_flow.set(word & 0x0fff_ffff | 0x6000_0000);
            return Self::Ipv6(header);
        }
        let mut header: Ipv4Header = choices.header();
        header.version_ihl = 0x45;
        header.flags_offset.set(header.flags_offset.get() & WHOLE);
        let options = Ipv4Options::new(choices.bytes(MAX_OPTIONS));
        let kept = options.flatten().filter(|option| *option != Ipv4Option::EndOfList);
        Self::Ipv4(header, kept.collect())
    }

    fn encode(&'a self) -> Box<dyn Encode + 'a> {
        match self {
            Self::Ethernet(header) => Box::new(*header),
            Self::Vlan(header) => Box::new(*header),
            Self::Ipv4(header, options) => Box::new(Ipv4Builder { header: *header, options }),
            Self::Ipv6(header) => Box::new(*header),
            Self::Tcp(header, options) => Box::new(TcpBuilder { header: *header, options }),
            Self::Udp(header) => Box::new(*header),
        }
    }

    /// Asserts that a decoded layer is this one, but for what is worked out.
    fn check(&self, packet: &Packet<'_>, span: &Span) {
        match self {
            Self::Ethernet(header) => {
                let found: &EthernetHeader = header_of(packet, span);
                let type_or_length = found.type_or_length;
                assert_eq!(*found, EthernetHeader { type_or_length, ..*header });
            }
            Self::Vlan(header) => {
                let found: &VlanHeader = header_of(packet, span);
                let type_or_length = found.type_or_length;
                assert_eq!(*found, VlanHeader { type_or_length, ..*header });
            }
            Self::Ipv4(header, options) => {
                let found: &Ipv4Header = header_of(packet, span);
                let Ipv4Header { version_ihl, total_length, protocol, checksum, .. } = *found;
                let expected =
                    Ipv4Header { version_ihl, total_length, protocol, checksum, ..*header };
                assert_eq!(*found, expected);
                let Some(ip) = packet.view::<Ipv4<'_>>(span) else { unreachable!("a view") };
                let found: Vec<_> = ip.options().flatten().collect();
                check_options(&found, options, &Ipv4Option::EndOfList);
            }
            Self::Ipv6(header) => {
                let found: &Ipv6Header = header_of(packet, span);
                let Ipv6Header { payload_length, next_header, .. } = *found;
                let expected = Ipv6Header { payload_length, next_header, ..*header };
                assert_eq!(*found, expected);
            }
            Self::Tcp(header, options) => {
                let found: &TcpHeader = header_of(packet, span);
                let (data_offset, checksum) = (found.data_offset, found.checksum);
                assert_eq!(data_offset & 0x0f, header.data_offset & 0x0f);
                assert_eq!(*found, TcpHeader { data_offset, checksum, ..*header });
                let Some(tcp) = packet.view::<Tcp<'_>>(span) else { unreachable!("a view") };
                let found: Vec<_> = tcp.options().flatten().collect();
                check_options(&found, options, &TcpOption::EndOfList);
            }
            Self::Udp(header) => {
                let found: &UdpHeader = header_of(packet, span);
                let (length, checksum) = (found.length, found.checksum);
                assert_eq!(*found, UdpHeader { length, checksum, ..*header });
            }
        }
    }
}

/// The fixed header of a layer that is of this kind.
fn header_of<'a, H: Header + 'a>(packet: &Packet<'a>, span: &Span) -> &'a H {
    assert_eq!(span.layer, H::PROTOCOL.layer, "another layer: {packet:?}");
    let Some(header) = packet.header(span) else { unreachable!("a header cut short") };
    header
}

/// The options that were written, and nothing but an end behind them.
fn check_options<T: PartialEq + std::fmt::Debug>(found: &[T], written: &[T], end: &T) {
    let (front, rest) = found.split_at_checked(written.len()).unwrap_or((found, &[]));
    assert_eq!(front, written);
    assert!(rest.iter().all(|option| option == end), "{rest:?} behind the options");
}

/// Builds a stack of known layers with any values in them.
fn check_known(choices: &mut Choices<'_>) -> Option<(LinkType, Vec<u8>)> {
    let layers = Known::stack(choices);
    let payload = choices.bytes(usize::MAX);
    let encoded: Vec<_> = layers.iter().map(Known::encode).collect();
    let encoded: Vec<&dyn Encode> = encoded.iter().map(Box::as_ref).collect();
    let mut bytes = Vec::new();
    // More options than a header holds.
    serialize_layers(&mut bytes, Fix::all(), &encoded, payload).ok()?;
    let packet = DECODER.decode(LinkType::ETHERNET, &bytes);
    let spans = packet.own_layers();
    assert!(spans.len() >= layers.len(), "{} layers of {}: {packet:?}", spans.len(), layers.len());
    for (layer, span) in layers.iter().zip(spans) {
        layer.check(&packet, span);
    }
    let last = layers.len().checked_sub(1).and_then(|last| spans.get(last));
    assert_eq!(last.map(|span| packet.payload_of(span)), Some(payload));
    for checksum in packet.verify_checksums().filter(|sum| spans.contains(&sum.span)) {
        let is_ours = spans.iter().take(layers.len()).any(|span| *span == checksum.span);
        assert!(
            !is_ours || checksum.status() == ChecksumStatus::Good,
            "{checksum:?} of {packet:?}"
        );
    }
    Some((LinkType::ETHERNET, bytes))
}

/// A protocol that something can be built of.
fn template(choices: &mut Choices<'_>) -> &'static Protocol {
    let place = choices.below(BUILTIN.len());
    let (front, behind) = BUILTIN.split_at_checked(place).unwrap_or((BUILTIN, &[]));
    let mut from_there = behind.iter().chain(front).copied();
    let found = from_there.find(|protocol| protocol.template.is_some());
    found.unwrap_or(Ipv4Header::PROTOCOL)
}

/// Builds any protocols on each other, as they are when nothing more is asked of them.
fn check_templates(choices: &mut Choices<'_>) -> Option<(LinkType, Vec<u8>)> {
    let count = choices.byte().checked_rem(MAX_BUILT).unwrap_or_default();
    let layers: Vec<&'static Protocol> = (0..=count).map(|_| template(choices)).collect();
    let payload = choices.bytes(usize::MAX);
    let link_type = own_link_type(layers.first()?.layer);
    let encoded: Vec<&dyn Encode> = layers.iter().map(|layer| layer as &dyn Encode).collect();
    let mut bytes = Vec::new();
    // A layer that cannot stand there, or a length that it cannot have.
    serialize_layers(&mut bytes, Fix::all(), &encoded, payload).ok()?;
    let packet = DECODER.decode(link_type, &bytes);
    let found = packet.own_layers().iter().map(|span| span.layer);
    let is_as_built = found.eq(layers.iter().map(|protocol| protocol.layer));
    if is_as_built
        && packet.payload() == payload
        && packet.raw_layers().all(|raw| raw.padding.is_empty())
    {
        let raw: SmallVec<[RawLayer<'_>; 8]> = packet.raw_layers().collect();
        let raw: SmallVec<[&dyn Encode; 8]> = raw.iter().map(|layer| layer as _).collect();
        let mut again = Vec::new();
        let result = serialize_layers(&mut again, Fix::all(), &raw, payload);
        assert_eq!((result, &again), (Ok(()), &bytes), "worked out twice: {packet:?}");
        let mut checksums = packet.verify_checksums();
        assert!(checksums.all(|sum| sum.status() != ChecksumStatus::Bad), "{packet:?}");
    }
    Some((link_type, bytes))
}

/// Edits a packet in some ways.
fn check_edits(choices: &mut Choices<'_>, link_type: LinkType, bytes: Vec<u8>) {
    let mut packet = PacketMut::new(&DECODER, link_type, bytes);
    let edits = choices.byte().checked_rem(MAX_EDITS).unwrap_or_default();
    for _ in 0..edits {
        let place = choices.below(packet.layers().len().saturating_add(1));
        match choices.byte() % 7 {
            0 => check_insertion(&mut packet, place, template(choices)),
            1 => {
                let layers = packet.layers().len();
                let is_removed = packet.remove(place).is_ok();
                assert_eq!(packet.layers().len(), layers.saturating_sub(is_removed.into()));
            }
            2 => drop(packet.replace(place, &template(choices))),
            3 => {
                let payload = choices.bytes(usize::MAX);
                packet.set_payload(payload);
                assert_eq!(packet.payload_mut(), payload);
            }
            4 => {
                let byte = choices.byte();
                let header = packet.header_bytes_mut(place);
                header.and_then(<[u8]>::first_mut).into_iter().for_each(|first| *first ^= byte);
            }
            5 => check_set(&mut packet, link_type, place, choices),
            _ => drop(packet.fix(Fix::from_bits_truncate(choices.byte()))),
        }
    }
    let bytes = packet.decoded().bytes();
    check(&DECODER, link_type, bytes);
}

/// A layer that is put in and taken out again leaves nothing.
fn check_insertion(packet: &mut PacketMut, place: usize, protocol: &'static Protocol) {
    let before = packet.bytes().to_vec();
    if packet.insert(place, &protocol).is_ok() {
        let template = protocol.template.unwrap_or_default();
        assert!(packet.bytes().len() >= before.len().saturating_add(template.len()));
        let mut without = packet.clone();
        assert_eq!(without.remove(place), Ok(()));
        assert_eq!(without.bytes(), before, "a trace of {}", protocol.name);
    } else {
        assert_eq!(packet.bytes(), before, "a trace of an error");
    }
}

/// A number that is set changes no byte around it. The packet is taken apart anew: behind other edits
/// its layers need not be those that a decoder sees.
fn check_set(packet: &mut PacketMut, link_type: LinkType, place: usize, choices: &mut Choices<'_>) {
    *packet = PacketMut::new(&DECODER, link_type, packet.bytes());
    let decoded = packet.decoded();
    let Some(span) = decoded.own_layers().get(place).copied() else { return };
    let (number, layer) = (choices.below(usize::MAX), span.layer);
    let Some((name, bytes)) = field(&decoded, &span, choices) else { return };
    let before = packet.bytes().to_vec();
    let start = span.start as usize;
    let (front, behind) = (start.saturating_add(bytes.start), start.saturating_add(bytes.end));
    let is_part = BUILTIN
        .get(usize::from(layer.0))
        .and_then(|protocol| protocol.setting(name))
        .is_some_and(Setting::is_part);
    match packet.set(place, name, &number.to_string()) {
        // An option takes up room.
        Ok(()) if is_part => {}
        Ok(()) => {
            let after = packet.bytes();
            assert_eq!(after.len(), before.len(), "{name} moved what is behind it");
            assert_eq!(after.get(..front), before.get(..front), "{name} changed what is in front");
            assert_eq!(after.get(behind..), before.get(behind..), "{name} changed what is behind");
        }
        Err(error @ (EditError::NoLayer { .. } | EditError::NoField { .. })) => {
            unreachable!("{error}: {name} is there")
        }
        Err(_) => assert_eq!(packet.bytes(), before, "{name}"),
    }
}

/// One of the numbers of a layer, of which there is one by its name, and its place. What is around the layer says
/// which fields it has.
fn field(
    packet: &Packet<'_>,
    span: &Span,
    choices: &mut Choices<'_>,
) -> Option<(&'static str, Range<usize>)> {
    let protocol = BUILTIN.get(usize::from(span.layer.0))?;
    let mut found: Vec<(&'static str, Range<usize>)> = Vec::new();
    let mut visitor = |Field { name, value, bytes }: Field<'_>| {
        if matches!(value, Value::Number(_)) {
            found.push((name, bytes));
        }
    };
    let (bytes, outer) = (packet.bytes_of(span), packet.outer(span));
    (protocol.visit)(bytes, &outer, &mut |layer| layer.fields(&mut visitor)).ok()?;
    let chosen = found.get(choices.below(found.len()))?.clone();
    let is_only = found.iter().filter(|(name, _)| *name == chosen.0).count() == 1;
    is_only.then_some(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corpus_holds() {
        for seed in super::super::seeds("craft") {
            (0..=seed.len()).for_each(|end| fuzz_build(&seed[..end]));
        }
    }

    proptest! {
        #[test]
        fn what_is_built_is_decoded(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_build(&[&[0], &bytes[..]].concat());
        }

        #[test]
        fn any_protocols_on_each_other_hold(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            fuzz_build(&[&[1], &bytes[..]].concat());
        }
    }
}
