//! Fields of SCTP chunks, as Wireshark names them.

use zerocopy::network_endian::{U16, U32};

use super::chunk::{self, SctpChunk, SctpChunkType, SctpChunks, SctpInit};
use super::data::{SctpData, SctpDataFlags, SctpIData};
use super::sack::{SctpGapAckBlock, SctpNrSack, SctpSack};
use super::tlv::Tlv;
use crate::{FieldSink, Value};

/// How deep chunks, parameters and causes may quote each other: an `ERROR` that quotes an `INIT`
/// takes four. A packet of nothing but quotations must not exhaust the stack.
const MAX_NESTING: usize = 8;

/// Reports fields one behind the other.
pub(super) struct Out<'s> {
    pub(super) sink: &'s mut dyn FieldSink,
    /// The place of the next field.
    pub(super) at: usize,
    /// How much deeper quotations may go.
    room: usize,
}

/// Reports the chunks of a layer that start at `at`, up to the first error.
pub(super) fn fields(chunks: SctpChunks<'_>, at: usize, sink: &mut dyn FieldSink) {
    Out { sink, at, room: MAX_NESTING }.chunks(chunks);
}

impl Out<'_> {
    pub(super) fn value(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        let end = self.at.saturating_add(len);
        self.sink.value(name, value, self.at..end);
        self.at = end;
    }

    pub(super) fn u8(&mut self, name: &'static str, value: u8) {
        self.value(name, Value::Number(value.into()), 1);
    }

    pub(super) fn u16(&mut self, name: &'static str, value: u16) {
        self.value(name, Value::Number(value.into()), 2);
    }

    pub(super) fn u32(&mut self, name: &'static str, value: u32) {
        self.value(name, Value::Number(value.into()), 4);
    }

    pub(super) fn u16s(&mut self, name: &'static str, values: &[U16]) {
        for value in values {
            self.u16(name, value.get());
        }
    }

    fn u32s(&mut self, name: &'static str, values: &[U32]) {
        for value in values {
            self.u32(name, value.get());
        }
    }

    pub(super) fn types(&mut self, name: &'static str, types: &[SctpChunkType]) {
        for kind in types {
            self.u8(name, kind.0);
        }
    }

    pub(super) fn bytes(&mut self, name: &'static str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.value(name, Value::Bytes(bytes), bytes.len());
        }
    }

    /// Reports a bit of the `len` bytes in front.
    pub(super) fn flag(&mut self, name: &'static str, value: bool, len: usize) {
        self.sink.flag(name, value, self.at.saturating_sub(len)..self.at);
    }

    /// Goes into a quotation, if that is not too deep.
    pub(super) fn enter(&mut self) -> Option<Out<'_>> {
        let room = self.room.checked_sub(1)?;
        Some(Out { sink: &mut *self.sink, at: self.at, room })
    }

    /// Reports the padding of a record.
    pub(super) fn padding(&mut self, tlv: &Tlv<'_>, name: &'static str) {
        self.at = tlv.value_at().saturating_add(tlv.value.len());
        self.bytes(name, tlv.padding);
    }

    pub(super) fn chunks(&mut self, chunks: SctpChunks<'_>) {
        let mut tlvs = chunks.tlvs_at(self.at);
        while let Some(tlv) = self.sink.sound(tlvs.next(), tlvs.place()) {
            let ([kind, flags], chunk) = (tlv.head, chunk::understand(&tlv));
            self.at = tlv.at;
            self.u8("sctp.chunk_type", kind);
            self.flag("sctp.chunk_bit_1", kind & 0x80 != 0, 1);
            self.flag("sctp.chunk_bit_2", kind & 0x40 != 0, 1);
            self.u8("sctp.chunk_flags", flags);
            if let Some(chunk) = &chunk {
                self.chunk_flags(chunk, flags);
            }
            self.u16("sctp.chunk_length", tlv.length);
            if let Some(chunk) = &chunk {
                self.chunk(chunk);
            }
            self.padding(&tlv, "sctp.chunk_padding");
        }
    }

    /// Reports what the flags mean in a chunk of this type.
    fn chunk_flags(&mut self, chunk: &SctpChunk<'_>, bits: u8) {
        let nonce = Value::Number((bits & 1).into());
        let place = self.at.saturating_sub(1)..self.at;
        match *chunk {
            SctpChunk::Data(SctpData { flags, .. }) | SctpChunk::IData(SctpIData { flags, .. }) => {
                self.flag("sctp.data_i_bit", flags.contains(SctpDataFlags::I), 1);
                self.flag("sctp.data_u_bit", flags.contains(SctpDataFlags::U), 1);
                self.flag("sctp.data_b_bit", flags.contains(SctpDataFlags::B), 1);
                self.flag("sctp.data_e_bit", flags.contains(SctpDataFlags::E), 1);
            }
            SctpChunk::Sack(_) => self.sink.value("sctp.sack_nounce_sum", nonce, place),
            SctpChunk::NrSack(_) => self.sink.value("sctp.nr_sack_nounce_sum", nonce, place),
            SctpChunk::Abort { reflected_tag, .. } => {
                self.flag("sctp.abort_t_bit", reflected_tag, 1);
            }
            SctpChunk::ShutdownComplete { reflected_tag } => {
                self.flag("sctp.shutdown_complete_t_bit", reflected_tag, 1);
            }
            _ => {}
        }
    }

    /// Reports what follows the length of a chunk.
    fn chunk(&mut self, chunk: &SctpChunk<'_>) {
        match *chunk {
            SctpChunk::Data(data) => self.data(&data),
            SctpChunk::IData(data) => self.i_data(&data),
            SctpChunk::Init(init) => self.init(
                &init,
                [
                    "sctp.init_initiate_tag",
                    "sctp.init_credit",
                    "sctp.init_nr_out_streams",
                    "sctp.init_nr_in_streams",
                    "sctp.init_initial_tsn",
                ],
            ),
            SctpChunk::InitAck(init) => self.init(
                &init,
                [
                    "sctp.initack_initiate_tag",
                    "sctp.initack_credit",
                    "sctp.initack_nr_out_streams",
                    "sctp.initack_nr_in_streams",
                    "sctp.initack_initial_tsn",
                ],
            ),
            SctpChunk::Sack(sack) => self.sack(&sack),
            SctpChunk::NrSack(sack) => self.nr_sack(&sack),
            SctpChunk::Heartbeat(parameters)
            | SctpChunk::HeartbeatAck(parameters)
            | SctpChunk::ReConfig(parameters) => self.parameters(parameters),
            SctpChunk::Abort { causes, .. } | SctpChunk::Error(causes) => self.causes(causes),
            SctpChunk::Shutdown { cumulative_tsn_ack } => {
                self.u32("sctp.shutdown_cumulative_tsn_ack", cumulative_tsn_ack);
            }
            SctpChunk::CookieEcho(cookie) => self.bytes("sctp.cookie", cookie),
            SctpChunk::Ecne { lowest_tsn } => self.u32("sctp.ecne_lowest_tsn", lowest_tsn),
            SctpChunk::Cwr { lowest_tsn } => self.u32("sctp.cwr_lowest_tsn", lowest_tsn),
            SctpChunk::Auth { shared_key_identifier, hmac_identifier, hmac } => {
                self.u16("sctp.shared_key_id", shared_key_identifier);
                self.u16("sctp.hmac_id", hmac_identifier);
                self.bytes("sctp.hmac", hmac);
            }
            SctpChunk::Asconf { sequence_number, parameters } => {
                self.u32("sctp.asconf_seq_nr_number", sequence_number);
                self.parameters(parameters);
            }
            SctpChunk::AsconfAck { sequence_number, parameters } => {
                self.u32("sctp.asconf_ack_seq_nr_number", sequence_number);
                self.parameters(parameters);
            }
            SctpChunk::Pad(data) => self.bytes("sctp.padding_data", data),
            SctpChunk::ForwardTsn { new_cumulative_tsn, streams } => {
                self.u32("sctp.forward_tsn_tsn", new_cumulative_tsn);
                for stream in streams {
                    self.u16("sctp.forward_tsn_sid", stream.stream_identifier.get());
                    self.u16("sctp.forward_tsn_ssn", stream.stream_sequence_number.get());
                }
            }
            SctpChunk::IForwardTsn { new_cumulative_tsn, streams } => {
                self.u32("sctp.i_forward_tsn_tsn", new_cumulative_tsn);
                for stream in streams {
                    self.u16("sctp.i_forward_tsn_sid", stream.stream_identifier.get());
                    let flags = stream.flags.get();
                    self.u16("sctp.i_forward_tsn_flags", flags);
                    let place = self.at.saturating_sub(2)..self.at;
                    self.sink.number("sctp.i_forward_tsn_res", flags >> 1, place);
                    self.flag("sctp.i_forward_tsn_u_bit", stream.is_unordered(), 2);
                    self.u32("sctp.forward_tsn_mid", stream.message_identifier.get());
                }
            }
            SctpChunk::Unknown { data, .. } => self.bytes("sctp.chunk_value", data),
            SctpChunk::ShutdownAck | SctpChunk::CookieAck | SctpChunk::ShutdownComplete { .. } => {}
        }
    }

    fn data(&mut self, data: &SctpData<'_>) {
        self.u32("sctp.data_tsn_raw", data.tsn);
        self.u16("sctp.data_sid", data.stream_identifier);
        self.u16("sctp.data_ssn", data.stream_sequence_number);
        self.u32("sctp.data_payload_proto_id", data.payload_protocol_identifier);
    }

    fn i_data(&mut self, data: &SctpIData<'_>) {
        self.u32("sctp.data_tsn_raw", data.tsn);
        self.u16("sctp.data_sid", data.stream_identifier);
        self.u16("sctp.data_reserved", data.reserved);
        self.u32("sctp.data_mid", data.message_identifier);
        let first = data.flags.contains(SctpDataFlags::B);
        let name = if first { "sctp.data_payload_proto_id" } else { "sctp.data_fsn" };
        self.u32(name, data.identifier_or_fragment);
    }

    fn init(&mut self, init: &SctpInit<'_>, names: [&'static str; 5]) {
        let [tag, credit, outbound, inbound, tsn] = names;
        self.u32(tag, init.initiate_tag);
        self.u32(credit, init.a_rwnd);
        self.u16(outbound, init.outbound_streams);
        self.u16(inbound, init.inbound_streams);
        self.u32(tsn, init.initial_tsn);
        self.parameters(init.parameters);
    }

    fn blocks(&mut self, names: [&'static str; 2], blocks: &[SctpGapAckBlock]) {
        let [start, end] = names;
        for block in blocks {
            self.u16(start, block.start.get());
            self.u16(end, block.end.get());
        }
    }

    /// Reports the number of entries of a list.
    fn count<T>(&mut self, name: &'static str, list: &[T]) {
        self.value(name, Value::Number(list.len() as u64), 2);
    }

    fn sack(&mut self, sack: &SctpSack<'_>) {
        self.u32("sctp.sack_cumulative_tsn_ack_raw", sack.cumulative_tsn_ack);
        self.u32("sctp.sack_a_rwnd", sack.a_rwnd);
        self.count("sctp.sack_number_of_gap_blocks", sack.gap_ack_blocks);
        self.count("sctp.sack_number_of_duplicated_tsns", sack.duplicate_tsns);
        let names = ["sctp.sack_gap_block_start", "sctp.sack_gap_block_end"];
        self.blocks(names, sack.gap_ack_blocks);
        self.u32s("sctp.sack_duplicate_tsn", sack.duplicate_tsns);
    }

    fn nr_sack(&mut self, sack: &SctpNrSack<'_>) {
        self.u32("sctp.nr_sack_cumulative_tsn_ack", sack.cumulative_tsn_ack);
        self.u32("sctp.nr_sack_a_rwnd", sack.a_rwnd);
        self.count("sctp.nr_sack_number_of_gap_blocks", sack.gap_ack_blocks);
        self.count("sctp.nr_sack_number_of_nr_gap_blocks", sack.nr_gap_ack_blocks);
        self.count("sctp.nr_sack_number_of_duplicated_tsns", sack.duplicate_tsns);
        self.u16("sctp.nr_sack_reserved", sack.reserved);
        let names = ["sctp.nr_sack_gap_block_start", "sctp.nr_sack_gap_block_end"];
        self.blocks(names, sack.gap_ack_blocks);
        let names = ["sctp.nr_sack_nr_gap_block_start", "sctp.nr_sack_nr_gap_block_end"];
        self.blocks(names, sack.nr_gap_ack_blocks);
        self.u32s("sctp.nr_sack_duplicate_tsn", sack.duplicate_tsns);
    }
}
