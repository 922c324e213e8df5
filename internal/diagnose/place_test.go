package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// publishedHop is an address of a range that AWS publishes for PCoIP gateways.
const publishedHop = "3.217.228.9"

// lastHop gives the router before the destination another address.
func (w *world) lastHop(address string) *world {
	return with(w, probe.PathSweep, func(d *probe.SweepDetail) {
		for i := range d.Hops {
			if d.Hops[i].From == netip.MustParseAddr(pathHops[3]) {
				d.Hops[i].From = netip.MustParseAddr(address)
			}
		}
	})
}

func TestAHopOfAPublishedRangeIsAWSs(t *testing.T) {
	before := Judge(healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 3, "").controlSweep(5).lastHop(publishedHop).in).Verdict
	if before.Status != StatusInconclusive || !strings.Contains(before.Summary, publishedHop+" (AWS)") {
		t.Errorf("packets end before AWS: %s: %s", before.Status, before.Summary)
	}
	// The same with a router whose owner is not known accuses the way there.
	unknown := Judge(healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 3, "").controlSweep(5).in).Verdict
	if strings.Contains(unknown.Summary, "(AWS)") || unknown.Status != StatusFault || layerOf(unknown) != layer.InternetPath {
		t.Errorf("packets end before nobody's router: %s %q: %s", unknown.Status, layerOf(unknown), unknown.Summary)
	}
}

func TestARefusalOfAPublishedAddressIsAWSs(t *testing.T) {
	m := &probe.ICMPError{Offender: netip.MustParseAddr(publishedHop), Type: 3, Code: 13}
	v := Judge(healthy().refuse(probe.AdministrativelyProhibited, 40, m, "pcoip-tcp").in).Verdict
	if v.Status != StatusFault || layerOf(v) != layer.StreamingGateway || v.Confidence != Proven || len(v.Suspects) == 0 {
		t.Errorf("%s %q %q: %s", v.Status, layerOf(v), v.Confidence, v.Summary)
	}
}

func TestPublishedRangesAreOfAllRegions(t *testing.T) {
	if n := len(publishedRanges()); n < 100 {
		t.Errorf("only %d ranges", n)
	}
	for address, want := range map[string]bool{"3.209.215.252": true, publishedHop: true, "2600:1f18:74e9:4400::7": true, "198.51.100.1": false, "10.0.0.1": false} {
		if got := isAWS(netip.MustParseAddr(address)); got != want {
			t.Errorf("isAWS(%s) = %v", address, got)
		}
	}
}
