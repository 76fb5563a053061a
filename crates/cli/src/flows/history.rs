//! What happened in a flow, in the letters that were asked for.

use std::fmt;

use clap::ValueEnum;
use rheos::flow::zeek::Conn;
use rheos::flow::{FlowPacket, FlowRecord, HistoryString, Process};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum History {
    /// `S` a SYN, `F` a FIN, `R` a RST, `D` payload, each once for each side
    #[default]
    Flowscope,
    /// Those of Zeek's conn.log: `S`, `h`, `A`, `D`, `F`, `R` and rarer ones, such as `T` for payload sent again
    Zeek,
}

/// What happened: upper case from the initiator, lower case from the responder.
pub(super) enum Letters {
    Flowscope(HistoryString),
    Zeek(Box<str>),
}

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flowscope(letters) => letters.fmt(f),
            Self::Zeek(letters) => f.pad(letters),
        }
    }
}

/// What is kept of a flow, which tells its letters.
pub(super) trait Lettered: Process {
    fn letters<K>(flow: &FlowRecord<K, Self>) -> Letters
    where
        Self: Sized;
}

impl Lettered for () {
    fn letters<K>(flow: &FlowRecord<K>) -> Letters {
        Letters::Flowscope(flow.history)
    }
}

/// What Zeek knows of a connection, but not when it takes it for over.
#[derive(Default)]
pub(super) struct ZeekLetters(Conn);

impl Process for ZeekLetters {
    const DETAIL: bool = Conn::DETAIL;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        self.0.process(packet);
    }
}

impl Lettered for ZeekLetters {
    fn letters<K>(flow: &FlowRecord<K, Self>) -> Letters {
        Letters::Zeek(flow.user.0.history().as_str().into())
    }
}
