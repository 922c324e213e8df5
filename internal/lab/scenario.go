package lab

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
	"wsdoctor/probe"
)

// Scenario is one simulated world: what is wrong in it, and how wsdoctor is asked.
// What a right answer is, only tests know.
type Scenario struct {
	Name string `json:"name"`
	// Title is for the tables of tests; people read the message scenario.NAME, which a
	// test holds against it.
	Title string `json:"title,omitempty"`
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
	Protocol probe.Protocol `json:"protocol,omitempty"`
	// Privileged runs the command as the lab's root, who may read firewall rules.
	Privileged bool `json:"privileged,omitempty"`
	Loopback   bool `json:"loopback,omitempty"` // can be shown without namespaces

	// Real names the built-in servers that outside programs take the place of, and
	// Drawn is a network in place of World. Only tests have them: see beyond.
	Real  []string        `json:"real,omitempty"`
	Drawn json.RawMessage `json:"drawn,omitempty"`
}

//go:embed scenarios.json
var scenariosJSON []byte

// Scenarios lists every scenario: healthy ones first, then by layer from the user
// outward, then those about where on the way packets end, then those of a WorkSpace.
// They are written beside their right answers, in scenarios*_test.go, and kept here
// without them, so that what ships holds no answers; a test renews them with -update.
func Scenarios() []Scenario { return slices.Clone(scenarios()) }

var scenarios = sync.OnceValue(func() (list []Scenario) {
	if err := json.Unmarshal(scenariosJSON, &list); err != nil {
		panic("the scenarios are damaged: " + err.Error()) // a test reads them
	}
	return list
})

// Find gives the scenario of that name.
func Find(name string) (Scenario, bool) {
	for _, s := range scenarios() {
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
