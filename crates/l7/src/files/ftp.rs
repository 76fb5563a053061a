//! Files in data connections of FTP.

use rheos_core::{Side, Timestamp};

use super::http::last_part;
use super::sink::{File, FileConfig, FileSink};
use crate::ftp::DATA;
use crate::parser::{Failure, Input, OnGap, SessionParser};

/// Reads a data connection: all that a side sends is one file. The name is said on the control
/// connection, in [`Transfer`](crate::ftp::Transfer).
#[derive(Clone, Debug)]
pub struct FtpDataParser {
    name: Option<String>,
    initiator: FileSink,
    responder: FileSink,
}

impl Default for FtpDataParser {
    fn default() -> Self {
        Self::new(FileConfig::default())
    }
}

impl FtpDataParser {
    /// A parser with this configuration.
    pub fn new(config: FileConfig) -> Self {
        let initiator = FileSink::new(config.clone());
        Self { name: None, initiator, responder: FileSink::new(config) }
    }

    /// The same for a file of this path, of which the last part is its name.
    #[must_use]
    pub fn with_path(self, path: &str) -> Self {
        Self { name: last_part(path), ..self }
    }

    fn sink(&mut self, side: Side) -> &mut FileSink {
        if side == Side::Initiator { &mut self.initiator } else { &mut self.responder }
    }

    fn finish(&mut self, side: Side, timestamp: Timestamp) -> Option<File> {
        let sink = self.sink(side).take();
        (sink.size() > 0).then(|| {
            let file = sink.finish(DATA, side, timestamp, true);
            File { name: self.name.clone(), is_named: self.name.is_some(), ..file }
        })
    }
}

impl SessionParser for FtpDataParser {
    type Message = File;

    fn name(&self) -> &'static str {
        DATA
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        _out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure> {
        self.sink(input.side).push(input.timestamp, input.bytes);
        Ok(input.bytes.len())
    }

    fn on_gap(
        &mut self,
        side: Side,
        len: u64,
        _unread: &[u8],
        _out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        self.sink(side).skip(len);
        OnGap::Resync
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        self.finish(input.side, input.timestamp).into_iter().for_each(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{Conversation, check_split_invariance, messages};

    #[test]
    fn a_data_connection_is_a_file() {
        let parser = FtpDataParser::default().with_path("/pub/a.txt");
        let conversation = Conversation::default().responder("hel").responder("lo");
        check_split_invariance(&parser, &conversation);
        let (found, _) = messages(parser, &conversation);
        let [file] = found.as_slice() else { panic!("one file") };
        assert_eq!(
            (file.source, file.name.as_deref(), &*file.bytes),
            ("ftp-data", Some("a.txt"), &b"hello"[..])
        );
        assert_eq!(file.md5.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
        assert!(messages(FtpDataParser::default(), b"").0.is_empty());
    }
}
