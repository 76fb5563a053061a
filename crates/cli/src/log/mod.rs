//! `rheos log`: all logs of a capture; and `rheos http` and the like: one of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rheos::core::{RawPacket, Timestamp};
use rheos::layers::Decoder;
use rheos::pcap::{OutputFile, OutputOptions};
use rheos::session::log::{
    EveRecord, FILES, FINGERPRINTS, Log, LogOptions, Logs, Record, Value, ZeekLine, fingerprints,
    ftp_data, write_footer, write_header,
};

use crate::arguments;
use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::output::Output;
use crate::time::Origin;

use files::{Files, taken};

mod csv;
mod files;
mod table;

const EXAMPLES: &str = "\
Examples:
  rheos log capture.pcap --out logs
  rheos log capture.pcap --out logs --format json
  rheos log capture.pcap --format eve | jq 'select(.event_type == \"http\")'";

/// Write the logs of a capture, with Zeek's columns: connections, and what programs say in them
///
/// There is a file for each log of which there is a record: conn.log, http.log, weird.log and so on.
/// Records of one connection have the same uid in all of them. EVE is one stream of all records, in
/// the order in which they are complete.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// The folder for the logs, which is made if it is not there; of EVE, standard output without it
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// How to write them; json is an object a line, with Zeek's names, eve has Suricata's
    #[arg(long, value_enum, default_value_t)]
    format: LogFormat,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,

    /// Write over files that are there
    #[arg(long, requires = "out")]
    force: bool,

    /// The seed of Community IDs in EVE, if all tools of a site were given one [default: 0]
    #[arg(long, value_name = "NUMBER")]
    community_seed: Option<u16>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    #[default]
    Zeek,
    Json,
    Eve,
}

/// What the commands for single protocols are told.
#[derive(Args)]
pub(crate) struct MessageArguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// How to print; json is an object a line with Zeek's names, eve has Suricata's
    #[arg(long, value_enum, default_value_t)]
    format: MessageFormat,

    /// Print only the first so many
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,

    /// The seed of Community IDs in EVE, if all tools of a site were given one [default: 0]
    #[arg(long, value_name = "NUMBER")]
    community_seed: Option<u16>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    #[default]
    Table,
    Json,
    Csv,
    Zeek,
    Eve,
}

/// Print the files in a capture that HTTP and FTP carry, and write them to a folder
///
/// A file is written under the name that its record has for it, fuid, and never under one that
/// comes from the capture. Each has its SHA-256, SHA-1 and MD5, unless bytes of it are missing.
#[derive(Args)]
pub(crate) struct FileArguments {
    #[command(flatten)]
    messages: MessageArguments,

    /// The folder to write them to, which is made if it is not there; without it they are only listed
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Bytes of a file that are written at most
    #[arg(long, value_name = "SIZE", value_parser = arguments::size, default_value = "16M")]
    max_size: u64,

    /// Write over files that are there
    #[arg(long, requires = "out")]
    force: bool,
}

/// Which packets count, and what is made of them. Only records of EVE have Community IDs.
fn options(
    verify_checksums: bool,
    is_eve: bool,
    community_seed: Option<u16>,
) -> Result<LogOptions, Error> {
    if community_seed.is_some() && !is_eve {
        return Err(Error::Usage("--community-seed goes with --format eve".to_owned()));
    }
    let mut options = LogOptions::default();
    options.conn.verify_checksums = verify_checksums;
    options.community_seed = is_eve.then_some(community_seed.unwrap_or_default());
    Ok(options)
}

impl Arguments {
    fn options(&self) -> Result<LogOptions, Error> {
        options(self.verify_checksums, self.format == LogFormat::Eve, self.community_seed)
    }
}

impl MessageArguments {
    fn options(&self) -> Result<LogOptions, Error> {
        options(self.verify_checksums, self.format == MessageFormat::Eve, self.community_seed)
    }
}

/// How a capture ended: what failed, and when its first packet came and its last.
struct Read {
    end: Option<Error>,
    origin: Origin,
    last: Timestamp,
}

/// Makes records of a capture, and hands each on in its turn, with what times count from. What fails at
/// the end of the capture comes back beside nothing lost.
fn for_each_record(
    file: &Path,
    options: LogOptions,
    mut take: impl FnMut(&Record, Origin) -> Result<Step, Error>,
) -> Result<Read, Error> {
    let mut logs = Logs::new(&Decoder::default(), options);
    let mut packets = 0_u64;
    let (mut origin, mut last) = (Origin::default(), Timestamp::default());
    let mut outcome = Ok(Step::Next);
    let mut hand_on = |outcome: &mut Result<Step, Error>, record: &Record, origin| {
        if let Ok(Step::Next) = outcome {
            *outcome = take(record, origin);
        }
    };
    let mut is_enough = false;
    let end = for_each_packet(file, |_, raw: &RawPacket<'_>| {
        packets = packets.saturating_add(1);
        origin.hear(raw);
        last = raw.timestamp;
        logs.packet(raw, &mut |record| hand_on(&mut outcome, record, origin));
        let step = std::mem::replace(&mut outcome, Ok(Step::Next))?;
        is_enough = matches!(step, Step::Stop);
        Ok(step)
    })?;
    match end {
        // Logs of nothing would only hide that nothing could be read.
        Some(error) if packets == 0 => return Err(error),
        _ if is_enough => return Ok(Read { end: None, origin, last }),
        _ => {}
    }
    // As many connections as a tracker holds may end here: each record goes on at once.
    logs.finish(&mut |record| hand_on(&mut outcome, record, origin));
    outcome?;
    Ok(Read { end, origin, last })
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let options = arguments.options()?;
    let Some(folder) = &arguments.out else {
        if arguments.format != LogFormat::Eve {
            return Err(Error::Usage(
                "--out says where the files go; only eve is one stream".into(),
            ));
        }
        return run_eve(arguments, options);
    };
    fs::create_dir_all(folder)
        .map_err(|source| Error::Create { name: folder.display().to_string(), source })?;
    let mut files = Files { folder, arguments, open: BTreeMap::new() };
    let Read { end, last, .. } = for_each_record(&arguments.file, options, |record, origin| {
        files.write(record, origin)?;
        Ok(Step::Next)
    })?;
    files.finish(end.is_none().then_some(last))?;
    end.map_or(Ok(()), Err)
}

fn run_eve(arguments: &Arguments, options: LogOptions) -> Result<(), Error> {
    let mut output = Output::new();
    let Read { end, .. } = for_each_record(&arguments.file, options, |record, _| {
        write_eve(&mut output, record)?;
        Ok(Step::Next)
    })?;
    output.flush()?;
    end.map_or(Ok(()), Err)
}

/// Writes a record as Suricata does, which tells of a transfer of FTP twice: as one, and as a file.
fn write_eve(output: &mut impl Write, record: &Record) -> Result<(), Error> {
    for record in ftp_data(record).iter().chain([record]) {
        serde_json::to_writer(&mut *output, &EveRecord(record))?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

/// Prints the records of one log.
pub(crate) fn run_messages(arguments: &MessageArguments, log: &'static Log) -> Result<(), Error> {
    print(arguments, log, arguments.options()?, |_| Ok(()))
}

/// Prints the files, and writes them.
pub(crate) fn run_files(arguments: &FileArguments) -> Result<(), Error> {
    let mut options = arguments.messages.options()?;
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)
            .map_err(|source| Error::Create { name: folder.display().to_string(), source })?;
        options.files.max_size = usize::try_from(arguments.max_size).unwrap_or(usize::MAX);
    }
    print(&arguments.messages, &FILES, options, |record| {
        let (Some(folder), Some(file)) = (&arguments.out, &record.file) else { return Ok(()) };
        let Some(Value::Text(name)) = record.get("fuid") else { return Ok(()) };
        let path = folder.join(name);
        let shown = path.display().to_string();
        let overwrite = arguments.force;
        let options = OutputOptions { overwrite, ..OutputOptions::default() };
        let created = OutputFile::create(&path, &options);
        let mut output = created.map_err(|source| taken(&shown, source))?;
        output.write_all(&file.bytes)?;
        output.finish().map_err(|source| taken(&shown, source))
    })
}

/// Says what the columns are, in formats that do: also of no records.
fn head(
    output: &mut Output,
    format: MessageFormat,
    log: &Log,
    origin: Origin,
) -> Result<(), Error> {
    match format {
        MessageFormat::Csv => csv::write_header(output, log),
        MessageFormat::Zeek => Ok(write_header(output, log, origin.start())?),
        MessageFormat::Table | MessageFormat::Json | MessageFormat::Eve => Ok(()),
    }
}

/// Prints the records of one log, and hands on each that is printed.
fn print(
    arguments: &MessageArguments,
    log: &'static Log,
    options: LogOptions,
    mut hand_on: impl FnMut(&Record) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut output = Output::new();
    let mut rows = table::Rows::new(log);
    let mut left = arguments.top.unwrap_or(usize::MAX);
    let mut is_first = true;
    let mut show = |record: &Record, origin: Origin| {
        if record.log.name != log.name {
            return Ok(Step::Next);
        }
        let Some(rest) = left.checked_sub(1) else { return Ok(Step::Stop) };
        left = rest;
        hand_on(record)?;
        if std::mem::take(&mut is_first) {
            head(&mut output, arguments.format, log, origin)?;
        }
        match arguments.format {
            MessageFormat::Table => rows.add(&mut output, record, origin)?,
            MessageFormat::Json => {
                serde_json::to_writer(&mut output, record)?;
                output.write_all(b"\n")?;
            }
            MessageFormat::Eve => {
                serde_json::to_writer(&mut output, &EveRecord(record))?;
                output.write_all(b"\n")?;
            }
            MessageFormat::Csv => csv::write(&mut output, record)?,
            MessageFormat::Zeek => writeln!(output, "{}", ZeekLine(record))?,
        }
        Ok(Step::Next)
    };
    let Read { end, origin, last } =
        for_each_record(&arguments.file, options, |record, origin| {
            if log.name != FINGERPRINTS.name {
                return show(record, origin);
            }
            for fingerprint in fingerprints(record) {
                if let Step::Stop = show(&fingerprint, origin)? {
                    return Ok(Step::Stop);
                }
            }
            Ok(Step::Next)
        })?;
    if is_first {
        head(&mut output, arguments.format, log, origin)?;
    }
    match arguments.format {
        MessageFormat::Table => rows.finish(&mut output)?,
        MessageFormat::Zeek if end.is_none() => write_footer(&mut output, last)?,
        _ => {}
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}
