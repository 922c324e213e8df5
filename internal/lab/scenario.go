package lab

import "slices"

// Scenario is one simulated world: what is wrong in it, how wsdoctor is asked,
// and what a right answer is.
type Scenario struct {
	Name  string `json:"name"`
	Title string `json:"title"` // plain words
	// Set names the suite that runs the scenario; none is the one of verdicts,
	// "path" the repeated one of where packets end.
	// "inside" the one of WorkSpaces.
	Set    string   `json:"set,omitempty"`
	World  World    `json:"world,omitempty"` // the topology
	Faults []Fault  `json:"faults,omitempty"`
	Link   Link     `json:"link,omitzero"`
	Seed   uint64   `json:"seed,omitempty"` // another one, other packets get lost
	Args   []string `json:"args,omitempty"` // further flags of the command
	Env    []string `json:"env,omitempty"`  // further environment of the client
	// Resolvers are the name servers in resolv.conf; none means the topology's own.
	Resolvers []string `json:"resolvers,omitempty"`
	// Protocol is what a WorkSpace streams by: pcoip, or dcv. Empty is pcoip.
	Protocol string `json:"protocol,omitempty"`
	// Privileged runs the command as the lab's root, who may read firewall rules.
	Privileged bool `json:"privileged,omitempty"`
	// Real names outside programs that take the place of built-in servers. Only
	// tests use them: see RealScenarios.
	Real     []string `json:"real,omitempty"`
	Loopback bool     `json:"loopback,omitempty"` // can be shown without namespaces
	Expect   Expect   `json:"expect,omitzero"`
	// Drawn is the network of a random world, in place of World.
	Drawn *Drawn `json:"drawn,omitempty"`
}

// Find gives the scenario of that name.
func Find(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// has says whether a fault of that kind is in the scenario, and gives the first.
func (s Scenario) has(k Kind) (Fault, bool) {
	for _, f := range s.Faults {
		if f.Kind == k {
			return f, true
		}
	}
	return Fault{}, false
}

// resolvers are the name servers the client is told of.
func (s Scenario) resolvers() []string {
	if _, none := s.has(NoResolver); none {
		return nil
	}
	if _, stub := s.has(LocalStub); stub {
		return []string{stubIP}
	}
	return s.upstream()
}

// upstream are the network's name servers, which a stub on this computer asks.
func (s Scenario) upstream() []string {
	if len(s.Resolvers) > 0 {
		return s.Resolvers
	}
	return s.topology().resolvers
}

// environment is what the scenario adds to the client's environment.
func (s Scenario) environment() []string {
	env := slices.Clone(s.Env)
	if f, set := s.has(Proxy); set && f.Mode != "unset" {
		env = append(env, "HTTPS_PROXY=http://"+s.topology().proxy.addr.String())
	}
	if _, set := s.has(LocalProxy); set {
		env = append(env, "HTTPS_PROXY=http://"+localProxy)
	}
	return env
}

// loopbackKinds are the kinds of fault that loopback can show.
var loopbackKinds = []Kind{Drop, Closed, DNS, Web, Clock, Intercept, SNIReset, FakeAccept, Portal, Proxy, UDPSilent, UDPGarbage}

// fitsLoopback says whether the scenario can be shown without namespaces: every
// fault of it can, and none depends on the wire or its hops, on the computer
// itself or on which address somebody leaves from.
func (s Scenario) fitsLoopback() bool {
	return s.Set == "" && s.World == AtDesk && s.Drawn == nil && s.Link == (Link{}) && len(s.Real) == 0 && !slices.Contains(s.Args, "--allowed-cidr") &&
		!slices.ContainsFunc(s.Faults, func(f Fault) bool {
			return !slices.Contains(loopbackKinds, f.Kind) || f.Where == Client || f.Mode == "carry" || f.Larger > 0 || len(f.FromPorts) > 0
		})
}
