//! A row of a `conn.log`, and how it is written.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rheos_core::{Side, Timestamp};

use super::{Conn, ZeekTuple};
use crate::{FlowExtractor, FlowRecord, HashSeed, L4Proto};

/// The columns, and their types.
const COLUMNS: [(&str, &str); 22] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
    ("ip_proto", "count"),
];

/// A row of a `conn.log`. It is written as one, with tabs and without an end of line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnRow {
    /// When the first packet came.
    pub ts: Timestamp,
    /// What the connection is called.
    pub uid: Uid,
    /// The initiator; ICMP has its type in the place of the port.
    pub orig: SocketAddr,
    /// The responder; ICMP has its code, or the type of the answer, in the place of the port.
    pub resp: SocketAddr,
    /// `tcp`, `udp`, `icmp` or `unknown_transport`.
    pub proto: &'static str,
    /// From the first packet to the last that counts.
    pub duration: Duration,
    /// Bytes of payload of each side.
    pub bytes: [u64; 2],
    /// How it went.
    pub conn_state: &'static str,
    /// Bytes that were acknowledged and are not in the capture.
    pub missed_bytes: u64,
    /// What happened.
    pub history: String,
    /// Packets of each side, and bytes of IP in them.
    pub packets: [(u64, u64); 2],
    /// The tunnels that its packets came through, in the order in which they were seen.
    pub tunnel_parents: TunnelParents,
    /// What IP carries.
    pub ip_proto: u8,
    /// What parsers found in it, by Zeek's names.
    pub services: Vec<&'static str>,
}

impl ConnRow {
    /// The row of a connection that ends. Of what parsers find in it, it knows nothing.
    pub fn new(
        flow: &FlowRecord<<ZeekTuple as FlowExtractor>::Key, Conn>,
        uid: Uid,
        tunnel_parents: TunnelParents,
    ) -> Self {
        Self::of(flow, &flow.user, uid, tunnel_parents)
    }

    /// The same, of which something else is kept too.
    pub fn of<S>(
        flow: &FlowRecord<<ZeekTuple as FlowExtractor>::Key, S>,
        conn: &Conn,
        uid: Uid,
        tunnel_parents: TunnelParents,
    ) -> Self {
        let (orig, resp) = flow.key.key.endpoints(flow.initiator);
        let sides = [Side::Initiator, Side::Responder];
        Self {
            ts: flow.stats.started,
            uid,
            orig,
            resp,
            proto: match flow.l4 {
                Some(L4Proto::Tcp) => "tcp",
                Some(L4Proto::Udp) => "udp",
                Some(L4Proto::Icmp | L4Proto::IcmpV6) => "icmp",
                _ => "unknown_transport",
            },
            duration: conn.duration(),
            bytes: sides.map(|side| conn.bytes(side, flow.l4)),
            conn_state: conn.conn_state(flow.l4),
            missed_bytes: conn.missed_bytes(),
            history: conn.history().as_str().to_owned(),
            packets: sides.map(|side| conn.packets(side)),
            tunnel_parents,
            ip_proto: flow.key.key.protocol().0,
            services: Vec::new(),
        }
    }

    /// Whether the initiator and the responder are of a private or a special network.
    pub fn locals(&self) -> [bool; 2] {
        [self.orig, self.resp].map(|end| is_local(end.ip()))
    }
}

/// Tunnels of one connection that are remembered. A tunnel over UDP has another source port each way, and a host
/// that moves has some more; without a bound, packets of one connection with ever other ports around them would
/// take memory.
const MAX_PARENTS: usize = 16;

/// What the tunnels are called that a connection came through: Zeek's `tunnel_parents`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TunnelParents(Vec<Uid>);

impl TunnelParents {
    /// Notes what a packet came through, unless that is known. Those behind the sixteenth are left out.
    pub fn add(&mut self, parent: Option<Uid>) {
        if let Some(parent) = parent.filter(|parent| !self.0.contains(parent))
            && self.0.len() < MAX_PARENTS
        {
            self.0.push(parent);
        }
    }

    /// The tunnels, in the order in which they were seen.
    pub fn iter(&self) -> impl Iterator<Item = Uid> {
        self.0.iter().copied()
    }
}

impl fmt::Display for ConnRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orig, resp, .. } = self;
        write!(f, "{:.6}\t{}\t", self.ts.unix(), self.uid)?;
        write!(f, "{}\t{}\t{}\t{}\t", orig.ip(), orig.port(), resp.ip(), resp.port())?;
        let services = self.services.join(",");
        let services = if services.is_empty() { "-" } else { &services };
        write!(f, "{}\t{services}\t", self.proto)?;
        // A single packet has no duration, and to Zeek no bytes.
        if self.duration.is_zero() {
            f.write_str("-\t-\t-\t")?;
        } else {
            let (seconds, micros) = (self.duration.as_secs(), self.duration.subsec_micros());
            let [orig, resp] = self.bytes;
            write!(f, "{seconds}.{micros:06}\t{orig}\t{resp}\t")?;
        }
        let [local_orig, local_resp] = self.locals().map(|local| if local { "T" } else { "F" });
        write!(f, "{}\t{local_orig}\t{local_resp}\t{}\t", self.conn_state, self.missed_bytes)?;
        let history = if self.history.is_empty() { "-" } else { &self.history };
        let [(orig_packets, orig_bytes), (resp_packets, resp_bytes)] = self.packets;
        write!(f, "{history}\t{orig_packets}\t{orig_bytes}\t{resp_packets}\t{resp_bytes}\t")?;
        for (place, parent) in self.tunnel_parents.iter().enumerate() {
            write!(f, "{}{parent}", if place > 0 { "," } else { "" })?;
        }
        if self.tunnel_parents.iter().next().is_none() {
            f.write_str("-")?;
        }
        write!(f, "\t{}", self.ip_proto)
    }
}

/// A time as the lines `#open` and `#close` of a log have it: `2026-11-22-06-12-00`, in UTC.
#[derive(Clone, Copy, Debug)]
pub struct LogTime(pub Timestamp);

impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = format!("{:.0}", self.0).replace(['T', ':'], "-");
        f.write_str(time.trim_end_matches('Z'))
    }
}

/// Writes the lines in front of the first row. A log is opened when its first packet comes: by the
/// clock of the capture, so that it is the same in each run.
///
/// # Errors
///
/// Those of the writer.
pub fn write_header(output: &mut impl Write, opened: Timestamp) -> io::Result<()> {
    output.write_all(b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n")?;
    write!(output, "#unset_field\t-\n#path\tconn\n#open\t{}\n#fields", LogTime(opened))?;
    COLUMNS.iter().try_for_each(|(name, _)| write!(output, "\t{name}"))?;
    output.write_all(b"\n#types")?;
    COLUMNS.iter().try_for_each(|(_, kind)| write!(output, "\t{kind}"))?;
    output.write_all(b"\n")
}

/// Writes the line behind the last row of any log that is whole: it is closed with the last packet.
///
/// # Errors
///
/// Those of the writer.
pub fn write_footer(output: &mut impl Write, closed: Timestamp) -> io::Result<()> {
    writeln!(output, "#close\t{}", LogTime(closed))
}

/// Whether an address is of a private or a special network: Zeek's `Site::private_address_space`.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            matches!(
                (a, b, c),
                (0 | 10 | 127 | 239 | 240.., ..)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 168, _)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
                    | (224, 0, 0)
            )
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            address.is_loopback()
                || address.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || (first == 0x2001 && (second < 0x200 || second == 0xdb8))
                || (first == 0x0100 && second == 0)
        }
    }
}

/// The name of a connection: 96 bits in Zeek's base of 62, behind a `C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uid(u128);

impl Uid {
    /// A name for what happens at a time, with its number among those: the same in each run.
    pub fn of(what: &impl Hash, count: u64) -> Self {
        let [high, low] = [1, 2].map(|seed| HashSeed::fixed(seed).hash_one((what, count)));
        Self((u128::from(high) << 32) ^ u128::from(low))
    }
}

impl Uid {
    /// The lower bits of the name, as a number that programs of any kind can hold: 53 bits.
    #[allow(clippy::cast_possible_truncation, reason = "the lower bits are meant")]
    pub fn number(self) -> u64 {
        self.0 as u64 & ((1 << 53) - 1)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        f.write_str("C")?;
        let mut rest = self.0;
        while rest > 0 {
            let digit = usize::try_from(rest % 62).unwrap_or(0);
            write!(f, "{}", char::from(DIGITS.get(digit).copied().unwrap_or(b'0')))?;
            rest /= 62;
        }
        Ok(())
    }
}
