//! Fields of IGMP messages.

use super::{Igmp, IgmpType};
use crate::FieldSink;
use crate::field_reader::FieldReader;

/// Bytes of what a router adds to a traceroute of multicast.
const TRACE_BLOCK_LEN: usize = 32;

/// Reports the fields of a message, as far as it is there.
pub(super) fn fields(igmp: &Igmp<'_>, sink: &mut dyn FieldSink) {
    if igmp.message_type() == IgmpType::PIM_V1 {
        return;
    }
    let mut reader = FieldReader::new(igmp.bytes, 0, sink);
    reader.u8("igmp.type");
    let _ = match (igmp.message_type(), igmp.version()) {
        (IgmpType::MEMBERSHIP_QUERY, Some(3)) => query_v3(igmp, &mut reader),
        (IgmpType::MEMBERSHIP_REPORT_V3, _) => report_v3(&mut reader),
        (_, Some(1)) => {
            reader.bytes("igmp.reserved", 1);
            checksum_and_group(&mut reader)
        }
        (_, Some(_)) => {
            reader.u8("igmp.max_resp");
            checksum_and_group(&mut reader)
        }
        (IgmpType::TRACEROUTE | IgmpType::TRACEROUTE_RESPONSE, _) => traceroute(&mut reader),
        // RFC 988's requests and replies to form and join groups.
        (IgmpType(..=8), _) if igmp.message_type().0 > 0 => version_0(igmp, &mut reader),
        _ => {
            reader.rest_as("igmp.data");
            None
        }
    };
}

fn checksum_and_group(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("igmp.checksum")?;
    reader.ipv4("igmp.maddr").map(|_| ())
}

fn query_v3(igmp: &Igmp<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let code = reader.word(1)?;
    reader.bits("igmp.max_resp", igmp.max_resp_time());
    if code >= 0x80 {
        reader.bits("igmp.max_resp.exp", code >> 4 & 7);
        reader.bits("igmp.max_resp.mant", code & 0x0f);
    }
    checksum_and_group(reader)?;
    let flags = reader.word(1)?;
    reader.flag("igmp.s", flags & 8 != 0);
    reader.bits("igmp.qrv", flags & 7);
    reader.u8("igmp.qqic")?;
    let count = reader.u16("igmp.num_src")?;
    (0..count).try_for_each(|_| reader.ipv4("igmp.saddr").map(|_| ()))
}

fn report_v3(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("igmp.reserved", 1)?;
    reader.u16("igmp.checksum")?;
    reader.bytes("igmp.reserved", 2)?;
    let records = reader.u16("igmp.num_grp_recs")?;
    (0..records).try_for_each(|_| {
        reader.u8("igmp.record_type")?;
        let words = reader.u8("igmp.aux_data_len")?;
        let sources = reader.u16("igmp.num_src")?;
        reader.ipv4("igmp.maddr")?;
        (0..sources).try_for_each(|_| reader.ipv4("igmp.saddr").map(|_| ()))?;
        if words > 0 {
            reader.bytes("igmp.aux_data", usize::from(words) << 2)?;
        }
        Some(())
    })
}

fn traceroute(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("igmp.mtrace.max_hops")?;
    checksum_and_group(reader)?;
    reader.ipv4("igmp.mtrace.saddr")?;
    reader.ipv4("igmp.mtrace.raddr")?;
    reader.ipv4("igmp.mtrace.rspaddr")?;
    reader.u8("igmp.mtrace.resp_ttl")?;
    reader.number("igmp.mtrace.q_id", 3)?;
    while reader.rest().len() >= TRACE_BLOCK_LEN {
        reader.u32("igmp.mtrace.q_arrival")?;
        reader.ipv4("igmp.mtrace.q_inaddr")?;
        reader.ipv4("igmp.mtrace.q_outaddr")?;
        reader.ipv4("igmp.mtrace.q_prevrtr")?;
        reader.u32("igmp.mtrace.q_inpkt")?;
        reader.u32("igmp.mtrace.q_outpkt")?;
        reader.u32("igmp.mtrace.q_total")?;
        reader.u8("igmp.mtrace.q_rtg_proto")?;
        reader.u8("igmp.mtrace.q_fwd_ttl")?;
        let mask = reader.word(1)?;
        reader.bits("igmp.mtrace.q_mbz", mask >> 7);
        reader.bits("igmp.mtrace.q_s", mask >> 6 & 1);
        reader.bits("igmp.mtrace.q_src_mask", mask & 0x3f);
        reader.u8("igmp.mtrace.q_fwd_code")?;
    }
    Some(())
}

fn version_0(igmp: &Igmp<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = igmp.header.message_type;
    match (kind, kind & 1) {
        (1, _) => reader.u8("igmp.group_type")?,
        (_, 0) => {
            // A code above one is how many seconds to wait before asking again.
            let name =
                if igmp.header.max_resp_code < 5 { "igmp.reply" } else { "igmp.reply.pending" };
            reader.u8(name)?
        }
        _ => {
            reader.bytes("igmp.reserved", 1)?;
            0
        }
    };
    reader.u16("igmp.checksum")?;
    reader.u32("igmp.identifier")?;
    reader.ipv4("igmp.maddr")?;
    reader.bytes("igmp.access_key", 8).map(|_| ())
}
