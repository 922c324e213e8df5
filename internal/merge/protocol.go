package merge

import (
	"slices"

	"wsdoctor/internal/diagnose/account"
	workspace "wsdoctor/internal/diagnose/inside"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// only is the one streaming protocol that the WorkSpace has, and who shows it; empty where
// nobody does.
func (in reports) only() (only probe.Protocol, by End) {
	if only = workspace.OnlyProtocol(in[Inside].Observations); only != "" {
		return only, Inside
	}
	return account.OnlyProtocol(in[Account].Observations), Account
}

// narrow takes of the desk only what is about the protocol that the WorkSpace has,
// where another end shows that it has one alone. What else the desk found is kept, to
// be said: it takes nothing from this user.
func (p *joint) narrow(in reports, o Options) {
	only, _ := in.only()
	desk := in[Desk]
	if only == "" || o.Judge == nil || desk.Target.Protocol != probe.BothProtocols {
		return
	}
	whole := p.desk
	desk.Target.Protocol = only
	p.desk = p.view(Desk, o.Judge(desk), whole.elsewhere)
	stay := slices.Concat(p.desk.faults, p.desk.odd, p.desk.slow)
	for _, of := range []func(view) []report.Finding{faultsOf, oddOf, slowOf} {
		for _, f := range of(whole) {
			if slices.ContainsFunc(
				stay,
				func(have report.Finding) bool { return have.Code == f.Code && have.Layer == f.Layer },
			) {
				continue
			}
			has := words.Args{"without": words.Protocols{only.Other()}, "only": words.Protocols{only}}
			f.Summary = p.tell(words.Raw(f.Summary).Then(words.Say("merge.needless", has)))
			p.needless = append(p.needless, found{Desk, f})
		}
	}
}

// installed refuses a desk's report about a protocol alone that the WorkSpace has
// not.
func installed(in reports, _ Options) *Refusal {
	only, _ := in.only()
	desk := in[Desk].Target.Protocol
	if only == "" || desk == probe.BothProtocols || !differ(desk, only) {
		return nil
	}
	return &Refusal{
		OtherProtocol,
		words.Say("merge.refuse.installed", words.Args{"desk": words.Protocols{desk}, "only": words.Protocols{only}}),
		Desk,
	}
}
