//! The tables that a comparison ends in, in Markdown.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::{Job, Timing};

/// What rheos takes beside each of its peers, and whether that is within budget.
pub fn ratios(job: &Job<'_>, timings: &[Timing]) -> impl Display {
    let rows = Rows(String::new());
    let [ours, peers @ ..] = timings else { return rows };
    job.ways.iter().skip(1).zip(peers).fold(rows, |Rows(rows), (way, peer)| {
        let ratio = ours.best().as_secs_f64() / peer.best().as_secs_f64();
        let (budget, met) = match way.budget {
            Some(budget) => (format!("≤ {budget}"), if ratio <= budget { "yes" } else { "no" }),
            None => ("–".into(), "–"),
        };
        let (path, peer_name) = (job.name, way.name);
        let (ours, peer) = (per_packet(job, ours.best()), per_packet(job, peer.best()));
        Rows(format!(
            "{rows}| {path} | {ours:.1} | {peer_name} | {peer:.1} | {ratio:.2} | {budget} | {met} |\n"
        ))
    })
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
