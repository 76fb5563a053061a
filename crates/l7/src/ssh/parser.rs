//! Both sides of a stream of SSH.

use rheos_core::{Side, Timestamp};

use super::message::{Banner, HostKey, KexInit, SshMessage};
use crate::line::{Line, LineReader, text};
use crate::parser::{Failure, Input, OnGap, Probe, SessionParser};

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
/// The reply of the common key exchanges; with groups of the server's choice it is the group.
const KEXDH_REPLY: u8 = 31;
/// The reply with groups of the server's choice ([RFC 4419](https://www.rfc-editor.org/rfc/rfc4419)).
const GEX_REPLY: u8 = 33;

/// What is kept and how much. Every bound is there by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SshConfig {
    /// Bytes of a first line. Default: 255, as section 4.2 has it.
    pub max_banner: usize,
    /// Lines that a server may send before it. Default: 64; the section names no bound, and who
    /// sends more holds clients up.
    pub max_lines: u32,
    /// Bytes of a packet in front of encryption. Default: 256 KiB, what OpenSSH takes.
    pub max_packet: usize,
}

impl Default for SshConfig {
    fn default() -> Self {
        Self { max_banner: 255, max_lines: 64, max_packet: 256 << 10 }
    }
}

/// Reads SSH until both sides encrypt. The side that opened the stream is taken for the client.
#[doc(alias = "SshFactory")]
#[derive(Clone, Debug, Default)]
pub struct SshParser {
    config: SshConfig,
    initiator: State,
    responder: State,
}

#[derive(Clone, Debug, Default)]
struct State {
    place: Place,
    lines: u32,
    reader: LineReader,
    offer: Option<Box<KexInit>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In front of the first line that counts.
    #[default]
    Banner,
    /// Packets in the clear.
    Packets,
    /// Nothing that can be read.
    Encrypted,
}

impl SshParser {
    /// A parser with this configuration.
    pub fn new(config: SshConfig) -> Self {
        Self { config, ..Self::default() }
    }

    fn state(&mut self, side: Side) -> &mut State {
        if side == Side::Initiator { &mut self.initiator } else { &mut self.responder }
    }

    fn banner(
        &mut self,
        input: &Input<'_>,
        bytes: &[u8],
        out: &mut dyn FnMut(SshMessage),
    ) -> Result<Option<usize>, Failure> {
        let (max, max_lines) = (self.config.max_banner, self.config.max_lines);
        let state = self.state(input.side);
        let Some((line, read)) = state.reader.next(bytes, max) else { return Ok(None) };
        let (line, is_whole) = match line {
            Line::Whole(line) => (line, true),
            Line::TooLong(line) => (line, false),
            Line::Rest => return Ok(Some(read)),
        };
        if !line.starts_with(b"SSH-") {
            state.lines = state.lines.saturating_add(1);
            if input.side == Side::Initiator || state.lines > max_lines {
                return Err(Failure::new("a side does not begin with SSH-"));
            }
            return Ok(Some(read));
        }
        if !is_whole {
            return Err(Failure::new(format!("no end of the first line within {max} bytes")));
        }
        let mut parts = line.splitn(3, |byte| *byte == b'-').skip(1);
        let (version, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let space = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
        let (software, comments) = rest.split_at(space);
        // 1.99 is a server of both versions. SSH 1 is not read.
        let is_read = version == b"2.0" || version == b"1.99";
        state.place = if is_read { Place::Packets } else { Place::Encrypted };
        out(SshMessage::Banner(Banner {
            side: input.side,
            timestamp: input.timestamp,
            line: text(line),
            version: text(version),
            software: text(software),
            comments: text(comments.trim_ascii()),
        }));
        Ok(Some(read))
    }

    fn packet(
        &mut self,
        input: &Input<'_>,
        bytes: &[u8],
        out: &mut dyn FnMut(SshMessage),
    ) -> Result<Option<usize>, Failure> {
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let max = self.config.max_packet;
        if !(2..=max).contains(&length) {
            return Err(Failure::new(format!("packet length {length} is not from 2 to {max}")));
        }
        let Some(packet) = rest.get(..length) else { return Ok(None) };
        let (padding, rest) = packet.split_first().unwrap_or((&0, &[]));
        let Some(end) = rest.len().checked_sub(usize::from(*padding)) else {
            return Err(Failure::new(format!(
                "padding length {padding} is above that of the packet"
            )));
        };
        let payload = rest.get(..end).unwrap_or_default();
        let Input { side, timestamp, .. } = *input;
        match payload.split_first() {
            Some((&KEXINIT, body)) => {
                let offer = kex_init(side, timestamp, body)
                    .ok_or_else(|| Failure::new("key exchange lists end before their length"))?;
                let is_first = self.state(side).offer.is_none();
                self.state(side).offer = Some(Box::new(offer.clone()));
                out(SshMessage::KexInit(Box::new(offer)));
                if let (Some(client), Some(server), true) =
                    (&self.initiator.offer, &self.responder.offer, is_first)
                {
                    out(SshMessage::Negotiated(client.negotiate(server)));
                }
            }
            Some((&NEWKEYS, _)) => {
                self.state(side).place = Place::Encrypted;
                out(SshMessage::NewKeys { side, timestamp });
            }
            Some((&(KEXDH_REPLY | GEX_REPLY), body)) => {
                if let Some((algorithm, key)) = host_key(body) {
                    out(SshMessage::HostKey(HostKey {
                        side,
                        timestamp,
                        algorithm,
                        key: key.to_vec(),
                    }));
                }
            }
            _ => {}
        }
        Ok(Some(length.saturating_add(4)))
    }
}

impl SessionParser for SshParser {
    type Message = SshMessage;

    fn name(&self) -> &'static str {
        "ssh"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let one = |bytes: &[u8]| match bytes.get(..4) {
            Some(b"SSH-") => Probe::Match,
            None if b"SSH-".starts_with(bytes) => Probe::NeedMore,
            _ => Probe::NoMatch,
        };
        match (one(initiator), one(responder)) {
            (Probe::Match, _) | (_, Probe::Match) => Probe::Match,
            // A server may say something else first.
            (Probe::NeedMore, _) => Probe::NeedMore,
            _ => Probe::NoMatch,
        }
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure> {
        input.pieces(|rest| match self.state(input.side).place {
            Place::Banner => self.banner(input, rest, out),
            Place::Packets => self.packet(input, rest, out),
            Place::Encrypted => Ok(Some(rest.len())),
        })
    }

    fn on_gap(
        &mut self,
        side: Side,
        _len: u64,
        _unread: &[u8],
        _out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        if self.state(side).place == Place::Encrypted { OnGap::Resync } else { OnGap::StopSide }
    }

    fn is_done(&self) -> bool {
        [&self.initiator, &self.responder].iter().all(|state| state.place == Place::Encrypted)
    }
}

fn kex_init(side: Side, timestamp: Timestamp, body: &[u8]) -> Option<KexInit> {
    let (cookie, mut rest) = body.split_first_chunk()?;
    let mut lists = [const { String::new() }; 10];
    for list in &mut lists {
        let (bytes, behind) = string(rest)?;
        *list = text(bytes);
        rest = behind;
    }
    let first_kex_packet_follows = *rest.first()? != 0;
    Some(KexInit { side, timestamp, cookie: *cookie, lists, first_kex_packet_follows })
}

/// The kind and the bytes of the key in front, if it is one.
fn host_key(body: &[u8]) -> Option<(String, &[u8])> {
    let (key, _) = string(body)?;
    let (algorithm, _) = string(key)?;
    let algorithm = str::from_utf8(algorithm).ok()?;
    // A group of the server's choice starts with a number in this place.
    let is_name = (3..=64).contains(&algorithm.len())
        && algorithm.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| (algorithm.to_owned(), key))
}

/// Bytes with four bytes of length in front, and what is behind them.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}
