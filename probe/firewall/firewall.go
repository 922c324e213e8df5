package firewall

import (
	"context"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// Port is a run of ports of one transport, First to Last. A Last of zero means
// First alone.
type Port = probe.PortRange

// Ask describes the packets that are asked about.
type Ask struct {
	Interface string     // they arrive on
	Address   netip.Addr // they are for; an address of that interface
	// Sources are the networks a packet may come from. Its exact address is not
	// known. Without one of Address's family a packet may come from anywhere.
	Sources []netip.Prefix
	Ports   []Port
	// Program names the program that listens on a port, by its path or at least
	// by its file name; empty if that is not known. Windows rules may be limited
	// to programs, and cannot be decided without it. Nil: nothing is known.
	Program func(probe.Transport, uint16) string
}

const (
	step     = "host"
	endpoint = "workspace-firewall"
	repeat   = "sudo wsdoctor inside"
)

// The engines, as FirewallDetail names them.
const (
	engineNFT     = "nftables"
	engineLegacy  = "iptables"
	engineWindows = "windows"
)

// Bounds of what is read and walked through.
const (
	maxRules   = 10_000
	maxSources = 64 // more are taken for "from anywhere"
	maxText    = 300
	maxDoubts  = 8
)

// patience bounds the reading of all rules.
const patience = 2 * time.Second

// Look reads the rules and says what they do to such packets: one observation
// for each engine and run of ports with the same answer, and what could not be
// looked at. It sends no packet and changes nothing. Rules that may not be read
// give one skipped observation with the command to repeat.
func Look(ctx context.Context, a Ask) ([]probe.Observation, []string) {
	a.Address = a.Address.Unmap()
	now := time.Now()
	list, gaps := look(ctx, a)
	for i := range list {
		list[i].Start, list[i].Elapsed = now, time.Since(now)
	}
	return list, gaps
}

// sources gives the networks of the address's family, at least one.
func (a Ask) sources() []netip.Prefix {
	var list []netip.Prefix
	for _, p := range a.Sources {
		if p.IsValid() && p.Addr().Is4() == a.Address.Is4() {
			list = append(list, p.Masked())
		}
	}
	if len(list) == 0 || len(list) > maxSources {
		return []netip.Prefix{netip.PrefixFrom(anyOf(a.Address), 0)}
	}
	return list
}

func anyOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// skipped is the one observation of an engine whose rules were not seen.
func skipped(a Ask, engine string, why probe.Failure, unknown ...string) probe.Observation {
	d := probe.FirewallDetail{
		Engine:    engine,
		Interface: a.Interface,
		Address:   a.Address,
		Verdict:   probe.FirewallUnknown,
		Unknown:   unknown,
	}
	if why == probe.PermissionDenied {
		d.Repeat = repeat
	}
	o := probe.Observe(probe.HostFirewall, probe.Target{Endpoint: endpoint, Host: a.Address.String()}, time.Now())
	o.Step, o.Address = step, a.Address.String()
	return o.Finish(o.Start, probe.Skipped, why, d)
}
