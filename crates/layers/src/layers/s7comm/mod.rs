//! S7 Communication, which Siemens' S7-300 and S7-400 controllers speak. There is no public
//! specification: this follows what [Wireshark](https://wiki.wireshark.org/S7comm) knows.
//!
//! ```text
//!  0             8             16                             31
//! | protocol, 32 |   ROSCTR     |  redundancy identification    |
//! |       PDU reference         |       parameter length        |
//! |        data length          | error class  |  error code    |  these two in answers only
//! |  parameters ...  data ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Layer, LayerType, Malformed, Next, Probe};
use crate::{Protocol, Role, Shape};

mod blocks;
mod fields;
mod items;
#[cfg(test)]
mod tests;
mod userdata;

pub use items::{S7commBuilder, S7commDataItem, S7commItem, S7commParameters};

/// The first byte of every message.
const PROTOCOL_ID: u8 = 0x32;

/// The header on the wire, without the error that answers have.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct S7commHeader {
    pub protocol_id: u8,
    /// Remote operating service control.
    pub rosctr: u8,
    pub redundancy_identification: U16,
    /// Names a job and its answer.
    pub pdu_reference: U16,
    pub parameter_length: U16,
    pub data_length: U16,
}

impl Default for S7commHeader {
    /// A job.
    fn default() -> Self {
        Self {
            protocol_id: PROTOCOL_ID,
            rosctr: S7commRosctr::JOB.0,
            redundancy_identification: U16::ZERO,
            pdu_reference: U16::ZERO,
            parameter_length: U16::ZERO,
            data_length: U16::ZERO,
        }
    }
}

impl S7commHeader {
    /// What the message is.
    pub fn kind(&self) -> S7commRosctr {
        S7commRosctr(self.rosctr)
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.protocol_id != PROTOCOL_ID {
            return Err(Malformed::Field { name: "protocol ID", value: self.protocol_id.into() });
        }
        if !matches!(self.rosctr, 1 | 2 | 3 | 7) {
            return Err(Malformed::Field { name: "ROSCTR", value: self.rosctr.into() });
        }
        Ok(())
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S7commRosctr(pub u8);

numbers! {
    S7commRosctr "ROSCTR {}" {
        /// Do this.
        JOB = 1 "job";
        /// An answer without data.
        ACK = 2 "ack";
        /// An answer.
        ACK_DATA = 3 "ack data";
        /// Something of a group of functions of its own.
        USERDATA = 7 "userdata";
    }
}

/// What a job is, and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S7commFunction(pub u8);

numbers! {
    S7commFunction "function {:#04x}" {
        /// Of the controller itself.
        CPU_SERVICES = 0x00 "CPU services";
        /// Values of variables.
        READ_VARIABLE = 0x04 "read variable";
        /// Values for variables.
        WRITE_VARIABLE = 0x05 "write variable";
        /// A block is to be sent to the controller.
        REQUEST_DOWNLOAD = 0x1a "request download";
        /// The controller asks for a part of it.
        DOWNLOAD_BLOCK = 0x1b "download block";
        /// It has all.
        DOWNLOAD_ENDED = 0x1c "download ended";
        /// A block is to be sent by the controller.
        START_UPLOAD = 0x1d "start upload";
        /// A part of it.
        UPLOAD = 0x1e "upload";
        /// That was all.
        END_UPLOAD = 0x1f "end upload";
        /// Start a program, insert or delete a block.
        PI_SERVICE = 0x28 "PI service";
        /// Stop the controller.
        PLC_STOP = 0x29 "PLC stop";
        /// How much each side can take.
        SETUP_COMMUNICATION = 0xf0 "setup communication";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct S7comm<'a> {
    pub header: &'a S7commHeader,
    /// Class and code of what went wrong, zeros if nothing did. Only answers have them.
    pub error: Option<&'a [u8; 2]>,
    /// The parameters, as far as they are there.
    pub parameters: &'a [u8],
    /// The data, as far as it is there.
    pub data: &'a [u8],
    /// Parameters, data and whatever is behind.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for S7comm<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<S7commHeader>(bytes)?;
        header.check()?;
        let is_answer = matches!(header.kind(), S7commRosctr::ACK | S7commRosctr::ACK_DATA);
        let need = size_of::<S7commHeader>().saturating_add(2);
        let cut = Malformed::Truncated { need, have: bytes.len() };
        let (error, payload) = match rest.split_first_chunk() {
            Some((error, payload)) if is_answer => (Some(error), payload),
            None if is_answer => return Err(cut),
            _ => (None, rest),
        };
        let len = header.parameter_length.get().into();
        let (parameters, behind) = payload.split_at_checked(len).unwrap_or((payload, &[]));
        let data = behind.get(..header.data_length.get().into()).unwrap_or(behind);
        Ok(Self { header, error, parameters, data, payload })
    }

    fn shape(&self) -> Shape {
        let lengths = [self.header.parameter_length.get(), self.header.data_length.get()];
        let payload_len = lengths.into_iter().map(usize::from).sum();
        Shape { header_len: self.header_len(), payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("s7comm.header.protid", header.protocol_id, 0..1);
        sink.number("s7comm.header.rosctr", header.rosctr, 1..2);
        sink.number("s7comm.header.redid", header.redundancy_identification, 2..4);
        sink.number("s7comm.header.pduref", header.pdu_reference, 4..6);
        sink.number("s7comm.header.parlg", header.parameter_length, 6..8);
        sink.number("s7comm.header.datlg", header.data_length, 8..10);
        if let Some(error @ [class, code]) = self.error {
            sink.number("s7comm.header.errcls", *class, 10..11);
            sink.number("s7comm.header.errcod", *code, 11..12);
            if *error != [0, 0] {
                sink.number("s7comm.param.errcod", u16::from_be_bytes(*error), 10..12);
            }
        }
        let start = self.header_len();
        let behind = start.saturating_add(self.parameters.len());
        // What is not there is not reported.
        let _ = if header.kind() == S7commRosctr::USERDATA {
            userdata::message(self, start, behind, sink)
        } else {
            fields::parameters(self, &mut FieldReader::new(self.parameters, start, sink));
            fields::data(self, &mut FieldReader::new(self.data, behind, sink))
        };
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.kind())?;
        if let Some(function) = self.function() {
            write!(f, " {function}")?;
        }
        match self.error {
            Some([class, code]) if (class, code) != (&0, &0) => {
                write!(f, ", error {class:#04x} {code:#04x}")
            }
            _ => Ok(()),
        }
    }
}

impl S7comm<'_> {
    fn header_len(&self) -> usize {
        size_of::<S7commHeader>().saturating_add(self.error.map_or(0, |error| error.len()))
    }

    /// What a job asks or an answer answers; nothing in other messages.
    pub fn function(&self) -> Option<S7commFunction> {
        let has_one = self.header.kind() != S7commRosctr::USERDATA;
        self.parameters.first().filter(|_| has_one).copied().map(S7commFunction)
    }
}

impl Header for S7commHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// What tells these messages from others behind the same transport.
fn is_s7comm(bytes: &[u8]) -> bool {
    S7comm::parse(bytes).is_ok()
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<S7commHeader>(bytes)?;
    // Where the parameters end and the data starts only who wrote them knows: all that is behind a
    // header of no lengths are parameters.
    if (header.parameter_length.get(), header.data_length.get()) == (0, 0) {
        header.parameter_length.set(behind.fit("parameter length", behind.payload_len)?);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::S7COMM,
    "s7comm",
    "S7 Communication",
    |bytes, outer| S7comm::parse_in(bytes, outer).map(|s7comm| s7comm.shape()),
    |bytes, outer, visitor| S7comm::parse_in(bytes, outer).map(|s7comm| visitor(&s7comm)),
)
.specification("Siemens")
.role(Role::Application)
.probes(&[Probe {
    parent: LayerType::COTP,
    first: (0x32, 0x32),
    test: |bytes, _| is_s7comm(bytes),
}])
.template(b"\x32\x01\0\0\0\0\0\0\0\0")
.lengths(lengths);
