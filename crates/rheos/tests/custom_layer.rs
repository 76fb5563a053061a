//! What a layer registered from outside can do: everything.

use rheos::layers::{
    Decoder, Field, FieldSink, Key, Layer, LayerType, LinkType, Malformed, Next, Probe, Protocol,
    Registry, Role, Shape,
};

#[path = "../examples/custom_layer.rs"]
mod custom_layer;

use custom_layer::{Beat, FRAME};

fn decoder() -> Decoder {
    match Registry::default().register::<Beat<'_>>() {
        Ok(registry) => Decoder::new(&registry),
        Err(error) => unreachable!("{error}"),
    }
}

#[test]
fn the_example_runs() {
    custom_layer::main().unwrap();
}

#[test]
fn its_fields_have_places_in_the_packet() {
    let decoder = decoder();
    let packet = decoder.decode(LinkType::ETHERNET, FRAME);
    let mut found = Vec::new();
    packet.fields(&mut |field: Field<'_>| {
        if field.name.starts_with("beat.") {
            found.push((field.name, field.bytes));
        }
    });
    assert_eq!(found, [("beat.sender", 42..44), ("beat.count", 44..46)]);
}

#[test]
fn a_port_is_a_guess_that_costs_nothing_when_it_is_wrong() {
    let decoder = decoder();
    let cut = decoder.decode(LinkType::ETHERNET, &FRAME[..44]);
    assert!(cut.error().is_none() && cut.get::<Beat<'_>>().is_none());
    assert_eq!(cut.payload(), &FRAME[42..44]);
}

#[test]
fn it_plays_a_role_and_has_a_name() {
    let decoder = decoder();
    let packet = decoder.decode(LinkType::ETHERNET, FRAME);
    let span = packet.application_layer().unwrap();
    let protocol = packet.protocol(span).unwrap();
    assert_eq!((protocol.name, protocol.role), ("beat", Role::Application));
    let mut summary = String::new();
    packet.visit(span, &mut |layer| summary = std::fmt::from_fn(|f| layer.summary(f)).to_string());
    assert_eq!(summary, "beat 42 of 7");
}

#[test]
fn its_name_reaches_errors_and_packets_that_own_their_bytes() {
    let registry = Registry::default().register::<Beat<'_>>().unwrap();
    let start = Key::link_type(LinkType(147));
    let decoder = Decoder::new(&registry.claim(start, Beat::PROTOCOL.layer));
    let error = decoder.decode(LinkType(147), &[1, 2]).error().unwrap().to_string();
    assert_eq!(error, "beat at byte 0: needs 4 bytes, 2 left");
    let owned = decoder.decode(LinkType::ETHERNET, FRAME).to_owned();
    drop(decoder);
    assert_eq!(owned.as_packet().get::<Beat<'_>>().unwrap().count(), 42);
    assert!(owned.to_string().ends_with("beat.count=42"));
}

#[test]
#[cfg(feature = "serde")]
fn it_is_in_json() {
    let decoder = decoder();
    let json = serde_json::to_value(decoder.decode(LinkType::ETHERNET, FRAME)).unwrap();
    let last = json["layers"].as_array().unwrap().last().unwrap();
    assert_eq!(last["layer"], "beat");
    assert_eq!(last["fields"]["beat.count"], 42);
}

/// Three bytes with a mark in front, behind any port of UDP, and one behind another.
struct Marked;

impl<'a> Layer<'a> for Marked {
    const PROTOCOL: &'static Protocol = &Protocol::new(
        LayerType(1001),
        "marked",
        "Marked",
        |bytes, outer| Marked::parse_in(bytes, outer).map(|marked| marked.shape()),
        |bytes, outer, visit| Marked::parse_in(bytes, outer).map(|marked| visit(&marked)),
    )
    .probes(&[
        Probe { parent: LayerType::UDP, first: (0xaa, 0xab), test: |bytes, _| bytes.len() > 2 },
        Probe { parent: LayerType(1001), first: (0xaa, 0xaa), test: |_, _| true },
    ]);

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let missing = Malformed::Truncated { need: 3, have: bytes.len() };
        bytes.first_chunk::<3>().map(|_| Self).ok_or(missing)
    }

    fn shape(&self) -> Shape {
        // It says nothing of what follows: only a probe can.
        let next = Next::One(Key::child(LayerType(1001), 0));
        Shape { header_len: 3, payload_len: usize::MAX, trailer_len: 0, next }
    }

    fn fields(&self, _: &mut dyn FieldSink) {}
}

#[test]
fn its_probes_are_asked_about_the_first_bytes_that_they_want() {
    let decoder = Decoder::new(&Registry::default().register::<Marked>().unwrap());
    // The frame's ports and lengths, with port 9999 where its own was claimed.
    let marked = |payload: &[u8]| {
        let mut frame = FRAME[..42].to_vec();
        frame[36..38].copy_from_slice(&9999_u16.to_be_bytes());
        frame[17] = 28 + u8::try_from(payload.len()).unwrap();
        frame[39] = 8 + u8::try_from(payload.len()).unwrap();
        frame.extend(payload);
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        (packet.all::<Marked>().count(), packet.payload().len(), packet.error().is_some())
    };
    assert_eq!(marked(b"\xaa12\xaa12\xaa12"), (3, 0, false));
    assert_eq!(marked(b"\xab12\xaa12\xab12"), (2, 3, false));
    assert_eq!(marked(b"\xac12\xaa12"), (0, 6, false), "not a byte that it wants");
    assert_eq!(marked(b"\xaa1"), (0, 2, false), "the test says no");
    assert_eq!(marked(b"\xaa12\xaa1"), (1, 2, false), "a probe is a guess");
}

/// Another layer with the number of [`Beat`].
struct Clash;

impl<'a> Layer<'a> for Clash {
    const PROTOCOL: &'static Protocol = &Protocol::new(
        LayerType(1000),
        "clash",
        "Clash",
        |_, _| Ok(END),
        |_, _, visit| {
            visit(&Clash);
            Ok(())
        },
    )
    .claims(&[Key::udp_port(7778)]);

    fn parse(_: &'a [u8]) -> Result<Self, Malformed> {
        Ok(Self)
    }

    fn shape(&self) -> Shape {
        END
    }

    fn fields(&self, _: &mut dyn FieldSink) {}
}

const END: Shape = Shape { header_len: 0, payload_len: 0, trailer_len: 0, next: Next::End };

#[test]
fn two_layers_with_one_number_are_refused() {
    let registry = Registry::default().register::<Beat<'_>>().unwrap();
    let error = registry.register::<Clash>().unwrap_err();
    assert_eq!(error.to_string(), "layer 1000 is beat: clash needs a number of its own");
}
