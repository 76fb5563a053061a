//! Tests of IS-IS.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Fix, LinkType, serialize_layers};

// tshark -r isis_poi.pcap, of tcpdump's tests: the purge of an LSP.
layer_tests! {
    sample: Isis *b"\x83\x1b\x01\0\x14\x01\0\0\0\x2b\0\0\x12\x80\x92\x01\x90\x98\0\0\0\0\x01\xe2\0\0\
        \x03\x0d\x07\x01\x12\x80\x92\x02\0\x74\x89\x05P2_re";
    fields: "isis.irpd=131 isis.len=27 isis.version=1 isis.sysid_len=0 isis.type.reserved=0 \
        isis.type=20 isis.version2=1 isis.reserved=0 isis.max_area_adr=0 \
        isis.lsp.pdu_length=43 isis.lsp.remaining_life=0 isis.lsp.lsp_id=1280920190980000 \
        isis.lsp.sequence_number=482 isis.lsp.checksum=0 isis.lsp.partition_repair=0 \
        isis.lsp.att=0 isis.lsp.overload=0 isis.lsp.is_type=3 isis.lsp.clv.type=13 \
        isis.lsp.clv.length=7 isis.lsp.purge_originator_id.num=1 \
        isis.lsp.purge_originator_id.system_id=128092020074 isis.lsp.clv.type=137 \
        isis.lsp.clv.length=5 isis.lsp.hostname=P2_re";
    edit: IsisHeader, |header| header.maximum_area_addresses = 3;
    bad: [0 = 0x82 => "discriminator" 0x82, 2 = 2 => "version" 2, 3 = 5 => "ID length" 5];
}

/// A PDU with TLVs, and what is shown of them: as `tshark -T pdml` names and shows it.
#[track_caller]
fn check(pdu_type: IsisPduType, pdu: &[u8], tlvs: &[u8], expected: &str) -> Vec<u8> {
    let header = IsisHeader { pdu_type: pdu_type.0, ..Default::default() };
    let builder = IsisBuilder { header, pdu, tlvs: &[] };
    let mut bytes = Vec::new();
    serialize_layers(&mut bytes, Fix::LENGTHS, &[&builder], tlvs).unwrap();
    let isis = Isis::parse(&bytes).unwrap();
    let text = isis.to_string();
    let found = text.split(' ').skip_while(|field| !field.contains(".clv.type="));
    assert_eq!(found.collect::<Vec<_>>().join(" "), expected);
    // What is read is what was written.
    let mut again = Vec::new();
    isis.tlvs().for_each(|tlv| tlv.unwrap().encode(&mut again).unwrap());
    assert_eq!(again, tlvs);
    bytes
}

const LSP: &[u8; 19] = b"\0\0\x04\xaf\x11\x11\x11\x11\x11\x11\0\0\0\0\0\x01\0\0\x03";

#[test]
fn hellos_have_tlvs() {
    let pdu = b"\x01\x11\x11\x11\x11\x11\x11\0\x1e\0\0\x40\x11\x11\x11\x11\x11\x11\x01";
    let tlvs = b"\x01\x04\x03\x49\0\x01\x06\x06\0\x11\x22\x33\x44\x55\x81\x02\xcc\x8e\x84\x04\x0a\0\0\
        \x01\x0a\x05\x01pass\xe5\x04\0\0\0\x02\xd3\x09\x07\0\x1e\x22\x22\x22\x22\x22\x22\x08\x02\0\0";
    let bytes = check(
        IsisPduType::L1_LAN_HELLO,
        pdu,
        tlvs,
        "isis.hello.clv.type=1 isis.hello.clv.length=4 isis.hello.area_address=03490001 \
         isis.hello.clv.type=6 isis.hello.clv.length=6 isis.hello.is_neighbor=00:11:22:33:44:55 \
         isis.hello.clv.type=129 isis.hello.clv.length=2 isis.hello.clv_nlpid.nlpid=204 \
         isis.hello.clv_nlpid.nlpid=142 isis.hello.clv.type=132 isis.hello.clv.length=4 \
         isis.hello.clv_ipv4_int_addr=10.0.0.1 isis.hello.clv.type=10 isis.hello.clv.length=5 \
         isis.hello.clv_authentication=70617373 isis.hello.clv.type=229 isis.hello.clv.length=4 \
         isis.hello.clv_mt=0 isis.hello.clv_mt=2 isis.hello.clv.type=211 \
         isis.hello.clv.length=9 isis.hello.clv_restart_flags=7 \
         isis.hello.clv_restart_flags.sa=1 isis.hello.clv_restart_flags.ra=1 \
         isis.hello.clv_restart_flags.rr=1 isis.hello.clv_restart.remain_time=30 \
         isis.hello.clv_restart.neighbor=222222222222 isis.hello.clv.type=8 \
         isis.hello.clv.length=2",
    );
    let isis = Isis::parse(&bytes).unwrap();
    let text = isis.to_string();
    let front = "isis.hello.circuit_type=1 isis.hello.reserved=0 \
        isis.hello.source_id=111111111111 isis.hello.holding_timer=30 isis.hello.pdu_length=79 \
        isis.hello.priority=64 isis.hello.reserved=0 isis.hello.lan_id=11111111111101";
    assert!(text.contains(front), "{text}");
    let summary = fmt::from_fn(|f| isis.summary(f)).to_string();
    assert_eq!(summary, "L1 hello, 1111.1111.1111");
}

#[test]
fn lsps_have_neighbors_and_networks() {
    let tlvs = b"\x16\x1a\x33\x33\x33\x33\x33\x33\x01\0\0\x0b\x0f\x06\x04\x0a\0\0\x01\x03\x04\0\0\0\x01\
        \x63\x01\x07\x87\x1f\0\0\0\x0a\x18\x0a\0\0\0\0\0\x0b\x60\x0a\0\0\x01\x08\x03\x06\x40\0\0\0\0\x64\
        \0\0\0\x05\0\xec\x0a\0\0\0\x0a\0\x20\x20\x01\x0d\xb8";
    let bytes = check(
        IsisPduType::L1_LSP,
        LSP,
        tlvs,
        "isis.lsp.clv.type=22 isis.lsp.clv.length=26 \
         isis.lsp.ext_is_reachability.is_neighbor_id=33333333333301 \
         isis.lsp.ext_is_reachability.metric=11 \
         isis.lsp.ext_is_reachability.subclvs_length=15 isis.lsp.ext_is_reachability.code=6 \
         isis.lsp.ext_is_reachability.length=4 \
         isis.lsp.ext_is_reachability.ipv4_interface_address=10.0.0.1 \
         isis.lsp.ext_is_reachability.code=3 isis.lsp.ext_is_reachability.length=4 \
         isis.lsp.group=1 isis.lsp.ext_is_reachability.code=99 \
         isis.lsp.ext_is_reachability.length=1 isis.lsp.ext_is_reachability.value=07 \
         isis.lsp.clv.type=135 isis.lsp.clv.length=31 isis.lsp.ext_ip_reachability.metric=10 \
         isis.lsp.ext_ip_reachability.distribution=0 isis.lsp.ext_ip_reachability.subtlv=0 \
         isis.lsp.ext_ip_reachability.prefix_length=24 \
         isis.lsp.ext_ip_reachability.ipv4_prefix=10.0.0.0 \
         isis.lsp.ext_ip_reachability.metric=11 isis.lsp.ext_ip_reachability.distribution=0 \
         isis.lsp.ext_ip_reachability.subtlv=1 isis.lsp.ext_ip_reachability.prefix_length=32 \
         isis.lsp.ext_ip_reachability.ipv4_prefix=10.0.0.1 \
         isis.lsp.ext_ip_reachability.subclvs_length=8 isis.lsp.ext_ip_reachability.code=3 \
         isis.lsp.ext_ip_reachability.length=6 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags=64 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.r=0 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.n=1 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.p=0 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.e=0 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.v=0 \
         isis.lsp.ext_ip_reachability.prefix_sid.flags.l=0 isis.lsp.sr_alg=0 \
         isis.lsp.sid.sli_index=100 isis.lsp.ext_ip_reachability.metric=5 \
         isis.lsp.ext_ip_reachability.distribution=0 isis.lsp.ext_ip_reachability.subtlv=0 \
         isis.lsp.ext_ip_reachability.prefix_length=0 isis.lsp.clv.type=236 \
         isis.lsp.clv.length=10 isis.lsp.ipv6_reachability.metric=10 \
         isis.lsp.ipv6_reachability.distribution=0 \
         isis.lsp.ipv6_reachability.distribution_internal=0 \
         isis.lsp.ipv6_reachability.subtlv=0 isis.lsp.ipv6_reachability.prefix_length=32 \
         isis.lsp.ipv6_reachability.ipv6_prefix=2001:db8::",
    );
    let isis = Isis::parse(&bytes).unwrap();
    let mut networks = Vec::new();
    for tlv in isis.tlvs().flatten() {
        match tlv {
            IsisTlv::ExtendedIpReachability(prefixes) | IsisTlv::Ipv6Reachability(prefixes) => {
                let prefixes = prefixes.map(Result::unwrap);
                networks.extend(prefixes.map(|p| format!("{}/{}", p.prefix, p.prefix_len)));
            }
            IsisTlv::ExtendedIsReachability(mut neighbors) => {
                let (id, metric, _) = neighbors.next().unwrap().unwrap();
                assert_eq!((id, metric), ([0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 1], 11));
            }
            _ => {}
        }
    }
    assert_eq!(networks, ["10.0.0.0/24", "10.0.0.1/32", "0.0.0.0/0", "2001:db8::/32"]);
}

#[test]
fn capabilities_and_narrow_metrics() {
    check(
        IsisPduType::L2_LSP,
        LSP,
        b"\xf2\x16\x01\x01\x01\x01\0\x02\x09\xc0\0\x03\xe8\x01\x03\0\x3e\x80\x13\x02\0\x01\x17\0\
          \x80\x0c\x0a\x80\x80\x80\x0a\0\x0a\0\xff\xff\xff\0",
        "isis.lsp.clv.type=242 isis.lsp.clv.length=22 isis.lsp.rt_capable.router_id=16843009 \
         isis.lsp.rt_capable.flag_s=0 isis.lsp.rt_capable.flag_d=0 isis.lsp.sr_cap.i_flag=1 \
         isis.lsp.sr_cap.v_flag=1 isis.lsp.sr_cap.range=1000 isis.lsp.sr_cap.label=16000 \
         isis.lsp.sr_alg=0 isis.lsp.sr_alg=1 isis.lsp.clv.type=128 isis.lsp.clv.length=12 \
         isis.lsp.ip_reachability.ipv4_prefix=10.0.10.0 \
         isis.lsp.ip_reachability.default_metric=10 \
         isis.lsp.ip_reachability.default_metric_ie=0 isis.lsp.ip_reachability.distribution=0 \
         isis.lsp.ip_reachability.delay_metric=0 \
         isis.lsp.ip_reachability.delay_metric_support=1 \
         isis.lsp.ip_reachability.delay_metric_ie=0 isis.lsp.ip_reachability.expense_metric=0 \
         isis.lsp.ip_reachability.expense_metric_support=1 \
         isis.lsp.ip_reachability.expense_metric_ie=0 isis.lsp.ip_reachability.error_metric=0 \
         isis.lsp.ip_reachability.error_metric_support=1 \
         isis.lsp.ip_reachability.error_metric_ie=0",
    );
}

#[test]
fn sequence_numbers_pdus_list_lsps() {
    check(
        IsisPduType::L2_PSNP,
        b"\0\0\x11\x11\x11\x11\x11\x11\0",
        b"\x09\x10\x04\xb0\x22\x22\x22\x22\x22\x22\0\0\0\0\0\x05\xe1\x67",
        "isis.psnp.clv.type=9 isis.psnp.clv.length=16 isis.csnp.lsp_remain_life=1200 \
         isis.csnp.lsp_id=2222222222220000 isis.csnp.lsp_seq_num=5 isis.csnp.lsp_checksum=57703",
    );
}

#[test]
fn the_checksum_of_an_lsp_is_the_one_on_the_wire() {
    let header = IsisHeader { pdu_type: 18, ..Default::default() };
    let tlvs = [IsisTlv::DynamicHostname(b"r1")];
    let builder = IsisBuilder { header, pdu: LSP, tlvs: &tlvs };
    let mut bytes = Vec::new();
    serialize_layers(&mut bytes, Fix::all(), &[&builder], b"").unwrap();
    let sum = checksum(&bytes, &Outer::NONE).unwrap();
    assert_eq!((sum.stored, sum.place), (sum.computed, 24..26));
    assert_ne!(sum.stored, 0);
    let mut purge = bytes.clone();
    purge[10..12].fill(0);
    purge[24..26].fill(0);
    assert!(checksum(&purge, &Outer::NONE).unwrap().absent.is_some());
}

#[test]
fn the_first_byte_behind_llc_leads_here() {
    let frame = [
        &b"\x01\x80\xc2\0\0\x15\x02\0\0\0\0\x01\0\x17\xfe\xfe\x03"[..],
        PROTOCOL.template.unwrap(),
    ];
    let frame = frame.concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    assert_eq!(packet.get::<Isis<'_>>().unwrap().pdu_type(), IsisPduType::P2P_HELLO);
}

#[test]
fn a_tlv_cut_short_loses_nothing_before_it() {
    let mut bytes = [&b"\x83\x1b\x01\0\x12\x01\0\0"[..], LSP, b"\x89\x02r1\x84\x04\x0a"].concat();
    let error = Malformed::Field { name: "PDU length", value: 0 };
    assert_eq!(Isis::parse(&bytes), Err(error));
    bytes[9] = 60;
    let tlvs = Isis::parse(&bytes).unwrap().tlvs().collect::<Vec<_>>();
    let error = Malformed::Truncated { need: 6, have: 3 };
    assert_eq!(tlvs, [Ok(IsisTlv::DynamicHostname(b"r1")), Err(error)]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 15_u8..28, tlv in 0_usize..14) {
        let tlv = [1, 2, 6, 9, 22, 128, 135, 211, 222, 235, 236, 237, 240, 242][tlv];
        let front = [0x83, 27, 1, 0, kind, 1, 0, 0];
        let bytes = [&front[..], &[0xff; 19], &[tlv, 60], &bytes].concat();
        let isis = Isis::parse(&bytes).unwrap();
        isis.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        for tlv in isis.tlvs().flatten() {
            match tlv {
                IsisTlv::ExtendedIsReachability(all) => drop(all.count()),
                IsisTlv::ExtendedIpReachability(all) | IsisTlv::Ipv6Reachability(all) => {
                    let _ = all.count();
                }
                _ => {}
            }
        }
    }
}
