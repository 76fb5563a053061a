//! Messages of IPFIX, [RFC 7011](https://www.rfc-editor.org/rfc/rfc7011), with both directions of a
//! flow in one record, [RFC 5103](https://www.rfc-editor.org/rfc/rfc5103).

use std::io::{self, Write};
use std::time::Duration;

use rheos_core::{Side, Timestamp};
use rheos_layers::{
    Encode, Ipfix, NetflowBuilder, NetflowDetails, NetflowField, NetflowHeader, NetflowPayload,
    NetflowSet, NetflowTemplateBuilder,
};

use super::ExportedFlow;
use element::{STATISTICS, Shape};

mod element;

/// Bytes of the header of a message.
const HEADER: usize = 16;
/// Bytes in front of the content of a set.
const SET_HEADER: usize = 4;
/// The set of templates.
const TEMPLATES: u16 = 2;
/// The set of templates of options.
const OPTIONS_TEMPLATES: u16 = 3;
/// The least bytes of a message: RFC 7011 section 10.3.3 has 512 where nothing is known of the path.
/// The largest template has half of it.
const MIN_MESSAGE: u16 = 512;

/// How flows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpfixOptions {
    /// The observation domain: with the exporter's address, in which templates have their meaning.
    pub domain: u32,
    /// Most bytes of a message. 512 if less.
    pub max_message: u16,
    /// When templates are sent again, for transports that lose messages.
    pub template_refresh: Option<TemplateRefresh>,
    /// Whether both directions of a flow are one record.
    pub direction: IpfixDirection,
}

impl Default for IpfixOptions {
    /// For a file or a stream: templates once; messages that fit a frame of Ethernet all the same.
    fn default() -> Self {
        Self {
            domain: 0,
            // Of 1500 bytes, 48 are the headers of IPv6 and UDP; the rest is room for a tunnel.
            max_message: 1400,
            template_refresh: None,
            direction: IpfixDirection::default(),
        }
    }
}

impl IpfixOptions {
    /// For UDP: templates again and again.
    pub fn udp() -> Self {
        Self { template_refresh: Some(TemplateRefresh::default()), ..Self::default() }
    }
}

/// When templates are sent again: whichever is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateRefresh {
    /// After so many messages.
    pub messages: u32,
    /// After so long, by the time of the flows.
    pub interval: Duration,
}

impl Default for TemplateRefresh {
    /// Twenty messages, so that a collector that starts late knows soon what it gets; a minute,
    /// which is a tenth of what RFC 6728 gives templates to live.
    fn default() -> Self {
        Self { messages: 20, interval: Duration::from_secs(60) }
    }
}

/// What a record tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpfixDirection {
    /// Both directions, as RFC 5103 has it.
    #[default]
    Biflow,
    /// One: for collectors that know nothing else. A flow with an answer is two records.
    Uniflow,
}

/// Writes flows as messages of IPFIX.
///
/// Each message is one `write_all` of the output, so that a writer which sends what it is given as a
/// datagram is a transport. Nothing is written before a message is full, or a
/// [`flush`](Self::flush): templates come with the first record. Bytes are those of IP, packets and
/// bytes those since the record before, as collectors add them up.
#[derive(Debug)]
pub struct IpfixWriter<W> {
    output: W,
    options: IpfixOptions,
    /// The sets of the message that is being put together.
    sets: Vec<(u16, Vec<u8>)>,
    /// Its bytes.
    length: usize,
    /// Its records of data, and those of them that are flows.
    records: u32,
    flows: u32,
    /// When the last of its flows was told.
    time: Timestamp,
    /// Messages since the templates were sent, and when that was.
    templates: Option<(u32, Timestamp)>,
    /// Records of data in the messages before.
    sequence: u32,
    totals: Totals,
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    messages: u64,
    flows: u64,
    bytes: u64,
}

impl<W: Write> IpfixWriter<W> {
    /// A writer that has written nothing.
    pub fn new(output: W, options: IpfixOptions) -> Self {
        let options = IpfixOptions { max_message: options.max_message.max(MIN_MESSAGE), ..options };
        Self {
            output,
            options,
            sets: Vec::new(),
            length: HEADER,
            records: 0,
            flows: 0,
            time: Timestamp::MIN,
            templates: None,
            sequence: 0,
            totals: Totals::default(),
        }
    }

    /// Writes the record of a flow, or one for each direction.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write(&mut self, flow: &ExportedFlow) -> io::Result<()> {
        self.time = self.time.max(flow.timestamp);
        let is_back = flow.since(Side::Responder).packets > 0;
        let sides: &[Side] = match self.options.direction {
            IpfixDirection::Biflow => &[Side::Initiator],
            IpfixDirection::Uniflow if !is_back => &[Side::Initiator],
            // As it is picked up in the middle, a flow may have an answer alone.
            IpfixDirection::Uniflow if flow.since(Side::Initiator).packets == 0 => {
                &[Side::Responder]
            }
            IpfixDirection::Uniflow => &[Side::Initiator, Side::Responder],
        };
        let template = Shape::of(flow).template();
        for side in sides {
            let mut record = Vec::new();
            element::record(flow, *side, self.options.direction, &mut record);
            if self.is_refresh_due() {
                self.put_templates()?;
            }
            self.put(template, &record)?;
            self.records = self.records.saturating_add(1);
            self.flows = self.flows.saturating_add(1);
        }
        Ok(())
    }

    /// Sends what is there.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        self.output.flush()
    }

    /// Sends what is there, and how much it was in all. Returns the output.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        if self.templates.is_some() {
            self.put_statistics()?;
        }
        self.flush()?;
        Ok(self.output)
    }

    fn is_refresh_due(&self) -> bool {
        let Some((messages, at)) = self.templates else { return true };
        self.options.template_refresh.is_some_and(|refresh| {
            messages >= refresh.messages || self.time.saturating_since(at) >= refresh.interval
        })
    }

    /// Puts every template into the message, and what was sent before them.
    fn put_templates(&mut self) -> io::Result<()> {
        let is_first = self.templates.is_none();
        // In front of what follows, for a template that is too large for this message sends it.
        self.templates = Some((0, self.time));
        for shape in Shape::ALL {
            let fields = element::fields(shape, self.options.direction);
            let template = template(shape.template(), &[], &fields)?;
            self.put(TEMPLATES, &template)?;
        }
        let [scope, fields @ ..] = element::statistics();
        self.put(OPTIONS_TEMPLATES, &template(STATISTICS, &[scope], &fields)?)?;
        if is_first { Ok(()) } else { self.put_statistics() }
    }

    /// Says how much was sent in the messages before this one.
    fn put_statistics(&mut self) -> io::Result<()> {
        let length = element::statistics().iter().map(|field| usize::from(field.length)).sum();
        self.make_room(STATISTICS, length)?;
        let Totals { messages, flows, bytes } = self.totals;
        let mut record = Vec::new();
        element::number(self.options.domain.into(), 4, &mut record);
        [messages, flows, bytes]
            .into_iter()
            .for_each(|total| element::number(total.into(), 8, &mut record));
        self.put(STATISTICS, &record)?;
        self.records = self.records.saturating_add(1);
        Ok(())
    }

    /// Puts a template or a record into the set of this number.
    fn put(&mut self, set: u16, content: &[u8]) -> io::Result<()> {
        self.make_room(set, content.len())?;
        match self.sets.last_mut() {
            Some((last, contents)) if *last == set => contents.extend_from_slice(content),
            _ => {
                self.sets.push((set, content.to_vec()));
                self.length = self.length.saturating_add(SET_HEADER);
            }
        }
        self.length = self.length.saturating_add(content.len());
        Ok(())
    }

    /// Sends what is there if so many bytes more do not fit beside it.
    fn make_room(&mut self, set: u16, length: usize) -> io::Result<()> {
        let is_open = self.sets.last().is_some_and(|(last, _)| *last == set);
        let more = if is_open { length } else { length.saturating_add(SET_HEADER) };
        if self.length.saturating_add(more) > self.options.max_message.into() {
            self.send()?;
        }
        Ok(())
    }

    /// Sends the message, if there is anything in it.
    fn send(&mut self) -> io::Result<()> {
        if self.sets.is_empty() {
            return Ok(());
        }
        let mut details = Ipfix::default();
        // Time goes by on 32 bits until 2106.
        let seconds = u32::try_from(self.time.seconds().max(0)).unwrap_or(u32::MAX);
        details.export_time.set(seconds);
        details.sequence_number.set(self.sequence);
        details.observation_domain_id.set(self.options.domain);
        let sets: Vec<_> = self
            .sets
            .iter()
            .map(|(id, content)| NetflowSet { id: *id, content, is_ipfix: true })
            .collect();
        let mut message = Vec::with_capacity(self.length);
        let builder = NetflowBuilder {
            header: NetflowHeader::default(),
            details: NetflowDetails::Ipfix(&details),
            payload: NetflowPayload::Sets(&sets),
        };
        builder.encode(&mut message).map_err(io::Error::other)?;
        // Whether or not the output takes it: a message that is lost is seen by its numbers.
        self.sequence = self.sequence.wrapping_add(self.records);
        self.totals = Totals {
            messages: self.totals.messages.saturating_add(1),
            flows: self.totals.flows.saturating_add(self.flows.into()),
            bytes: self.totals.bytes.saturating_add(message.len() as u64),
        };
        if let Some((messages, _)) = &mut self.templates {
            *messages = messages.saturating_add(1);
        }
        self.sets.clear();
        (self.length, self.records, self.flows) = (HEADER, 0, 0);
        self.output.write_all(&message)
    }
}

fn template(id: u16, scope: &[NetflowField], fields: &[NetflowField]) -> io::Result<Vec<u8>> {
    let mut template = Vec::new();
    let builder = NetflowTemplateBuilder { id, is_ipfix: true, scope, fields };
    builder.encode(&mut template).map_err(io::Error::other)?;
    Ok(template)
}

#[cfg(test)]
mod tests;
