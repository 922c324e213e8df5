package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/report"
)

// FactsSchema names the form of what `rejudge --facts -o json` prints.
const FactsSchema = "wsdoctor.facts/v1"

// factSheet is what rules are asked of, for who wonders why one fired.
type factSheet struct {
	Schema string        `json:"schema" redact:"keep"`
	Facts  []facts.Named `json:"facts"`
}

// factsOf are a stored report's facts, of the observations that are judged.
func factsOf(r report.Report) factSheet {
	in, _ := input(r.Run.Vantage, r.Target, r.Run.Interrupted, r.Observations)
	return factSheet{FactsSchema, facts.Gather(in).Named()}
}

// facts prints a report's facts instead of it.
func (p *printer) facts(r report.Report) error {
	sheet := factsOf(r)
	if p.redactor != nil {
		p.redactor.Learn(r)
		sheet = report.Redact(p.redactor, sheet)
	}
	if p.format == "json" {
		e := json.NewEncoder(p.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(sheet)
	}
	return writeFacts(p.out, report.Printable(sheet, 200))
}

func writeFacts(w io.Writer, sheet factSheet) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range sheet.Facts {
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.Name, factValue(f.Value), strings.Join(f.By, " "))
	}
	return t.Flush()
}

// factValue writes a value for people.
func factValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "not known"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return fmt.Sprintf("%.1f", v)
	case []netip.Addr:
		list := []string{}
		for _, a := range v {
			list = append(list, a.String())
		}
		return strings.Join(list, ", ")
	case facts.PortCount:
		return fmt.Sprintf("answered %d, silent %d, failed %d", v.Answered, v.Silent, v.Failed)
	}
	return fmt.Sprint(v)
}
