package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// FactsSchema names the form of what `rejudge --facts -o json` prints.
const FactsSchema = "wsdoctor.facts/v1"

// factSheet is what rules are asked of, for who wonders why one fired.
type factSheet struct {
	Schema string        `json:"schema" redact:"keep"`
	Facts  []facts.Named `json:"facts"`
}

// factsOf are a stored report's facts, of the observations that are judged.
func factsOf(c *words.Catalogue, r report.Report) factSheet {
	in, _ := input(r.Run.Vantage, r.Target, r.Run.Interrupted, r.Observations)
	list := facts.Gather(in).Named()
	for i, f := range list {
		list[i].Meaning = c.Tell(f.Means)
	}
	return factSheet{FactsSchema, list}
}

// facts prints a report's facts instead of it.
func (p *printer) facts(r report.Report) error {
	sheet := factsOf(p.env.words(), r)
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
	return writeFacts(p.env.words(), p.out, report.Printable(sheet, 200))
}

func writeFacts(c *words.Catalogue, w io.Writer, sheet factSheet) error {
	var lines [][]string
	for _, f := range sheet.Facts {
		lines = append(lines, []string{f.Name, factValue(c, f.Value), strings.Join(f.By, " ")})
	}
	return columns(w, lines)
}

// factValue writes a value for people.
func factValue(c *words.Catalogue, v any) string {
	said := func(id string, args ...words.Args) string { return c.Tell(words.Say("fact.value."+id, args...)) }
	switch v := v.(type) {
	case nil:
		return said("unknown")
	case bool:
		if v {
			return said("yes")
		}
		return said("no")
	case float64:
		return fmt.Sprintf("%.1f", v)
	case []netip.Addr:
		list := []string{}
		for _, a := range v {
			list = append(list, a.String())
		}
		return strings.Join(list, ", ")
	case facts.PortCount:
		return said("counts", words.Args{"answered": v.Answered, "silent": v.Silent, "failed": v.Failed})
	}
	return fmt.Sprint(v)
}
