//! Hellos: their extensions, and the fingerprints made of them.

use super::*;

#[test]
fn extensions_that_are_unknown_or_malformed_cost_no_other() {
    let hello = parse(&client_hello(
        0x0303,
        &[0x1301],
        &[
            (0x7777, b"any"),
            (10, b"\0\x03\0\x1d"),
            (16, b"\0\x03\x02h2"),
            (51, b"\0\x06\x11\xec\0\x02ab"),
            (0xfe0d, b"\0\0\x01\0\x01\x2a\0\x01k\0\x02pp"),
            (28, b"\x40\x01"),
        ],
    ));
    assert_eq!(hello.malformed_extensions, [ExtensionType::SUPPORTED_GROUPS]);
    assert_eq!(hello.alpn, [ProtocolName(b"h2".to_vec())]);
    assert_eq!(hello.key_shares, [KeyShare { group: NamedGroup::X25519_MLKEM768, len: 2 }]);
    let ech =
        EncryptedClientHello::Outer { kdf: 1, aead: 1, config_id: 42, key_len: 1, payload_len: 2 };
    assert_eq!(hello.encrypted_client_hello, Some(ech));
    let types: Vec<_> = hello.extensions().map(|(extension_type, _)| extension_type.0).collect();
    assert_eq!(types, [0x7777, 10, 16, 51, 0xfe0d, 28]);
    assert!(!hello.is_cut);
}

#[test]
fn a_list_of_extensions_that_is_cut_is_read_as_far_as_it_goes() {
    let whole = client_hello(0x0301, &[0x2f], &[(23, b""), (0, b"\0\x06\0\0\x03a.b")]);
    for cut in 1..15 {
        let hello = parse(&whole[..whole.len() - cut]);
        assert!(hello.is_cut, "{cut}");
        assert_eq!(hello.extensions().count(), usize::from(cut <= 12));
    }
    assert!(parse(&[&whole[..], b"x"].concat()).is_cut);
    assert!(!parse(&whole).is_cut);
}

#[test]
fn a_message_of_the_wrong_form_is_a_value_and_the_next_is_read() {
    let hello = message(1, &client_hello(0x0303, &[0x2f], &[]));
    let all = [message(1, b"short"), message(11, b"\0\0"), hello].concat();
    let messages = read(record(22, &all).as_slice());
    let malformed = messages.iter().filter_map(|message| match message {
        TlsMessage::Malformed { handshake_type, .. } => Some(handshake_type.0),
        _ => None,
    });
    assert_eq!(malformed.collect::<Vec<_>>(), [1, 11]);
    assert_eq!(client_hellos(&messages).len(), 1);
}

/// The README of salesforce/ja3.
#[test]
fn ja3_is_as_published() {
    let suites = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4];
    let groups = (10, &b"\0\x06\0\x17\0\x18\0\x19"[..]);
    let hello = client_hello(769, &suites, &[(0, b"\0\x06\0\0\x03a.b"), groups, (11, b"\x01\0")]);
    let hello = parse(&hello);
    assert_eq!(
        hello.ja3_text(),
        "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    );
    assert_eq!(hello.ja3(), "ada70206e40642a3e4461f35503241d5");
    let hello = parse(&client_hello(769, &[4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], &[]));
    assert_eq!(hello.ja3_text(), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
    assert_eq!(hello.ja3(), "de350869b8c85de67a350c8d186f11e6");
}

/// The example of `FoxIO`'s technical details of JA4, with GREASE in every list.
#[test]
fn ja4_is_as_published() {
    let suites = [
        0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
        0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
    ];
    let schemes = b"\0\x12\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01\x1a\x1a";
    let extensions: [(u16, &[u8]); 18] = [
        (0x0a0a, b""),
        (0x001b, b"\x02\0\x02"),
        (0x0000, b"\0\x06\0\0\x03a.b"),
        (0x0033, b"\0\x05\0\x1d\0\x01k"),
        (0x0010, b"\0\x0c\x02h2\x08http/1.1"),
        (0x4469, b"\0\x03\x02h2"),
        (0x0017, b""),
        (0x002d, b"\x01\x01"),
        (0x000d, schemes),
        (0x0005, b"\x01\0\0\0\0"),
        (0x0023, b""),
        (0x0012, b""),
        (0x002b, b"\x06\x3a\x3a\x03\x04\x03\x03"),
        (0xff01, b"\0"),
        (0x000b, b"\x01\0"),
        (0x000a, b"\0\x04\x4a\x4a\0\x1d"),
        (0xfafa, b"\0"),
        (0x0015, b"\0\0"),
    ];
    let hello = parse(&client_hello(0x0303, &suites, &extensions));
    assert_eq!(hello.malformed_extensions, []);
    assert_eq!(hello.ja4(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_eq!(hello.ja4_original(), "t13d1516h2_acb858a92679_18f69afefd3d");
    assert_eq!(
        hello.ja4_raw(),
        "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_\
         0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_\
         0403,0804,0401,0503,0805,0501,0806,0601"
    );
    assert_eq!(
        hello.ja4_raw_original(),
        "t13d1516h2_1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035_\
         001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015_\
         0403,0804,0401,0503,0805,0501,0806,0601"
    );
}

/// What tests/ja4-quic of Suricata expects.
#[test]
fn a_hello_of_quic_is_read_without_records() {
    let crypto = &pieces(QUIC)[0].1;
    let hello = ClientHello::parse(Transport::Quic, &crypto[4..]).unwrap();
    assert_eq!(hello.ja4(), "q13d0310h3_55b375c5d22e_cd85d2d88918");
    assert_eq!(hello.server_name.as_deref(), Some("www.blogger.com"));
}

/// A server that says which next protocols it has.
#[test]
fn extensions_that_tls_parser_misreads_are_not_malformed() {
    let mut body = server_hello(0x2f);
    body.extend(b"\0\x0b\x33\x74\0\x03\x02h2\0\x15\0\0");
    let hello = ServerHello::parse(Transport::Stream, &body).unwrap();
    assert_eq!((hello.malformed_extensions.len(), hello.is_cut), (0, false));
    assert_eq!(hello.ja3s_text(), "771,47,13172-21");
}

/// The extension types that flowscope took for 65535.
#[test]
fn extensions_that_tls_parser_knows_by_name_keep_their_numbers() {
    let extensions: [(u16, &[u8]); 5] =
        [(28, b"\x40\x01"), (49, b""), (48, b"\0\0"), (40, b"\0\0"), (11, b"\x03\0\x01\x02")];
    let hello = parse(&client_hello(0x0303, &[0x2f], &extensions));
    assert_eq!(hello.ja3_text(), "771,47,28-49-48-40-11,,0-1-2");
}
