//! Tests of SIP.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Encode, EncodeError, Fix, LinkType, Sdp, serialize_layers};

// tshark -r sip-options-method/input.pcap -Y frame.number==1, of Suricata's tests.
layer_tests! {
    sample: Sip *b"OPTIONS sip:test@example.com SIP/2.0\x0d\x0aVia: SIP/2.0/UDP 192.168.1.10:506\
        0;branch=z9hG4bK1234567890\x0d\x0aFrom: <sip:alice@example.com>;tag=1234\x0d\x0a\
        To: <sip:test@example.com>\x0d\x0aCall-ID: 1234567890@192.168.1.10\x0d\x0aCSe\
        q: 1 OPTIONS\x0d\x0aContact: <sip:alice@192.168.1.10:5060>\x0d\x0aAccept: app\
        lication/sdp\x0d\x0aContent-Length: 0\x0d\x0a\x0d\x0a";
    fields: "sip.Request-Line=OPTIONS sip:test@example.com SIP/2.0 sip.Method=OPTIONS \
        sip.r-uri=sip:test@example.com sip.r-uri.user=test sip.r-uri.host=example.com \
        sip.Via=SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1234567890 \
        sip.Via.transport=UDP sip.Via.sent-by.address=192.168.1.10 \
        sip.Via.sent-by.port=5060 sip.Via.branch=z9hG4bK1234567890 \
        sip.From=<sip:alice@example.com>;tag=1234 sip.from.addr=sip:alice@example.com \
        sip.from.user=alice sip.from.host=example.com sip.from.tag=1234 \
        sip.To=<sip:test@example.com> sip.to.addr=sip:test@example.com \
        sip.to.user=test sip.to.host=example.com sip.Call-ID=1234567890@192.168.1.10 \
        sip.CSeq=1 OPTIONS sip.CSeq.seq=1 sip.CSeq.method=OPTIONS \
        sip.Contact=<sip:alice@192.168.1.10:5060> \
        sip.contact.uri=sip:alice@192.168.1.10:5060 sip.contact.user=alice \
        sip.contact.host=192.168.1.10 sip.contact.port=5060 sip.Accept=application/sdp \
        sip.Content-Length=0";
    edit: SipHeader, |header| header.start = *b"OPT!";
    bad: [];
}

/// A request with one header.
fn request(header: &str) -> Vec<u8> {
    format!("OPTIONS sip:a@b SIP/2.0\r\n{header}\r\n\r\n").into_bytes()
}

/// The fields of a header.
#[track_caller]
fn check(header: &str, expected: &str) {
    let fields = Sip::parse(&request(header)).unwrap().to_string();
    let (_, fields) = fields.split_once("sip.r-uri.host=b").unwrap();
    assert_eq!(fields.trim(), expected);
}

#[test]
fn short_names_are_those_of_long_ones() {
    for (short, long) in [("c: application/sdp", "Content-Type"), ("L:5", "Content-Length")] {
        let bytes = request(short);
        assert!(Sip::parse(&bytes).unwrap().header(long).is_some(), "{short}");
    }
    check("m: *", "sip.Contact=*");
    check("s : hi ", "sip.Subject=hi");
}

#[test]
fn addresses_have_parts() {
    check(
        "t: \"Bob\" <sip:bob@[::1]:5061;user=phone?x=y>;tag=7;q=1",
        "sip.To=\"Bob\" <sip:bob@[::1]:5061;user=phone?x=y>;tag=7;q=1 sip.to.display.info=\"Bob\" \
         sip.to.addr=sip:bob@[::1]:5061;user=phone?x=y sip.to.user=bob sip.to.host=[::1] \
         sip.to.port=5061 sip.to.param=user=phone sip.to.tag=7",
    );
    check(
        "f: sip:h;tag=1",
        "sip.From=sip:h;tag=1 sip.from.addr=sip:h sip.from.host=h sip.from.tag=1",
    );
}

#[test]
fn a_header_goes_on_in_lines_that_start_with_a_space() {
    let bytes = request("Subject: one\r\n two\r\nCSeq: 7 ACK");
    let sip = Sip::parse(&bytes).unwrap();
    let headers: Vec<_> = sip.headers().collect();
    assert_eq!(headers, [("Subject", "one\r\n two"), ("CSeq", "7 ACK")]);
}

#[test]
fn parameters_of_authentication_may_hold_commas() {
    check(
        "WWW-Authenticate: Digest realm=\"a,b\", qop=\"auth,auth-int\",nc=1",
        "sip.WWW-Authenticate=Digest realm=\"a,b\", qop=\"auth,auth-int\",nc=1 \
         sip.auth.scheme=Digest sip.auth.realm=\"a,b\" sip.auth.qop=\"auth,auth-int\" sip.auth.nc=1",
    );
}

#[test]
fn a_body_is_the_layer_of_its_content_type() {
    let body = "v=0\r\ns=-\r\n";
    let sip = format!("INVITE sip:b SIP/2.0\nc: Application/SDP;a=b\nl: 10\n\n{body}rest");
    let len = |front: usize| u16::try_from(sip.len() + front).unwrap().to_be_bytes();
    let ip = [&[0x45, 0][..], &len(28), b"\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02"].concat();
    let udp = [&b"\x13\xc4\x13\xc4"[..], &len(8), b"\0\0"].concat();
    let frame = [&[0; 12][..], b"\x08\0", &ip, &udp, sip.as_bytes()].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    assert_eq!(packet.get::<Sdp<'_>>().unwrap().to_string(), "sdp.version=0 sdp.session_name=-");
    assert_eq!(packet.get::<Sip<'_>>().unwrap().payload, body.as_bytes());
}

/// tshark shows the same parts, and another letter in the place of the one that is no text.
#[test]
fn a_name_in_another_set_of_characters_hides_nothing_else() {
    let bytes = b"INVITE sip:b SIP/2.0\r\nf: \"J\xf6rg\" <sip:joerg@example.org:5070>;tag=1\r\n\
        Server: gr\xfc\xdf\r\nCSeq: 1 INVITE\r\n\r\n";
    let sip = Sip::parse(bytes).unwrap();
    let mut found = Vec::new();
    sip.fields(&mut |field: crate::Field<'_>| {
        let front = ["sip.from", "sip.From", "sip.Server", "sip.CSeq"];
        if front.iter().any(|front| field.name.starts_with(front)) {
            found.push((field.name, field.value.to_string(), field.bytes));
        }
    });
    let from =
        "224af672672220 3c7369703a6a6f657267406578616d706c652e6f72673a353037303e3b7461673d31";
    let expected = [
        ("sip.From", from.replace(' ', "")),
        ("sip.from.addr", "sip:joerg@example.org:5070".into()),
        ("sip.from.user", "joerg".into()),
        ("sip.from.host", "example.org".into()),
        ("sip.from.port", "5070".into()),
        ("sip.from.tag", "1".into()),
        ("sip.Server", "6772fcdf".into()),
        ("sip.CSeq", "1 INVITE".into()),
        ("sip.CSeq.seq", "1".into()),
        ("sip.CSeq.method", "INVITE".into()),
    ];
    let names = found.iter().map(|(name, value, _)| (*name, value.clone()));
    assert_eq!(names.collect::<Vec<_>>(), expected);
    for (name, value, place) in found {
        let text = bytes.get(place).unwrap();
        let hex = Value::Bytes(text).to_string();
        assert!(value.as_bytes() == text || value == hex, "{name}");
    }
    assert_eq!(sip.headers().collect::<Vec<_>>(), [("CSeq", "1 INVITE")]);
}

#[test]
fn what_is_no_start_line_is_rejected() {
    let bad = [
        "GET / HTTP/1.1\r\n",
        "SIP/2.0 99 No\r\n",
        "SIP/2.0 2x0 No\r\n",
        "OPTIONS sip:b SIP/1.0\r\n",
        "OPT:ONS sip:b SIP/2.0\r\n",
        "OPTIONS nowhere SIP/2.0\r\n",
        "\r\n\r\n\r\n",
    ];
    for line in bad {
        let value = u32::from_be_bytes(line.as_bytes()[..4].try_into().unwrap()).into();
        let error = Malformed::Field { name: "start line", value };
        assert_eq!(Sip::parse(line.as_bytes()), Err(error), "{line}");
    }
}

proptest! {
    #[test]
    fn any_headers_are_read_to_their_end(headers in "[ -~\r\n]{0,200}", name in "[vftimcCwW]") {
        let bytes = request(&format!("{name}:{headers}"));
        let sip = Sip::parse(&bytes).unwrap();
        prop_assert!(!sip.to_string().is_empty() && sip.headers().count() <= bytes.len());
    }
}

#[test]
fn the_length_of_a_body_is_worked_out_in_the_room_that_is_there() {
    let start_line = SipStartLine::Status { status_code: 200, reason_phrase: "OK" };
    let write = |headers: &[(&str, &str)], body: &[u8]| {
        let mut out = Vec::new();
        let sip = SipBuilder { start_line, headers };
        serialize_layers(&mut out, Fix::all(), &[&sip], body)?;
        Ok::<_, EncodeError>(String::from_utf8(out).unwrap())
    };
    let text = write(&[("Call-ID", "7")], &[b'x'; 123]).unwrap();
    let front = "SIP/2.0 200 OK\r\nCall-ID: 7\r\nContent-Length:   123\r\n\r\nxxx";
    assert!(text.starts_with(front), "{text}");
    assert_eq!(write(&[("l", "9")], b"").unwrap(), "SIP/2.0 200 OK\r\nl: 9\r\n\r\n");
    let text = write(&[("l", "0")], &[b'x'; 12]).unwrap();
    assert!(text.starts_with("SIP/2.0 200 OK\r\nl:12\r\n\r\nxxx"), "{text}");
    let error = write(&[("l", "0")], &[b'x'; 123]).unwrap_err().to_string();
    assert_eq!(error, "123 does not fit the Content-Length of sip");
}

#[test]
fn a_value_that_would_end_its_line_is_an_error() {
    let start_line = SipStartLine::Request { method: "BYE", request_uri: "sip:a@b" };
    let sip = SipBuilder { start_line, headers: &[("Subject", "x\r\nFrom: y")] };
    let error = sip.encode(&mut Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "sip: bad header: 0xd");
}
