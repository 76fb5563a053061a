//! The timing wheel: which flows to look at in which second, and which of them to give up first.

use rheos_core::Timestamp;

use super::slab::{Links, NONE, Slab};

/// Seconds ahead that a flow can be put off in one go; what is due later is looked at again then.
const BUCKETS: u16 = 512;

/// How much there is to lose with a flow, where one has to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Without an answer, or closed: what a flood is made of.
    Little,
    /// Both sides have spoken.
    Much,
}

impl Worth {
    const ALL: [Self; 2] = [Self::Little, Self::Much];
}

/// Lists of flows, two for each second ahead. A packet moves nothing: a flow whose second comes is
/// put off if it had packets since.
#[derive(Debug)]
pub(super) struct Wheel {
    lists: Vec<List>,
    /// The second that was looked at last.
    second: i64,
    /// When the next second starts.
    due: Timestamp,
}

/// Both ends of a list: flows join at the front, and those longest in it leave first.
#[derive(Clone, Copy, Debug)]
struct List {
    front: u32,
    back: u32,
}

impl List {
    const EMPTY: Self = Self { front: NONE, back: NONE };
}

impl Default for Wheel {
    fn default() -> Self {
        let lists = vec![List::EMPTY; usize::from(BUCKETS).saturating_mul(Worth::ALL.len())];
        Self { lists, second: i64::MIN, due: Timestamp::MIN }
    }
}

impl Wheel {
    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.lists.capacity().saturating_mul(size_of::<List>())
    }

    /// Whether there is a second to look at.
    #[inline(always)]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.due
    }

    /// Goes on to a time. Returns the lists to look at, oldest second first.
    pub(super) fn advance(&mut self, now: Timestamp) -> impl Iterator<Item = u16> + use<> {
        let (from, to) = (self.second, now.seconds());
        self.second = to.max(from);
        self.due = Timestamp::from_secs(self.second.saturating_add(1), 0);
        let passed = to.saturating_sub(from).clamp(0, BUCKETS.into());
        (0..passed).flat_map(move |back| {
            let second = to.saturating_sub(passed).saturating_add(back).saturating_add(1);
            Worth::ALL.map(|worth| bucket(second, worth))
        })
    }

    /// Empties a list, and returns its first flow; the others are linked behind it.
    pub(super) fn take(&mut self, bucket: u16) -> u32 {
        let list = self.lists.get_mut(usize::from(bucket));
        list.map_or(NONE, |list| std::mem::replace(list, List::EMPTY).front)
    }

    /// Puts a flow, which is in no list, into that of the second after a deadline.
    pub(super) fn insert<T>(
        &mut self,
        slab: &mut Slab<T>,
        index: u32,
        deadline: Timestamp,
        worth: Worth,
    ) {
        let bucket = self.bucket_of(deadline, worth);
        let Some(list) = self.lists.get_mut(usize::from(bucket)) else { return };
        let behind = std::mem::replace(&mut list.front, index);
        if behind == NONE {
            list.back = index;
        }
        if let Some(place) = slab.place_mut(index) {
            (place.links, place.bucket) = (Links { before: NONE, behind }, bucket);
        }
        if let Some(place) = slab.place_mut(behind) {
            place.links.before = index;
        }
    }

    /// Moves a flow to where its deadline is now, and returns whether that is another list.
    pub(super) fn put_off<T>(
        &mut self,
        slab: &mut Slab<T>,
        index: u32,
        deadline: Timestamp,
        worth: Worth,
    ) -> bool {
        let bucket = self.bucket_of(deadline, worth);
        let moves = slab.place(index).is_some_and(|place| place.bucket != bucket);
        if moves {
            self.remove(slab, index);
            self.insert(slab, index, deadline, worth);
        }
        moves
    }

    /// The list of the second after a deadline, or the last one there is.
    fn bucket_of(&self, deadline: Timestamp, worth: Worth) -> u16 {
        let first = self.second.saturating_add(1);
        let last = self.second.saturating_add(i64::from(BUCKETS)).saturating_sub(1);
        bucket(deadline.seconds().saturating_add(1).clamp(first, last), worth)
    }

    /// Takes a flow out of its list.
    pub(super) fn remove<T>(&mut self, slab: &mut Slab<T>, index: u32) {
        let Some(place) = slab.place_mut(index) else { return };
        let (Links { before, behind }, bucket) = (place.links, place.bucket);
        place.leave();
        let list = self.lists.get_mut(usize::from(bucket));
        if let Some(place) = slab.place_mut(behind) {
            place.links.before = before;
        }
        if let Some(place) = slab.place_mut(before) {
            place.links.behind = behind;
        }
        let Some(list) = list else { return };
        if list.front == index {
            list.front = behind;
        }
        if list.back == index {
            list.back = before;
        }
    }

    /// Of the flows that are worth least, that which is longest in the list of the first second.
    pub(super) fn first(&self) -> Option<u32> {
        let second = |ahead| self.second.saturating_add(ahead);
        let lists = Worth::ALL.into_iter().flat_map(|worth| {
            (1..=i64::from(BUCKETS)).map(move |ahead| bucket(second(ahead), worth))
        });
        let backs = lists.filter_map(|bucket| self.lists.get(usize::from(bucket)));
        backs.map(|list| list.back).find(|&back| back != NONE)
    }
}

/// The list of a second.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small remainder")]
fn bucket(second: i64, worth: Worth) -> u16 {
    let first: u16 = if worth == Worth::Little { 0 } else { BUCKETS };
    first.saturating_add(second.rem_euclid(BUCKETS.into()) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of the lists that are looked at when time goes on to a second.
    fn advance(wheel: &mut Wheel, slab: &mut Slab<u32>, second: i64) -> Vec<u32> {
        let mut found = Vec::new();
        for bucket in wheel.advance(Timestamp::from_secs(second, 0)) {
            let mut index = wheel.take(bucket);
            while let Some(place) = slab.place(index) {
                let behind = place.links.behind;
                found.push(*slab.get(index).unwrap());
                index = behind;
            }
        }
        found
    }

    fn wheel_of(deadlines: &[u32]) -> (Wheel, Slab<u32>) {
        let (mut wheel, mut slab) = (Wheel::default(), Slab::default());
        wheel.advance(Timestamp::from_secs(0, 0)).for_each(drop);
        for &deadline in deadlines {
            let index = slab.insert(deadline).unwrap();
            wheel.insert(&mut slab, index, Timestamp::from_secs(deadline.into(), 1), Worth::Much);
        }
        (wheel, slab)
    }

    #[test]
    fn a_flow_comes_up_in_the_second_after_its_deadline() {
        let (mut wheel, mut slab) = wheel_of(&[3, 1, 3, 400]);
        assert!(advance(&mut wheel, &mut slab, 1).is_empty());
        assert_eq!(advance(&mut wheel, &mut slab, 2), [1]);
        assert_eq!(advance(&mut wheel, &mut slab, 100), [3, 3]);
        assert_eq!(advance(&mut wheel, &mut slab, 401), [400]);
    }

    #[test]
    fn a_jump_of_years_looks_at_each_list_once() {
        let (mut wheel, mut slab) = wheel_of(&[1, 400, 100_000]);
        assert_eq!(advance(&mut wheel, &mut slab, 1 << 33), [1, 400, 100_000]);
    }

    #[test]
    fn a_flow_leaves_its_list_from_any_place() {
        let (mut wheel, mut slab) = wheel_of(&[5, 5, 5, 5]);
        for index in [0, 3, 1] {
            wheel.remove(&mut slab, index);
        }
        assert_eq!(wheel.first(), Some(2));
        wheel.remove(&mut slab, 2);
        assert_eq!(wheel.first(), None);
    }

    #[test]
    fn time_that_goes_back_looks_at_nothing() {
        let (mut wheel, mut slab) = wheel_of(&[1]);
        assert!(advance(&mut wheel, &mut slab, -100).is_empty());
        assert_eq!(advance(&mut wheel, &mut slab, 2), [1]);
    }

    #[test]
    fn what_is_worth_little_comes_first_and_what_is_longest_there_before_it() {
        let (mut wheel, mut slab) = wheel_of(&[1, 9]);
        for deadline in [7, 7, 400] {
            let index = slab.insert(deadline).unwrap();
            let at = Timestamp::from_secs(deadline.into(), 0);
            wheel.insert(&mut slab, index, at, Worth::Little);
        }
        let mut order = Vec::new();
        while let Some(index) = wheel.first() {
            wheel.remove(&mut slab, index);
            order.push(index);
        }
        assert_eq!(order, [2, 3, 4, 0, 1]);
    }

    #[test]
    fn a_flow_moves_between_the_lists_of_one_second() {
        let (mut wheel, mut slab) = wheel_of(&[5]);
        let at = Timestamp::from_secs(5, 1);
        assert!(!wheel.put_off(&mut slab, 0, at, Worth::Much));
        assert!(wheel.put_off(&mut slab, 0, at, Worth::Little));
        assert_eq!(advance(&mut wheel, &mut slab, 6), [5]);
    }
}
