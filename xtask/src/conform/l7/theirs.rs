//! What tshark reads in streams: fields and their texts, out of its PDML.

use std::collections::HashSet;
use std::io::BufRead;

use anyhow::{Context, Result};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::values::Values;
use crate::conform::pdml::{Attributes, DOCUMENT};
use crate::conform::theirs::Pdml;

/// Names the form of what is remembered: another one makes what was remembered unknown.
const FORM: &str = "l7 2";

/// The protocols whose fields are kept.
const PROTOCOLS: &[&str] = &["http", "dns", "mdns", "llmnr", "tls", "dtls", "ssh", "smtp", "ftp"];

/// How tshark is run so that it says all that there is to say.
///
/// - Fragments are put together.
/// - Bodies stay packed, so that their length is what was sent.
/// - What an ICMP error quotes is not said by anyone.
/// - QUIC is left out, whose hellos it decrypts and shows as TLS: there is no parser for it here.
/// - Ethernet frames have no check sequence: its heuristic takes padding for one.
const PREFERENCES: [&str; 7] = [
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

/// What is asked of tshark.
pub(super) fn pdml(way: Way) -> Pdml {
    let (waits, protocols) = match way {
        Way::Whole => {
            (["-otcp.reassemble_out_of_order:TRUE", "-ohttp.desegment_body:TRUE"], PROTOCOLS)
        }
        Way::Behind => {
            (["-otcp.reassemble_out_of_order:FALSE", "-ohttp.desegment_body:TRUE"], TEXTS)
        }
        Way::AtOnce => {
            (["-otcp.reassemble_out_of_order:FALSE", "-ohttp.desegment_body:FALSE"], &["http"][..])
        }
    };
    let filter = format!("({}) and not icmp and not icmpv6", protocols.join(" or "));
    let shown = vec!["-Y".to_owned(), filter, "-J".to_owned(), protocols.join(" ")];
    let preferences = PREFERENCES.into_iter().chain(waits).collect();
    Pdml { preferences, shown, form: FORM, make: remember }
}

/// What is remembered of PDML: a line for each field, `frame name text` with tabs between them.
fn remember(input: &mut dyn BufRead) -> Result<String> {
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
            Event::End(tag) if tag.name().as_ref() == DOCUMENT => return Ok(walk.lines),
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
    // A line without a code goes on with a reply, of which ours is the first line, or is none.
    let replies: HashSet<&str> = rows
        .iter()
        .filter(|[_, name, _]| name == "ftp.response.code")
        .map(|[frame, ..]| &**frame)
        .collect();
    let mut values = Values::default();
    for [frame, name, text] in &rows {
        let Some(field) = fields.iter().find(|field| *field == name) else { continue };
        let is_garbage = name.starts_with("dns.") && garbage.contains(&**frame)
            || name == "ftp.response.arg" && !replies.contains(&**frame);
        if is_garbage {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// From `tshark -T pdml` 4.0.17 over captures of Zeek's, cut to a few fields.
    const PDML: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<pdml version="0" creator="wireshark/4.0.17">
<packet>
  <proto name="geninfo" pos="0" size="70"><field name="num" pos="0" show="7" size="70"/></proto>
  <proto name="tcp" size="20" pos="34"><field name="tcp.port" size="2" pos="34" show="80"/></proto>
  <proto name="http" size="40" pos="54">
    <field name="" show="GET / HTTP/1.1\r\n" size="16" pos="54" value="47">
      <field name="http.request.method" size="3" pos="54" show="GET" value="474554"/>
    </field>
    <field name="http.request" hide="yes" size="0" pos="54" show="1"/>
    <field name="http.file_data" showname="File Data: 5 bytes" size="5" pos="70" show="a
b&amp;c" value="610a622663"/>
    <field name="" show="Content-encoded entity body (gzip): 9 bytes" size="9" pos="75" value="1f"/>
  </proto>
  <proto name="tls" size="9" pos="54">
    <field name="tls.handshake.certificate" size="9" pos="54" show="30:82" value="3082">
      <field name="x509af.serialNumber" size="2" pos="55" show="0a:ff" value="0aff"/>
      <field name="x509af.issuer" size="2" pos="57" show="0" value="30">
        <field name="x509if.id" size="2" pos="57" show="2.5.4.6" value="550406"/>
        <field name="x509sat.CountryName" size="2" pos="57" show="GB" value="4742"/>
        <field name="x509sat.DirectoryString" size="2" pos="57" show="1" value="13">
          <field name="x509sat.printableString" size="2" pos="57" show="COMODO SSL CA" value="43"/>
        </field>
      </field>
      <field name="x509af.notBefore" size="2" pos="57" show="0" value="17">
        <field name="x509af.utcTime" size="13" pos="57" show="2013-02-04 00:00:00 (UTC)" value="31"/>
      </field>
    </field>
    <field name="x509af.issuer" size="2" pos="57" show="0" value="30"/>
  </proto>
</packet>
</pdml>"#;

    #[test]
    fn fields_certificates_and_lengths_of_bodies_are_remembered() {
        let lines = remember(&mut PDML.as_bytes()).unwrap();
        let expected = [
            "7\thttp.request.method\tGET",
            "7\thttp.file_data\t5",
            "7\thttp.file_data\t9",
            "7\ttls.handshake.certificate\t30:82",
            "7\tcertificate.serial\t0aff",
            "7\tcertificate.issuer\tGB/COMODO SSL CA",
            "7\tcertificate.notBefore\t2013-02-04 00:00:00 (UTC)",
            "7\tx509af.issuer\t0",
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn commands_are_in_capitals_and_garbage_does_not_count() {
        let lines = "1\tsmtp.req.command\thelo\n2\tdns.id\t0x0001\n2\tdns.qry.name\t<Name too long>\n\
            3\tdns.id\t0x0002\n4\tftp.response.code\t220\n4\tftp.response.arg\thi\n\
            5\tftp.response.arg\tgoes on\n6\tother\tx\n";
        let fields = ["smtp.req.command", "dns.id", "ftp.response.arg"];
        let found = values(lines, &fields);
        let mut expected = Values::default();
        expected.add("smtp.req.command", "HELO");
        expected.add("dns.id", "0x0002");
        expected.add("ftp.response.arg", "hi");
        for field in fields {
            let (count, surplus) = found.compare(&expected, field);
            assert_eq!((count.equal, surplus.len()), (1, 0), "{field}");
        }
    }
}
