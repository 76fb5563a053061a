//! Jobs, the ways to do them, and the rounds in which the ways take turns.

use std::hint::black_box;
use std::time::Duration;

use crate::{Error, Frame, Laps, STRETCH};

/// Work that several libraries can do.
pub struct Job<'a> {
    /// What the work is.
    pub name: &'static str,
    /// Packets in one pass.
    pub packets: u64,
    /// Who does it: rheos first.
    pub ways: Vec<Way<'a>>,
}

/// One library doing a job.
pub struct Way<'a> {
    /// The library and the part of it that works.
    pub name: &'static str,
    /// What rheos may take at most, as a multiple of the time of this way.
    pub budget: Option<f64>,
    run: Box<Run<'a>>,
}

/// Goes through all packets, ends a lap every [`STRETCH`] of them, and returns for how many it had
/// an answer, if anybody asks for one.
type Run<'a> = dyn FnMut(&mut Laps) -> Result<Option<u64>, Error> + 'a;

/// What the passes of one way took.
#[derive(Debug, Default)]
pub struct Timing {
    /// The shortest time of each stretch.
    shortest: Vec<Duration>,
    /// Of whole passes, shortest first.
    passes: Vec<Duration>,
    /// Packets for which the way had an answer; `None` where nobody asks for one.
    pub answers: Option<u64>,
}

impl<'a> Way<'a> {
    /// A way that goes through all packets, ends a lap every [`STRETCH`] of them, and returns for
    /// how many it had an answer, if anybody asks for one.
    pub fn new(
        name: &'static str,
        run: impl FnMut(&mut Laps) -> Result<Option<u64>, Error> + 'a,
    ) -> Self {
        Self { name, budget: None, run: Box::new(run) }
    }

    /// A way that looks at frame after frame.
    pub fn each(
        name: &'static str,
        frames: &'a [Frame<'a>],
        read: impl Fn(&'a Frame<'a>) -> Option<u64> + 'a,
    ) -> Self {
        Self::stateful(name, frames, || (), move |(), frame| read(frame))
    }

    /// A way that looks at frame after frame, with state that is made anew for each pass.
    ///
    /// The loop is compiled once for each way, as the way's user would compile it. The numbers that
    /// `read` returns are summed, so that what they depend on has to be computed.
    pub fn stateful<S>(
        name: &'static str,
        frames: &'a [Frame<'a>],
        state: impl Fn() -> S + 'a,
        read: impl Fn(&mut S, &'a Frame<'a>) -> Option<u64> + 'a,
    ) -> Self {
        Self::new(name, move |laps| {
            let mut state = state();
            let (mut answers, mut sum) = (0_u64, 0_u64);
            for stretch in frames.chunks(STRETCH) {
                for frame in stretch {
                    if let Some(number) = read(&mut state, frame) {
                        answers += 1;
                        sum = sum.wrapping_add(number);
                    }
                }
                black_box((&state, sum));
                laps.end();
            }
            Ok(Some(answers))
        })
    }

    /// The same way, of whose time rheos may take this many times as much.
    #[must_use]
    pub fn budget(self, at_most: f64) -> Self {
        Self { budget: Some(at_most), ..self }
    }

    /// One pass.
    ///
    /// # Errors
    ///
    /// What the way says.
    pub fn pass(&mut self) -> Result<(Laps, Option<u64>), Error> {
        let mut laps = Laps::start();
        let answers = (self.run)(&mut laps)?;
        Ok((laps, answers))
    }
}

impl Job<'_> {
    /// Lets the ways take turns for a number of rounds.
    ///
    /// # Errors
    ///
    /// That of the first way that fails.
    pub fn compare(&mut self, rounds: usize) -> Result<Vec<Timing>, Error> {
        let mut timings: Vec<_> = self.ways.iter().map(|_| Timing::default()).collect();
        for _ in 0..rounds {
            for (way, timing) in self.ways.iter_mut().zip(&mut timings) {
                let pass = way.pass().map_err(|error| format!("{}: {error}", way.name))?;
                (_, timing.answers) = pass;
                timing.add(&pass.0);
            }
        }
        Ok(timings)
    }
}

impl Timing {
    fn add(&mut self, laps: &Laps) {
        let place = self.passes.partition_point(|&pass| pass < laps.total());
        self.passes.insert(place, laps.total());
        self.shortest.resize(laps.times().len(), Duration::MAX);
        for (shortest, &time) in self.shortest.iter_mut().zip(laps.times()) {
            *shortest = time.min(*shortest);
        }
    }

    /// A pass made of the shortest time of each stretch: what the packets cost when nothing else
    /// runs, as long as each stretch had a quiet moment in some round. What a way itself does now and then
    /// only is left out with it, such as to collect what it has thrown away.
    pub fn best(&self) -> Duration {
        self.shortest.iter().sum()
    }

    /// The pass in the middle, with all that disturbed it, and all that the way put off.
    pub fn median(&self) -> Duration {
        self.passes.get(self.passes.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_take_turns() {
        let order = std::cell::RefCell::new(String::new());
        let way = |letter| {
            let order = &order;
            Way::new("letter", move |_| {
                order.borrow_mut().push(letter);
                Ok(None)
            })
        };
        let mut job = Job { name: "spell", packets: 1, ways: vec![way('a'), way('b')] };
        job.compare(3).unwrap();
        drop(job);
        assert_eq!(order.into_inner(), "ababab");
    }

    #[test]
    fn best_is_made_of_the_shortest_stretches_and_median_of_whole_passes() {
        let mut passes = [[5, 1], [2, 9], [7, 7]].into_iter();
        let way = Way::new("way", move |laps| {
            for time in passes.next().unwrap() {
                laps.push(Duration::from_nanos(time));
            }
            Ok(Some(7))
        });
        let mut job = Job { name: "job", packets: 1, ways: vec![way] };
        let timing = &job.compare(3).unwrap()[0];
        assert_eq!((timing.best().as_nanos(), timing.median().as_nanos()), (3, 11));
        assert_eq!(timing.answers, Some(7));
    }

    #[test]
    fn a_way_counts_its_answers_and_forgets_its_state() {
        let frame = Frame { data: &[], nanos: 0, wire_length: 0 };
        let frames = vec![frame; STRETCH + 2];
        let read = |seen: &mut usize, _: &Frame<'_>| {
            *seen += 1;
            (*seen % 2 == 1).then_some(1)
        };
        let mut way = Way::stateful("odd", &frames, || 0, read);
        for _ in 0..2 {
            let (laps, answers) = way.pass().unwrap();
            assert_eq!((laps.times().len(), answers), (2, Some(STRETCH as u64 / 2 + 1)));
        }
    }

    #[test]
    fn an_error_names_the_way() {
        let way = Way::new("broken", |_| Err("no".into()));
        let mut job = Job { name: "job", packets: 1, ways: vec![way] };
        assert_eq!(job.compare(1).unwrap_err().to_string(), "broken: no");
    }
}
