//! Files in bodies of HTTP.

use rheos_core::{Side, Timestamp};

use super::sink::{File, FileConfig, FileSink};
use crate::http::{Body, Completion, End, Fields, HttpMessage, Kind, parameter};
use crate::http::{Found, Multipart};

/// Requests whose responses may name a file by their target: as many as are pipelined.
const MAX_REQUESTS: usize = 256;

/// Bytes of a name in a target that waits for its response: no file system has longer paths.
const MAX_NAME: usize = 4096;

/// Makes files of the messages of one [`HttpParser`](crate::http::HttpParser), which has to hand
/// bodies on in [pieces](crate::http::Bodies::Pieces).
#[derive(Clone, Debug)]
pub struct HttpFiles {
    config: FileConfig,
    /// The names that their targets have, by their transactions.
    requests: Vec<(u64, String)>,
    request: Option<Open>,
    response: Option<Open>,
}

/// A body whose end has not come.
#[derive(Clone, Debug)]
struct Open {
    transaction: u64,
    /// Bytes so far, those included that are missing.
    size: u64,
    /// The body as one file. None once it has a part.
    whole: Option<Opened>,
    /// What finds its parts, if it may have some, and the one at hand.
    parts: Option<Multipart>,
    part: Option<Opened>,
}

/// A file whose end has not come.
#[derive(Clone, Debug)]
struct Opened {
    name: Option<String>,
    is_named: bool,
    declared_type: Option<String>,
    sink: FileSink,
}

impl HttpFiles {
    /// No files yet.
    pub fn new(config: FileConfig) -> Self {
        Self { config, requests: Vec::new(), request: None, response: None }
    }

    /// Takes the next message. Returns the files that end with it: a body, or the parts of one that has
    /// several, each under the name that its head has for it.
    pub fn message(&mut self, message: &HttpMessage) -> Vec<File> {
        let mut found = Vec::new();
        match message {
            HttpMessage::Request(request) => {
                let named = last_part(&request.target());
                if let Some(name) = named.clone().filter(|name| name.len() <= MAX_NAME)
                    && self.requests.len() < MAX_REQUESTS
                {
                    self.requests.push((request.transaction, name));
                }
                self.request = Some(self.open(request.transaction, &request.fields, named));
            }
            HttpMessage::Response(response) => {
                let asked = self.requests.iter().find(|own| own.0 == response.transaction);
                let named = asked.map(|(_, name)| name.clone());
                self.response = Some(self.open(response.transaction, &response.fields, named));
            }
            HttpMessage::Body(body) => {
                let config = self.config.clone();
                if let Some(open) = self.slot(body.kind) {
                    open.body(body, &config, &mut found);
                }
            }
            HttpMessage::End(end) => {
                let is_its = |own: &mut Open| own.transaction == end.transaction;
                let open = self.slot(end.kind).take_if(is_its);
                if let Some(open) = open {
                    found.extend(open.end(end));
                    if end.kind == Kind::Response {
                        self.requests.retain(|own| own.0 > end.transaction);
                    }
                }
            }
            _ => {}
        }
        found
    }

    fn open(&self, transaction: u64, fields: &Fields, named: Option<String>) -> Open {
        let mut whole = Opened::new(fields, self.config.clone());
        whole.name = whole.name.or(named);
        let parts = Multipart::new(fields);
        Open { transaction, size: 0, whole: Some(whole), parts, part: None }
    }

    fn slot(&mut self, kind: Kind) -> &mut Option<Open> {
        if kind == Kind::Request { &mut self.request } else { &mut self.response }
    }
}

impl Opened {
    fn new(fields: &Fields, config: FileConfig) -> Self {
        let disposition = fields.get("content-disposition").unwrap_or_default();
        let name = parameter(disposition, "filename").and_then(|name| last_part(&name));
        let declared_type = fields
            .text("content-type")
            .map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let is_named = name.is_some();
        Self { name, is_named, declared_type, sink: FileSink::new(config) }
    }

    /// The file, if it is one.
    fn finish(self, side: Side, timestamp: Timestamp, is_complete: bool) -> Option<File> {
        let Self { name, is_named, declared_type, sink } = self;
        if sink.size() == 0 {
            return None;
        }
        let is_complete = is_complete && sink.missing() == 0;
        let file = sink.finish("http", side, timestamp, is_complete);
        Some(File { name, is_named, declared_type, ..file })
    }
}

impl Open {
    /// Takes a piece, and gives the parts that end in it.
    fn body(&mut self, body: &Body, config: &FileConfig, found: &mut Vec<File>) {
        let (side, timestamp) = (body.side, body.timestamp);
        self.skip(body.offset, body.began);
        self.size = self.size.saturating_add(body.bytes.len() as u64);
        if let Some(whole) = &mut self.whole {
            whole.sink.push(body.began, &body.bytes);
        }
        let Self { whole, parts, part, .. } = self;
        let Some(finder) = parts else { return };
        finder.push(&body.bytes, &mut |what| match what {
            Found::Head(_, _, fields) => {
                *whole = None;
                *part = Some(Opened::new(&fields, config.clone()));
            }
            Found::Content(bytes) => {
                if let Some(part) = part {
                    part.sink.push(body.began, bytes);
                }
            }
            Found::End => {
                let ended = part.take();
                found.extend(ended.and_then(|part| part.finish(side, timestamp, true)));
            }
        });
    }

    /// The file that ends with the body.
    fn end(mut self, end: &End) -> Option<File> {
        // A hole at the end has no piece behind it.
        self.skip(end.decoded_len, end.timestamp);
        if end.is_damaged {
            let open = self.whole.as_mut().or(self.part.as_mut());
            open.into_iter().for_each(|own| own.sink.break_off());
        }
        let is_complete = end.completion == Completion::Complete && end.missing == 0;
        let whole = self.whole.and_then(|own| own.finish(end.side, end.timestamp, is_complete));
        let part = self.part.and_then(|own| own.finish(end.side, end.timestamp, false));
        whole.or(part)
    }

    /// Goes on to a place at a time, if bytes in front of it are missing.
    fn skip(&mut self, to: u64, timestamp: Timestamp) {
        let missing = to.saturating_sub(self.size);
        if missing == 0 {
            return;
        }
        self.size = to;
        if let Some(whole) = &mut self.whole {
            whole.sink.skip(missing);
        }
        let Self { parts, part, .. } = self;
        let Some(finder) = parts else { return };
        finder.gap(&mut |what| {
            if let (Found::Content(bytes), Some(part)) = (what, &mut *part) {
                part.sink.push(timestamp, bytes);
            }
        });
        if !finder.is_open() {
            *part = None;
        } else if let Some(part) = part {
            part.sink.skip(missing);
        }
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
        let named: Vec<_> = found.iter().map(|file| file.is_named).collect();
        assert_eq!(named, [false, true]);
    }

    // The example of RFC 7578's predecessor, RFC 2388, with a file of two lines.
    #[test]
    fn parts_of_a_body_are_files_of_their_names() {
        let body = "--AaB03x\r\nContent-Disposition: form-data; name=\"joe\"\r\n\r\nJoe\r\n--AaB03x\r\n\
            Content-Disposition: form-data; name=\"pics\"; filename=\"C:\\\\dir\\\\f.txt\"\r\n\
            Content-Type: Text/Plain\r\n\r\none\r\ntwo\r\n--AaB03x--\r\n";
        let head = |len: usize| {
            format!(
                "POST /form HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=AaB03x\r\n\
                 Content-Length: {len}\r\n\r\n"
            )
        };
        let all = format!("{}{body}", head(body.len()));
        let found = files(&[(Side::Initiator, &all, 0)]);
        let told: Vec<_> = found.iter().map(|file| (file.name.as_deref(), &*file.bytes)).collect();
        assert_eq!(told, [(None, &b"Joe"[..]), (Some("f.txt"), b"one\r\ntwo")]);
        assert!(found.iter().all(|file| file.is_complete && file.side == Side::Initiator));
        assert_eq!(found[1].declared_type.as_deref(), Some("text/plain"));
        // A hole in the content of the second, and then one in its head.
        let at = all.find("two").unwrap();
        let found =
            files(&[(Side::Initiator, &all[..at], 3), (Side::Initiator, &all[at + 3..], 0)]);
        assert_eq!((found.len(), found[1].missing, &*found[1].bytes), (2, 3, &b"one\r\n"[..]));
        let at = all.find("filename").unwrap();
        let found =
            files(&[(Side::Initiator, &all[..at], 3), (Side::Initiator, &all[at + 3..], 0)]);
        assert_eq!((found.len(), found[0].is_complete), (1, true));
        // Nothing of such a body has that form.
        let plain = format!("{}abc", head(3));
        let found = files(&[(Side::Initiator, &plain, 0)]);
        assert_eq!((found.len(), found[0].name.as_deref()), (1, Some("form")));
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
    fn a_file_has_the_times_of_its_first_byte_and_of_its_last() {
        let (mut files, mut found) = (HttpFiles::new(FileConfig::default()), Vec::new());
        let mut session = Session::new(HttpParser::default());
        let mut push = |message: HttpMessage| found.extend(files.message(&message));
        let pieces = ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "a", "b", "c"];
        for (second, piece) in (1..).zip(pieces) {
            let now = Timestamp::from_secs(second, 0);
            session.data(Side::Responder, now, piece.as_bytes(), &mut push);
        }
        let times = [found[0].began, found[0].timestamp];
        assert_eq!(times, [2, 4].map(|second| Timestamp::from_secs(second, 0)));
    }

    #[test]
    fn messages_without_body_are_no_files() {
        let none = "HTTP/1.1 204 No\r\n\r\n";
        let found =
            files(&[(Side::Initiator, "GET / HTTP/1.0\r\n\r\n", 0), (Side::Responder, none, 0)]);
        assert!(found.is_empty());
    }
}
