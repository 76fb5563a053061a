//! Elements that came with IEEE Std 802.11be, which tshark 4.0 shows as bytes. Bits are those of the
//! standard, sections 9.4.2.311 to 9.4.2.313, and of Linux (`linux/ieee80211.h`); names are Wireshark's.

use super::*;

/// Fields of an element of the second space of identifiers, behind its identifier.
#[track_caller]
fn check_extended(element: &[u8], expected: &str) {
    let len = u8::try_from(element.len()).unwrap();
    let tag = format!(
        ".tag.number=255 .ext_tag.length={} .ext_tag.number={} {expected}",
        len - 1,
        element[0]
    );
    check_element(&[&[255, len], element].concat(), &tag);
}

/// The elements of a beacon.
fn elements(data: &[u8]) -> Vec<WlanElement<'_>> {
    let elements = WlanElements::new(data);
    elements.map(Result::unwrap).collect()
}

// A request of wpa_supplicant's tests, and the values that they expect of Wireshark.
#[test]
fn a_request_for_a_link() {
    check_extended(
        b"\x6b\x11\0\x02\0\0\x02\x11\0",
        ".eht.multi_link.control=17 .eht.multi_link.control.type=1 \
         .eht.multi_link.control.reserved=0 .eht.multi_link.control.presence_bitmap=1 \
         .eht.multi_link.common_info.length=2 .eht.multi_link.common_info.mld_id=0 \
         .eht.multi_link.sta_profile.subelt_id=0 .eht.multi_link.sta_profile.subelt_len=2 \
         .eht.multi_link.sta_profile.sta_control=17 \
         .eht.multi_link.sta_profile.sta_control.link_id=1 \
         .eht.multi_link.sta_profile.sta_control.complete_profile=1",
    );
}

/// A basic element: the address of the device, link 2, EML and MLD capabilities; on link 1 a station with an
/// address, and an element that differs.
const BASIC: &[u8] = b"\x6b\x90\x01\x0c\x02\0\0\0\0\x0a\x02\x81\0\x03\0\
    \0\x0c\x31\0\x07\x02\0\0\0\0\x0b\x03\x01\x06";

#[test]
fn several_links_of_one_device() {
    check_extended(
        BASIC,
        ".eht.multi_link.control=400 .eht.multi_link.control.type=0 \
         .eht.multi_link.control.reserved=0 .eht.multi_link.control.presence_bitmap=25 \
         .eht.multi_link.common_info.length=12 \
         .eht.multi_link.common_info.ap_mld_mac_address=02:00:00:00:00:0a \
         .eht.multi_link.common_info.link_id=2 \
         .eht.multi_link.common_info.eml_capabilities=129 \
         .eht.multi_link.common_info.eml_capabilities.emlsr_support=1 \
         .eht.multi_link.common_info.eml_capabilities.emlsr_padding_delay=0 \
         .eht.multi_link.common_info.eml_capabilities.emlsr_transition_delay=0 \
         .eht.multi_link.common_info.eml_capabilities.emlmr_support=1 \
         .eht.multi_link.common_info.eml_capabilities.emlmr_delay=0 \
         .eht.multi_link.common_info.eml_capabilities.transition_timeout=0 \
         .eht.multi_link.common_info.eml_capabilities.reserved=0 \
         .eht.multi_link.common_info.mld_capabilities=3 \
         .eht.multi_link.common_info.mld_capabilities.max_simultaneous_links=3 \
         .eht.multi_link.common_info.mld_capabilities.srs_support=0 \
         .eht.multi_link.common_info.mld_capabilities.tid_to_link_neg_sup=0 \
         .eht.multi_link.common_info.mld_capabilities.freq_sep_for_str=0 \
         .eht.multi_link.common_info.mld_capabilities.aar_support=0 \
         .eht.multi_link.common_info.mld_capabilities.link_reconfig_op_support=0 \
         .eht.multi_link.common_info.mld_capabilities.reserved=0 \
         .eht.multi_link.sta_profile.subelt_id=0 .eht.multi_link.sta_profile.subelt_len=12 \
         .eht.multi_link.sta_profile.sta_control=49 \
         .eht.multi_link.sta_profile.sta_control.link_id=1 \
         .eht.multi_link.sta_profile.sta_control.complete_profile=1 \
         .eht.multi_link.sta_profile.sta_control.mac_address_present=1 \
         .eht.multi_link.sta_profile.sta_control.beacon_interval_present=0 \
         .eht.multi_link.sta_profile.sta_control.tsf_offset_present=0 \
         .eht.multi_link.sta_profile.sta_control.dtim_info_present=0 \
         .eht.multi_link.sta_profile.sta_control.nstr_link_pair_present=0 \
         .eht.multi_link.sta_profile.sta_control.nstr_bitmap_size=0 \
         .eht.multi_link.sta_profile.sta_control.bss_params_change_count_present=0 \
         .eht.multi_link.sta_profile.sta_control.reserved=0 \
         .eht.multi_link.sta_profile.sta_info.length=7 \
         .eht.multi_link.sta_profile.sta_info.mac_address=02:00:00:00:00:0b \
         .eht.multi_link.sta_profile.profile=030106",
    );
    let data = [&[255, 29], BASIC].concat();
    let [WlanElement::MultiLink(device)] = elements(&data)[..] else { panic!() };
    assert_eq!((device.kind(), device.link_id()), (0, Some(2)));
    assert_eq!(device.address(), Some([2, 0, 0, 0, 0, 10]));
    let links: Vec<_> = device.links().collect();
    assert_eq!(links.len(), 1);
    assert_eq!((links[0].id(), links[0].address()), (1, Some([2, 0, 0, 0, 0, 11])));
    assert_eq!(elements(links[0].profile), [WlanElement::DsParameterSet(6)]);
}

#[test]
fn an_operation_has_what_its_parameters_announce() {
    check_extended(
        b"\x6a\x03\x44\x44\x44\x44\x04\x2f\x1f\x0c\0",
        ".eht.eht_operation_parameters=3 .eht.eht_operation_parameters.information_present=1 \
         .eht.eht_operation_parameters.disabled_subchannel_bitmap_present=1 \
         .eht.eht_operation_parameters.default_pe_duration=0 \
         .eht.eht_operation_parameters.group_addressed_bu_indication_limit=0 \
         .eht.eht_operation_parameters.group_addressed_bu_indication_exponent=0 \
         .eht.eht_operation_parameters.mcs_15_disable=0 \
         .eht.eht_operation_parameters.reserved=0 \
         .eht.basic_eht_mcs_and_nss_set=1145324612 \
         .eht.eht_operation_information.control=4 \
         .eht.eht_operation_information.control.channel_width=4 \
         .eht.eht_operation_information.control.reserved=0 \
         .eht.eht_operation_information.ccfs0=47 .eht.eht_operation_information.ccfs1=31 \
         .eht.eht_operation_information.disabled_subchannel_bitmap=12",
    );
}

/// The names of the tables of coding schemes in a frame of a kind, whose sender can do these widths by HE.
fn tables(subtype: u8, he_widths: Option<u8>, eht: &[u8]) -> Vec<&'static str> {
    let he = he_widths.map(|widths| {
        let mut he = [0; 24];
        (he[0], he[1], he[2], he[9]) = (255, 22, 35, widths);
        he
    });
    let len = u8::try_from(eht.len()).unwrap();
    let fixed = if subtype == 0x80 { &[0; 12][..] } else { &[0; 4] };
    let he = he.as_ref().map_or(&[][..], |he| &he[..]);
    let bytes = frame([subtype, 0], &[fixed, he, &[255, len], eht]);
    let mut found = Vec::new();
    Wlan::parse(&bytes).unwrap().fields(&mut |field: Field<'_>| {
        found.extend(field.name.strip_prefix("wlan.eht.supported_eht_mcs_bss_set.eht_mcs_map_"));
        found.extend(field.name.strip_prefix("wlan.eht.ppe_"));
    });
    found
}

#[test]
fn widths_say_which_coding_schemes_there_are() {
    const BEACON: u8 = 0x80;
    const ASSOCIATION_REQUEST: u8 = 0;
    let element = |rest: usize, widest: u8, thresholds: u8| {
        let mut element = vec![0; 12 + rest];
        (element[0], element[3], element[8]) = (108, widest, thresholds);
        element
    };
    let all = ["bw_le_80_mhz", "bw_eq_160_mhz", "bw_eq_320_mhz"];
    assert_eq!(tables(BEACON, Some(0x0c), &element(9, 2, 0)), all);
    assert_eq!(tables(BEACON, Some(0x0c), &element(6, 0, 0)), all[..2]);
    assert_eq!(tables(BEACON, Some(0x04), &element(3, 0, 0)), all[..1]);
    assert_eq!(tables(BEACON, Some(0), &element(3, 0, 0)), all[..1]);
    assert_eq!(tables(ASSOCIATION_REQUEST, Some(0), &element(4, 0, 0)), ["20_mhz_only"]);
    assert_eq!(tables(BEACON, Some(4), &element(5, 0, 8)), ["bw_le_80_mhz", "thresholds"]);
    // Without HE in front, lengths decide.
    assert_eq!(tables(BEACON, None, &element(6, 0, 0)), all[..2]);
    assert_eq!(tables(BEACON, None, &element(6, 0, 8)), ["thresholds"]);
}

#[test]
fn capabilities_are_bits_of_the_standard() {
    let mut element = vec![108, 0x40, 0x30, 2, 0x20, 0x07, 0, 0xf0, 0x40, 0x7a, 0x80, 0x1f];
    element.extend([0x44, 0x22, 0x11]);
    let data = [&[255, 15], &element[..]].concat();
    let mut found = Vec::new();
    let bytes = frame([0x80, 0], &[&[0; 12], &data]);
    Wlan::parse(&bytes).unwrap().fields(&mut |Field { name, value, .. }: Field<'_>| {
        if let Some((_, name)) = name.split_once(".eht.") {
            found.push(format!("{name}={value}"));
        }
    });
    for expected in [
        "mac_capabilities.maximum_mpdu_length=1",
        "mac_capabilities.eht_link_adaptation_support=3",
        "phy_capabilities.bits_0_15.support_for_320mhz_in_6ghz=1",
        "phy_capabilities.bits_0_15.beamformee_ss_eq_320_mhz=1",
        "phy_capabilities.bits_16_31.number_of_sounding_dims_le_80_mhz=7",
        "phy_capabilities.bits_32_39.max_nc=15",
        "phy_capabilities.bits_40_63.max_num_supported_eht_ltfs=9",
        "phy_capabilities.bits_40_63.support_of_mcs_15=15",
        "phy_capabilities.bits_40_63.tb_sounding_fbck_rate_limit=1",
        "phy_capabilities.bits_64_71.20m_only_mru_support=1",
        "supported_eht_mcs_bss_set.le_80.rx_max_nss_supports_eht_mcs_0_9=4",
        "supported_eht_mcs_bss_set.le_80.tx_max_nss_supports_eht_mcs_12_13=1",
    ] {
        assert!(found.iter().any(|field| field == expected), "{expected}: {found:?}");
    }
}

#[test]
fn elements_of_802_11be_are_written_as_they_were() {
    let eht = [&[255, 15, 108, 1, 2][..], &[7; 9], &[4, 4, 4]].concat();
    let operation = b"\xff\x06\x6a\0\x44\x44\x44\x44";
    // An element that is too short for its kind.
    let short = b"\xff\x03\x6b\0\0";
    let all = [&[255, 29], BASIC, &eht, operation, short].concat();
    let found = elements(&all);
    assert!(matches!(found[1], WlanElement::EhtCapabilities { medium_access: 0x0201, .. }));
    assert!(matches!(found[2], WlanElement::EhtOperation { parameters: 0, .. }));
    assert!(matches!(found[3], WlanElement::Extended { id: 107, .. }));
    let mut out = Vec::new();
    found.iter().for_each(|element| element.encode(&mut out).unwrap());
    assert_eq!(out, all);
}
