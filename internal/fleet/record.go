package fleet

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Schema is the identifier of a record.
const Schema = "wsdoctor.summary/v1"

// Record is a report in one line of less than MostBytes: what other programs store.
// Fields are only ever added. Addresses are texts, because those of redacted reports
// need not be addresses.
type Record struct {
	Schema     string             `json:"schema"`
	Run        string             `json:"run"`
	At         time.Time          `json:"at"`
	Vantage    string             `json:"vantage"` // desk or workspace
	OS         string             `json:"os"`
	Version    string             `json:"version"`
	Region     string             `json:"region"`
	Protocol   string             `json:"protocol"` // that was wanted
	Status     finding.Status     `json:"status"`
	Layer      layer.ID           `json:"layer"` // empty where none is named
	Code       string             `json:"code"`
	Confidence finding.Confidence `json:"confidence"`
	Owner      string             `json:"owner"`
	Summary    string             `json:"summary"` // the first sentence, in the language of the run
	Lang       string             `json:"lang,omitempty"`
	PCoIP      string             `json:"pcoip"`
	DCV        string             `json:"dcv"`
	Where      *finding.Where     `json:"where,omitempty"`
	Suspects   []layer.ID         `json:"suspects,omitempty"` // where no layer is named: those it could be
	Ports      map[string]string  `json:"ports,omitempty"`    // "udp/4172": ok, failed or silent, over all addresses of a host
	Devices    []string           `json:"devices,omitempty"`  // addresses of those that packets were seen to pass, from the desk outward
	Source     string             `json:"source,omitempty"`   // the desk's own address on the way out
	Egress     []string           `json:"egress,omitempty"`   // public addresses its traffic comes from
	RTTMS      float64            `json:"rtt_ms,omitempty"`   // the shortest round trip to the Region
	Loss       float64            `json:"loss,omitempty"`     // share of datagrams that a server which answers did not
	Labels     map[string]string  `json:"labels,omitempty"`
	Ticket     string             `json:"ticket,omitempty"`
	Demo       string             `json:"demo,omitempty"` // the simulated scenario

	// What engines that are no program of ours group by; see Key.
	Desk    string `json:"desk"`
	Site    string `json:"site"`
	Culprit string `json:"culprit"`

	Redacted string `json:"redacted,omitempty"` // see report.RunPseudonyms
}

// MostBytes a record takes, as JSON with its line's end.
const MostBytes = 2048

// Bounds of what a record keeps.
const (
	mostText    = 400 // runes of a sentence
	mostName    = 120 // runes of an address, a name or a label
	mostDevices = 8
	mostLabels  = 16
	mostPorts   = 8
)

// Of is the record of a report.
func Of(r report.Report) (Record, error) {
	b, err := r.JSON()
	if err != nil {
		return Record{}, fmt.Errorf("summarise report: %w", err)
	}
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return Record{}, fmt.Errorf("summarise report: %w", err)
	}
	return s.record(), nil
}

// Line writes a record as one line, and drops first what is least needed if it would
// be longer than MostBytes.
func (r Record) Line() ([]byte, error) {
	for _, less := range []func(){
		func() {},
		func() { r.Devices = r.Devices[:min(len(r.Devices), 3)] },
		func() { r.Summary = probe.Clean(r.Summary, mostText/4) },
		func() { r.Labels = shortened(r.Labels) },
		func() { r.Labels, r.Suspects, r.Ports = nil, nil, nil },
		func() { r.Where, r.Egress, r.Owner, r.Ticket = nil, nil, "", "" },
		func() { r.Culprit, r.Desk = probe.Clean(r.Culprit, mostText/4), probe.Clean(r.Desk, mostText/4) },
	} {
		less()
		b, err := json.Marshal(r, json.Deterministic(true))
		if err != nil {
			return nil, fmt.Errorf("write summary: %w", err)
		}
		if len(b) < MostBytes {
			return append(b, '\n'), nil
		}
	}
	return nil, fmt.Errorf("write summary: it is longer than %d bytes", MostBytes)
}

func shortened(labels map[string]string) map[string]string {
	short := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(labels))[:min(len(labels), mostLabels/4)] {
		short[k] = probe.Clean(labels[k], mostName/4)
	}
	return short
}

// stored is what is read of a stored report, or of a record; the rest is passed over.
type stored struct {
	Record                     // schema, labels, ticket, egress and so on; all of a record
	Event        string        `json:"event"`
	Report       *stored       `json:"report"` // of the last line of -o ndjson
	Run          flexible[run] `json:"run"`
	Tool         tool          `json:"tool"`
	Target       target        `json:"target"`
	Verdict      verdict       `json:"verdict"`
	Findings     []cause       `json:"findings"`
	Observations observations  `json:"observations"`
	Gaps         []string      `json:"gaps"`
}

type (
	run struct {
		ID        string    `json:"id"`
		Vantage   string    `json:"vantage"`
		StartedAt time.Time `json:"started_at"`
		OS        string    `json:"os"`
		Demo      string    `json:"demo"`
	}
	tool struct {
		Version string `json:"version"`
	}
	target struct {
		Region   string `json:"region"`
		Protocol string `json:"protocol"`
	}
	verdict struct {
		Status     finding.Status     `json:"status"`
		Layer      layer.ID           `json:"layer"`
		Code       string             `json:"code"`
		Confidence finding.Confidence `json:"confidence"`
		Summary    string             `json:"summary"`
		Owner      string             `json:"owner"`
		Where      *finding.Where     `json:"where"`
		Suspects   []suspect          `json:"suspects"`
		Protocols  protocols          `json:"protocols"`
	}
	suspect struct {
		Layer layer.ID `json:"layer"`
	}
	protocols struct {
		PCoIP string `json:"pcoip"`
		DCV   string `json:"dcv"`
	}
	// cause is a finding: older reports say in its path where packets end.
	cause struct {
		Code string `json:"code"`
		Path *struct {
			After  string `json:"after"`
			Before string `json:"before"`
		} `json:"path"`
	}
)

// flexible is an object in a report and a text in a record.
type flexible[T any] struct {
	text  string
	value T
}

func (f *flexible[T]) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte{'"'}) {
		return json.Unmarshal(b, &f.text)
	}
	return json.Unmarshal(b, &f.value)
}

// record gives what a report comes to.
func (s stored) record() Record {
	r, v, told := s.Record, s.Verdict, s.Run.value
	if s.Schema == Schema {
		r.Run = s.Run.text
		return r.bounded()
	}
	r.Schema = Schema
	r.Run, r.At, r.Vantage, r.OS, r.Demo = told.ID, told.StartedAt, told.Vantage, told.OS, told.Demo
	r.Version, r.Region, r.Protocol = s.Tool.Version, s.Target.Region, s.Target.Protocol
	r.Status, r.Layer, r.Code, r.Confidence, r.Owner, r.Summary = v.Status, v.Layer, v.Code, v.Confidence, v.Owner, v.Summary
	r.PCoIP, r.DCV, r.Where = v.Protocols.PCoIP, v.Protocols.DCV, v.Where
	for _, at := range v.Suspects {
		if v.Layer == "" && !slices.Contains(r.Suspects, at.Layer) {
			r.Suspects = append(r.Suspects, at.Layer)
		}
	}
	if i := slices.IndexFunc(
		s.Findings,
		func(c cause) bool { return c.Code == v.Code && c.Path != nil },
	); r.Where == nil && i >= 0 &&
		v.Layer != "" {
		r.Where = &finding.Where{Kind: finding.Between, From: s.Findings[i].Path.After, To: s.Findings[i].Path.Before}
	}
	if slices.ContainsFunc(s.Gaps, report.IsRedactionGap) && r.Redacted == "" {
		r.Redacted = report.RunPseudonyms
	}
	s.Observations.into(&r)
	return r.bounded()
}

// bounded cleans and cuts everything that a file said.
func (r Record) bounded() Record {
	name := func(s string) string { return probe.Clean(s, mostName) }
	names := func(list []string, most int) []string {
		var out []string
		for _, s := range list[:min(len(list), most)] {
			out = append(out, name(s))
		}
		return out
	}
	for _, s := range []*string{&r.Run, &r.Vantage, &r.OS, &r.Version, &r.Region, &r.Protocol, &r.Code, &r.Owner, &r.Lang, &r.PCoIP, &r.DCV, &r.Source, &r.Ticket, &r.Demo, &r.Redacted} {
		*s = name(*s)
	}
	r.Status, r.Layer, r.Confidence = finding.Status(
		name(string(r.Status)),
	), layer.ID(
		name(string(r.Layer)),
	), finding.Confidence(
		name(string(r.Confidence)),
	)
	r.Summary = probe.Clean(r.Summary, mostText)
	if w := r.Where; w != nil {
		r.Where = &finding.Where{
			Kind:    finding.Kind(name(string(w.Kind))),
			From:    name(w.From),
			To:      name(w.To),
			Also:    names(w.Also, mostPorts),
			Ports:   names(w.Ports, mostPorts),
			Product: name(w.Product),
		}
	}
	for i := range r.Suspects {
		r.Suspects[i] = layer.ID(name(string(r.Suspects[i])))
	}
	r.Suspects = r.Suspects[:min(len(r.Suspects), mostPorts)]
	r.Devices, r.Egress = names(r.Devices, mostDevices), names(r.Egress, mostPorts)
	labels := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(r.Labels))[:min(len(r.Labels), mostLabels)] {
		labels[name(k)] = name(r.Labels[k])
	}
	ports := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(r.Ports))[:min(len(r.Ports), mostPorts)] {
		ports[name(k)] = name(r.Ports[k])
	}
	r.Labels, r.Ports = orNil(labels), orNil(ports)
	return r.keyed(DefaultSiteLabel)
}

// keyed fills in what is grouped by: which desk this is, where it stands and what it
// blames. All three follow from the rest, and are written for other programs.
func (r Record) keyed(siteLabel string) Record {
	r.Desk, r.Site, r.Culprit = identity(r), siteOf(r, siteLabel), ""
	if w := r.Where; w != nil {
		r.Culprit = strings.Join(
			[]string{string(w.Kind), w.From, w.To, strings.Join(w.Also, " "), strings.Join(w.Ports, " "), w.Product},
			"|",
		)
	}
	if ofSite(r) {
		r.Culprit = r.Site + "|" + r.Culprit
	}
	return r
}

func orNil(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return m
}

// private: what stands in a record's place means something in its own site alone. What is no
// address and no public name does too; nor is the pseudonym of a private address.
func (r Record) private(place string) bool {
	a, err := netip.ParseAddr(strings.TrimSuffix(place, ":53"))
	if err != nil {
		return !strings.Contains(place, ".") || strings.HasSuffix(place, ".local")
	}
	if r.Redacted != "" && slices.ContainsFunc(privatePseudonyms, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	return local(a)
}

// local: the address is not one of the internet's.
func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

var (
	// shared is between a provider and its customers (RFC 6598).
	shared = netip.MustParsePrefix("100.64.0.0/10")
	// privatePseudonyms stand for private addresses; see report.RedactionGap.
	privatePseudonyms = []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("240.0.0.0/6"),
		netip.MustParsePrefix("2001:db8:1::/48"),
	}
)
