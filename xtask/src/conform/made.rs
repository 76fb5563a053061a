//! Captures that the project makes itself, of layers that few captures have: the seeds of the
//! fuzzer, each a packet, and the packets of `xtask/packets`, each a line.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Each file is two bytes of link type and a packet.
const SEEDS: &str = "fuzz/corpus/decode";

/// Each file is text: `link` and a number, then a packet a line in hexadecimal digits. What is behind
/// `#` is for people.
const PACKETS: &str = "xtask/packets";

/// Where the captures are written, in the folder that names of captures count from.
const FOLDER: &str = "made";

/// A capture.
struct Made {
    name: String,
    link_type: u16,
    packets: Vec<Vec<u8>>,
}

/// Writes all of them below a folder and returns their names, in order.
pub(crate) fn write(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let to = folder.join(FOLDER);
    fs::create_dir_all(&to).with_context(|| format!("make {}", to.display()))?;
    let mut names = Vec::new();
    for made in all(root)? {
        let name = format!("{FOLDER}/{}.pcap", made.name);
        let path = folder.join(&name);
        fs::write(&path, capture(&made)).with_context(|| format!("write {}", path.display()))?;
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether a capture is one of these, by its name.
pub(crate) fn is_made(name: &str) -> bool {
    name.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

fn all(root: &Path) -> Result<Vec<Made>> {
    let mut all = Vec::new();
    for (name, bytes) in files(&root.join(SEEDS))? {
        let Some((&link_type, packet)) = bytes.split_first_chunk() else { continue };
        let (link_type, packets) = (u16::from_be_bytes(link_type), vec![packet.to_vec()]);
        all.push(Made { name: format!("seed-{name}"), link_type, packets });
    }
    for (name, bytes) in files(&root.join(PACKETS))? {
        let name = name.strip_suffix(".txt").unwrap_or(&name).to_owned();
        let text = String::from_utf8(bytes).with_context(|| format!("{PACKETS}/{name}.txt"))?;
        all.push(read(name, &text)?);
    }
    Ok(all)
}

/// The files of a folder, each with its name.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let file = |entry: fs::DirEntry| {
        Ok((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?))
    };
    entries.map(|entry| file(entry?)).collect()
}

/// Reads the text of a capture.
fn read(name: String, text: &str) -> Result<Made> {
    let mut made = Made { name, link_type: 1, packets: Vec::new() };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(number) = line.strip_prefix("link ") {
            made.link_type = number.parse().with_context(|| line.to_owned())?;
        } else if !line.is_empty() {
            made.packets.push(bytes(line)?);
        }
    }
    Ok(made)
}

/// The bytes that digits stand for, with spaces between them or not.
fn bytes(text: &str) -> Result<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => Ok(digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | half))
            .collect()),
        _ => bail!("not pairs of hexadecimal digits: {text}"),
    }
}

/// A capture in the older format, a second between packets.
fn capture(made: &Made) -> Vec<u8> {
    let mut out = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0".to_vec();
    out.extend(u32::from(made.link_type).to_le_bytes());
    for (time, packet) in (1_u32..).zip(&made.packets) {
        let len = packet.len() as u32;
        [time, 0, len, len].iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(packet);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rheos_layers::{Decoder, LinkType, Registry};

    use super::*;

    #[test]
    fn a_text_is_a_link_type_and_packets() {
        let made = read("a".to_owned(), "# what\nlink 127\n\n00 01 # first\n0a0B\n").unwrap();
        assert_eq!((made.link_type, &made.packets[..]), (127, &[vec![0, 1], vec![10, 11]][..]));
        assert!(read("a".to_owned(), "0").is_err() && read("a".to_owned(), "link x").is_err());
        let bytes = capture(&made);
        assert_eq!(
            (bytes.len(), &bytes[24..42]),
            (60, b"\x01\0\0\0\0\0\0\0\x02\0\0\0\x02\0\0\0\0\x01".as_slice())
        );
    }

    #[test]
    fn every_layer_is_in_a_made_capture() {
        let decoder = Decoder::default();
        let mut seen = HashSet::new();
        for made in all(&crate::root()).unwrap() {
            for bytes in &made.packets {
                let packet = decoder.decode(LinkType(made.link_type), bytes);
                seen.extend(packet.layers().iter().map(|span| span.layer));
            }
        }
        let registry = Registry::default();
        let missing: Vec<_> = registry
            .protocols()
            .filter(|p| !p.claims.is_empty() && !seen.contains(&p.layer))
            .map(|p| p.name)
            .collect();
        assert_eq!(missing, [""; 0]);
    }
}
