//! Prints what rheos takes beside its peers on the packets of a capture, as Markdown.

use std::io::{self, Write};
use std::path::PathBuf;

use rheos_benches::{CAPTURE, Capture, Error, Gopacket, Input, answers, ratios};

const USAGE: &str = "usage: compare [--quick | --rounds NUMBER] [--job WORD] [--ours] [FILE]

FILE is an Ethernet capture; without one, captures/mix.pcap, which `cargo xtask captures` makes.
--quick     two rounds: whether every way still works, not how fast it is
--rounds NUMBER  as many; 25 without it
--job WORD  only the jobs whose names have this in them
--ours      only the first way of each job, for a profiler";

/// Rounds enough for each way to meet a quiet moment of the machine.
const ROUNDS: usize = 25;
const QUICK_ROUNDS: usize = 2;

fn main() -> Result<(), Error> {
    let (mut rounds, mut file) = (ROUNDS, PathBuf::from(CAPTURE));
    let (mut word, mut only_ours) = (String::new(), false);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--quick") => rounds = QUICK_ROUNDS,
            Some("--ours") => only_ours = true,
            Some("--rounds") => {
                let given = arguments.next().and_then(|number| number.to_str()?.parse().ok());
                rounds = given.filter(|rounds| *rounds > 0).ok_or(USAGE)?;
            }
            Some("--job") => {
                let given = arguments.next().and_then(|word| word.into_string().ok());
                word = given.ok_or(USAGE)?;
            }
            Some(option) if option.starts_with('-') => return Err(USAGE.into()),
            _ => file = argument.into(),
        }
    }
    let capture = Capture::load(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut input = Input::new(&capture)?;
    let skipped = Gopacket::build().map(|gopacket| input.gopacket = Some(gopacket)).err();
    let mut jobs = input.jobs();
    jobs.retain(|job| job.name.contains(&word));
    if only_ours {
        for job in &mut jobs {
            job.ways.truncate(1);
        }
    }
    if jobs.is_empty() {
        return Err(format!("no job has {word} in its name").into());
    }
    let timings =
        jobs.iter_mut().map(|job| job.compare(rounds)).collect::<Result<Vec<_>, Error>>()?;

    let frames = &input.frames;
    let (packets, bytes) =
        (frames.len(), frames.iter().map(|frame| frame.data.len()).sum::<usize>());
    let mut out = io::stdout().lock();
    writeln!(out, "{packets} Ethernet frames, {bytes} bytes, best of {rounds} rounds")?;
    writeln!(out, "{} packets of other link types left out", capture.left_out)?;
    if let Some(error) = skipped {
        writeln!(out, "gopacket skipped: {error}")?;
    }
    let columns =
        "path | rheos ns/packet | peer | peer ns/packet | ratio | of passes | budget | met";
    writeln!(out, "\n| {columns} |\n|---|--:|---|--:|--:|--:|--:|---|")?;
    for (job, timings) in jobs.iter().zip(&timings) {
        write!(out, "{}", ratios(job, timings))?;
    }
    writeln!(out, "\n| path | way | best ns/packet | median | packets answered |")?;
    writeln!(out, "|---|---|--:|--:|--:|")?;
    for (job, timings) in jobs.iter().zip(&timings) {
        write!(out, "{}", answers(job, timings))?;
    }
    Ok(())
}
