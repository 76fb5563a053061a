//! Each piece of a stream says when its segment came.

use rheos_core::{SeqNumber, Timestamp};
use rheos_reassembly::tcp::{Assembler, Chunk, Config, Consumer, Segment, StreamAssembler};

/// The length and the second of each piece.
#[derive(Default)]
struct Pieces(Vec<(usize, i64)>);

impl Consumer for Pieces {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        self.0.push((chunk.bytes.len(), chunk.timestamp.seconds()));
        chunk.bytes.len()
    }
}

// gopacket defect 22
#[test]
fn every_piece_of_a_long_segment_that_waited_has_its_time() {
    let mut assembler = Assembler::new(Config::default());
    let (mut stream, mut pieces) = (StreamAssembler::new(0), Pieces::default());
    let mut send = |second: i64, number: u32, bytes: &[u8], is_syn: bool| {
        let segment = Segment::new(Timestamp::from_secs(second, 0), SeqNumber(number), bytes);
        let segment = if is_syn { segment.syn() } else { segment };
        assembler.segment(&mut stream, &segment, &mut pieces);
    };
    send(1, 99, b"", true);
    send(3, 110, &[b'x'; 4000], false);
    send(5, 100, b"ten bytes.", false);
    let (first, rest) = pieces.0.split_first().unwrap();
    assert_eq!(*first, (10, 5));
    assert_eq!(rest.iter().map(|(len, _)| len).sum::<usize>(), 4000);
    assert!(rest.iter().all(|(_, second)| *second == 3), "{rest:?}");
}
