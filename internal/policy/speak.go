package policy

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// Speak puts the company's owners and first steps into a verdict. A culprit whose place
// has another owner than its layer keeps it, unless the company names that one too.
func (p *Policy) Speak(c *words.Catalogue, v *report.Verdict) {
	if p == nil || v.Layer == nil {
		return
	}
	for _, id := range layer.Owners {
		if c.Tell(words.Owner(id)) != v.Owner {
			continue
		}
		if o, has := p.OwnerOf(*v.Layer, id); has {
			if o.Name != "" {
				v.Owner = o.Name
			}
			v.Remedy = slices.Concat(c.All(o.Steps(c.Tell(words.Owner(id)))), v.Remedy)
		}
		return
	}
}

// Steps are what the company wants done first. called is what the owner is called where
// the company has no name for it.
func (o Owner) Steps(called string) (steps []words.Text) {
	if o.Name != "" {
		called = o.Name
	}
	if o.Contact != "" {
		steps = append(steps, words.Say("policy.contact", words.Args{"owner": called, "contact": o.Contact}))
	}
	for _, s := range o.Remedy {
		steps = append(steps, words.Raw(s))
	}
	return steps
}

// Mark is what a report says of the policy that it was made under; nil without one.
func (p *Policy) Mark() *report.PolicyMark {
	if p == nil || p.From == "" {
		return nil
	}
	return &report.PolicyMark{Name: p.Name, Version: p.Version}
}
