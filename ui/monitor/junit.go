package monitor

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
)

// testCase is one case; kind is "failure", "error" or "skipped", empty where it passed.
type testCase struct {
	name, kind, code, says string
}

// JUnit writes a report as Jenkins reads the results of tests (its junit-plugin): the
// verdict is one case, every layer another. What is broken or limited failed, what may be
// is an error, what was not looked at was skipped.
func JUnit(s Snapshot) []byte {
	r := s.Report
	cases := []testCase{verdictCase(r.Verdict)}
	for _, l := range r.Layers {
		cases = append(cases, layerCase(r, l))
	}
	count := func(kind string) (n int) {
		for _, c := range cases {
			if c.kind == kind {
				n++
			}
		}
		return n
	}
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
	fmt.Fprintf(&b, `  <testsuite name="wsdoctor" tests="%d" failures="%d" errors="%d" skipped="%d"`,
		len(cases), count("failure"), count("error"), count("skipped"))
	fmt.Fprintf(&b, " time=\"%s\" timestamp=\"%s\">\n",
		decimal(r.Run.DurationMS/1000), r.Run.StartedAt.UTC().Format("2006-01-02T15:04:05"))
	b.WriteString("    <properties>\n")
	for _, p := range properties(r) {
		fmt.Fprintf(&b, "      <property name=\"%s\" value=\"%s\"/>\n", xmlText(p.name), xmlText(p.value))
	}
	b.WriteString("    </properties>\n")
	for _, c := range cases {
		fmt.Fprintf(
			&b,
			"    <testcase classname=\"wsdoctor.%s\" name=\"%s\"",
			xmlText(string(r.Run.Vantage)),
			xmlText(c.name),
		)
		switch c.kind {
		case "":
			b.WriteString("/>\n")
		case "skipped":
			b.WriteString("><skipped/></testcase>\n")
		default:
			fmt.Fprintf(&b, "><%s type=\"%s\" message=\"%s\"/></testcase>\n",
				c.kind, xmlText(c.code), xmlText(c.says))
		}
	}
	b.WriteString("  </testsuite>\n</testsuites>\n")
	return b.Bytes()
}

func properties(r report.Report) []label {
	list := []label{
		{"version", r.Tool.Version}, {"region", r.Target.Region}, {"protocol", string(r.Target.Protocol)},
		{"owner", r.Verdict.Owner},
	}
	if r.Ticket != "" {
		list = append(list, label{"ticket", r.Ticket})
	}
	for _, key := range slices.Sorted(maps.Keys(r.Labels)) {
		list = append(list, label{"label." + key, r.Labels[key]})
	}
	return list
}

var verdictKinds = map[finding.Status]string{
	finding.StatusOK: "", finding.StatusDegraded: "failure", finding.StatusFault: "failure",
	finding.StatusInconclusive: "error",
}

func verdictCase(v report.Verdict) testCase {
	kind, known := verdictKinds[v.Status]
	if !known {
		kind = "error"
	}
	return testCase{"verdict", kind, v.Code, v.Summary}
}

var layerKinds = map[finding.LayerStatus]string{
	finding.LayerOK: "", finding.LayerDegraded: "failure", finding.LayerFault: "failure", finding.LayerSuspect: "error",
}

// layerCase says of a layer what its first finding says, or why it is suspected.
func layerCase(r report.Report, l finding.LayerState) testCase {
	kind, told := layerKinds[l.Status]
	if !told {
		kind = "skipped"
	}
	c := testCase{name: string(l.ID), kind: kind, code: string(l.Status)}
	for _, i := range l.Findings {
		if i >= 0 && i < len(r.Findings) {
			c.code, c.says = r.Findings[i].Code, r.Findings[i].Summary
			return c
		}
	}
	for _, s := range r.Verdict.Suspects {
		if s.Layer == l.ID {
			c.says = s.Why
		}
	}
	return c
}

var xmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")

// xmlText is text for an attribute: line leaves no character that XML forbids but the two
// last ones of its first plane.
func xmlText(s string) string {
	return xmlEscape.Replace(strings.Map(func(r rune) rune {
		if r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, line(s)))
}
