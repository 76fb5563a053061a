//! The book's programs, compiled.

/// Compiles the programs of chapters.
macro_rules! chapters {
    ($($name:ident $file:literal)+) => {
        $(#[doc = include_str!(concat!("../../../docs/", $file))] struct $name;)+
    };
}

chapters! {
    Start "guide/start.md"
    Vocabulary "guide/core.md"
    Captures "guide/captures.md"
    Layers "guide/layers.md"
    Building "guide/building.md"
    Flows "guide/flows.md"
    Streams "guide/streams.md"
    WhatProgramsSay "guide/l7.md"
    Session "guide/session.md"
    Facade "guide/facade.md"
    Command "guide/command.md"
    OwnLayer "guide/own-layer.md"
    OwnExtractor "guide/own-extractor.md"
    OwnParser "guide/own-parser.md"
    MigratingFromGopacket "migrating-from-gopacket.md"
    MigratingFromFlowscope "migrating-from-flowscope.md"
    MigratingFromPacketStrata "migrating-from-packet-strata.md"
}
