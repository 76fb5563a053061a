//! Streams beside a model that keeps every byte by itself.

use super::*;

/// What the model keeps of a byte: the byte, and the segment that holds it.
type Kept = Option<(u8, Reach)>;

/// A stream of which every byte is kept by itself.
struct Model {
    policy: OverlapPolicy,
    bytes: Vec<Kept>,
    next: usize,
}

impl Model {
    fn segment(&mut self, start: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = start + bytes.len();
        let reach = Reach { start: start.max(self.next) as u64, end: end as u64 };
        self.bytes.resize(self.bytes.len().max(end), None);
        for (at, &byte) in (start..).zip(bytes).skip_while(|(at, _)| *at < self.next) {
            match &mut self.bytes[at] {
                Some((_, first)) if !self.policy.replaces(*first, reach) => {}
                place => *place = Some((byte, reach)),
            }
        }
        self.go_on();
    }

    fn ack(&mut self, to: usize) {
        if to > self.next && to <= self.bytes.len() {
            self.next = to;
            self.go_on();
        }
    }

    fn go_on(&mut self) {
        while self.bytes.get(self.next).is_some_and(Option::is_some) {
            self.next += 1;
        }
    }
}

proptest! {
    #[test]
    fn any_segments_give_what_the_model_gives(
        steps in prop::collection::vec(
            // Where, how many bytes, other bytes than the stream's, and an ACK instead.
            (0_usize..3000, 0_usize..700, 0_u8..10, 0_u8..12), 1..60),
        base: u32,
        policy in prop::sample::select(vec![
            OverlapPolicy::First, OverlapPolicy::Last, OverlapPolicy::Bsd, OverlapPolicy::BsdRight,
            OverlapPolicy::Linux, OverlapPolicy::Windows, OverlapPolicy::Solaris]),
    ) {
        let config = Config {
            overlap: policy,
            ack_grace: std::time::Duration::ZERO,
            max_pending: 1 << 20,
            ..Config::default()
        };
        let mut talk = Talk { base, ..Talk::new(config) };
        talk.send(&Segment::new(talk.now, SeqNumber(base) + u32::MAX, b"").syn());
        let mut model = Model { policy, bytes: Vec::new(), next: 0 };
        for (start, len, other, kind) in steps {
            if kind == 0 && start <= model.bytes.len() {
                talk.ack(u32::try_from(start).unwrap());
                model.ack(start);
            } else {
                let twist = if other == 0 { 0x80 } else { 0 };
                let content = |at: usize| u8::try_from(at * 7 % 251).unwrap() ^ twist;
                let bytes: Vec<_> = (start..start + len).map(content).collect();
                talk.bytes(i64::try_from(start).unwrap(), &bytes);
                model.segment(start, &bytes);
            }
            prop_assert_eq!(talk.stream.offset(), model.next as u64);
        }
        talk.close();
        let mut delivered: Vec<Option<u8>> = Vec::new();
        for told in talk.told() {
            match told {
                Told::Data(offset, bytes) => {
                    prop_assert_eq!(offset, delivered.len() as u64);
                    delivered.extend(bytes.into_iter().map(Some));
                }
                Told::Gap(offset, len, _) => {
                    prop_assert_eq!(offset, delivered.len() as u64);
                    let gap = usize::try_from(len).unwrap();
                    prop_assert!(gap > 0);
                    delivered.extend(std::iter::repeat_n(None, gap));
                }
                _ => {}
            }
        }
        let expected: Vec<_> = model.bytes.iter().map(|kept| kept.map(|(byte, _)| byte)).collect();
        prop_assert_eq!(delivered, expected);
    }
}
