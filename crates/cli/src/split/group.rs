//! A file for each flow or host.
//!
//! There may be more of them than files can be open: the capture is read once to know which packet
//! belongs where, and then once for each batch of files.

use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;

use rheos::core::RawPacket;
use rheos::flow::{FiveTuple, FiveTupleKey, FlowExtractor, L4Proto};
use rheos::layers::{Decoder, Ipv4, Ipv6, Packet};

use super::{Arguments, By, Standing, name};
use crate::error::Error;
use crate::input::{Input, Step, for_each_packet};
use crate::save::Saver;

/// Files that are open at the same time: below the 1,024 that a process may usually have.
const BATCH: usize = 500;
/// The group of packets that belong to none.
const OTHER: u32 = 0;
/// The group of packets whose own would be one too many.
const REST: u32 = 1;

/// What belongs together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Flow(FiveTupleKey),
    Host(IpAddr),
}

/// Which packet belongs where.
struct Groups {
    by: By,
    decoder: Decoder,
    extractor: FiveTuple,
    numbers: HashMap<Key, u32>,
    /// What stands in the names of files, by number.
    names: Vec<String>,
    most: usize,
}

impl Groups {
    fn new(by: By, max_files: u32) -> Self {
        let decoder = Decoder::default();
        Self {
            by,
            extractor: FiveTuple::new(&decoder),
            decoder,
            numbers: HashMap::new(),
            names: vec!["other".to_owned(), "rest".to_owned()],
            // Beside the two for what has none of its own.
            most: (max_files as usize).saturating_add(2),
        }
    }

    /// The groups of a packet: one, or two that differ.
    fn of(&mut self, packet: &RawPacket<'_>) -> [u32; 2] {
        match self.by {
            By::Flow => {
                let Some(extracted) = self.extractor.extract(packet) else { return [OTHER; 2] };
                let ends = extracted.key.endpoints(extracted.orientation);
                let l4 = extracted.l4;
                let name = || {
                    let proto = match l4 {
                        Some(L4Proto::Tcp) => "tcp".to_owned(),
                        Some(L4Proto::Udp) => "udp".to_owned(),
                        Some(L4Proto::Icmp) => "icmp".to_owned(),
                        Some(L4Proto::IcmpV6) => "icmpv6".to_owned(),
                        Some(L4Proto::Sctp) => "sctp".to_owned(),
                        Some(L4Proto::Other(number)) => format!("ip{number}"),
                        None => "ip".to_owned(),
                    };
                    let end =
                        |end: std::net::SocketAddr| format!("{}_{}", in_name(end.ip()), end.port());
                    // What tells control messages between the same hosts apart.
                    let message = extracted.key.message();
                    let message = message.map(|(kind, code)| format!("_{kind}_{code}"));
                    let message = message.unwrap_or_default();
                    format!("{proto}_{}_{}{message}", end(ends.0), end(ends.1))
                };
                [self.number(Key::Flow(extracted.key), name); 2]
            }
            By::Host => {
                let mut decoded = Packet::new(&self.decoder);
                decoded.decode(packet.link_type, packet.data);
                let v4 = decoded
                    .get::<Ipv4<'_>>()
                    .map(|ip| [ip.source().into(), ip.destination().into()]);
                let v6 = || {
                    let ip = decoded.get::<Ipv6<'_>>()?;
                    Some([ip.source().into(), ip.destination().into()])
                };
                let hosts: Option<[IpAddr; 2]> = v4.or_else(v6);
                let Some(hosts) = hosts else { return [OTHER; 2] };
                hosts.map(|host| self.number(Key::Host(host), || in_name(host)))
            }
        }
    }

    fn number(&mut self, key: Key, name: impl FnOnce() -> String) -> u32 {
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        if self.names.len() >= self.most {
            return REST;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(REST);
        self.names.push(name());
        self.numbers.insert(key, number);
        number
    }
}

/// Writes each group into its file.
pub(super) fn split(arguments: &Arguments, by: By) -> Result<(), Error> {
    if arguments.input.as_os_str() == "-" {
        let message = "--by reads the capture more than once: give it a file, not standard input";
        return Err(Error::Usage(message.to_owned()));
    }
    let mut groups = Groups::new(by, arguments.max_files);
    let mut packets = Vec::new();
    let mut used = [false; 2];
    let end = for_each_packet(&arguments.input, |_, packet| {
        let of = groups.of(packet);
        for (group, used) in used.iter_mut().enumerate() {
            *used |= of.iter().any(|number| *number as usize == group);
        }
        packets.push(of);
        Ok(Step::Next)
    })?;
    let mut first = 0;
    while first < groups.names.len() {
        let names = groups.names.iter().skip(first).take(BATCH);
        write(arguments, names, first, &packets)?;
        first = first.saturating_add(BATCH);
    }
    let [_, is_rest_used] = used;
    if is_rest_used {
        // What a person would not look for in a list of ten thousand files.
        let _told = writeln!(
            std::io::stderr(),
            "more than {} files: the other packets are in {}",
            arguments.max_files,
            name::with(&arguments.output, "rest").display()
        );
    }
    end.map_or(Ok(()), Err)
}

/// Writes the groups of these names, the first of which has this number.
fn write<'n>(
    arguments: &Arguments,
    names: impl Iterator<Item = &'n String>,
    first: usize,
    packets: &[[u32; 2]],
) -> Result<(), Error> {
    let names: Vec<_> = names.collect();
    let mut files: Vec<Option<Saver>> = names.iter().map(|_| None).collect();
    let mut standing = Standing::default();
    let mut input = Input::open(&arguments.input)?;
    let mut groups = packets.iter();
    // What is wrong at the end has been told by the first reading.
    while let Ok(Some(entry)) = input.next_block() {
        let Some(packet) = entry.packet else {
            for saver in files.iter_mut().flatten() {
                Standing::write_one(&entry.block, saver)?;
            }
            standing.keep(entry.block);
            continue;
        };
        let Some([one, other]) = groups.next() else { break };
        let other = Some(other).filter(|other| *other != one);
        for number in std::iter::once(one).chain(other) {
            let Some(place) = (*number as usize).checked_sub(first) else { continue };
            let (Some(file), Some(part)) = (files.get_mut(place), names.get(place)) else {
                continue;
            };
            let saver = match file {
                Some(saver) => saver,
                None => {
                    let name = name::with(&arguments.output, part);
                    file.insert(standing.start(&name, &arguments.save)?)
                }
            };
            saver.block(&entry.block, Some(&packet))?;
        }
    }
    files.into_iter().flatten().try_for_each(Saver::finish)
}

/// An address as a part of a file name, in which no system takes a colon.
fn in_name(address: IpAddr) -> String {
    address.to_string().replace(':', "-")
}
