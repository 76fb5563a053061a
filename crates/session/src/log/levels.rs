//! Packets as Zeek takes them: fragments put together, inside of tunnels too, and what each IP header carries.

use rheos_core::{PacketSource, RawPacket};
use rheos_flow::zeek::{ConnLog, ConnLogOptions, ConnRow, MAX_DEPTH, Uid, ZeekTuple, levels};
use rheos_flow::{FlowExtractor, Fragment};
use rheos_layers::{Decoder, Packet};

use crate::{Defragment, DefragmentOptions, Defragmented};

/// Takes what packets carry.
pub(super) trait Levels {
    /// What tells connections apart.
    fn extractor(&self) -> &ZeekTuple;

    /// Takes what an IP header of a packet carries, with its number from 0, in the tunnel of this name. Returns
    /// what that is called.
    fn level(
        &mut self,
        packet: &Packet<'_>,
        level: (usize, &RawPacket<'_>),
        parent: Option<Uid>,
    ) -> Option<Uid>;

    /// What all headers of a packet carry has been taken.
    fn end(&mut self, packet: &Packet<'_>);
}

/// Puts datagrams together, and takes them apart.
#[derive(Debug)]
pub(super) struct Datagrams {
    decoder: Decoder,
    defragment: Defragment,
}

/// What a packet came in.
#[derive(Clone, Copy, Default)]
struct Around {
    /// IP headers around it.
    depth: usize,
    /// What the innermost of those is called.
    parent: Option<Uid>,
    /// Tells its fragments apart from those in other tunnels.
    tag: u64,
}

impl Datagrams {
    pub(super) fn new(decoder: &Decoder, verify_checksums: bool) -> Self {
        let options = DefragmentOptions { verify_checksums, ..DefragmentOptions::default() };
        let defragment = Defragment::with_options(decoder, options);
        Self { decoder: decoder.clone(), defragment }
    }

    /// Takes a packet, or waits for what it is a fragment of.
    pub(super) fn take(&mut self, raw: &RawPacket<'_>, to: &mut impl Levels) {
        take(&self.decoder, &mut self.defragment, raw, Around::default(), to);
    }
}

/// Takes a packet, or what is in a tunnel. Zeek and Suricata count a datagram once, when the last of its fragments
/// is there.
fn take(
    decoder: &Decoder,
    defragment: &mut Defragment,
    raw: &RawPacket<'_>,
    around: Around,
    to: &mut impl Levels,
) {
    let taken = match around.depth {
        0 => defragment.take(raw),
        _ => defragment.take_inside(raw, around.tag),
    };
    match taken {
        Defragmented::AsIs => take_levels(decoder, defragment, raw, around, to),
        Defragmented::Datagram { packet: whole, .. } => {
            // In its place another may be put together, of fragments inside of it.
            let data = whole.data.to_vec();
            let RawPacket { link_type, interface, original_length, .. } = whole;
            let whole = RawPacket { link_type, interface, original_length, data: &data, ..*raw };
            take_levels(decoder, defragment, &whole, around, to);
        }
        Defragmented::Waiting | Defragmented::Rejected(_) => {}
    }
}

/// Takes what each of the IP headers of a packet carries.
fn take_levels(
    decoder: &Decoder,
    defragment: &mut Defragment,
    raw: &RawPacket<'_>,
    around: Around,
    to: &mut impl Levels,
) {
    let packet = decoder.decode(raw.link_type, raw.data);
    let mut parent = around.parent;
    // What is inside a datagram can be told once that is whole.
    let is_fragment = Fragment::of(&packet).is_some();
    for (nth, level) in levels(&packet, raw).enumerate() {
        let depth = around.depth.saturating_add(nth);
        if depth > MAX_DEPTH || is_fragment && nth > 0 {
            break;
        }
        if nth > 0 && to.extractor().fragment(&level).is_some() {
            let tag = defragment.tag(&packet, nth, around.tag);
            return take(decoder, defragment, &level, Around { depth, parent, tag }, to);
        }
        parent = to.level(&packet, (nth, &level), parent);
    }
    to.end(&packet);
}

/// The connections of captured packets, as Zeek's `conn.log` has them: a [`ConnLog`] that is given datagrams, put
/// together of fragments inside of tunnels too, so that its rows are those of [`Logs`](super::Logs).
#[derive(Debug)]
pub struct Connections {
    datagrams: Datagrams,
    log: ConnLog,
}

impl Connections {
    /// Connections that this decoder sees.
    pub fn new(decoder: &Decoder, options: ConnLogOptions) -> Self {
        let datagrams = Datagrams::new(decoder, options.verify_checksums);
        Self { datagrams, log: ConnLog::new(decoder, options) }
    }

    /// Takes the next packet, and gives the rows of the connections that end with it.
    pub fn packet(&mut self, raw: &RawPacket<'_>, rows: &mut impl FnMut(&ConnRow)) {
        let Self { datagrams, log } = self;
        datagrams.take(raw, &mut Rows { log, rows });
    }

    /// Asks memory for what is known of the connections of the packets that a source lends next, as
    /// [`ConnLog::look_ahead`] does.
    #[inline]
    pub fn look_ahead(&mut self, source: &impl PacketSource) {
        self.log.look_ahead(source);
    }

    /// Gives the rows of the connections that are left.
    pub fn finish(&mut self, rows: &mut impl FnMut(&ConnRow)) {
        self.log.finish(rows);
    }
}

/// Gives the rows of connections that end.
struct Rows<'a, R> {
    log: &'a mut ConnLog,
    rows: &'a mut R,
}

impl<R: FnMut(&ConnRow)> Levels for Rows<'_, R> {
    fn extractor(&self) -> &ZeekTuple {
        self.log.extractor()
    }

    fn level(
        &mut self,
        packet: &Packet<'_>,
        (_, level): (usize, &RawPacket<'_>),
        parent: Option<Uid>,
    ) -> Option<Uid> {
        self.log.level(packet, level, parent, self.rows)
    }

    fn end(&mut self, _packet: &Packet<'_>) {}
}
