package plan

import (
	"strings"

	"wsdoctor/internal/catalog"
	"wsdoctor/probe"
)

// Regions gives the steps that measure one Region's broker; none where its name
// is not published. RegionOf reads the Region back from a step's ID.
func Regions(r catalog.Region) []Step {
	e, known := r.Endpoint("broker")
	if !known || !e.Probe {
		return nil
	}
	name := Step{
		ID:      r.ID + "/dns",
		Probe:   "dns",
		Timeout: probe.Millis(nameTimeout),
		Why:     purpose(e),
		Target: probe.Target{
			Endpoint: "name",
			Host:     e.Host,
			Types:    []string{"A"},
			Expect:   "public",
			Resolver: "system",
		},
	}
	web := Step{
		ID:      r.ID + "/https/direct",
		Probe:   "https",
		Timeout: probe.Millis(webTimeout),
		Why:     purpose(e),
		After:   []string{name.ID},
		Target: probe.Target{
			Endpoint:  e.ID,
			Host:      e.Host,
			Port:      e.Port,
			Transport: e.Transport,
			Scheme:    e.Scheme,
			Path:      e.Path,
			Expect:    string(e.Expect),
		},
	}
	return []Step{name, web}
}

// RegionOf gives the Region of a step that Regions made.
func RegionOf(stepID string) string {
	region, _, _ := strings.Cut(stepID, "/")
	return region
}
