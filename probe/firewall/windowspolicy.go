package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// winPolicy is Windows Firewall's policy as the registry keeps it.
type winPolicy struct {
	stores   []winStore // those of higher rank first
	guid     string     // of the interface, "{…}", in capitals; empty if not known
	kind     string     // of the interface: Lan, Wireless, RemoteAccess; empty if not known
	idle     string     // why the firewall's service does not do its work; empty if it does
	problems []string   // what could not be read
	expand   func(string) string
}

// The stores, from the highest rank. Settings of a higher one hide those of the
// others; rules are added up.
const (
	storeGroup = "group policy"
	storeMDM   = "mdm"
	storeLocal = "local"
)

// winStore is one source of policy.
type winStore struct {
	name     string
	rules    []winRule
	lost     bool // there is no key for rules: no fault of a store above the local one
	settings map[winProfiles]winSettings
}

// winSettings are a profile's settings; nil where the store has none
// ([MS-GPFAS] section 2.2.2).
type winSettings struct {
	there        bool    // the store has a key for the profile, be it empty
	enable       *uint32 // EnableFirewall
	inbound      *uint32 // DefaultInboundAction: 0 allow, 1 block
	noExceptions *uint32 // DoNotAllowExceptions
	mergeLocal   *uint32 // AllowLocalPolicyMerge
	// spared are the interfaces for which the firewall is off, by GUID
	// (DisabledInterfaces, [MS-FASP] section 2.2.38); "*" if that could not be read.
	spared string
}

var winProfileNames = map[winProfiles]string{
	profileDomain:  "Domain",
	profilePrivate: "Private",
	profilePublic:  "Public",
}

// allProfiles in the order of texts.
var allProfiles = []winProfiles{profileDomain, profilePrivate, profilePublic}

// setting takes a setting from the store of the highest rank that has it. Windows'
// own default is for values that are left out: where the computer has no key for
// the profile at all, nothing is known.
func (p *winPolicy) setting(
	profile winProfiles,
	of func(winSettings) *uint32,
	otherwise uint32,
) (value uint32, store string, known bool) {
	for _, s := range p.stores {
		if v := of(s.settings[profile]); v != nil {
			return *v, s.name, true
		}
		known = s.name == storeLocal && s.settings[profile].there
	}
	return otherwise, storeLocal, known
}

// evaluateWindows says what the policy does to the packets of an Ask. Which
// profile the interface has is not known: the registry keeps networks and their
// categories, but not which one an interface is in now. So all three have to agree.
func evaluateWindows(p winPolicy, a Ask) []answer {
	switch {
	case len(p.problems) > 0:
		return alike(a.Ports, answer{verdict: probe.FirewallUnknown, unknown: p.problems})
	case p.idle != "":
		return alike(a.Ports, answer{verdict: probe.FirewallUnknown, unknown: []string{p.idle}})
	}
	return solve(a.Ports, func(t probe.Transport, first, last uint16) (answer, bool) {
		program := ""
		if a.Program != nil && first == last {
			program = a.Program(t, first)
		}
		q := winQuestion{policy: &p, ask: a, protocol: int(protocols[t]), first: first, last: last, program: program}
		var ways []winWay
		for _, profile := range allProfiles {
			ways = append(ways, q.profile(profile))
		}
		n := agree(ways)
		// Rules for programs are asked of one port at a time.
		return n, n.verdict == probe.FirewallUnknown ||
			slices.ContainsFunc(ways, func(w winWay) bool { return len(w.doubts) > 0 })
	})
}

// winQuestion is a packet, as far as it is known.
type winQuestion struct {
	policy      *winPolicy
	ask         Ask
	protocol    int
	first, last uint16
	program     string
}

// winWay is what one profile does: the ends a packet may come to, with what
// leads to each.
type winWay struct {
	profile            winProfiles
	off                bool
	accepts, drops     bool
	acceptBy, dropBy   string
	acceptWho, dropWho string // store
	doubts             []string
}

func (w *winWay) accept(by, who string) {
	if !w.accepts {
		w.accepts, w.acceptBy, w.acceptWho = true, by, who
	}
}

func (w *winWay) drop(by, who string) {
	if !w.drops {
		w.drops, w.dropBy, w.dropWho = true, by, who
	}
}

func (w *winWay) doubt(by string) {
	if len(w.doubts) < maxDoubts && !slices.Contains(w.doubts, by) {
		w.doubts = append(w.doubts, by)
	}
}

// profile walks the order of Windows Firewall: off, no exceptions, blocking
// rules, allowing rules, the default.
func (q *winQuestion) profile(profile winProfiles) winWay {
	w := winWay{profile: profile}
	name := winProfileNames[profile] + " profile"
	lost := q.lost(profile)
	if on, who, known := q.policy.setting(profile, func(s winSettings) *uint32 { return s.enable }, 1); !known {
		w.doubt(lost)
		w.accept(lost, who)
	} else if on == 0 {
		w.off = true
		w.accept(name+" (Windows Firewall is off)", who)
		return w
	}
	for _, s := range q.policy.stores {
		switch spared := strings.ToUpper(s.settings[profile].spared); {
		case spared == "":
		case q.policy.guid != "" && strings.Contains(spared, q.policy.guid):
			w.accept(name+" (Windows Firewall is off for this interface)", s.name)
			return w
		case q.policy.guid == "" || spared == "*":
			by := name + ": for which interfaces Windows Firewall is off"
			w.doubt(by)
			w.accept(by, s.name)
		}
	}
	v, who, known := q.policy.setting(profile, func(s winSettings) *uint32 { return s.noExceptions }, 0)
	if v != 0 {
		w.drop(name+": all inbound connections are blocked, allowed ones too (DoNotAllowExceptions)", who)
		return w
	}
	for _, source := range q.ask.sources() {
		q.from(&w, source)
	}
	if !known { // last, so that a rule or a default that drops anyway is named first
		w.doubt(lost)
		w.drop(lost, who)
	}
	return w
}

// lost is the doubt about a profile of which the registry holds nothing.
func (q *winQuestion) lost(profile winProfiles) string {
	return winProfileNames[profile] + " profile: its settings are not in the registry"
}

// from walks through the rules for packets from a network.
func (q *winQuestion) from(w *winWay, source netip.Prefix) {
	merge, _, _ := q.policy.setting(w.profile, func(s winSettings) *uint32 { return s.mergeLocal }, 1)
	for _, blocking := range []bool{true, false} {
		for _, s := range q.policy.stores {
			if s.name == storeLocal && merge == 0 {
				continue
			}
			if s.name == storeLocal && s.lost {
				const by = "this computer's own rules are not in the registry"
				w.doubt(by)
				if blocking {
					w.drop(by, s.name)
				} else {
					w.accept(by, s.name)
				}
			}
			for i := range s.rules {
				r := &s.rules[i]
				if r.block != blocking && !r.broken {
					continue
				}
				is := q.matches(r, w.profile, source)
				if is == no {
					continue
				}
				if is == maybe {
					w.doubt(r.String())
				}
				if blocking || r.broken {
					w.drop(r.String(), s.name)
				}
				if !blocking {
					w.accept(r.String(), s.name)
				}
				if is == yes {
					return
				}
			}
		}
	}
	name := winProfileNames[w.profile] + " profile: "
	const action = "the default for inbound connections is to "
	switch block, who, known := q.policy.setting(w.profile, func(s winSettings) *uint32 { return s.inbound }, 1); {
	case !known:
		lost := q.lost(w.profile)
		w.doubt(lost)
		w.drop(lost, who)
		w.accept(lost, who)
	case block != 0:
		w.drop(name+action+"block", who)
	default:
		w.accept(name+action+"allow", who)
	}
}

// matches asks whether a rule is for the packet.
func (q *winQuestion) matches(r *winRule, profile winProfiles, source netip.Prefix) truth {
	switch {
	case !r.active || !r.in || r.profiles != 0 && r.profiles&profile == 0 || r.protocol != anyProtocol && r.protocol != q.protocol:
		return no
	case r.broken:
		return maybe
	}
	t := both(r.local.matches(q.first, q.last), r.remote.matches(1024, 65535))
	t = both(t, r.localAddr.matches(netip.PrefixFrom(q.ask.Address, q.ask.Address.BitLen())))
	t = both(t, r.remoteAddr.matches(source))
	t = both(t, among(r.interfaces, q.policy.guid))
	t = both(t, among(r.types, q.policy.kind))
	t = both(t, q.runs(r))
	if r.bypass || len(r.others) > 0 {
		t = both(t, maybe)
	}
	return t
}

// among asks whether one of a list is meant; an empty list means all.
func among(list []string, one string) truth {
	switch {
	case len(list) == 0:
		return yes
	case one == "":
		return maybe
	}
	return split(slices.Contains(list, one), true)
}

// runs asks whether the rule is for the program that listens.
func (q *winQuestion) runs(r *winRule) truth {
	t := yes
	if r.packaged {
		t = maybe
		if q.program != "" && !strings.Contains(strings.ToLower(q.program), `\windowsapps\`) {
			t = no // a program of the desktop
		}
	}
	if r.app != "" {
		t = both(t, q.isProgram(r.app))
	}
	if r.svc != "" { // which services a program runs is not looked at
		t = both(t, maybe)
	}
	return t
}

// isProgram compares the rule's path with the program's. Without the program's
// path only its file name can tell that it is another one.
func (q *winQuestion) isProgram(path string) truth {
	if q.program == "" {
		return maybe
	}
	if q.policy.expand != nil {
		path = q.policy.expand(path)
	}
	path, program := strings.ToLower(path), strings.ToLower(q.program)
	if !strings.EqualFold(baseName(path), baseName(program)) {
		return no
	}
	if strings.Contains(path, "%") || !strings.Contains(program, `\`) {
		return maybe
	}
	return split(path == program, true)
}

func baseName(path string) string { return path[strings.LastIndex(path, `\`)+1:] }

// String is the rule's name with its place.
func (r *winRule) String() string {
	name := r.name
	if name == "" {
		name = r.id
	}
	kind := "allow"
	switch {
	case r.broken:
		kind = "unreadable"
	case r.block:
		kind = "block"
	}
	return probe.Clean(fmt.Sprintf("%s rule %q (%s)", kind, name, r.store), maxText)
}

// agree makes one answer of those of the profiles.
func agree(ways []winWay) answer {
	accepts, drops, off := 0, 0, 0
	for _, w := range ways {
		switch {
		case w.off:
			off++
			accepts++
		case w.accepts && !w.drops:
			accepts++
		case w.drops && !w.accepts:
			drops++
		}
	}
	var n answer
	who := ""
	cite := func(list *[]string, text string) {
		if text != "" && !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	switch len(ways) {
	case off:
		return answer{verdict: probe.FirewallOff}
	case accepts:
		n.verdict = probe.FirewallAccept
		for _, w := range ways {
			cite(&n.rules, w.acceptBy)
			who = w.acceptWho
		}
	case drops:
		n.verdict = probe.FirewallDrop
		for _, w := range ways {
			cite(&n.rules, w.dropBy)
			who = w.dropWho
		}
	default:
		n.verdict = probe.FirewallUnknown
		var says []string
		mixed := false
		for _, w := range ways {
			mixed = mixed || w.accepts && w.drops
			for _, d := range w.doubts {
				cite(&n.unknown, d)
			}
			state := "cannot tell"
			if w.accepts != w.drops {
				state = map[bool]string{true: "accept", false: "drop"}[w.accepts]
			}
			says = append(says, winProfileNames[w.profile]+": "+state)
			cite(&n.rules, w.dropBy)
		}
		if len(n.unknown) == 0 && mixed {
			n.unknown = []string{"from which address the packet comes"}
		}
		if len(n.unknown) == 0 {
			n.unknown = []string{
				"which profile the interface has, as the registry does not say (" + strings.Join(says, ", ") + ")",
			}
		}
		n.unknown = n.unknown[:min(len(n.unknown), maxDoubts)]
	}
	if who == storeGroup || who == storeMDM {
		n.manager = who
	}
	return n
}
