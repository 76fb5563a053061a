//! What HTTP does not allow, and what two readers may understand in two ways.

use std::fmt;

use rheos_core::{Side, Timestamp};

use super::message::Kind;

/// Something in a message that is not as HTTP has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// The message.
    pub transaction: u64,
    /// Whether a request or a response.
    pub kind: Kind,
    /// Who sent it.
    pub side: Side,
    /// When it was seen.
    pub timestamp: Timestamp,
    /// What it is.
    pub what: AnomalyKind,
}

/// Kinds of anomalies. Those of framing are how requests are smuggled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// Both Transfer-Encoding and Content-Length: the first is used.
    BothLengths,
    /// Several Content-Lengths that differ: the first is used.
    ConflictingLengths,
    /// Several Content-Lengths that are equal.
    RepeatedLength,
    /// A Content-Length that is no number.
    InvalidLength,
    /// A length in a message that has no body by its status.
    LengthWithoutBody,
    /// `chunked` is not the last transfer coding, or is there twice.
    ChunkedNotLast,
    /// A transfer coding that is not registered, or hidden by odd bytes.
    UnknownTransferCoding,
    /// Chunks before HTTP/1.1.
    ChunkedInHttp10,
    /// A size of a chunk that is no number, or no line end behind its bytes: the message is given up.
    InvalidChunk,
    /// Something beside the size of a chunk that is no extension, or an empty line in front of it: the digits
    /// that are there are taken. Told once of a message.
    OddChunkLine,
    /// A field behind the chunks that must not be there ([RFC 9110, section
    /// 6.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1)): Transfer-Encoding,
    /// Content-Length, Host. It changes nothing.
    ForbiddenTrailer,
    /// A line that ends without CR.
    BareLf,
    /// A field that goes on in the next line.
    ObsoleteFold,
    /// Space between a field's name and its colon.
    SpaceBeforeColon,
    /// Space in front of the first field.
    SpaceBeforeFields,
    /// A field without colon or with a name that is none; it is left out, but for one whose colon is on a line that
    /// goes on with it.
    InvalidField,
    /// Control bytes in a field; they are replaced by spaces.
    ControlByte,
    /// More than one space in the first line, other white space there, space in the target, no status, or a version whose
    /// name is not in capitals or that has more than two digits.
    OddStartLine,
    /// A version that is not 1.x, or none at all.
    OddVersion,
    /// A request of HTTP/1.1 without Host.
    MissingHost,
    /// Several Hosts.
    SeveralHosts,
    /// A response that no request was seen for, on a stream whose requests are seen.
    Unasked,
    /// More requests wait than may: the first is forgotten.
    TooManyPending,
    /// Bytes that are no message where one has to start: they are skipped to the next that looks like
    /// one.
    NotAMessage,
    /// A head that does not end within its bound: skipped likewise.
    HeadTooLong,
    /// A coding that is not undone: unknown, too many, damaged, or not whole.
    NotDecoded,
    /// A body that unpacks to more than is allowed.
    DecodedTooLong,
}

impl AnomalyKind {
    /// A short name for logs, which stays.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::BothLengths => "both_lengths",
            Self::ConflictingLengths => "conflicting_lengths",
            Self::RepeatedLength => "repeated_length",
            Self::InvalidLength => "invalid_length",
            Self::LengthWithoutBody => "length_without_body",
            Self::ChunkedNotLast => "chunked_not_last",
            Self::UnknownTransferCoding => "unknown_transfer_coding",
            Self::ChunkedInHttp10 => "chunked_in_http_1_0",
            Self::InvalidChunk => "invalid_chunk",
            Self::OddChunkLine => "odd_chunk_line",
            Self::ForbiddenTrailer => "forbidden_trailer",
            Self::BareLf => "bare_lf",
            Self::ObsoleteFold => "obsolete_fold",
            Self::SpaceBeforeColon => "space_before_colon",
            Self::SpaceBeforeFields => "space_before_fields",
            Self::InvalidField => "invalid_field",
            Self::ControlByte => "control_byte",
            Self::OddStartLine => "odd_start_line",
            Self::OddVersion => "odd_version",
            Self::MissingHost => "missing_host",
            Self::SeveralHosts => "several_hosts",
            Self::Unasked => "unasked_response",
            Self::TooManyPending => "too_many_pending",
            Self::NotAMessage => "not_a_message",
            Self::HeadTooLong => "head_too_long",
            Self::NotDecoded => "not_decoded",
            Self::DecodedTooLong => "decoded_too_long",
        }
    }

    /// Whether two readers may disagree about where the message ends.
    pub fn is_about_framing(&self) -> bool {
        matches!(
            self,
            Self::BothLengths
                | Self::ConflictingLengths
                | Self::RepeatedLength
                | Self::InvalidLength
                | Self::LengthWithoutBody
                | Self::ChunkedNotLast
                | Self::UnknownTransferCoding
                | Self::ChunkedInHttp10
                | Self::InvalidChunk
                | Self::OddChunkLine
                | Self::ForbiddenTrailer
                | Self::BareLf
                | Self::ObsoleteFold
                | Self::SpaceBeforeColon
                | Self::SpaceBeforeFields
        )
    }
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}
