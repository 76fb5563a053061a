//! `cargo xtask codegen`: the names of ports, IP protocols, Ethernet types and vendors, taken from
//! the tables of Debian packages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

mod parse;
mod pool;
mod sources;

use sources::Tables;

/// Where the names live.
const FOLDER: &str = "crates/layers/src/names";

/// What to do with files that are not what would be generated now.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing, and fail if a file is not what the installed packages make of it
    #[arg(long)]
    check: bool,
}

/// A generated file.
struct File {
    name: &'static str,
    bytes: Vec<u8>,
}

/// Generates every file and says whether all are as they should be.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let (mut total, mut stale) = (0, 0);
    for File { name, bytes } in files(&Tables::read()?)? {
        let path = root.join(FOLDER).join(name);
        let is_stale = fs::read(&path).ok().as_ref() != Some(&bytes);
        let verdict = match (is_stale, options.check) {
            (false, _) => "unchanged",
            (true, true) => "is not what the installed packages make of it",
            (true, false) => "written",
        };
        if is_stale && !options.check {
            fs::write(&path, &bytes).with_context(|| format!("write {}", path.display()))?;
        }
        println!("{FOLDER}/{name}: {} bytes, {verdict}", bytes.len());
        total += bytes.len();
        stale += usize::from(is_stale);
    }
    println!("codegen: {total} bytes in all");
    Ok(stale == 0 || !options.check)
}

/// What the tables become: vendors have a pool of names of their own, because only a program that
/// asks for vendors should carry it.
fn files(tables: &Tables) -> Result<Vec<File>> {
    let numbers = pool::files(
        "numbers.txt",
        &[
            ("ports.bin", &tables.ports),
            ("protocols.bin", &tables.protocols),
            ("ether_types.bin", &tables.ether_types),
        ],
    )?;
    let vendors = pool::files(
        "vendors.txt",
        &[("oui24.bin", &tables.oui24), ("oui28.bin", &tables.oui28), ("oui36.bin", &tables.oui36)],
    )?;
    let sources = File { name: "sources.md", bytes: sources::document(tables)?.into_bytes() };
    Ok(numbers.into_iter().chain(vendors).chain([sources]).collect())
}

#[cfg(test)]
mod tests {
    use rheos_layers::{EtherType, IpProtocol, names};

    use super::*;

    /// Whether the packages are those that the committed tables were made from; says so if not.
    fn has_the_sources() -> bool {
        let committed = fs::read_to_string(crate::root().join(FOLDER).join("sources.md")).unwrap();
        for package in sources::packages() {
            let version = sources::version(package).unwrap_or_default();
            if version.is_empty() || !committed.contains(&format!("{package} {version}")) {
                println!("skipped: {package} is not installed in the version of the tables");
                return false;
            }
        }
        true
    }

    #[test]
    fn every_name_of_the_sources_is_found_again() {
        if !has_the_sources() {
            return;
        }
        let tables = Tables::read().unwrap();
        for (key, name) in &tables.ports {
            let &[protocol, high, low] = key.as_slice() else { panic!("{key:?} is no port") };
            let port = u16::from_be_bytes([high, low]);
            assert_eq!(names::port(IpProtocol(protocol), port), Some(&**name), "{key:?}");
        }
        for (key, name) in &tables.protocols {
            assert_eq!(names::protocol(IpProtocol(key[0])), Some(&**name), "{key:?}");
        }
        for (key, name) in &tables.ether_types {
            let ether_type = EtherType(u16::from_be_bytes([key[0], key[1]]));
            assert_eq!(names::ether_type(ether_type), Some(&**name), "{key:?}");
        }
    }

    /// IEEE publishes each registry twice. The tables are made from `.csv`; here is what `.txt`
    /// says, in lines such as `70-B3-D5   (hex)   …` and `F2F000-F2FFFF   (base 16)   TELEPLATFORMS`,
    /// with a name's quotation marks left out.
    #[test]
    fn every_block_of_the_other_form_of_the_registry_is_found_at_both_ends() {
        if !has_the_sources() {
            return;
        }
        let (mut blocks, mut shared) = (0, 0);
        for (file, prefix_len) in [("oui", 24), ("mam", 28), ("oui36", 36), ("iab", 36)] {
            let text = fs::read_to_string(format!("/usr/share/ieee-data/{file}.txt")).unwrap();
            let mut outer = String::new();
            for line in text.lines() {
                if let Some((prefix, _)) = line.split_once("(hex)") {
                    outer = prefix.trim().replace('-', "");
                }
                let Some((range, owner)) = line.split_once("(base 16)") else { continue };
                let ends = range.trim().split_once('-').unwrap_or(("000000", "FFFFFF"));
                let owner = parse::plain(owner);
                for end in [ends.0, ends.1] {
                    let address = u64::from_str_radix(&format!("{outer}{end}"), 16).unwrap();
                    let [_, _, address @ ..] = address.to_be_bytes();
                    let vendor = names::oui(address).unwrap();
                    // A smaller block may lie at the end of this one, with an owner of its own.
                    assert!(vendor.prefix_len >= prefix_len, "{address:x?}: {vendor:?}");
                    let is_other = vendor.name.replace('"', "") != owner;
                    shared += usize::from(is_other && vendor.prefix_len == prefix_len);
                }
                blocks += 1;
            }
        }
        assert!(blocks > 46_000, "{blocks} blocks");
        // Of 24 bits, 08-00-30 has three owners in the registry and 00-01-C8 two: three lines name
        // another than the one that is kept.
        assert_eq!(shared, 6, "ends of blocks with another owner");
    }
}
