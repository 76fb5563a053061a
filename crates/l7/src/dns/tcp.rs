//! Messages in a stream, each behind its length of two bytes: RFC 1035, section 4.2.2.

use rheos_core::{Side, Timestamp};

use super::pairs::Pairs;
use super::{DnsConfig, DnsEvent, OwnedDnsMessage, probe};
use crate::{Failure, Input, OnGap, OnTick, Probe, SessionParser};

/// Bytes of the length in front of a message.
const PREFIX_LEN: usize = 2;

/// Reads messages of DNS in a stream.
#[derive(Clone, Debug)]
pub struct DnsTcpParser {
    pairs: Pairs,
    /// Bytes of each side that are the rest of a message with a hole in it.
    skip: [usize; 2],
}

impl Default for DnsTcpParser {
    fn default() -> Self {
        Self::new(DnsConfig::default())
    }
}

impl DnsTcpParser {
    /// A parser of DNS.
    pub fn new(config: DnsConfig) -> Self {
        Self { pairs: Pairs::new(config), skip: [0; 2] }
    }

    fn skip(&mut self, side: Side) -> &mut usize {
        let [initiator, responder] = &mut self.skip;
        if side == Side::Initiator { initiator } else { responder }
    }
}

/// Bytes of the message at the front with its length.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let length = u16::from_be_bytes(*bytes.first_chunk()?);
    Some(usize::from(length).saturating_add(PREFIX_LEN))
}

/// Whether a side starts with a message.
fn front(bytes: &[u8]) -> Probe {
    /// A header and some of the first question tell enough.
    const ENOUGH: usize = 32;
    let Some(len) = frame_len(bytes) else { return Probe::NeedMore };
    let is_it = match bytes.get(PREFIX_LEN..len) {
        Some(message) => probe::is_message(message),
        None if bytes.len() < ENOUGH => return Probe::NeedMore,
        None => probe::is_front(bytes.get(PREFIX_LEN..).unwrap_or_default()),
    };
    if is_it { Probe::Match } else { Probe::NoMatch }
}

impl SessionParser for DnsTcpParser {
    type Message = DnsEvent;

    fn name(&self) -> &'static str {
        "dns"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let probes = [initiator, responder].map(front);
        match probes {
            [Probe::NoMatch, _] | [_, Probe::NoMatch] => Probe::NoMatch,
            [Probe::Match, _] | [_, Probe::Match] => Probe::Match,
            _ => Probe::NeedMore,
        }
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(DnsEvent)) -> Result<usize, Failure> {
        let skip = self.skip(input.side);
        let mut read = (*skip).min(input.bytes.len());
        *skip = skip.saturating_sub(read);
        loop {
            let rest = input.bytes.get(read..).unwrap_or_default();
            let Some(len) = frame_len(rest) else { return Ok(read) };
            let Some(message) = rest.get(PREFIX_LEN..len) else { return Ok(read) };
            let message = OwnedDnsMessage::new(input.side, input.timestamp, message)?;
            self.pairs.message(message, out);
            read = read.saturating_add(len);
        }
    }

    fn on_gap(
        &mut self,
        side: Side,
        len: u64,
        unread: &[u8],
        _out: &mut dyn FnMut(DnsEvent),
    ) -> OnGap {
        let skip = self.skip(side);
        let left = frame_len(unread).map_or(*skip, |frame| frame.saturating_sub(unread.len()));
        match usize::try_from(len).ok().and_then(|len| left.checked_sub(len)) {
            // The hole ends inside the message, or with it: where the next starts is known.
            Some(rest) if left > 0 => {
                *skip = rest;
                OnGap::Resync
            }
            _ => OnGap::StopSide,
        }
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(DnsEvent)) {
        // Who ends its side answers no more.
        let side = input.side;
        self.pairs.end(|query| query.side != side, out);
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut dyn FnMut(DnsEvent)) -> OnTick {
        self.pairs.expire(now, out);
        OnTick::Again
    }
}
