//! From packets in memory to the bytes of a capture, which go nowhere.

use std::fs::File;
use std::io;

use rheos_core::LinkType;
use rheos_pcap::{PcapNgWriter, PcapWriter};

use crate::capture::{write_pcap, write_pcapng};
use crate::{Error, Frame, Input, Job, Laps, Task, Way};

/// What takes everything and keeps nothing, with a system call for each piece all the same.
const NOWHERE: &str = "/dev/null";

/// Writing pcap.
pub(crate) fn pcap<'a>(input: &'a Input<'a>) -> Job<'a> {
    let ways = vec![
        way("rheos PcapWriter", &input.frames, |frames, laps| {
            let mut writer = PcapWriter::new(nowhere()?, LinkType::ETHERNET)?;
            for frame in frames {
                writer.write(&frame.raw())?;
                laps.packet();
            }
            Ok(writer.finish().map(drop)?)
        }),
        way("pcap-file PcapWriter", &input.frames, |frames, laps| {
            write_pcap(nowhere()?, frames, || laps.packet())
        }),
    ];
    job("write pcap", input, ways, Task::WritePcap)
}

/// Writing pcapng.
pub(crate) fn pcapng<'a>(input: &'a Input<'a>) -> Job<'a> {
    let ways = vec![
        way("rheos PcapNgWriter", &input.frames, |frames, laps| {
            let mut writer = PcapNgWriter::new(nowhere()?)?;
            for frame in frames {
                writer.write(&frame.raw())?;
                laps.packet();
            }
            Ok(writer.finish().map(drop)?)
        }),
        way("pcap-file PcapNgWriter", &input.frames, |frames, laps| {
            write_pcapng(nowhere()?, frames, || laps.packet())
        }),
    ];
    job("write pcapng", input, ways, Task::WritePcapNg)
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    mut ways: Vec<Way<'a>>,
    task: Task,
) -> Job<'a> {
    let gopacket = input.gopacket.as_ref().and_then(|go| go.files(task, &input.written.pcap));
    ways.extend(gopacket);
    Job { name, packets: input.frames.len() as u64, ways }
}

/// A writer of all frames.
fn way<'a>(
    name: &'static str,
    frames: &'a [Frame<'a>],
    write: impl Fn(&[Frame<'_>], &mut Laps) -> Result<(), Error> + 'a,
) -> Way<'a> {
    Way::new(name, move |laps| {
        write(frames, laps)?;
        laps.end();
        Ok(Some(frames.len() as u64))
    })
}

fn nowhere() -> io::Result<File> {
    File::options().write(true).open(NOWHERE)
}
