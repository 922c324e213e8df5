package lab

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
)

// machine is the WorkSpace as a computer of its own, with processes and a
// service manager.
type machine interface {
	// Spawn starts a process of that name which listens on sockets, spelt as
	// "tcp 0.0.0.0:8200", and gives its number once it does.
	Spawn(name string, sockets []string) (pid int, err error)
	// Unit makes the service manager say that of a unit.
	Unit(name string, state unitState, pid int) error
}

// unit is a service of a WorkSpace and its process (AWS, "Required configuration
// and service components for WorkSpaces"; its ports: "IP address and port
// requirements").
type unit struct {
	name, process string
	sockets       []string // the address is put in for %s
}

// units are the services of a Linux WorkSpace, by protocol. DCV binds to :: for
// both families, the others to 0.0.0.0, so that both forms are seen. Of DCV's
// fifty TCP ports only those of a session are listened on.
var units = map[probe.Protocol][]unit{
	probe.PCoIP: {
		{"skylight-agent.service", "skylight-agent", []string{"tcp 0.0.0.0:8200"}},
		{"pcoip-agent.service", "pcoip-agent", []string{"tcp 0.0.0.0:4172", "udp 0.0.0.0:4172", "tcp 0.0.0.0:4489"}},
		{"pcoip.service", "pcoip-server", nil},
	},
	probe.DCV: {
		{"skylight-agent.service", "skylight-agent", []string{"tcp 0.0.0.0:8200"}},
		{"dcvserver.service", "dcvserver", []string{"tcp [::]:8201", "tcp [::]:8202", "udp [::]:8220"}},
		{"dcvsessionlauncher.service", "dcvsessionlaun", nil},
		{"wspdcvhostadapter.service", "wspdcvhostadapt", nil},
	},
}

// unitState is what systemd says of a unit that is not as it should be. A unit
// without a process has no listeners.
type unitState struct {
	active, sub, result, enabled string
	alive                        bool // has a process
	deaf                         bool // which listens on nothing
}

var running = unitState{active: "active", sub: "running", result: "success", enabled: "enabled", alive: true}

// unitStates are the modes of Service.
var unitStates = map[string]unitState{
	"stopped":  {active: "inactive", sub: "dead", result: "success", enabled: "enabled"},
	"failed":   {active: "failed", sub: "failed", result: "exit-code", enabled: "enabled"},
	"disabled": {active: "inactive", sub: "dead", result: "success", enabled: "disabled"},
	"masked":   {active: "inactive", sub: "dead", result: "success", enabled: "masked"},
	"deaf":     {active: "active", sub: "running", result: "success", enabled: "enabled", alive: true, deaf: true},
	"manual":   {active: "active", sub: "running", result: "success", enabled: "disabled", alive: true},
}

// about gives the scenario's fault of a kind that names a unit.
func (s Scenario) about(k Kind, unit string) (Fault, bool) {
	i := slices.IndexFunc(s.Faults, func(f Fault) bool { return f.Kind == k && slices.Contains(f.Names, unit) })
	if i < 0 {
		return Fault{}, false
	}
	return s.Faults[i], true
}

// startStreamingHost starts what a WorkSpace streams with.
func (v *services) startStreamingHost() error {
	list, known := units[cmp.Or(v.scenario.Protocol, probe.PCoIP)]
	if !known {
		return fmt.Errorf("no protocol is called %q", v.scenario.Protocol)
	}
	for _, u := range list {
		state, pid := running, 0
		if f, is := v.scenario.about(Service, u.name); is {
			state = unitStates[f.Mode]
		}
		if state.alive {
			sockets := u.sockets
			if f, is := v.scenario.about(ListenOn, u.name); is {
				sockets = rebind(sockets, f.Addresses)
			}
			if state.deaf {
				sockets = nil
			}
			var err error
			if pid, err = v.machine.Spawn(u.process, sockets); err != nil {
				return fmt.Errorf("start %s: %w", u.process, err)
			}
		}
		if err := v.machine.Unit(u.name, state, pid); err != nil {
			return err
		}
	}
	return nil
}

// rebind puts other addresses in place of the wildcards.
func rebind(sockets []string, to []netip.Addr) []string {
	var list []string
	for _, s := range sockets {
		for _, a := range to {
			network, _, _ := strings.Cut(s, " ")
			list = append(list, network+" "+netip.AddrPortFrom(a, portOf(s)).String())
		}
	}
	return list
}

func portOf(socket string) uint16 {
	_, at, _ := strings.Cut(socket, " ")
	return netip.MustParseAddrPort(at).Port()
}

// startManagement starts what AWS offers behind eth0.
func (v *services) startManagement() error {
	at := v.stacks[Management]
	if err := servers.Metadata(
		at,
		netip.AddrPortFrom(netip.MustParseAddr(metadataIP), 80),
		region,
		v.ahead,
	); err != nil {
		return err
	}
	for _, kms := range []string{kms1, kms2} {
		if err := servers.Silent(at, netip.AddrPortFrom(netip.MustParseAddr(kms), 1688)); err != nil {
			return err
		}
	}
	return nil
}

// startVPCDNS starts the VPC's resolver, which knows the internet and nothing of
// the directory.
func (v *services) startVPCDNS() error {
	d := &servers.DNS{Stack: v.stacks[VPC], Zone: v.zone, Faults: v.faults(DNS, VPC)}
	return d.Serve(netip.MustParseAddrPort(vpcDNS + ":53"))
}

// controller is one of the directory's servers.
type controller struct {
	at         Place
	host, addr string
}

// controllers are the domain controllers, which are its name servers as well.
var controllers = []controller{{DC1, "dc1", dc1IP}, {DC2, "dc2", dc2IP}}

// startDirectory starts the domain controllers: name server, LDAP and time, and
// of the other services an open door. A real directory brings all but the time.
func (v *services) startDirectory() error {
	ahead := v.directoryAhead()
	for _, c := range controllers {
		at := netip.MustParseAddr(c.addr)
		if err := servers.ServeUDP(
			v.stacks[c.at],
			netip.AddrPortFrom(at, 123),
			servers.NTP(servers.Clock{Ahead: ahead}),
		); err != nil {
			return err
		}
		if v.real("samba") {
			continue
		}
		if err := v.playController(c.at, c.host, at, ahead); err != nil {
			return fmt.Errorf("start %s: %w", c.host, err)
		}
	}
	return nil
}

// directoryAhead is how far the domain controllers' clocks are ahead.
func (v *services) directoryAhead() (ahead time.Duration) {
	if f, set := v.scenario.has(DirectoryClock); set {
		ahead = f.Ahead
	}
	return ahead
}

// nearSite is the directory's site in which the WorkSpace and both of its
// controllers are, where there are others.
const nearSite = "Virginia"

// nameFar adds controllers in other sites. The site's own records name the near
// ones alone ([MS-ADTS] 6.3.2.3).
func nameFar(z servers.Zone, at []netip.Addr) {
	const service = "_ldap._tcp.dc._msdcs." + domain
	z.SRV["_ldap._tcp."+strings.ToLower(nearSite)+"._sites.dc._msdcs."+domain] = z.SRV[service]
	var far []string
	for i, a := range at {
		host := fmt.Sprintf("far%d.%s", i+1, domain)
		z.Hosts[host] = []netip.Addr{a}
		far = append(far, "0 100 389 "+host+".")
	}
	z.SRV[service] = append(far, z.SRV[service]...)
}

func (v *services) playController(place Place, host string, at netip.Addr, ahead time.Duration) error {
	d := &servers.DNS{
		Stack: v.stacks[place], Zone: directoryZone(dc1IP, dc2IP), Own: domain,
		Forward: netip.MustParseAddrPort(vpcDNS + ":53"), Faults: v.faults(DNS, place),
	}
	if _, lost := v.scenario.has(NoRecords); lost {
		d.Zone.SRV = nil
	}
	ldap := &servers.Directory{Stack: v.stacks[place], Host: host + "." + domain, Domain: domain, Ahead: ahead}
	if f, set := v.scenario.has(FarControllers); set {
		ldap.Site = nearSite
		nameFar(d.Zone, f.Addresses)
	}
	if err := d.Serve(netip.AddrPortFrom(at, 53)); err != nil {
		return err
	}
	if f, set := v.scenario.has(DirectoryMode); set {
		ldap.Mode = f.Mode
	}
	for _, port := range []uint16{389, 3268} {
		if err := ldap.Serve(netip.AddrPortFrom(at, port)); err != nil {
			return err
		}
	}
	for _, port := range []uint16{88, 135, 445, 464, 636, 3269} {
		if err := servers.Silent(v.stacks[place], netip.AddrPortFrom(at, port)); err != nil {
			return err
		}
	}
	return nil
}
