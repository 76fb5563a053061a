//! What can be set in a header by name: options.

use super::{Geneve, GeneveBuilder, GeneveOption};
use crate::{Before, EditError, Encode, Layer, Setting};

pub(super) const SETTINGS: &[Setting] = &[Setting::addition(
    "option",
    "a class, a type and data in words of four bytes, such as 0x0102:0x80:00000001",
    option,
)];

/// An option behind the others.
fn option(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().ok_or_else(|| before.refuse());
    let (class, kind) = (before.number(part()?)?, before.number(part()?)?);
    let data = before.bytes(part().unwrap_or_default())?;
    let geneve = Geneve::parse(before.header).map_err(|cause| before.unreadable(cause))?;
    let options = geneve.options().collect::<Result<Vec<_>, _>>();
    let mut options = options.map_err(|cause| before.unreadable(cause))?;
    options.push(GeneveOption { class, kind, reserved: 0, data: &data });
    let mut out = Vec::new();
    GeneveBuilder { header: *geneve.header, options: &options }.encode(&mut out)?;
    Ok(out)
}
