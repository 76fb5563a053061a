//! Prints what rheos takes beside its peers on the packets of a capture, as Markdown.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::path::PathBuf;

use rheos_benches::{CAPTURE, Capture, Error, Gopacket, Input, answers, ratios};

const USAGE: &str = "usage: compare [--quick] [FILE]

FILE is an Ethernet capture; without one, captures/bench.pcap, which `cargo xtask captures` makes.
--quick  two rounds: whether every way still works, not how fast it is";

/// Rounds enough for each way to meet a quiet moment of the machine.
const ROUNDS: usize = 25;
const QUICK_ROUNDS: usize = 2;

fn main() -> Result<(), Error> {
    let (mut rounds, mut file) = (ROUNDS, PathBuf::from(CAPTURE));
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--quick") => rounds = QUICK_ROUNDS,
            Some(option) if option.starts_with('-') => return Err(USAGE.into()),
            _ => file = argument.into(),
        }
    }
    let capture = Capture::load(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut input = Input::new(&capture)?;
    let skipped = Gopacket::build().map(|gopacket| input.gopacket = Some(gopacket)).err();
    let mut jobs = input.jobs();
    let timings =
        jobs.iter_mut().map(|job| job.compare(rounds)).collect::<Result<Vec<_>, Error>>()?;

    let frames = &input.frames;
    let (packets, bytes) =
        (frames.len(), frames.iter().map(|frame| frame.data.len()).sum::<usize>());
    println!("{packets} Ethernet frames, {bytes} bytes, best of {rounds} rounds");
    println!("{} packets of other link types left out", capture.left_out);
    if let Some(error) = skipped {
        println!("gopacket skipped: {error}");
    }
    println!("\n| path | rheos ns/packet | peer | peer ns/packet | ratio | budget | met |");
    println!("|---|--:|---|--:|--:|--:|---|");
    jobs.iter().zip(&timings).for_each(|(job, timings)| print!("{}", ratios(job, timings)));
    println!("\n| path | way | best ns/packet | median | packets answered |");
    println!("|---|---|--:|--:|--:|");
    jobs.iter().zip(&timings).for_each(|(job, timings)| print!("{}", answers(job, timings)));
    Ok(())
}
