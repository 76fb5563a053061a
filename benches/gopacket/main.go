// Passes gopacket's DecodingLayerParser over a pcap file and prints for how many packets it found the
// ports, then the nanoseconds of each stretch of packets.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: gopacket FILE.pcap STRETCH")
	}
	packets, err := load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	stretch, err := strconv.Atoi(os.Args[2])
	if err != nil || stretch < 1 {
		log.Fatal("STRETCH is a number of packets")
	}
	pass(packets, stretch) // the first meets memory that was just filled
	laps, answers := pass(packets, stretch)
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

var sink uint64 // keeps the compiler from dropping the ports

func pass(packets [][]byte, stretch int) (laps []time.Duration, answers int) {
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
	start := time.Now()
	for i, data := range packets {
		// What was decoded before an error counts.
		_ = parser.DecodeLayers(data, &decoded)
		for _, layer := range decoded {
			switch layer {
			case layers.LayerTypeTCP:
				answers++
				sum += uint64(tcp.DstPort)
			case layers.LayerTypeUDP:
				answers++
				sum += uint64(udp.DstPort)
			}
		}
		if (i+1)%stretch == 0 || i+1 == len(packets) {
			now := time.Now()
			laps, start = append(laps, now.Sub(start)), now
		}
	}
	sink = sum
	return laps, answers
}
