//! What must hold of any packets as a `conn.log`, called by the fuzzer and by tests.

use std::collections::HashSet;
use std::sync::LazyLock;

use rheos_core::{RawPacket, Timestamp};
use rheos_layers::Decoder;

use super::{ConnLog, ConnLogOptions, ConnRow};
use crate::fuzz::link_type;

/// A table of a megabyte: made once, not for each input.
static DECODER: LazyLock<Decoder> = LazyLock::new(Decoder::default);

/// Levels of IP of one packet, each of which may be of a connection.
const LEVELS: u64 = 3;

/// Logs any packets. The first byte has in its lowest bit whether checksums are verified, and above it
/// how many connections there may be. Then comes for each packet how many seconds time goes on, its
/// length, and the packet: of IP, or else of Ethernet.
///
/// # Panics
///
/// If two connections have one name, rows have more packets than came, or a connection has no row.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Some((&first, mut bytes)) = bytes.split_first() else { return };
    let mut options = ConnLogOptions { verify_checksums: first % 2 == 1, ..Default::default() };
    options.tracker.max_flows = usize::from(first / 2).saturating_add(1);
    let mut log = ConnLog::new(&DECODER, options);
    let (mut names, mut counted) = (HashSet::new(), 0_u64);
    let mut rows = |row: &ConnRow| {
        assert!(names.insert(row.uid.to_string()), "two connections of one name");
        assert!(!row.conn_state.is_empty() && row.tunnel_parents.iter().all(|uid| uid != row.uid));
        let [(there, _), (back, _)] = row.packets;
        counted = counted.saturating_add(there).saturating_add(back);
    };
    let (mut second, mut given) = (0_i64, 0_u64);
    while let Some((&[step, length], rest)) = bytes.split_first_chunk() {
        let (packet, rest) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        bytes = rest;
        second = second.saturating_add(step.cast_signed().into());
        let time = Timestamp::from_secs(second, 0);
        log.track(&RawPacket::new(time, link_type(packet), packet), &mut rows);
        given = given.saturating_add(1);
    }
    log.finish(&mut rows);
    let levels = given.saturating_mul(LEVELS);
    assert!(log.unmatched() <= levels && counted <= levels.saturating_sub(log.unmatched()));
    let mut again = 0_u64;
    log.finish(&mut |_: &ConnRow| again = again.saturating_add(1));
    assert_eq!(again, 0, "a connection has two rows");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fuzz::replay;

    #[test]
    fn the_corpus_holds() {
        replay("connlog", fuzz);
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }
    }
}
