//! Tests of CDP messages.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{ChecksumStatus, Decoder, Fix, LinkType, serialize_layers};

// Made by hand, read by tshark 4.0.17
layer_tests! {
    sample: Cdp *b"\x02\xb4\0\0\0\x01\0\x0aswitch\0\x02\0\x11\0\0\0\x01\x01\x01\xcc\0\x04\x0a\0\0\x01\
        \0\x03\0\x09Gi0/1\0\x0a\0\x06\0\x05\0\x0b\0\x05\x01";
    fields: "cdp.version=2 cdp.ttl=180 cdp.checksum=0 cdp.tlv.type=1 cdp.tlv.len=10 \
        cdp.deviceid=switch cdp.tlv.type=2 cdp.tlv.len=17 cdp.number_of_addresses=1 \
        cdp.protocol_type=1 cdp.protocol_length=1 cdp.protocol=cc cdp.address_length=4 \
        cdp.nrgyz.ip_address=10.0.0.1 cdp.tlv.type=3 cdp.tlv.len=9 cdp.portid=Gi0/1 \
        cdp.tlv.type=10 cdp.tlv.len=6 cdp.native_vlan=5 cdp.tlv.type=11 cdp.tlv.len=5 \
        cdp.duplex=1";
    edit: CdpHeader, |header| header.ttl = 1;
    bad: [];
}

/// Fields of TLVs in hexadecimal digits, as tshark 4.0.17 shows them.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = [&[2, 180, 0, 0][..], &from_hex(hex)].concat();
    let cdp = Cdp::parse(&bytes).unwrap();
    let text = cdp.to_string();
    assert_eq!(text.strip_prefix("cdp.version=2 cdp.ttl=180 cdp.checksum=0 "), Some(expected));
    // What was understood is written as it was.
    let tlvs = cdp.tlvs().collect::<Result<Vec<_>, _>>().unwrap();
    let mut out = Vec::new();
    CdpBuilder { header: *cdp.header, tlvs: &tlvs }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

#[test]
fn tlvs_are_read_as_tshark_does() {
    // But for the two prefixes, whose bytes tshark has in the order of its host.
    check(
        "0001000a73776974636800020036000000030101cc00040a0000010208aaaa0300000086dd0010000102\
         030405060708090a0b0c0d0e0f0101cc00040a000002000300094769302f310004000800000029000500\
         07494f530006000c636973636f2057530007000e0a000000180b000000100008002400000c0112000000\
         00ffffffff010221ff000000000000001122334455ff0000",
        "cdp.tlv.type=1 cdp.tlv.len=10 cdp.deviceid=switch cdp.tlv.type=2 cdp.tlv.len=54 \
         cdp.number_of_addresses=3 cdp.protocol_type=1 cdp.protocol_length=1 cdp.protocol=cc \
         cdp.address_length=4 cdp.nrgyz.ip_address=10.0.0.1 cdp.protocol_type=2 \
         cdp.protocol_length=8 cdp.protocol=aaaa0300000086dd cdp.address_length=16 \
         cdp.nrgyz.ipv6_address=1:203:405:607:809:a0b:c0d:e0f cdp.protocol_type=1 \
         cdp.protocol_length=1 cdp.protocol=cc cdp.address_length=4 \
         cdp.nrgyz.ip_address=10.0.0.2 cdp.tlv.type=3 cdp.tlv.len=9 cdp.portid=Gi0/1 \
         cdp.tlv.type=4 cdp.tlv.len=8 cdp.capabilities=41 cdp.capabilities.router=1 \
         cdp.capabilities.trans_bridge=0 cdp.capabilities.src_bridge=0 \
         cdp.capabilities.switch=1 cdp.capabilities.host=0 cdp.capabilities.igmp_capable=1 \
         cdp.capabilities.repeater=0 cdp.capabilities.voip_phone=0 cdp.capabilities.remote=0 \
         cdp.capabilities.cvta=0 cdp.capabilities.mac_relay=0 cdp.tlv.type=5 cdp.tlv.len=7 \
         cdp.software_version=IOS cdp.tlv.type=6 cdp.tlv.len=12 cdp.platform=cisco WS \
         cdp.tlv.type=7 cdp.tlv.len=14 cdp.ip_prefix=10.0.0.0 cdp.ip_prefix=11.0.0.0 \
         cdp.tlv.type=8 cdp.tlv.len=36 cdp.oui=12 cdp.protocol_id=274 \
         cdp.cluster.master_ip=0.0.0.0 cdp.cluster.ip=255.255.255.255 cdp.cluster.version=1 \
         cdp.cluster.sub_version=2 cdp.cluster.status=33 cdp.cluster.unknown=255 \
         cdp.cluster.commander_mac=00:00:00:00:00:00 cdp.cluster.switch_mac=00:11:22:33:44:55 \
         cdp.cluster.unknown=255 cdp.cluster.management_vlan=0",
    );
    check(
        "0009000a646f6d61696e000a00060005000b000501000e0007010064000f000820020001001000061900\
         00110008000005dc001200050100130005050014000b7379736e616d650015000b06082b060104010016\
         0036000000030101cc00040a0000010208aaaa0300000086dd0010000102030405060708090a0b0c0d0e\
         0f0101cc00040a00000200170008006c6f6300190010000100020000000300000004001a001000010002\
         0000000300000004001f00050f",
        "cdp.tlv.type=9 cdp.tlv.len=10 cdp.vtp_management_domain=domain cdp.tlv.type=10 \
         cdp.tlv.len=6 cdp.native_vlan=5 cdp.tlv.type=11 cdp.tlv.len=5 cdp.duplex=1 \
         cdp.tlv.type=14 cdp.tlv.len=7 cdp.data=01 cdp.voice_vlan=100 cdp.tlv.type=15 \
         cdp.tlv.len=8 cdp.data=20 cdp.voice_vlan=512 cdp.tlv.type=16 cdp.tlv.len=6 \
         cdp.power_consumption=6400 cdp.tlv.type=17 cdp.tlv.len=8 cdp.mtu=1500 cdp.tlv.type=18 \
         cdp.tlv.len=5 cdp.trust_bitmap=1 cdp.tlv.type=19 cdp.tlv.len=5 \
         cdp.untrusted_port_cos=5 cdp.tlv.type=20 cdp.tlv.len=11 cdp.system_name=sysname \
         cdp.tlv.type=21 cdp.tlv.len=11 cdp.system_object_identifier=06082b06010401 \
         cdp.tlv.type=22 cdp.tlv.len=54 cdp.number_of_addresses=3 cdp.protocol_type=1 \
         cdp.protocol_length=1 cdp.protocol=cc cdp.address_length=4 \
         cdp.nrgyz.ip_address=10.0.0.1 cdp.protocol_type=2 cdp.protocol_length=8 \
         cdp.protocol=aaaa0300000086dd cdp.address_length=16 \
         cdp.nrgyz.ipv6_address=1:203:405:607:809:a0b:c0d:e0f cdp.protocol_type=1 \
         cdp.protocol_length=1 cdp.protocol=cc cdp.address_length=4 \
         cdp.nrgyz.ip_address=10.0.0.2 cdp.tlv.type=23 cdp.tlv.len=8 cdp.location.unknown=0 \
         cdp.location=loc cdp.tlv.type=25 cdp.tlv.len=16 cdp.request_id=1 cdp.management_id=2 \
         cdp.power_requested=3 cdp.power_requested=4 cdp.tlv.type=26 cdp.tlv.len=16 \
         cdp.request_id=1 cdp.management_id=2 cdp.power_available=3 cdp.power_available=4 \
         cdp.tlv.type=31 cdp.tlv.len=5 cdp.spare_poe_tlv=15 cdp.spare_poe_tlv.poe=1 \
         cdp.spare_poe_tlv.spare_pair_arch=1 cdp.spare_poe_tlv.req_spare_pair_poe=1 \
         cdp.spare_poe_tlv.pse_spare_pair_poe=1",
    );
    check("000700080a000001", "cdp.tlv.type=7 cdp.tlv.len=8 cdp.odr_default_gateway=10.0.0.1");
    check(
        "0008000d00000c0001010203040008000b01020300010102",
        "cdp.tlv.type=8 cdp.tlv.len=13 cdp.oui=12 cdp.protocol_id=1 cdp.hello.unknown=01020304 \
         cdp.tlv.type=8 cdp.tlv.len=11 cdp.oui=66051 cdp.protocol_id=1 cdp.hello.unknown=0102",
    );
    check(
        "100400057a100500057a100600057a100700067a7a1008000501",
        "cdp.tlv.type=4100 cdp.tlv.len=5 cdp.data=7a cdp.tlv.type=4101 cdp.tlv.len=5 \
         cdp.data=7a cdp.tlv.type=4102 cdp.tlv.len=5 cdp.platform=z cdp.tlv.type=4103 \
         cdp.tlv.len=6 cdp.platform=zz cdp.tlv.type=4104 cdp.tlv.len=5 cdp.platform=\\u{1}",
    );
    check(
        "001d0094454545454545454545454545454545454545454500000005000000066d6f64656c0000000000\
         000000000000010256303153455249414c31323334353132333435363738002800040000000700000018\
         000113880a00000113890a0000020000000000080000000c6e616d00000000090000000c646f6d000000\
         000a0000000c726f6c000000000b0000000c7a7a7a00",
        "cdp.tlv.type=29 cdp.tlv.len=148 \
         cdp.encrypted_data=4545454545454545454545454545454545454545 cdp.seen_sequence=5 \
         cdp.sequence_number=6 cdp.model_number=model cdp.unknown_pad=258 \
         cdp.hardware_version_id=V01 cdp.system_serial_number=SERIAL12345 \
         cdp.nrgyz_unknown_values=3132333435363738 cdp.len_tlv_table=40 cdp.num_tlvs_table=4 \
         cdp.nrgyz.tlv.type=7 cdp.nrgyz.tlv.len=24 cdp.nrgyz_reply_to.role= \
         cdp.nrgyz.tlv.type=8 cdp.nrgyz.tlv.len=12 cdp.nrgyz_reply_to.domain=nam",
    );
}

#[test]
fn addresses_are_told_apart() {
    let bytes = b"\x02\xb4\0\0\0\x02\0\x29\0\0\0\x09\x02\x08\xaa\xaa\x03\0\0\0\x86\xdd\0\x10\
        \xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x01\xcc\0\x04\x0a\0\0\x01\0\x01\0\x05x";
    let cdp = Cdp::parse(bytes).unwrap();
    let Some(Ok(CdpTlv::Addresses(addresses))) = cdp.tlvs().next() else { panic!() };
    let found = addresses.iter().collect::<Result<Vec<_>, _>>();
    // The length of the TLV cuts the second address.
    assert!(found.is_err());
    let first = addresses.iter().next().unwrap().unwrap();
    assert_eq!((first.ipv6(), first.ipv4()), ("fe80::1".parse().ok(), None));
}

#[test]
fn a_checksum_of_an_odd_count_adds_the_last_byte_as_cisco_does() {
    // What tshark 4.0.17 wants of the same bytes.
    for (tlvs, expected) in [
        (&[CdpTlv::DefaultGateway([10, 0, 0, 1].into())][..], 0xf33b),
        (
            &[
                CdpTlv::ProtocolHello {
                    organization: [0, 0, 12],
                    protocol: 1,
                    data: &[1, 2, 3, 4],
                },
                CdpTlv::ProtocolHello { organization: [1, 2, 3], protocol: 1, data: &[1, 2] },
            ],
            0xd42b,
        ),
        (
            &[CdpTlv::Addresses(CdpAddresses {
                count: 9,
                bytes: b"\x01\x01\xcc\0\x04\x0a\0\0\x01",
            })],
            0x2c23,
        ),
    ] {
        let mut out = Vec::new();
        let cdp = CdpBuilder { header: CdpHeader::default(), tlvs };
        serialize_layers(&mut out, Fix::all(), &[&cdp], b"").unwrap();
        assert_eq!(Cdp::parse(&out).unwrap().header.checksum.get(), expected);
        let sum = checksum(&out, &Outer::NONE).unwrap();
        assert_eq!(sum.status(), ChecksumStatus::Good);
    }
}

#[test]
fn it_is_reached_by_snap() {
    let frame = b"\x01\0\x0c\xcc\xcc\xcc\x02\0\0\0\0\x01\0\x11\xaa\xaa\x03\0\0\x0c\x20\0\
        \x02\xb4\0\0\0\x01\0\x05x";
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, frame);
    assert_eq!(packet.get::<Cdp<'_>>().unwrap().tlvs().next(), Some(Ok(CdpTlv::DeviceId(b"x"))));
}

proptest! {
    #[test]
    fn any_bytes_end(bytes: Vec<u8>) {
        if let Ok(cdp) = Cdp::parse(&bytes) {
            prop_assert!(cdp.tlvs().count() <= bytes.len());
            cdp.tlvs().map_while(Result::ok).for_each(|tlv| {
                if let CdpTlv::Addresses(addresses) = tlv {
                    assert!(addresses.iter().count() <= bytes.len());
                }
            });
            let _ = cdp.to_string();
        }
    }
}
