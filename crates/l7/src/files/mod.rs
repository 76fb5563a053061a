//! Files out of streams: bodies of HTTP and data connections of FTP.
//!
//! ```
//! use rheos_l7::files::{FileConfig, HttpFiles};
//! use rheos_l7::http::HttpParser;
//! use rheos_l7::kit::{Conversation, messages};
//!
//! let conversation = Conversation::default()
//!     .initiator("GET /a/hello.txt HTTP/1.0\r\n\r\n")
//!     .responder("HTTP/1.0 200 OK\r\n\r\nhello");
//! let mut files = HttpFiles::new(FileConfig::default());
//! let (found, _) = messages(HttpParser::default(), &conversation);
//! let file = found.iter().flat_map(|message| files.message(message)).next().unwrap();
//! assert_eq!((file.name.as_deref(), file.size, &*file.bytes), (Some("hello.txt"), 5, &b"hello"[..]));
//! // As `printf hello | md5sum` has it.
//! assert_eq!(file.md5.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
//! ```

pub use self::ftp::FtpDataParser;
#[doc(hidden)]
pub use self::fuzz::fuzz;
pub use self::http::HttpFiles;
pub use self::sink::{File, FileConfig, FileSink};

mod ftp;
mod fuzz;
mod http;
mod sink;
