// Lets gopacket's pcapgo read or write a file and prints how many packets it had, then the nanoseconds of
// each stretch of packets.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// As much as the other readers and writers gather.
const buffer = 256 << 10

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: files read-pcap|read-pcapng|write-pcap|write-pcapng FILE STRETCH")
	}
	stretch, err := strconv.Atoi(os.Args[3])
	if err != nil || stretch < 1 {
		log.Fatal("STRETCH is a number of packets")
	}
	laps := &laps{stretch: stretch}
	switch os.Args[1] {
	case "read-pcap":
		err = readPcap(os.Args[2], laps)
	case "read-pcapng":
		err = readPcapNg(os.Args[2], laps)
	case "write-pcap":
		err = writePcap(os.Args[2], laps)
	case "write-pcapng":
		err = writePcapNg(os.Args[2], laps)
	default:
		log.Fatal("no mode " + os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(laps.packets)
	for _, lap := range laps.times {
		fmt.Println(lap.Nanoseconds())
	}
}

type laps struct {
	stretch, packets int
	since            time.Time
	times            []time.Duration
}

func (l *laps) start() { l.since = time.Now() }

func (l *laps) end() {
	now := time.Now()
	l.times, l.since = append(l.times, now.Sub(l.since)), now
}

func (l *laps) packet() {
	l.packets++
	if l.packets%l.stretch == 0 {
		l.end()
	}
}

var sink int // keeps the compiler from dropping what was found

type reader interface {
	ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

func read(reader reader, laps *laps) error {
	for {
		data, _, err := reader.ZeroCopyReadPacketData()
		if err == io.EOF {
			laps.end()
			return nil
		}
		if err != nil {
			return err
		}
		sink += len(data)
		laps.packet()
	}
}

func readPcap(path string, laps *laps) error {
	laps.start()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(file, buffer))
	if err != nil {
		return err
	}
	return read(reader, laps)
}

func readPcapNg(path string, laps *laps) error {
	laps.start()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := pcapgo.NewNgReader(bufio.NewReaderSize(file, buffer), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		return err
	}
	return read(reader, laps)
}

// The packets of a pcap file, in memory.
func load(path string) (packets [][]byte, infos []gopacket.CaptureInfo, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(file, buffer))
	if err != nil {
		return nil, nil, err
	}
	for {
		data, info, err := reader.ReadPacketData()
		if err == io.EOF {
			return packets, infos, nil
		}
		if err != nil {
			return nil, nil, err
		}
		packets, infos = append(packets, data), append(infos, info)
	}
}

func nowhere() (*bufio.Writer, error) {
	file, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	return bufio.NewWriterSize(file, buffer), err
}

func writePcap(path string, laps *laps) error {
	packets, infos, err := load(path)
	if err != nil {
		return err
	}
	laps.start()
	out, err := nowhere()
	if err != nil {
		return err
	}
	writer := pcapgo.NewWriterNanos(out)
	if err := writer.WriteFileHeader(1<<18, layers.LinkTypeEthernet); err != nil {
		return err
	}
	for i, data := range packets {
		if err := writer.WritePacket(infos[i], data); err != nil {
			return err
		}
		laps.packet()
	}
	err = out.Flush()
	laps.end()
	return err
}

func writePcapNg(path string, laps *laps) error {
	packets, infos, err := load(path)
	if err != nil {
		return err
	}
	laps.start()
	out, err := nowhere()
	if err != nil {
		return err
	}
	writer, err := pcapgo.NewNgWriter(out, layers.LinkTypeEthernet)
	if err != nil {
		return err
	}
	for i, data := range packets {
		if err := writer.WritePacket(infos[i], data); err != nil {
			return err
		}
		laps.packet()
	}
	err = writer.Flush()
	laps.end()
	return err
}
