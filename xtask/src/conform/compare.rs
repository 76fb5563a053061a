//! Lays a packet of ours beside tshark's: first the layers, then the fields of each.

use std::collections::{HashMap, HashSet};

use super::differences::{Case, Difference};
use super::dissection::{self, Field, Texts};
use super::ours::{Decoded, Layer, Ours, Value};
use super::report::Report;
use super::{mapping, value};

/// What is shown for something that one side does not have.
const ABSENT: &str = "absent";

/// What is shown for a layer that one side has.
const PRESENT: &str = "present";

/// What is shown for a layer that ours says is malformed.
const ERROR: &str = "error";

/// What does not change from one packet of a capture to the next.
pub(crate) struct Comparison<'a> {
    pub(crate) ours: &'a Ours,
    pub(crate) cases: &'a [Case],
    pub(crate) capture: &'a str,
    pub(crate) texts: &'a Texts,
    /// Fields of tshark's that are headings.
    pub(crate) headings: &'a HashSet<String>,
}

/// A packet under comparison.
struct Place<'a> {
    comparison: &'a Comparison<'a>,
    /// Counted from 1, as tshark does.
    number: usize,
    malformed: bool,
}

/// A layer of tshark's, and how much of it our layers have been laid beside.
struct Theirs<'a> {
    name: &'a str,
    fields: Vec<&'a Field>,
    /// Whether parts of it stand behind it, out of the order of the bytes.
    in_parts: bool,
    /// For each name, the places among the fields of that name that have a counterpart.
    pairs: HashMap<&'a str, Vec<usize>>,
}

impl Comparison<'_> {
    /// Compares a packet.
    pub(crate) fn packet(
        &self,
        number: usize,
        ours: &Decoded,
        theirs: &dissection::Packet,
        report: &mut Report,
    ) {
        let name = |layer: &dissection::Layer| self.texts.get(layer.name);
        let malformed = theirs.layers.iter().any(|layer| mapping::is_cut_short(name(layer)));
        let place = Place { comparison: self, number, malformed };
        let before = report.layers_differing();
        let mut chain = self.chain(theirs, report);
        let mut next = 0;
        for (at, layer) in ours.layers.iter().enumerate() {
            let behind = ours.layers.get(at + 1);
            if behind.is_some_and(|behind| mapping::is_folded_back(layer.name, behind.name)) {
                continue;
            }
            let wanted = mapping::theirs(layer.name);
            let found = if mapping::is_folded(layer.name) && next > 0 {
                Some(next - 1)
            } else {
                let rest = chain.iter().enumerate().skip(next);
                rest.into_iter().find(|(_, theirs)| theirs.name == wanted).map(|(at, _)| at)
            };
            let Some(at) = found else {
                place.differ(layer.name, layer.name, ABSENT, PRESENT, report);
                continue;
            };
            for skipped in chain.get(next..at).unwrap_or_default() {
                place.lack(skipped.name, false, report);
            }
            if let Some(theirs) = chain.get_mut(at) {
                place.layer(layer, theirs, report);
            }
            next = at + 1;
        }
        let both_have = next;
        if let Some(theirs) = chain
            .get(next)
            .filter(|theirs| ours.error.is_some_and(|error| mapping::theirs(error) == theirs.name))
        {
            place.broken(theirs, next + 1 == chain.len(), report);
            next += 1;
        }
        let mut rest = chain.get(next..).unwrap_or_default().iter().peekable();
        while let Some(skipped) = rest.next() {
            place.lack(skipped.name, rest.peek().is_none(), report);
        }
        for theirs in chain.iter().take(both_have) {
            place.unshown(theirs, report);
        }
        report.compared(report.layers_differing() == before);
    }

    /// A packet that only one side has.
    pub(crate) fn only(&self, number: usize, theirs: bool, report: &mut Report) {
        let place = Place { comparison: self, number, malformed: false };
        let (theirs, ours) = if theirs { (PRESENT, ABSENT) } else { (ABSENT, PRESENT) };
        place.differ("frame", "frame", theirs, ours, report);
    }

    /// Their layers up to the first that we have none for: what is behind it is not ours to find.
    fn chain<'a>(&'a self, packet: &'a dissection::Packet, report: &mut Report) -> Vec<Theirs<'a>> {
        let mut chain: Vec<Theirs<'a>> = Vec::new();
        for layer in &packet.layers {
            let name = self.texts.get(layer.name);
            let whole = chain.last_mut().filter(|last| mapping::is_part(name, last.name));
            if let Some(whole) = whole {
                whole.fields.extend(&layer.fields);
                whole.in_parts = true;
            } else if name == "frame" || self.ours.knows(name) {
                let fields = layer.fields.iter().collect();
                chain.push(Theirs { name, fields, in_parts: false, pairs: HashMap::new() });
            } else if !mapping::is_no_layer(name) {
                report.beyond(name);
                break;
            }
        }
        let reach = self.reach(packet, &chain);
        chain.truncate(reach);
        chain
    }

    /// How many layers of a chain stand in front of the first protocol that we have none for: some
    /// protocols leave no other trace than their name in `frame.protocols`.
    fn reach(&self, packet: &dissection::Packet, chain: &[Theirs<'_>]) -> usize {
        let mut fields = packet.layers.iter().flat_map(|layer| &layer.fields);
        let list = fields.find(|field| self.texts.get(field.name) == "frame.protocols");
        let list = list.map_or("", |field| self.texts.get(field.show));
        let mut reached = 1;
        for name in list.split(':').filter(|name| !name.is_empty()) {
            let whole = chain.get(reached - 1).map_or("", |theirs| theirs.name);
            let before = reached;
            // A stack of labels is named once.
            while chain.get(reached).is_some_and(|theirs| theirs.name == name) {
                reached += 1;
            }
            let is_known = reached > before
                || self.ours.knows(name)
                || mapping::is_no_layer(name)
                || mapping::is_part(name, whole);
            if !is_known {
                return reached;
            }
        }
        chain.len()
    }
}

impl Place<'_> {
    /// Compares the fields of a layer that both sides have.
    fn layer(&self, ours: &Layer, theirs: &mut Theirs<'_>, report: &mut Report) {
        report.packet(ours.name);
        report.agree(ours.name);
        let texts = self.comparison.texts;
        for (name, value) in &ours.fields {
            let named = theirs.fields.iter().filter(|field| texts.get(field.name) == *name);
            let named: Vec<_> =
                named.map(|field| (texts.get(field.show), texts.get(field.value))).collect();
            let count = ours.fields.iter().filter(|(other, _)| other == name).count();
            let pairs = theirs.pairs.entry(name).or_default();
            let next = pairs.last().map_or(0, |last| last + 1);
            // As many on both sides are pairs. Else one side left out some, which must not make
            // all that follow look wrong: the next that agrees is the counterpart.
            let at = if named.len() == count && !theirs.in_parts {
                Some(next)
            } else {
                let first = if theirs.in_parts { 0 } else { next };
                let agrees = |at: &usize| {
                    named.get(*at).is_some_and(|(s, v)| value::agrees(value, s, v) != Some(false))
                };
                (first..named.len()).filter(|at| !pairs.contains(at)).find(agrees)
            };
            let Some((at, (show, hex))) = at.and_then(|at| Some((at, named.get(at)?))) else {
                self.differ(ours.name, name, ABSENT, &shorten(value), report);
                continue;
            };
            pairs.push(at);
            match value::agrees(value, show, hex) {
                Some(true) => report.agree(ours.name),
                Some(false) => {
                    let shown = if show.is_empty() { hex } else { show };
                    self.differ(ours.name, name, shown, &shorten(value), report);
                }
                None => {}
            }
        }
    }

    /// Counts what tshark shows in a layer that we do not.
    fn unshown(&self, theirs: &Theirs<'_>, report: &mut Report) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let (mut shown, mut missing) = (0, 0);
        let texts = self.comparison.texts;
        let name = |field: &Field| texts.get(field.name);
        let reassembled =
            |field: &&Field| mapping::is_reassembled(name(field), texts.get(field.show));
        if theirs.fields.iter().any(reassembled) {
            return;
        }
        for field in theirs.fields.iter().filter(|field| !field.hidden) {
            let name = name(field);
            let count = seen.entry(name).or_default();
            *count += 1;
            // What is sealed counts if we show it all the same: an identifier of known length.
            let is_missing = *count > theirs.pairs.get(name).map_or(0, Vec::len);
            if is_missing {
                report.unshown(theirs.name, name);
            }
            // What tshark makes up has no bytes; a heading has no value.
            let is_made_up = texts.get(field.value).is_empty();
            let is_heading = self.comparison.headings.contains(name) || mapping::repeats(name);
            let is_beyond =
                is_missing && (mapping::is_unsealed(name) || mapping::shows_twice(theirs.name));
            if !is_made_up && !is_heading && !is_beyond && !self.malformed {
                shown += 1;
                missing += u64::from(is_missing);
            }
        }
        report.cover(theirs.name, shown, missing);
    }

    /// Counts a layer that only tshark has. What ended too early is the last layer it found.
    fn lack(&self, layer: &str, is_last: bool, report: &mut Report) {
        let place = Place { malformed: self.malformed && is_last, ..*self };
        place.differ(layer, layer, PRESENT, ABSENT, report);
    }

    /// Counts a layer of tshark's that is an error to us. Where it is one to tshark too, both have
    /// found the same.
    fn broken(&self, layer: &Theirs<'_>, is_last: bool, report: &mut Report) {
        let texts = self.comparison.texts;
        let mut fields = layer.fields.iter();
        let ruled_out = fields.any(|field| mapping::is_ruled_out(texts.get(field.name)));
        let place = Place { malformed: ruled_out || self.malformed && is_last, ..*self };
        if !place.malformed {
            report.differing_layer();
        }
        place.differ(layer.name, layer.name, PRESENT, ERROR, report);
    }

    fn differ(&self, layer: &str, field: &str, theirs: &str, ours: &str, report: &mut Report) {
        if [(PRESENT, ABSENT), (ABSENT, PRESENT)].contains(&(theirs, ours)) {
            report.differing_layer();
        }
        let capture = self.comparison.capture;
        let difference = Difference { capture, field, theirs, ours, malformed: self.malformed };
        let mut cases = self.comparison.cases.iter();
        if cases.any(|case| case.explains(&difference)) {
            report.explain(layer);
        } else {
            report.differ(layer, self.number, &difference);
        }
    }
}

/// A value as it is shown and matched: long bytes cut.
fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences;
    use super::*;

    /// A packet of tshark's: layers, each with fields of a name and what is shown.
    fn theirs(texts: &mut Texts, layers: &[(&str, &[(&str, &str)])]) -> dissection::Packet {
        let mut packet = dissection::Packet::default();
        for (name, fields) in layers {
            let mut field = |&(name, show): &(&str, &str)| Field {
                name: texts.intern(name),
                show: texts.intern(show),
                value: texts.intern(""),
                hidden: false,
            };
            let fields = fields.iter().map(&mut field).collect();
            let name = texts.intern(name);
            packet.layers.push(dissection::Layer { name, start: 0, len: 0, fields });
        }
        packet
    }

    fn layer(name: &'static str, fields: &[(&'static str, u64)]) -> Layer {
        let fields = fields.iter().map(|&(name, number)| (name, Value::Number(number))).collect();
        Layer { name, fields }
    }

    /// Compares one packet; the report as lines.
    fn compare(cases: &str, ours: &[Layer], theirs: &[(&str, &[(&str, &str)])]) -> Vec<String> {
        report(cases, &Decoded { layers: ours.to_vec(), error: None }, theirs)
    }

    fn report(cases: &str, ours: &Decoded, theirs_of: &[(&str, &[(&str, &str)])]) -> Vec<String> {
        let (mut texts, mut report) = (Texts::default(), Report::default());
        let packet = theirs(&mut texts, theirs_of);
        let cases = differences::cases(cases).unwrap();
        let of = Ours::default();
        let headings = HashSet::new();
        let comparison = Comparison {
            ours: &of,
            cases: &cases,
            capture: "a.pcap",
            texts: &texts,
            headings: &headings,
        };
        comparison.packet(7, ours, &packet, &mut report);
        report.lines(1)
    }

    #[test]
    fn repeated_fields_are_compared_in_order_and_the_rest_is_unshown() {
        let lines = compare(
            "",
            &[layer("eth", &[("eth.a", 1), ("eth.a", 2), ("eth.b", 5)])],
            &[("eth", &[("eth.a", "1"), ("eth.a", "3"), ("eth.c", "4")])],
        );
        let expected = [
            "eth: packets 1, compared 4, agreeing 2, explained 0, differing 2",
            "  eth.a 1",
            "    a.pcap packet 7: theirs 3, ours 2",
            "  eth.b 1",
            "    a.pcap packet 7: theirs absent, ours 5",
            "  not shown by us: eth.c 1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_field_that_one_side_left_out_does_not_shift_the_rest() {
        let lines = compare(
            "",
            &[layer("eth", &[("eth.a", 1), ("eth.a", 2), ("eth.a", 3)])],
            &[("eth", &[("eth.a", "1"), ("eth.a", "3")])],
        );
        let expected = [
            "eth: packets 1, compared 4, agreeing 3, explained 0, differing 1",
            "  eth.a 1",
            "    a.pcap packet 7: theirs absent, ours 2",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_protocol_that_leaves_only_its_name_ends_the_comparison() {
        let frame: (&str, &[(&str, &str)]) =
            ("frame", &[("frame.protocols", "eth:no-such:ip:tcp")]);
        let lines = compare("", &[layer("eth", &[])], &[frame, ("eth", &[]), ("ip", &[])]);
        let expected = [
            "eth: packets 1, compared 1, agreeing 1, explained 0, differing 0",
            "frame: packets 0, compared 1, agreeing 0, explained 0, differing 1",
            "  frame 1",
            "    a.pcap packet 7: theirs present, ours absent",
            "  not shown by us: frame.protocols 1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn parts_of_a_layer_are_compared_with_the_whole() {
        let theirs: &[(&str, &[(&str, &str)])] =
            &[("tcp", &[("tcp.a", "1")]), ("mptcp", &[("tcp.a", "2"), ("tcp.b", "3")])];
        let ours = layer("tcp", &[("tcp.a", 2), ("tcp.b", 3), ("tcp.a", 1)]);
        let lines = compare("", &[ours], theirs);
        assert_eq!(lines, ["tcp: packets 1, compared 4, agreeing 4, explained 0, differing 0"]);
    }

    #[test]
    fn a_layer_that_is_a_part_of_the_one_behind_it_is_compared_there() {
        let ours = [layer("eth", &[("eth.type", 1)]), layer("cfp", &[("cfp.ttl", 2)])];
        let lines = compare("", &ours, &[("cfp", &[("cfp.ttl", "2")])]);
        assert_eq!(lines, ["cfp: packets 1, compared 2, agreeing 2, explained 0, differing 0"]);
    }

    #[test]
    fn layers_that_one_side_lacks_are_differences() {
        let lines = compare(
            "",
            &[layer("eth", &[]), layer("udp", &[])],
            &[("eth", &[]), ("ethertype", &[]), ("ip", &[]), ("tcp", &[])],
        );
        let expected = [
            "eth: packets 1, compared 1, agreeing 1, explained 0, differing 0",
            "ip: packets 0, compared 1, agreeing 0, explained 0, differing 1",
            "  ip 1",
            "    a.pcap packet 7: theirs present, ours absent",
            "tcp: packets 0, compared 1, agreeing 0, explained 0, differing 1",
            "  tcp 1",
            "    a.pcap packet 7: theirs present, ours absent",
            "udp: packets 0, compared 1, agreeing 0, explained 0, differing 1",
            "  udp 1",
            "    a.pcap packet 7: theirs absent, ours present",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn only_the_last_layer_is_excused_by_a_packet_that_ended_early() {
        let cases = "| case | where | theirs | ours | seen in | why |\n|---|\n\
            | c | `* when malformed` | `present` | `absent` | `a.pcap` | so |\n";
        let theirs: &[(&str, &[(&str, &str)])] =
            &[("eth", &[]), ("ip", &[]), ("tcp", &[]), ("_ws.malformed", &[])];
        let lines = compare(cases, &[layer("eth", &[])], theirs);
        let expected = [
            "eth: packets 1, compared 1, agreeing 1, explained 0, differing 0",
            "ip: packets 0, compared 1, agreeing 0, explained 0, differing 1",
            "  ip 1",
            "    a.pcap packet 7: theirs present, ours absent",
            "tcp: packets 0, compared 1, agreeing 0, explained 1, differing 0",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_error_of_ours_is_excused_where_tshark_gave_up_too() {
        let cases = "| case | where | theirs | ours | seen in | why |\n|---|\n\
            | c | `* when malformed` | `present` | `error` | `a.pcap` | so |\n";
        let explained = |ours: &'static str, theirs: &[(&str, &[(&str, &str)])]| {
            let ours = Decoded { layers: vec![layer("eth", &[])], error: Some(ours) };
            report(cases, &ours, theirs).iter().any(|line| line.contains("explained 1"))
        };
        let eth: (&str, &[(&str, &str)]) = ("eth", &[]);
        assert!(explained("ip", &[eth, ("ip", &[]), ("_ws.short", &[])]));
        assert!(explained("ip", &[eth, ("ip", &[("ip.bogus_ip_version", "")]), ("ipv6", &[])]));
        assert!(!explained("ip", &[eth, ("ip", &[])]), "tshark reads it all");
        assert!(!explained("ip", &[eth, ("ip", &[]), ("tcp", &[]), ("_ws.short", &[])]));
        assert!(!explained("arp", &[eth, ("ip", &[]), ("_ws.short", &[])]), "another layer");
    }

    #[test]
    fn what_is_behind_a_protocol_that_we_lack_is_not_compared() {
        let lines =
            compare("", &[layer("eth", &[])], &[("eth", &[]), ("no-such", &[]), ("ip", &[])]);
        let expected = [
            "eth: packets 1, compared 1, agreeing 1, explained 0, differing 0",
            "beyond: no-such 1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_case_explains_a_difference() {
        let cases = "| case | where | theirs | ours | seen in | why |\n|---|\n\
            | c | `eth.a` | `1` | `2` | `a.pcap` | so |\n";
        let lines = compare(cases, &[layer("eth", &[("eth.a", 2)])], &[("eth", &[("eth.a", "1")])]);
        assert_eq!(lines, ["eth: packets 1, compared 2, agreeing 1, explained 1, differing 0"]);
    }
}
