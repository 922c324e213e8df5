//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/lab"
)

// distance is the round trip to AWS in every world that the lab does not know.
const distance = 40 * time.Millisecond

// Names of the worlds.
const (
	healthy = "healthy"
	mute    = "healthy-udp-silent"
	dropped = "dropped"
	black   = "black"
	near    = "path-firewall-drops-40ms"
	far     = "path-firewall-drops-200ms"
	fifth   = "five-runs"
	within  = "inside-healthy-pcoip"
	without = "inside-dns-both-dead"
)

// world is one simulated network that the racers run in.
type world struct {
	name, title string
	reference   string        // the racer that the others are compared with
	known       string        // the lab's scenario that it is; empty: the lab's usual network
	faults      []lab.Fault   // beside the scenario's own
	rtt         time.Duration // to AWS; 0: as far away as in the scenario
	earlier     int           // runs of the same racer just before, in the same network
}

var worlds = []world{
	{name: healthy, title: "Nothing is wrong", reference: nmapTold, rtt: distance},
	{
		name:      mute,
		title:     "Nothing is wrong, but the gateway answers no datagram",
		reference: nmapRoot,
		known:     mute,
		rtt:       distance,
	},
	{name: dropped, title: "The office firewall drops TCP and UDP 4172 and 4195 without a word", reference: nmapRoot,
		faults: []lab.Fault{{Kind: lab.Drop, Where: lab.Firewall, Ports: []uint16{4172, 4195}}}, rtt: distance},
	{name: black, title: "Everything beyond the router is dropped", reference: nmapRoot,
		faults: []lab.Fault{{Kind: lab.DropIn, Where: lab.Firewall}}, rtt: distance},
	{
		name:      near,
		title:     "The office firewall drops the same ports, AWS is 40 ms away: where?",
		reference: nmapRoot,
		known:     near,
	},
	{
		name:      far,
		title:     "The office firewall drops the same ports, AWS is 200 ms away: where?",
		reference: nmapRoot,
		known:     far,
	},
	// Routers have few ICMP errors to give in a row, and four runs have had theirs.
	{
		name:      fifth,
		title:     "The same at 40 ms, run five times back to back",
		reference: wsdoctorOnce,
		known:     near,
		earlier:   4,
	},
	{name: within, title: "Inside a WorkSpace in which nothing is wrong", reference: nmapDirectory, known: within},
	{
		name:      without,
		title:     "Inside a WorkSpace: both name servers and all domain controllers are silent",
		reference: nmapDirectory,
		known:     without,
	},
}

// scenario is the network that the racer of this name runs in.
func (w world) scenario(racer string) lab.Scenario {
	s := lab.Scenario{Name: "race-" + w.name, Title: w.title}
	if w.known != "" {
		s, _ = lab.Find(w.known)
	}
	s.Faults = slices.Concat(s.Faults, w.faults)
	if w.earlier > 0 && racer != wsdoctorOnce {
		s.Faults = append(s.Faults, lab.Fault{Kind: lab.EarlierRuns, Count: w.earlier})
	}
	if w.rtt > 0 {
		s.Link = lab.Link{RTT: w.rtt}
	}
	return s
}

// Names of the racers.
const (
	wsdoctor      = "wsdoctor check"
	wsdoctorOneS  = "wsdoctor check --timeout 1s"
	wsdoctorOnce  = "wsdoctor check, first run"
	nmapRoot      = "nmap -sS -sU"
	nmapTold      = "nmap -sS -sU --data STUN"
	nmapConnect   = "nmap -sT"
	wsdoctorIn    = "wsdoctor inside"
	nmapDirectory = "nmap -sT of the directory"
	ncat          = "ncat -z -w 2"
	mtr           = "mtr --tcp -c 1 -i 0.1 -G 1 -Z 1"
	traceroute    = "traceroute -T -q 1 -w 1 -m 8"
)

// racer is one program with what it is to do.
type racer struct {
	name    string
	checks  string // in plain words
	root    bool
	command []string
	// proof is what a run must have said, by world. A racer runs in the worlds
	// that stand here.
	proof map[string]proof
}

// stunRequest is a STUN Binding request (RFC 8489 section 5), the one thing that
// the simulated gateways answer on both UDP ports. Without it nmap cannot get an
// answer there, waits for one, and says "open|filtered".
const stunRequest = "000100002112a4420102030405060708090a0b0c"

// racers lists who takes part. nmap cannot ask different ports of different
// hosts in one run, and two runs take longer, so port 443 too is asked of the
// gateway's address, where the refusal comes as fast as an answer.
//
// mtr has the options with which it reports soonest: one packet to each hop, as
// traceroute, and a second's patience. With -c 2 and its own patience, it takes
// over six seconds more.
func racers(program string) ([]racer, error) {
	gateway, err := gatewayAddress()
	if err != nil {
		return nil, err
	}
	controllers, err := controllerAddresses()
	if err != nil {
		return nil, err
	}
	const five, three = "T:443,4172,4195,U:4172,4195", "443,4172,4195"
	check := []string{program, "check", "--region", raceRegion, "-o", "json"}
	verdict := func(status string) proof { return says(`"verdict":\s*\{\s*"status":\s*"` + status + `"`) }
	notFine, open, filtered := verdict("(inconclusive|fault)"), says(`4195/tcp\s+open\s`), says(`4195/tcp\s+filtered\s`)
	nmap := func(args ...string) []string {
		return slices.Concat([]string{"nmap", "-n", "-Pn"}, args, []string{gateway.String()})
	}
	return []racer{
		{
			wsdoctor,
			"names, web services with their certificates, 5 ports of up to 4 addresses, loss, public address; where silent ports end",
			false,
			check,
			map[string]proof{
				healthy: verdict("ok"),
				mute:    verdict("ok"),
				dropped: notFine,
				black:   notFine,
				near:    located,
				far:     located,
				fifth:   notFine,
			},
		},
		{wsdoctorOneS, "the same with a deadline of one second", false,
			slices.Concat(check, []string{"--timeout", "1s"}),
			map[string]proof{black: notFine}},
		{wsdoctorOnce, "the same as " + wsdoctor + ", with nothing run before", false,
			check,
			map[string]proof{fifth: notFine}},
		{
			nmapTold,
			"5 ports of 1 address, given the question that the UDP ports answer",
			true,
			nmap("-sS", "-sU", "--data", stunRequest, "-p", five),
			map[string]proof{
				healthy: says(`(?s)4172/tcp\s+open\s.*4195/tcp\s+open\s.*4172/udp\s+open\s.*4195/udp\s+open\s`),
			},
		},
		{
			nmapRoot,
			"5 ports of 1 address; it cannot tell where packets end",
			true,
			nmap("-sS", "-sU", "-p", five),
			map[string]proof{
				healthy: open,
				mute:    open,
				dropped: filtered,
				black:   filtered,
				near:    filtered,
				far:     filtered,
			},
		},
		{nmapConnect, "3 TCP ports of 1 address, no UDP", false,
			nmap("-sT", "-p", three),
			map[string]proof{healthy: open, dropped: filtered, black: filtered}},
		{
			wsdoctorIn,
			"eth0, listeners, services, 5 own ports; name servers over UDP and TCP, 8 ports, LDAP, CLDAP and the clock of 2 domain controllers; internet access",
			false,
			[]string{program, "inside", "--region", raceRegion, "-o", "json"},
			map[string]proof{within: verdict("ok"), without: verdict("fault")},
		},
		{
			nmapDirectory,
			"8 TCP ports of 2 domain controllers, no UDP",
			false,
			append([]string{"nmap", "-n", "-Pn", "-sT", "-p", "53,88,135,389,445,464,636,3268"}, controllers...),
			map[string]proof{
				within:  says(`88/tcp\s+open\s`),
				without: says(`(88/tcp\s+filtered\s|in ignored states)`),
			},
		},
		{ncat, "1 TCP port; it waits as long as it is told to", false,
			[]string{"ncat", "-v", "-n", "-z", "-w", "2", gateway.String(), "4172"},
			map[string]proof{healthy: says(`Connected to`), dropped: says(`TIMEOUT`), black: says(`TIMEOUT`)}},
		{
			mtr,
			"where 1 TCP port of 1 address ends; no control port",
			true,
			[]string{
				"mtr",
				"-n",
				"--tcp",
				"-P",
				"4172",
				"-c",
				"1",
				"-i",
				"0.1",
				"-G",
				"1",
				"-Z",
				"1",
				"-r",
				gateway.String(),
			},
			map[string]proof{near: lastInMtr, far: lastInMtr},
		},
		{traceroute, "where 1 TCP port of 1 address ends; no control port; it waits as long as it is told to", true,
			[]string{"traceroute", "-n", "-T", "-p", "4172", "-q", "1", "-w", "1", "-m", "8", gateway.String()},
			map[string]proof{near: lastInTraceroute, far: lastInTraceroute}},
	}, nil
}

// raceRegion is the Region that the simulated network plays.
const raceRegion = "us-east-1"

// gatewayAddress is the first published address of the Region's streaming
// gateways, which the simulated network serves too.
func gatewayAddress() (netip.Addr, error) {
	c, err := catalog.Load()
	if err != nil {
		return netip.Addr{}, err
	}
	r, err := c.Find(raceRegion)
	if err != nil {
		return netip.Addr{}, err
	}
	e, known := r.Endpoint("pcoip-tcp")
	if !known || len(e.Addresses) == 0 {
		return netip.Addr{}, fmt.Errorf("the catalog has no address of the streaming gateways of %s", raceRegion)
	}
	return e.Addresses[0], nil
}

// controllerAddresses are the domain controllers of the simulated directory, from
// the scenario in which they are named by hand.
func controllerAddresses() ([]string, error) {
	const named = "inside-healthy-told"
	s, _ := lab.Find(named)
	i := slices.Index(s.Args, "--directory-dns")
	if i < 0 || i+1 >= len(s.Args) {
		return nil, fmt.Errorf("the scenario %s names no domain controllers", named)
	}
	return strings.Split(s.Args[i+1], ","), nil
}

func findRacer(list []racer, name string) racer {
	return list[slices.IndexFunc(list, func(r racer) bool { return r.name == name })]
}
