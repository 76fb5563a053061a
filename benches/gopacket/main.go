// Lets gopacket work on the packets of a pcap file and prints for how many of them it had an answer, then
// the nanoseconds of each stretch of packets.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/reassembly"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: gopacket MODE FILE.pcap STRETCH")
	}
	work, ok := modes[os.Args[1]]
	if !ok {
		log.Fatal("no mode " + os.Args[1])
	}
	packets, err := load(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	stretch, err := strconv.Atoi(os.Args[3])
	if err != nil || stretch < 1 {
		log.Fatal("STRETCH is a number of packets")
	}
	pass(packets, stretch, work()) // the first meets memory that was just filled
	laps, answers := pass(packets, stretch, work())
	fmt.Println(answers)
	for _, lap := range laps {
		fmt.Println(lap.Nanoseconds())
	}
}

// A reader of its own: gopacket's needs sources that are packaged elsewhere. Little-endian only, which
// is what the comparison writes.
func load(path string) ([][]byte, error) {
	const fileHeader, recordHeader = 24, 16
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(file) < fileHeader {
		return nil, fmt.Errorf("%s is no pcap file", path)
	}
	var packets [][]byte
	for rest := file[fileHeader:]; len(rest) > 0; {
		if len(rest) < recordHeader {
			return nil, fmt.Errorf("%s ends inside a record header", path)
		}
		length := uint64(binary.LittleEndian.Uint32(rest[8:]))
		rest = rest[recordHeader:]
		if uint64(len(rest)) < length {
			return nil, fmt.Errorf("%s ends inside a packet", path)
		}
		packets = append(packets, rest[:length:length])
		rest = rest[length:]
	}
	return packets, nil
}

var sink uint64 // keeps the compiler from dropping what was found

// What is done with a packet: whether there was an answer, and a number that depends on it. Each pass
// has layers and buffers of its own, reused from packet to packet, as gopacket's documents advise.
type work func(data []byte) (bool, uint64)

var modes = map[string]func() work{
	"ports": ports, "dns": dns, "sflow": sflow, "lldp": lldp, "encode": encode,
	"streams": streams, "engine": engine, "http": httpMessages, "tls": tls, "dns-messages": dnsMessages,
}

func pass(packets [][]byte, stretch int, work work) (laps []time.Duration, answers int) {
	var sum uint64
	start := time.Now()
	for i, data := range packets {
		if found, number := work(data); found {
			answers++
			sum += number
		}
		if (i+1)%stretch == 0 || i+1 == len(packets) {
			now := time.Now()
			laps, start = append(laps, now.Sub(start)), now
		}
	}
	sink = sum
	return laps, answers
}

func ports() work {
	var ethernet layers.Ethernet
	var vlan layers.Dot1Q
	var ip4 layers.IPv4
	var ip6 layers.IPv6
	var tcp layers.TCP
	var udp layers.UDP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&ethernet, &vlan, &ip4, &ip6, &tcp, &udp, &payload)
	parser.IgnoreUnsupported = true
	decoded := make([]gopacket.LayerType, 0, 8)
	return func(data []byte) (found bool, port uint64) {
		// What was decoded before an error counts.
		_ = parser.DecodeLayers(data, &decoded)
		for _, layer := range decoded {
			switch layer {
			case layers.LayerTypeTCP:
				found, port = true, uint64(tcp.DstPort)
			case layers.LayerTypeUDP:
				found, port = true, uint64(udp.DstPort)
			}
		}
		return found, port
	}
}

// A parser of a message over UDP and IPv4.
func overUDP(message gopacket.DecodingLayer, read func() uint64) work {
	var ethernet layers.Ethernet
	var ip4 layers.IPv4
	var udp layers.UDP
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip4, &udp, message)
	decoded := make([]gopacket.LayerType, 0, 8)
	return func(data []byte) (bool, uint64) {
		if err := parser.DecodeLayers(data, &decoded); err != nil || len(decoded) != 4 {
			return false, 0
		}
		return true, read()
	}
}

func dns() work {
	var dns layers.DNS
	return overUDP(&dns, func() uint64 { return records(&dns) })
}

func dnsMessages() work {
	var dns layers.DNS
	return func(data []byte) (bool, uint64) {
		if err := dns.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil {
			return false, 0
		}
		return true, records(&dns)
	}
}

func records(dns *layers.DNS) (sum uint64) {
	for _, records := range [][]layers.DNSResourceRecord{dns.Answers, dns.Authorities, dns.Additionals} {
		for _, record := range records {
			if record.Type == layers.DNSTypeA {
				sum += uint64(record.IP[3])
			} else {
				sum += uint64(record.TTL)
			}
		}
	}
	return sum
}

// Of a hello it reads the type of its record.
func tls() work {
	var tls layers.TLS
	return func(data []byte) (bool, uint64) {
		if err := tls.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil {
			return false, 0
		}
		return len(tls.Handshake) > 0, uint64(len(tls.Handshake))
	}
}

// gopacket has no HTTP: its httpassembly hands streams to net/http, and drops the bodies.
func httpMessages() work {
	reader := bytes.NewReader(nil)
	buffered := bufio.NewReader(reader)
	return func(data []byte) (bool, uint64) {
		reader.Reset(data)
		buffered.Reset(reader)
		var body io.ReadCloser
		var fields int
		if bytes.HasPrefix(data, []byte("HTTP/")) {
			response, err := http.ReadResponse(buffered, nil)
			if err != nil {
				return false, 0
			}
			body, fields = response.Body, len(response.Header)
		} else {
			request, err := http.ReadRequest(buffered)
			if err != nil {
				return false, 0
			}
			body, fields = request.Body, len(request.Header)
		}
		length, err := io.Copy(io.Discard, body)
		body.Close()
		return err == nil, uint64(length) + uint64(fields)
	}
}

func sflow() work {
	var sflow layers.SFlowDatagram
	return overUDP(&sflow, func() (sum uint64) {
		for _, sample := range sflow.FlowSamples {
			sum += uint64(len(sample.Records))
		}
		for _, sample := range sflow.CounterSamples {
			sum += uint64(len(sample.Records))
		}
		// What was decoded before stays in the layer.
		sflow.FlowSamples, sflow.CounterSamples = nil, nil
		return sum
	})
}

// LLDP has no decoder for DecodingLayerParser.
func lldp() work {
	options := gopacket.DecodeOptions{NoCopy: true}
	return func(data []byte) (bool, uint64) {
		packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, options)
		found, ok := packet.Layer(layers.LayerTypeLinkLayerDiscovery).(*layers.LinkLayerDiscovery)
		if !ok {
			return false, 0
		}
		return true, uint64(len(found.Values))
	}
}

// A stream that takes everything, and counts it.
type counted struct{ sum *uint64 }

func (counted) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence,
	*bool, reassembly.AssemblerContext) bool {
	return true
}

func (c counted) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	length, _ := sg.Lengths()
	*c.sum += uint64(len(sg.Fetch(length)))
}

func (counted) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

func (c counted) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return c
}

type at struct{ info gopacket.CaptureInfo }

func (a *at) GetCaptureInfo() gopacket.CaptureInfo { return a.info }

func streams() work {
	var ethernet layers.Ethernet
	var ip4 layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip4, &tcp, &payload)
	decoded := make([]gopacket.LayerType, 0, 8)
	var sum uint64
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(counted{&sum}))
	now := at{gopacket.CaptureInfo{Timestamp: time.Unix(0, 0)}}
	return func(data []byte) (bool, uint64) {
		if err := parser.DecodeLayers(data, &decoded); err != nil || len(decoded) < 3 {
			return false, 0
		}
		assembler.AssembleWithContext(ip4.NetworkFlow(), &tcp, &now)
		return true, sum
	}
}

// The same among packets of any kind, as a program for any capture has it.
func engine() work {
	var ethernet layers.Ethernet
	var vlan layers.Dot1Q
	var ip4 layers.IPv4
	var ip6 layers.IPv6
	var tcp layers.TCP
	var udp layers.UDP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&ethernet, &vlan, &ip4, &ip6, &tcp, &udp, &payload)
	parser.IgnoreUnsupported = true
	decoded := make([]gopacket.LayerType, 0, 8)
	var sum uint64
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(counted{&sum}))
	now := at{gopacket.CaptureInfo{Timestamp: time.Unix(0, 0)}}
	return func(data []byte) (bool, uint64) {
		if err := parser.DecodeLayers(data, &decoded); err != nil {
			return false, 0
		}
		var network gopacket.Flow
		for _, layer := range decoded {
			switch layer {
			case layers.LayerTypeIPv4:
				network = ip4.NetworkFlow()
			case layers.LayerTypeIPv6:
				network = ip6.NetworkFlow()
			case layers.LayerTypeTCP:
				assembler.AssembleWithContext(network, &tcp, &now)
				return true, sum
			}
		}
		return false, 0
	}
}

func encode() work {
	ethernet := layers.Ethernet{
		SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4,
	}
	ip := layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP,
		SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2},
	}
	tcp := layers.TCP{SrcPort: 40000, DstPort: 443, Seq: 1000, Window: 8192}
	_ = tcp.SetNetworkLayerForChecksum(&ip)
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	buffer := gopacket.NewSerializeBuffer()
	return func(data []byte) (bool, uint64) {
		err := gopacket.SerializeLayers(buffer, options, &ethernet, &ip, &tcp, gopacket.Payload(data))
		if err != nil || len(buffer.Bytes()) < 52 {
			return false, 0
		}
		return true, uint64(binary.BigEndian.Uint16(buffer.Bytes()[50:]))
	}
}
