//! criterion's statistics on every way of every job, on the capture that `CAPTURE` names or the one
//! that `cargo xtask captures` makes: `CAPTURE=FILE cargo bench`.

use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use rheos_benches::{CAPTURE, Capture, Error, Input, Way};

/// A pass walks the whole capture, so few of them say enough.
const SAMPLES: usize = 10;

fn main() -> Result<(), Error> {
    let file = std::env::var_os("CAPTURE").map_or(PathBuf::from(CAPTURE), PathBuf::from);
    let capture = Capture::load(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let input = Input::new(&capture)?;
    let mut criterion = Criterion::default().sample_size(SAMPLES).configure_from_args();
    for job in &mut input.jobs() {
        let mut group = criterion.benchmark_group(job.name);
        group.throughput(Throughput::Elements(job.packets));
        for way in &mut job.ways {
            let mut outcome = Ok(());
            group.bench_function(way.name, |bencher| {
                bencher.iter_custom(|passes| {
                    time(way, passes).unwrap_or_else(|error| {
                        outcome = Err(error);
                        // criterion divides by what it is given.
                        Duration::from_secs(1)
                    })
                });
            });
            outcome?;
        }
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

/// The time of some passes.
fn time(way: &mut Way<'_>, passes: u64) -> Result<Duration, Error> {
    (0..passes).map(|_| Ok(way.pass()?.0.total())).sum()
}
