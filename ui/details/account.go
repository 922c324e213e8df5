package details

import (
	"fmt"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// hasCode tells of a directory whether it has the code that was given.
func hasCode(d probe.RegisteredDirectory) words.Args {
	switch {
	case d.CodeMatches == nil:
		return words.Args{"matches": ""}
	case *d.CodeMatches:
		return words.Args{"matches": "yes"}
	}
	return words.Args{"matches": "no"}
}

func lastConnected(c probe.WorkspaceConnection) words.Args {
	if c.LastAt.IsZero() {
		return words.Args{"last": ""}
	}
	return words.Args{"last": c.LastAt.UTC().Format(minute)}
}

// portsOf is empty where a rule is about all ports.
func portsOf(r probe.AccessRule) words.Args {
	const last = 65535
	switch {
	case r.First == 0 && r.Last >= last, r.Last == 0:
		return words.Args{"ports": ""}
	case r.First == r.Last:
		return words.Args{"ports": fmt.Sprint(r.First)}
	}
	return words.Args{"ports": fmt.Sprintf("%d-%d", r.First, r.Last)}
}

// freeOf is told where there is none, too.
func freeOf(s probe.Subnet) words.Args {
	if s.ID == "" {
		return words.Args{"addresses": ""}
	}
	return words.Args{"addresses": fmt.Sprint(s.Free)}
}

func blackhole(r probe.TableRoute) words.Args { return words.Args{"hole": r.State == "blackhole"} }

// countedSeries leaves out what there was nothing of.
func countedSeries(d probe.MetricsDetail) words.Args {
	var list []probe.Series
	for _, s := range d.Series {
		if len(s.Points) > 0 {
			list = append(list, s)
		}
	}
	return words.Args{"series": list}
}

// total is the sum of a series of counts, and of others the highest point.
func total(s probe.Series) words.Args {
	value := 0.0
	for _, p := range s.Points {
		if s.Statistic == "Sum" {
			value += p.Value
		} else {
			value = max(value, p.Value)
		}
	}
	whose := "workspace"
	if strings.HasPrefix(s.Dimension, "Directory") {
		whose = "directory"
	}
	return words.Args{"whose": whose, "total": strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0")}
}
