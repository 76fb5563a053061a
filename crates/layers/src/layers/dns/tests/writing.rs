//! Messages that are written.

use super::*;

#[test]
fn messages_that_are_written_again_are_the_same() {
    for bytes in samples() {
        let message = DnsMessage::parse(&bytes).unwrap();
        let questions: Vec<_> = message.questions().map(Result::unwrap).collect();
        let [answers, authorities, additionals] =
            [DnsSection::Answer, DnsSection::Authority, DnsSection::Additional].map(|section| {
                let records = message.records().map(Result::unwrap);
                let records = records.filter(|record| record.section == section);
                records.map(DnsResource::from).collect::<Vec<_>>()
            });
        let builder = DnsBuilder {
            header: *message.header,
            questions: &questions,
            answers: &answers,
            authorities: &authorities,
            additionals: &additionals,
            ..DnsBuilder::default()
        };
        let mut written = Vec::new();
        builder.encode(&mut written).unwrap();
        let again = DnsMessage::parse(&written).unwrap();
        assert!(again.questions().map(Result::unwrap).eq(questions.iter().copied()));
        let resources = again.records().map(|record| DnsResource::from(record.unwrap()));
        assert!(resources.eq([answers, authorities, additionals].concat()), "{message:?}");
    }
}

#[test]
fn names_are_compressed_where_every_reader_knows_of_them() {
    let names = ["www.example.com", "mail.example.com", "example.com"]
        .map(|name| name.parse::<DnsNameBuf>().unwrap());
    let [www, mail, zone] = [0, 1, 2].map(|place: usize| names[place].as_name());
    let resource = |data| DnsResource { name: www, class: DnsClass::IN, ttl: 60, data };
    let answers = [
        resource(DnsData::Exchange { record_type: DnsType::MX, preference: 1, name: mail }),
        resource(DnsData::Srv { priority: 1, weight: 2, port: 3, target: mail }),
        resource(DnsData::Name { record_type: DnsType::NS, name: zone }),
    ];
    let questions = [DnsQuestion { name: www, question_type: DnsType::ANY, class: DnsClass::IN }];
    let builder = DnsBuilder {
        carrier: DnsCarrier::Stream,
        questions: &questions,
        answers: &answers,
        ..DnsBuilder::default()
    };
    let mut out = Vec::new();
    builder.encode(&mut out).unwrap();
    let dns = Dns::parse_stream(&out).unwrap();
    let lens: Vec<_> =
        dns.message.answers().map(|answer| answer.unwrap().data_bytes.len()).collect();
    assert_eq!((dns.length.map(usize::from), lens), (Some(out.len() - 2), vec![9, 24, 2]));
}
