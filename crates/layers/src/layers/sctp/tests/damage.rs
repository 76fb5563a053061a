//! Packets that are cut short or contradict themselves, and any bytes.

use super::*;

/// Decodes the first `have` bytes and returns whether they count as truncated, the payload, and
/// how the chunks end.
fn cut(bytes: &[u8], have: usize) -> (bool, Vec<u8>, Option<Malformed>) {
    let decoder = Decoder::new(&Registry::default());
    let found = decoder.decode(LinkType::SCTP, &bytes[..have]);
    let sctp = found.get::<Sctp<'_>>().unwrap();
    (found.is_truncated(), sctp.payload.to_vec(), sctp.chunks().find_map(Result::err))
}

#[test]
fn a_message_cut_short_is_truncated_payload() {
    let message = chunk(0, 3, b"\0\0\0\x01\0\0\0\0\0\0\0\0hello world!");
    let bytes = packet(&[chunk(11, 0, b""), message].concat());
    let error = |have| Some(Malformed::Truncated { need: 28, have });
    assert_eq!(cut(&bytes, bytes.len()), (false, b"hello world!".to_vec(), None));
    assert_eq!(cut(&bytes, bytes.len() - 7), (true, b"hello".to_vec(), error(21)));
    assert_eq!(cut(&bytes, 32), (true, vec![], error(16)));
    assert_eq!(cut(&bytes, 24), (true, vec![], error(8)));

    let sctp = Sctp::parse(&bytes[..bytes.len() - 7]).unwrap();
    let Some(Ok(SctpChunk::Data(data))) = sctp.chunks().nth(1) else { panic!("no DATA") };
    assert_eq!((data.user_data, data.user_data_len()), (&b"hello"[..], 12));
    assert!(data.is_truncated());
}

#[test]
fn a_chunk_cut_short_keeps_what_is_before_it() {
    let bytes = packet(&[chunk(11, 0, b""), chunk(10, 0, b"the cookie, all of it")].concat());
    assert_eq!(cut(&bytes, 30), (true, vec![], Some(Malformed::Truncated { need: 25, have: 14 })));
    let chunks: Vec<_> = Sctp::parse(&bytes[..30]).unwrap().chunks().collect();
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[0], Ok(SctpChunk::CookieAck));
    assert_eq!(cut(&bytes, 18), (false, vec![], Some(Malformed::Truncated { need: 4, have: 2 })));
}

#[test]
fn an_init_cut_short_has_its_fixed_part() {
    let bytes =
        packet(&hex("01000024ae7164fc0000e000000100015952071e000c00060005000080000004c0000004"));
    let sctp = Sctp::parse(&bytes[..36]).unwrap();
    let Some(Ok(SctpChunk::Init(init))) = sctp.chunks().next() else { panic!("no INIT") };
    assert_eq!(init.a_rwnd, 57344);
    let error = Malformed::Truncated { need: 6, have: 4 };
    assert_eq!(init.parameters.collect::<Vec<_>>(), [Err(error)]);
}

#[test]
fn a_bad_chunk_length_ends_the_chunks() {
    for length in 0..4 {
        let mut chunks = [chunk(11, 0, b""), chunk(3, 0, b"abcdefgh")].concat();
        chunks[7] = length;
        let bytes = packet(&chunks);
        let error = Malformed::Field { name: "chunk length", value: length.into() };
        let chunks: Vec<_> = Sctp::parse(&bytes).unwrap().chunks().collect();
        assert_eq!(chunks, [Ok(SctpChunk::CookieAck), Err(error)]);
    }
}

#[test]
fn a_sack_without_the_blocks_it_counts_is_unknown() {
    let value = hex("000000640000138800c80003000200030005000900000061");
    let bytes = packet(&[chunk(3, 1, &value), chunk(11, 0, b"")].concat());
    let chunks: Vec<_> = Sctp::parse(&bytes).unwrap().chunks().map(Result::unwrap).collect();
    let unknown = SctpChunk::Unknown { kind: SctpChunkType::SACK, flags: 1, data: &value };
    assert_eq!(chunks, [unknown, SctpChunk::CookieAck]);
}

#[test]
fn quotations_within_quotations_end() {
    // Unrecognized parameters, each the only content of the one before: deeper than any stack.
    let mut parameters = Vec::new();
    for length in (4..=60_000_u16).rev().step_by(4) {
        parameters.extend([0, 8]);
        parameters.extend(length.to_be_bytes());
    }
    let bytes = packet(&chunk(0x82, 0, &parameters));
    let mut values = Vec::new();
    Sctp::parse(&bytes).unwrap().fields(&mut |field: crate::Field<'_>| {
        if field.name == "sctp.parameter_value" {
            values.push(field.bytes);
        }
    });
    assert_eq!(values.len(), 1);
    assert_eq!(values[0], 48..bytes.len());
}

#[test]
fn summaries_name_ports_and_chunks() {
    #[track_caller]
    fn check(chunks: &[u8], expected: &str) {
        let bytes = packet(chunks);
        let decoder = Decoder::new(&Registry::default());
        let found: Packet<'_> = decoder.decode(LinkType::SCTP, &bytes);
        let mut text = String::new();
        found.visit(&found.layers()[0], &mut |layer| {
            text = format!("{}", Summary(layer));
        });
        assert_eq!(text, expected);
    }
    struct Summary<'a>(&'a dyn crate::AnyLayer);
    impl fmt::Display for Summary<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.summary(f)
        }
    }
    check(&[], "2905 → 36412 []");
    check(&[chunk(0, 3, b"data"), chunk(3, 0, b"sack")].concat(), "2905 → 36412 [DATA, SACK]");
    check(&chunk(2, 0, b"")[..3], "2905 → 36412 []");
    check(&chunk(99, 0, b"").repeat(2), "2905 → 36412 [chunk 99, chunk 99]");
    let ecne = "ECNE, ".repeat(MAX_NAMED_CHUNKS);
    check(&chunk(12, 0, b"").repeat(500), &format!("2905 → 36412 [{ecne}…]"));
}

/// Walks everything that can be walked.
fn walk_all(bytes: &[u8]) {
    fn parameters(list: SctpParameters<'_>, depth: usize) {
        assert!(list.count() <= 1 << 14);
        for parameter in list.flatten() {
            match parameter {
                SctpParameter::Unrecognized(inner) if depth < 20 => parameters(inner, depth + 1),
                SctpParameter::ErrorCauseIndication { causes, .. } => assert!(causes.count() < 99),
                _ => {}
            }
        }
    }
    let Ok(sctp) = Sctp::parse(bytes) else { return };
    let shape = sctp.shape();
    assert!(shape.header_len <= bytes.len());
    if shape.next != Next::End {
        let there = shape.header_len + sctp.payload.len() + shape.trailer_len;
        assert_eq!(there, bytes.len());
        assert_eq!(Sctp::parse(bytes).unwrap(), sctp);
    }
    let mut chunks = sctp.chunks();
    for chunk in chunks.by_ref() {
        match chunk {
            Ok(SctpChunk::Init(init) | SctpChunk::InitAck(init)) => parameters(init.parameters, 0),
            Ok(SctpChunk::ReConfig(list) | SctpChunk::Heartbeat(list)) => parameters(list, 0),
            Ok(SctpChunk::Error(causes) | SctpChunk::Abort { causes, .. }) => {
                assert!(causes.count() <= 1 << 14);
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    assert_eq!(chunks.next(), None);
    sctp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        walk_all(&bytes);
    }

    #[test]
    fn any_chunks_end(
        chunks in prop::collection::vec(
            (0_u8..20, any::<u8>(), prop::collection::vec(prop_oneof![0_u8..20, any::<u8>()], 0..40)),
            0..6,
        ),
        kinds in prop::collection::vec(prop::sample::select(vec![0_u8, 64, 128, 130, 132, 192, 193, 194]), 6),
        cut in 0_usize..100,
    ) {
        let chunks: Vec<u8> = chunks.iter().zip(&kinds).flat_map(|((low, flags, value), high)| {
            chunk(if flags & 1 == 0 { *low } else { *high }, *flags, value)
        }).collect();
        let bytes = packet(&chunks);
        walk_all(&bytes[..bytes.len().saturating_sub(cut)]);
        walk_all(&bytes);
    }
}
