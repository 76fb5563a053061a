//! The text that a packet is built from.

use rheos::layers::hex;

/// A packet in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text<'t> {
    /// The layers, outermost first.
    pub(super) layers: Vec<Layer<'t>>,
    /// What the innermost carries.
    pub(super) payload: Vec<u8>,
}

/// One layer in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layer<'t> {
    pub(super) name: &'t str,
    /// Names and values of the fields that are given.
    pub(super) fields: Vec<(&'t str, &'t str)>,
}

impl<'t> Text<'t> {
    /// Takes a text apart. What is wrong with it comes back in words.
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let (mut layers, mut payload) = (Vec::new(), Vec::new());
        for part in parts(text)? {
            if let Some(bytes) = payload_of(part)? {
                payload.extend(bytes);
                continue;
            }
            if !payload.is_empty() {
                return Err(format!("a layer behind the payload: {part}"));
            }
            let mut words = words(part).into_iter();
            let Some(name) = words.next() else { return Err("a layer without a name".into()) };
            let fields = words.map(|word| {
                let field = word.split_once('=');
                let field = field.map(|(name, value)| (name, quoted(value).unwrap_or(value)));
                field.ok_or_else(|| format!("{word}: a field is name=value"))
            });
            layers.push(Layer { name, fields: fields.collect::<Result<_, _>>()? });
        }
        Ok(Self { layers, payload })
    }
}

/// The parts between slashes that stand alone: those in quotes and in values do not.
fn parts(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut start, mut is_quoted) = (Vec::new(), 0, false);
    let mut before = ' ';
    for (place, c) in text.char_indices() {
        let behind = text.get(place.saturating_add(1)..).and_then(|rest| rest.chars().next());
        let is_alone = before.is_whitespace() && behind.is_none_or(char::is_whitespace);
        match c {
            '"' => is_quoted = !is_quoted,
            '/' if !is_quoted && is_alone => {
                parts.push(text.get(start..place).unwrap_or_default().trim());
                start = place.saturating_add(1);
            }
            _ => {}
        }
        before = c;
    }
    if is_quoted {
        return Err("a quotation mark without another".into());
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    Ok(parts)
}

/// The words of a part: spaces in quotes do not end one.
fn words(part: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let words = part.split(|c: char| {
        is_quoted ^= c == '"';
        !is_quoted && c.is_whitespace()
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// What stands in quotation marks.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// The bytes of a part that is payload and no layer.
fn payload_of(part: &str) -> Result<Option<Vec<u8>>, String> {
    if let Some(text) = quoted(part) {
        return Ok(Some(text.as_bytes().to_vec()));
    }
    let Some(digits) = part.strip_prefix("hex:") else { return Ok(None) };
    let bytes = hex(digits).ok_or_else(|| format!("{part}: not pairs of hexadecimal digits"));
    bytes.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, layers: &[(&str, &[(&str, &str)])], payload: &[u8]) {
        let layers = layers.iter().map(|&(name, fields)| Layer { name, fields: fields.to_vec() });
        let expected = Text { layers: layers.collect(), payload: payload.to_vec() };
        assert_eq!(Text::parse(text), Ok(expected));
    }

    #[test]
    fn layers_stand_between_slashes() {
        check("eth / ip ttl=7 / udp", &[("eth", &[]), ("ip", &[("ttl", "7")]), ("udp", &[])], b"");
        check("http uri=/index.html", &[("http", &[("uri", "/index.html")])], b"");
    }

    #[test]
    fn a_value_in_quotation_marks_may_have_spaces_and_slashes() {
        let fields = &[("answer", "b. MX 10 m.b"), ("id", "7"), ("x", "")];
        check(r#"dns answer="b. MX 10 m.b" id=7 x="""#, &[("dns", fields)], b"");
        check(r#"dns x="a / b""#, &[("dns", &[("x", "a / b")])], b"");
    }

    #[test]
    fn payload_is_text_or_digits() {
        check(r#"udp / "a / b" / hex:00fF"#, &[("udp", &[])], b"a / b\0\xff");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text| Text::parse(text).unwrap_err();
        assert_eq!(error("udp / \"hi"), "a quotation mark without another");
        assert_eq!(error("udp dport"), "dport: a field is name=value");
        assert_eq!(error("eth / / udp"), "a layer without a name");
        assert_eq!(error("\"hi\" / udp"), "a layer behind the payload: udp");
        assert_eq!(error("udp / hex:0"), "hex:0: not pairs of hexadecimal digits");
    }
}
