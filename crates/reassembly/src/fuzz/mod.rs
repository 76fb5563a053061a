//! What must hold of any segments and fragments in any order: for fuzzers, and for the tests here.

use crate::OverlapPolicy;

pub use adapters::adapters;
pub use bounds::bounds;
pub use datagrams::datagrams;
pub use streams::streams;

mod adapters;
mod bounds;
mod datagrams;
mod streams;

const POLICIES: [OverlapPolicy; 7] = [
    OverlapPolicy::First,
    OverlapPolicy::Last,
    OverlapPolicy::Bsd,
    OverlapPolicy::BsdRight,
    OverlapPolicy::Linux,
    OverlapPolicy::Windows,
    OverlapPolicy::Solaris,
];

/// The policy that a byte stands for, and the steps behind it, eight bytes each.
fn steps(bytes: &[u8]) -> (OverlapPolicy, &[[u8; 8]]) {
    let (first, steps) = bytes.split_first().unwrap_or((&0, &[]));
    let policy = POLICIES.iter().cycle().nth((*first).into());
    (policy.copied().unwrap_or_default(), steps.as_chunks().0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corpora_hold() {
        let targets = [
            ("adapters", adapters as fn(&[u8])),
            ("bounds", bounds),
            ("defragment", datagrams),
            ("reassemble", streams),
        ];
        for (target, play) in targets {
            let corpus =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
            let seeds: Vec<_> =
                fs::read_dir(corpus).unwrap().map(|seed| seed.unwrap().path()).collect();
            assert!(!seeds.is_empty(), "{target}");
            for seed in seeds {
                play(&fs::read(seed).unwrap());
            }
        }
    }

    proptest! {
        #[test]
        fn any_steps_stay_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..800)) {
            bounds(&bytes);
        }

        #[test]
        fn any_segments_give_what_a_model_gives(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            streams(&bytes);
        }

        #[test]
        fn any_fragments_give_what_a_model_gives(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            datagrams(&bytes);
        }

        #[test]
        fn any_adapter_gives_what_was_said(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            adapters(&bytes);
        }
    }
}
