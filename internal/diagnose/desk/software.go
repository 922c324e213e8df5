package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// softwareOf are the kinds of programs that can be meant where software on this computer
// is found to be the cause. That one runs decides nothing: it only gives a cause, which
// was found without it, a name to ask for.
var softwareOf = map[string][]probe.SoftwareKind{
	"host_denies_send": {probe.VPN, probe.PersonalFirewall, probe.EndpointProtection},
	"host_rejects":     {probe.VPN, probe.PersonalFirewall, probe.EndpointProtection},
	"host_swallows":    {probe.VPN, probe.WebGateway, probe.PersonalFirewall, probe.EndpointProtection},
	"host_answers": {
		probe.VPN,
		probe.WebGateway,
		probe.PersonalFirewall,
		probe.EndpointProtection,
		probe.ProxyProgram,
	},
	"host_inspects": {probe.WebGateway, probe.EndpointProtection, probe.ProxyProgram},
	"tls_resigned":  {probe.WebGateway, probe.EndpointProtection, probe.ProxyProgram},
}

// nameSoftware says which program runs here, where a decided finding blames this
// computer's own software and only one program of a fitting kind runs. Of several
// nobody is named: they stand in the evidence. What else runs is not told, and a program
// that is only installed does nothing.
func (e evidence) nameSoftware(f *finding.Finding) {
	kinds := softwareOf[f.Code]
	if kinds == nil || f.Layer != layer.LocalFirewall || f.Undecided {
		return
	}
	signer := e.signerHere(*f)
	var fitting []probe.Product
	var told []probe.Observation
	for _, o := range e.Of(probe.HostSoftware) {
		for _, p := range facts.Detail[probe.SoftwareDetail](o).Products {
			fits := p.Running &&
				slices.ContainsFunc(p.Kinds, func(k probe.SoftwareKind) bool { return slices.Contains(kinds, k) })
			if fits && (signer == "" || sameProduct(p.Name, signer)) {
				fitting, told = append(fitting, p), append(told, o)
			}
		}
	}
	f.Supports = appendNew(f.Supports, facts.IDs(told...)...)
	if len(fitting) == 1 {
		f.Where = f.Where.By(fitting[0].Name)
		f.Summary = f.Summary.Then(
			words.Say(
				"desk.runs-here",
				words.Args{"program": strings.TrimSpace(fitting[0].Name + " " + fitting[0].Version)},
			),
		)
	}
}

// signerHere names the product whose authority signed in AWS's place; then no other is
// meant.
func (e evidence) signerHere(f finding.Finding) string {
	if f.Code != "tls_resigned" && f.Code != "host_inspects" {
		return ""
	}
	if list := e.resigned(); len(list) > 0 {
		return facts.InspectorOf(list[0]).Product
	}
	return ""
}

// sameProduct compares two lists' names of a product: "Zscaler" is "Zscaler Client
// Connector", and an authority may be that of several ("AVG, Avast, Norton").
func sameProduct(product, signer string) bool {
	first := func(s string) string { word, _, _ := strings.Cut(strings.ToLower(s), " "); return word }
	return slices.ContainsFunc(strings.Split(signer, ", "), func(s string) bool { return first(s) == first(product) })
}
