//! Wireshark's names for what is in a radiotap header.

use super::field::TLV;
use super::he_names::{
    CHANNEL_1_RUS, CHANNEL_2_RUS, HE_DATA1, HE_DATA2, HE_DATA3, HE_DATA4, HE_DATA4_MU,
    HE_DATA4_TRIGGER, HE_DATA5, HE_DATA6, HE_LTF_SIZE, HE_MU_FLAGS1, HE_MU_FLAGS2, HE_NO_LTF_SIZE,
    Known,
};
use super::iterator::{Kind, Raw};
use super::names::{
    AMPDU_FLAGS, CHANNEL_FLAGS, FLAGS, L_SIG_DATA1, L_SIG_DATA2, MCS_FLAGS, MCS_KNOWN, PRESENT,
    PRESENT_LAST, TIMESTAMP_FLAGS, TIMESTAMP_UNIT, TX_FLAGS, VHT_FLAGS, VHT_KNOWN, VHT_USERS,
    XCHANNEL_FLAGS,
};
use super::{MORE_WORDS, Radiotap};
use crate::layout::{Layout, Part};
use crate::{FieldSink, Value};

/// Reports a header.
pub(super) fn report(radiotap: &Radiotap<'_>, sink: &mut dyn FieldSink) {
    sink.number("radiotap.version", radiotap.header.version, 0..1);
    sink.number("radiotap.pad", radiotap.header.pad, 1..2);
    sink.number("radiotap.length", radiotap.header.length, 2..4);
    present(radiotap, sink);
    let mut fields = radiotap.fields_present();
    while let Some(raw) = sink.sound(fields.raw(), fields.place()) {
        // Its length is that of its kind, so that nothing is missing.
        let _ = field(raw, sink);
    }
    if let Ok(fcs) = <[u8; 4]>::try_from(radiotap.fcs) {
        let start =
            usize::from(radiotap.header.length.get()).saturating_add(radiotap.payload.len());
        let place = start..start.saturating_add(fcs.len());
        sink.number("wlan.fcs", u32::from_le_bytes(fcs), place);
    }
}

/// Reports the words of the bitmap. Only those of radiotap's own namespace have bits with names.
fn present(radiotap: &Radiotap<'_>, sink: &mut dyn FieldSink) {
    let first = radiotap.header.present.get();
    let mut word = first;
    let mut at = 4_usize;
    let mut is_first_of_own = true;
    let mut rest = radiotap.body;
    loop {
        let place = at..at.saturating_add(4);
        sink.number("radiotap.present.word", word, place.clone());
        let mut layout = Layout::new(&[], 0, sink);
        layout.place(place);
        let bits = if is_first_of_own { PRESENT } else { &[] };
        layout.bits(word.into(), bits);
        layout.bits(word.into(), PRESENT_LAST);
        if word & MORE_WORDS == 0 {
            return;
        }
        is_first_of_own = word & 1 << 29 != 0;
        let Some((next, behind)) = rest.split_first_chunk::<4>() else { return };
        (word, rest) = (u32::from_le_bytes(*next), behind);
        at = at.saturating_add(4);
    }
}

fn field(raw: Raw<'_>, sink: &mut dyn FieldSink) -> Option<()> {
    let Raw { kind, data, at } = raw;
    let mut layout = Layout::new(data, at, sink);
    let bit = match kind {
        Kind::Bit(bit) => bit,
        Kind::Tlv(kind) => {
            let header = at.saturating_sub(4);
            let (kind_at, len_at) =
                (header..header.saturating_add(2), header.saturating_add(2)..at);
            layout.place(kind_at);
            layout.number("radiotap.tlv.type", kind.into());
            layout.place(len_at);
            layout.number("radiotap.tlv.datalen", data.len() as u64);
            return layout.read(&[Part::Rest("radiotap.tlv.unknown_data")]);
        }
        Kind::Vendor => {
            return layout.read(&[
                Part::Be(3, "radiotap.vendor_oui"),
                Part::U8("radiotap.vendor_subns"),
                Part::U16("radiotap.vendor_data_len"),
                Part::Rest("radiotap.vendor_data"),
            ]);
        }
        // Nobody knows what it is, and Wireshark has no name for it.
        Kind::Unknown(_) => return None,
    };
    match bit {
        2 => {
            let [rate] = *layout.take(1)?.as_array()?;
            layout.value("radiotap.datarate", Value::Float(f64::from(rate) / 2.0));
            Some(())
        }
        19 => mcs(&mut layout),
        20 => ampdu(&mut layout),
        21 => vht(&mut layout),
        22 => timestamp(&mut layout),
        23 => he(&mut layout),
        24 => he_mu(&mut layout),
        TLV.. => None,
        _ => layout.read(simple(bit)),
    }
}

/// The structure of a field that needs no program.
fn simple(bit: u32) -> &'static [Part] {
    match bit {
        0 => &[Part::U64("radiotap.mactime")],
        1 => &[Part::Bits(1, "radiotap.flags", FLAGS)],
        3 => &[
            Part::U16("radiotap.channel.freq"),
            Part::Bits(2, "radiotap.channel.flags", CHANNEL_FLAGS),
        ],
        4 => &[Part::U8("radiotap.fhss.hopset"), Part::U8("radiotap.fhss.pattern")],
        5 => &[Part::I8("radiotap.dbm_antsignal")],
        6 => &[Part::I8("radiotap.dbm_antnoise")],
        7 => &[Part::U16("radiotap.quality")],
        8 => &[Part::U16("radiotap.txattenuation")],
        9 => &[Part::U16("radiotap.db_txattenuation")],
        10 => &[Part::I8("radiotap.txpower")],
        11 => &[Part::U8("radiotap.antenna")],
        12 => &[Part::U8("radiotap.db_antsignal")],
        13 => &[Part::U8("radiotap.db_antnoise")],
        14 => &[Part::Bits(2, "radiotap.rxflags", &[("radiotap.rxflags.badplcp", 2)])],
        15 => &[Part::Bits(2, "radiotap.txflags", TX_FLAGS)],
        17 => &[Part::U8("radiotap.data_retries")],
        18 => &[
            Part::Bits(4, "radiotap.xchannel.flags", XCHANNEL_FLAGS),
            Part::U16("radiotap.xchannel.freq"),
            Part::U8("radiotap.xchannel.channel"),
        ],
        26 => &[Part::U8("radiotap.0_len_psdu.type")],
        27 => &[
            Part::Bits(2, "radiotap.l_sig.data1", L_SIG_DATA1),
            Part::Bits(2, "radiotap.l_sig.data2", L_SIG_DATA2),
        ],
        // RTS retries and the other users of HE-MU have no names in Wireshark.
        _ => &[Part::Rest("radiotap.tlv.unknown_data")],
    }
}

fn mcs(layout: &mut Layout<'_, '_>) -> Option<()> {
    let known = layout.le(1, "radiotap.mcs.known")?;
    layout.bits(known, MCS_KNOWN);
    if known & 0x40 != 0 {
        layout.bits(known, &[("radiotap.mcs.ness_bit1", 0x80)]);
    }
    let flags = layout.le(1, "")?;
    for (bit, name, mask) in MCS_FLAGS {
        if known & bit != 0 {
            layout.bits(flags, &[(name, *mask)]);
        }
    }
    if known & 2 != 0 {
        layout.le(1, "radiotap.mcs.index")?;
    }
    Some(())
}

fn ampdu(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// The check value of the delimiter is known.
    const CRC_KNOWN: u64 = 0x20;
    layout.le(4, "radiotap.ampdu.reference")?;
    let flags = layout.le(2, "radiotap.ampdu.flags")?;
    layout.bits(flags, AMPDU_FLAGS);
    if flags & CRC_KNOWN != 0 {
        layout.le(1, "radiotap.ampdu.delim_crc")?;
    }
    Some(())
}

fn vht(layout: &mut Layout<'_, '_>) -> Option<()> {
    let known = layout.le(2, "radiotap.vht.known")?;
    layout.bits(known, VHT_KNOWN);
    let flags = layout.le(1, "")?;
    for (bit, name, mask) in VHT_FLAGS {
        if known & bit != 0 {
            layout.bits(flags, &[(name, *mask)]);
        }
    }
    layout.le(1, if known & 0x40 != 0 { "radiotap.vht.bw" } else { "" })?;
    let users = layout.take(4)?;
    let start = layout.at().saturating_sub(users.len());
    let coding = layout.le(1, "")?;
    let coding_at = layout.at().saturating_sub(1);
    for ((place, user), [mcs, nss, nsts, code]) in users.iter().enumerate().zip(VHT_USERS) {
        let streams = u64::from(user & 0xf);
        if streams == 0 {
            continue;
        }
        let at = start.saturating_add(place);
        layout.place(at..at.saturating_add(1));
        layout.bits((*user).into(), &[(mcs, 0xf0), (nss, 0xf)]);
        // A bit of each of two bytes: that STBC is known, and used. It doubles the streams.
        if known & 1 != 0 {
            layout.number(nsts, streams << (flags & 1));
        }
        layout.place(coding_at..coding_at.saturating_add(1));
        layout.number(code, coding >> place & 1);
    }
    layout.le(1, if known & 0x80 != 0 { "radiotap.vht.gid" } else { "" })?;
    layout.le(2, if known & 0x100 != 0 { "radiotap.vht.paid" } else { "" }).map(drop)
}

fn timestamp(layout: &mut Layout<'_, '_>) -> Option<()> {
    /// Of the flags, which are the last byte: the accuracy is known.
    const ACCURACY_KNOWN: u8 = 2;
    let flags = *layout.rest().last()?;
    let accuracy = if flags & ACCURACY_KNOWN != 0 { "radiotap.timestamp.accuracy" } else { "" };
    layout.read(&[
        Part::U64("radiotap.timestamp.ts"),
        Part::U16(accuracy),
        Part::Bits(1, "", TIMESTAMP_UNIT),
        Part::Bits(1, "", TIMESTAMP_FLAGS),
    ])
}

fn he(layout: &mut Layout<'_, '_>) -> Option<()> {
    let data1 = layout.le(2, "radiotap.he.data_1")?;
    layout.bits(data1, HE_DATA1);
    let data2 = layout.le(2, "radiotap.he.data_2")?;
    layout.bits(data2, HE_DATA2);
    let says = data1 | data2 << 16;
    // The format of the PPDU: single user, extended range, several users, trigger-based.
    let data4 = match data1 & 3 {
        2 => HE_DATA4_MU,
        3 => HE_DATA4_TRIGGER,
        _ => HE_DATA4,
    };
    parts(layout, "radiotap.he.data_3", says, HE_DATA3)?;
    parts(layout, "radiotap.he.data_4", says, data4)?;
    let [low, _] = *layout.rest().first_chunk()?;
    // A symbol size of zero is an unknown one.
    let size = if low & 0xc0 == 0 { HE_NO_LTF_SIZE } else { HE_LTF_SIZE };
    parts(layout, "radiotap.he.data_5", says, HE_DATA5)?;
    layout.bits(low.into(), size);
    parts(layout, "radiotap.he.data_6", says, HE_DATA6)
}

/// Reports a word and its parts, by what is said of them.
fn parts(
    layout: &mut Layout<'_, '_>,
    name: &'static str,
    says: u64,
    parts: &[Known],
) -> Option<()> {
    let word = layout.le(2, name)?;
    known_bits(layout, word, says, parts);
    Some(())
}

fn known_bits(layout: &mut Layout<'_, '_>, word: u64, says: u64, parts: &[Known]) {
    for part in parts {
        let is_known = part.bit == 0 || says & u64::from(part.bit) != 0;
        let (name, mask) = if is_known { part.yes } else { part.no };
        layout.bits(word, &[(name, mask)]);
    }
}

fn he_mu(layout: &mut Layout<'_, '_>) -> Option<()> {
    let flags1 = layout.le(2, "radiotap.he_mu.flags_1")?;
    known_bits(layout, flags1, flags1, HE_MU_FLAGS1);
    let flags2 = layout.le(2, "radiotap.he_mu.flags_2")?;
    known_bits(layout, flags2, flags1 | flags2 << 16, HE_MU_FLAGS2);
    for (bit, names) in [(0x100, CHANNEL_1_RUS), (0x200, CHANNEL_2_RUS)] {
        for (known, unknown) in names {
            layout.le(1, if flags1 & bit != 0 { known } else { unknown })?;
        }
    }
    Some(())
}
