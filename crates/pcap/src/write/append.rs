//! Going on in a capture that is there.

use std::fs::File;
use std::path::Path;

use crate::block::Block;
use crate::error::Error;
use crate::format::Format;
use crate::reader::{CaptureReader, open};
use crate::write::capture::CaptureWriter;
use crate::write::options::{PcapNgOptions, PcapOptions, WriteOptions};
use crate::write::output::{OutputFile, OutputOptions};
use crate::write::pcap::PcapWriter;
use crate::write::pcapng::PcapNgWriter;

/// What is read of a capture, to go on in it.
struct Found {
    /// Bytes up to the end of the last whole record or block.
    length: u64,
    /// The last section, and the interfaces that it declares.
    section: Vec<Block<'static>>,
}

/// Reads a capture to its end, or to a cut by choice.
fn read(capture: &mut CaptureReader<File>, cut_incomplete: bool) -> Result<Found, Error> {
    let mut found = Found { length: 0, section: Vec::new() };
    loop {
        match capture.next_block() {
            Ok(Some(entry)) => {
                match entry.block {
                    Block::Section(_) => found.section.clear(),
                    Block::Interface(_) => {}
                    _ => continue,
                }
                found.section.push(entry.block.into_owned());
            }
            // A block that contradicts itself stands between others that are whole.
            Ok(None) | Err(Error::BlockContent { .. } | Error::UndeclaredInterface { .. }) => {
                found.length = capture.position();
                return Ok(found);
            }
            Err(Error::Truncated { offset, .. }) if cut_incomplete => {
                found.length = offset;
                return Ok(found);
            }
            Err(error) => return Err(error),
        }
    }
}

impl CaptureWriter<OutputFile> {
    /// Goes on behind the last packet of a capture.
    ///
    /// The file keeps its byte order, and a pcap its resolution, link type and snap length, whatever
    /// the options say. In a pcapng, packets whose number and link type are those of an interface of
    /// the last section are of that interface, others of a new one. A compressed file gets another
    /// member or frame. What is written is in the file as it is written; if the writer is dropped
    /// before it is [closed](Self::close), the file is as it was.
    ///
    /// # Errors
    ///
    /// What the reader says of a capture that is not whole: all of it is read. By
    /// [`WriteOptions::cut_incomplete`] a last record that is cut short is cut away instead, unless
    /// the file is compressed. [`Error::OtherFormat`] and [`Error::OtherLinkType`] if the options
    /// ask for what the file is not; [`Error::UnsupportedFormat`]; [`Error::Create`].
    pub fn append(path: impl AsRef<Path>, options: &WriteOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut capture = open(path)?;
        let compression = capture.compression();
        let found = read(&mut capture, options.cut_incomplete && compression.is_none())?;
        let format = capture.format();
        if let Some(wanted) = options.format
            && wanted != format
        {
            return Err(Error::OtherFormat { found: format, wanted });
        }
        let length = match compression {
            None => found.length,
            Some(_) => {
                let length = path.metadata().map(|metadata| metadata.len());
                length.map_err(|source| Error::Create { path: path.to_owned(), source })?
            }
        };
        let output = OutputOptions { compression, ..options.output.clone() };
        let file = |()| OutputFile::append(path, length, &output);
        match format {
            Format::Pcap => {
                let header = *capture.pcap_header().ok_or(Error::Empty)?;
                let link_type = header.link_type;
                if let Some(found) = options.link_type.filter(|wanted| *wanted != link_type) {
                    return Err(Error::OtherLinkType { packet: 0, found, link_type });
                }
                let PcapOptions { cut, rounding, .. } = options.pcap;
                let own = PcapOptions { cut, rounding, ..PcapOptions::from(&header) };
                Ok(PcapWriter::behind_header(file(())?, link_type, own)?.into())
            }
            Format::PcapNg => {
                let own: PcapNgOptions = options.pcapng.clone();
                let mut writer = PcapNgWriter::without_section(file(())?, own);
                found.section.iter().try_for_each(|block| writer.adopt(block))?;
                Ok(writer.into())
            }
            _ => Err(Error::UnsupportedFormat { name: "writing this format" }),
        }
    }
}
