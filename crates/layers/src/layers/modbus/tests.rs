//! Tests of Modbus.

use proptest::prelude::*;

use super::*;
use crate::layers::{from_hex, golden};
use crate::{Decoder, Fix, LinkType, TcpHeader, serialize_layers};

// tshark -r modbus__modbusBig.pcap -Y frame.number==2; alone it has no ports.
layer_tests! {
    sample: Modbus *b"\x01\0\0\0\x01";
    fields: "modbus.func_code=1 modbus.data=00000001";
    edit: ModbusHeader, |header| header.function_code = 2;
    bad: [];
}

/// A message to or from a server, behind headers of TCP and Modbus.
fn frame(from: u16, to: u16, builder: &ModbusBuilder<'_>, behind: &[u8]) -> Vec<u8> {
    let tcp =
        TcpHeader { source_port: from.into(), destination_port: to.into(), ..TcpHeader::default() };
    let mut out = Vec::new();
    let ip = crate::Ipv4Header::default();
    let ethernet = crate::EthernetHeader::default();
    let layers: [&dyn crate::Encode; 5] =
        [&ethernet, &ip, &tcp, &ModbusTcpHeader::default(), builder];
    serialize_layers(&mut out, Fix::all(), &layers, behind).unwrap();
    out
}

#[test]
fn every_function_has_the_fields_of_tshark() {
    // Numbers of bits and of registers that were read follow from the request in another packet.
    let numbers = ["modbus.bitnum", "modbus.regnum16"];
    golden::check(include_str!("golden.txt"), &["mbtcp", "modbus"], &numbers, &["modbus.regnum16"]);
}

#[test]
fn registers_that_are_written_are_counted_from_the_first() {
    let message =
        ModbusMessage::WriteMultiple { address: 0xffff, quantity: 2, values: &[0, 1, 0, 2] };
    let builder = ModbusBuilder { function: ModbusFunction::WRITE_MULTIPLE_REGISTERS, message };
    let bytes = frame(40000, 502, &builder, &[]);
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    let text = packet.get::<Modbus<'_>>().unwrap().to_string();
    let numbers = text.split(' ').filter(|field| field.starts_with("modbus.regnum16"));
    assert_eq!(numbers.collect::<Vec<_>>(), ["modbus.regnum16=65535", "modbus.regnum16=0"]);
    assert_eq!(packet.get::<ModbusTcp<'_>>().unwrap().header.length.get(), 11);
}

// tshark runs the data of each record to the end of the message.
#[test]
fn a_record_of_a_file_ends_where_its_length_says() {
    let data = from_hex("0c 05 06 0dfe0020 05 06 33cd0040");
    let mut found = Vec::new();
    let mut sink = |field: crate::Field<'_>| found.push(format!("{}={}", field.name, field.value));
    let mut reader = FieldReader::new(&data, 1, &mut sink);
    let header = ModbusHeader { function_code: 20 };
    let direction = ModbusDirection::Response;
    fields::message(&Modbus { header: &header, direction, data: &[], payload: &[] }, &mut reader);
    assert_eq!(
        found.join(" "),
        "modbus.byte_cnt=12 modbus.byte_cnt=5 modbus.reference_type=6 modbus.data=0dfe0020 \
         modbus.byte_cnt=5 modbus.reference_type=6 modbus.data=33cd0040"
    );
}

#[test]
fn a_segment_may_hold_several_messages() {
    let read = ModbusBuilder::default();
    let second = from_hex("0008 0000 0006 ff 06 0001 0003");
    let mut bytes = frame(40000, 502, &read, &[]);
    let start = bytes.len();
    bytes.extend_from_slice(&second);
    bytes[17] += 12; // The total length of IPv4.
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    let messages: Vec<_> = packet.all::<Modbus<'_>>().map(|modbus| modbus.message()).collect();
    let write = ModbusMessage::WriteSingle { address: 1, value: 3 };
    assert_eq!(messages, [ModbusMessage::Read { address: 0, quantity: 1 }, write]);
    assert_eq!(packet.layers()[5].start as usize, start);
    assert!(packet.error().is_none() && !packet.is_truncated());
}

#[test]
fn the_way_follows_from_the_ports() {
    #[track_caller]
    fn check(from: u16, to: u16, expected: ModbusDirection) {
        let bytes = frame(from, to, &ModbusBuilder::default(), &[]);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert_eq!(packet.get::<Modbus<'_>>().unwrap().direction, expected);
    }
    check(40000, 502, ModbusDirection::Request);
    check(502, 40000, ModbusDirection::Response);
    check(400, 502, ModbusDirection::Request);
    check(502, 502, ModbusDirection::Unknown);
}

#[test]
fn an_exception_says_why() {
    let refusal = ModbusMessage::Exception(ModbusException::ILLEGAL_DATA_ADDRESS);
    let builder =
        ModbusBuilder { function: ModbusFunction::READ_HOLDING_REGISTERS, message: refusal };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    assert_eq!(out, [0x83, 2]);
    let modbus = Modbus::parse(&out).unwrap();
    assert_eq!(modbus.message(), refusal);
    assert_eq!(modbus.to_string(), "modbus.func_code=3 modbus.exception_code=2");
}

#[test]
fn more_values_than_a_byte_counts_are_refused() {
    let builder = ModbusBuilder { message: ModbusMessage::Values(&[0; 256]), ..Default::default() };
    let error = serialize_layers(&mut Vec::new(), Fix::all(), &[&builder], &[]).unwrap_err();
    let expected =
        crate::EncodeError::TooLarge { layer: "modbus", field: "byte count", value: 256 };
    assert_eq!(error, expected);
}

proptest! {
    #[test]
    fn a_message_written_again_is_the_same(
        function in 1_u8..48, request: bool, data in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let direction =
            if request { ModbusDirection::Request } else { ModbusDirection::Response };
        let header = ModbusHeader { function_code: function };
        let modbus = Modbus { header: &header, direction, data: &data, payload: &[] };
        let message = modbus.message();
        let mut out = Vec::new();
        message.encode(&mut out).unwrap();
        // Bytes behind what is counted are not kept.
        prop_assert!(data.starts_with(&out));
        let again = Modbus { data: &out, ..modbus };
        prop_assert_eq!(again.message(), message);
        fields::message(&modbus, &mut FieldReader::new(&data, 1, &mut |_: crate::Field<'_>| {}));
    }
}
