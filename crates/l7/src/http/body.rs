//! A message's body as it is read.

use rheos_core::{Side, Timestamp};

use super::anomaly::{Anomaly, AnomalyKind};
use super::config::{Bodies, HttpConfig};
#[cfg(feature = "decode")]
use super::decode::Decoder;
use super::fields::Fields;
use super::message::{Body, Completion, End, HttpMessage, Kind, Part};
use super::multipart::{Found, Multipart};

/// Bytes of a piece. Pieces are of this size however the stream is split.
const PIECE: usize = 16 << 10;

/// Where messages go, and what they all say.
pub(super) struct Out<'a> {
    pub(super) side: Side,
    pub(super) timestamp: Timestamp,
    pub(super) sink: &'a mut dyn FnMut(HttpMessage),
}

/// The body of a message that is being read.
pub(super) struct BodyReader {
    transaction: u64,
    kind: Kind,
    /// Bytes without transfer coding, with those that are missing.
    len: u64,
    missing: u64,
    /// Bytes in front of the first that is missing, once one is.
    front: Option<u64>,
    /// Bytes without content coding, and whether more would be there but for damage.
    decoded: u64,
    is_damaged: bool,
    has_odd_chunks: bool,
    /// Whether its sender may wait to be asked for it.
    expects: bool,
    bodies: Bodies,
    coding: Coding,
    /// Bytes that wait for their piece to be full, where it starts, and when its first byte came.
    piece: Vec<u8>,
    start: u64,
    began: Timestamp,
    collected: Vec<u8>,
    parts: Option<Multipart>,
    pub(super) trailers: Fields,
}

/// What is done about content codings.
enum Coding {
    /// Nothing.
    Kept,
    #[cfg(feature = "decode")]
    Undone(Box<Decoder>),
    /// What follows cannot be read.
    #[cfg(feature = "decode")]
    Broken,
}

impl Out<'_> {
    pub(super) fn tell(&mut self, message: HttpMessage) {
        (self.sink)(message);
    }

    pub(super) fn anomaly(&mut self, transaction: u64, kind: Kind, what: AnomalyKind) {
        let (side, timestamp) = (self.side, self.timestamp);
        self.tell(HttpMessage::Anomaly(Anomaly { transaction, kind, side, timestamp, what }));
    }
}

impl BodyReader {
    /// The body of a message with these fields.
    pub(super) fn new(
        transaction: u64,
        kind: Kind,
        fields: &Fields,
        config: &HttpConfig,
        to: &mut Out<'_>,
    ) -> Self {
        let bodies = config.bodies;
        let is_kept = bodies != Bodies::Count;
        let coding =
            if config.decode && is_kept { coding(fields, config) } else { Ok(Coding::Kept) };
        let coding = coding.unwrap_or_else(|what| {
            to.anomaly(transaction, kind, what);
            Coding::Kept
        });
        Self {
            transaction,
            kind,
            len: 0,
            missing: 0,
            front: None,
            decoded: 0,
            is_damaged: false,
            has_odd_chunks: false,
            expects: fields
                .list("expect")
                .any(|expected| expected.eq_ignore_ascii_case(b"100-continue")),
            bodies,
            coding,
            piece: Vec::new(),
            start: 0,
            began: to.timestamp,
            collected: Vec::new(),
            parts: if is_kept { Multipart::new(fields) } else { None },
            trailers: Fields::default(),
        }
    }

    /// The message.
    pub(super) fn message(&self) -> (u64, Kind) {
        (self.transaction, self.kind)
    }

    /// Whether its sender may wait to be asked for it, and nothing of it has come.
    pub(super) fn may_be_refused(&self) -> bool {
        self.expects && self.len == 0
    }

    /// Takes note of an odd line in front of a chunk. Says whether it is the first one.
    pub(super) fn is_first_odd_chunk(&mut self) -> bool {
        !std::mem::replace(&mut self.has_odd_chunks, true)
    }

    /// Bytes that follow.
    pub(super) fn push(&mut self, bytes: &[u8], to: &mut Out<'_>) {
        self.len = self.len.saturating_add(bytes.len() as u64);
        match &mut self.coding {
            Coding::Kept => self.deliver(bytes, to),
            #[cfg(feature = "decode")]
            Coding::Undone(_) => {
                let outcome = self.undo(to, |decoder, out| decoder.write(bytes, out));
                self.check(outcome, to);
            }
            #[cfg(feature = "decode")]
            Coding::Broken => {}
        }
    }

    /// Bytes that are missing.
    pub(super) fn skip(&mut self, len: u64, to: &mut Out<'_>) {
        if len > 0 {
            self.front.get_or_insert(self.len);
        }
        self.len = self.len.saturating_add(len);
        self.missing = self.missing.saturating_add(len);
        match &mut self.coding {
            Coding::Kept => {
                self.flush(to);
                self.start = self.start.saturating_add(len);
                self.decoded = self.decoded.saturating_add(len);
                // A part's head may be in the hole, or a delimiter half of it.
                self.parts = None;
            }
            #[cfg(feature = "decode")]
            Coding::Undone(_) => {
                _ = self.undo(to, Decoder::finish);
                self.check(Err(AnomalyKind::NotDecoded), to);
            }
            #[cfg(feature = "decode")]
            Coding::Broken => {}
        }
    }

    /// The message ends.
    pub(super) fn finish(mut self, completion: Completion, to: &mut Out<'_>) -> End {
        #[cfg(feature = "decode")]
        if matches!(self.coding, Coding::Undone(_)) && self.len > 0 {
            let outcome = self.undo(to, Decoder::finish);
            self.check(outcome, to);
        }
        self.flush(to);
        End {
            transaction: self.transaction,
            kind: self.kind,
            side: to.side,
            timestamp: to.timestamp,
            completion,
            len: self.len,
            missing: self.missing,
            front_len: self.front.unwrap_or(self.len),
            decoded_len: self.decoded,
            is_damaged: self.is_damaged,
            trailers: self.trailers,
            body: self.collected,
        }
    }

    /// Undoes codings, and delivers what comes out as it does.
    #[cfg(feature = "decode")]
    fn undo(
        &mut self,
        to: &mut Out<'_>,
        run: impl FnOnce(&mut Decoder, &mut dyn FnMut(&[u8])) -> Result<(), AnomalyKind>,
    ) -> Result<(), AnomalyKind> {
        let mut coding = std::mem::replace(&mut self.coding, Coding::Broken);
        let Coding::Undone(decoder) = &mut coding else { return Ok(()) };
        let outcome = run(decoder, &mut |bytes| self.deliver(bytes, to));
        self.coding = coding;
        outcome
    }

    #[cfg(feature = "decode")]
    fn check(&mut self, outcome: Result<(), AnomalyKind>, to: &mut Out<'_>) {
        if let Err(what) = outcome {
            to.anomaly(self.transaction, self.kind, what);
            self.coding = Coding::Broken;
            self.is_damaged = true;
        }
    }

    /// Fills pieces with bytes without coding.
    fn deliver(&mut self, mut bytes: &[u8], to: &mut Out<'_>) {
        self.decoded = self.decoded.saturating_add(bytes.len() as u64);
        if self.bodies == Bodies::Count {
            return;
        }
        while !bytes.is_empty() {
            if self.piece.is_empty() {
                self.began = to.timestamp;
            }
            let room = PIECE.saturating_sub(self.piece.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.flush(to);
            }
        }
    }

    /// Hands the piece on.
    fn flush(&mut self, to: &mut Out<'_>) {
        if self.piece.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.piece);
        let (transaction, kind, offset) = (self.transaction, self.kind, self.start);
        let (side, began, timestamp) = (to.side, self.began, to.timestamp);
        self.start = self.start.saturating_add(bytes.len() as u64);
        if let Some(parts) = &mut self.parts {
            parts.push(&bytes, &mut |found| {
                if let Found::Head(name, filename, fields) = found {
                    let part = Part { transaction, kind, side, name, filename, fields };
                    to.tell(HttpMessage::Part(part));
                }
            });
        }
        if let Bodies::Collect { max } = self.bodies {
            let room = max.saturating_sub(self.collected.len()).min(bytes.len());
            self.collected.extend_from_slice(bytes.get(..room).unwrap_or_default());
        } else {
            let body = Body { transaction, kind, side, began, timestamp, offset, bytes };
            to.tell(HttpMessage::Body(body));
        }
    }
}

#[cfg(feature = "decode")]
fn coding(fields: &Fields, config: &HttpConfig) -> Result<Coding, AnomalyKind> {
    let content = fields.list("content-encoding");
    let transfer =
        fields.list("transfer-encoding").filter(|coding| !coding.eq_ignore_ascii_case(b"chunked"));
    let codings: Vec<&[u8]> = content.chain(transfer).collect();
    let decoder = Decoder::new(codings.into_iter(), config.max_decoded)?;
    Ok(decoder.map_or(Coding::Kept, |decoder| Coding::Undone(Box::new(decoder))))
}

#[cfg(not(feature = "decode"))]
fn coding(fields: &Fields, _: &HttpConfig) -> Result<Coding, AnomalyKind> {
    let is_coded = |coding: &[u8]| !coding.eq_ignore_ascii_case(b"identity");
    if fields.list("content-encoding").any(is_coded) {
        return Err(AnomalyKind::NotDecoded);
    }
    Ok(Coding::Kept)
}
