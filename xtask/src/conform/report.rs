//! What a comparison found, protocol by protocol.

use std::collections::BTreeMap;
use std::fmt::Write;

use rheos_layers::Registry;

use super::differences::Difference;

/// Most unexplained differences in a million compared fields of a protocol: 0.1 %, little enough
/// that a wrong field cannot hide among the packets that tshark reads by another rule.
const MAX_DIFFERING: u64 = 1_000;

/// Examples kept of each field that differs: more than anyone asks for, less than all.
const KEPT: usize = 200;

/// What a comparison found.
#[derive(Default)]
pub(crate) struct Report {
    protocols: BTreeMap<String, Protocol>,
    /// Packets compared, and those of them whose layers are the same on both sides.
    packets: u64,
    same_layers: u64,
    /// Layers that only one side has, or that are an error on one.
    layers_differing: u64,
    beyond: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Protocol {
    packets: u64,
    agreeing: u64,
    explained: u64,
    differing: BTreeMap<String, Differing>,
    unshown: BTreeMap<String, u64>,
    /// Values that tshark shows, and those of them that we do not.
    shown: u64,
    missing: u64,
}

#[derive(Default)]
struct Differing {
    count: u64,
    examples: Vec<String>,
}

impl Protocol {
    fn differing(&self) -> u64 {
        self.differing.values().map(|field| field.count).sum()
    }

    fn compared(&self) -> u64 {
        self.agreeing + self.explained + self.differing()
    }
}

impl Report {
    fn protocol(&mut self, name: &str) -> &mut Protocol {
        if !self.protocols.contains_key(name) {
            self.protocols.insert(name.to_owned(), Protocol::default());
        }
        self.protocols.entry(name.to_owned()).or_default()
    }

    /// Counts a layer that both sides have.
    pub(crate) fn packet(&mut self, protocol: &str) {
        self.protocol(protocol).packets += 1;
    }

    /// Counts a value that both sides show.
    pub(crate) fn agree(&mut self, protocol: &str) {
        self.protocol(protocol).agreeing += 1;
    }

    /// Counts a difference that has a reason.
    pub(crate) fn explain(&mut self, protocol: &str) {
        self.protocol(protocol).explained += 1;
    }

    /// Counts a difference without one.
    pub(crate) fn differ(&mut self, protocol: &str, packet: usize, difference: &Difference<'_>) {
        let Difference { capture, field, theirs, ours, .. } = difference;
        let differing = self.protocol(protocol).differing.entry((*field).to_owned()).or_default();
        differing.count += 1;
        if differing.examples.len() < KEPT {
            let example = format!("{capture} packet {packet}: theirs {theirs}, ours {ours}");
            differing.examples.push(example);
        }
    }

    /// Counts a field that only tshark shows.
    pub(crate) fn unshown(&mut self, protocol: &str, field: &str) {
        *self.protocol(protocol).unshown.entry(field.to_owned()).or_default() += 1;
    }

    /// Counts values that tshark shows in a layer, and those of them that we do not.
    pub(crate) fn cover(&mut self, protocol: &str, shown: u64, missing: u64) {
        let protocol = self.protocol(protocol);
        protocol.shown += shown;
        protocol.missing += missing;
    }

    /// Counts a layer that only one side has, or that is an error on one.
    pub(crate) fn differing_layer(&mut self) {
        self.layers_differing += 1;
    }

    /// How many layers differed until now.
    pub(crate) fn layers_differing(&self) -> u64 {
        self.layers_differing
    }

    /// Counts a packet, whose layers are the same on both sides or not.
    pub(crate) fn compared(&mut self, same_layers: bool) {
        self.packets += 1;
        self.same_layers += u64::from(same_layers);
    }

    /// Counts a packet that goes on behind our last layer in a protocol that we have none for.
    pub(crate) fn beyond(&mut self, protocol: &str) {
        *self.beyond.entry(protocol.to_owned()).or_default() += 1;
    }

    /// Adds what another comparison found.
    pub(crate) fn add(&mut self, other: Self) {
        self.packets += other.packets;
        self.same_layers += other.same_layers;
        self.layers_differing += other.layers_differing;
        for (name, from) in other.protocols {
            let to = self.protocol(&name);
            to.packets += from.packets;
            to.shown += from.shown;
            to.missing += from.missing;
            to.agreeing += from.agreeing;
            to.explained += from.explained;
            for (field, from) in from.differing {
                let to = to.differing.entry(field).or_default();
                to.count += from.count;
                to.examples.extend(from.examples);
                to.examples.truncate(KEPT);
            }
            for (field, count) in from.unshown {
                *to.unshown.entry(field).or_default() += count;
            }
        }
        for (name, count) in other.beyond {
            *self.beyond.entry(name).or_default() += count;
        }
    }

    /// Everything, for people, with so many examples of each field that differs.
    pub(crate) fn lines(&self, examples: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, protocol) in &self.protocols {
            lines.push(format!(
                "{name}: packets {}, compared {}, agreeing {}, explained {}, differing {}",
                protocol.packets,
                protocol.compared(),
                protocol.agreeing,
                protocol.explained,
                protocol.differing(),
            ));
            for (field, differing) in &protocol.differing {
                lines.push(format!("  {field} {}", differing.count));
                let shown = differing.examples.iter().take(examples);
                lines.extend(shown.map(|example| format!("    {example}")));
            }
            if !protocol.unshown.is_empty() {
                lines.push(format!("  not shown by us: {}", counts(&protocol.unshown)));
            }
        }
        if !self.beyond.is_empty() {
            lines.push(format!("beyond: {}", counts(&self.beyond)));
        }
        lines
    }

    /// The page for people who ask how far to trust a protocol. The captures that the project makes
    /// itself have a table of their own.
    pub(crate) fn page(&self, made: &Self, version: &str) -> String {
        let mut page = format!(
            "# Conformance\n\n<!-- Written by `cargo xtask conform --write`. -->\n\nEvery packet of \
            the captures beside the repository, decoded by rheos and by {version}. What differs \
            and why is in [differences.md](differences.md).\n\n{}.\n\nThe layers of {} of {} packets \
            are the same ({}), down to the last that rheos has; a last layer that is malformed to both \
            is the same.\n\n\
            *Compared* are the fields that rheos reports and the layers of both sides; *shown* is how \
            many of the values that tshark shows rheos reports too. Values that tshark makes up, hides, \
            that are headings or repeat the bytes of others, that it puts together from several packets \
            or decrypts, or that are of packets it finds malformed do not count.\n\n",
            self.total(),
            self.same_layers,
            self.packets,
            percent(self.same_layers, self.packets),
        );
        self.table(&mut page);
        let _ = write!(
            page,
            "\n## Made captures\n\nMany layers are in none of those captures, or once. The project makes captures \
            of its own: one of each seed of the fuzzer, and those of `xtask/packets`, which hold packets as \
            their specifications have them. The same holds for them: {}.\n\n",
            made.total(),
        );
        made.table(&mut page);
        let registry = Registry::default();
        let seen = |name: &str| {
            let reports = [self, made];
            reports.iter().any(|r| r.protocols.get(name).is_some_and(|p| p.packets > 0))
        };
        let names = registry.protocols().map(|protocol| protocol.name).filter(|name| !seen(name));
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        let _ = writeln!(
            page,
            "\nWhat tshark has no dissector or no link type for, or dissects only if it is told to, is held by \
            tests with vectors of the specifications, and of the tags of switches with what tcpdump says of \
            them: {}.",
            names.join(", ")
        );
        page
    }

    /// A line for each protocol.
    fn table(&self, page: &mut String) {
        page.push_str(
            "| layer | layers seen | compared | agreeing | explained | differing | shown |\n\
            |---|--:|--:|--:|--:|--:|--:|\n",
        );
        for (name, protocol) in &self.protocols {
            let _ = writeln!(
                page,
                "| `{name}` | {} | {} | {} | {} | {} | {} |",
                protocol.packets,
                protocol.compared(),
                protocol.agreeing,
                protocol.explained,
                protocol.differing(),
                percent(protocol.shown - protocol.missing, protocol.shown),
            );
        }
    }

    /// The share of compared values that differ without a reason, in percent, and their numbers.
    pub(crate) fn total(&self) -> String {
        let compared: u64 = self.protocols.values().map(Protocol::compared).sum();
        let explained: u64 = self.protocols.values().map(|protocol| protocol.explained).sum();
        let differing: u64 = self.protocols.values().map(Protocol::differing).sum();
        let millionths = differing * 1_000_000 / compared.max(1);
        let (whole, rest) = (millionths / 10_000, millionths % 10_000);
        format!(
            "{compared} compared, {explained} explained, {differing} differing: {whole}.{rest:04} %"
        )
    }

    /// The protocols in which too much differs without a reason.
    pub(crate) fn failing(&self) -> Vec<&str> {
        let fails = |protocol: &Protocol| {
            protocol.differing() * 1_000_000 > protocol.compared() * MAX_DIFFERING
        };
        self.protocols.iter().filter(|(_, p)| fails(p)).map(|(name, _)| &**name).collect()
    }
}

/// A share in percent, to one place behind the point, rounded down.
fn percent(part: u64, of: u64) -> String {
    match (part * 1000).checked_div(of) {
        Some(share) => format!("{}.{} %", share / 10, share % 10),
        None => "–".to_owned(),
    }
}

/// Names and numbers, the largest first.
fn counts(of: &BTreeMap<String, u64>) -> String {
    let mut sorted: Vec<_> = of.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    sorted.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(agreeing: u64, differing: u64) -> Report {
        let mut report = Report::default();
        (0..agreeing).for_each(|_| report.agree("ip"));
        let difference =
            Difference { capture: "a", field: "ip.x", theirs: "1", ours: "2", malformed: false };
        (0..differing).for_each(|_| report.differ("ip", 1, &difference));
        report
    }

    #[test]
    fn one_in_a_thousand_is_allowed_and_one_in_999_is_not() {
        assert!(report(999, 1).failing().is_empty());
        assert_eq!(report(998, 1).failing(), ["ip"]);
        assert_eq!(report(999, 1).total(), "1000 compared, 0 explained, 1 differing: 0.1000 %");
    }

    #[test]
    fn reports_add_up() {
        let mut sum = report(10, 5);
        sum.beyond("http");
        let mut other = report(1, 2);
        other.beyond("http");
        other.unshown("ip", "ip.y");
        sum.add(other);
        let expected = [
            "ip: packets 0, compared 18, agreeing 11, explained 0, differing 7",
            "  ip.x 7",
            "    a packet 1: theirs 1, ours 2",
            "    a packet 1: theirs 1, ours 2",
            "  not shown by us: ip.y 1",
            "beyond: http 2",
        ];
        assert_eq!(sum.lines(2), expected);
    }
}
