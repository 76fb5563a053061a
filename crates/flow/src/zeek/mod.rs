//! Connections as Zeek tells them: states, histories and the rows of its `conn.log`.
//!
//! What Zeek does was read in its scripts and seen in its logs; where rheos differs on purpose is in
//! `docs/differences.md`.

mod conn;
mod endpoint;
mod fuzz;
mod history;
mod log;
mod row;
mod stream;
mod tcp_state;
mod tuple;

pub use conn::Conn;
#[doc(hidden)]
pub use fuzz::fuzz;
pub use history::ZeekHistory;
pub use log::{ConnLog, ConnLogOptions, MAX_DEPTH, levels, tunnel};
pub use row::{ConnRow, LogTime, TunnelParents, Uid, is_local, write_footer, write_header};
pub use tcp_state::TcpState;
pub use tuple::ZeekTuple;
