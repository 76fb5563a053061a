//! How far a command is that takes a while: one bar for all that it reads, on standard error, where a
//! person looks on.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Less is read before a bar could be seen.
const MIN_BYTES: u64 = 100_000_000;

/// The bar and what it counts: there is one terminal, and so one bar.
static BAR: LazyLock<ProgressBar> = LazyLock::new(ProgressBar::hidden);
static STATE: Mutex<State> = Mutex::new(State { open: 0, bytes: 0, announced: 0, is_over: false });

struct State {
    /// What is being read.
    open: usize,
    /// Bytes to be read in all.
    bytes: u64,
    /// Those of them that are counted and not yet being read.
    announced: u64,
    /// Whether the terminal is for what the command prints from now on.
    is_over: bool,
}

/// Something that is being read: the bar is there as long as one of these is.
#[derive(Debug)]
pub(crate) struct Reading(());

impl Reading {
    /// Starts to read so many bytes.
    pub(crate) fn start(bytes: u64) -> Self {
        let mut state = state();
        let known = state.announced.min(bytes);
        state.announced = state.announced.saturating_sub(known);
        state.add(bytes.saturating_sub(known));
        Self(())
    }

    /// Announces bytes that are read one piece after the other, each of which is [started](Self::start)
    /// later: the bar is that of all.
    pub(crate) fn announce(bytes: u64) -> Self {
        let mut state = state();
        state.announced = state.announced.saturating_add(bytes);
        state.add(bytes);
        Self(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut state = state();
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            (state.bytes, state.announced) = (0, 0);
            BAR.finish_and_clear();
            BAR.set_draw_target(ProgressDrawTarget::hidden());
            BAR.reset();
        }
    }
}

impl State {
    fn add(&mut self, bytes: u64) {
        self.open = self.open.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        BAR.set_length(self.bytes);
        let is_wanted = self.bytes >= MIN_BYTES && !self.is_over;
        if is_wanted && BAR.is_hidden() && io::stderr().is_terminal() {
            let template =
                "{bar:40} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                BAR.set_style(style);
            }
            BAR.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of a file; none of what is no file and so has no end that is known.
pub(crate) fn file_size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len())
}

/// Counts what is read of a file.
pub(crate) fn watch(file: File) -> Box<dyn Read + Send> {
    Box::new(BAR.wrap_read(file))
}

/// Takes the bar away for good, before something is printed to the terminal that it is on.
pub(crate) fn give_way() {
    let mut state = state();
    if !state.is_over {
        state.is_over = true;
        BAR.finish_and_clear();
        BAR.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// Takes the bar away while a line is written to standard error.
pub(crate) fn pause<T>(write: impl FnOnce() -> T) -> T {
    BAR.suspend(write)
}
