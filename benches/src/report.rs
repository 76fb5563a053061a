//! The tables that a comparison ends in, in Markdown.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::{Job, Timing};

/// What rheos takes beside each of its peers, by the shortest stretches and by the passes in the middle, and
/// whether that is within budget by both.
///
/// The two are far apart where a peer has a collector: what it leaves to that, or takes from the system as
/// long as nothing was collected, falls into other stretches in every pass, and into none of the shortest.
/// It is the work's all the same.
pub fn ratios(job: &Job<'_>, timings: &[Timing]) -> impl Display {
    let rows = Rows(String::new());
    let [ours, peers @ ..] = timings else { return rows };
    job.ways.iter().skip(1).zip(peers).fold(rows, |Rows(rows), (way, peer)| {
        let ratio =
            |time: fn(&Timing) -> Duration| time(ours).as_secs_f64() / time(peer).as_secs_f64();
        let (stretches, passes) = (ratio(Timing::best), ratio(Timing::median));
        let (budget, met) = match way.budget {
            Some(budget) => (format!("≤ {budget}"), met(budget, stretches, passes)),
            None => ("–".into(), "–"),
        };
        let (path, peer_name) = (job.name, way.name);
        let (ours, peer) = (per_packet(job, ours.best()), per_packet(job, peer.best()));
        Rows(format!(
            "{rows}| {path} | {ours:.1} | {peer_name} | {peer:.1} | {stretches:.2} | {passes:.2} | \
             {budget} | {met} |\n"
        ))
    })
}

/// By which of the two ratios a budget is met.
fn met(budget: f64, stretches: f64, passes: f64) -> &'static str {
    match (stretches <= budget, passes <= budget) {
        (true, true) => "yes",
        (true, false) => "by stretches",
        (false, true) => "by passes",
        (false, false) => "no",
    }
}

/// What each way took, and for how many packets it had an answer.
pub fn answers(job: &Job<'_>, timings: &[Timing]) -> impl Display {
    let rows = Rows(String::new());
    job.ways.iter().zip(timings).fold(rows, |Rows(rows), (way, timing)| {
        let (path, name, packets) = (job.name, way.name, job.packets);
        let (best, median) = (per_packet(job, timing.best()), per_packet(job, timing.median()));
        let answers =
            timing.answers.map_or("–".into(), |answers| format!("{answers} of {packets}"));
        Rows(format!("{rows}| {path} | {name} | {best:.1} | {median:.1} | {answers} |\n"))
    })
}

struct Rows(String);

impl Display for Rows {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a capture has fewer than 2^52 packets")]
fn per_packet(job: &Job<'_>, time: Duration) -> f64 {
    time.as_secs_f64() * 1e9 / job.packets as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Way;

    /// Each pass of the peer is slow in one stretch, and each time in another.
    #[test]
    fn what_a_peer_does_in_some_stretches_shows_in_its_passes() {
        let way = |name, passes: [[u64; 2]; 3]| {
            let mut passes = passes.into_iter();
            Way::new(name, move |laps| {
                for nanos in passes.next().unwrap() {
                    laps.push(Duration::from_nanos(nanos));
                }
                Ok(None)
            })
        };
        let ours = way("rheos", [[2, 2]; 3]);
        let peer = way("peer", [[2, 14], [14, 2], [2, 14]]).budget(0.5);
        let mut job = Job { name: "job", packets: 1, ways: vec![ours, peer] };
        let timings = job.compare(3).unwrap();
        assert_eq!(
            ratios(&job, &timings).to_string(),
            "| job | 4.0 | peer | 4.0 | 1.00 | 0.25 | ≤ 0.5 | by passes |\n"
        );
    }
}
