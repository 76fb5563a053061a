//! Bits of headers: each that can be read can be written, and nothing else changes then.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fs;
use std::path::Path;

use rheos_layers::*;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Writes every value into a header of zeros and one of ones, reads it again, and writes back what
/// was there.
fn check<H, V>(values: impl Iterator<Item = V>, get: fn(&H) -> V, set: fn(&mut H, V))
where
    H: FromBytes + IntoBytes + Immutable,
    V: Copy + PartialEq + std::fmt::Debug,
{
    let mut ones = H::new_zeroed();
    ones.as_mut_bytes().fill(0xff);
    let (zeros, old) = (H::new_zeroed(), [H::new_zeroed(), ones]);
    for value in values {
        for before in &old {
            let mut header = H::read_from_bytes(before.as_bytes()).unwrap();
            let was = get(&header);
            set(&mut header, value);
            assert_eq!(get(&header), value);
            set(&mut header, was);
            assert_eq!(header.as_bytes(), before.as_bytes());
        }
    }
    assert_eq!(old[0].as_bytes(), zeros.as_bytes());
}

macro_rules! pairs {
    ($($header:ident: $get:ident $set:ident $values:expr;)+) => {
        #[test]
        fn every_value_written_is_read_again_and_nothing_else_changes() {
            $(check($values.into_iter(), $header::$get, $header::$set);)+
        }
    };
}

pairs! {
    AyiyaHeader: identity_len set_identity_len (0..=15).map(|power| 1_usize << power);
    AyiyaHeader: identity_type set_identity_type (0..=15).map(AyiyaIdentityType);
    AyiyaHeader: signature_len set_signature_len (0..=60).step_by(4);
    AyiyaHeader: hash_method set_hash_method (0..=15).map(AyiyaHashMethod);
    AyiyaHeader: authentication set_authentication (0..=15).map(AyiyaAuthentication);
    AyiyaHeader: operation set_operation (0..=15).map(AyiyaOperation);
    FabricPathHeader: forwarding_tag set_forwarding_tag 0..=0x3ff;
    FabricPathHeader: ttl set_ttl 0..=63;
    AsfPresencePong: supports_ipmi set_supports_ipmi [false, true];
    AsfPresencePong: supports_security_extensions set_supports_security_extensions [false, true];
    BackboneTagHeader: priority set_priority 0..=7;
    BackboneTagHeader: is_drop_eligible set_drop_eligible [false, true];
    BackboneTagHeader: uses_customer_addresses set_uses_customer_addresses [false, true];
    BacnetHeader: is_network_message set_network_message [false, true];
    BacnetHeader: expects_reply set_expects_reply [false, true];
    BacnetHeader: priority set_priority 0..=3;
    BfdHeader: version set_version 0..=7;
    CfmHeader: version set_version 0..=31;
    CipHeader: service set_service (0..=127).map(CipService);
    CipHeader: is_response set_response [false, true];
    CoapHeader: version set_version 0..=3;
    CoapHeader: token_length set_token_length 0..=15;
    CotpHeader: credit set_credit 0..=15;
    Dnp3Header: is_from_master set_from_master [false, true];
    Dnp3Header: is_primary set_primary [false, true];
    Dnp3Header: function_code set_function_code 0..=15;
    ETagHeader: priority set_priority 0..=7;
    ETagHeader: is_drop_eligible set_drop_eligible [false, true];
    ETagHeader: group set_group 0..=3;
    EapolRsnKey: descriptor_version set_descriptor_version 0..=7;
    ErspanExtension: frame_type set_frame_type 0..=31;
    ErspanExtension: granularity set_granularity 0..=3;
    ErspanExtension: is_egress set_egress [false, true];
    ErspanExtension: has_subheader set_subheader [false, true];
    ErspanHeader: class_of_service set_class_of_service 0..=7;
    ErspanHeader: encapsulation set_encapsulation 0..=3;
    ErspanHeader: is_cut set_cut [false, true];
    GeneveHeader: version set_version 0..=3;
    GeneveHeader: is_control set_control [false, true];
    GeneveHeader: has_critical_options set_critical_options [false, true];
    GreHeader: recursion_control set_recursion_control 0..=7;
    GtpHeader: version set_version 0..=7;
    GtpHeader: protocol_type set_protocol_type [false, true];
    GtpHeader: has_extensions set_extensions [false, true];
    GtpHeader: has_sequence_number set_sequence_number [false, true];
    GtpHeader: has_npdu_number set_npdu_number [false, true];
    GtpprimeHeader: version set_version 0..=7;
    Gtpv2Header: version set_version 0..=7;
    Gtpv2Header: is_piggybacked set_piggybacked [false, true];
    Gtpv2Header: has_teid set_teid [false, true];
    Gtpv2Header: has_priority set_priority [false, true];
    GueHeader: variant set_variant 0..=3;
    IpmbHeader: target_lun set_target_lun 0..=3;
    IpmbHeader: sequence set_sequence 0..=63;
    IpmbHeader: source_lun set_source_lun 0..=3;
    IpmbHeader: is_response set_response [false, true];
    Ipv4Header: version set_version 0..=15;
    IsakmpHeader: major_version set_major_version 0..=15;
    IsakmpHeader: minor_version set_minor_version 0..=15;
    L2tpHeader: is_control set_control [false, true];
    L2tpHeader: has_length set_length [false, true];
    L2tpHeader: has_sequence set_sequence [false, true];
    L2tpHeader: has_offset set_offset [false, true];
    L2tpHeader: has_priority set_priority [false, true];
    L2tpHeader: version set_version 0..=15;
    MkaHeader: is_key_server set_key_server [false, true];
    MkaHeader: is_macsec_desired set_macsec_desired [false, true];
    MkaHeader: macsec_capability set_macsec_capability 0..=3;
    ModbusHeader: function set_function (0..=127).map(ModbusFunction);
    ModbusHeader: is_exception set_exception [false, true];
    NbdgmHeader: has_more set_more [false, true];
    NbdgmHeader: is_first set_first [false, true];
    NbdgmHeader: node_type set_node_type 0..=3;
    NdpRouter: preference set_preference 0..=3;
    NshHeader: version set_version 0..=3;
    NshHeader: is_oam set_oam [false, true];
    NtpHeader: leap set_leap 0..=3;
    NtpHeader: version set_version 0..=7;
    NtpHeader: mode set_mode 0..=7;
    PimHeader: version set_version 0..=15;
    PppMultilinkHeader: class set_class 0..=15;
    PppoeHeader: version set_version 0..=15;
    PppoeHeader: kind set_kind 0..=15;
    PspHeader: is_sampled set_sampled [false, true];
    PspHeader: is_to_be_dropped set_to_be_dropped [false, true];
    PspHeader: has_cookie set_cookie [false, true];
    PtpHeader: major_sdo_id set_major_sdo_id 0..=15;
    PtpHeader: version set_version 0..=15;
    PtpHeader: minor_version set_minor_version 0..=15;
    QuicHeader: is_long set_long [false, true];
    QuicHeader: fixed_bit set_fixed_bit [false, true];
    RmcpHeader: is_acknowledgement set_acknowledgement [false, true];
    RsvpHeader: version set_version 0..=15;
    RtcpHeader: version set_version 0..=3;
    RtcpHeader: padding set_padding [false, true];
    RtpHeader: version set_version 0..=3;
    RtpHeader: padding set_padding [false, true];
    RtpHeader: extension set_extension [false, true];
    RtpHeader: csrc_count set_csrc_count 0..=15;
    RudpHeader: version set_version 0..=3;
    SctpIForwardedStream: is_unordered set_unordered [false, true];
    SomeIpHeader: message_type set_message_type [0, 0x42, 0x80, 0xdf].map(SomeIpMessageType);
    SomeIpHeader: is_segment set_segment [false, true];
    SomeIpSdHeader: is_rebooted set_rebooted [false, true];
    SomeIpSdHeader: supports_unicast set_supports_unicast [false, true];
    SttHeader: flags set_flags (0..=15).map(SttFlags::from_bits_truncate);
    SttHeader: priority set_priority 0..=7;
    SttHeader: is_tagged set_tagged [false, true];
    SttHeader: vlan_id set_vlan_id 0..=4095;
    UdldHeader: version set_version 0..=7;
    UsbHeader: endpoint_number set_endpoint_number 0..=15;
    UsbHeader: is_inbound set_inbound [false, true];
    UsbPcapHeader: is_answer set_answer [false, true];
    UsbSetup: is_inbound set_inbound [false, true];
    UsbSetup: kind set_kind 0..=3;
    UsbSetup: recipient set_recipient 0..=31;
    VnTagHeader: is_downstream set_downstream [false, true];
    VnTagHeader: is_list set_list [false, true];
    VnTagHeader: is_looped set_looped [false, true];
    VnTagHeader: version set_version 0..=3;
    VrrpHeader: message_type set_message_type 0..=15;
    VxlanGpeHeader: version set_version 0..=3;
    WlanAddresses: fragment_number set_fragment_number 0..=15;
    WlanAddresses: sequence_number set_sequence_number 0..=4095;
    ETagHeader: ingress_channel set_ingress_channel [0, 1, 0xfff, 0x1000, 0x8_0000, 0xf_ffff];
    VnTagHeader: destination set_destination 0..=0x3fff;
    PspHeader: clear_len set_clear_len (0..=252).step_by(4);
}

/// What is worked out from bits that other setters write.
const DERIVED: [&str; 3] = [
    // `set_type` writes both: their bits lie among each other.
    "StunHeader::method",
    "StunHeader::class",
    // A flag of one version only.
    "IsakmpHeader::is_encrypted",
];

#[test]
fn every_getter_of_bits_has_its_setter() {
    let mut missing = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers"), &mut missing);
    missing.retain(|name| !DERIVED.contains(&name.as_str()));
    assert_eq!(missing, [""; 0]);
}

fn visit(place: &Path, missing: &mut Vec<String>) {
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, missing);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            missing_of(&fs::read_to_string(&path).unwrap(), missing);
        }
    }
}

/// The getters of bits in the headers of a file that have no setter.
fn missing_of(source: &str, missing: &mut Vec<String>) {
    let headers = source.split("#[repr(C)]\n").skip(1).filter_map(|behind| {
        behind.split_once("struct ")?.1.split_once(" {").map(|(name, _)| name)
    });
    for header in headers {
        let start = format!("\nimpl {header} {{\n");
        for block in source.split(&start).skip(1) {
            let block = block.split_once("\n}\n").map_or(block, |(block, _)| block);
            for getter in block.split("pub fn ").skip(1) {
                let Some((name, rest)) = getter.split_once("(&self) -> ") else { continue };
                let body = rest.split_once("\n    }").map_or(rest, |(body, _)| body);
                let bare = name.trim_start_matches("is_").trim_start_matches("has_");
                let is_bits = body.contains(" >> ") || body.contains(" & ");
                let is_there =
                    [name, bare].iter().any(|name| block.contains(&format!("fn set_{name}(")));
                if is_bits && !body.contains("Option<") && !is_there {
                    missing.push(format!("{header}::{name}"));
                }
            }
        }
    }
}
