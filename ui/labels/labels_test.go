package labels_test

import (
	"fmt"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

func TestAProtocolSaysHowFarItWasShown(t *testing.T) {
	for _, row := range []struct {
		state finding.ProtocolState
		seen  finding.Seen
		says  string
	}{
		{finding.ProtocolOK, finding.SeenHost, "works"},
		{finding.ProtocolDegraded, finding.SeenHost, "works, with limits"},
		{finding.ProtocolBlocked, finding.SeenNothing, "blocked"},
		{finding.ProtocolBlocked, finding.SeenHost, "blocked"},
		{finding.ProtocolUnknown, finding.SeenHost, "not known, though its ports answer"},
		{finding.ProtocolUnknown, finding.SeenLastRouter, "reaches the last router that can be seen; the host did not answer"},
		{finding.ProtocolUnknown, finding.SeenNothing, "not shown to work"},
		{finding.ProtocolUnknown, "", "not known"},
		{"forged", "forged", "not known"},
	} {
		for _, only := range probe.ProtocolChoices {
			v := report.Verdict{Protocols: finding.Protocols{PCoIP: row.state, DCV: row.state}, ProtocolsSeen: finding.ProtocolsSeen{PCoIP: row.seen, DCV: row.seen}}
			list := labels.Speak(nil).Protocols(report.Report{Verdict: v, Target: report.Target{Protocol: only}})
			if want := map[probe.Protocol]int{probe.BothProtocols: 2, probe.PCoIP: 1, probe.DCV: 1}[only]; len(list) != want {
				t.Errorf("a run for %s has %d lines", only, len(list))
			}
			for _, p := range list {
				if p.Says != row.says || p.State != row.state {
					t.Errorf("%s, seen %q: %s says %q, want %q", row.state, row.seen, p.Name, p.Says, row.says)
				}
			}
		}
	}
}

// Whatever can rule a layer out has words of its own.
func TestEveryLookHasWords(t *testing.T) {
	for _, look := range []candidates.Look{candidates.Swept, candidates.Heard, candidates.TooSoon, candidates.Left, candidates.Stayed, candidates.Unsent, candidates.Alike, candidates.Said} {
		bare := "not " + labels.Speak(nil).Title(layer.NetworkFirewall) + ": " + string(look)
		if got := labels.Speak(nil).RuledOut(report.RuledOut{Layer: layer.NetworkFirewall, Because: string(look)}); got == bare {
			t.Errorf("%s has no words: %s", look, got)
		}
	}
}

func ExampleIn_RuledOut() {
	fmt.Println(labels.Speak(nil).RuledOut(report.RuledOut{Layer: layer.LocalFirewall, Because: "left", By: []string{"o12", "o13"}}))
	// Output: not this computer's firewall: the packets left this computer (o12, o13)
}

// What an administrator looks up is named by what it is; a desk's verdict by its layer.
func TestPlacesAreNamed(t *testing.T) {
	host := layer.StreamingHost
	for want, where := range map[string]*finding.Where{
		"streaming service inside":                       nil,
		"WorkSpace ws-abc":                               finding.At(finding.AtResource, "ws-abc"),
		"security groups sg-1 and sg-2":                  finding.At(finding.AtResource, "sg-1", "sg-2"),
		"directory wsd-1":                                finding.At(finding.AtResource, "wsd-1"),
		"streaming service inside: desk.example.com":     finding.At(finding.AtResource, "desk.example.com"),
		"streaming service inside: workspaces_DefaultRo": finding.At(finding.AtResource, "workspaces_DefaultRo"),
	} {
		if got := labels.Speak(nil).Place(report.Verdict{Layer: &host, Where: where}); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got := labels.Speak(nil).Place(report.Verdict{Where: finding.At(finding.AtResource, "ws-abc")}); got != "" {
		t.Errorf("nothing is accused, and the place is %q", got)
	}
}
