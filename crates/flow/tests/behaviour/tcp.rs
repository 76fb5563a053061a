//! Flows of TCP: their states as events, and which segments belong to which flow.

use rheos_core::Side;
use rheos_flow::FlowState;

use crate::packets::*;

/// A lab in which a connection was opened and closed.
fn closed() -> Lab {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(10, Back, SYN | ACK, 500);
    lab.tcp(20, There, ACK, 101);
    lab.tcp(30, There, FIN | ACK, 101);
    lab.tcp(40, Back, FIN | ACK, 501);
    lab.tcp(50, There, ACK, 102);
    lab
}

#[test]
fn a_conversation_reports_each_step_before_its_packet() {
    let mut lab = closed();
    lab.check(&[
        "0.0 started by initiator",
        "0.0 active to syn_sent",
        "0.0 packet of initiator, 40",
        "0.0 syn_sent to syn_received",
        "0.0 packet of responder, 40",
        "0.0 established",
        "0.0 packet of initiator, 40",
        "0.0 established to fin_wait",
        "0.0 packet of initiator, 40",
        "0.0 fin_wait to closing_tcp",
        "0.0 packet of responder, 40",
        "0.0 closing_tcp to closed",
        "0.0 packet of initiator, 40",
    ]);
    let history = lab.tracker.flows().next().unwrap().1.history;
    assert_eq!(history.as_str(), "SsFf");
    lab.sweep(12_000);
    lab.check(&["0.0 ended: fin"]);
}

#[test]
fn what_comes_late_to_a_closed_flow_starts_no_new_one() {
    let mut lab = closed();
    lab.skip();
    lab.tcp(60, Back, ACK, 502);
    lab.tcp(70, Back, FIN | ACK, 501);
    lab.tcp(80, There, RST, 102);
    lab.check(&[
        "0.0 packet of responder, 40",
        "0.0 packet of responder, 40",
        "0.0 packet of initiator, 40",
    ]);
    lab.finish();
    lab.check(&["0.0 ended: fin"]);
}

#[test]
fn ports_used_again_after_the_close_are_another_flow() {
    for (way, expected) in [(There, "10.0.0.1:40000"), (Back, "10.0.0.2:80")] {
        let mut lab = closed();
        lab.skip();
        lab.tcp(100, way, SYN, 70_000);
        lab.check(&[
            "0.0 ended: fin",
            "0.1 started by initiator",
            "0.1 active to syn_sent",
            "0.1 packet of initiator, 40",
        ]);
        let flow = lab.tracker.flows().next().unwrap().1;
        assert_eq!(flow.key.endpoints(flow.initiator).0.to_string(), expected);
    }
}

#[test]
fn a_syn_sent_again_is_of_the_same_flow() {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(1000, There, SYN, 100);
    lab.tcp(3000, There, SYN, 100);
    assert_eq!(lab.counts(Side::Initiator)[0], 3);
    // Even behind the end, where the network held it back.
    let mut lab = closed();
    lab.skip();
    lab.tcp(60, There, SYN, 100);
    lab.check(&["0.0 packet of initiator, 40"]);
}

#[test]
fn a_refused_connection_that_is_tried_again_is_two_flows() {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(1, Back, RST | ACK, 0);
    lab.tcp(500, There, SYN, 9000);
    lab.tcp(501, Back, RST | ACK, 0);
    lab.finish();
    lab.check(&[
        "0.0 started by initiator",
        "0.0 active to syn_sent",
        "0.0 packet of initiator, 40",
        "0.0 syn_sent to reset",
        "0.0 packet of responder, 40",
        "0.0 ended: rst",
        "0.1 started by initiator",
        "0.1 active to syn_sent",
        "0.1 packet of initiator, 40",
        "0.1 syn_sent to reset",
        "0.1 packet of responder, 40",
        "0.1 ended: rst",
    ]);
}

#[test]
fn a_capture_that_starts_with_the_answer_knows_who_asked() {
    let mut lab = Lab::new();
    lab.tcp(0, Back, SYN | ACK, 500);
    lab.tcp(1, There, ACK, 101);
    lab.check(&[
        "0.0 started by responder",
        "0.0 active to syn_received",
        "0.0 packet of responder, 40",
        "0.0 established",
        "0.0 packet of initiator, 40",
    ]);
    let flow = lab.tracker.flows().next().unwrap().1;
    assert!(flow.is_flipped);
    assert_eq!(flow.key.endpoints(flow.initiator).0.to_string(), "10.0.0.1:40000");
    assert_eq!(flow.history.as_str(), "s");
}

#[test]
fn a_flow_picked_up_in_the_middle_ends_by_its_fins() {
    let mut lab = Lab::new();
    lab.tcp(0, Back, ACK, 500);
    lab.tcp(1, There, FIN | ACK, 100);
    lab.tcp(2, Back, FIN | ACK, 500);
    lab.tcp(3, There, ACK, 101);
    lab.finish();
    lab.check(&[
        "0.0 started by initiator",
        "0.0 packet of initiator, 40",
        "0.0 active to fin_wait",
        "0.0 packet of responder, 40",
        "0.0 fin_wait to closing_tcp",
        "0.0 packet of initiator, 40",
        "0.0 closing_tcp to closed",
        "0.0 packet of responder, 40",
        "0.0 ended: fin",
    ]);
}

#[test]
fn payload_is_what_ip_says_less_both_headers() {
    let mut lab = Lab::new();
    let mut packet = ipv4(There, TCP, &segment(There, ACK, 1, 12));
    // Twelve bytes of options where payload was.
    packet[32] = 0x80;
    lab.ip(0, &packet);
    assert_eq!(lab.counts(Side::Initiator), [1, 52, 52, 0]);
    lab.ip(1, &ipv4(Back, TCP, &segment(Back, ACK, 1, 1000))[..44]);
    assert_eq!(lab.counts(Side::Responder), [1, 44, 1040, 1000]);
}

#[test]
fn a_header_cut_behind_its_ports_still_counts() {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.skip();
    lab.ip(1, &ipv4(Back, TCP, &segment(Back, SYN | ACK, 1, 0))[..24]);
    lab.check(&["0.0 packet of responder, 24"]);
    assert!(lab.ip(2, &ipv4(Back, TCP, &segment(Back, SYN | ACK, 1, 0))[..23]).is_none());
}

#[test]
fn a_fin_carries_the_last_payload() {
    let mut lab = Lab::new();
    lab.tcp(0, There, ACK, 100);
    lab.skip();
    lab.ip(1, &ipv4(There, TCP, &segment(There, FIN | ACK, 100, 5)));
    lab.check(&["0.0 active to fin_wait", "0.0 packet of initiator, 45"]);
    assert_eq!(lab.counts(Side::Initiator), [2, 85, 85, 5]);
    assert_eq!(lab.tracker.flows().next().unwrap().1.history.as_str(), "FD");
}

#[test]
fn ports_used_again_before_the_close_are_another_flow() {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(10, Back, SYN | ACK, 500);
    lab.tcp(20, There, ACK, 101);
    lab.skip();
    lab.tcp(5000, There, SYN, 70_000);
    lab.check(&[
        "0.0 ended: port_reuse",
        "0.1 started by initiator",
        "0.1 active to syn_sent",
        "0.1 packet of initiator, 40",
    ]);
    // In the middle of a connection whose start nobody saw.
    let mut lab = Lab::new();
    lab.tcp(0, There, ACK, 100);
    lab.skip();
    lab.tcp(1, There, SYN, 70_000);
    assert_eq!(lab.take()[0], "0.0 ended: port_reuse");
}

/// Microsoft's KB 175523: behind a refusal Winsock waits for a timeout, and asks again.
#[test]
fn a_client_that_was_refused_may_ask_again_with_the_same_number() {
    let refused = || {
        let mut lab = Lab::new();
        lab.tcp(0, There, SYN, 100);
        lab.ip(1, &ipv4(Back, TCP, &segment_with(Back, RST | ACK, 0, 101, 0)));
        lab.skip();
        lab
    };
    let mut lab = refused();
    lab.tcp(501, There, SYN, 100);
    lab.tcp(502, Back, SYN | ACK, 500);
    lab.tcp(503, There, ACK, 101);
    let said = lab.take();
    assert_eq!(said[0], "0.0 ended: rst");
    assert!(said.contains(&"0.1 established".to_owned()), "{said:?}");
    // A copy of the first comes earlier.
    let mut lab = refused();
    lab.tcp(50, There, SYN, 100);
    lab.check(&["0.0 packet of initiator, 40"]);
    // And behind a handshake there was more than a refusal.
    let mut lab = established();
    lab.ip(50, &ipv4(There, TCP, &segment_with(There, RST, 1101, 0, 0)));
    lab.skip();
    lab.tcp(5000, There, SYN, 100);
    lab.check(&["0.0 packet of initiator, 40"]);
}

#[test]
fn a_syn_behind_its_answer_is_of_the_same_flow() {
    let mut lab = Lab::new();
    lab.tcp(0, Back, SYN | ACK, 500);
    lab.tcp(0, There, SYN, 100);
    lab.tcp(1, There, ACK, 101);
    assert_eq!(lab.tracker.stats().started, 1);
    // And so is one that crosses another.
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(0, Back, SYN, 500);
    assert_eq!(lab.tracker.stats().started, 1);
}

/// A connection on which the initiator has sent 1000 bytes, all acknowledged. The window is 256.
fn established() -> Lab {
    let mut lab = Lab::new();
    lab.tcp(0, There, SYN, 100);
    lab.tcp(10, Back, SYN | ACK, 500);
    lab.tcp(20, There, ACK, 101);
    lab.ip(30, &ipv4(There, TCP, &segment_with(There, ACK, 101, 501, 1000)));
    lab.ip(40, &ipv4(Back, TCP, &segment_with(Back, ACK, 501, 1101, 0)));
    lab.skip();
    lab
}

#[test]
fn a_blind_reset_does_not_end_a_flow() {
    let mut lab = established();
    // The window is 256.
    for sequence in [1101 + 257, 101, 900_000] {
        lab.ip(50, &ipv4(There, TCP, &segment_with(There, RST, sequence, 0, 0)));
        lab.check(&["0.0 packet of initiator, 40"]);
    }
    lab.ip(60, &ipv4(There, TCP, &segment_with(There, RST, 1101, 0, 0)));
    lab.check(&["0.0 established to reset", "0.0 packet of initiator, 40"]);
}

#[test]
fn blind_fins_of_both_sides_do_not_end_a_flow() {
    let mut lab = established();
    lab.ip(50, &ipv4(Back, TCP, &segment_with(Back, FIN | ACK, 800_501, 1101, 0)));
    lab.check(&["0.0 packet of responder, 40"]);
    lab.ip(60, &ipv4(There, TCP, &segment_with(There, FIN | ACK, 801_101, 501, 0)));
    lab.check(&["0.0 packet of initiator, 40"]);
    lab.ip(70, &ipv4(Back, TCP, &segment_with(Back, ACK, 800_502, 1101, 0)));
    lab.check(&["0.0 packet of responder, 40"]);
    // What they go on to say is of the same flow, and it closes when they do.
    lab.ip(80, &ipv4(There, TCP, &segment_with(There, FIN | ACK, 1101, 501, 7)));
    lab.check(&["0.0 established to fin_wait", "0.0 packet of initiator, 47"]);
    assert_eq!(lab.tracker.stats().started, 1);
}

#[test]
fn a_syn_may_carry_data() {
    let mut lab = Lab::new();
    lab.ip(0, &ipv4(There, TCP, &segment(There, SYN, 100, 7)));
    lab.ip(1, &ipv4(Back, TCP, &segment_with(Back, SYN | ACK, 500, 108, 0)));
    lab.ip(2, &ipv4(There, TCP, &segment_with(There, ACK, 108, 501, 0)));
    assert_eq!(lab.counts(Side::Initiator), [2, 87, 87, 7]);
    assert_eq!(lab.tracker.flows().next().unwrap().1.history.as_str(), "SDs");
}

#[test]
fn a_forged_refusal_ends_no_flow_and_makes_no_second() {
    for (flags, acknowledgment) in [(RST, 0), (RST | ACK, 1_000_000_101)] {
        let mut lab = Lab::new();
        lab.tcp(0, There, SYN, 100);
        lab.ip(1, &ipv4(Back, TCP, &segment_with(Back, flags, 0, acknowledgment, 0)));
        lab.tcp(2, Back, SYN | ACK, 500);
        lab.tcp(3, There, ACK, 101);
        lab.tcp(4, There, FIN | ACK, 101);
        lab.tcp(5, Back, FIN | ACK, 501);
        lab.tcp(6, There, ACK, 102);
        lab.finish();
        assert_eq!(lab.take().last().unwrap(), "0.0 ended: fin");
        assert_eq!(lab.tracker.stats().started, 1);
    }
}

#[test]
fn a_blind_ack_neither_lets_a_blind_reset_in_nor_keeps_a_true_one_out() {
    let mut lab = established();
    lab.ip(50, &ipv4(There, TCP, &segment_with(There, ACK, 3_000_000_000, 2_000_000_000, 0)));
    lab.ip(60, &ipv4(Back, TCP, &segment_with(Back, RST, 2_000_000_000, 0, 0)));
    lab.check(&["0.0 packet of initiator, 40", "0.0 packet of responder, 40"]);
    lab.ip(70, &ipv4(Back, TCP, &segment_with(Back, RST | ACK, 501, 1101, 0)));
    lab.check(&["0.0 established to reset", "0.0 packet of responder, 40"]);
}

/// A capture of one direction, as asymmetric routes and mirrors of one port give.
#[test]
fn a_fin_or_reset_at_the_next_number_is_believed_whatever_the_other_side_acknowledged() {
    for (flags, state) in [(FIN | ACK, FlowState::FinWait), (RST | ACK, FlowState::Reset)] {
        let mut lab = established();
        for number in 0..700 {
            let packet = segment_with(Back, ACK, 501 + number * 1000, 1101, 1000);
            lab.ip(50, &ipv4(Back, TCP, &packet));
        }
        lab.ip(60, &ipv4(Back, TCP, &segment_with(Back, flags, 700_501, 1101, 0)));
        assert_eq!(lab.tracker.flows().next().unwrap().1.state, state);
    }
}
