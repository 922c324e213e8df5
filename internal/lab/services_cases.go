package lab

import (
	"net/netip"
	"strings"

	"wsdoctor/internal/lab/servers"
)

// filterAuthority signs a widespread DNS filter's block pages.
const filterAuthority = "Cisco Umbrella Root CA"

// realChain is how many bytes a real certificate chain has more than the lab's.
const realChain = 3200

// prepareCases makes the authorities that cases from the field need.
func (v *services) prepareCases() (err error) {
	if f, set := v.scenario.has(Intercept); set && f.Issuer != "" {
		if v.contoso, err = servers.Named(f.Issuer); err != nil {
			return err
		}
	}
	if _, set := v.scenario.has(BlockPage); set {
		if v.filter, err = servers.Named(filterAuthority); err != nil {
			return err
		}
	}
	if _, set := v.scenario.has(RealChains); set {
		v.amazon.Pad(realChain)
	}
	return nil
}

// startCases starts what only those cases bring.
func (v *services) startCases() error {
	for _, f := range v.scenario.Faults {
		for _, a := range f.Addresses {
			var err error
			switch at := netip.AddrPortFrom(a, 443); {
			case f.Kind == BlockPage:
				err = (&servers.BlockPage{Stack: v.stacks[f.Where], CA: v.filter}).Serve(at)
			case f.Kind == Genuine && f.Mode == "":
				err = (&servers.Web{Stack: v.stacks[f.Where], CA: v.amazon, Evil: v.bad, Egress: func(a netip.Addr) string { return v.egress(a).String() }}).ServeTLS(
					at,
				)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// reflected is what STUN says of a peer.
func (v *services) reflected(a netip.Addr) netip.Addr { return v.rewritten(STUNLies, a) }

// echoed is what the address echo says of a peer.
func (v *services) echoed(a netip.Addr) netip.Addr { return v.rewritten(EchoLies, a) }

func (v *services) rewritten(k Kind, a netip.Addr) netip.Addr {
	if f, lies := v.scenario.has(k); lies {
		return f.Addresses[0]
	}
	return v.egress(a)
}

// behindStub is the list of name servers behind this computer's stub, in the form
// of resolv.conf; empty where there is none.
func (s Scenario) behindStub() string {
	f, set := s.has(BehindStub)
	if !set {
		return ""
	}
	var text strings.Builder
	for _, a := range f.Addresses {
		text.WriteString("nameserver " + a.String() + "\n")
	}
	return text.String()
}

// certificatePadding brings the chains of a host to the size that real ones have.
const certificatePadding = 2600

// padding is how much larger than need be certificates are.
func (s Scenario) padding() int {
	if s.Drawn != nil {
		return certificatePadding
	}
	for _, f := range s.Faults {
		if f.Larger > 0 && f.Toward != "" { // the size is what it is about
			return certificatePadding
		}
	}
	return 0
}
