//! Captures for tests, built field by field, and what a reader makes of them.

use std::collections::VecDeque;

use rheos_core::{Direction, LinkType, PacketSource, RawPacket};

use crate::error::Error;
use crate::order::ByteOrder;
use crate::reader::CaptureReader;

/// Bytes with numbers in one byte order, and where in them the capture may end without a loss.
pub(crate) struct Sample {
    pub(crate) order: ByteOrder,
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<Ending>,
}

/// A place between two records or blocks, and how many packets stand in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) at: usize,
    pub(crate) packets: usize,
}

/// A packet as a test compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) nanos: i64,
    pub(crate) link_type: LinkType,
    pub(crate) original_length: u32,
    pub(crate) interface: u32,
    pub(crate) direction: Direction,
    pub(crate) comments: Vec<Vec<u8>>,
    pub(crate) data: Vec<u8>,
}

impl From<&RawPacket<'_>> for Seen {
    fn from(packet: &RawPacket<'_>) -> Self {
        Self {
            nanos: packet.timestamp.as_nanos(),
            link_type: packet.link_type,
            original_length: packet.original_length,
            interface: packet.interface,
            direction: packet.direction,
            comments: packet.comments.iter().map(<[u8]>::to_vec).collect(),
            data: packet.data.to_vec(),
        }
    }
}

/// Reads to the end, which must be one: at most one error, then nothing for ever.
pub(crate) fn read(bytes: &[u8]) -> (Vec<Seen>, Option<Error>) {
    let mut capture = match CaptureReader::new(bytes) {
        Ok(capture) => capture,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut seen = Vec::new();
    let mut shown = VecDeque::new();
    let error = loop {
        // What was shown ahead is what comes.
        let mut ahead = Vec::new();
        capture.look_ahead(3, |packet| ahead.push(Seen::from(packet)));
        assert!(ahead.len() <= 3 && shown.iter().zip(&ahead).all(|(first, then)| first == then));
        shown = ahead.into();
        match capture.next_packet() {
            Ok(Some(packet)) => {
                let packet = Seen::from(&packet);
                assert!(shown.pop_front().is_none_or(|shown| shown == packet));
                seen.push(packet);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(shown.is_empty(), "a packet was shown and did not come");
    for _ in 0..3 {
        assert!(matches!(capture.next_packet(), Ok(None)), "the reader goes on after its end");
    }
    assert_eq!(capture.packets_read(), seen.len() as u64);
    (seen, error)
}

/// Reads what must hold no fault.
#[track_caller]
pub(crate) fn read_whole(bytes: &[u8]) -> Vec<Seen> {
    let (seen, error) = read(bytes);
    assert!(error.is_none(), "{error:?}");
    seen
}

impl Sample {
    pub(crate) fn new(order: ByteOrder) -> Self {
        Self { order, bytes: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn u16(&mut self, number: u16) -> &mut Self {
        self.raw(&match self.order {
            ByteOrder::Big => number.to_be_bytes(),
            ByteOrder::Little => number.to_le_bytes(),
        })
    }

    pub(crate) fn u32(&mut self, number: u32) -> &mut Self {
        self.raw(&match self.order {
            ByteOrder::Big => number.to_be_bytes(),
            ByteOrder::Little => number.to_le_bytes(),
        })
    }

    pub(crate) fn words(&mut self, numbers: &[u32]) -> &mut Self {
        for &number in numbers {
            self.u32(number);
        }
        self
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// The record or block is whole here.
    pub(crate) fn end(&mut self, packets: usize) -> &mut Self {
        let before = self.ends.last().map_or(0, |ending| ending.packets);
        self.ends.push(Ending { at: self.bytes.len(), packets: before + packets });
        self
    }

    /// A pcap file header.
    pub(crate) fn pcap(order: ByteOrder, magic: u32, snap_length: u32, link_type: u32) -> Self {
        let mut sample = Self::new(order);
        sample.u32(magic).u16(2).u16(4).words(&[0, 0, snap_length, link_type]).end(0);
        sample
    }

    /// A packet of a plain pcap file.
    pub(crate) fn record(&mut self, time: [u32; 2], data: &[u8], original: u32) -> &mut Self {
        self.words(&time).words(&[data.len() as u32, original]).raw(data).end(1)
    }

    /// A pcapng file that starts with a section in this byte order.
    pub(crate) fn pcapng(order: ByteOrder) -> Self {
        let mut sample = Self::new(order);
        sample.section(order);
        sample
    }

    /// A section header block, section 4.1, of unknown length; what follows has its byte order.
    pub(crate) fn section(&mut self, order: ByteOrder) -> &mut Self {
        self.order = order;
        let mut body = Self::new(order);
        body.u32(0x1a2b_3c4d).u16(1).u16(0).raw(&[0xff; 8]);
        self.block(0x0a0d_0d0a, &body.bytes)
    }

    /// A block, with what its body lacks to a multiple of four.
    pub(crate) fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = (body.len() + padding + 12) as u32;
        self.words(&[kind, length]).raw(body).raw(&[0; 3][..padding]).u32(length).end(0)
    }

    /// An interface description block, section 4.2.
    pub(crate) fn interface(
        &mut self,
        link_type: u16,
        snap_length: u32,
        options: &[(u16, &[u8])],
    ) -> &mut Self {
        let mut body = Self::new(self.order);
        body.u16(link_type).u16(0).u32(snap_length).options(options);
        self.block(1, &body.bytes)
    }

    /// An enhanced packet block, section 4.3, of a packet that was not cut.
    pub(crate) fn enhanced(
        &mut self,
        interface: u32,
        ticks: u64,
        data: &[u8],
        options: &[(u16, &[u8])],
    ) -> &mut Self {
        let [high, low] = [(ticks >> 32) as u32, ticks as u32];
        let length = data.len() as u32;
        let mut body = Self::new(self.order);
        body.words(&[interface, high, low, length, length]).padded(data).options(options);
        self.block(6, &body.bytes).packet()
    }

    /// A simple packet block, section 4.4.
    pub(crate) fn simple(&mut self, original_length: u32, data: &[u8]) -> &mut Self {
        let mut body = Self::new(self.order);
        body.u32(original_length).padded(data);
        self.block(3, &body.bytes).packet()
    }

    /// The block just written holds a packet.
    pub(crate) fn packet(&mut self) -> &mut Self {
        if let Some(ending) = self.ends.last_mut() {
            ending.packets += 1;
        }
        self
    }

    pub(crate) fn padded(&mut self, data: &[u8]) -> &mut Self {
        self.raw(data).raw(&[0; 3][..data.len().next_multiple_of(4) - data.len()])
    }

    /// Options and their end, or nothing if there are none.
    pub(crate) fn options(&mut self, options: &[(u16, &[u8])]) -> &mut Self {
        for &(code, value) in options {
            self.u16(code).u16(value.len() as u16).padded(value);
        }
        if options.is_empty() { self } else { self.u32(0) }
    }
}
