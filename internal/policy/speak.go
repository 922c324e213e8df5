package policy

import (
	"encoding/json"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// Speak puts the company's owners and first steps into a verdict. A culprit whose place
// has another owner than its layer keeps it, unless the company names that one too.
func (p *Policy) Speak(c *words.Catalogue, v *report.Verdict) {
	if v.Layer != nil {
		p.SpeakOf(c, *v.Layer, &v.Owner, &v.Remedy)
	}
}

// SpeakOf does it for what is wrong at a layer, wherever that is told.
func (p *Policy) SpeakOf(c *words.Catalogue, at layer.ID, owner *string, remedy *[]string) {
	if p == nil {
		return
	}
	for _, id := range layer.Owners {
		if c.Tell(words.Owner(id)) != *owner {
			continue
		}
		if o, has := p.OwnerOf(at, id); has {
			if o.Name != "" {
				*owner = o.Name
			}
			*remedy = slices.Concat(c.All(o.Steps(c.Tell(words.Owner(id)))), *remedy)
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

// Owned is a policy of the owners alone, as text: for a run of which nothing else is to be
// laid down. Empty without owners.
func (p *Policy) Owned() []byte {
	if p == nil || len(p.Owners) == 0 {
		return nil
	}
	type owner struct {
		Name    string   `json:"name,omitempty"`
		Contact string   `json:"contact,omitempty"`
		Remedy  []string `json:"remedy,omitempty"`
	}
	owners := map[string]owner{}
	for id, o := range p.Owners {
		owners[id] = owner(o)
	}
	b, err := json.Marshal(struct {
		Schema  string           `json:"schema"`
		Name    string           `json:"name,omitempty"`
		Version string           `json:"version,omitempty"`
		Owners  map[string]owner `json:"owners"`
	}{Schema, p.Name, p.Version, owners})
	if err != nil {
		return nil // texts alone can always be written
	}
	return b
}
