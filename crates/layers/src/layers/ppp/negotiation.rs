//! What the control protocols of PPP that negotiate options share: their lists of options, and
//! packets to write, [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661) sections 5 and 6.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::control::{self, Control, PppOption, PppOptions};
use crate::{Encode, EncodeError, Malformed, PppCode, Protocol};

/// An option of a control protocol of PPP.
pub trait PppControlOption<'a>: Copy {
    /// The protocol that negotiates it.
    const PROTOCOL: &'static Protocol;

    /// Reads the data of an option of this kind. What is not of its form is an unknown option.
    fn read(kind: u8, data: &'a [u8]) -> Self;

    /// Appends the option.
    ///
    /// # Errors
    ///
    /// It is longer than 255 bytes.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// The options of a packet. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct PppControlOptions<'a, O> {
    raw: PppOptions<'a>,
    option: PhantomData<O>,
}

impl<'a, O: PppControlOption<'a>> PppControlOptions<'a, O> {
    /// Those that a packet asks for or answers.
    pub(in crate::layers) fn of(control: &Control<'a>) -> Self {
        Self { raw: control.options(), option: PhantomData }
    }
}

impl<'a, O: PppControlOption<'a>> Iterator for PppControlOptions<'a, O> {
    type Item = Result<O, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.raw.next()?.map(|PppOption { kind, data, .. }| O::read(kind, data)))
    }
}

impl<'a, O: PppControlOption<'a>> FusedIterator for PppControlOptions<'a, O> {}

/// A packet to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PppControlBuilder<'a, O> {
    pub code: PppCode,
    pub identifier: u8,
    pub options: &'a [O],
    /// What stands behind the header in packets without options.
    pub data: &'a [u8],
}

impl<O> Default for PppControlBuilder<'_, O> {
    /// A request that asks for nothing.
    fn default() -> Self {
        Self { code: PppCode::CONFIGURE_REQUEST, identifier: 1, options: &[], data: &[] }
    }
}

impl<'a, O: PppControlOption<'a>> Encode for PppControlBuilder<'a, O> {
    fn protocol(&self) -> &'static Protocol {
        O::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        control::encode(O::PROTOCOL.name, self.code, self.identifier, out, |out| {
            self.options.iter().try_for_each(|option| option.encode(out))?;
            out.extend_from_slice(self.data);
            Ok(())
        })
    }
}
