//! The examples run, on the capture of the repository.

use std::path::Path;

const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// A test of each example.
macro_rules! examples {
    ($($name:ident $file:literal)+) => {
        $(
            #[path = $file]
            #[allow(dead_code, reason = "`main` is for `cargo run`")]
            mod $name;

            #[test]
            fn $name() {
                $name::run(Path::new(CAPTURE)).unwrap();
            }
        )+
    };
}

examples! {
    bidirectional "../examples/bidirectional.rs"
    convert_capture "../examples/convert_capture.rs"
    custom_extractor "../examples/custom_extractor.rs"
    custom_parser "../examples/custom_parser.rs"
    edit_packets "../examples/edit_packets.rs"
    httpassembly "../examples/httpassembly.rs"
    reassemblydump "../examples/reassemblydump.rs"
    sharded "../examples/sharded.rs"
    statsassembly "../examples/statsassembly.rs"
}

#[path = "../examples/build_packets.rs"]
#[allow(dead_code, reason = "`main` is for `cargo run`")]
mod build_packets;

#[test]
fn packets_are_built() {
    build_packets::run().unwrap();
}

#[test]
fn the_book_has_a_row_for_every_example() {
    let folder = |path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let book = std::fs::read_to_string(folder("../../docs/guide/facade.md")).unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(folder("examples")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(book.contains(&format!("\n| `{name}` |")), "{name} has no row");
        count += 1;
    }
    assert!(count >= 10);
}
