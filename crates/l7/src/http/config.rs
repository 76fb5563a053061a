//! What a parser of HTTP keeps and how much.

/// What is kept, and the bounds. Every bound is there by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpConfig {
    /// What becomes of bodies.
    pub bodies: Bodies,
    /// Whether codings are undone where they can be: gzip, deflate, br and zstd with the feature
    /// `decode`, otherwise none.
    pub decode: bool,
    /// Bytes of a head or of trailers. Default: 64 KiB, twice what common servers accept; a head has
    /// no other end than an empty line, and an attacker need not send one.
    pub max_head: usize,
    /// Bytes of the line in front of a chunk. Default: 4096; extensions are free text that nobody uses.
    pub max_chunk_line: usize,
    /// Requests that wait for their responses. Default: 256; more are not pipelined but flooded. Their heads have
    /// 1 MiB together.
    pub max_pending: usize,
    /// Bytes that one body may unpack to. Default: 64 MiB; a bomb of a kilobyte unpacks to a megabyte
    /// by gzip, and to any size by brotli. What it unpacks to is handed on as it comes.
    pub max_decoded: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            bodies: Bodies::default(),
            decode: true,
            max_head: 64 << 10,
            max_chunk_line: 4096,
            max_pending: 256,
            max_decoded: 64 << 20,
        }
    }
}

/// What becomes of bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bodies {
    /// Their bytes are counted and not kept; codings are not undone.
    Count,
    /// They come in pieces of 16 KiB, as [`Body`](super::Body).
    #[default]
    Pieces,
    /// Their first bytes come with the end of the message, in [`End::body`](super::End::body).
    Collect {
        /// How many bytes are kept at most.
        max: usize,
    },
}
