package merge

import (
	"slices"

	workspace "wsdoctor/internal/diagnose/inside"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// narrow takes of the desk only what is about the protocol that the WorkSpace has,
// where the inside shows that it has one alone. What else the desk found is kept, to
// be said: it takes nothing from this user.
func (p *pair) narrow(desk, inside report.Report, o Options) {
	only := workspace.OnlyProtocol(inside.Observations)
	if only == "" || o.Narrow == nil || desk.Target.Protocol != probe.BothProtocols {
		return
	}
	whole := p.desk
	p.desk = p.view(Desk, o.Narrow(desk, only), whole.elsewhere)
	stay := slices.Concat(p.desk.faults, p.desk.odd, p.desk.slow)
	for _, of := range []func(view) []report.Finding{faultsOf, oddOf, slowOf} {
		for _, f := range of(whole) {
			if slices.ContainsFunc(
				stay,
				func(have report.Finding) bool { return have.Code == f.Code && have.Layer == f.Layer },
			) {
				continue
			}
			f.Summary = p.tell(
				words.Raw(f.Summary).
					Then(words.Say("merge.needless", words.Args{"without": words.Protocols{only.Other()}, "only": words.Protocols{only}})),
			)
			p.needless = append(p.needless, found{Desk, f})
		}
	}
}

// installed refuses a desk's report about a protocol alone that the WorkSpace has
// not.
func installed(desk, inside report.Report, _ Options) *Refusal {
	only := workspace.OnlyProtocol(inside.Observations)
	if only == "" || desk.Target.Protocol == probe.BothProtocols || !differ(desk.Target.Protocol, only) {
		return nil
	}
	return &Refusal{
		OtherProtocol,
		words.Say(
			"merge.refuse.installed",
			words.Args{"desk": words.Protocols{desk.Target.Protocol}, "only": words.Protocols{only}},
		),
		Desk,
	}
}
