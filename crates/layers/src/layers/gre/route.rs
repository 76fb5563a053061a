//! Source routes of GRE, [RFC 1701](https://www.rfc-editor.org/rfc/rfc1701).

use crate::parts::{Parts, Places};
use crate::{FieldSink, Malformed};

/// One source route entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreRoute<'a> {
    /// What kind of addresses the information holds.
    pub address_family: u16,
    /// Place of the active entry among the information, in bytes.
    pub offset: u8,
    /// The way: for IP, addresses one behind the other.
    pub information: &'a [u8],
}

impl GreRoute<'_> {
    /// Whether this entry ends the list.
    fn is_last(&self) -> bool {
        self.address_family == 0 && self.information.is_empty()
    }
}

/// The source routes of a packet, without the empty one that ends them. Ends behind the first
/// error.
#[derive(Clone, Debug)]
pub struct GreRoutes<'a>(Option<Parts<'a>>);

impl<'a> GreRoutes<'a> {
    pub(super) fn new(routing: &'a [u8]) -> Self {
        Self(Some(Parts::new(routing)).filter(|parts| !parts.rest.is_empty()))
    }
}

impl<'a> Iterator for GreRoutes<'a> {
    type Item = Result<GreRoute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let route = take(self.0.as_mut()?);
        if route.as_ref().map_or(true, GreRoute::is_last) {
            self.0 = None;
        }
        Some(route).filter(|route| !route.as_ref().is_ok_and(GreRoute::is_last))
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<GreRoute<'a>, Malformed> {
    let &[a, b, offset, length] = parts.take::<[u8; 4]>()?;
    let information = parts.bytes(length.into())?;
    Ok(GreRoute { address_family: u16::from_be_bytes([a, b]), offset, information })
}

/// The bytes of all routes and of the empty one that ends them: only with those is the header whole.
pub(super) fn routing<'a>(parts: &mut Parts<'a>) -> Result<&'a [u8], Malformed> {
    let (start, mut ahead) = (parts.taken(), *parts);
    while !take(&mut ahead)?.is_last() {}
    parts.bytes(ahead.taken().saturating_sub(start))
}

/// Reports the routes and the one that ends them.
pub(super) fn fields(mut routes: GreRoutes<'_>, places: &mut Places, sink: &mut dyn FieldSink) {
    if routes.0.is_none() {
        return;
    }
    let end = GreRoute { address_family: 0, offset: 0, information: &[] };
    while let Some(route) = sink.sound(routes.next(), places.0) {
        route_fields(route, places, sink);
    }
    route_fields(end, places, sink);
}

fn route_fields(route: GreRoute<'_>, places: &mut Places, sink: &mut dyn FieldSink) {
    sink.number("gre.routing.address_family", route.address_family, places.next(2));
    sink.number("gre.routing.sre_offset", route.offset, places.next(1));
    sink.number("gre.routing.src_length", route.information.len() as u64, places.next(1));
    if !route.is_last() {
        let place = places.next(route.information.len());
        sink.bytes("gre.routing.information", route.information, place);
    }
}
