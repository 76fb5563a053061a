//! The facade: everything under one name.

use rheos::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: facade CAPTURE")?;
    let mut capture = rheos::pcap::open(path)?;
    let mut ended = 0;
    Engine::builder().build().run(&mut capture, |event: &Event<'_, _>| {
        if let EventKind::Ended { reason } = event.kind {
            ended += 1;
            println!("{} {}", event.flow.record.key, reason.as_str());
        }
    })?;
    println!("{ended} flows");
    Ok(())
}
