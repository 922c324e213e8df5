//go:build !nodemo

package main

import (
	"wsdoctor/internal/attention"
	"wsdoctor/internal/lab"
)

// playHost is the demo's simulated network, if this process was started to be that.
// Then it never returns.
func playHost() {
	if lab.IsHost() {
		attention.Ignore()
		lab.HostMain(lab.Hooks{})
	}
}
