// Package merge joins reports of one user, a desk's, one from inside the WorkSpace and
// one of the AWS account, or any two of them, into one verdict, leg by leg of the way. It
// is a pure function of the reports: it measures nothing, and all are to be judged by the
// same version's rules before they come here. What one report tells another, such as the
// rules of an IP access control group, is judged anew by Options.Judge.
//
// No end sees the leg from the gateway to eth0. It is called ok only where connections
// that came over it stand, and then as inferred.
package merge

import (
	"cmp"
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
	// Judge judges a report anew after another one told it more: the only protocol that
	// the WorkSpace has, what the account lets in. nil: each is taken as it is.
	Judge func(report.Report) report.Report
}

// End is whose a report is: one end of the way, the account's, or nobody's.
type End string

// The ends. The zero value is none of them, written as null.
const (
	Desk    End = "desk"
	Inside  End = "inside"
	Account End = "account" // no end of the way: what AWS says of its settings
	Neither End = ""
)

// Ends lists the ends, in the order in which reports are asked for.
var Ends = []End{Desk, Inside, Account}

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
	AccountLeg  LegID = "account"   // states and settings in the AWS account; only where its report is joined
)

// LegIDs lists every leg, in that order.
var LegIDs = []LegID{DeskGateway, GatewayEth0, InsideLeg, Directory, AccountLeg}

// LegStatus is the state of a leg.
type LegStatus string

// The closed list of leg states.
const (
	LegOK           LegStatus = "ok"
	LegDegraded     LegStatus = "degraded"
	LegFault        LegStatus = "fault"
	LegInconclusive LegStatus = "inconclusive" // looked at, and not settled
	LegNotSeen      LegStatus = "not-seen"     // by nobody
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
	Unseen   []string  `json:"unseen" redact:"text"` // what nobody saw of it
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

// Source is one of the reports, and what it says alone.
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
	HoursApart float64        `json:"hours_apart"` // from the start of the first run to the last one's
	Verdict    report.Verdict `json:"verdict"`
	DecidedBy  End            `json:"decided_by"` // whose finding the verdict is; null where it takes several
	Also       []Also         `json:"also"`       // faults before what is odd or limited, the surer first, then those nearest to the user
	Legs       []Leg          `json:"legs"`       // every leg, in order
	Desk       *Source        `json:"desk,omitempty"`
	Inside     *Source        `json:"inside,omitempty"`
	Account    *Source        `json:"account,omitempty"`
	Findings   []Finding      `json:"findings"`
	Gaps       []string       `json:"gaps" redact:"text"`
	// Policy is the company's under which the reports were joined; nil: none.
	Policy *report.PolicyMark `json:"policy,omitempty"`
	// Reports are those that were joined, as the verdict takes them (taken.go), for who draws
	// what they saw. They are not written.
	Reports []report.Report `json:"-"`
}

// Merge joins two or three reports, in any order, each of another end. The error is a
// *Refusal.
func Merge(reports []report.Report, o Options) (Result, error) {
	in, err := sort(reports)
	if err != nil {
		return Result{}, err
	}
	if err := refuse(in, o); err != nil {
		return Result{}, err
	}
	if o.Words == nil {
		o.Words = words.English()
	}
	in.tellEachOther(o.Judge)
	p := joint{words: o.Words}
	for _, end := range in.ends() {
		elsewhere := end == Desk && (otherRegion(in[Desk], in[Inside]) || otherRegion(in[Desk], in[Account]))
		*map[End]*view{Desk: &p.desk, Inside: &p.inside, Account: &p.account}[end] = p.view(end, in[end], elsewhere)
	}
	p.narrow(in, o)
	p.desk.overrule(p.inside)
	v := p.judge()
	r := Result{
		About:      o.About,
		Schema:     Schema,
		Tool:       o.Tool,
		HoursApart: in.apart().Hours(),
		Verdict:    v.Verdict,
		DecidedBy:  v.by,
		Also:       p.also(v),
		Legs:       p.legs(v.Verdict),
		Desk:       in.source(Desk),
		Inside:     in.source(Inside),
		Account:    in.source(Account),
		Findings:   []Finding{},
		Gaps:       p.gaps(in),
		Reports:    p.taken(v.Verdict),
	}
	for _, w := range p.views() {
		r.About = r.About.Or(w.report.About)
		r.Region = cmp.Or(in[Inside].Target.Region, in[Account].Target.Region, r.Region, w.report.Target.Region)
		r.Protocol = cmp.Or(r.Protocol, in[w.end].Target.Protocol)
		for _, f := range w.report.Findings {
			r.Findings = append(r.Findings, Finding{w.end, f})
		}
	}
	return r, nil
}

// Source gives the report of an end; nil: there was none.
func (r Result) Source(e End) *Source {
	return map[End]*Source{Desk: r.Desk, Inside: r.Inside, Account: r.Account}[e]
}

// Demo names the scenario, if the reports are of a simulated network.
func (r Result) Demo() string {
	for _, end := range Ends {
		if s := r.Source(end); s != nil {
			return s.Run.Demo
		}
	}
	return ""
}

// JSON writes the result as a report is written: indented, scrubbed, no null
// lists.
func (r Result) JSON() ([]byte, error) { return report.JSON(r) }
