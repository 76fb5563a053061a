//! Tests of radiotap. Expected fields are what `tshark -T pdml` (4.0.17) shows of the same bytes.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Encode, Field, Fix, serialize_layers};

// Zeek, arp-who-has-radiotap.pcap, packet 1: TSFT 1448501729, flags FCS at end, 5540 MHz, -74 dBm,
// -93 dBm, antenna 1, channel 108, MCS 7 in 40 MHz, A-MPDU 1; behind it a frame in front of its FCS.
layer_tests! {
    sample: Radiotap *b"\0\0\x30\0\x6b\x08\x1c\0\xe1\x61\x56\x56\0\0\0\0\x10\0\xa4\x15\x40\x01\xb6\xa3\
        \x01\x4e\x34\x97\x40\x01\x01\0\xa4\x15\x6c\x22\x1f\x01\x07\0\x01\0\0\0\0\0\0\0\x88\x01\x2c\0";
    fields: "radiotap.version=0 radiotap.pad=0 radiotap.length=48 radiotap.present.word=1837163 \
        radiotap.present.tsft=1 radiotap.present.flags=1 radiotap.present.rate=0 \
        radiotap.present.channel=1 radiotap.present.fhss=0 radiotap.present.dbm_antsignal=1 \
        radiotap.present.dbm_antnoise=1 radiotap.present.lock_quality=0 \
        radiotap.present.tx_attenuation=0 radiotap.present.db_tx_attenuation=0 \
        radiotap.present.dbm_tx_power=0 radiotap.present.antenna=1 \
        radiotap.present.db_antsignal=0 radiotap.present.db_antnoise=0 radiotap.present.rxflags=0 \
        radiotap.present.txflags=0 radiotap.present.data_retries=0 radiotap.present.xchannel=1 \
        radiotap.present.mcs=1 radiotap.present.ampdu=1 radiotap.present.vht=0 \
        radiotap.present.timestamp=0 radiotap.present.he=0 radiotap.present.he_mu=0 \
        radiotap.present.0_length.psdu=0 radiotap.present.l_sig=0 radiotap.present.tlv=0 \
        radiotap.present.rtap_ns=0 radiotap.present.vendor_ns=0 radiotap.present.ext=0 \
        radiotap.mactime=1448501729 radiotap.flags=16 radiotap.flags.cfp=0 \
        radiotap.flags.preamble=0 radiotap.flags.wep=0 radiotap.flags.frag=0 radiotap.flags.fcs=1 \
        radiotap.flags.datapad=0 radiotap.flags.badfcs=0 radiotap.flags.shortgi=0 \
        radiotap.channel.freq=5540 radiotap.channel.flags=320 radiotap.channel.flags.700mhz=0 \
        radiotap.channel.flags.800mhz=0 radiotap.channel.flags.900mhz=0 \
        radiotap.channel.flags.turbo=0 radiotap.channel.flags.cck=0 radiotap.channel.flags.ofdm=1 \
        radiotap.channel.flags.2ghz=0 radiotap.channel.flags.5ghz=1 \
        radiotap.channel.flags.passive=0 radiotap.channel.flags.dynamic=0 \
        radiotap.channel.flags.gfsk=0 radiotap.channel.flags.gsm=0 \
        radiotap.channel.flags.sturbo=0 radiotap.channel.flags.half=0 \
        radiotap.channel.flags.quarter=0 radiotap.dbm_antsignal=-74 radiotap.dbm_antnoise=-93 \
        radiotap.antenna=1 radiotap.xchannel.flags=65856 radiotap.xchannel.flags.turbo=0 \
        radiotap.xchannel.flags.cck=0 radiotap.xchannel.flags.ofdm=1 \
        radiotap.xchannel.flags.2ghz=0 radiotap.xchannel.flags.5ghz=1 \
        radiotap.channel.xtype.passive=0 radiotap.xchannel.flags.dynamic=0 \
        radiotap.xchannel.flags.gfsk=0 radiotap.xchannel.flags.gsm=0 \
        radiotap.xchannel.flags.sturbo=0 radiotap.xchannel.flags.half=0 \
        radiotap.xchannel.flags.quarter=0 radiotap.xchannel.flags.ht20=1 \
        radiotap.xchannel.flags.ht40u=0 radiotap.xchannel.flags.ht40d=0 \
        radiotap.xchannel.freq=5540 radiotap.xchannel.channel=108 radiotap.mcs.known=31 \
        radiotap.mcs.have_bw=1 radiotap.mcs.have_index=1 radiotap.mcs.have_gi=1 \
        radiotap.mcs.have_format=1 radiotap.mcs.have_fec=1 radiotap.mcs.have_stbc=0 \
        radiotap.mcs.have_ness=0 radiotap.mcs.bw=1 radiotap.mcs.gi=0 radiotap.mcs.format=0 \
        radiotap.mcs.fec=0 radiotap.mcs.index=7 radiotap.ampdu.reference=1 \
        radiotap.ampdu.flags=0 radiotap.ampdu.flags.report_zerolen=0 \
        radiotap.ampdu.flags.is_zerolen=0 radiotap.ampdu.flags.lastknown=0 \
        radiotap.ampdu.flags.last=0 radiotap.ampdu.flags.delim_crc_error=0 \
        radiotap.ampdu.flags.eof=0 radiotap.ampdu.flags.eof_known=0 wlan.fcs=2883976";
    edit: RadiotapHeader, |header| header.pad = 1;
    bad: [2 = 7 => "length" 7];
}

/// A header with these words of presence and this body, and four bytes behind it.
fn header(words: &[u32], body: &[u8]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let length = u16::try_from(4 + words.len() + body.len()).unwrap();
    [&[0, 0][..], &length.to_le_bytes(), &words, body, b"\x01\x02\x03\x04"].concat()
}

/// The fields behind those of the bitmap.
#[track_caller]
fn check(words: &[u32], body: &[u8], expected: &str) {
    let bytes = header(words, body);
    let mut found = Vec::new();
    Radiotap::parse(&bytes).unwrap().fields(&mut |Field { name, value, bytes: _ }: Field<'_>| {
        found.push(format!("{}={value}", name.trim_start_matches("radiotap.")));
    });
    let behind = found.iter().skip(3).skip_while(|field| field.starts_with("present."));
    assert_eq!(behind.map(String::as_str).collect::<Vec<_>>().join(" "), expected);
}

#[track_caller]
fn kinds(words: &[u32], body: &[u8], expected: &[Result<RadiotapField<'_>, Malformed>]) {
    let bytes = header(words, body);
    let found = Radiotap::parse(&bytes).unwrap().fields_present().collect::<Vec<_>>();
    assert_eq!(found, expected);
}

#[test]
fn fields_stand_at_multiples_of_their_size() {
    check(
        &[1 << 2 | 1 << 4 | 1 << 7 | 1 << 10],
        &[0x6c, 0, 5, 6, 77, 0, 0xf0],
        "datarate=54 fhss.hopset=5 fhss.pattern=6 quality=77 txpower=-16",
    );
}

#[test]
fn he_says_which_of_its_parts_are_known() {
    let words = [0_u16, 0, 0xa5c3, 0x5a3c, 0x1234, 0x4321];
    let body = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let bytes = header(&[1 << 23], &body);
    let text = Radiotap::parse(&bytes).unwrap().to_string();
    let behind = text.split_once("data_3=").unwrap().1.replace("radiotap.he.", "");
    assert_eq!(
        behind,
        "42435 data_3.bss_color_unknown=3 data_3.beam_change_unknown=1 data_3.ul_dl_unknown=1 \
         data_3.data_mcs_unknown=5 data_3.data_dcm_unknown=0 data_3.coding_unknown=1 \
         data_3.ldpc_extra_symbol_segment_unknown=0 data_3.stbc_unknown=1 data_4=23100 \
         data_4.spatial_reuse_unknown=12 data_4.reserved_d4_fff0=1443 data_5=4660 \
         data_5.data_bw_ru_allocation_unknown=4 data_5.gi_unknown=3 num_ltf_symbols_unknown=2 \
         data_5.reserved_d5_b11=0 pre_fec_padding_factor_unknown=1 txbf_unknown=0 \
         pe_disambiguity_unknown=0 data_5.ltf_symbol_size_unknown=0 data_6=17185 data_6.nsts=1 \
         data_6.doppler_value_unknown=0 data_6.reserved_d6_00e0=1 data_6.txop_value_unknown=67 \
         data_6.midamble_periodicity_unknown=0"
    );
}

#[test]
fn vht_leaves_out_users_without_streams() {
    check(
        &[1 << 21],
        &[0x55, 0x01, 0x2f, 4, 0x92, 0x13, 0, 0x41, 5, 63, 0x55, 0x01],
        // Wireshark 4.0 shows only the higher byte of `known`.
        "vht.known=341 vht.have_stbc=1 vht.have_txop_ps=0 vht.have_gi=1 vht.have_sgi_nsym_da=0 \
         vht.ldpc_extra=1 vht.have_beamformed=0 mcs.have_bw=1 mcs.have_gid=0 mcs.have_paid=1 \
         vht.stbc=1 vht.gi=1 vht.ldpc_extra=0 vht.bw=4 vht.mcs.0=9 vht.nss.0=2 vht.nsts.0=4 \
         vht.coding.0=1 vht.mcs.1=1 vht.nss.1=3 vht.nsts.1=6 vht.coding.1=0 vht.mcs.3=4 \
         vht.nss.3=1 vht.nsts.3=2 vht.coding.3=0 vht.paid=341",
    );
}

// gopacket ignores extended bitmaps.
#[test]
fn a_vendors_fields_stand_between_those_of_radiotap() {
    let words = [1 << 1 | 1 << 30 | 1 << 31, 0x5 | 1 << 29 | 1 << 31, 1 << 2 | 1 << 11];
    let body = b"\x00\x00\x00\x11\x22\x07\x06\x00vendor\x0c\x01";
    kinds(
        &words,
        body,
        &[
            Ok(RadiotapField::Flags(RadiotapFlags::empty())),
            Ok(RadiotapField::Vendor {
                organization: [0, 0x11, 0x22],
                namespace: 7,
                data: b"vendor",
            }),
            Ok(RadiotapField::Rate(12)),
            Ok(RadiotapField::Antenna(1)),
        ],
    );
    check(
        &words,
        body,
        "flags=0 flags.cfp=0 flags.preamble=0 flags.wep=0 flags.frag=0 flags.fcs=0 \
         flags.datapad=0 flags.badfcs=0 flags.shortgi=0 vendor_oui=4386 vendor_subns=7 \
         vendor_data_len=6 vendor_data=76656e646f72 datarate=6 antenna=1",
    );
}

#[test]
fn several_antennas_are_several_namespaces() {
    let words =
        [1 << 5 | 1 << 29 | 1 << 31, 1 << 5 | 1 << 11 | 1 << 29 | 1 << 31, 1 << 5 | 1 << 11];
    check(
        &words,
        &[0xd0, 0xd1, 0, 0xd2, 1],
        "dbm_antsignal=-48 dbm_antsignal=-47 antenna=0 dbm_antsignal=-46 antenna=1",
    );
}

#[test]
fn bits_of_a_second_word_are_not_those_of_the_first() {
    // Without the bit of a new namespace they go on counting, and nobody knows what follows.
    let unknown = RadiotapField::Unknown { bit: 37, data: &[0xd1, 1] };
    let first = RadiotapField::AntennaSignal(-48);
    kinds(&[1 << 5 | 1 << 31, 1 << 5 | 1 << 11], &[0xd0, 0xd1, 1], &[Ok(first), Ok(unknown)]);
}

#[test]
fn newer_fields_are_padded_and_typed() {
    let body = b"\x21\0\x03\0abc\0\x22\0\x01\0z";
    kinds(
        &[1 << 28],
        body,
        &[
            Ok(RadiotapField::Tlv { kind: 33, data: b"abc" }),
            Ok(RadiotapField::Tlv { kind: 34, data: b"z" }),
        ],
    );
    kinds(&[1 << 28], b"\x21\0\x09\0a", &[Err(Malformed::Truncated { need: 9, have: 1 })]);
}

#[test]
fn a_field_behind_the_header_ends_the_list() {
    let error = Malformed::Truncated { need: 2, have: 0 };
    let flags = RadiotapField::Flags(RadiotapFlags::empty());
    kinds(&[1 << 1 | 1 << 14 | 1 << 15], &[0, 0], &[Ok(flags), Err(error)]);
}

// gopacket allocates and appends a computed check sequence where there is none.
#[test]
fn the_check_sequence_is_no_part_of_the_frame() {
    for (flags, payload, fcs) in [(0x10, 0, 4), (0x50, 0, 4), (0, 4, 0), (0x40, 4, 0)] {
        let bytes = header(&[2], &[flags]);
        let radiotap = Radiotap::parse(&bytes).unwrap();
        assert_eq!((radiotap.payload.len(), radiotap.fcs.len()), (payload, fcs));
        let shape = radiotap.shape();
        assert_eq!((shape.payload_len, shape.trailer_len), (payload, fcs));
    }
    let bytes = &header(&[2], &[0x10])[..12];
    assert_eq!(Radiotap::parse(bytes).unwrap().payload.len(), 3, "too short to have one");
}

#[test]
fn a_frame_follows() {
    let bytes = [&header(&[0], &[])[..8], b"\xd4\0\0\0\x02\x11\x11\x11\x11\x11"].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IEEE802_11_RADIOTAP, &bytes);
    let layers = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
    assert_eq!(layers, [LayerType::RADIOTAP, LayerType::WLAN]);
}

#[test]
fn a_signal_without_a_frame_leads_nowhere() {
    let bytes = header(&[1 << 26], &[1]);
    assert_eq!(Radiotap::parse(&bytes).unwrap().shape().next, Next::End);
    check(&[1 << 26], &[1], "0_len_psdu.type=1");
}

#[test]
fn a_header_is_built_of_fields_in_any_order() {
    let fields = [
        RadiotapField::Channel { frequency: 2412, flags: 0xa0 },
        RadiotapField::MacTime(1),
        RadiotapField::Flags(RadiotapFlags::FCS),
    ];
    let builder = RadiotapBuilder { fields: &fields, fcs: &[1, 2, 3, 4], ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], b"frame").unwrap();
    let radiotap = Radiotap::parse(&out).unwrap();
    assert_eq!(radiotap.header.length.get(), 22);
    assert_eq!((radiotap.payload, radiotap.fcs), (&b"frame"[..], &[1, 2, 3, 4][..]));
    let read = radiotap.fields_present().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(read, [fields[1], fields[2], fields[0]]);
}

#[test]
fn two_fields_of_one_kind_do_not_fit_a_namespace() {
    let fields = [RadiotapField::Rate(1), RadiotapField::Rate(2)];
    let builder = RadiotapBuilder { fields: &fields, ..Default::default() };
    assert!(builder.encode(&mut Vec::new()).is_err());
    let vendor = [RadiotapField::Unknown { bit: 30, data: &[] }];
    let builder = RadiotapBuilder { fields: &vendor, ..Default::default() };
    assert!(builder.encode(&mut Vec::new()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_end(words in proptest::collection::vec(any::<u32>(), 1..5), body: Vec<u8>) {
        let mut bytes = header(&words, &body);
        if let Ok(radiotap) = Radiotap::parse(&bytes) {
            prop_assert!(radiotap.fields_present().count() <= bytes.len());
            prop_assert!(!radiotap.to_string().is_empty());
        }
        bytes.truncate(words.len());
        prop_assert!(Radiotap::parse(&bytes).is_err());
    }

    #[test]
    fn what_was_built_is_read(
        time: u64, flags: u8, rate: u8, signal: i8, mcs: [u8; 3], kind: u16, data: [u8; 5],
    ) {
        let fields = [
            RadiotapField::MacTime(time),
            RadiotapField::Flags(RadiotapFlags::from_bits_retain(flags)),
            RadiotapField::Rate(rate),
            RadiotapField::AntennaSignal(signal),
            RadiotapField::Mcs { known: mcs[0], flags: mcs[1], index: mcs[2] },
            RadiotapField::Tlv { kind, data: &data },
        ];
        let mut out = Vec::new();
        RadiotapBuilder { fields: &fields, ..Default::default() }.encode(&mut out).unwrap();
        let radiotap = Radiotap::parse(&out).unwrap();
        let read = radiotap.fields_present().map(Result::unwrap).collect::<Vec<_>>();
        prop_assert_eq!(read, fields);
    }
}
