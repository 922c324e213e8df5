package architecture

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// seat is the box of some layers, the one that it is there for first.
type seat struct {
	box    string
	layers []layer.ID
}

// seats are the boxes of what each vantage says of its layers. What the inside says of a
// layer of the desk is about the WorkSpace itself.
var seats = map[probe.Vantage][]seat{
	probe.AtDesk: {
		{atUser, []layer.ID{layer.LocalDevice, layer.LocalFirewall}},
		{atNetwork, []layer.ID{layer.NetworkFirewall, layer.DNS, layer.CaptivePortal, layer.TLSInspection}},
		{atProxy, []layer.ID{layer.Proxy}},
		{atInternet, []layer.ID{layer.InternetPath}},
		{atIPGroups, []layer.ID{layer.IPAccessControl}},
		{atSignIn, []layer.ID{layer.AuthGateway}},
		{atStreaming, []layer.ID{layer.StreamingGateway}},
		{atDirectory, []layer.ID{layer.Directory}},
		{atDirectoryDNS, []layer.ID{layer.DirectoryDNS}},
	},
	probe.InWorkspace: {
		{atEth0, []layer.ID{layer.ManagementInterface}},
		{atFirewall, []layer.ID{layer.WorkspaceFirewall, layer.LocalFirewall}},
		{atServices, []layer.ID{layer.StreamingHost}},
		{atEth1, []layer.ID{layer.PrimaryInterface, layer.LocalDevice}},
		{atDirectoryDNS, []layer.ID{layer.DirectoryDNS, layer.Directory}},
		{atEgress, []layer.ID{
			layer.VPCEgress, layer.DNS, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall,
			layer.InternetPath, layer.AuthGateway, layer.CaptivePortal,
		}},
	},
	probe.InAccount: {
		{atWorkspace, []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall}},
		{atDirectory, []layer.ID{layer.Directory, layer.DirectoryDNS}},
		{atTable, []layer.ID{layer.VPCEgress}},
	},
}

// around are the boxes that stand for others where those are not drawn.
var around = map[string]string{
	atProxy: atNetwork, atNetwork: atUser, atFirewall: atWorkspace, atServices: atWorkspace,
	atDirectoryDNS: atDirectory, atEgress: atTable,
}

// home is the box of a layer, as a vantage means it.
func (d Drawing) home(from probe.Vantage, id layer.ID) *Box {
	for _, vantage := range []probe.Vantage{from, probe.AtDesk, probe.InWorkspace} {
		s, is := find(seats[vantage], func(s seat) bool { return slices.Contains(s.layers, id) })
		if !is {
			continue
		}
		for place := s.box; place != ""; place = around[place] {
			if b := d.box(place); b != nil {
				return b
			}
		}
	}
	return d.box(atWorkspace)
}

// judged gives the boxes at which an end looked the state of their layers: verified is what
// is said to be ok, and nothing else.
func (p picture) judged(d Drawing) {
	for _, r := range []*report.Report{p.desk, p.inside} {
		if r == nil {
			continue
		}
		for _, s := range seats[r.Run.Vantage] {
			b := d.box(s.box)
			if b != nil && b.State != Absent {
				b.State = p.judge(r, s, b.State)
			}
		}
	}
}

// judge is the state of a box that an end looked at; otherwise where it did not.
func (p picture) judge(r *report.Report, s seat, otherwise State) State {
	_, public := p.streams()
	partly := s.box == atStreaming && p.onInternet() // not the way of DCV
	if partly && !public {
		return otherwise
	}
	tested, open := false, partly || p.status(r, s.layers[0]) != finding.LayerOK
	for _, id := range s.layers {
		said := p.status(r, id)
		tested = tested || said != finding.LayerNotTested
		open = open || said != finding.LayerNotTested && said != finding.LayerOK
	}
	switch {
	case !tested:
		return otherwise
	case open:
		return Open
	}
	return Verified
}

// status is what a report says of a layer. The end that sees the layer has the last word.
func (p picture) status(r *report.Report, id layer.ID) finding.LayerStatus {
	said := stated(r, id)
	if said == finding.LayerNotTested {
		return said
	}
	known, _ := layer.Get(id)
	switch by := stated(p.inside, id); {
	case known.Inside() && by != finding.LayerNotTested:
		return by
	case stated(p.report, id) == finding.LayerOK && slices.Contains(merge.InSettings, id):
		return finding.LayerOK
	}
	return said
}

func stated(r *report.Report, id layer.ID) finding.LayerStatus {
	if r != nil {
		if l, is := find(r.Layers, func(l finding.LayerState) bool { return l.ID == id }); is {
			return l.Status
		}
	}
	return finding.LayerNotTested
}
