//! `rheos diff`: what is other in one capture than in another.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::layers::Decoder;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::input::{Input, Step as Next, for_each_packet};
use crate::output::Output;

mod align;
mod change;

use align::{Print, Step, align};
use change::Change;

/// What diff(1) ends with where files differ.
const DIFFERENT: u8 = 1;
/// What it ends with where they cannot be compared.
const TROUBLE: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  rheos diff before.pcapng after.pcapng
  rheos diff a.pcap b.pcap --ignore-time --ignore ip.ttl --ignore ip.checksum

Ends with status 0 where nothing differs, 1 where something does, and 2 where that cannot be told.";

/// Say which packets of a capture are other, gone or new in another
///
/// Packets are known again by their bytes, and where those differ by their time or their place. A
/// line a packet: - is only in the first, + only in the second, ~ differs: by which fields, in the
/// names of rheos dump -v. `frame.*` is what the capture says.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A capture; not standard input, as it is read twice
    a: PathBuf,

    /// Another
    b: PathBuf,

    /// Let times differ
    #[arg(long)]
    ignore_time: bool,

    /// Let a field differ, wherever it is, or all of a layer by its name
    #[arg(long, value_name = "FIELD", value_parser = NonEmptyStringValueParser::new())]
    ignore: Vec<String>,

    /// How to print; json is an object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Compares, and says so by the status.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    if [&arguments.a, &arguments.b].iter().any(|name| name.as_os_str() == "-") {
        let message = "a capture is read twice to be compared: give it a file, not standard input";
        return Err(Error::Usage(message.to_owned()));
    }
    let (a, b) = (prints(&arguments.a)?, prints(&arguments.b)?);
    let steps = align(&a, &b);
    drop((a, b));
    let mut pair = Pair { a: Side::open(&arguments.a)?, b: Side::open(&arguments.b)? };
    let decoder = Decoder::default();
    let mut output = Output::new();
    let mut is_different = false;
    for step in steps {
        let change = pair.change(step, arguments, &decoder)?;
        for change in change.into_iter().flatten() {
            is_different = true;
            match arguments.format {
                Format::Text => change.write(&mut output)?,
                Format::Json => {
                    serde_json::to_writer(&mut output, &change)?;
                    writeln!(output)?;
                }
            }
        }
    }
    output.flush()?;
    Ok(if is_different { ExitCode::from(DIFFERENT) } else { ExitCode::SUCCESS })
}

/// The status of a comparison that failed.
pub(crate) fn trouble() -> ExitCode {
    ExitCode::from(TROUBLE)
}

/// What is compared of each packet.
fn prints(path: &Path) -> Result<Vec<Print>, Error> {
    let mut prints = Vec::new();
    let end = for_each_packet(path, |_, packet| {
        let mut hash = Sha256::new();
        hash.update(packet.link_type.0.to_be_bytes());
        hash.update(packet.original_length.to_be_bytes());
        hash.update(packet.data);
        let hash = hash.finalize().first_chunk().copied().unwrap_or_default();
        let time = packet.timestamp.as_nanos();
        prints.push(Print { hash: u128::from_be_bytes(hash), time });
        Ok(Next::Next)
    })?;
    // What is behind an error is not compared, so the answer would be none.
    end.map_or(Ok(prints), Err)
}

/// A packet of its own.
#[derive(Clone, Debug)]
struct Held {
    number: u64,
    time: Timestamp,
    link_type: LinkType,
    original_length: u32,
    data: Vec<u8>,
}

/// A capture that is read again, packet by packet.
struct Side {
    input: Input,
    number: u64,
}

impl Side {
    fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { input: Input::open(path)?, number: 0 })
    }

    fn next(&mut self) -> Result<Held, Error> {
        let changed = Error::Ask(format!("{} has changed while it was read", self.input.name()));
        let Some(packet) = self.input.next_packet()? else { return Err(changed) };
        self.number = self.number.saturating_add(1);
        let RawPacket { timestamp: time, link_type, original_length, data, .. } = packet;
        let (number, data) = (self.number, data.to_vec());
        Ok(Held { number, time, link_type, original_length, data })
    }
}

/// Both captures.
struct Pair {
    a: Side,
    b: Side,
}

impl Pair {
    /// What a step of the alignment comes down to, now that the bytes are there.
    fn change(
        &mut self,
        step: Step,
        arguments: &Arguments,
        decoder: &Decoder,
    ) -> Result<[Option<Change>; 2], Error> {
        Ok(match step {
            Step::Removed(_) => [Some(Change::removed(&self.a.next()?, decoder)), None],
            Step::Added(_) => [Some(Change::added(&self.b.next()?, decoder)), None],
            Step::Same(..) | Step::Pair(..) => {
                let (a, b) = (self.a.next()?, self.b.next()?);
                if matches!(step, Step::Pair(..)) && !change::is_alike(&a, &b, decoder) {
                    let gone = Change::removed(&a, decoder);
                    return Ok([Some(gone), Some(Change::added(&b, decoder))]);
                }
                let is_ignored = |name: &str| {
                    let mut names = arguments.ignore.iter();
                    arguments.ignore_time && name == change::TIME
                        || names.any(|ignored| {
                            let rest = name.strip_prefix(ignored.as_str());
                            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                        })
                };
                [Change::between(&a, &b, decoder, is_ignored), None]
            }
        })
    }
}
