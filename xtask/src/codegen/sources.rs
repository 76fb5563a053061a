//! The tables that names are taken from, and the document that says so.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::parse::{self, Names};

/// A file of a Debian package, and why it may be taken from and is.
struct Source {
    package: &'static str,
    path: &'static str,
    reason: &'static str,
}

const SERVICES: Source = Source {
    package: "libwireshark-data",
    path: "/usr/share/wireshark/services",
    reason: "a copy of IANA's registry of service names and port numbers, which IANA dedicates to the public \
        domain (CC0 1.0). No other package has all of it: netbase has 300 ports, gopacket those of 2017.",
};

const PROTOCOLS: Source = Source {
    package: "netbase",
    path: "/etc/protocols",
    reason: "the names that every system prints for the IP protocols in use, by IANA's registry (CC0 1.0; the package is GPL-2).",
};

const GO_PROTOCOLS: Source = Source {
    package: "golang-golang-x-net-dev",
    path: "/usr/share/gocode/src/golang.org/x/net/internal/iana/const.go",
    reason: "the protocols that netbase leaves out, generated from IANA's registry (CC0 1.0; the file is \
        BSD-3-Clause).",
};

const ETHER_TYPES: Source = Source {
    package: "netbase",
    path: "/etc/ethertypes",
    reason: "the names that every system knows for Ethernet types in use, by the registries of IANA and IEEE (the package is \
        GPL-2).",
};

const LINUX_ETHER_TYPES: Source = Source {
    package: "linux-libc-dev",
    path: "/usr/include/linux/if_ether.h",
    reason: "newer types, among them those of industrial networks; an interface that programs may use under any \
        licence (Linux-syscall-note). Those that it calls unregistered are left out.",
};

const BSD_ETHER_TYPES: Source = Source {
    package: "python3-scapy",
    path: "/usr/lib/python3/dist-packages/scapy/libs/ethertypes.py",
    reason: "older types, from OpenBSD's list (BSD-3-Clause, the Regents of the University of California).",
};

/// The registries of IEEE by name.
const REGISTRIES: [&str; 4] = ["oui", "mam", "oui36", "iab"];

/// The registries are one source: IEEE publishes a file for each size of block.
const VENDORS: Source = Source {
    package: "ieee-data",
    path: "/usr/share/ieee-data",
    reason: "the registries of MA-L, MA-M, MA-S and IAB (`.csv`). IEEE does not assert any copyright in the public listing \
        and does not restrict its distribution. Wireshark's `manuf` has more and newer blocks, but is a work of its \
        own under the GPL.",
};

/// All that names are taken from.
const ALL: &[(&str, &[Source])] = &[
    ("Ports", &[SERVICES]),
    ("IP protocols", &[PROTOCOLS, GO_PROTOCOLS]),
    ("Ethernet types", &[ETHER_TYPES, LINUX_ETHER_TYPES, BSD_ETHER_TYPES]),
    ("Vendors", &[VENDORS]),
];

/// Every table. Where sources speak of one number, the first named above is believed.
pub(super) struct Tables {
    pub(super) ports: Names,
    pub(super) protocols: Names,
    pub(super) ether_types: Names,
    pub(super) oui24: Names,
    pub(super) oui28: Names,
    pub(super) oui36: Names,
}

impl Tables {
    /// Reads them from the installed packages.
    pub(super) fn read() -> Result<Self> {
        let mut registry = Names::new();
        for name in REGISTRIES {
            let text = text(&format!("{}/{name}.csv", VENDORS.path), VENDORS.package)?;
            registry.append(&mut parse::registry(&text)?);
        }
        let with_key_len = |len: usize| -> Names {
            let entries = registry.iter().filter(|(key, _)| key.len() == len);
            entries.map(|(key, name)| (key.clone(), name.clone())).collect()
        };
        let (oui24, oui28, oui36) = (with_key_len(3), with_key_len(4), with_key_len(5));
        let kept = oui24.len() + oui28.len() + oui36.len();
        ensure!(kept == registry.len(), "a block has another size than 24, 28 or 36 bits");
        let read = |source: &Source, parse: fn(&str) -> Result<Names>| {
            parse(&text(source.path, source.package)?).with_context(|| source.path.to_owned())
        };
        Ok(Self {
            ports: read(&SERVICES, parse::services)?,
            protocols: first_of([
                read(&PROTOCOLS, parse::protocols)?,
                read(&GO_PROTOCOLS, parse::go_protocols)?,
            ]),
            ether_types: first_of([
                read(&ETHER_TYPES, parse::ether_types)?,
                read(&LINUX_ETHER_TYPES, parse::linux_ether_types)?,
                read(&BSD_ETHER_TYPES, parse::python_ether_types)?,
            ]),
            oui24,
            oui28,
            oui36,
        })
    }
}

/// One table of several: the first that has a number names it.
fn first_of<const LEN: usize>(tables: [Names; LEN]) -> Names {
    let mut names = Names::new();
    for (key, name) in tables.into_iter().flatten() {
        names.entry(key).or_insert(name);
    }
    names
}

fn text(path: &str, package: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {path}; apt-get install {package}"))
}

/// The packages, each once.
#[cfg(test)]
pub(super) fn packages() -> std::collections::BTreeSet<&'static str> {
    ALL.iter().flat_map(|(_, sources)| *sources).map(|source| source.package).collect()
}

/// The installed version of a package.
pub(super) fn version(package: &str) -> Result<String> {
    let mut query = Command::new("dpkg-query");
    let output = query.args(["--show", "--showformat", "${Version}", package]).output();
    let output = output.context("run dpkg-query; the names are those of Debian packages")?;
    ensure!(output.status.success(), "{package} is not installed");
    Ok(String::from_utf8(output.stdout)?)
}

/// The document beside the tables, which is part of the crate's documentation.
pub(super) fn document(tables: &Tables) -> Result<String> {
    let mut text = "<!-- Generated by `cargo xtask codegen`. -->\n\n\
        `cargo xtask codegen` takes the names from tables in Debian packages. What it takes is which number has \
        which name: facts of the registries of IANA, which are \
        [dedicated to the public domain](https://www.iana.org/help/licensing-terms), and of IEEE's public listings. \
        Comments, order and whatever else a package's own licence is about stay there. Where sources speak of one \
        number, the first is believed.\n"
        .to_owned();
    let vendors = tables.oui24.len() + tables.oui28.len() + tables.oui36.len();
    let counts = [tables.ports.len(), tables.protocols.len(), tables.ether_types.len(), vendors];
    for ((title, sources), count) in ALL.iter().zip(counts) {
        write!(text, "\n- {title}, {count} in all:\n")?;
        for Source { package, path, reason } in *sources {
            writeln!(text, "  - {package} {}, `{path}`: {reason}", version(package)?)?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_table_that_has_a_number_names_it() {
        let table = |name: &str, keys: &[u8]| -> Names {
            keys.iter().map(|&key| (vec![key], name.to_owned())).collect()
        };
        let names = first_of([table("first", &[1, 2]), table("second", &[2, 3])]);
        assert_eq!(names.values().collect::<Vec<_>>(), ["first", "first", "second"]);
    }
}
