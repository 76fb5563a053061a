//! `rheos dump`: the packets of a capture, one by one.

use std::io::Write;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use rheos::layers::{
    Decoder, IpProtocol, Key, LayerType, Packet, Registry, UdpEncapKind, Verified,
};

use crate::error::Error;
use crate::input::{Input, PAUSE, Step, each_packet};
use crate::output::Output;

mod json;
mod names;
pub(crate) mod text;

use names::Numbers;

/// Print the packets of a capture, a line each
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// Print every layer and field
    #[arg(short, long)]
    verbose: bool,

    /// Print the bytes
    #[arg(short = 'x', long = "hex")]
    hex: bool,

    /// Verify checksums, and show what each is worth among the fields, as Wireshark numbers it: 0 bad,
    /// 1 good, 2 not verified, 3 not there, 4 not there and has to be
    #[arg(long)]
    verify_checksums: bool,

    /// Decode what ESP carries, where it is not encrypted
    #[arg(long)]
    esp_null: bool,

    /// Show which service is registered on a port, and the vendor of a hardware address; among the fields
    /// also what a number of IP or Ethernet stands for
    #[arg(long)]
    names: bool,

    /// Stop after so many packets
    #[arg(short, long, value_name = "N")]
    count: Option<u64>,

    /// Wait at the end of the file for packets that are still to be written, until interrupted
    #[arg(short, long)]
    follow: bool,

    /// How to print; json is an object a line, with every layer and field
    #[arg(long, value_enum, default_value_t, conflicts_with_all = ["verbose", "hex", "names"])]
    format: Format,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// The layers to look for.
fn registry(arguments: &Arguments) -> Registry {
    if !arguments.esp_null {
        return Registry::default();
    }
    let keys =
        [Key::ip_protocol(IpProtocol::ESP), Key::child(LayerType::UDPENCAP, UdpEncapKind::ESP)];
    let claim = |registry: Registry, key| registry.claim(key, LayerType::ESP_NULL);
    keys.into_iter().fold(Registry::default(), claim)
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let decoder = Decoder::new(&registry(arguments));
    let mut output = Output::new();
    let numbers = if arguments.names { Numbers::Named } else { Numbers::Bare };
    let mut lines = text::Lines::new(numbers);
    let fields: text::FieldsOf = if arguments.verify_checksums {
        |packet, span, sink| packet.verified_fields(span, sink)
    } else {
        |packet, span, sink| packet.visit(span, &mut |layer| layer.fields(sink))
    };
    let input = if arguments.follow {
        Input::follow(&arguments.file)
    } else {
        Input::open(&arguments.file)
    };
    let end = each_packet(input?, |number, raw| {
        if arguments.count == Some(0) {
            return Ok(Step::Stop);
        }
        let Some(raw) = raw else {
            if !arguments.follow {
                return Ok(Step::Stop);
            }
            output.flush()?;
            thread::sleep(PAUSE);
            return Ok(Step::Next);
        };
        let mut packet = Packet::new(&decoder);
        packet.decode(raw.link_type, raw.data);
        match arguments.format {
            Format::Json if arguments.verify_checksums => {
                json::write(&mut output, number, raw, Verified(&packet))?;
            }
            Format::Json => json::write(&mut output, number, raw, packet)?,
            Format::Text => {
                lines.summary(&mut output, number, raw, &packet)?;
                if arguments.verbose {
                    text::layers(&mut output, raw, &packet, fields, numbers)?;
                }
                if arguments.hex {
                    text::bytes(&mut output, raw.data)?;
                }
            }
        }
        Ok(if arguments.count == Some(number) { Step::Stop } else { Step::Next })
    })?;
    output.flush()?;
    end.map_or(Ok(()), Err)
}
