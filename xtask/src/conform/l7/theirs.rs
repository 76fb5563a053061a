//! What tshark reads in streams: fields and their texts, out of its PDML.

use std::collections::HashSet;
use std::io::BufRead;

use anyhow::{Context, Result};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::values::Values;
use crate::conform::pdml::Attributes;

/// Names the form of what is remembered: another one makes what was remembered unknown.
pub(super) const FORM: &str = "l7 2";

/// The protocols whose fields are kept.
const PROTOCOLS: &[&str] = &["http", "dns", "mdns", "llmnr", "tls", "dtls", "ssh", "smtp", "ftp"];

/// How tshark is run so that it says all that there is to say.
///
/// - Fragments are put together.
/// - Bodies stay packed, so that their length is what was sent.
/// - What an ICMP error quotes is not said by anyone.
/// - QUIC is left out, whose hellos it decrypts and shows as TLS: there is no parser for it here.
/// - Ethernet frames have no check sequence: its heuristic takes padding for one.
const ARGUMENTS: &[&str] = &[
    "-n",
    "-T",
    "pdml",
    "-otcp.desegment_tcp_streams:TRUE",
    "-oip.defragment:TRUE",
    "-oipv6.defragment:TRUE",
    "-ohttp.decompress_body:FALSE",
    "-oeth.fcs:Never",
    "--disable-protocol",
    "quic",
];

/// What tshark waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Segments that are out of order are put in order, and bodies together. A message behind a
    /// segment that never comes, or whose body never ends, is not shown.
    Whole,
    /// Bodies are put together, but nothing behind a hole waits for it. For protocols of text alone:
    /// others need their first bytes.
    Behind,
    /// Nothing: heads of HTTP are shown at once. A head that starts inside of a segment is not shown.
    AtOnce,
}

/// The protocols of text.
const TEXTS: &[&str] = &["http", "ssh", "smtp", "ftp"];

/// Fields that tshark shows as they were sent, and ours are in capitals.
const CAPITALS: [&str; 2] = ["smtp.req.command", "ftp.request.command"];

/// What tshark shows in the place of a name that is too long or whose pointers go round in circles.
const NO_NAME: &str = "<Name ";

/// Longer texts are bodies, and are kept as their length.
const MAX_TEXT: usize = 1 << 16;

/// Under it stands all that tshark says of a certificate.
const CERTIFICATE: [&str; 2] = ["tls.handshake.certificate", "dtls.handshake.certificate"];

/// What a body is called: of it only the length is kept.
pub(super) const BODY: &str = "http.file_data";

/// What one is called whose coding is not undone.
const PACKED_BODY: &str = "Content-encoded entity body (";

/// The arguments for tshark.
pub(super) fn arguments(way: Way) -> Vec<String> {
    let (is_ordered, has_bodies, protocols) = match way {
        Way::Whole => ("TRUE", "TRUE", PROTOCOLS),
        Way::Behind => ("FALSE", "TRUE", TEXTS),
        Way::AtOnce => ("FALSE", "FALSE", &["http"][..]),
    };
    let filter = format!("({}) and not icmp and not icmpv6", protocols.join(" or "));
    let mut arguments: Vec<String> = ARGUMENTS.iter().map(|text| (*text).to_owned()).collect();
    arguments.push(format!("-otcp.reassemble_out_of_order:{is_ordered}"));
    arguments.push(format!("-ohttp.desegment_body:{has_bodies}"));
    arguments.extend(["-Y".to_owned(), filter, "-J".to_owned(), protocols.join(" ")]);
    arguments
}

/// What is remembered of PDML: a line for each field, `frame name text` with tabs between them.
pub(super) fn remember(input: &mut dyn BufRead) -> Result<String> {
    let mut reader = Reader::from_reader(input);
    reader.config_mut().check_end_names = false;
    let mut walk = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).context("PDML")? {
            Event::Start(tag) => walk.open(Attributes::of(&tag), tag.name().as_ref()),
            Event::Empty(tag) => {
                walk.open(Attributes::of(&tag), tag.name().as_ref());
                walk.close();
            }
            Event::End(_) => walk.close(),
            Event::Eof => return Ok(walk.lines),
            _ => {}
        }
    }
}

/// The values in what is remembered.
pub(super) fn values(lines: &str, fields: &[&'static str]) -> Values {
    let cells = |line: &'_ str| -> Option<[String; 3]> {
        let mut cells = line.splitn(3, '\t').map(str::to_owned);
        Some([cells.next()?, cells.next()?, cells.next()?])
    };
    let rows: Vec<_> = lines.lines().filter_map(cells).collect();
    // A frame with names that cannot be read is garbage to its end.
    let garbage: HashSet<&str> = rows
        .iter()
        .filter(|[_, name, text]| name.starts_with("dns.") && text.starts_with(NO_NAME))
        .map(|[frame, ..]| &**frame)
        .collect();
    let mut values = Values::default();
    for [frame, name, text] in &rows {
        let Some(field) = fields.iter().find(|field| *field == name) else { continue };
        if name.starts_with("dns.") && garbage.contains(&**frame) {
            continue;
        }
        // Commands are ours in capitals.
        if CAPITALS.contains(&&**name) {
            values.add(field, text.to_ascii_uppercase());
        } else {
            values.add(field, &**text);
        }
    }
    values
}

/// Where in the document we are.
#[derive(Default)]
struct Walk {
    lines: String,
    frame: String,
    /// The names of the open elements, those of protocols marked.
    path: Vec<(String, bool)>,
    /// The parts of the name of a certificate's subject or issuer.
    parts: Vec<String>,
}

impl Walk {
    fn open(&mut self, attributes: Attributes<'_>, tag: &[u8]) {
        let Attributes { name, show, size, hidden, .. } = attributes;
        let is_protocol = tag == b"proto";
        if name == "num" {
            self.frame = show.into_owned();
        } else if self.is_in(&CERTIFICATE) {
            self.certificate(&name, &show);
        } else if !is_protocol && !hidden && self.is_wanted() {
            let is_body = name == BODY || show.starts_with(PACKED_BODY);
            if is_body && size != "0" {
                self.tell(BODY, &size);
            } else if !is_body && name.contains('.') {
                self.tell(&name, if show.len() > MAX_TEXT { &size } else { &show });
            }
        }
        self.path.push((name.into_owned(), is_protocol));
    }

    fn close(&mut self) {
        let Some((name, _)) = self.path.pop() else { return };
        let is_name = matches!(&*name, "x509af.issuer" | "x509af.subject");
        if is_name && self.is_in(&CERTIFICATE) {
            let name = name.replace("x509af", "certificate");
            let parts = std::mem::take(&mut self.parts).join("/");
            self.tell(&name, &parts);
        }
    }

    fn certificate(&mut self, name: &str, show: &str) {
        match name {
            "x509af.serialNumber" => self.tell("certificate.serial", &show.replace(':', "")),
            "x509af.utcTime" | "x509af.generalizedTime" => {
                let place = ["x509af.notBefore", "x509af.notAfter"];
                if let Some(place) = place.into_iter().find(|place| self.is_in(&[place])) {
                    self.tell(&place.replace("x509af", "certificate"), show);
                }
            }
            "x509sat.DirectoryString" => {}
            _ if self.is_in(&["x509af.issuer", "x509af.subject"])
                && (name.starts_with("x509sat.") || name.starts_with("x509ce.")) =>
            {
                self.parts.push(show.to_owned());
            }
            _ => {}
        }
    }

    fn is_in(&self, names: &[&str]) -> bool {
        self.path.iter().any(|(name, _)| names.contains(&&**name))
    }

    /// Whether the innermost protocol is one that is kept.
    fn is_wanted(&self) -> bool {
        let protocol = self.path.iter().rev().find(|(_, is_protocol)| *is_protocol);
        protocol.is_some_and(|(name, _)| PROTOCOLS.contains(&&**name))
    }

    fn tell(&mut self, name: &str, text: &str) {
        let text = text.replace('\n', "\\n");
        for word in [&*self.frame, "\t", name, "\t", &text, "\n"] {
            self.lines.push_str(word);
        }
    }
}
