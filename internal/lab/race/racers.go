//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/lab"
)

// distance is the round trip to AWS in every world.
const distance = 40 * time.Millisecond

// Names of the worlds.
const (
	healthy = "healthy"
	dropped = "dropped"
	black   = "black"
)

// world is one simulated network that the racers run in.
type world struct {
	name, title string
	faults      []lab.Fault
	reference   string // the racer that the others are compared with
}

var worlds = []world{
	{healthy, "Nothing is wrong", nil, nmapTold},
	{dropped, "The office firewall drops TCP and UDP 4172 and 4195 without a word",
		[]lab.Fault{{Kind: lab.Drop, Where: lab.Firewall, Ports: []uint16{4172, 4195}}}, nmapRoot},
	{black, "Everything beyond the router is dropped",
		[]lab.Fault{{Kind: lab.DropIn, Where: lab.Firewall}}, nmapRoot},
}

func (w world) scenario() lab.Scenario {
	return lab.Scenario{Name: "race-" + w.name, Title: w.title, Faults: w.faults, Link: lab.Link{RTT: distance}}
}

// Names of the racers.
const (
	wsdoctor     = "wsdoctor check"
	wsdoctorOneS = "wsdoctor check --timeout 1s"
	nmapRoot     = "nmap -sS -sU"
	nmapTold     = "nmap -sS -sU --data STUN"
	nmapConnect  = "nmap -sT"
	ncat         = "ncat -z -w 2"
)

// racer is one program with what it is to do.
type racer struct {
	name    string
	checks  string // in plain words
	root    bool
	command []string
	// proof is what a run must have said, by world: a run that did not do its
	// work does not count. A racer runs in the worlds that stand here.
	proof map[string]string
}

// stunRequest is a STUN Binding request (RFC 8489 section 5), the one thing that
// the simulated gateways answer on both UDP ports. Without it nmap cannot get an
// answer there, waits for one, and says "open|filtered".
const stunRequest = "000100002112a4420102030405060708090a0b0c"

// racers lists who takes part. nmap cannot ask different ports of different
// hosts in one run, and two runs take longer, so port 443 too is asked of the
// gateway's address, where the refusal comes as fast as an answer.
func racers(program string) ([]racer, error) {
	gateway, err := gatewayAddress()
	if err != nil {
		return nil, err
	}
	const five, three = "T:443,4172,4195,U:4172,4195", "443,4172,4195"
	verdict := func(status string) string { return `"verdict":\s*\{\s*"status":\s*"` + status + `"` }
	notFine := verdict("(inconclusive|fault)")
	nmap := func(args ...string) []string {
		return slices.Concat([]string{"nmap", "-n", "-Pn"}, args, []string{gateway.String()})
	}
	return []racer{
		{wsdoctor, "names, web services with their certificates, 5 ports of up to 4 addresses, loss, public address", false,
			[]string{program, "check", "--region", raceRegion, "-o", "json"},
			map[string]string{healthy: verdict("ok"), dropped: notFine, black: notFine}},
		{wsdoctorOneS, "the same with a deadline of one second", false,
			[]string{program, "check", "--region", raceRegion, "-o", "json", "--timeout", "1s"},
			map[string]string{black: notFine}},
		{nmapTold, "5 ports of 1 address, given the question that the UDP ports answer", true,
			nmap("-sS", "-sU", "--data", stunRequest, "-p", five),
			map[string]string{healthy: `(?s)4172/tcp\s+open\s.*4195/tcp\s+open\s.*4172/udp\s+open\s.*4195/udp\s+open\s`}},
		{nmapRoot, "5 ports of 1 address", true,
			nmap("-sS", "-sU", "-p", five),
			map[string]string{healthy: `4195/tcp\s+open\s`, dropped: `4195/tcp\s+filtered\s`, black: `4195/tcp\s+filtered\s`}},
		{nmapConnect, "3 TCP ports of 1 address, no UDP", false,
			nmap("-sT", "-p", three),
			map[string]string{healthy: `4195/tcp\s+open\s`, dropped: `4195/tcp\s+filtered\s`, black: `4195/tcp\s+filtered\s`}},
		{ncat, "1 TCP port; it waits as long as it is told to", false,
			[]string{"ncat", "-v", "-n", "-z", "-w", "2", gateway.String(), "4172"},
			map[string]string{healthy: `Connected to`, dropped: `TIMEOUT`, black: `TIMEOUT`}},
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

func findRacer(list []racer, name string) racer {
	return list[slices.IndexFunc(list, func(r racer) bool { return r.name == name })]
}
