//! Connections, CIP Networks Library volume 1, section 3-5.5: what is asked of a connection manager,
//! read and written.

use super::{Cip, CipSegment, CipSegments, CipService, words};
use crate::EncodeError;

/// The class of connection managers.
pub(super) const CONNECTION_MANAGER: u32 = 6;

/// Takes numbers off the front of bytes, lower byte first.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, behind) = self.0.split_first_chunk()?;
        self.0 = behind;
        Some(*front)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}

/// The data of a request to a connection manager for a service.
fn request<'a>(cip: &Cip<'a>, services: &[CipService]) -> Option<Numbers<'a>> {
    let is_meant = services.contains(&cip.header.service()) && cip.status.is_none();
    (is_meant && cip.class() == Some(CONNECTION_MANAGER)).then_some(Numbers(cip.payload))
}

/// A request to open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipForwardOpen<'a> {
    /// Whether it is the one for messages of more than 511 bytes.
    pub is_large: bool,
    pub priority_and_tick_time: u8,
    pub timeout_ticks: u8,
    /// From the originator to the target.
    pub o_t_connection_id: u32,
    /// From the target to the originator.
    pub t_o_connection_id: u32,
    pub connection_serial_number: u16,
    pub originator_vendor_id: u16,
    pub originator_serial_number: u32,
    pub timeout_multiplier: u8,
    /// Requested packet interval, in microseconds.
    pub o_t_rpi: u32,
    /// 16 bits if the request is not large.
    pub o_t_parameters: u32,
    /// Requested packet interval, in microseconds.
    pub t_o_rpi: u32,
    /// 16 bits if the request is not large.
    pub t_o_parameters: u32,
    pub transport_type_and_trigger: u8,
    /// Where to, not yet understood: [`segments`](Self::segments) are.
    pub connection_path: &'a [u8],
}

impl<'a> CipForwardOpen<'a> {
    pub(super) fn read(cip: &Cip<'a>) -> Option<Self> {
        let services = [CipService::FORWARD_OPEN, CipService::LARGE_FORWARD_OPEN];
        let mut data = request(cip, &services)?;
        let is_large = cip.header.service() == CipService::LARGE_FORWARD_OPEN;
        let parameters = |data: &mut Numbers<'_>| {
            if is_large { data.u32() } else { data.u16().map(u32::from) }
        };
        let priority_and_tick_time = data.u8()?;
        let timeout_ticks = data.u8()?;
        let (o_t_connection_id, t_o_connection_id) = (data.u32()?, data.u32()?);
        let (connection_serial_number, originator_vendor_id) = (data.u16()?, data.u16()?);
        let originator_serial_number = data.u32()?;
        let [timeout_multiplier, ..] = data.take::<4>()?;
        let (o_t_rpi, o_t_parameters) = (data.u32()?, parameters(&mut data)?);
        let (t_o_rpi, t_o_parameters) = (data.u32()?, parameters(&mut data)?);
        let transport_type_and_trigger = data.u8()?;
        let len = usize::from(data.u8()?).saturating_mul(2);
        Some(Self {
            is_large,
            priority_and_tick_time,
            timeout_ticks,
            o_t_connection_id,
            t_o_connection_id,
            connection_serial_number,
            originator_vendor_id,
            originator_serial_number,
            timeout_multiplier,
            o_t_rpi,
            o_t_parameters,
            t_o_rpi,
            t_o_parameters,
            transport_type_and_trigger,
            connection_path: data.0.get(..len)?,
        })
    }

    /// Where to, segment by segment, up to the first error.
    pub fn segments(&self) -> CipSegments<'a> {
        CipSegments::new(self.connection_path)
    }

    /// Appends the data of the request, which goes behind a [`CipBuilder`](super::CipBuilder) of the
    /// service.
    ///
    /// # Errors
    ///
    /// Parameters do not fit 16 bits, or the path no byte of words.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let parameters = |value: u32, out: &mut Vec<u8>| {
            let field = "network connection parameters";
            let error = EncodeError::TooLarge { layer: "cip", field, value: value.into() };
            if self.is_large {
                out.extend_from_slice(&value.to_le_bytes());
            } else {
                let value = u16::try_from(value).map_err(|_| error)?;
                out.extend_from_slice(&value.to_le_bytes());
            }
            Ok(())
        };
        out.extend_from_slice(&[self.priority_and_tick_time, self.timeout_ticks]);
        out.extend_from_slice(&self.o_t_connection_id.to_le_bytes());
        out.extend_from_slice(&self.t_o_connection_id.to_le_bytes());
        out.extend_from_slice(&self.connection_serial_number.to_le_bytes());
        out.extend_from_slice(&self.originator_vendor_id.to_le_bytes());
        out.extend_from_slice(&self.originator_serial_number.to_le_bytes());
        out.extend_from_slice(&[self.timeout_multiplier, 0, 0, 0]);
        out.extend_from_slice(&self.o_t_rpi.to_le_bytes());
        parameters(self.o_t_parameters, out)?;
        out.extend_from_slice(&self.t_o_rpi.to_le_bytes());
        parameters(self.t_o_parameters, out)?;
        let size = words("connection path size", self.connection_path.len())?;
        out.extend_from_slice(&[self.transport_type_and_trigger, size]);
        out.extend_from_slice(self.connection_path);
        Ok(())
    }
}

/// The answer to a request to open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipForwardOpened<'a> {
    pub o_t_connection_id: u32,
    pub t_o_connection_id: u32,
    pub connection_serial_number: u16,
    pub originator_vendor_id: u16,
    pub originator_serial_number: u32,
    /// Actual packet interval, in microseconds.
    pub o_t_api: u32,
    /// Actual packet interval, in microseconds.
    pub t_o_api: u32,
    /// What the application says, words of it.
    pub application_reply: &'a [u8],
}

impl<'a> CipForwardOpened<'a> {
    pub(super) fn read(cip: &Cip<'a>) -> Option<Self> {
        let services = [CipService::FORWARD_OPEN, CipService::LARGE_FORWARD_OPEN];
        let is_meant = services.contains(&cip.header.service())
            && cip.status.is_some_and(|status| status.general == 0);
        let mut data = is_meant.then_some(Numbers(cip.payload))?;
        let (o_t_connection_id, t_o_connection_id) = (data.u32()?, data.u32()?);
        let (connection_serial_number, originator_vendor_id) = (data.u16()?, data.u16()?);
        let originator_serial_number = data.u32()?;
        let (o_t_api, t_o_api) = (data.u32()?, data.u32()?);
        let [size, _] = data.take()?;
        // Services of this number mean other things in other classes, and a response has no path.
        let is_all = data.0.len() == usize::from(size).saturating_mul(2);
        is_all.then_some(Self {
            o_t_connection_id,
            t_o_connection_id,
            connection_serial_number,
            originator_vendor_id,
            originator_serial_number,
            o_t_api,
            t_o_api,
            application_reply: data.0,
        })
    }
}

/// A request to close a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipForwardClose<'a> {
    pub priority_and_tick_time: u8,
    pub timeout_ticks: u8,
    pub connection_serial_number: u16,
    pub originator_vendor_id: u16,
    pub originator_serial_number: u32,
    /// Where to.
    pub connection_path: &'a [u8],
}

impl<'a> CipForwardClose<'a> {
    pub(super) fn read(cip: &Cip<'a>) -> Option<Self> {
        let mut data = request(cip, &[CipService::FORWARD_CLOSE])?;
        let (priority_and_tick_time, timeout_ticks) = (data.u8()?, data.u8()?);
        let (connection_serial_number, originator_vendor_id) = (data.u16()?, data.u16()?);
        let originator_serial_number = data.u32()?;
        let [size, _] = data.take()?;
        Some(Self {
            priority_and_tick_time,
            timeout_ticks,
            connection_serial_number,
            originator_vendor_id,
            originator_serial_number,
            connection_path: data.0.get(..usize::from(size).saturating_mul(2))?,
        })
    }

    /// Where to, segment by segment, up to the first error.
    pub fn segments(
        &self,
    ) -> impl Iterator<Item = Result<CipSegment<'a>, crate::Malformed>> + use<'a> {
        CipSegments::new(self.connection_path)
    }

    /// Appends the data of the request, which goes behind a [`CipBuilder`](super::CipBuilder) of the
    /// service.
    ///
    /// # Errors
    ///
    /// The path is no multiple of two bytes, or longer than a byte of words says.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(&[self.priority_and_tick_time, self.timeout_ticks]);
        out.extend_from_slice(&self.connection_serial_number.to_le_bytes());
        out.extend_from_slice(&self.originator_vendor_id.to_le_bytes());
        out.extend_from_slice(&self.originator_serial_number.to_le_bytes());
        out.extend_from_slice(&[words("connection path size", self.connection_path.len())?, 0]);
        out.extend_from_slice(self.connection_path);
        Ok(())
    }
}
