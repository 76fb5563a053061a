//! Fields of LCP options, under Wireshark's names.

use super::LcpOption;
use crate::layers::ppp::control::{OptionNames, PppOption, text};
use crate::{FieldSink, PppControlOption, PppProtocol, Value};

/// The control characters, from the highest bit of the map down.
const CONTROL_CHARACTERS: [&str; 32] = [
    "lcp.opt.asyncmap.us",
    "lcp.opt.asyncmap.rs",
    "lcp.opt.asyncmap.gs",
    "lcp.opt.asyncmap.fs",
    "lcp.opt.asyncmap.esc",
    "lcp.opt.asyncmap.sub",
    "lcp.opt.asyncmap.em",
    "lcp.opt.asyncmap.can",
    "lcp.opt.asyncmap.etb",
    "lcp.opt.asyncmap.syn",
    "lcp.opt.asyncmap.nak",
    "lcp.opt.asyncmap.dc4",
    "lcp.opt.asyncmap.dc3",
    "lcp.opt.asyncmap.dc2",
    "lcp.opt.asyncmap.dc1",
    "lcp.opt.asyncmap.dle",
    "lcp.opt.asyncmap.si",
    "lcp.opt.asyncmap.so",
    "lcp.opt.asyncmap.cr",
    "lcp.opt.asyncmap.ff",
    "lcp.opt.asyncmap.vt",
    "lcp.opt.asyncmap.lf",
    "lcp.opt.asyncmap.ht",
    "lcp.opt.asyncmap.bs",
    "lcp.opt.asyncmap.bel",
    "lcp.opt.asyncmap.ack",
    "lcp.opt.asyncmap.enq",
    "lcp.opt.asyncmap.eot",
    "lcp.opt.asyncmap.etx",
    "lcp.opt.asyncmap.stx",
    "lcp.opt.asyncmap.soh",
    "lcp.opt.asyncmap.nul",
];

/// Reports one option. Those that Wireshark has no names for are left out.
pub(super) fn option(raw: &PppOption<'_>, sink: &mut dyn FieldSink) {
    let option = LcpOption::read(raw.kind, raw.data);
    let Some(whole) = whole_name(&option) else { return };
    let (kind, length) = ("lcp.opt.type", "lcp.opt.length");
    raw.head_fields(OptionNames { whole, kind, length }, sink);
    match option {
        LcpOption::Vendor { oui: [a, b, c], kind, data } => {
            sink.number("lcp.opt.oui", u32::from_be_bytes([0, a, b, c]), raw.place(2, 5));
            sink.number("lcp.opt.kind", kind, raw.place(5, 6));
            bytes("lcp.opt.data", data, 6, raw, sink);
        }
        LcpOption::MaximumReceiveUnit(mru) => sink.number("lcp.opt.mru", mru, raw.place(2, 4)),
        LcpOption::AsyncControlCharacterMap(map) => {
            sink.number("lcp.opt.asyncmap", map, raw.place(2, 6));
            for (bit, name) in (0..32_u32).rev().zip(CONTROL_CHARACTERS) {
                sink.flag(name, map >> bit & 1 != 0, raw.place(2, 6));
            }
        }
        LcpOption::AuthenticationProtocol { protocol, data } => {
            sink.number("lcp.opt.auth_protocol", protocol.0, raw.place(2, 4));
            match (protocol, data) {
                (PppProtocol::CHAP, &[algorithm, ..]) => {
                    sink.number("lcp.opt.algorithm", algorithm, raw.place(4, 5));
                }
                _ => bytes("lcp.opt.data", data, 4, raw, sink),
            }
        }
        LcpOption::QualityProtocol { protocol, data } => {
            sink.number("lcp.opt.quality_protocol", protocol.0, raw.place(2, 4));
            match (protocol, data) {
                (PppProtocol::LQR, &[a, b, c, d]) => {
                    let period = u32::from_be_bytes([a, b, c, d]);
                    sink.number("lcp.opt.reporting_period", period, raw.place(4, 8));
                }
                _ => bytes("lcp.opt.data", data, 4, raw, sink),
            }
        }
        LcpOption::MagicNumber(number) => {
            sink.number("lcp.opt.magic_number", number, raw.place(2, 6));
        }
        LcpOption::FcsAlternatives(bits) => {
            sink.number("lcp.opt.fcs_alternatives", bits, raw.place(2, 3));
            sink.flag("lcp.opt.fcs_alternatives.ccitt32", bits & 4 != 0, raw.place(2, 3));
            sink.flag("lcp.opt.fcs_alternatives.ccitt16", bits & 2 != 0, raw.place(2, 3));
            sink.flag("lcp.opt.fcs_alternatives.null", bits & 1 != 0, raw.place(2, 3));
        }
        LcpOption::SelfDescribingPad(maximum) => {
            sink.number("lcp.opt.maximum", maximum, raw.place(2, 3));
        }
        LcpOption::NumberedMode { window, address } => {
            sink.number("lcp.opt.window", window, raw.place(2, 3));
            bytes("lcp.opt.hdlc_address", address, 3, raw, sink);
        }
        LcpOption::Callback { operation, message } => {
            sink.number("lcp.opt.operation", operation, raw.place(2, 3));
            bytes("lcp.opt.message", message, 3, raw, sink);
        }
        LcpOption::MultilinkMrru(mrru) => sink.number("lcp.opt.mrru", mrru, raw.place(2, 4)),
        LcpOption::EndpointDiscriminator { class, address } => {
            sink.number("lcp.opt.ep_disc_class", class, raw.place(2, 3));
            endpoint(class, address, raw, sink);
        }
        LcpOption::LinkDiscriminator(number) => {
            sink.number("lcp.opt.link_discrim", number, raw.place(2, 4));
        }
        LcpOption::MultilinkHeaderFormat { code, classes } => {
            sink.number("lcp.opt.code", code, raw.place(2, 3));
            sink.number("lcp.opt.max_susp_classes", classes, raw.place(3, 4));
        }
        LcpOption::Internationalization { mib_enum, language_tag } => {
            sink.number("lcp.opt.MIBenum", mib_enum, raw.place(2, 6));
            if !language_tag.is_empty() {
                sink.value("lcp.opt.language_tag", text(language_tag), raw.place_from(6));
            }
        }
        LcpOption::ProtocolFieldCompression
        | LcpOption::AddressAndControlFieldCompression
        | LcpOption::CompoundFrames
        | LcpOption::ShortSequenceNumberFormat
        | LcpOption::Unknown { .. } => {}
    }
}

/// Wireshark's name for all bytes of an option.
fn whole_name(option: &LcpOption<'_>) -> Option<&'static str> {
    Some(match option {
        LcpOption::Vendor { .. } => "lcp.opt.vendor",
        LcpOption::MaximumReceiveUnit(_) => "lcp.opt.mtu_bytes",
        LcpOption::AsyncControlCharacterMap(_) => "lcp.opt.asyncmap_bytes",
        LcpOption::AuthenticationProtocol { .. } => "lcp.opt.auth_protocol_bytes",
        LcpOption::QualityProtocol { .. } => "lcp.opt.quality_protocol_bytes",
        LcpOption::MagicNumber(_) => "lcp.opt.magic_number_bytes",
        LcpOption::ProtocolFieldCompression => "lcp.opt.field_compress",
        LcpOption::AddressAndControlFieldCompression => "lcp.opt.addr_field_compress",
        LcpOption::FcsAlternatives(_) => "lcp.opt.fcs_alternatives_bytes",
        LcpOption::SelfDescribingPad(_) => "lcp.opt.self_desc_pad",
        LcpOption::NumberedMode { .. } => "lcp.opt.numbered_mode",
        LcpOption::Callback { .. } => "lcp.opt.callback",
        LcpOption::CompoundFrames => "lcp.opt.compound_frames",
        LcpOption::MultilinkMrru(_) => "lcp.opt.multilink_mrru",
        LcpOption::ShortSequenceNumberFormat => "lcp.opt.multilink_ssnh",
        LcpOption::EndpointDiscriminator { .. } => "lcp.opt.multilink_ep_disc",
        LcpOption::LinkDiscriminator(_) => "lcp.opt.link_discrim_bytes",
        LcpOption::MultilinkHeaderFormat { .. } => "lcp.opt.multilink_hdr_fmt",
        LcpOption::Internationalization { .. } => "lcp.opt.internationalization",
        LcpOption::Unknown { .. } => return None,
    })
}

/// The address of an endpoint, as its class says.
fn endpoint(class: u8, address: &[u8], raw: &PppOption<'_>, sink: &mut dyn FieldSink) {
    match (class, address) {
        (2, &[a, b, c, d]) => {
            let address = Value::Ipv4([a, b, c, d].into());
            sink.value("lcp.opt.ip_address", address, raw.place(3, 7));
        }
        (3, &[a, b, c, d, e, f]) => {
            let address = Value::Mac([a, b, c, d, e, f]);
            sink.value("lcp.opt.802_1_address", address, raw.place(3, 9));
        }
        (4, block) => {
            bytes("lcp.opt.magic_block", block, 3, raw, sink);
            for (at, number) in (3..).step_by(4).zip(block.as_chunks().0) {
                let number = u32::from_be_bytes(*number);
                let place = raw.place(at, at.saturating_add(4));
                sink.number("lcp.opt.magic_number", number, place);
            }
        }
        (5, number) => bytes("lcp.opt.psndn", number, 3, raw, sink),
        (_, address) => bytes("lcp.opt.data", address, 3, raw, sink),
    }
}

/// Bytes that start at an offset of the option, if there are any.
fn bytes(
    name: &'static str,
    value: &[u8],
    from: usize,
    raw: &PppOption<'_>,
    sink: &mut dyn FieldSink,
) {
    if !value.is_empty() {
        sink.bytes(name, value, raw.place_from(from));
    }
}
