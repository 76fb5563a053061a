//! Every packet of a capture with a VLAN tag pushed and a lower TTL, its checksums put right.
//!
//! `cargo run --package rheos --example edit_packets -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::layers::{EtherType, Fix, Ipv4Header, PacketMut, VlanHeader};
use rheos::prelude::*;

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Edits the packets, and prints how many it could.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let decoder = Decoder::default();
    let mut edited = 0_u64;
    while let Some(raw) = capture.next_packet()? {
        let mut packet = PacketMut::new(&decoder, raw.link_type, raw.data);
        let Some(ip) = packet.header_mut::<Ipv4Header>() else { continue };
        ip.ttl = ip.ttl.saturating_sub(1);
        let mut tag = VlanHeader::default();
        tag.set_id(42);
        packet.insert(1, &tag)?;
        packet.fix(Fix::all())?;
        let packet = packet.decoded();
        let vlan = packet.get::<Vlan<'_>>().ok_or("the tag is there")?;
        assert_eq!((vlan.id(), vlan.ether_type()), (42, Some(EtherType::IPV4)));
        edited = edited.saturating_add(1);
    }
    println!("{edited} packets edited");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
