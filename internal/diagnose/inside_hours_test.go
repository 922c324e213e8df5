package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// A firewall that lets the gateway in at some hours only clears nobody, and says until
// when; one that keeps it out now is at fault, and says from when on it will not be.
func TestAFirewallThatAsksForTheTimeSaysUntilWhen(t *testing.T) {
	const until = "2026-11-27T19:00:00Z"
	ruled := func(change func(*probe.FirewallDetail), outcome probe.Outcome, failure probe.Failure) *diagnosetest.World {
		return diagnosetest.HealthyInside().Each(func(o probe.Observation) bool {
			d, is := o.Detail.(probe.FirewallDetail)
			return is && d.First == 4172
		}, func(o *probe.Observation) {
			d := o.Detail.(probe.FirewallDetail)
			change(&d)
			o.Outcome, o.Failure, o.Detail = outcome, failure, d
		})
	}
	given := func(change func(*probe.FirewallDetail)) *diagnosetest.World {
		return ruled(func(d *probe.FirewallDetail) {
			d.Verdict, d.Given, d.Rule, d.Unknown = probe.FirewallUnknown, probe.FirewallAccept, "meta hour 08:00-19:00 accept", []string{"meta hour 08:00-19:00"}
			change(d)
		}, probe.OK, "")
	}
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		status finding.Status
		layer  layer.ID
		says   string
		not    string
	}{
		"let in until the evening":      {given(func(d *probe.FirewallDetail) { d.Until, d.Then = until, probe.FirewallDrop }), finding.StatusInconclusive, "", "in until 19:00 UTC on 27 November, then drops it.", ""},
		"the same, and then rejected":   {given(func(d *probe.FirewallDetail) { d.Until, d.Then = until, probe.FirewallReject }), finding.StatusInconclusive, "", "then rejects it.", ""},
		"let in, and nobody knows then": {given(func(d *probe.FirewallDetail) { d.Until = until }), finding.StatusInconclusive, "", "may block", "until"},
		"a time that is none":           {given(func(d *probe.FirewallDetail) { d.Until, d.Then = "soon", probe.FirewallDrop }), finding.StatusInconclusive, "", "may block", "soon"},
		"sent on to another port": {given(func(d *probe.FirewallDetail) {
			d.Redirected = &probe.Redirected{Address: netip.MustParseAddr("198.19.5.10"), Port: 9999}
		}), finding.StatusInconclusive, "", "sends them on to port 9999.", ""},
		"kept out until the morning": {ruled(func(d *probe.FirewallDetail) {
			d.Verdict, d.Rule, d.Until, d.Then = probe.FirewallDrop, "meta hour 19:00-08:00 drop", until, probe.FirewallAccept
		}, probe.Failed, probe.FirewallDenied), finding.StatusFault, layer.WorkspaceFirewall, "From 19:00 UTC on 27 November on it is let in again.", ""},
		"kept out, and in another way": {ruled(func(d *probe.FirewallDetail) {
			d.Verdict, d.Rule, d.Until, d.Then = probe.FirewallDrop, "meta hour 19:00-08:00 drop", until, probe.FirewallReject
		}, probe.Failed, probe.FirewallDenied), finding.StatusFault, layer.WorkspaceFirewall, "blocks", "let in again"},
	} {
		v := Judge(c.world.In).Verdict
		if v.Status != c.status || layerOf(v) != c.layer || !strings.Contains(diagnosetest.Said(v.Summary), c.says) || c.not != "" && strings.Contains(diagnosetest.Said(v.Summary), c.not) {
			t.Errorf("%s: %s %s: %s", name, v.Status, layerOf(v), diagnosetest.Said(v.Summary))
		}
		if v.Protocols.PCoIP == finding.ProtocolOK {
			t.Errorf("%s: PCoIP is ok", name)
		}
	}
}
