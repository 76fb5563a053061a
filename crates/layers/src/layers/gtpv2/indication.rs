//! The flags of TS 29.274, section 8.12: what a node can do and wants, a byte at a time, as many as
//! the sender knows of.

use crate::field_reader::FieldReader;

/// The flags of each byte, highest bit first.
#[rustfmt::skip]
const FLAGS: &[[&str; 8]] = &[
    ["gtpv2.daf", "gtpv2.dtf", "gtpv2.hi", "gtpv2.dfi", "gtpv2.oi", "gtpv2.isrsi", "gtpv2.israi", "gtpv2.sgwci"],
    ["gtpv2.sqci", "gtpv2.uimsi", "gtpv2.cfsi", "gtpv2.crsi", "gtpv2.ps", "gtpv2.pt", "gtpv2.si", "gtpv2.msv"],
    ["gtpv2.retloc", "gtpv2.pbic", "gtpv2.snri", "gtpv2.s6af", "gtpv2.s4af", "gtpv2.mbmdt", "gtpv2.israu", "gtpv2.ccrsi"],
    ["gtpv2.cprai", "gtpv2.arrl", "gtpv2.ppof", "gtpv2.ppon_ppei", "gtpv2.ppsi", "gtpv2.csfbi", "gtpv2.clii", "gtpv2.cpsr"],
    ["gtpv2.nsi", "gtpv2.uasi", "gtpv2.dtci", "gtpv2.bdwi", "gtpv2.psci", "gtpv2.pcri", "gtpv2.aosi", "gtpv2.aopi"],
    ["gtpv2.roaai", "gtpv2.epcosi", "gtpv2.cpopci", "gtpv2.pmtsmi", "gtpv2.s11tf", "gtpv2.pnsi", "gtpv2.unaccsi", "gtpv2.wpmsi"],
    ["gtpv2.5gsnn26", "gtpv2.reprefi", "gtpv2.5gsiwk", "gtpv2.eevrsi", "gtpv2.ltemui", "gtpv2.ltempi", "gtpv2.enbcrsi", "gtpv2.tspcmi"],
    ["gtpv2.csrmfi", "gtpv2.mtedtn", "gtpv2.mtedta", "gtpv2.n5gnmi", "gtpv2.5gcnrs", "gtpv2.5gcnri", "gtpv2.5srhoi", "gtpv2.ethpdn"],
    ["gtpv2.nspusi", "gtpv2.pgwrnsi", "gtpv2.rppcsi", "gtpv2.pgwchi", "gtpv2.sissme", "gtpv2.nsenbi", "gtpv2.idfupf", "gtpv2.emci"],
];

/// Reports the flags that are there.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for names in FLAGS {
        let word = reader.word(1)?;
        for (name, bit) in names.iter().zip((0..8).rev()) {
            reader.flag(name, word >> bit & 1 != 0);
        }
    }
    Some(())
}
