//! Keeps a dissection on disk: numbers as variable-length integers, texts once, zstd around it.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};

use super::dissection::{Dissection, Field, Layer, Packet, Text, Texts};

/// Names the form of the file and what is kept of PDML: another number makes old files unknown.
pub(crate) const FORMAT: u64 = 1;

/// Best of the cheap levels: higher ones save little and cost more than tshark.
pub(crate) const LEVEL: i32 = 6;

/// Writes a dissection, in one step, so that an interrupted run leaves no half file.
pub(crate) fn write(path: &Path, dissection: &Dissection) -> Result<()> {
    let packed = zstd::encode_all(&*encode(dissection), LEVEL)?;
    put(path, &packed)
}

/// Makes a file in one step. Workers that make the same one, of captures that are equal, do not meet.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension(format!("{:?}.part", thread::current().id()));
    fs::write(&part, bytes).with_context(|| format!("write {}", part.display()))?;
    fs::rename(&part, path).with_context(|| format!("rename to {}", path.display()))
}

/// Reads a dissection that [`write()`] wrote.
pub(crate) fn read(path: &Path) -> Result<Dissection> {
    let packed = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    decode(&zstd::decode_all(&*packed)?)
}

fn encode(dissection: &Dissection) -> Vec<u8> {
    let mut out = Vec::new();
    put_text(&mut out, &dissection.complaint);
    put_len(&mut out, dissection.texts.iter().len());
    dissection.texts.iter().for_each(|text| put_text(&mut out, text));
    put_len(&mut out, dissection.packets.len());
    for packet in &dissection.packets {
        put_len(&mut out, packet.layers.len());
        for layer in &packet.layers {
            for number in [layer.name.0, layer.start, layer.len] {
                put_number(&mut out, number.into());
            }
            put_len(&mut out, layer.fields.len());
            for field in &layer.fields {
                put_number(&mut out, u64::from(field.name.0) << 1 | u64::from(field.hidden));
                put_number(&mut out, field.show.0.into());
                put_number(&mut out, field.value.0.into());
            }
        }
    }
    out
}

fn decode(mut bytes: &[u8]) -> Result<Dissection> {
    let input = &mut bytes;
    let complaint = take_text(input)?.to_owned();
    let mut texts = Texts::default();
    for _ in 0..take_number(input)? {
        texts.intern(take_text(input)?);
    }
    let mut packets = Vec::new();
    for _ in 0..take_number(input)? {
        let mut packet = Packet::default();
        for _ in 0..take_number(input)? {
            packet.layers.push(take_layer(input)?);
        }
        packets.push(packet);
    }
    Ok(Dissection { complaint, packets, texts })
}

fn take_layer(input: &mut &[u8]) -> Result<Layer> {
    let (name, start, len) = (Text(take32(input)?), take32(input)?, take32(input)?);
    let mut fields = Vec::new();
    for _ in 0..take_number(input)? {
        let name = take_number(input)?;
        fields.push(Field {
            name: Text(u32::try_from(name >> 1)?),
            show: Text(take32(input)?),
            value: Text(take32(input)?),
            hidden: name & 1 == 1,
        });
    }
    Ok(Layer { name, start, len, fields })
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    put_number(out, len as u64);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_len(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn take_number(input: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let Some((&byte, rest)) = input.split_first() else { bail!("a cut cache file") };
        *input = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    bail!("a number of too many bytes in a cache file")
}

fn take32(input: &mut &[u8]) -> Result<u32> {
    Ok(u32::try_from(take_number(input)?)?)
}

fn take_text<'a>(input: &mut &'a [u8]) -> Result<&'a str> {
    let len = usize::try_from(take_number(input)?)?;
    let (text, rest) = input.split_at_checked(len).context("a cut cache file")?;
    *input = rest;
    Ok(std::str::from_utf8(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Dissection {
        let mut texts = Texts::default();
        let (eth, port) = (texts.intern("eth"), texts.intern("udp.srcport"));
        let (show, value) = (texts.intern("53"), texts.intern("0035"));
        let field = Field { name: port, show, value, hidden: true };
        let shown = Field { hidden: false, ..field };
        let layer = Layer { name: eth, start: 300, len: u32::MAX, fields: vec![field, shown] };
        let packets = vec![Packet { layers: vec![layer] }, Packet::default()];
        Dissection { complaint: "cut short".to_owned(), packets, texts }
    }

    #[test]
    fn a_dissection_survives_the_disk() {
        let path = std::env::temp_dir().join(format!("rheos-cache-{}.zst", std::process::id()));
        write(&path, &sample()).unwrap();
        let read_back = read(&path);
        fs::remove_file(&path).unwrap();
        assert_eq!(read_back.unwrap(), sample());
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = encode(&sample());
        for len in 0..whole.len() {
            assert!(decode(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
        }
    }
}
