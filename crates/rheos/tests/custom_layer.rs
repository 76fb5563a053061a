//! What a layer registered from outside can do: everything.

use rheos::layers::{
    Decoder, Key, Layer, LayerType, LinkType, Malformed, Protocol, Registry, Shape,
};
use rheos::layers::{Field, FieldSink, Role};

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
    assert_eq!(error, "beat at byte 0: header needs 4 bytes, 2 left");
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

const END: Shape =
    Shape { header_len: 0, payload_len: 0, trailer_len: 0, next: rheos::layers::Next::End };

#[test]
fn two_layers_with_one_number_are_refused() {
    let registry = Registry::default().register::<Beat<'_>>().unwrap();
    let error = registry.register::<Clash>().unwrap_err();
    assert_eq!(error.to_string(), "layer 1000 is beat: clash needs a number of its own");
}
