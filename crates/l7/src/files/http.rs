//! Files in bodies of HTTP.

use std::sync::Arc;

use super::sink::{File, FileConfig, FileSink};
use crate::http::{Completion, Fields, HttpMessage, Kind, Request, parameter};

/// Requests whose responses may name a file by their target: as many as are pipelined.
const MAX_REQUESTS: usize = 256;

/// Makes files of the messages of one [`HttpParser`](crate::http::HttpParser), which has to hand
/// bodies on in [pieces](crate::http::Bodies::Pieces).
#[derive(Clone, Debug)]
pub struct HttpFiles {
    config: FileConfig,
    requests: Vec<Arc<Request>>,
    request: Option<Open>,
    response: Option<Open>,
}

/// A file whose end has not come.
#[derive(Clone, Debug)]
struct Open {
    transaction: u64,
    name: Option<String>,
    declared_type: Option<String>,
    sink: FileSink,
}

impl HttpFiles {
    /// No files yet.
    pub fn new(config: FileConfig) -> Self {
        Self { config, requests: Vec::new(), request: None, response: None }
    }

    /// Takes the next message. Returns a file, if it ends with that.
    pub fn message(&mut self, message: &HttpMessage) -> Option<File> {
        match message {
            HttpMessage::Request(request) => {
                let named = last_part(&request.target());
                self.request = Some(self.open(request.transaction, &request.fields, named));
                if self.requests.len() < MAX_REQUESTS {
                    self.requests.push(Arc::clone(request));
                }
            }
            HttpMessage::Response(response) => {
                let asked =
                    self.requests.iter().find(|own| own.transaction == response.transaction);
                let named = asked.and_then(|request| last_part(&request.target()));
                self.response = Some(self.open(response.transaction, &response.fields, named));
            }
            HttpMessage::Body(body) => {
                let open = self.slot(body.kind).as_mut()?;
                let missing = body.offset.saturating_sub(open.sink.size());
                if missing > 0 {
                    open.sink.skip(missing);
                }
                open.sink.push(&body.bytes);
            }
            HttpMessage::End(end) => {
                let mut open =
                    self.slot(end.kind).take_if(|own| own.transaction == end.transaction)?;
                // A hole at the end has no piece behind it.
                let missing = end.decoded_len.saturating_sub(open.sink.size());
                if missing > 0 {
                    open.sink.skip(missing);
                }
                if end.is_damaged {
                    open.sink.break_off();
                }
                if end.kind == Kind::Response {
                    self.requests.retain(|request| request.transaction > end.transaction);
                }
                if open.sink.size() == 0 {
                    return None;
                }
                let is_complete = end.completion == Completion::Complete && end.missing == 0;
                let file = open.sink.finish("http", end.side, end.timestamp, is_complete);
                return Some(File { name: open.name, declared_type: open.declared_type, ..file });
            }
            _ => {}
        }
        None
    }

    fn open(&self, transaction: u64, fields: &Fields, named: Option<String>) -> Open {
        let disposition = fields.get("content-disposition").unwrap_or_default();
        let name = parameter(disposition, "filename").and_then(|name| last_part(&name)).or(named);
        let declared_type = fields
            .text("content-type")
            .map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        Open { transaction, name, declared_type, sink: FileSink::new(self.config.clone()) }
    }

    fn slot(&mut self, kind: Kind) -> &mut Option<Open> {
        if kind == Kind::Request { &mut self.request } else { &mut self.response }
    }
}

/// What is behind the last separator of a path, without a query.
pub(super) fn last_part(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let part = path.rsplit(['/', '\\']).next().unwrap_or_default();
    (!part.is_empty()).then(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    use rheos_core::{Side, Timestamp};

    use super::*;
    #[cfg(feature = "decode")]
    use crate::http::HttpConfig;
    use crate::http::HttpParser;
    use crate::session::Session;

    fn files(steps: &[(Side, &str, u64)]) -> Vec<File> {
        let (mut files, mut found) = (HttpFiles::new(FileConfig::default()), Vec::new());
        let mut session = Session::new(HttpParser::default());
        let mut push = |message: HttpMessage| found.extend(files.message(&message));
        for (side, text, gap) in steps {
            session.data(*side, Timestamp::default(), text.as_bytes(), &mut push);
            if *gap > 0 {
                session.gap(*side, *gap, &mut push);
            }
        }
        session.end(Side::Responder, Timestamp::default(), &mut push);
        found
    }

    const ASK: &str = "POST /x/up.bin?a=/b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

    #[test]
    fn names_are_those_of_the_field_or_the_target() {
        let named = "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=x\r\n\
            Content-Disposition: attachment; filename=\"..\\\\dir/n.txt\"\r\nContent-Length: 2\r\n\r\nhi";
        let found = files(&[(Side::Initiator, ASK, 0), (Side::Responder, named, 0)]);
        let names: Vec<_> = found.iter().map(|file| file.name.as_deref()).collect();
        assert_eq!(names, [Some("up.bin"), Some("n.txt")]);
        assert_eq!(found[1].declared_type.as_deref(), Some("text/plain"));
        assert!(found[1].is_complete && found[1].side == Side::Responder);
    }

    #[test]
    fn holes_and_cut_ends_leave_a_file_incomplete() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        for (text, gap, behind) in [("abc", 3, "def"), ("abc", 6, ""), ("abc", 0, "d")] {
            let text = format!("{head}{text}");
            let found = files(&[
                (Side::Initiator, ASK, 0),
                (Side::Responder, &text, gap),
                (Side::Responder, behind, 0),
            ]);
            let file = &found[1];
            assert!(!file.is_complete && file.bytes.starts_with(b"abc"));
            assert_eq!((file.missing, file.sha256.is_none()), (gap, gap > 0));
        }
    }

    // The whole body is zlib 1.2.13's of three times `hello, hello, hello`; its MD5 is that of md5sum.
    #[cfg(feature = "decode")]
    #[test]
    fn a_body_that_cannot_be_unpacked_to_its_end_is_a_file_without_hash() {
        const ZLIB: &[u8] = b"x\xda\xcbH\xcd\xc9\xc9\xd7Q\xc8@\xa22\x88\x12\x02\0Q\xca\x14}";
        let text = b"hello, hello, hello".repeat(3);
        let mut damaged = ZLIB.to_vec();
        damaged[18] ^= 1;
        let cases = [
            (ZLIB, 57, Some("df6a80b39d9306d1a73e2624b7474786")),
            (&ZLIB[..14], 57, None),
            (&damaged, 57, None),
            (ZLIB, 56, None),
        ];
        for (body, max_decoded, md5) in cases {
            let config = HttpConfig { max_decoded, ..HttpConfig::default() };
            let (mut files, mut found) = (HttpFiles::new(FileConfig::default()), Vec::new());
            let mut session = Session::new(HttpParser::new(config));
            let mut push = |message: HttpMessage| found.extend(files.message(&message));
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            session.data(Side::Initiator, Timestamp::default(), ASK.as_bytes(), &mut push);
            let bytes = [head.as_bytes(), body].concat();
            session.data(Side::Responder, Timestamp::default(), &bytes, &mut push);
            let file = &found[1];
            assert_eq!((file.md5.as_deref(), file.sha256.is_some()), (md5, md5.is_some()));
            assert_eq!(file.is_complete, md5.is_some());
            assert!(file.size > 0 && text.starts_with(&file.bytes) && file.missing == 0);
        }
    }

    #[test]
    fn messages_without_body_are_no_files() {
        let none = "HTTP/1.1 204 No\r\n\r\n";
        let found =
            files(&[(Side::Initiator, "GET / HTTP/1.0\r\n\r\n", 0), (Side::Responder, none, 0)]);
        assert!(found.is_empty());
    }
}
