package firewall

// family is the kernel's number of a family of tables (linux/netfilter.h).
type family uint8

const (
	familyInet   family = 1
	familyIP     family = 2
	familyNetdev family = 5
	familyBridge family = 7
	familyIP6    family = 10
)

var familyNames = map[family]string{
	familyInet:   "inet",
	familyIP:     "ip",
	3:            "arp",
	familyNetdev: "netdev",
	familyBridge: "bridge",
	familyIP6:    "ip6",
}

// Numbers of the hooks of the IP families (enum nf_inet_hooks). The netdev
// family counts its own: 0 is ingress.
const (
	hookPrerouting  = 0
	hookInput       = 1
	hookOutput      = 3
	hookPostrouting = 4
	hookIngress     = 5
)

// Numbers of the netdev family's own hooks (enum nf_dev_hooks).
const (
	hookNetdevIngress = 0
	hookNetdevEgress  = 1
)

// Priorities that have a meaning of their own (enum nf_ip_hook_priorities).
const (
	priorityRaw       = -300
	priorityConntrack = -200 // before it a packet has no connection
	priorityMangle    = -150
	priorityDNAT      = -100
	priorityFilter    = 0
	prioritySecurity  = 50
	prioritySNAT      = 100
)

// ruleset is everything one engine does to packets.
type ruleset struct {
	engine string
	chains []*chain
	// problems are what could not be read, in words. With one of them no verdict
	// is possible.
	problems []string

	alters     alterations
	moments    moments // at which rules about the time change their mind
	rests      bool    // some rule limits packets
	slow       bool    // to few ones in an hour
	ruleNumber int
}

// tableID names a table.
type tableID struct {
	family family
	name   string
}

// chain is a list of rules. Only a chain with a base is visited unasked.
type chain struct {
	id    int // index into ruleset.chains
	table tableID
	name  string
	base  *base
	rules []*rule
}

// base says where in a packet's way a chain is visited.
type base struct {
	hook     int
	priority int
	nat      bool
	drops    bool     // its policy
	devices  []string // of an ingress chain
	wildcard []string // of an ingress chain: beginnings of names
}

// rule is a list of expressions, of which each must hold for the next to be
// looked at. The last one usually says what happens.
type rule struct {
	handle  uint64
	ops     []op
	comment string
	source  string // the rule's own text, where it has one
}

// op is one expression. run answers whether the packet fits, and may leave
// verdicts in the machine; text says the expression in words, empty if it only
// prepares another.
type op interface {
	run(*machine) truth
	text(*printer) string
}

// truth is an answer about a packet that is known in part.
type truth uint8

const (
	no truth = iota
	yes
	maybe
)

func (t truth) not() truth {
	switch t {
	case no:
		return yes
	case yes:
		return no
	}
	return maybe
}

// both is yes if both are.
func both(a, b truth) truth {
	switch {
	case a == no || b == no:
		return no
	case a == yes && b == yes:
		return yes
	}
	return maybe
}

// anyTrue is yes if one is.
func anyTrue(a, b truth) truth { return both(a.not(), b.not()).not() }

// action is what a verdict does.
type action uint8

const (
	actContinue action = iota
	actAccept
	actDrop
	actReject
	actReturn
	actJump
	actGoto
	actLose // the packet leaves the rules' hands: another program, host or port decides
)

// verdict is an action, with the chain it leads to. The chain is nil if it does
// not exist or was not linked yet.
type verdict struct {
	action action
	name   string
	chain  *chain
}

// add appends a chain.
func (s *ruleset) add(c *chain) *chain {
	c.id = len(s.chains)
	s.chains = append(s.chains, c)
	return c
}

// linker is an op that names chains.
type linker interface {
	link(find func(name string) *chain)
}

// marker is an op that changes what later rules see.
type marker interface{ mark(*ruleset) }

// link finds the chains that verdicts name, and what rules change. It must be
// called once, when all chains are there.
func (s *ruleset) link() {
	type key struct {
		table tableID
		name  string
	}
	index := map[key]*chain{}
	for _, c := range s.chains {
		index[key{c.table, c.name}] = c
	}
	for _, c := range s.chains {
		find := func(name string) *chain { return index[key{c.table, name}] }
		for _, r := range c.rules {
			s.ruleNumber++
			for _, o := range r.ops {
				if l, is := o.(linker); is {
					l.link(find)
				}
				if m, is := o.(marker); is {
					m.mark(s)
				}
				s.rests = s.rests || isRest(o)
				if l, is := o.(*limiter); is {
					s.slow = s.slow || l.slow
				}
			}
			s.moments.of(r)
		}
	}
}
