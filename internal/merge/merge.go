// Package merge joins two reports of one user, a desk's and one from inside the
// WorkSpace, into one verdict, leg by leg of the way between them. It is a pure
// function of the two reports: it measures nothing, and it runs no rules, so
// both are to be judged by the same version's rules before they come here.
//
// Neither end sees the leg from the gateway to eth0. It is called ok only where
// connections that came over it stand, and then as inferred.
package merge

import (
	"encoding/json"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Schema is the identifier of the result's format.
const Schema = "wsdoctor.merge/v1"

// MostApart is how far apart two runs may be that are taken to show the same
// state of things. A ticket's two ends are looked at within one telephone call
// or two; firewalls and services are changed from one day to the next.
const MostApart = 2 * time.Hour

// Options say how to merge.
type Options struct {
	AnyAge    bool             // take reports that are further apart than MostApart
	AnyRegion bool             // take a desk's report of another Region, for what it says of the desk's own network
	Tool      report.Tool      // the program that merges
	About     report.About     // what is said of the joined verdict, beside what is of its reports
	Words     *words.Catalogue // of the language that the reports are told in; nil: English
	// Narrow judges a desk's report anew for one streaming protocol alone,
	// the only one that the WorkSpace has. nil: it is taken as it is.
	Narrow func(desk report.Report, protocol probe.Protocol) report.Report
}

// End is one end of the way, or none.
type End string

// The ends. The zero value is neither, written as null.
const (
	Desk    End = "desk"
	Inside  End = "inside"
	Neither End = ""
)

// Ends lists the ends.
var Ends = []End{Desk, Inside}

// MarshalJSON writes Neither as null.
func (e End) MarshalJSON() ([]byte, error) {
	if e == Neither {
		return []byte("null"), nil
	}
	return json.Marshal(string(e))
}

// LegID names a leg of the way.
type LegID string

// The legs, from the user outward.
const (
	DeskGateway LegID = "desk-gateway"
	GatewayEth0 LegID = "gateway-eth0"
	InsideLeg   LegID = "inside"    // services, firewall, eth1
	Directory   LegID = "directory" // its name servers and controllers, and internet access
)

// LegIDs lists every leg, in that order.
var LegIDs = []LegID{DeskGateway, GatewayEth0, InsideLeg, Directory}

// LegStatus is the state of a leg.
type LegStatus string

// The closed list of leg states.
const (
	LegOK           LegStatus = "ok"
	LegDegraded     LegStatus = "degraded"
	LegFault        LegStatus = "fault"
	LegInconclusive LegStatus = "inconclusive" // looked at, and not settled
	LegNotSeen      LegStatus = "not-seen"     // by neither end
)

// LegStatuses lists every leg state.
var LegStatuses = []LegStatus{LegOK, LegDegraded, LegFault, LegInconclusive, LegNotSeen}

// Leg is one part of the way, and who knows what of it.
type Leg struct {
	ID       LegID     `json:"id"`
	Title    string    `json:"title" redact:"text"`
	Status   LegStatus `json:"status"`
	ProvedBy End       `json:"proved_by"`            // whose report shows the status; null where nobody's does
	Inferred bool      `json:"inferred"`             // not measured: it follows from something that was
	Says     string    `json:"says" redact:"text"`   // one sentence: what shows the status
	Adds     string    `json:"adds" redact:"text"`   // what the other end adds; empty for nothing
	Unseen   []string  `json:"unseen" redact:"text"` // what neither end saw of it
}

// Finding is a finding of one of the reports. Its observation IDs are that
// report's.
type Finding struct {
	End     End            `json:"end"`
	Finding report.Finding `json:"finding"`
}

// Also is something else that is wrong, to be fixed after what the verdict
// names.
type Also struct {
	End        End                `json:"end"`
	Code       string             `json:"code" redact:"keep"`
	Layer      layer.ID           `json:"layer"`
	Severity   finding.Severity   `json:"severity"`
	Confidence finding.Confidence `json:"confidence"`
	Summary    string             `json:"summary" redact:"text"`
	Owner      string             `json:"owner" redact:"text"`
	Remedy     []string           `json:"remedy" redact:"text"`
}

// Source is one of the two reports, and what it says alone.
type Source struct {
	Run     report.Run     `json:"run"`
	Target  report.Target  `json:"target"`
	Verdict report.Verdict `json:"verdict"`
}

// Result is the joined verdict. Fields are only ever added.
type Result struct {
	report.About
	Schema     string         `json:"schema" redact:"keep"`
	Tool       report.Tool    `json:"tool"`
	Region     string         `json:"region" redact:"keep"`
	Protocol   probe.Protocol `json:"protocol" redact:"keep"`
	HoursApart float64        `json:"hours_apart"` // from the start of one run to the other's
	Verdict    report.Verdict `json:"verdict"`
	DecidedBy  End            `json:"decided_by"` // whose finding the verdict is; null where it takes both
	Also       []Also         `json:"also"`       // faults before what is odd or limited, the surer first, then those nearest to the user
	Legs       []Leg          `json:"legs"`       // every leg, in order
	Desk       Source         `json:"desk"`
	Inside     Source         `json:"inside"`
	Findings   []Finding      `json:"findings"`
	Gaps       []string       `json:"gaps" redact:"text"`
	// Policy is the company's under which the reports were joined; nil: none.
	Policy *report.PolicyMark `json:"policy,omitempty"`
}

// Merge joins a desk's report and one from inside. The error is a *Refusal.
func Merge(desk, inside report.Report, o Options) (Result, error) {
	if err := refuse(desk, inside, o); err != nil {
		return Result{}, err
	}
	if o.Words == nil {
		o.Words = words.English()
	}
	p := pair{words: o.Words}
	p.desk, p.inside = p.view(Desk, desk, otherRegion(desk, inside)), p.view(Inside, inside, false)
	p.narrow(desk, inside, o)
	p.desk.overrule(p.inside)
	v := p.judge()
	r := Result{
		About:    o.About.Or(desk.About.Or(inside.About)),
		Schema:   Schema,
		Tool:     o.Tool,
		Region:   firstNonEmpty(inside.Target.Region, desk.Target.Region),
		Protocol: desk.Target.Protocol,
		HoursApart: apart(
			desk,
			inside,
		).Hours(),
		Verdict:   v.Verdict,
		DecidedBy: v.by,
		Also:      p.also(v),
		Legs:      p.legs(v.Verdict),
		Desk:      source(desk),
		Inside:    source(inside),
		Findings:  []Finding{},
		Gaps:      p.gaps(desk, inside),
	}
	for _, w := range []view{p.desk, p.inside} {
		for _, f := range w.report.Findings {
			r.Findings = append(r.Findings, Finding{w.end, f})
		}
	}
	return r, nil
}

// JSON writes the result as a report is written: indented, scrubbed, no null
// lists.
func (r Result) JSON() ([]byte, error) { return report.JSON(r) }

func source(r report.Report) Source { return Source{r.Run, r.Target, r.Verdict} }

func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
