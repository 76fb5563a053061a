//! The seeds of the fuzz targets, played by tests.

use std::fs;
use std::path::Path;

/// Plays every seed of a target.
#[track_caller]
fn replay(target: &str, play: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let Ok(seeds) = fs::read_dir(&folder) else {
        // A crate by itself has no seeds beside it.
        return;
    };
    let mut played = 0;
    for seed in seeds {
        play(&fs::read(seed.unwrap().path()).unwrap());
        played += 1;
    }
    assert!(played > 0, "{target} has seeds");
}

#[test]
fn every_seed_holds() {
    replay("http", crate::http::fuzz);
    replay("smtp", crate::smtp::fuzz);
    replay("ftp", crate::ftp::fuzz);
    replay("ssh", crate::ssh::fuzz);
    replay("files", crate::files::fuzz);
}
