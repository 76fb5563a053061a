// Puts the TCP streams of a pcap file together with gopacket's reassembly, and writes what each side sent
// into a file of a folder, named by its addresses and ports as tcpflow names them. What waits behind holes
// is flushed at the end, and the holes are left out. Beside each file with holes stands an empty one whose
// name ends with ".gap". Of connections behind each other on the same ports, all but the first have their
// number at the end of the name.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/reassembly"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: gopacket FILE.pcap FOLDER")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(path, folder string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// A reader of its own: gopacket's needs sources that are packaged elsewhere. Little-endian only, which
	// is what the comparison writes.
	const fileHeader, recordHeader = 24, 16
	if len(file) < fileHeader {
		return fmt.Errorf("%s is no pcap file", path)
	}
	factory := &sides{folder: folder, count: map[string]int{}}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(factory))
	for rest := file[fileHeader:]; len(rest) > 0; {
		if len(rest) < recordHeader {
			return fmt.Errorf("%s ends inside a record header", path)
		}
		seconds, nanos := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
		captured := int(binary.LittleEndian.Uint32(rest[8:]))
		rest = rest[recordHeader:]
		if len(rest) < captured {
			return fmt.Errorf("%s ends inside a packet", path)
		}
		packet := gopacket.NewPacket(rest[:captured], layers.LayerTypeEthernet, gopacket.NoCopy)
		rest = rest[captured:]
		tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			return fmt.Errorf("%s: a packet without TCP: %v", path, packet)
		}
		info := gopacket.CaptureInfo{Timestamp: time.Unix(int64(seconds), int64(nanos))}
		assembler.AssembleWithContext(packet.NetworkLayer().NetworkFlow(), tcp, &at{info})
	}
	assembler.FlushAll()
	return factory.err
}

type at struct{ info gopacket.CaptureInfo }

func (a *at) GetCaptureInfo() gopacket.CaptureInfo { return a.info }

// Makes a stream for each connection.
type sides struct {
	folder string
	count  map[string]int // connections by the name of their first side
	err    error          // the first that a stream met
}

func (s *sides) New(network, transport gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	name, other := name(network, transport), name(network.Reverse(), transport.Reverse())
	number := s.count[name]
	s.count[name]++
	s.count[other]++
	suffix := ""
	if number > 0 {
		suffix = fmt.Sprintf("c%d", number)
	}
	return &connection{s, name + suffix, other + suffix}
}

type connection struct {
	of             *sides
	client, server string
}

// Everything is taken, and a stream may begin without a SYN.
func (*connection) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection,
	_ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true
	return true
}

func (c *connection) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	direction, _, _, skip := sg.Info()
	name := c.client
	if direction == reassembly.TCPDirServerToClient {
		name = c.server
	}
	length, _ := sg.Lengths()
	c.of.add(name, sg.Fetch(length))
	if skip > 0 {
		c.of.add(name+".gap", nil)
	}
}

func (*connection) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

// What one side sends.
func name(network, transport gopacket.Flow) string {
	from, to := network.Endpoints()
	source, destination := transport.Endpoints()
	return address(from, source) + "-" + address(to, destination)
}

// As tcpflow has it: three digits for each part of the address, and five for the port.
func address(host, port gopacket.Endpoint) string {
	raw := host.Raw()
	number := binary.BigEndian.Uint16(port.Raw())
	return fmt.Sprintf("%03d.%03d.%03d.%03d.%05d", raw[0], raw[1], raw[2], raw[3], number)
}

func (s *sides) add(name string, bytes []byte) {
	file, err := os.OpenFile(filepath.Join(s.folder, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.Write(bytes)
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if s.err == nil {
		s.err = err
	}
}
