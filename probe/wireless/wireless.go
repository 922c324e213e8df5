// Package wireless reads how strongly this computer receives the wireless networks
// that it is connected to, and in which band. It asks the system and sends nothing.
// Networks' names and their stations' addresses are not read: they tell where
// somebody is.
//
// Parsers lie in files without a system suffix; look_*.go only fetch the bytes.
package wireless

import (
	"context"
	"time"

	"wsdoctor/probe"
)

const (
	// step is the plan step that facts of this computer belong to.
	step = "host"
	// patience bounds Look; drivers answer within a few milliseconds.
	patience = 150 * time.Millisecond
	// mostLinks are told.
	mostLinks = 8
)

// Look asks this computer. No link without an error: it uses no wireless network, as
// far as the system tells. Gaps says what could not be asked.
func Look(ctx context.Context) (probe.WirelessDetail, []string) { return look(ctx, thisSystem) }

func look(
	ctx context.Context,
	ask func(context.Context) ([]probe.WirelessLink, error),
) (probe.WirelessDetail, []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		links []probe.WirelessLink
		err   error
	}
	said := make(chan answer, 1)
	go func() {
		links, err := ask(ctx)
		said <- answer{links, err}
	}()
	var a answer
	select {
	case a = <-said:
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	d := probe.WirelessDetail{Links: append([]probe.WirelessLink{}, a.links[:min(len(a.links), mostLinks)]...)}
	if a.err != nil {
		return d, []string{"Wi-Fi, its signal and band: " + probe.Clean(a.err.Error(), 200)}
	}
	return d, nil
}

// Observation writes down what Look found.
func Observation(d probe.WirelessDetail, now time.Time) probe.Observation {
	o := probe.Observe(probe.HostWireless, probe.Target{}, now).Finish(now, probe.OK, "", d)
	o.Step = step
	return o
}

// bandOf names the band of a frequency in MHz (IEEE 802.11, operating classes).
func bandOf(mhz int) string {
	switch {
	case mhz >= 2400 && mhz < 2500:
		return "2.4 GHz"
	case mhz >= 4900 && mhz < 5925:
		return "5 GHz"
	case mhz >= 5925 && mhz < 7200:
		return "6 GHz"
	case mhz >= 57000 && mhz < 71000:
		return "60 GHz"
	}
	return ""
}
