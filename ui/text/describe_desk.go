package text

import (
	"fmt"
	"strings"

	"wsdoctor/probe"
)

// describeSoftware tells what runs before what is only installed: "Tailscale 1.90.6
// runs (vpn, dns-filter; process tailscaled)".
func describeSoftware(d probe.SoftwareDetail) string {
	var runs, rests []string
	for _, p := range d.Products {
		var about []string
		for _, k := range p.Kinds {
			about = append(about, string(k))
		}
		var signs []string
		for _, s := range p.Signs {
			signs = append(signs, s.In+" "+s.Name)
		}
		what := " (" + join("; ", strings.Join(about, ", "), strings.Join(signs, ", ")) + ")"
		if p.Running {
			runs = append(runs, join(" ", p.Name, p.Version, "runs")+what)
		} else {
			rests = append(rests, join(" ", p.Name, p.Version)+what)
		}
	}
	none := ""
	if len(d.Products) == 0 && len(d.Looked) > 0 {
		none = "no VPN, web gateway, security or proxy program of the known ones"
	}
	return join("; ", strings.Join(runs, ", "), prefixed("installed: ", strings.Join(rests, ", ")), none, prefixed("looked through ", strings.Join(d.Looked, ", ")))
}

func describeWireless(d probe.WirelessDetail) string {
	var list []string
	for _, l := range d.Links {
		signal, quality, channel := "", "", ""
		if l.SignalDBM != 0 {
			signal = fmt.Sprintf("%d dBm", l.SignalDBM)
		}
		if l.Quality != nil {
			quality = fmt.Sprintf("%d %%", *l.Quality)
		}
		switch {
		case l.MHz != 0:
			channel = fmt.Sprintf("%d MHz", l.MHz)
		case l.Channel != 0:
			channel = fmt.Sprintf("channel %d", l.Channel)
		}
		list = append(list, join(" ", l.Interface, signal, quality, l.Band, channel))
	}
	if len(list) == 0 {
		return "no wireless network is in use"
	}
	return strings.Join(list, ", ")
}

func describeNetworkState(d probe.NetworkStateDetail) string {
	return join("; ", prefixed("network profile ", strings.Join(d.Categories, ", ")), prefixed("IPv4 reaches ", d.IPv4), prefixed("IPv6 reaches ", d.IPv6), "as this system says")
}

func describeNamePolicy(d probe.NamePolicyDetail) string {
	var list []string
	for _, r := range d.Holds {
		list = append(list, r.Namespace+join(" ", " for", strings.Join(r.Names, " "), prefixed("asks ", strings.Join(r.Servers, " "))))
	}
	return join("; ", count(d.Rules, "rule"), prefixed("from ", d.Source), strings.Join(list, ", "))
}
