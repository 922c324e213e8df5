//go:build !linux && !windows

package firewall

import (
	"context"

	"wsdoctor/probe"
)

func look(_ context.Context, a Ask) ([]probe.Observation, []string) {
	return []probe.Observation{
			skipped(a, "", probe.Unsupported),
		}, []string{
			"The firewall's rules are not read on this system.",
		}
}
