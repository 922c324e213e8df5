package cli

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/firewall"
	"wsdoctor/probe/host"
	"wsdoctor/probe/listen"
	"wsdoctor/probe/service"
)

// insidePatience is the least silence of a run inside: its targets are the
// computer itself, its VPC, and a directory that may lie behind a VPN on another
// continent, so the round trip of one says nothing of another's.
const insidePatience = time.Second

// insideFlags are the flags of `inside` as typed.
type insideFlags struct {
	flags
	force      bool
	management []string       // as typed
	chosen     []netip.Prefix // the same, read
}

// insideCommand looks at a WorkSpace from within.
func insideCommand(env Env) *cobra.Command {
	var f insideFlags
	cmd := &cobra.Command{
		Use:     "inside",
		Short:   "cli.help.inside.short",
		Long:    "cli.help.inside.long",
		Example: "  wsdoctor inside\n  sudo wsdoctor inside --domain corp.example.com --directory-dns 10.0.0.10,10.0.1.10\n  wsdoctor inside -o json --output-file inside.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.goByAccount(cmd, env)
			if err != nil {
				return err
			}
			if s.Management.IsValid() && !given(cmd, "management-cidr") {
				f.management = []string{s.Management.String()}
			}
			return lookInside(cmd.Context(), env, f)
		},
	}
	f.registerCommon(cmd, env)
	cmd.Flags().BoolVar(&f.noEgress, "no-egress", false, "cli.flag.no-internet")
	f.registerOwn(cmd, "cli.flag.force")
	f.offerAccount(cmd)
	return cmd
}

// registerOwn adds the flags that only the inside of a WorkSpace has.
func (f *insideFlags) registerOwn(cmd *cobra.Command, force string) {
	s := cmd.Flags()
	s.StringSliceVar(&f.management, "management-cidr", nil, "cli.flag.management-cidr")
	s.BoolVar(&f.force, "force", false, force)
}

// ownFlags gives what was given of those flags, as typed.
func (f *insideFlags) ownFlags() (args []string) {
	if f.force {
		args = append(args, "--force")
	}
	for _, m := range f.management {
		args = append(args, "--management-cidr", m)
	}
	return args
}

// lookInside validates, makes sure where it is, and does the run.
func lookInside(ctx context.Context, env Env, f insideFlags) error {
	started := time.Now()
	opt, err := f.checkInside()
	if err != nil {
		return err
	}
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	limited, cancel := withLimit(ctx, started, opt)
	defer cancel()
	s, err := survey(limited, env, c, f, opt, started)
	if err != nil {
		return err
	}
	return s.carryOut(ctx, limited, env, f.flags)
}

// checkInside looks at everything that needs no network and no catalog.
func (f *insideFlags) checkInside() (plan.Options, error) {
	return f.through(f.checkProtocol, f.checkTimeout, f.checkDirectory, f.checkProxy, f.checkManagement, f.checkAbout,
		func(*plan.Options) error { return f.checkOutput() })
}

// survey asks this computer for everything it says of itself, and lays out the
// plan. It sends nothing, except where the Region must be asked for: of a DNS-name
// registration code, or of the instance metadata service.
func survey(
	ctx context.Context,
	env Env,
	c *catalog.Catalog,
	f insideFlags,
	opt plan.Options,
	started time.Time,
) (session, error) {
	network := env.sockets(&probe.RTT{Floor: insidePatience})
	facts := host.Gather(ctx, host.Ask{Proxy: f.proxy, Environ: env.Getenv})
	if !facts.Workspace.Agent && !f.force {
		return session{}, notInside(facts.Workspace)
	}
	where, err := insideTarget(ctx, env, c, &f, network, facts.Resolvers.Search)
	if err != nil {
		return session{}, err
	}
	ranges := append(slices.Clone(f.chosen), where.management...)
	facts = host.Gather(
		ctx,
		host.Ask{Proxy: f.proxy, Environ: env.Getenv, ManagementRanges: ranges},
	) // the ranges are the Region's
	in := host.Inside(
		ctx,
		facts,
		host.InsideAsk{Ranges: ranges, Borrowed: where.borrowed, Domain: opt.Domain, DNS: opt.DirectoryDNS},
	)
	assumeDirectory(&in.Directory, facts)
	listeners, listenGaps := listen.Look(ctx)
	s := session{
		words:   env.words(),
		policy:  env.Policy,
		vantage: probe.InWorkspace,
		started: started,
		demo:    simulated(env),
		network: network,
		about:   f.about,
		target: report.Target{
			Region:       where.region.ID,
			Protocol:     opt.Protocol,
			DirectoryID:  opt.DirectoryID,
			Registration: where.registration,
			Domain:       in.Directory.Domain,
		},
		plan: plan.Inside(plan.InsideInput{
			Input: plan.Input{
				Region:   where.region,
				OS:       runtime.GOOS,
				Facts:    facts,
				Options:  opt,
				ProxyFor: host.ProxyFor,
			},
			Management: in.Management,
			Directory:  in.Directory,
			Listeners:  listeners,
		}),
		facts: slices.Concat(
			host.Observations(facts, started),
			host.InsideObservations(in, started),
			[]probe.Observation{listen.Observation(listeners, started)},
		),
		gaps: slices.Concat(where.gaps, facts.Gaps, in.Gaps, listenGaps),
		last: func(ctx context.Context) []probe.Observation { return host.Neighbours(ctx, facts, time.Now()) },
	}
	if !facts.Workspace.Agent {
		s.gaps = append(s.gaps, s.words.Tell(words.Say("cli.gap.forced")))
	}
	if f.planOnly {
		return s, nil
	}
	s.beside = beside(nil)
	system, gaps := systemFacts(ctx, in.Management, listeners)
	s.facts, s.gaps = append(s.facts, system...), append(s.gaps, gaps...)
	return s, nil
}

// systemFacts asks the service manager and the firewall at the same time: both
// may have to ask a program.
func systemFacts(
	ctx context.Context,
	m probe.ManagementDetail,
	l probe.ListenersDetail,
) (facts []probe.Observation, gaps []string) {
	type answer struct {
		facts []probe.Observation
		gaps  []string
	}
	services := make(chan answer, 1)
	go func() {
		d, gaps := service.Look(ctx)
		services <- answer{[]probe.Observation{service.Observation(d, time.Now())}, gaps}
	}()
	if len(m.Interfaces) > 0 {
		eth0 := m.Interfaces[0]
		facts, gaps = firewall.Look(ctx, firewall.Ask{
			Interface: eth0.Name,
			Address:   eth0.Address.Addr(),
			Sources:   sources(eth0, m.Ranges),
			Ports:     probe.Eth0Ports,
			Program:   programs(l),
		})
		sentElsewhere(
			facts,
			func(ports map[probe.Transport][]uint16) ([]probe.Listener, bool) { return listen.On(ctx, ports) },
		)
	}
	s := <-services
	return append(s.facts, facts...), append(s.gaps, gaps...)
}

// sentElsewhere adds who listens on the ports to which the firewall sends packets.
func sentElsewhere(firewall []probe.Observation, on func(map[probe.Transport][]uint16) ([]probe.Listener, bool)) {
	ports := map[probe.Transport][]uint16{}
	for _, o := range firewall {
		if d, is := o.Detail.(probe.FirewallDetail); is && d.Redirected != nil && d.Redirected.Port != 0 {
			ports[d.Transport] = append(ports[d.Transport], d.Redirected.Port)
		}
	}
	if len(ports) == 0 {
		return
	}
	all, looked := on(ports)
	for i, o := range firewall {
		d, is := o.Detail.(probe.FirewallDetail)
		if !is || d.Redirected == nil || d.Redirected.Port == 0 || !looked {
			continue
		}
		to := *d.Redirected
		to.Looked = true
		for _, l := range all {
			if l.Transport == d.Transport && l.Port == to.Port && l.Takes(to.Address) {
				to.Listeners = append(to.Listeners, l)
			}
		}
		d.Redirected = &to
		firewall[i].Detail = d
	}
}

// narrow is the least length of a range that says something of the gateway's
// address: it lies in the same one as eth0. In 10.0.0.0/8 it may lie anywhere.
const narrow = 12

// sources are the networks from which the streaming gateway may connect.
func sources(eth0 probe.ManagedInterface, ranges []netip.Prefix) []netip.Prefix {
	if eth0.Range.Bits() >= narrow {
		return []netip.Prefix{eth0.Range}
	}
	return ranges
}

// programs tells who listens on a port, for rules that are limited to a program.
func programs(l probe.ListenersDetail) func(probe.Transport, uint16) string {
	return func(t probe.Transport, port uint16) string {
		for _, s := range l.Listeners {
			if s.Transport == t && s.Port == port {
				return s.Process
			}
		}
		return ""
	}
}

// notInside says why this computer is not taken for a WorkSpace.
func notInside(d probe.WorkspaceDetail) error {
	problem := words.Say("cli.bad.no-workspace")
	if len(d.Signs) > 0 {
		problem = words.Say("cli.bad.no-workspace-but", words.Args{"signs": strings.Join(d.Signs, ", ")})
	}
	return badInput(words.Say("cli.hint.no-workspace"), problem)
}

// insideTarget takes the Region from the flags, else from the name that AWS gives to
// the network of a Region's instances, else from the instance metadata service.
func insideTarget(
	ctx context.Context,
	env Env,
	c *catalog.Catalog,
	f *insideFlags,
	n probe.Network,
	search []string,
) (target, error) {
	if f.region != "" || f.registration != "" {
		return findTarget(ctx, env, c, &f.flags, n)
	}
	for _, name := range search {
		if id := regionOfSearch(name); id != "" {
			if r, err := c.Find(id); err == nil {
				return target{
					gaps: []string{
						env.words().
							Tell(words.Say("cli.gap.search-domain", words.Args{"domain": probe.Clean(name, 80)})),
					},
				}.in(
					c,
					r,
				), nil
			}
		}
	}
	const hint = "wsdoctor inside --region us-east-1"
	if f.planOnly {
		return target{}, badInput(
			words.Raw("wsdoctor inside --plan --region us-east-1"),
			words.Say("cli.bad.plan-without-region", words.Args{"service": metadataService.Addr()}),
		)
	}
	r, err := regionByMetadata(ctx, c, n)
	var end exitError
	switch {
	case errors.As(err, &end):
		return target{}, err
	case err != nil:
		return target{}, badInput(
			words.Raw(hint),
			words.Say("cli.bad.inside-without-region", words.Args{"why": words.Reason(err)}),
		)
	}
	return target{
		gaps: []string{env.words().Tell(words.Say("cli.gap.metadata", words.Args{"service": metadataService.Addr()}))},
	}.in(
		c,
		r,
	), nil
}

// regionOfSearch reads the Region from an instance's search domain:
// "eu-west-1.compute.internal", or "ec2.internal" in us-east-1 (Amazon VPC user
// guide, DNS attributes).
func regionOfSearch(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "ec2.internal" {
		return "us-east-1"
	}
	id, isCompute := strings.CutSuffix(name, ".compute.internal")
	if !isCompute || strings.Contains(id, ".") {
		return ""
	}
	return id
}

// widestManagement is the length of the widest range that AWS publishes; a
// company chooses a /16 (AWS WorkSpaces administration guide, port requirements).
const widestManagement = 8

// checkManagement reads the ranges of --management-cidr.
func (f *insideFlags) checkManagement(*plan.Options) error {
	f.chosen = nil
	for _, text := range f.management {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		const hint = "--management-cidr 172.30.0.0/16"
		switch {
		case err != nil:
			return badCIDR("--management-cidr", text, words.Raw(hint))
		case !p.Addr().Is4() || p.Bits() < widestManagement || nobodyElse(p.Addr()):
			return badInput(
				words.Raw(hint),
				words.Say("cli.bad.no-management-range", words.Args{"range": strconv.Quote(p.String())}),
			)
		}
		f.chosen = append(f.chosen, p.Masked())
	}
	return nil
}

// assumeDirectory: where nothing names the directory's DNS addresses, the
// resolvers in use stand in for them, because AWS puts the directory's first. This
// computer's own (a cache) is none.
func assumeDirectory(d *probe.DirectoryDetail, facts probe.HostFacts) {
	if len(d.DNS) > 0 {
		return
	}
	for _, s := range facts.Resolvers.Servers {
		if a := s.Addr(); !a.IsLoopback() && !slices.Contains(facts.Own, a) && !slices.Contains(d.DNS, a) {
			d.DNS = append(d.DNS, a)
		}
	}
	if len(d.DNS) > 0 {
		d.DNSSource = probe.ResolversInUse
	}
}
