//! What a flow costs.

use super::record::FlowRecord;
use super::slab::Place;
use crate::FiveTupleKey;

#[test]
fn a_flow_takes_256_bytes_at_most_with_its_share_of_the_table() {
    // A place in the table is an index and a byte of the hash. The table doubles when it is full by
    // seven eighths, so that right after that it is full by seven sixteenths.
    let in_table = (size_of::<u32>() + 1) * 16_usize.div_ceil(7);
    assert!(size_of::<Place<FlowRecord<FiveTupleKey>>>() + in_table <= 256);
}
