//! Tests of HT Control. Expected fields are what `tshark -T pdml` (4.0.17) shows of the same bytes.

use super::{LLC, check, frame};

/// The fields of `QoS` data with this control, `%` for `.htc` and `&` for a control of its list.
#[track_caller]
fn check_control(control: u32, expected: &str) {
    let bytes = frame([0x88, 0x80], &[&[0, 0], &control.to_le_bytes(), LLC]);
    let expected = expected.replace('&', ".htc.he.a_control.").replace('%', ".htc");
    check(&bytes, "wlan.qos.txop_dur_req", &expected);
}

#[test]
fn high_throughput_adapts_the_link_or_selects_antennas() {
    check_control(
        0xaa9f_d584,
        "%=2862601604 %.vht=0 %.lac=27330 %.lac.trq=0 %.lac.mai.mrq=1 %.lac.mai.msi=0 \
         %.lac.mfsi=6 %.lac.mfb=106 %.cal.pos=3 %.cal.seq=3 %.reserved1=1 \
         %.csi_steering=2 %.ndp_announcement=0 %.reserved2=21 %.ac_constraint=0 \
         %.rdg_more_ppdu=1",
    );
    check_control(
        0x4001_a05c,
        "%=1073848412 %.vht=0 %.lac=20526 %.lac.trq=0 %.lac.mai.mrq=1 %.lac.mai.msi=3 \
         %.lac.mfsi=1 %.lac.mfb=80 %.cal.pos=1 %.cal.seq=0 %.reserved1=0 \
         %.csi_steering=0 %.ndp_announcement=0 %.reserved2=0 %.ac_constraint=1 \
         %.rdg_more_ppdu=0",
    );
    check_control(
        0x00f0_f278,
        "%=15790712 %.vht=0 %.lac=31036 %.lac.trq=0 %.lac.mai.aseli=14 %.lac.mfsi=1 \
         %.lac.asel.command=1 %.lac.asel.data=15 %.cal.pos=0 %.cal.seq=0 %.reserved1=3 \
         %.csi_steering=3 %.ndp_announcement=0 %.reserved2=0 %.ac_constraint=0 \
         %.rdg_more_ppdu=0",
    );
}

#[test]
fn very_high_throughput_asks_for_feedback_or_gives_it() {
    check_control(
        0x0001_007d,
        "%=65661 %.vht=1 %.he=0 %.mrq=1 %.msi=7 %.mfsi=1 %.mfb=128 %.num_sts=0 \
         %.vht_mcs=0 %.bw=1 %.snr=0 %.gid_h=0 %.coding_type=0 %.fb_tx_type=0 \
         %.unsolicited_mfb=0 %.ac_constraint=0 %.rdg_more_ppdu=0",
    );
    check_control(
        0x3b9f_c015,
        "%=1000325141 %.vht=1 %.he=0 %.mrq=1 %.compressed_msi=2 %.ppdu_stbc_encoded=0 \
         %.gid_l=0 %.mfb=20448 %.num_sts=0 %.vht_mcs=12 %.bw=3 %.snr=-25 %.gid_h=3 \
         %.coding_type=1 %.fb_tx_type=1 %.unsolicited_mfb=1 %.ac_constraint=0 \
         %.rdg_more_ppdu=0",
    );
    check_control(
        0xe0fc_fe3d,
        "%=3774676541 %.vht=1 %.he=0 %.mrq=1 %.msi_stbc_reserved=7 %.gid_l=0 \
         %.mfb=32383 %.num_sts=7 %.vht_mcs=15 %.bw=0 %.snr=-1 %.reserved3=0 \
         %.unsolicited_mfb=1 %.ac_constraint=1 %.rdg_more_ppdu=1",
    );
}

#[test]
fn high_efficiency_has_one_control_that_fills_the_list() {
    check_control(
        0x5569_6943,
        "%=1432971587 %.vht=1 %.he=1 &ctrl_id=0 &umrs.he_tb_ppdu_len=5 \
         &umrs.ru_allocation=45 &umrs.dl_tx_power=13 &umrs.ul_target_rssi=21 \
         &umrs.ul_mcs=2 &umrs.reserved=0",
    );
    check_control(
        0xa970_dacb,
        "%=2842745547 %.vht=1 %.he=1 &ctrl_id=2 &hla.unsolicited_mfb=1 &hla.mrq=1 \
         &hla.NSS=2 &hla.he_mcs=11 &hla.dcm=1 &hla.ru=112 &hla.bw=1 \
         &hla.msi_ppdu_type=2 &hla.tx_bf=1 &hla.reserved=2",
    );
    check_control(
        0x74b0_ed4f,
        "%=1957752143 %.vht=1 %.he=1 &ctrl_id=3 &bsr.aci_bitmap=5 &bsr.delta_tid=3 \
         &bsr.aci_high=2 &bsr.scaling_factor=3 &bsr.queue_size_high=176 \
         &bsr.queue_size_all=116",
    );
}

#[test]
fn high_efficiency_has_controls_one_behind_the_other() {
    check_control(
        0x1e90_e987,
        "%=512813447 %.vht=1 %.he=1 &ctrl_id=1 &om.rx_nss=6 &om.channel_width=0 \
         &om.ul_mu_disable=1 &om.tx_nsts=6 &om.reserved=1 &ctrl_id=4 \
         &uph.ul_power_headroom=26 &uph.min_transmit_power_flag=1 &uph.reserved=1",
    );
    check_control(
        0x014d_895b,
        "%=21858651 %.vht=1 %.he=1 &ctrl_id=6 &cci.ac_constraint=1 &cci.rdg_more_ppdu=0 \
         &cci.sr_ppdu_indic=1 &cci.reserved=4 &ctrl_id=6 &cci.ac_constraint=1 \
         &cci.rdg_more_ppdu=1 &cci.sr_ppdu_indic=0 &cci.reserved=10 &padding=0",
    );
    check_control(
        0x0000_095f,
        "%=2399 %.vht=1 %.he=1 &ctrl_id=7 &eht_om.rx_nss_ext=1 &eht_om.chan_w_ext=0 \
         &eht_om.tx_nsts_ext=1 &eht_om.reserved=4 &padding=0",
    );
    check_control(
        0x0123_115f,
        "%=19075423 %.vht=1 %.he=1 &ctrl_id=7 &eht_om.rx_nss_ext=1 &eht_om.chan_w_ext=0 \
         &eht_om.tx_nsts_ext=1 &eht_om.reserved=0 &ctrl_id=1 &om.rx_nss=3 \
         &om.channel_width=0 &om.ul_mu_disable=1 &om.tx_nsts=4 &om.reserved=0",
    );
    check_control(
        0x0000_6963,
        "%=26979 %.vht=1 %.he=1 &ctrl_id=8 &srs.ppdu_resp_dur=165 &srs.reserved=1 \
         &padding=0",
    );
}

#[test]
fn what_is_behind_an_unknown_control_is_not_told() {
    check_control(0x0000_056f, "%=1391 %.vht=1 %.he=1 &ctrl_id=11");
}
