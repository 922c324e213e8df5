//go:build linux

package main

import "fmt"

// The aims. Times are milliseconds, memory is 10⁶ bytes.
const (
	maxToFloor   = 1.5
	maxToNmap    = 1.0
	maxFirst     = 30
	maxMemory    = 40
	maxPackets   = 150
	deadlineOver = 500
	deadlineOneS = 1000
	deadline     = 10000 // the default of --timeout
)

// aim is one promise and what was measured.
type aim struct {
	Aim      string `json:"aim"`
	Met      bool   `json:"met"`
	Measured string `json:"measured"`
}

// judge holds the measurements against the aims: medians for times, the worst
// run for what must never be exceeded.
func judge(o outcome) []aim {
	good := o.world(healthy).row(wsdoctor)
	short := o.world(black).row(wsdoctorOneS)
	memory, longest := 0.0, 0.0
	for _, h := range o.Worlds {
		memory = max(memory, h.row(wsdoctor).Memory.Max, h.row(wsdoctorOneS).Memory.Max)
		longest = max(longest, h.row(wsdoctor).Wall.Max)
	}
	return []aim{
		{fmt.Sprintf("healthy run at most %.1f × the floor", maxToFloor), o.ToFloor.Median <= maxToFloor,
			fmt.Sprintf("%.2f × (%.0f ms; floor %.0f ms, 4 × %.1f ms)", o.ToFloor.Median, good.Wall.Median, o.Floor.Median, o.RTT.Median)},
		{"healthy run ahead of nmap with the same port checks", good.Ratio < maxToNmap,
			fmt.Sprintf("%.2f × the time of %s", good.Ratio, o.world(healthy).Reference)},
		{fmt.Sprintf("first packet within %d ms of the start", maxFirst), good.First.Median < maxFirst,
			fmt.Sprintf("%.1f ms", good.First.Median)},
		{fmt.Sprintf("peak memory under %d MB in every run", maxMemory), memory < maxMemory,
			fmt.Sprintf("%.1f MB", memory)},
		{fmt.Sprintf("at most %d packets sent in any healthy run", maxPackets), good.Packets.Max <= maxPackets,
			fmt.Sprintf("%.0f", good.Packets.Max)},
		{"black world over within a deadline of 1 s plus 0.5 s", short.Wall.Max <= deadlineOneS+deadlineOver,
			fmt.Sprintf("%.2f s", short.Wall.Max/1000)},
		{"every other run over within 10 s plus 0.5 s", longest <= deadline+deadlineOver,
			fmt.Sprintf("%.2f s", longest/1000)},
	}
}
