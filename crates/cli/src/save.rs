//! Captures that are written: under their name once they are whole, in the format that is asked for.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use rheos::core::{LinkType, RawPacket};
use rheos::pcap::{
    self, Block, ByteOrder, Compression, InterfaceDescription, OutputFile, OutputOptions,
    PcapNgOptions, PcapNgWriter, PcapOptions, PcapWriter, Resolution, Section,
};

use crate::error::Error;

/// How a capture is written, as every command that writes one is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct SaveArguments {
    /// The format, if the name of the file does not say it: .pcap is pcap, all else is pcapng.
    /// Behind either, .gz, .zst, .lz4 and .xz compress
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<SaveFormat>,

    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SaveFormat {
    /// One link type, no comments, read by everything
    Pcap,
    /// Interfaces, comments, names, secrets
    Pcapng,
}

impl SaveArguments {
    /// The format of a file of this name.
    pub(crate) fn format_of(&self, path: &Path) -> SaveFormat {
        self.to.unwrap_or(match pcap::Format::from_path(path) {
            Some(pcap::Format::Pcap) => SaveFormat::Pcap,
            _ => SaveFormat::Pcapng,
        })
    }
}

/// A capture that is being written. Dropped before its [`finish`](Self::finish), it leaves nothing.
pub(crate) struct Saver {
    name: String,
    state: State,
    /// The resolution of what has none of its own, and of pcap.
    resolution: Option<Resolution>,
}

enum State {
    /// A pcap file, whose header waits for the first packet. The target is taken only to be put
    /// into what comes next.
    Waiting(Option<Target>, Header),
    Pcap(PcapWriter<Target>),
    PcapNg {
        writer: Box<PcapNgWriter<Target>>,
        has_section: bool,
    },
}

/// What is known of a pcap file before its first packet.
#[derive(Clone, Copy)]
struct Header {
    link_type: Option<LinkType>,
    resolution: Option<Resolution>,
    snap_length: u32,
}

/// Where the bytes go.
#[derive(Debug)]
enum Target {
    File(Box<OutputFile>),
    /// A file that has no name.
    Unnamed(File),
    Stdout(io::Stdout),
}

impl Write for Target {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Unnamed(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Unnamed(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

impl Saver {
    /// Starts a capture; `-` is standard output.
    pub(crate) fn create(
        path: &Path,
        arguments: &SaveArguments,
        resolution: Option<Resolution>,
    ) -> Result<Self, Error> {
        let name = path.display().to_string();
        let format = arguments.format_of(path);
        if let (SaveFormat::Pcap, Some(ticks)) = (format, resolution)
            && ![Resolution::MICROSECOND, Resolution::NANOSECOND].contains(&ticks)
        {
            return Err(Error::Usage(format!("pcap has no ticks of {ticks}: it has us and ns")));
        }
        let target = if path.as_os_str() == "-" {
            Target::Stdout(io::stdout())
        } else {
            let options = OutputOptions {
                overwrite: arguments.force,
                compression: Compression::from_path(path),
                ..OutputOptions::default()
            };
            let created = OutputFile::create(path, &options);
            Target::File(Box::new(created.map_err(|source| taken(&name, source))?))
        };
        let state = match format {
            SaveFormat::Pcap => {
                let header = Header { link_type: None, resolution: None, snap_length: 0 };
                State::Waiting(Some(target), header)
            }
            SaveFormat::Pcapng => Self::blocks(target, &name, resolution)?,
        };
        Ok(Self { name, state, resolution })
    }

    /// Starts a pcapng capture in a file that has no name.
    pub(crate) fn unnamed(file: File) -> Result<Self, Error> {
        let name = "a piece of the capture".to_owned();
        let state = Self::blocks(Target::Unnamed(file), &name, None)?;
        Ok(Self { name, state, resolution: None })
    }

    fn blocks(target: Target, name: &str, resolution: Option<Resolution>) -> Result<State, Error> {
        let section = own_section(name)?;
        let options = PcapNgOptions { section, ..PcapNgOptions::default() };
        let options = match resolution {
            Some(resolution) => PcapNgOptions { resolution, ..options },
            None => options,
        };
        let writer = Box::new(PcapNgWriter::without_section(target, options));
        Ok(State::PcapNg { writer, has_section: false })
    }

    /// Whether blocks are kept that are no packets.
    pub(crate) fn has_blocks(&self) -> bool {
        matches!(self.state, State::PcapNg { .. })
    }

    /// Writes a block, if the format has any, and the packet in it, if there is one.
    pub(crate) fn block(
        &mut self,
        block: &Block<'_>,
        packet: Option<&RawPacket<'_>>,
    ) -> Result<(), Error> {
        self.start_section(block)?;
        match (&mut self.state, block, packet) {
            (State::PcapNg { writer, .. }, block, _) => {
                writer.write_block(block).map_err(|source| failed(&self.name, source))
            }
            (State::Waiting(_, header), Block::Interface(interface), _) => {
                if header.resolution.is_none() {
                    header.link_type = Some(interface.link_type);
                    header.resolution = Some(interface.resolution());
                }
                // The longest of several; without limit, if one is.
                header.snap_length = header.snap_length.max(interface.snap_length);
                Ok(())
            }
            (_, _, Some(packet)) => self.packet(packet),
            _ => Ok(()),
        }
    }

    /// Declares an interface, and returns the number of its packets.
    pub(crate) fn declare(&mut self, interface: &InterfaceDescription<'_>) -> Result<u32, Error> {
        if let State::PcapNg { writer, has_section } = &mut self.state {
            if !*has_section {
                let section = own_section(&self.name)?;
                let written = writer.write_block(&Block::Section(section));
                written.map_err(|source| failed(&self.name, source))?;
                *has_section = true;
            }
            return writer.declare(interface).map_err(|source| failed(&self.name, source));
        }
        self.block(&Block::Interface(interface.clone()), None)?;
        Ok(0)
    }

    /// Writes a packet, in pcapng of an interface that is made up for it unless it was declared.
    pub(crate) fn packet(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        if let State::Waiting(..) = self.state {
            self.start_pcap(packet.link_type)?;
        }
        let written = match &mut self.state {
            State::Pcap(writer) => writer.write(packet),
            State::PcapNg { writer, has_section } => {
                if !*has_section {
                    let section = own_section(&self.name)?;
                    let written = writer.write_block(&Block::Section(section));
                    written.map_err(|source| failed(&self.name, source))?;
                    *has_section = true;
                }
                writer.write(packet)
            }
            State::Waiting(..) => Ok(()),
        };
        written.map_err(|source| failed(&self.name, source))
    }

    /// Gives the file its name, all of it at once.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if let State::Waiting(_, header) = self.state {
            self.start_pcap(header.link_type.unwrap_or(LinkType::ETHERNET))?;
        }
        if let State::PcapNg { has_section: false, .. } = self.state {
            self.block(&Block::Section(own_section(&self.name)?), None)?;
        }
        let target = match self.state {
            // Its header could not be written, which has been told.
            State::Waiting(..) => return Ok(()),
            State::Pcap(writer) => writer.finish(),
            State::PcapNg { writer, .. } => writer.finish(),
        };
        match target.map_err(|source| failed(&self.name, source))? {
            Target::File(file) => file.finish().map_err(|source| taken(&self.name, source)),
            Target::Unnamed(_) => Ok(()),
            Target::Stdout(mut stdout) => Ok(stdout.flush()?),
        }
    }

    /// Puts a section in front of the first block that is none.
    fn start_section(&mut self, block: &Block<'_>) -> Result<(), Error> {
        let State::PcapNg { writer, has_section } = &mut self.state else { return Ok(()) };
        if !*has_section && !matches!(block, Block::Section(_)) {
            let section = Block::Section(own_section(&self.name)?);
            writer.write_block(&section).map_err(|source| failed(&self.name, source))?;
        }
        *has_section = true;
        Ok(())
    }

    fn start_pcap(&mut self, link_type: LinkType) -> Result<(), Error> {
        let State::Waiting(target, header) = &mut self.state else { return Ok(()) };
        let (Some(target), header) = (target.take(), *header) else { return Ok(()) };
        let resolution = self.resolution.or(header.resolution.map(pcap_resolution));
        let usual = PcapOptions::default();
        let options = PcapOptions {
            resolution: resolution.unwrap_or(usual.resolution),
            snap_length: if header.snap_length == 0 {
                usual.snap_length
            } else {
                header.snap_length
            },
            ..usual
        };
        let writer = PcapWriter::with_options(target, link_type, options);
        self.state = State::Pcap(writer.map_err(|source| failed(&self.name, source))?);
        Ok(())
    }
}

/// The one of the two resolutions of pcap that loses nothing, if one does not.
fn pcap_resolution(resolution: Resolution) -> Resolution {
    match resolution {
        Resolution::Decimal(exponent) if exponent <= 6 => Resolution::MICROSECOND,
        _ => Resolution::NANOSECOND,
    }
}

/// A section that says who wrote it.
pub(crate) fn own_section(name: &str) -> Result<Section<'static>, Error> {
    let mut section = Section::new(ByteOrder::Little);
    let application = concat!("rheos ", env!("CARGO_PKG_VERSION"));
    let pushed = section.options.push(Section::USER_APPLICATION, application.as_bytes());
    pushed.map_err(|source| failed(name, source))?;
    Ok(section)
}

/// A name that is taken is told with what helps.
pub(crate) fn taken(name: &str, source: pcap::Error) -> Error {
    match source {
        pcap::Error::Create { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
            Error::Ask(format!("{name} is there: --force writes over it"))
        }
        source => Error::Save { name: name.to_owned(), source },
    }
}

fn failed(name: &str, source: pcap::Error) -> Error {
    match source {
        // Whoever reads standard output may have seen enough.
        pcap::Error::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
            Error::Output(source)
        }
        source => Error::Save { name: name.to_owned(), source },
    }
}
