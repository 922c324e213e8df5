package labels

import (
	"strings"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Status is a verdict in a word or two.
func (in In) Status(v report.Verdict) string {
	if v.AsFarAsSeen() {
		return in.Say("ui.status.as-far-as-seen")
	}
	return in.of("status", string(v.Status), string(v.Status))
}

// Notes are what must be known before a verdict is believed, and what the report is for.
func (in In) Notes(r report.Report) (list []string) {
	if line := About(r.About); line != "" {
		list = append(list, line)
	}
	if r.Run.Vantage == probe.InWorkspace {
		list = append(list, in.Say("ui.from-inside"))
	}
	if r.Run.Demo != "" {
		list = append(list, in.Say("ui.demo", words.Args{"scenario": r.Run.Demo}))
	}
	if r.Run.Interrupted {
		list = append(list, in.Say("ui.stopped"))
	}
	return list
}

// Field is a short name, and what it stands for.
type Field struct{ Name, Says string }

// Fields are the layer, who fixes it, and the protocols; at is the message that says at
// which end the layer is, where its title does not.
func (in In) Fields(r report.Report, at string) (list []Field) {
	v := r.Verdict
	if v.Layer != nil {
		where := in.Place(v)
		if at != "" {
			where = in.Say(at, words.Args{"layer": where})
		}
		list = append(list, Field{in.Say("ui.where"), in.Surely(where, v.Confidence)})
	}
	if v.Owner != "" {
		list = append(list, Field{in.Say("ui.owner"), v.Owner})
	}
	for _, p := range in.Protocols(r) {
		list = append(list, Field{p.Name, p.Says})
	}
	return list
}

// Place names where the fault is: the layer, or the thing in an AWS account that an
// administrator looks up. A verdict without a layer has none.
func (in In) Place(v report.Verdict) string {
	if v.Layer == nil {
		return ""
	}
	layer := in.Title(*v.Layer)
	if v.Where == nil || v.Where.Kind != finding.AtResource {
		return layer
	}
	ids := append([]string{v.Where.From}, v.Where.Also...)
	prefix, _, _ := strings.Cut(ids[0], "-")
	if kind := resources[prefix]; kind != "" {
		return in.Say("ui.resource."+kind, words.Args{"n": len(ids), "ids": ids})
	}
	return in.Say("ui.resource.other", words.Args{"layer": layer, "ids": ids})
}

// resources is what AWS's identifiers are of, by what stands before the hyphen.
var resources = map[string]string{
	"ws": "workspace", "wsipg": "ip-group", "d": "directory", "wsd": "directory", "eni": "interface", "sg": "security-group",
	"subnet": "subnet", "rtb": "route-table", "nat": "nat-gateway", "igw": "internet-gateway", "acl": "network-acl",
	"vpce": "vpc-endpoint", "vpc": "vpc",
}

// Surely adds how sure it is that a layer is at fault.
func (in In) Surely(layer string, c finding.Confidence) string {
	if sure := in.Certainty(c); sure != "" {
		return in.Say("ui.sure", words.Args{"layer": layer, "certainty": sure})
	}
	return layer
}

// Evidence says of a finding what it is called, how sure it is, and what it rests on.
func (in In) Evidence(f report.Finding) string {
	parts := []string{f.Code, in.Title(f.Layer), in.Certainty(f.Confidence)}
	if len(f.Supports) > 0 {
		parts = append(parts, in.Say("ui.for", words.Args{"observations": strings.Join(f.Supports, ", ")}))
	}
	if len(f.Contradicts) > 0 {
		parts = append(parts, in.Say("ui.against", words.Args{"observations": strings.Join(f.Contradicts, ", ")}))
	}
	if f.SuppressedBy != nil {
		parts = append(parts, in.Say("ui.explained-by", words.Args{"code": *f.SuppressedBy}))
	}
	return Joined("; ", parts...)
}

// What is what an observation was made of.
func What(o probe.Observation) string {
	what := Joined(" ", string(o.Operation), o.Target)
	if o.Address != "" && o.Address != o.Target {
		what += " (" + o.Address + ")"
	}
	return what
}

// Ended says what came of an observation, and after how long.
func (in In) Ended(o probe.Observation) string {
	outcome := Joined(" ", string(o.Outcome), string(o.Failure))
	return in.Say("ui.after", words.Args{"outcome": outcome, "time": Milliseconds(o.ElapsedMS)})
}

// Origin tells what a report is of; when is its time, where that is to be told.
func (in In) Origin(r report.Report, when string) string {
	region := r.Target.Region
	if region == "" {
		region = in.Say("ui.no-region")
	}
	seen := words.Say("ui.observations", words.Args{"n": len(r.Observations)})
	taken := in.Say("ui.taken", words.Args{"observations": seen, "time": Milliseconds(r.Run.DurationMS)})
	return Joined(" · ", region, when, taken, "wsdoctor "+r.Tool.Version)
}

// Moment is a time for people who read of many sites: in universal time.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Joined joins the parts that are not empty.
func Joined(separator string, parts ...string) string {
	var full []string
	for _, s := range parts {
		if s != "" {
			full = append(full, s)
		}
	}
	return strings.Join(full, separator)
}
