package plan

import (
	"strings"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

// Schema is the identifier of the form that a plan is printed in.
const Schema = "wsdoctor.plan/v1"

// Told is a plan as it is printed: what it says is told in one language.
type Told struct {
	Schema string `json:"schema"`
	Plan
	Steps   []ToldStep `json:"steps"`
	Notes   []string   `json:"notes"`
	Unasked []string   `json:"unasked,omitempty"`
	Read    string     `json:"read,omitempty"`
}

// ToldStep is a step as it is printed.
type ToldStep struct {
	Step
	Why string `json:"why"`
}

// In tells the plan.
func (p Plan) In(c *words.Catalogue) Told {
	told := Told{
		Schema:  Schema,
		Plan:    p,
		Steps:   []ToldStep{},
		Notes:   c.All(p.Notes),
		Unasked: c.All(p.Unasked),
		Read:    c.Tell(p.Read),
	}
	for _, s := range p.Steps {
		told.Steps = append(told.Steps, ToldStep{s, c.Tell(s.Why)})
	}
	return told
}

// gatewayPrefix begins the endpoints of a streaming gateway that the user named.
const gatewayPrefix = "gateway-"

// purpose says what an endpoint is for.
func purpose(e catalog.Endpoint) words.Text {
	if strings.HasPrefix(e.ID, gatewayPrefix) {
		return words.Say("plan.why.gateway")
	}
	return words.Say("plan.purpose." + e.ID)
}

// RegionGap says what is not published of a Region; nothing of most.
func RegionGap(r catalog.Region) words.Text {
	if r.Gap == "" {
		return words.Text{}
	}
	return words.Say("plan.gap." + r.ID)
}
