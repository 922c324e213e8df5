//go:build linux

package main

import (
	"fmt"
	"slices"
)

// The aims. Times are milliseconds, memory is 10⁶ bytes.
const (
	maxToFloor   = 1.25
	maxToNmap    = 1.0
	maxFirst     = 30
	maxMemory    = 40
	maxPackets   = 150
	maxMute      = 600
	maxNear      = 1500
	maxFar       = 3000
	maxLocating  = 250 // packets
	maxWithin    = 1500
	maxWithout   = 4000
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
// run for what must never be exceeded. Aims of worlds that were left out are too.
func judge(o outcome) []aim {
	good := o.world(healthy).row(wsdoctor)
	short := o.world(black).row(wsdoctorOneS)
	inside, alone := o.world(within).row(wsdoctorIn), o.world(without).row(wsdoctorIn)
	at40, at200 := o.world(near).row(wsdoctor), o.world(far).row(wsdoctor)
	silent, once, last := o.world(mute).row(wsdoctor), o.world(fifth).row(wsdoctorOnce), o.world(fifth).row(wsdoctor)
	memory, longest := 0.0, 0.0
	for _, h := range o.Worlds {
		memory = max(
			memory,
			h.row(wsdoctor).Memory.Max,
			h.row(wsdoctorOneS).Memory.Max,
			h.row(wsdoctorOnce).Memory.Max,
			h.row(wsdoctorIn).Memory.Max,
		)
		longest = max(longest, h.row(wsdoctor).Wall.Max, h.row(wsdoctorOnce).Wall.Max, h.row(wsdoctorIn).Wall.Max)
	}
	aims := []struct {
		worlds []string // none: whichever ran
		aim
	}{
		{
			[]string{healthy},
			aim{
				fmt.Sprintf("healthy run at most %.2f × the floor", maxToFloor),
				o.ToFloor.Median <= maxToFloor,
				fmt.Sprintf(
					"%.2f × (%.0f ms; floor %.0f ms, 4 × %.1f ms)",
					o.ToFloor.Median,
					good.Wall.Median,
					o.Floor.Median,
					o.RTT.Median,
				),
			},
		},
		{[]string{healthy}, aim{"healthy run ahead of nmap with the same port checks", good.Ratio < maxToNmap,
			fmt.Sprintf("%.2f × the time of %s", good.Ratio, o.world(healthy).Reference)}},
		{
			[]string{healthy},
			aim{fmt.Sprintf("first packet within %d ms of the start", maxFirst), good.First.Median < maxFirst,
				fmt.Sprintf("%.1f ms", good.First.Median)},
		},
		{nil, aim{fmt.Sprintf("peak memory under %d MB in every run", maxMemory), memory < maxMemory,
			fmt.Sprintf("%.1f MB", memory)}},
		{
			[]string{healthy},
			aim{fmt.Sprintf("at most %d packets sent in any healthy run", maxPackets), good.Packets.Max <= maxPackets,
				fmt.Sprintf("%.0f", good.Packets.Max)},
		},
		{
			[]string{mute},
			aim{
				fmt.Sprintf("healthy run at most %.1f s where the gateway answers no datagram", maxMute/1000.),
				silent.Wall.Median <= maxMute,
				fmt.Sprintf(
					"%.2f s (slowest %.2f s), %.0f packets, %.2f × the time of %s",
					silent.Wall.Median/1000,
					silent.Wall.Max/1000,
					silent.Packets.Median,
					silent.Ratio,
					o.world(mute).Reference,
				),
			},
		},
		{
			[]string{black},
			aim{"black world over within a deadline of 1 s plus 0.5 s", short.Wall.Max <= deadlineOneS+deadlineOver,
				fmt.Sprintf("%.2f s", short.Wall.Max/1000)},
		},
		{nil, aim{"every other run over within 10 s plus 0.5 s", longest <= deadline+deadlineOver,
			fmt.Sprintf("%.2f s", longest/1000)}},
		{
			[]string{near},
			aim{fmt.Sprintf("silent drop located within %.1f s at 40 ms", maxNear/1000.), at40.Wall.Median <= maxNear,
				fmt.Sprintf("%.2f s (slowest %.2f s)", at40.Wall.Median/1000, at40.Wall.Max/1000)},
		},
		{
			[]string{far},
			aim{fmt.Sprintf("silent drop located within %.1f s at 200 ms", maxFar/1000.), at200.Wall.Median <= maxFar,
				fmt.Sprintf("%.2f s (slowest %.2f s)", at200.Wall.Median/1000, at200.Wall.Max/1000)},
		},
		{
			[]string{near, far},
			aim{
				fmt.Sprintf("at most %d packets sent in any run that locates", maxLocating),
				max(at40.Packets.Max, at200.Packets.Max) <= maxLocating,
				fmt.Sprintf("%.0f and %.0f", at40.Packets.Max, at200.Packets.Max),
			},
		},
		{
			[]string{fifth},
			aim{
				"the fifth run in a row gives the verdict of the first",
				len(last.Verdicts) > 0 && slices.Equal(last.Verdicts, once.Verdicts),
				fmt.Sprintf(
					"%s; %.2f s and %.0f packets, the first %.2f s and %.0f",
					differing(once.Verdicts, last.Verdicts),
					last.Wall.Median/1000,
					last.Packets.Median,
					once.Wall.Median/1000,
					once.Packets.Median,
				),
			},
		},
		{
			[]string{within},
			aim{
				fmt.Sprintf("inside a healthy WorkSpace at most %.1f s", maxWithin/1000.),
				inside.Wall.Max <= maxWithin,
				fmt.Sprintf(
					"%.2f s, %.2f × the time of %s",
					inside.Wall.Median/1000,
					inside.Ratio,
					o.world(within).Reference,
				),
			},
		},
		{
			[]string{without},
			aim{
				fmt.Sprintf("inside, with the whole directory silent, at most %.0f s", maxWithout/1000.),
				alone.Wall.Max <= maxWithout,
				fmt.Sprintf(
					"%.2f s, %.2f × the time of %s",
					alone.Wall.Median/1000,
					alone.Ratio,
					o.world(without).Reference,
				),
			},
		},
	}
	var list []aim
	for _, a := range aims {
		if !slices.ContainsFunc(a.worlds, func(name string) bool { return o.world(name).Name == "" }) {
			list = append(list, a.aim)
		}
	}
	return list
}

// differing counts the rounds in which two verdicts differ, and quotes the first
// such pair.
func differing(first, last []string) string {
	rounds, different, pair := min(len(first), len(last)), 0, ""
	for i := range rounds {
		if first[i] != last[i] {
			if different++; different == 1 {
				pair = fmt.Sprintf(" (%q, then %q)", first[i], last[i])
			}
		}
	}
	return fmt.Sprintf("another one in %d of %d rounds%s", different, rounds, pair)
}
