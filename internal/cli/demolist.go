//go:build !nodemo

package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
)

// everyScenario is what is added to --list for all of them.
const everyScenario = "all"

// firstLook are the scenarios that a newcomer is shown, by the layer they break: the
// commonest faults, and one of each kind. No layer: nothing is wrong.
var firstLook = []struct {
	layer layer.ID
	names []string
}{
	{"", []string{"healthy"}},
	{layer.LocalDevice, []string{"no-default-route", "clock-behind"}},
	{layer.LocalFirewall, []string{"host-drops-udp"}},
	{layer.DNS, []string{"dns-filter"}},
	{layer.CaptivePortal, []string{"portal"}},
	{layer.Proxy, []string{"proxy-auth"}},
	{layer.TLSInspection, []string{"inspection-untrusted"}},
	{layer.NetworkFirewall, []string{"firewall-rejects-pcoip", "firewall-drops-streaming"}},
	{layer.InternetPath, []string{"provider-rejects", "slow-250ms"}},
	{layer.IPAccessControl, []string{"cidr-out"}},
	{layer.AuthGateway, []string{"broker-503"}},
	{layer.StreamingGateway, []string{"gateway-refuses"}},
	{layer.ManagementInterface, []string{"inside-eth0-missing"}},
}

// ScenariosSchema names the form of a row.
const ScenariosSchema = "wsdoctor.scenarios/v1"

// titleOf says what a scenario is about.
func titleOf(c *words.Catalogue, scenario string) string {
	return c.Tell(words.Say("scenario." + scenario))
}

// writeScenarios lists scenarios: for programs and with every all of them, else those
// of the first look, grouped.
func writeScenarios(c *words.Catalogue, w io.Writer, format string, every bool) error {
	type row struct {
		Schema   string `json:"schema"`
		Name     string `json:"name"`
		Title    string `json:"title"`
		Loopback bool   `json:"loopback"`
	}
	rows, widest := []row{}, 0
	for _, s := range lab.Scenarios() {
		rows = append(rows, row{ScenariosSchema, s.Name, titleOf(c, s.Name), s.Loopback})
		widest = max(widest, len(s.Name))
	}
	e := json.NewEncoder(w)
	switch format {
	case "json":
		e.SetIndent("", "  ")
		return e.Encode(rows)
	case "ndjson":
		for _, r := range rows {
			if err := e.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	line := func(width int, name, title string) error {
		_, err := fmt.Fprintf(w, "%-*s  %s\n", width, name, title)
		return err
	}
	if every {
		for _, r := range rows {
			if err := line(widest, r.Name, r.Title); err != nil {
				return err
			}
		}
		return nil
	}
	for _, group := range firstLook {
		if group.layer != "" {
			if _, err := fmt.Fprintf(w, "\n%s\n", labels.Speak(c).Title(group.layer)); err != nil {
				return err
			}
		}
		for _, name := range group.names {
			s, _ := lab.Find(name) // a test sees to it
			if err := line(longestFirst, s.Name, titleOf(c, s.Name)); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(
		w,
		"\n%s\n",
		c.Tell(
			words.Say("cli.demo-more", words.Args{"n": len(rows), "command": "wsdoctor demo --list " + everyScenario}),
		),
	)
	return err
}

// longestFirst is the width of the first look's names.
const longestFirst = 24
