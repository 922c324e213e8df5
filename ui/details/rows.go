package details

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// row is how one type is told.
type row struct {
	name string // of its clauses in the catalogue, below "detail"
	// phrase: its clauses are words that follow one another, not sentences of their own.
	phrase bool
	more   func(any) words.Args // what its fields do not say by themselves; nil: nothing
}

// rows are the details, and the types that they are made of.
var rows = map[reflect.Type]row{
	of[probe.LinksDetail]():        with("links", links),
	of[probe.Interface]():          with("interface", state).asPhrase(),
	of[probe.RouteDetail]():        {name: "route", phrase: true},
	of[probe.ResolversDetail]():    {name: "resolvers"},
	of[probe.ProxyDetail]():        with("proxy", scripts),
	of[scripted]():                 {name: "scripted"},
	of[probe.VPNDetail]():          {name: "vpn"},
	of[probe.VPNInterface]():       {name: "vpn-interface"},
	of[probe.NeighbourDetail]():    {name: "neighbour", phrase: true},
	of[probe.WorkspaceDetail]():    {name: "workspace"},
	of[probe.PausesDetail]():       with("pauses", pauses),
	of[probe.HostNamesDetail]():    {name: "host-names"},
	of[probe.HostNameEntry]():      {name: "host-name"},
	of[probe.CountersDetail]():     with("counters", counted),
	of[probe.SoftwareDetail]():     with("software", software),
	of[probe.Product]():            with("product", aboutProduct),
	of[about]():                    {name: "about"},
	of[probe.SoftwareSign]():       {name: "sign"},
	of[probe.WirelessDetail]():     {name: "wireless"},
	of[probe.WirelessLink]():       with("wireless-link", channel).asPhrase(),
	of[probe.NetworkStateDetail](): {name: "network-state"},
	of[probe.NamePolicyDetail]():   {name: "name-policy"},
	of[probe.NamePolicyRule]():     {name: "name-rule", phrase: true},

	of[probe.DNSDetail]():          {name: "dns"},
	of[probe.ConnectDetail]():      with("connect", tries),
	of[probe.TLSDetail]():          with("tls", subject),
	of[probe.HTTPDetail]():         {name: "http"},
	of[probe.ProxyConnectDetail](): {name: "proxy-connect"},
	of[probe.ExchangeDetail]():     with("exchange", roundTrips),
	of[probe.SweepDetail]():        with("sweep", purpose),
	of[probe.Hop]():                {name: "hop"},
	of[probe.MTUDetail]():          {name: "mtu"},
	of[probe.MTUProbe]():           {name: "size"},
	of[probe.ICMPError]():          with("icmp", kindOfICMP),

	of[probe.RoutingDetail]():    with("routing", routes),
	of[probe.RouteEntry]():       {name: "route-entry", phrase: true},
	of[probe.ManagementDetail](): {name: "management"},
	of[probe.ManagedInterface](): {name: "managed"},
	of[probe.Overlap]():          {name: "overlap", phrase: true},
	of[probe.DirectoryDetail]():  {name: "directory"},
	of[probe.ServicesDetail]():   {name: "services"},
	of[probe.Service]():          {name: "service", phrase: true},
	of[probe.ListenersDetail]():  {name: "listeners"},
	of[probe.Listener]():         with("listener", socket).asPhrase(),
	of[probe.Connection]():       {name: "connection"},
	of[probe.FirewallDetail]():   with("firewall", ports),
	of[probe.LDAPDetail]():       with("ldap", otherSite),
	of[probe.NTPDetail]():        {name: "ntp"},

	of[probe.QuestionDetail]():         {name: "account-question"},
	of[probe.IdentityDetail]():         {name: "account-identity"},
	of[probe.RegisteredDetail]():       {name: "account-registered"},
	of[probe.RegisteredDirectory]():    with("account-directory", hasCode),
	of[probe.DeviceAccess]():           {name: "account-device", phrase: true},
	of[probe.AccessEndpoint]():         {name: "account-endpoint"},
	of[probe.WorkspacesDetail]():       {name: "account-workspaces"},
	of[probe.AccountWorkspace]():       {name: "account-workspace"},
	of[probe.Modification]():           {name: "account-modification", phrase: true},
	of[probe.ConnectionsDetail]():      {name: "account-connections"},
	of[probe.WorkspaceConnection]():    with("account-connection", lastConnected),
	of[probe.IPGroupsDetail]():         {name: "account-ip-groups"},
	of[probe.IPGroup]():                {name: "account-ip-group", phrase: true},
	of[probe.AliasesDetail]():          {name: "account-aliases"},
	of[probe.ConnectionAlias]():        {name: "account-alias"},
	of[probe.AliasAssociation]():       {name: "account-association", phrase: true},
	of[probe.ClientsDetail]():          {name: "account-clients"},
	of[probe.TenancyDetail]():          {name: "account-tenancy"},
	of[probe.DirectoryServiceDetail](): {name: "account-services"},
	of[probe.ServiceDirectory]():       {name: "account-service"},
	of[probe.ControllersDetail]():      {name: "account-controllers"},
	of[probe.AccountController]():      {name: "account-controller", phrase: true},
	of[probe.TrustsDetail]():           {name: "account-trusts"},
	of[probe.Trust]():                  {name: "account-trust", phrase: true},
	of[probe.ENIsDetail]():             {name: "account-enis"},
	of[probe.ENI]():                    {name: "account-eni"},
	of[probe.SecurityGroupsDetail]():   {name: "account-groups"},
	of[probe.SecurityGroup]():          {name: "account-group"},
	of[probe.AccessRule]():             with("account-rule", portsOf).asPhrase(),
	of[probe.SubnetsDetail]():          {name: "account-subnets"},
	of[probe.Subnet]():                 with("account-subnet", freeOf),
	of[probe.RouteTablesDetail]():      {name: "account-tables"},
	of[probe.RouteTable]():             {name: "account-table"},
	of[probe.TableRoute]():             with("account-route", blackhole).asPhrase(),
	of[probe.NATGatewaysDetail]():      {name: "account-nats"},
	of[probe.NATGateway]():             {name: "account-nat", phrase: true},
	of[probe.InternetGatewaysDetail](): {name: "account-igws"},
	of[probe.InternetGateway]():        {name: "account-igw", phrase: true},
	of[probe.NetworkACLsDetail]():      {name: "account-acls"},
	of[probe.NetworkACL]():             {name: "account-acl"},
	of[probe.VPCsDetail]():             {name: "account-vpcs"},
	of[probe.VPC]():                    {name: "account-vpc", phrase: true},
	of[probe.VPCEndpointsDetail]():     {name: "account-vpc-endpoints"},
	of[probe.VPCEndpoint]():            {name: "account-vpc-endpoint"},
	of[probe.RoleDetail]():             {name: "account-role"},
	of[probe.TrustRule]():              {name: "account-trust-rule", phrase: true},
	of[probe.RolePoliciesDetail]():     {name: "account-role-policies"},
	of[probe.InlinePolicy]():           {name: "account-inline"},
	of[probe.MetricsDetail]():          with("account-metrics", countedSeries),
	of[probe.Series]():                 with("account-series", total).asPhrase(),
	of[probe.ChangesDetail]():          {name: "account-changes"},
	of[probe.Change]():                 {name: "account-change", phrase: true},
}

func of[T any]() reflect.Type { return reflect.TypeFor[T]() }

// with is a row that adds what fields do not say.
func with[T any](name string, more func(T) words.Args) row {
	return row{name: name, more: func(v any) words.Args { return more(v.(T)) }}
}

func (r row) asPhrase() row { r.phrase = true; return r }

// links leaves out the loopback interface, which every computer has.
func links(d probe.LinksDetail) words.Args {
	isLoopback := func(i probe.Interface) bool { return i.Loopback }
	return words.Args{"interfaces": slices.DeleteFunc(slices.Clone(d.Interfaces), isLoopback)}
}

func state(i probe.Interface) words.Args {
	switch {
	case !i.Up:
		return words.Args{"state": "down"}
	case !i.Carrier:
		return words.Args{"state": "no-link"}
	}
	return words.Args{"state": "up"}
}

// scripted is one answer of a proxy script, and for how many names it was given.
type scripted struct {
	Way   string `json:"way"` // empty: directly
	Names int    `json:"names"`
}

func scripts(d probe.ProxyDetail) words.Args {
	var ways []scripted
	for _, s := range d.Script {
		at := slices.IndexFunc(ways, func(w scripted) bool { return w.Way == s.Proxy })
		if at < 0 {
			at = len(ways)
			ways = append(ways, scripted{Way: s.Proxy})
		}
		ways[at].Names++
	}
	direct := d.HTTPS == "" && d.HTTP == "" && d.PAC == "" && len(d.Script) == 0 && !d.Undiscovered
	return words.Args{"direct": direct, "script": ways}
}

func pauses(d probe.PausesDetail) words.Args {
	return words.Args{"n": len(d.Pauses), "total": fmt.Sprintf("%.0f", d.TotalMS)}
}

// counted says what a packet counter showed.
func counted(d probe.CountersDetail) words.Args {
	says := ""
	switch {
	case d.Interface == "":
	case d.Flat:
		says = "flat"
	case d.Left:
		says = "left"
	case d.Sent > 0:
		says = "unclear"
	}
	return words.Args{"says": says}
}

// software tells what runs before what is only installed.
func software(d probe.SoftwareDetail) words.Args {
	var runs, rests []probe.Product
	for _, p := range d.Products {
		if p.Running {
			runs = append(runs, p)
		} else {
			rests = append(rests, p)
		}
	}
	return words.Args{"runs": runs, "rests": rests, "nothing": len(d.Products) == 0 && len(d.Looked) > 0}
}

// about is what stands behind a product's name.
type about struct {
	Kinds []probe.SoftwareKind `json:"kinds"`
	Signs []probe.SoftwareSign `json:"signs"`
}

func aboutProduct(p probe.Product) words.Args { return words.Args{"about": about{p.Kinds, p.Signs}} }

// channel is told where its frequency is not.
func channel(l probe.WirelessLink) words.Args {
	if l.MHz != 0 {
		l.Channel = 0
	}
	return words.Args{"channel": l.Channel}
}

func tries(d probe.ConnectDetail) words.Args {
	n := len(d.Attempts)
	if n == 1 {
		n = 0 // nothing out of the ordinary
	}
	return words.Args{"tries": n}
}

func subject(d probe.TLSDetail) words.Args {
	if len(d.Chain) == 0 {
		return words.Args{"subject": ""}
	}
	return words.Args{"subject": d.Chain[0].Subject}
}

func roundTrips(d probe.ExchangeDetail) words.Args {
	if len(d.RTTMS) == 0 {
		return words.Args{"lowest": "", "highest": ""}
	}
	lowest, highest := slices.Min(d.RTTMS), slices.Max(d.RTTMS)
	args := words.Args{"lowest": labels.Milliseconds(lowest), "highest": ""}
	if highest > lowest {
		args["highest"] = labels.Milliseconds(highest)
	}
	return args
}

func purpose(d probe.SweepDetail) words.Args {
	switch {
	case d.Echo:
		return words.Args{"what": "echo"}
	case d.Control:
		return words.Args{"what": "control"}
	}
	return words.Args{"what": ""}
}

func kindOfICMP(e probe.ICMPError) words.Args {
	return words.Args{"kind": fmt.Sprintf("%d/%d", e.Type, e.Code)}
}

func routes(d probe.RoutingDetail) words.Args { return words.Args{"n": len(d.Routes)} }

// socket is where a listener waits, and as whom where its program has no name.
func socket(l probe.Listener) words.Args {
	if l.Process != "" {
		l.PID = 0
	}
	return words.Args{"at": netip.AddrPortFrom(l.Address, l.Port).String(), "pid": l.PID}
}

func ports(d probe.FirewallDetail) words.Args {
	text := ""
	if d.Transport != "" {
		text = string(d.Transport) + " " + strconv.Itoa(int(d.First))
	}
	if d.Transport != "" && d.Last > d.First {
		text += "-" + strconv.Itoa(int(d.Last))
	}
	return words.Args{"ports": text}
}

// otherSite is told where it is not the server's own.
func otherSite(d probe.LDAPDetail) words.Args {
	if d.ClientSite == d.Site {
		d.ClientSite = ""
	}
	return words.Args{"client_site": d.ClientSite}
}
