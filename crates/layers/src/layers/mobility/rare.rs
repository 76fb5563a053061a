//! Messages and options that are only shown: of binding revocation, RFC 5846, of localized routing,
//! RFC 6705, and of the extensions that
//! [IANA](https://www.iana.org/assignments/mobility-parameters) lists.

use crate::field_reader::FieldReader;

/// Reports a message of this type in front of its options, or nothing if it is none of these.
pub(super) fn message(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        16 => {
            let is_answer = reader.u8("mip6.bri_br.type")? == 2;
            reader.u8(if is_answer { "mip6.bri_status" } else { "mip6.bri_r.trigger" })?;
            reader.u16("mip6.bri_seqnr")?;
            let word = reader.word(2)?;
            let names = if is_answer {
                [("mip6.bri_ap", 0x8000), ("mip6.bri_av", 0x4000), ("mip6.bri_ag", 0x2000)]
            } else {
                [("mip6.bri_ip", 0x8000), ("mip6.bri_iv", 0x4000), ("mip6.bri_ig", 0x2000)]
            };
            reader.flags(word, &names);
            reader.bits("mip6.bri_res", word & 0x1fff);
            Some(())
        }
        17 => {
            reader.u16("mip6.lri.sequence")?;
            reader.u16("mip6.lri.reserved")?;
            reader.u16("mip6.lri.lifetime").map(drop)
        }
        18 => {
            reader.u16("mip6.lra.sequence")?;
            let word = reader.word(1)?;
            reader.flag("mip6.lri.unsolicited", word & 0x80 != 0);
            reader.bits("mip6.lra.reserved", word & 0x7f);
            reader.u8("mip6.lra.status")?;
            reader.u16("mip6.lra.lifetime").map(drop)
        }
        _ => None,
    }
}

/// Wireshark's name for a whole option, whatever its length.
pub(super) fn name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        2 => "mip6.options.bra",
        3 => "mip6.options.acoa",
        4 => "mip6.options.ni",
        6 => "mip6.options.mnp",
        10 => "mip6.options.mseg_id",
        12 => "mip6.options.cgar",
        14 => "mip6.options.phkt",
        15 => "mip6.options.coti",
        16 => "mip6.options.cot",
        17 => "mip6.options.dnsu",
        18 => "mip6.options.em",
        19 => "mip6.options.vsm",
        20 => "mip6.options.ssm",
        21 => "mip6.options.badff",
        22 => "mip6.options.hnp",
        23 => "mip6.options.hi",
        24 => "mip6.options.att",
        25 => "mip6.options.mnlli",
        26 => "mip6.options.lla",
        27 => "mip6.options.ts",
        28 => "mip6.options.rc",
        29 => "mip6.options.ipv4ha",
        30 => "mip6.options.ipv4aa",
        31 => "mip6.options.natd",
        32 => "mip6.options.ipv4coa",
        33 => "mip6.options.grek",
        34 => "mip6.options.mhipv6ap",
        35 => "mip6.options.bi",
        36 => "mip6.options.ipv4hareq",
        37 => "mip6.options.ipv4harep",
        38 => "mip6.options.ipv4dra",
        39 => "mip6.options.ipv4dsm",
        40 => "mip6.options.cr",
        41 => "mip6.options.lmaa",
        46 => "mip6.options.recap",
        47 => "mip6.options.redir",
        48 => "mip6.options.load_inf",
        49 => "mip6.options.alt_ip4",
        50 => "mip6.options.mng",
        51 => "mip6.options.mag_ipv6",
        52 => "mip6.options.acc_net_id",
        55 => "mip6.options.dmnp",
        _ => return None,
    })
}

/// Reports what stands behind the length of an option; all bytes of one that has no name.
pub(super) fn option(kind: u8, reader: &mut FieldReader<'_, '_>) {
    if name(kind).is_none() {
        reader.rest_as("mip6.mobility_opt.data");
    }
    // What is not there is not reported; the bytes of the whole option are.
    let _ = if kind < 29 { common(kind, reader) } else { later(kind, reader) };
}

fn common(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        10 => reader.number("mip6.mseg_id.timestamp", 8).map(drop),
        12 => reader.rest_as("mip6.cgar.cga_par").map(drop),
        14 => reader.rest_as("mip6.phkt.phkt").map(drop),
        16 => reader.rest_as("mip6.mocot.co_keygen_tok").map(drop),
        17 => {
            reader.u8("mip6.dnsu.status")?;
            let word = reader.word(1)?;
            reader.flag("mip6.dnsu.flag.r", word & 0x80 != 0);
            reader.rest_as("mip6.dnsu.mn_id").map(drop)
        }
        18 => reader.rest_as("mip6.em.data").map(drop),
        19 => {
            reader.u32("mip6.vsm.vendorId")?;
            reader.u8("mip6.vsm.subtype")?;
            reader.rest_as("mip6.vsm.data").map(drop)
        }
        20 => reader.rest_text("mip6.ss.identifier").map(drop),
        21 => {
            reader.u32("mip6.badff.spi")?;
            reader.rest_as("mip6.badff.auth").map(drop)
        }
        25 => {
            reader.u16("mip6.mnlli.reserved")?;
            reader.rest_as("mip6.mnlli.lli").map(drop)
        }
        27 => reader.number("mip6.timestamp_tmp", 8).map(drop),
        _ => None,
    }
}

fn later(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        29 => {
            let word = reader.word(2)?;
            reader.bits("mip6.ipv4ha.preflen", word >> 10);
            reader.flag("mip6.ipv4ha.p_flag", word & 0x0200 != 0);
            reader.ipv4("mip6.ipv4ha.ha").map(drop)
        }
        30 => {
            reader.u8("mip6.ipv4aa.sts")?;
            let word = reader.word(1)?;
            reader.bits("mip6.ipv4ha.preflen", word >> 2);
            reader.ipv4("mip6.ipv4ha.ha").map(drop)
        }
        31 => {
            let word = reader.word(2)?;
            reader.flag("mip6.natd.f_flag", word & 0x8000 != 0);
            reader.bits("mip6.natd.reserved", word & 0x7fff);
            reader.u32("mip6.natd.refresh_t").map(drop)
        }
        32 => {
            reader.u16("mip6.ipv4coa.reserved")?;
            reader.ipv4("mip6.ipv4coa.addr").map(drop)
        }
        35 => {
            reader.u16("mip6.bi.bid")?;
            reader.u8("mip6.bi.status")?;
            let word = reader.word(1)?;
            reader.flag("mip6.bi.h_flag", word & 0x80 != 0);
            match reader.rest().len() {
                4 => reader.ipv4("mip6.bi.coa_ipv4").map(drop),
                16 => reader.ipv6("mip6.bi.coa_ipv6").map(drop),
                _ => None,
            }
        }
        38 => {
            reader.u16("mip6.ipv4dra.reserved")?;
            reader.ipv4("mip6.ipv4dra.dra").map(drop)
        }
        41 => {
            reader.u8("mip6.lmaa.opt_code")?;
            reader.u8("mip6.lmaa.reserved")?;
            match reader.rest().len() {
                4 => reader.ipv4("mip6.lmaa.ipv4").map(drop),
                _ => reader.ipv6("mip6.lmaa.ipv6").map(drop),
            }
        }
        48 => {
            reader.u16("mip6.load_inf.priority")?;
            reader.u32("mip6.load_inf.sessions_in_use").map(drop)
        }
        50 => {
            reader.u8("mip6.mng.sub_type")?;
            reader.u8("mip6.mng.reserved")?;
            reader.u32("mip6.mng.mng_id").map(drop)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::golden;

    #[test]
    fn fields_are_those_of_tshark() {
        // RFC 6275, section 6.2.1: the length counts all behind it. Wireshark 4.0 shows two bytes less.
        let shorter = [
            "mip6.cgar.cga_par",
            "mip6.phkt.phkt",
            "mip6.dnsu.mn_id",
            "mip6.em.data",
            "mip6.vsm.data",
        ];
        golden::check(include_str!("golden.txt"), &["mipv6"], &shorter, &shorter);
    }
}
