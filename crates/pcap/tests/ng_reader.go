// Reads pcapng files with gopacket's NgReader and prints what it finds, line by line.
package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

func main() {
	log.SetFlags(0)
	for _, path := range os.Args[1:] {
		if err := show(path); err != nil {
			log.Fatalf("%s: %v", path, err)
		}
	}
}

func show(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	options := pcapgo.NgReaderOptions{
		WantMixedLinkType: true,
		StatisticsCallback: func(id int, statistics pcapgo.NgInterfaceStatistics) {
			fmt.Println("statistics", id, statistics.PacketsReceived, statistics.PacketsDropped,
				statistics.LastUpdate.UnixNano())
		},
	}
	reader, err := pcapgo.NewNgReader(file, options)
	if err != nil {
		return err
	}
	section := reader.SectionInfo()
	fmt.Printf("section %q %q %q %q\n", section.Hardware, section.OS, section.Application, section.Comment)
	for {
		data, info, err := reader.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		// Times before 1970 aside, a nanosecond count holds all.
		fmt.Println("packet", info.InterfaceIndex, info.Timestamp.UnixNano(), info.Length,
			int(info.AncillaryData[0].(layers.LinkType)), hex.EncodeToString(data))
	}
	for id := 0; id < reader.NInterfaces(); id++ {
		own, err := reader.Interface(id)
		if err != nil {
			return err
		}
		fmt.Printf("interface %d %d %d %q %q %q %q\n", id, own.LinkType, own.SnapLength,
			own.Name, own.Description, own.Filter, own.Comment)
	}
	return nil
}
