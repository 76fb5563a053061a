//! What parsers make, of any type, and parsers of any type, behind one.

use std::any::Any;
use std::fmt;

use rheos_core::{Side, Timestamp};
use rheos_l7::{
    DatagramParser, DatagramParserFactory, Expected, Failure, Input, OnGap, OnTick, Probe,
    SessionParser, SessionParserFactory,
};

/// A message of any parser. Everything that can be one is one.
pub trait Message: Any + fmt::Debug + Send {}

impl<T: Any + fmt::Debug + Send> Message for T {}

impl dyn Message {
    /// The message, if it is of this type.
    pub fn downcast_ref<T: Message>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }

    /// The message by value, if it is of this type; it is dropped if not.
    pub fn downcast<T: Message>(self: Box<Self>) -> Option<Box<T>> {
        (self as Box<dyn Any>).downcast().ok()
    }
}

/// Where a parser's messages go.
pub(crate) type Out<'a> = dyn FnMut(Box<dyn Message>) + 'a;

/// What a parser has made of bytes. It is asked for all of it at once, for a question costs as much as
/// the answer of most.
pub(crate) struct Fed {
    /// How many bytes it has read.
    pub(crate) read: usize,
    /// A connection that it announces; there may be more.
    pub(crate) expected: Option<Box<Expected>>,
    pub(crate) then: Then,
}

/// Who reads what follows.
pub(crate) enum Then {
    /// The parser.
    Same,
    /// Another, of this name.
    HandOver(&'static str),
    Nobody,
}

/// A [`SessionParser`] of any type.
pub(crate) trait StreamReader: Send {
    fn feed(&mut self, input: &Input<'_>, out: &mut Out<'_>) -> Result<Fed, Failure>;
    fn on_gap(&mut self, side: Side, len: u64, unread: &[u8], out: &mut Out<'_>) -> OnGap;
    fn on_end(&mut self, input: &Input<'_>, out: &mut Out<'_>);
    fn on_tick(&mut self, now: Timestamp, out: &mut Out<'_>) -> OnTick;
    fn is_done(&self) -> bool;
    fn take_expected(&mut self) -> Option<Expected>;
}

impl<P: SessionParser> StreamReader for P {
    fn feed(&mut self, input: &Input<'_>, out: &mut Out<'_>) -> Result<Fed, Failure> {
        let read = SessionParser::feed(self, input, &mut |message| out(Box::new(message)))?;
        let expected = SessionParser::take_expected(self).map(Box::new);
        let then = match SessionParser::hand_over(self) {
            Some(name) => Then::HandOver(name),
            None if SessionParser::is_done(self) => Then::Nobody,
            None => Then::Same,
        };
        Ok(Fed { read, expected, then })
    }

    fn on_gap(&mut self, side: Side, len: u64, unread: &[u8], out: &mut Out<'_>) -> OnGap {
        SessionParser::on_gap(self, side, len, unread, &mut |message| out(Box::new(message)))
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut Out<'_>) {
        SessionParser::on_end(self, input, &mut |message| out(Box::new(message)));
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Out<'_>) -> OnTick {
        SessionParser::on_tick(self, now, &mut |message| out(Box::new(message)))
    }

    fn is_done(&self) -> bool {
        SessionParser::is_done(self)
    }

    fn take_expected(&mut self) -> Option<Expected> {
        SessionParser::take_expected(self)
    }
}

/// A [`DatagramParser`] of any type.
pub(crate) trait DatagramReader: Send {
    fn datagram(&mut self, input: &Input<'_>, out: &mut Out<'_>) -> Result<(), Failure>;
    fn on_tick(&mut self, now: Timestamp, out: &mut Out<'_>) -> OnTick;
    fn on_end(&mut self, now: Timestamp, out: &mut Out<'_>);
    fn is_done(&self) -> bool;
}

impl<P: DatagramParser> DatagramReader for P {
    fn datagram(&mut self, input: &Input<'_>, out: &mut Out<'_>) -> Result<(), Failure> {
        DatagramParser::datagram(self, input, &mut |message| out(Box::new(message)))
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Out<'_>) -> OnTick {
        DatagramParser::on_tick(self, now, &mut |message| out(Box::new(message)))
    }

    fn on_end(&mut self, now: Timestamp, out: &mut Out<'_>) {
        DatagramParser::on_end(self, now, &mut |message| out(Box::new(message)));
    }

    fn is_done(&self) -> bool {
        DatagramParser::is_done(self)
    }
}

/// Makes the [`StreamReader`]s of one kind.
pub(crate) trait StreamFactory<K>: Send {
    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe;
    fn make(&mut self, key: &K) -> Box<dyn StreamReader>;
}

/// Makes the [`DatagramReader`]s of one kind.
pub(crate) trait DatagramFactory<K>: Send {
    fn probe(&self, datagram: &[u8]) -> Probe;
    fn reads_cut(&self) -> bool;
    fn make(&mut self, key: &K) -> Box<dyn DatagramReader>;
}

/// A factory, and a parser that is asked about first bytes.
pub(crate) struct Asked<P, F> {
    pub(crate) prototype: P,
    pub(crate) factory: F,
}

impl<K, F: SessionParserFactory<K>> StreamFactory<K> for Asked<F::Parser, F> {
    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        self.prototype.probe(initiator, responder)
    }

    fn make(&mut self, key: &K) -> Box<dyn StreamReader> {
        Box::new(self.factory.new_parser(key))
    }
}

impl<K, F: DatagramParserFactory<K>> DatagramFactory<K> for Asked<F::Parser, F> {
    fn probe(&self, datagram: &[u8]) -> Probe {
        self.prototype.probe(datagram)
    }

    fn reads_cut(&self) -> bool {
        self.prototype.reads_cut()
    }

    fn make(&mut self, key: &K) -> Box<dyn DatagramReader> {
        Box::new(self.factory.new_parser(key))
    }
}
