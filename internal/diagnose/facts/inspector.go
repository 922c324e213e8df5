package facts

import (
	"wsdoctor/internal/known"
	"wsdoctor/probe"
)

// InspectorOf names the product whose authority signed a chain: by any name above
// the leaf.
func InspectorOf(o probe.Observation) known.Inspector {
	d := Detail[probe.TLSDetail](o)
	names := []string{d.Issuer}
	for i, c := range d.Chain {
		names = append(names, c.Issuer)
		if i > 0 {
			names = append(names, c.Subject)
		}
	}
	product, _ := known.InspectorOf(names...)
	return product
}
