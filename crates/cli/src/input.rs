//! Captures by name, with a progress bar for those that take a while.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rheos::core::RawPacket;
use rheos::pcap::{self, CaptureReader};

use crate::error::Error;

/// Smaller files are read before a bar could be seen.
const MIN_BYTES_FOR_BAR: u64 = 100_000_000;

/// Reads every packet of a capture, until `take` has had enough. `-` is standard input.
///
/// What fails at the end of the capture comes back beside nothing lost: every packet before it was
/// taken.
pub(crate) fn for_each_packet(
    name: &PathBuf,
    mut take: impl FnMut(u64, &RawPacket<'_>) -> Result<Step, Error>,
) -> Result<Option<Error>, Error> {
    let input = |source| Error::Input { name: name.display().to_string(), source };
    let bar = ProgressBar::hidden();
    let mut capture = match open(name, &bar) {
        Ok(capture) => capture,
        Err(source) => return Ok(Some(input(source))),
    };
    let mut number = 0_u64;
    let end = loop {
        match capture.next_packet() {
            Ok(Some(packet)) => {
                number = number.saturating_add(1);
                if let Step::Stop = take(number, &packet)? {
                    break None;
                }
            }
            Ok(None) => break None,
            Err(source) => break Some(input(source)),
        }
    };
    bar.finish_and_clear();
    Ok(end)
}

/// Whether to go on.
pub(crate) enum Step {
    Next,
    Stop,
}

fn open(name: &PathBuf, bar: &ProgressBar) -> Result<CaptureReader<Box<dyn Read>>, pcap::Error> {
    if name.as_os_str() == "-" {
        return CaptureReader::new(Box::new(io::stdin().lock()));
    }
    let opened = File::open(name).and_then(|file| Ok((file.metadata()?, file)));
    match opened {
        Ok((data, file)) if data.is_file() && data.len() >= MIN_BYTES_FOR_BAR => {
            if io::stderr().is_terminal() {
                show(bar, data.len());
            }
            CaptureReader::new(Box::new(bar.wrap_read(file)))
        }
        Ok((data, file)) if !data.is_dir() => CaptureReader::new(Box::new(file)),
        Ok(_) => Err(pcap::Error::Open {
            path: name.clone(),
            source: io::ErrorKind::IsADirectory.into(),
        }),
        Err(source) => Err(pcap::Error::Open { path: name.clone(), source }),
    }
}

fn show(bar: &ProgressBar, bytes: u64) {
    let template = "{bar:40} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_length(bytes);
    bar.set_draw_target(ProgressDrawTarget::stderr());
}
