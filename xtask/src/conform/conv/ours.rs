//! The conversations that our flows are.

use std::path::Path;

use anyhow::{Context, Result};
use rheos_core::{LinkType, Orientation, RawPacket, Side};
use rheos_flow::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowPacket, FlowRecord, FlowTracker, IpPair, MacPair,
    MacPairKey, Process, WaitedFragment,
};
use rheos_layers::{Decoder, IpProtocol, LayerType};

use super::counts::{Conversations, Way, add};

/// A table, and the ends of a flow from its initiator on.
type Named = (&'static str, [String; 2]);

/// Fragments but the first, which have no ports: tshark counts them in no conversation with ports.
#[derive(Debug, Default)]
struct Later {
    initiator: (u64, u64),
    responder: (u64, u64),
}

impl Later {
    fn note(&mut self, side: Side, wire_bytes: u64) {
        let (packets, bytes) = match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        };
        *packets += 1;
        *bytes += wire_bytes;
    }
}

impl Process for Later {
    fn process(&mut self, packet: &FlowPacket<'_>) {
        if packet.is_later_fragment {
            self.note(packet.side, packet.raw.wire_length());
        }
    }

    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        self.note(side, fragment.wire_bytes);
    }
}

/// Our conversations, of every header in a packet: tunnels, and what is in them.
pub(super) fn ours(path: &Path) -> Result<Conversations> {
    let decoder = Decoder::default();
    let mut found = Conversations::new();
    let mut eth = FlowTracker::<_, Later>::new(MacPair::new(&decoder));
    let mut ip = FlowTracker::<_, Later>::new(IpPair::new(&decoder));
    let mut ports = FlowTracker::<_, Later>::new(FiveTuple::new(&decoder));
    let mut packets = rheos_pcap::open(path).context("ours")?;
    // An error ends our packets as it ends theirs.
    while let Ok(Some(raw)) = packets.next_packet() {
        let packet = decoder.decode(raw.link_type, raw.data);
        for span in packet.own_layers() {
            let link_type = match span.layer {
                LayerType::ETHERNET => LinkType::ETHERNET,
                LayerType::IPV4 => LinkType::IPV4,
                LayerType::IPV6 => LinkType::IPV6,
                _ => continue,
            };
            // As long as the whole: tshark counts the bytes of the frame for each header in it.
            let level = RawPacket { link_type, data: packet.bytes_of(span), ..raw };
            if link_type == LinkType::ETHERNET {
                eth.track(&level, &mut |event: &FlowEvent<'_, _, _>| {
                    told(event, &mut found, |flow| Some(mac(flow)));
                });
            } else {
                ip.track(&level, &mut |event: &FlowEvent<'_, _, _>| {
                    told(event, &mut found, |flow| Some(pair(flow)));
                });
                ports.track(&level, &mut |event: &FlowEvent<'_, _, _>| {
                    told(event, &mut found, tuple);
                });
            }
        }
    }
    eth.finish(&mut |event: &FlowEvent<'_, _, _>| told(event, &mut found, |flow| Some(mac(flow))));
    ip.finish(&mut |event: &FlowEvent<'_, _, _>| told(event, &mut found, |flow| Some(pair(flow))));
    ports.finish(&mut |event: &FlowEvent<'_, _, _>| told(event, &mut found, tuple));
    Ok(found)
}

/// Adds a flow that ends, if it is in a table.
fn told<K>(
    event: &FlowEvent<'_, K, Later>,
    found: &mut Conversations,
    named: impl FnOnce(&FlowRecord<K, Later>) -> Option<Named>,
) {
    let FlowEvent::Ended { flow, .. } = event else { return };
    let Some((table, ends)) = named(flow) else { return };
    let has_ports = matches!(table, "tcp" | "udp");
    let count = |side: Side| {
        let sent = flow.stats.side(side);
        let (packets, bytes) = match side {
            _ if !has_ports => (0, 0),
            Side::Initiator => flow.user.initiator,
            Side::Responder => flow.user.responder,
        };
        let bytes = sent.wire_bytes - bytes;
        Way { packets: sent.packets - packets, bytes: bytes..=bytes }
    };
    add(found, table, ends, &count(Side::Initiator), &count(Side::Responder));
}

fn mac(flow: &FlowRecord<MacPairKey, Later>) -> Named {
    let text =
        |[a, b, c, d, e, f]: [u8; 6]| format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
    let ends = [flow.key.low, flow.key.high].map(text);
    let is_turned = flow.initiator == Orientation::Reverse;
    let [low, high] = ends;
    ("eth", if is_turned { [high, low] } else { [low, high] })
}

fn pair(flow: &FlowRecord<FiveTupleKey, Later>) -> Named {
    let (a, b) = flow.key.endpoints(flow.initiator);
    let table = if a.is_ipv4() { "ip" } else { "ipv6" };
    (table, [a, b].map(|end| end.ip().to_string()))
}

fn tuple(flow: &FlowRecord<FiveTupleKey, Later>) -> Option<Named> {
    let table = match flow.key.protocol() {
        IpProtocol::TCP => "tcp",
        IpProtocol::UDP => "udp",
        _ => return None,
    };
    let (a, b) = flow.key.endpoints(flow.initiator);
    Some((table, [a, b].map(|end| format!("{} {}", end.ip(), end.port()))))
}
