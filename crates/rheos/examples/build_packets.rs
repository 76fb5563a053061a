//! Packets built, written into a capture, and read again.
//!
//! `cargo run --package rheos --example build_packets`

use std::error::Error;

use rheos::layers::{EthernetHeader, Ipv4Header, PacketBuilder, UdpHeader};
use rheos::pcap::{CaptureReader, CaptureWriter, WriteOptions};
use rheos::prelude::*;

/// Builds ten datagrams and counts them.
///
/// # Errors
///
/// None: all fits.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let ip = Ipv4Header { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ..Default::default() };
    let udp = UdpHeader { destination_port: 7777.into(), ..Default::default() };
    let stack = PacketBuilder::new(EthernetHeader::default()).ipv4(ip).udp(udp);

    let mut capture = CaptureWriter::new(Vec::new(), &WriteOptions::default())?;
    let mut bytes = Vec::new();
    for number in 0..10_u32 {
        bytes.clear();
        stack.append(&mut bytes, &number.to_be_bytes())?;
        let time = Timestamp::from_secs(i64::from(number), 0);
        capture.write(&RawPacket::new(time, LinkType::ETHERNET, &bytes))?;
    }
    let file = capture.finish()?;

    let decoder = Decoder::default();
    let mut again = CaptureReader::new(file.as_slice())?;
    let mut found = 0_u32;
    while let Some(raw) = again.next_packet()? {
        let packet = decoder.decode(raw.link_type, raw.data);
        let payload = packet.get::<Udp<'_>>().map(|udp| udp.payload.to_vec());
        assert_eq!(payload, Some(found.to_be_bytes().to_vec()));
        found = found.saturating_add(1);
    }
    assert_eq!(found, 10);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run()
}
