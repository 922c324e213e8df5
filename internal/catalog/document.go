package catalog

// The shapes of the JSON documents in data/, one struct per line of them.

import (
	"net/netip"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// directoryMark and regionMark stand in paths and hosts for what is not known
// before the run, and for the Region's own ID.
const (
	directoryMark = "{directory_id}"
	regionMark    = "{region}"
)

type fact struct {
	Source string `json:"source"`
	AsOf   string `json:"as_of"`
}

type globalDoc struct {
	Roles     []roleDoc     `json:"roles"`
	Endpoints []endpointDoc `json:"endpoints"`
	Ranges    []rangeDoc    `json:"ranges"`
	Addresses []insideDoc   `json:"addresses"`
	// SharedHosts are hosts that several Regions may name.
	SharedHosts []struct {
		Host string `json:"host"`
		Why  string `json:"why"`
	} `json:"shared_hosts"`
	// Contradictions are addresses the vendor gives to two Regions by mistake.
	Contradictions []contradictionDoc `json:"contradictions"`
	Notes          []string           `json:"notes"`
}

type contradictionDoc struct {
	Regions   []string     `json:"regions"`
	Addresses []netip.Addr `json:"addresses"`
	Why       string       `json:"why"`
	fact
}

type roleDoc struct {
	ID            string           `json:"id"`
	Purpose       string           `json:"purpose"`
	Layer         layer.ID         `json:"layer"`
	Transport     probe.Transport  `json:"transport"`
	Scheme        string           `json:"scheme"`
	Port          uint16           `json:"port"`
	Path          string           `json:"path"`
	DirectoryPath string           `json:"directory_path"`
	Family        string           `json:"family"`
	Health        bool             `json:"health"` // played by the Region's health-check host of that family
	Required      bool             `json:"required"`
	Probe         bool             `json:"probe"`
	Protocols     []probe.Protocol `json:"protocols"`
	Expect        Expect           `json:"expect"`
	Uncertain     string           `json:"uncertain"`
	fact
}

type endpointDoc struct {
	Role          string   `json:"role"`
	Host          string   `json:"host"`
	Path          string   `json:"path"`           // instead of the role's
	DirectoryPath string   `json:"directory_path"` // instead of the role's
	HostRegion    string   `json:"host_region"`
	Uncertain     string   `json:"uncertain"`  // on top of the role's
	ByPattern     bool     `json:"by_pattern"` // nobody publishes the host
	Partitions    []string `json:"partitions"` // global endpoints only
	fact
}

type rangeDoc struct {
	Use  Use          `json:"use"`
	CIDR netip.Prefix `json:"cidr"`
	fact
}

type domainDoc struct {
	Use    Use    `json:"use"`
	Domain string `json:"domain"`
	fact
}

type insideDoc struct {
	ID         string          `json:"id"`
	Purpose    string          `json:"purpose"`
	Address    netip.Addr      `json:"address"`
	Eth0Suffix string          `json:"eth0_suffix"`
	Transport  probe.Transport `json:"transport"`
	Port       uint16          `json:"port"`
	fact
}

type regionDoc struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Partition string   `json:"partition"`
	Aliases   []string `json:"aliases"`
	Airport   *struct {
		Code string `json:"code"`
		fact
	} `json:"airport"`
	Gap      string `json:"gap"`
	Prefixes []struct {
		Prefix     string `json:"prefix"`
		Confidence string `json:"confidence"`
		fact
	} `json:"prefixes"`
	Endpoints []endpointDoc `json:"endpoints"`
	Health    *healthDoc    `json:"health"`
	Ranges    []rangeDoc    `json:"ranges"`
	Domains   []domainDoc   `json:"domains"`
	Notes     []string      `json:"notes"`
}

type healthDoc struct {
	Host              string       `json:"host"`
	HostV6            string       `json:"host_v6"`
	Addresses         []netip.Addr `json:"addresses"`
	AddressesDoubtful bool         `json:"addresses_doubtful"`
	fact
}

// endpoint joins a role with the host that plays it in a Region.
func (r roleDoc) endpoint(region string, d endpointDoc) Endpoint {
	e := Endpoint{
		ID: r.ID, Purpose: r.Purpose, Layer: r.Layer, Transport: r.Transport,
		Scheme: r.Scheme, Host: d.Host, Path: r.Path, Port: r.Port, Family: r.Family,
		Required: r.Required, Probe: r.Probe, Protocols: r.Protocols, Expect: r.Expect,
		HostRegion: d.HostRegion, ByPattern: d.ByPattern, Uncertain: strings.TrimSpace(r.Uncertain + " " + d.Uncertain),
		Source: d.Source, AsOf: d.AsOf, directoryPath: r.DirectoryPath,
	}
	if d.Path != "" {
		e.Path = d.Path
	}
	if d.DirectoryPath != "" {
		e.directoryPath = d.DirectoryPath
	}
	e.directoryPath = strings.ReplaceAll(e.directoryPath, regionMark, region)
	return e
}
