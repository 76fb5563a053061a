//! Files: their names, rotation, and what is added to them.

use super::*;

fn second(number: i64) -> RawPacket<'static> {
    packet(number * 1_000_000_000, b"a packet")
}

fn times(path: &Path) -> Vec<i64> {
    let mut capture = open(path).unwrap();
    let mut seconds = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        seconds.push(packet.timestamp.seconds());
    }
    seconds
}

#[test]
fn the_name_chooses_the_format_and_the_compression() {
    let folder = tempdir().unwrap();
    for (name, format, compression) in [
        ("a.pcap", Format::Pcap, None),
        ("a", Format::PcapNg, None),
        ("a.pcap.gz", Format::Pcap, Some(Compression::Gzip)),
        ("a.pcapng.zst", Format::PcapNg, Some(Compression::Zstd)),
        ("a.pcapng.lz4", Format::PcapNg, Some(Compression::Lz4)),
        ("a.pcap.xz", Format::Pcap, Some(Compression::Xz)),
    ] {
        let path = folder.path().join(name);
        let mut writer = CaptureWriter::create(&path, &WriteOptions::default()).unwrap();
        let options = WriteOptions { format: Some(format), ..WriteOptions::default() };
        let mut plain = CaptureWriter::new(Vec::new(), &options).unwrap();
        for number in 0..5_000 {
            writer.write(&second(number)).unwrap();
            plain.write(&second(number)).unwrap();
        }
        assert_eq!((writer.format(), writer.packets_written()), (format, 5_000));
        writer.flush().unwrap();
        writer.close().unwrap();
        let capture = open(&path).unwrap();
        assert_eq!((capture.format(), capture.compression()), (format, compression), "{name}");
        let seen = read_whole(&fs::read(&path).unwrap());
        assert!(seen == read_whole(&plain.finish().unwrap()), "{name}");
    }
}

#[test]
fn a_pcap_without_packets_has_the_link_type_that_was_asked_for() {
    for (link_type, expected) in [(None, LinkType::ETHERNET), (Some(LinkType::RAW), LinkType::RAW)]
    {
        let format = Some(Format::Pcap);
        let options = WriteOptions { format, link_type, ..WriteOptions::default() };
        let file = CaptureWriter::new(Vec::new(), &options).unwrap().finish().unwrap();
        assert_eq!(interfaces(&file)[0].link_type, expected);
    }
    let format = Some(Format::PcapModified);
    let options = WriteOptions { format, ..WriteOptions::default() };
    let error = CaptureWriter::new(Vec::new(), &options).unwrap_err();
    assert!(matches!(error, Error::UnsupportedFormat { .. }));
}

/// Writes ten packets, one a second, and reads them from all files that there are then.
fn rotated(name: &str, rotation: Rotation) -> Vec<Vec<i64>> {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    let mut writer = RotatingWriter::create(&path, WriteOptions::default(), rotation).unwrap();
    (0..10).for_each(|number| writer.write(&second(number)).unwrap());
    assert_eq!(writer.packets_written(), 10);
    let files = writer.close().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files.len());
    files.iter().map(|path| times(path)).collect()
}

#[test]
fn files_are_full_by_packets_time_or_bytes() {
    let fours = [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]];
    let none = Rotation::default();
    let packets = Rotation { packets: Some(4), ..none };
    assert_eq!(rotated("a.pcap", packets), fours);
    assert_eq!(rotated("a.pcapng.gz", packets), fours);
    let time = Rotation { time: Some(Duration::from_secs(4)), ..none };
    assert_eq!(rotated("a.pcapng", time), fours);
    let bytes = Rotation { bytes: Some(24 + 4 * 24), ..none };
    assert_eq!(rotated("a.pcap", bytes), fours);
    // Section, interface with its resolution, and blocks of packets.
    let bytes = Rotation { bytes: Some(28 + 32 + 4 * 40), ..none };
    assert_eq!(rotated("a.pcapng", bytes), fours);
    let bytes = Rotation { bytes: Some(1), ..none };
    assert_eq!(rotated("a.pcap", bytes).len(), 10);
    assert_eq!(rotated("a.pcap", none), [(0..10).collect::<Vec<_>>()]);
}

#[test]
fn a_ring_keeps_the_last_files() {
    let ring = NonZeroUsize::new(2);
    let rotation = Rotation { packets: Some(4), ring, ..Rotation::default() };
    assert_eq!(rotated("a.pcap", rotation), [vec![4, 5, 6, 7], vec![8, 9]]);
}

#[test]
fn each_file_has_what_its_packets_need() {
    let folder = tempdir().unwrap();
    let mut sample = Sample::pcapng(Big);
    sample.interface(113, 0, &[(2, b"eth0")]).block(10, &[0x54, 0x4c, 0x53, 0x4b, 0, 0, 0, 0]);
    sample.enhanced(0, 5, b"a", &[(1, b"kept")]).interface(1, 0, &[]).enhanced(1, 6, b"b", &[]);
    let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
    let rotation = Rotation { packets: Some(1), ..Rotation::default() };
    let path = folder.path().join("a.pcapng");
    let mut writer = RotatingWriter::create(path, WriteOptions::default(), rotation).unwrap();
    while let Some(entry) = capture.next_block().unwrap() {
        writer.write_entry(&entry).unwrap();
    }
    let [first, second] = &writer.close().unwrap()[..] else { panic!("two files") };
    let (first, second) = (fs::read(first).unwrap(), fs::read(second).unwrap());
    assert_eq!(read_whole(&first)[0].comments, [b"kept"]);
    let seen = read_whole(&second);
    assert_eq!((seen[0].interface, seen[0].nanos, seen[0].link_type.0), (1, 6_000, 1));
    assert_eq!(interfaces(&second)[0].name.as_deref(), Some("eth0"));
    assert_eq!(blocks(&second).iter().filter(|b| b.kind() == BlockType::SECRETS).count(), 1);
}

fn append(path: &Path, options: &WriteOptions, number: i64) -> Result<(), Error> {
    let mut writer = CaptureWriter::append(path, options)?;
    writer.write(&second(number))?;
    writer.close()
}

#[test]
fn packets_are_added_to_captures_of_every_kind() {
    let folder = tempdir().unwrap();
    for name in ["a.pcap", "a.pcapng", "a.pcap.gz", "a.pcapng.zst", "a.pcapng.lz4", "a.pcap.xz"] {
        let path = folder.path().join(name);
        let mut writer = CaptureWriter::create(&path, &WriteOptions::default()).unwrap();
        writer.write(&second(1)).unwrap();
        writer.close().unwrap();
        append(&path, &WriteOptions::default(), 2).unwrap();
        append(&path, &WriteOptions::default(), 3).unwrap();
        assert_eq!(times(&path), [1, 2, 3], "{name}");
        assert_eq!(open(&path).unwrap().interfaces().len().max(1), 1, "{name}");

        let before = fs::read(&path).unwrap();
        let mut writer = CaptureWriter::append(&path, &WriteOptions::default()).unwrap();
        writer.write(&second(4)).unwrap();
        writer.flush().unwrap();
        drop(writer);
        assert!(fs::read(&path).unwrap() == before, "{name}");
    }
}

#[test]
fn a_capture_that_is_added_to_keeps_its_byte_order_resolution_and_interfaces() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a");
    let mut sample = Sample::pcap(Big, 0xa1b2_c3d4, 96, 1);
    fs::write(&path, &sample.bytes).unwrap();
    append(&path, &WriteOptions::default(), 7).unwrap();
    sample.record([7, 0], b"a packet", 8);
    assert_eq!(fs::read(&path).unwrap(), sample.bytes);

    let mut sample = Sample::pcapng(Little);
    sample.interface(113, 0, &[]).section(Big).interface(1, 0, &[(9, &[3])]);
    fs::write(&path, &sample.bytes).unwrap();
    append(&path, &WriteOptions::default(), 7).unwrap();
    sample.enhanced(0, 7_000, b"a packet", &[]);
    assert_eq!(fs::read(&path).unwrap(), sample.bytes);
}

#[test]
fn a_cut_record_is_an_error_or_cut_away() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a");
    let mut samples = [Sample::pcap(Big, 0xa1b2_c3d4, 0, 1), Sample::pcapng(Big)];
    samples[0].record([1, 0], b"a", 1);
    samples[1].interface(1, 0, &[]).enhanced(0, 1_000_000, b"a", &[]);
    for sample in samples {
        let mut cut = sample.bytes.clone();
        cut.extend([0, 0, 0, 6, 0, 0, 0, 40, 0, 0, 0, 40, 0, 0, 0, 40, 0]);
        fs::write(&path, &cut).unwrap();
        let error = append(&path, &WriteOptions::default(), 7).unwrap_err();
        assert!(matches!(error, Error::Truncated { packet: 2, .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), cut);
        let options = WriteOptions { cut_incomplete: true, ..WriteOptions::default() };
        append(&path, &options, 7).unwrap();
        assert_eq!(times(&path), [1, 7]);
        assert!(fs::read(&path).unwrap().starts_with(&sample.bytes));
    }
}

#[test]
fn what_cannot_be_added_to_is_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, Sample::pcap(Big, 0xa1b2_c3d4, 0, 1).bytes).unwrap();
    let error = |options| CaptureWriter::append(&path, &options).unwrap_err().to_string();
    let format = Some(Format::PcapNg);
    let options = WriteOptions { format, ..WriteOptions::default() };
    assert_eq!(error(options), "cannot append pcapng to pcap");
    let link_type = Some(LinkType::RAW);
    let options = WriteOptions { link_type, ..WriteOptions::default() };
    assert_eq!(error(options), "cannot write packet 0: RAW in a capture of ETHERNET");
    assert!(append(&folder.path().join("none"), &WriteOptions::default(), 0).is_err());
    let other = RawPacket { link_type: LinkType::RAW, ..second(0) };
    let mut writer = CaptureWriter::append(&path, &WriteOptions::default()).unwrap();
    assert!(matches!(writer.write(&other), Err(Error::OtherLinkType { packet: 1, .. })));
}
