package finding

import "slices"

// Kind says what sort of place a culprit is.
type Kind string

// The closed list of kinds of places.
const (
	OnComputer Kind = "computer" // software or settings of the computer that ran this
	OnDevice   Kind = "device"   // one device on the way
	Between    Kind = "interval" // a device at From, at To, or between the two
	AtResolver Kind = "resolver" // a name server
	AtProxy    Kind = "proxy"
	AtHost     Kind = "host"     // the far end
	ByRule     Kind = "rule"     // a rule of this computer's firewall
	AtResource Kind = "resource" // something in the AWS account, by its identifier
)

// Kinds lists them.
var Kinds = []Kind{OnComputer, OnDevice, Between, AtResolver, AtProxy, AtHost, ByRule, AtResource}

// Where is the place of a culprit, for programs: two desks behind one firewall say the
// same of it. It holds names, addresses and the words of others, and no sentence, so
// that no language changes it.
type Where struct {
	Kind Kind `json:"kind"`
	// From is the place: the address of a device, a name server or a proxy, the name of
	// a host, the text of a rule, the interface, file or address of this computer. Of an
	// interval it is the near end; empty there: this computer, or not known.
	From string `json:"from,omitempty" redact:"text"`
	// To is the far end of an interval; empty: the host that was asked, or not known.
	To    string   `json:"to,omitempty" redact:"text"`
	Also  []string `json:"also,omitempty" redact:"text"`  // further places of the kind, as From is one
	Ports []string `json:"ports,omitempty" redact:"keep"` // what it does not let pass: "udp/4172", "tcp/8201-8250"
	// Product is what does it, as far as it is known: software on the computer, an
	// inspecting device, a filter of names, a firewall's engine, a service.
	Product string `json:"product,omitempty" redact:"text"`
}

// NoPlace is for causes that know no place: of loss, of slowness, of what is nobody's
// fault.
func NoPlace[E any](E, Finding) *Where { return nil }

// At gives the places of one kind, the first as From. Without any there is none.
func At(kind Kind, places ...string) *Where {
	w := Where{Kind: kind}
	for _, p := range places {
		switch {
		case p == "" || p == w.From || slices.Contains(w.Also, p):
		case w.From == "":
			w.From = p
		default:
			w.Also = append(w.Also, p)
		}
	}
	if w.From == "" {
		return nil
	}
	return &w
}

// By gives the same place with what does it there.
func (w *Where) By(product string) *Where {
	if w != nil {
		w.Product = product
	}
	return w
}

// For gives the same place with the ports that it is about.
func (w *Where) For(ports []string) *Where {
	if w != nil {
		w.Ports = ports
	}
	return w
}
