//! HTTP/1.0 and HTTP/1.1 ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110),
//! [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112)), as one sees it who is not asked.
//!
//! - Each head is a [`Request`] or a [`Response`]; pieces of bodies and their end follow it.
//! - What the framing of section 6.3 forbids is read as most servers do and told as an [`Anomaly`]:
//!   two readers of such a message may disagree about where it ends.
//! - A response is paired with its request, in the order of the stream: an [`Exchange`].
//!
//! ```
//! use rheos_l7::http::{HttpMessage, HttpParser};
//! use rheos_l7::kit::{Conversation, messages};
//!
//! let conversation = Conversation::default()
//!     .initiator("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n")
//!     .responder("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
//! for message in messages(HttpParser::default(), &conversation).0 {
//!     if let HttpMessage::Exchange(exchange) = message {
//!         let (request, response) = (exchange.request.unwrap(), exchange.response.unwrap());
//!         assert_eq!(request.uri(), "http://example.com/a");
//!         assert_eq!((response.status(), exchange.response_len), (200, 2));
//!     }
//! }
//! ```

pub use self::anomaly::{Anomaly, AnomalyKind};
pub use self::config::{Bodies, HttpConfig};
pub use self::fields::Fields;
#[doc(hidden)]
pub use self::fuzz::fuzz;
pub use self::head::{Request, Response, Version};
pub use self::message::{Body, Completion, End, Exchange, HttpMessage, Kind, Part};
pub(crate) use self::multipart::{Found, Multipart, parameter};
pub use self::parser::HttpParser;

mod anomaly;
mod body;
mod chunked;
mod config;
#[cfg(feature = "decode")]
mod decode;
mod exchange;
mod fields;
mod framing;
mod fuzz;
mod head;
mod heads;
mod lost;
mod message;
mod multipart;
mod parser;
mod probe;
mod side;
mod simple;
#[cfg(test)]
mod tests;
