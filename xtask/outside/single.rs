//! Only what it needs: captures and flows, without decoded packets' names, streams and parsers.

use rheos_core::PacketSource;
use rheos_flow::{FiveTuple, FlowEvent, FlowTracker};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: single CAPTURE")?;
    let mut capture = rheos_pcap::open(path)?;
    let mut tracker = FlowTracker::<_>::new(FiveTuple::default());
    let mut flows = 0;
    let mut sink = |event: &FlowEvent<'_, _>| {
        flows += u32::from(matches!(event, FlowEvent::Ended { .. }));
    };
    while let Some(packet) = PacketSource::next_packet(&mut capture)? {
        tracker.track(&packet, &mut sink);
    }
    tracker.finish(&mut sink);
    println!("{flows} flows");
    Ok(())
}
