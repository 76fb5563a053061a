//! Quality of service as an element has it, TS 24.008 section 10.5.6.5.

use crate::field_reader::FieldReader;

/// Reports a profile as far as it is there: releases made it longer.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(3)?;
    let parts = [
        ("gtp.qos_spare1", 0xc0_0000),
        ("gtp.qos_delay", 0x38_0000),
        ("gtp.qos_reliability", 0x07_0000),
        ("gtp.qos_peak", 0xf000),
        ("gtp.qos_spare2", 0x0800),
        ("gtp.qos_precedence", 0x0700),
        ("gtp.qos_spare3", 0xe0),
        ("gtp.qos_mean", 0x1f),
    ];
    reader.bit_fields(word, &parts);
    let word = reader.word(1)?;
    let parts =
        [("gtp.qos_traf_class", 0xe0), ("gtp.qos_del_order", 0x18), ("gtp.qos_del_err_sdu", 0x07)];
    reader.bit_fields(word, &parts);
    let word = reader.word(1)?;
    reader.bits("gtp.qos_max_sdu_size", size(word));
    rate(reader, "gtp.qos_max_ul")?;
    rate(reader, "gtp.qos_max_dl")?;
    let word = reader.word(2)?;
    let parts = [
        ("gtp.qos_res_ber", 0xf000),
        ("gtp.qos_sdu_err_ratio", 0x0f00),
        ("gtp.qos_trans_delay", 0x00fc),
        ("gtp.qos_traf_handl_prio", 0x0003),
    ];
    reader.bit_fields(word, &parts);
    rate(reader, "gtp.qos_guar_ul")?;
    rate(reader, "gtp.qos_guar_dl")?;
    let word = reader.word(1)?;
    let parts = [("gtp.qos_spare4", 0xe0), ("gtp.sig_ind", 0x10), ("gtp.src_stat_desc", 0x0f)];
    reader.bit_fields(word, &parts);
    for extended in [extended_rate, second_rate] {
        for name in ["gtp.qos_max_dl", "gtp.qos_guar_dl", "gtp.qos_max_ul", "gtp.qos_guar_ul"] {
            let code = reader.word(1)?;
            if let Some(rate) = extended(code) {
                reader.bits(name, rate);
            }
        }
    }
    Some(())
}

/// Bytes at most, by tens; above that there are but a few codes, as they are.
fn size(code: u64) -> u64 {
    if code <= 150 { code.saturating_mul(10) } else { code }
}

/// Kilobits a second. The highest code, which says that there is no such rate, is as it is.
fn rate(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    let code = reader.word(1)?;
    reader.bits(
        name,
        match code {
            64..128 => line(code, 64, 64, 8),
            128..255 => line(code, 128, 576, 64),
            _ => code,
        },
    );
    Some(())
}

/// Kilobits a second above those of the first octets; none, if those hold.
fn extended_rate(code: u64) -> Option<u64> {
    Some(match code {
        1..=74 => line(code, 0, 8600, 100),
        75..=186 => line(code, 74, 16_000, 1000),
        187..=250 => line(code, 186, 128_000, 2000),
        251.. => code,
        0 => return None,
    })
}

/// Kilobits a second above those of the second octets; none, if those hold.
fn second_rate(code: u64) -> Option<u64> {
    Some(match code {
        1..=61 => line(code, 0, 256_000, 4000),
        62..=161 => line(code, 61, 500_000, 10_000),
        162..=246 => line(code, 161, 1_500_000, 100_000),
        247.. => code,
        0 => return None,
    })
}

fn line(code: u64, from: u64, start: u64, step: u64) -> u64 {
    code.saturating_sub(from).saturating_mul(step).saturating_add(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_tables() {
        let extended = [0, 1, 74, 75, 186, 187, 250].map(extended_rate);
        let expected = [8700, 16_000, 17_000, 128_000, 130_000, 256_000].map(Some);
        assert_eq!((extended[0], &extended[1..]), (None, &expected[..]));
        let second = [0, 1, 61, 62, 161, 162, 246].map(second_rate);
        let expected = [260_000, 500_000, 510_000, 1_500_000, 1_600_000, 10_000_000].map(Some);
        assert_eq!((second[0], &second[1..]), (None, &expected[..]));
    }
}
