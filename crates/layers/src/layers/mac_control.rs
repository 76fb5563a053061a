//! MAC control: pause, priority flow control and the ports of a passive optical network,
//! [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) annexes 31A to 31D and section 64.
//!
//! ```text
//!  0                16
//! | opcode          | by the opcode ... | zeros
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape,
};

/// The header on the wire.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct MacControlHeader {
    pub opcode: U16,
}

/// What a frame asks for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacControlOpcode(pub u16);

numbers! {
    MacControlOpcode "opcode {:#06x}" {
        /// Send nothing for some time.
        PAUSE = 0x0001 "pause";
        /// When a station may send.
        GATE = 0x0002 "gate";
        /// What a station has to send.
        REPORT = 0x0003 "report";
        /// A station wants to take part.
        REGISTER_REQUEST = 0x0004 "register request";
        /// A station takes part.
        REGISTER = 0x0005 "register";
        /// A station knows that it takes part.
        REGISTER_ACKNOWLEDGMENT = 0x0006 "register acknowledgment";
        /// Send nothing of some classes for some time.
        PRIORITY_FLOW_CONTROL = 0x0101 "priority flow control";
    }
}

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MacControlMessage<'a> {
    /// In units of 512 bit times, zero to go on at once.
    Pause { time: u16 },
    /// A bit for each class whose time counts, the lowest for class 0.
    PriorityFlowControl { classes: u16, times: [u16; 8] },
    /// An opcode that has no entry here, or is cut short.
    Other(&'a [u8]),
}

impl MacControlMessage<'_> {
    /// Appends the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Pause { time } => out.extend_from_slice(&time.to_be_bytes()),
            Self::PriorityFlowControl { classes, times } => {
                out.extend_from_slice(&classes.to_be_bytes());
                times.iter().for_each(|time| out.extend_from_slice(&time.to_be_bytes()));
            }
            Self::Other(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MacControl<'a> {
    pub header: &'a MacControlHeader,
    /// What is behind the opcode, and the padding.
    pub body: &'a [u8],
}

impl<'a> Layer<'a> for MacControl<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<MacControlHeader>(bytes)?;
        Ok(Self { header, body })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<MacControlHeader>().saturating_add(self.body.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("macc.opcode", self.header.opcode, 0..2);
        let _ = fields(self.opcode(), &mut FieldReader::new(self.body, 2, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.opcode())?;
        match self.message() {
            MacControlMessage::Pause { time } => write!(f, " {time}"),
            MacControlMessage::PriorityFlowControl { classes, .. } => write!(f, " {classes:#04x}"),
            MacControlMessage::Other(_) => Ok(()),
        }
    }
}

impl<'a> MacControl<'a> {
    /// What the frame asks for.
    pub fn opcode(&self) -> MacControlOpcode {
        MacControlOpcode(self.header.opcode.get())
    }

    /// What the frame says.
    pub fn message(&self) -> MacControlMessage<'a> {
        let mut words = self.body.as_chunks().0.iter().map(|word| u16::from_be_bytes(*word));
        let known = match self.opcode() {
            MacControlOpcode::PAUSE => words.next().map(|time| MacControlMessage::Pause { time }),
            MacControlOpcode::PRIORITY_FLOW_CONTROL => words.next().and_then(|classes| {
                let mut times = [0; 8];
                times.iter_mut().try_for_each(|time| words.next().map(|word| *time = word))?;
                Some(MacControlMessage::PriorityFlowControl { classes, times })
            }),
            _ => None,
        };
        known.unwrap_or(MacControlMessage::Other(self.body))
    }
}

const CLASSES: [(&str, u64); 8] = [
    ("macc.cbfc.enbv.c0", 0x01),
    ("macc.cbfc.enbv.c1", 0x02),
    ("macc.cbfc.enbv.c2", 0x04),
    ("macc.cbfc.enbv.c3", 0x08),
    ("macc.cbfc.enbv.c4", 0x10),
    ("macc.cbfc.enbv.c5", 0x20),
    ("macc.cbfc.enbv.c6", 0x40),
    ("macc.cbfc.enbv.c7", 0x80),
];

const TIMES: [&str; 8] = [
    "macc.cbfc.pause_time.c0",
    "macc.cbfc.pause_time.c1",
    "macc.cbfc.pause_time.c2",
    "macc.cbfc.pause_time.c3",
    "macc.cbfc.pause_time.c4",
    "macc.cbfc.pause_time.c5",
    "macc.cbfc.pause_time.c6",
    "macc.cbfc.pause_time.c7",
];

fn fields(opcode: MacControlOpcode, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match opcode {
        MacControlOpcode::PAUSE => {
            reader.u16("macc.pause_time")?;
        }
        MacControlOpcode::PRIORITY_FLOW_CONTROL => {
            let classes = reader.u16("macc.cbfc.enbv")?;
            reader.flags(classes.into(), &CLASSES);
            TIMES.iter().try_for_each(|&name| reader.u16(name).map(|_| ()))?;
        }
        MacControlOpcode::GATE | MacControlOpcode::REPORT => {
            reader.u32("macc.timestamp")?;
        }
        MacControlOpcode::REGISTER_REQUEST => {
            reader.u32("macc.timestamp")?;
            reader.u8("macc.reg.flags")?;
            reader.u8("macc.regreq.grants")?;
        }
        MacControlOpcode::REGISTER => {
            reader.u32("macc.timestamp")?;
            reader.u16("macc.reg.assignedport")?;
            reader.u8("macc.reg.flags")?;
            reader.u16("macc.reg.synctime")?;
            reader.u8("macc.reg.grants")?;
        }
        MacControlOpcode::REGISTER_ACKNOWLEDGMENT => {
            reader.u32("macc.timestamp")?;
            reader.u8("macc.reg.flags")?;
            reader.u16("macc.regack.assignedport")?;
            reader.u16("macc.regack.synctime")?;
        }
        _ => {}
    }
    Some(())
}

impl Header for MacControlHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MAC_CONTROL,
    "macc",
    "MAC control",
    |bytes, outer| MacControl::parse_in(bytes, outer).map(|control| control.shape()),
    |bytes, outer, visitor| MacControl::parse_in(bytes, outer).map(|control| visitor(&control)),
)
.specification("IEEE Std 802.3, annex 31A")
.claims(&[Key::ether_type(EtherType::FLOW_CONTROL)])
.template(&[0, 1, 0, 0]);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: MacControl *b"\x01\x01\0\x81\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0\0";
    fields: "macc.opcode=257 macc.cbfc.enbv=129 macc.cbfc.enbv.c0=1 macc.cbfc.enbv.c1=0 \
        macc.cbfc.enbv.c2=0 macc.cbfc.enbv.c3=0 macc.cbfc.enbv.c4=0 macc.cbfc.enbv.c5=0 \
        macc.cbfc.enbv.c6=0 macc.cbfc.enbv.c7=1 macc.cbfc.pause_time.c0=1 \
        macc.cbfc.pause_time.c1=2 macc.cbfc.pause_time.c2=3 macc.cbfc.pause_time.c3=4 \
        macc.cbfc.pause_time.c4=5 macc.cbfc.pause_time.c5=6 macc.cbfc.pause_time.c6=7 \
        macc.cbfc.pause_time.c7=8";
    edit: MacControlHeader, |header| header.opcode.set(1);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_they_were() {
        let all: [&[u8]; 3] = [
            b"\0\x01\xff\xff",
            b"\x01\x01\0\xff\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08",
            b"\0\x02\0\0\0\x07",
        ];
        for bytes in all {
            let control = MacControl::parse(bytes).unwrap();
            let mut out = control.header.as_bytes().to_vec();
            control.message().encode(&mut out);
            assert_eq!(out, bytes);
        }
        let pause = MacControl::parse(all[0]).unwrap().message();
        assert_eq!(pause, MacControlMessage::Pause { time: 0xffff });
    }

    // As tshark 4.0.17 shows the same.
    #[test]
    fn registering_is_read() {
        let text = |bytes| MacControl::parse(bytes).unwrap().to_string();
        assert_eq!(
            text(b"\0\x04\0\0\0\x07\x01\x05"),
            "macc.opcode=4 macc.timestamp=7 macc.reg.flags=1 macc.regreq.grants=5"
        );
        assert_eq!(
            text(b"\0\x05\0\0\0\x07\x12\x34\x01\0\x10\x05"),
            "macc.opcode=5 macc.timestamp=7 macc.reg.assignedport=4660 macc.reg.flags=1 \
             macc.reg.synctime=16 macc.reg.grants=5"
        );
        assert_eq!(
            text(b"\0\x06\0\0\0\x07\x01\x12\x34\0\x10"),
            "macc.opcode=6 macc.timestamp=7 macc.reg.flags=1 macc.regack.assignedport=4660 \
             macc.regack.synctime=16"
        );
    }

    #[test]
    fn a_message_cut_short_is_kept_as_bytes() {
        let control = MacControl::parse(b"\x01\x01\0\xff\0").unwrap();
        assert_eq!(control.message(), MacControlMessage::Other(b"\0\xff\0"));
    }
}
