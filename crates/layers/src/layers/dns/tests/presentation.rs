//! The data of records as text, by the examples of their RFCs.

use crate::{DnsMessage, DnsType};

/// A record of the root, with bytes in hexadecimal.
#[track_caller]
fn check(record_type: DnsType, bytes: &str, expected: &str) {
    let bytes: String = bytes.split_whitespace().collect();
    let pairs = (0..bytes.len()).step_by(2).map(|at| &bytes[at..at + 2]);
    let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let head = [0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    let kind = record_type.0.to_be_bytes();
    let message = [&head[..], &kind, &[0, 1, 0, 0, 0, 60], &length, &bytes].concat();
    let message = DnsMessage::parse(&message).unwrap();
    let record = message.answers().next().unwrap().unwrap();
    assert_eq!(record.data().to_string(), expected);
}

// RFC 4034: the examples of sections 4.3 and 5.4.
#[test]
fn records_of_dnssec_are_those_of_their_rfc() {
    let next = "04686f7374 076578616d706c65 03636f6d 00";
    let types = format!("0006 400100000003 041b {} 20", "00".repeat(26));
    let expected = "host.example.com. A MX RRSIG NSEC TYPE1234";
    check(DnsType::NSEC, &format!("{next} {types}"), expected);
    check(
        DnsType::DS,
        "ec45 05 01 2BB183AF5F22588179A53B0A98631FAD1A292118",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    );
    // RFC 5155, appendix A: the first record of the zone.
    check(
        DnsType::NSEC3,
        "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 2201000000 0290",
        "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
    );
    check(DnsType::NSEC3PARAM, "01 00 0000 00", "1 0 0 -");
    // RFC 4034, section 3.3, but for the signature, of which there are three bytes.
    check(
        DnsType::RRSIG,
        "0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 076578616d706c65 03636f6d 00 a090 75",
        "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
    );
    // Section 2.3, of whose key there are three bytes.
    check(DnsType::DNSKEY, "0100 03 05 010309", "256 3 5 AQMJ");
}

// RFC 9460, appendix D.2.
#[test]
fn services_are_bound_as_in_the_test_vectors() {
    let foo = "03666f6f 076578616d706c65 03636f6d 00";
    check(DnsType::HTTPS, &format!("0000 {foo}"), "0 foo.example.com.");
    check(DnsType::SVCB, "0001 00", "1 .");
    check(DnsType::SVCB, &format!("0010 {foo} 0003 0002 0035"), "16 foo.example.com. port=53");
    let key = format!("0001 {foo} 029b 0009 68656c6c6fd2716f6f");
    check(DnsType::SVCB, &key, "1 foo.example.com. key667=\"hello\\210qoo\"");
    let hints = "0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001";
    let text = "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1";
    check(DnsType::SVCB, &format!("0001 {foo} {hints}"), text);
    let org = "03666f6f 076578616d706c65 036f7267 00";
    let many = "0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201";
    let text = "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1";
    check(DnsType::SVCB, &format!("0010 {org} {many}"), text);
    let comma = "0001 000c 08 665c6f6f2c626172 02 6832";
    let text = "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"";
    check(DnsType::SVCB, &format!("0010 {org} {comma}"), text);
}

// RFC 8659 section 4.1.1, RFC 6698 section 2.3, RFC 4255 section 3.2, RFC 7043, RFC 6742 section 2,
// RFC 7553 section 4.4, RFC 3403 section 6.2, RFC 1876 section 4, RFC 3123 section 5.
#[test]
fn others_are_those_of_their_rfcs() {
    check(
        DnsType::CAA,
        "00 05 6973737565 6361312e6578616d706c652e6e6574",
        "0 issue \"ca1.example.net\"",
    );
    check(DnsType::TLSA, "00 00 01 d2abde240d7cd3ee", "0 0 1 D2ABDE240D7CD3EE");
    check(DnsType::SSHFP, "02 01 123456789abcdef6", "2 1 123456789ABCDEF6");
    check(DnsType::EUI48, "00005e00532a", "00-00-5e-00-53-2a");
    check(DnsType::L64, "000a 20010db811401000", "10 2001:db8:1140:1000");
    check(DnsType::L32, "000a 0a010200", "10 10.1.2.0");
    check(DnsType::URI, "000a 0001 6674703a2f2f78", "10 1 \"ftp://x\"");
    check(
        DnsType::NAPTR,
        "0064 0032 01 73 08 687474702b493252 00 05 5f68747470 00",
        "100 50 \"s\" \"http+I2R\" \"\" _http.",
    );
    // cambridge-net.kei.com: 42 21 54 N 71 06 18 W -24m 30m
    check(
        DnsType::LOC,
        "00 33 16 13 89172dd0 70be15f0 00988d20",
        "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
    );
    check(
        DnsType::APL,
        "0001 15 03 c0a820 0001 1c 83 c0a826",
        "1:192.168.32.0/21 !1:192.168.38.0/28",
    );
    check(DnsType::HINFO, "03 564158 04 554e4958", "\"VAX\" \"UNIX\"");
    check(DnsType::TXT, "03 612262 02 0a7a", "\"a\\\"b\" \"\\010z\"");
}

// RFC 3597, section 5; and data that has not the form of its type.
#[test]
fn what_has_no_form_is_a_length_and_bytes() {
    check(DnsType(62347), "", "\\# 0");
    check(DnsType(731), "abcdef 01 23 45", "\\# 6 ABCDEF012345");
    check(DnsType::DS, "ec45", "\\# 2 EC45");
}
