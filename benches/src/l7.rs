//! From the bytes of a stream or a datagram to the messages in them.

use std::hint::black_box;

use flowscope::dns::{DnsMessage as FlowscopeDns, DnsUdpParser as FlowscopeDnsParser};
use flowscope::http::{HttpMessage as FlowscopeHttp, HttpParser as FlowscopeHttpParser};
use flowscope::tls::{TlsMessage as FlowscopeTls, TlsParser as FlowscopeTlsParser};
use flowscope::{
    DatagramParser as _, FlowSide, SessionParser as FlowscopeParser, Timestamp as FlowscopeTime,
};
use rheos_core::{Side, Timestamp};
use rheos_l7::dns::{DnsEvent, DnsUdpParser};
use rheos_l7::http::{HttpMessage, HttpParser};
use rheos_l7::tls::{TlsMessage, TlsParser};
use rheos_l7::{DatagramParser as _, Input as Bytes, SessionParser};
use rheos_layers::{DnsData, DnsName};

use crate::{Frame, Input, Job, Mode, Way};

/// What rheos may take of each peer's time: it is to be ahead.
const AHEAD: f64 = 1.0;

/// Requests and responses in turn, of one connection that is kept open.
pub(crate) fn http<'a>(input: &'a Input<'a>) -> Job<'a> {
    let sample = &input.samples.http;
    let frames = &sample.frames;
    let ours = Way::stateful("rheos HttpParser", frames, HttpParser::default, |parser, frame| {
        let mut sum = 0;
        let read = parser.feed(&bytes(frame, side(frame)), &mut |message| {
            sum += match &message {
                HttpMessage::Request(request) => request.fields.len(),
                HttpMessage::Response(response) => response.fields.len(),
                HttpMessage::Body(body) => body.bytes.len(),
                _ => 0,
            };
            black_box(message);
        });
        (read.ok()? == frame.data.len()).then_some(sum as u64)
    });
    let state = || (FlowscopeHttpParser::default(), Vec::new());
    let flowscope = Way::stateful("flowscope HttpParser", frames, state, |(parser, out), frame| {
        out.clear();
        flowscope_feed(parser, frame, out);
        let sum = out.iter().fold(0, |sum: usize, message| {
            sum + match black_box(message) {
                FlowscopeHttp::Request(request) => request.headers.len(),
                FlowscopeHttp::Response(response) => response.headers.len() + response.body.len(),
                _ => 0,
            }
        });
        (!out.is_empty()).then_some(sum as u64)
    });
    job("HTTP, requests and responses", input, sample, [ours, flowscope], Mode::Http)
}

/// The hello of a client, each of a new connection.
pub(crate) fn tls<'a>(input: &'a Input<'a>) -> Job<'a> {
    let sample = &input.samples.tls;
    let frames = &sample.frames;
    let ours = Way::each("rheos TlsParser", frames, |frame| {
        let (mut parser, mut found) = (TlsParser::default(), None);
        let read = parser.feed(&bytes(frame, Side::Initiator), &mut |message| {
            if let TlsMessage::ClientHello { hello, .. } = &message {
                found = Some(hello.cipher_suites.len() as u64);
            }
            black_box(message);
        });
        read.ok().and(found)
    });
    let flowscope = Way::each("flowscope TlsParser", frames, |frame| {
        let (mut parser, mut out) = (FlowscopeTlsParser::default(), Vec::new());
        parser.feed_initiator(frame.data, FlowscopeTime::default(), &mut out);
        black_box(&out).iter().find_map(|message| match message {
            FlowscopeTls::ClientHello(hello) => Some(hello.cipher_suites.len() as u64),
            _ => None,
        })
    });
    job("TLS, hello of a client", input, sample, [ours, flowscope], Mode::Tls)
}

/// Questions and answers in turn, of one flow, paired; each record with its name and its data.
pub(crate) fn dns<'a>(input: &'a Input<'a>) -> Job<'a> {
    let sample = &input.samples.dns_pair;
    let frames = &sample.frames;
    let state = || (DnsUdpParser::default(), Vec::new());
    let ours = Way::stateful("rheos DnsUdpParser", frames, state, |(parser, name), frame| {
        let mut sum = 0;
        let read = parser.datagram(&bytes(frame, side(frame)), &mut |event| {
            let (DnsEvent::Query(message) | DnsEvent::Response(message)) = &event else { return };
            let message = message.message();
            for question in message.questions().flatten() {
                copy(question.name, name);
                sum += name.len() as u64;
            }
            for record in message.records().flatten() {
                copy(record.name, name);
                sum += name.len() as u64;
                sum += match record.data() {
                    DnsData::A(address) => u64::from(address.octets()[3]),
                    _ => u64::from(record.ttl),
                }
            }
            black_box(&event);
        });
        read.ok()?;
        Some(sum)
    });
    let state = || (FlowscopeDnsParser::with_correlation(), Vec::new());
    let flowscope =
        Way::stateful("flowscope DnsUdpParser", frames, state, |(parser, out), frame| {
            out.clear();
            let side = if is_answer(frame) { FlowSide::Responder } else { FlowSide::Initiator };
            parser.parse(frame.data, side, FlowscopeTime::default(), out);
            let sum = black_box(&*out).iter().fold(0, |sum: usize, message| {
                sum + match message {
                    FlowscopeDns::Query(query) => query.questions.len(),
                    FlowscopeDns::Response(response) => response.answers.len(),
                    _ => 0,
                }
            });
            (!out.is_empty()).then_some(sum as u64)
        });
    job("DNS, questions and answers", input, sample, [ours, flowscope], Mode::DnsMessages)
}

/// The bytes of a name with points between its labels, as the peers have it.
fn copy(name: DnsName<'_>, to: &mut Vec<u8>) {
    to.clear();
    for label in name.labels() {
        to.extend_from_slice(label);
        to.push(b'.');
    }
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    sample: &'a crate::Sample,
    [ours, flowscope]: [Way<'a>; 2],
    mode: Mode,
) -> Job<'a> {
    let gopacket = input.gopacket.as_ref().map(|gopacket| gopacket.way(mode, &sample.written.pcap));
    // gopacket's TLS reads five bytes of a record, and nothing of the hello in it.
    let is_same = !matches!(mode, Mode::Tls);
    let gopacket = gopacket.map(|way| if is_same { way.budget(AHEAD) } else { way });
    let peers = std::iter::once(flowscope.budget(AHEAD)).chain(gopacket);
    Job {
        name,
        packets: sample.frames.len() as u64,
        ways: std::iter::once(ours).chain(peers).collect(),
    }
}

/// What comes from a server begins as a response of HTTP does, or is an answer of DNS.
fn is_answer(frame: &Frame<'_>) -> bool {
    frame.data.starts_with(b"HTTP/") || frame.data.get(2).is_some_and(|flags| flags & 0x80 != 0)
}

fn side(frame: &Frame<'_>) -> Side {
    if is_answer(frame) { Side::Responder } else { Side::Initiator }
}

fn bytes<'a>(frame: &Frame<'a>, side: Side) -> Bytes<'a> {
    Bytes::new(side, Timestamp::from_nanos(frame.nanos.cast_signed()), frame.data)
}

fn flowscope_feed<P: FlowscopeParser>(
    parser: &mut P,
    frame: &Frame<'_>,
    out: &mut Vec<P::Message>,
) {
    if is_answer(frame) {
        parser.feed_responder(frame.data, FlowscopeTime::default(), out);
    } else {
        parser.feed_initiator(frame.data, FlowscopeTime::default(), out);
    }
}
