//! What a flow costs.

use super::record::FlowRecord;
use super::slab::Place;
use crate::FiveTupleKey;

#[test]
fn a_flow_takes_256_bytes_at_most_with_its_share_of_the_table() {
    // The table doubles when it is full by three quarters, so that right after that each flow has
    // eight thirds of its slots, of eight bytes each.
    let in_table = (8 * 8_usize).div_ceil(3);
    assert!(size_of::<Place<FlowRecord<FiveTupleKey>>>() + in_table <= 256);
}
