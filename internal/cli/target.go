package cli

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// target is the Region of a run and how it was found.
type target struct {
	region       catalog.Region
	management   []netip.Prefix // where eth0 of a WorkSpace of the Region may lie
	borrowed     bool           // they are other Regions', because this one's are not published
	registration string         // redacted code, empty if none was used
	gaps         []string
}

// in gives the target with its Region.
func (t target) in(c *catalog.Catalog, r catalog.Region) target {
	t.region = r
	t.management, t.borrowed = c.Management(r)
	return t
}

// ways lists how a Region can be named; the hint of every error about it.
func ways() words.Text { return words.Say("cli.hint.ways") }

// aliasTimeout bounds the TXT question of an FQDN registration code, which
// comes before the run: without the Region there is no plan. It gets half of the
// time limit at most.
const aliasTimeout = 4 * time.Second

// findTarget takes the Region from --region, else the registration code, else
// what the installed client left on this machine.
func findTarget(ctx context.Context, env Env, c *catalog.Catalog, f *flags, n probe.Network) (target, error) {
	var t target
	var code catalog.Registration
	if f.registration != "" {
		var err error
		if code, err = c.ParseRegistration(f.registration); err != nil {
			return t, registrationError(err)
		}
		t.registration = code.Redacted()
	}
	switch {
	case f.region != "":
		r, err := c.Find(f.region)
		if err != nil {
			return t, regionError(err)
		}
		t = t.in(c, r)
		if code.Region != "" && code.Region != r.ID {
			return t, badInput(
				words.Say("cli.hint.leave-one", words.Args{"region": r.ID}),
				words.Say("cli.bad.regions-differ", words.Args{"code": code.Region, "region": r.ID}),
			)
		}
		return t, nil
	case f.registration != "":
		return t.byCode(ctx, env, c, f, n, code)
	}
	return t.byClient(ctx, env, c, f, n)
}

func (t target) byCode(
	ctx context.Context,
	env Env,
	c *catalog.Catalog,
	f *flags,
	n probe.Network,
	code catalog.Registration,
) (target, error) {
	id := code.Region
	if code.Kind == catalog.KindFQDN {
		if f.planOnly {
			return t, badInput(words.Raw("--plan --region us-east-1"), words.Say("cli.bad.plan-alias"))
		}
		var err error
		if id, err = askAlias(ctx, min(aliasTimeout, f.timeout/2), c, n, code.Code); err != nil {
			return t, err
		}
	}
	r, err := c.Find(id)
	if err != nil {
		return t, regionError(err)
	}
	if code.Kind == catalog.KindRegion && code.Confidence != "high" {
		t.gaps = append(t.gaps, env.words().Tell(words.Say("cli.gap.inferred", words.Args{"region": r.ID})))
	}
	return t.in(c, r), nil
}

// askAlias asks for the TXT record of a connection alias. Its errors do not
// repeat the name, which is a registration code.
func askAlias(
	ctx context.Context,
	patience time.Duration,
	c *catalog.Catalog,
	n probe.Network,
	name string,
) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	texts, err := n.ResolveTXT(limited, name)
	if ctx.Err() != nil {
		return "", exitError(layer.ExitInterrupted)
	}
	if err != nil {
		why := words.Say("cli.bad.resolver")
		var dns *net.DNSError
		if errors.As(err, &dns) {
			why = words.Raw(dns.Err)
		}
		return "", badInput(ways(), words.Say("cli.bad.alias", words.Args{"why": why}))
	}
	for _, text := range texts {
		if id, err := c.ParseAliasText(text); err == nil {
			return id, nil
		}
	}
	return "", badInput(words.Say("cli.hint.region-of-alias"), words.Say("cli.bad.alias-region"))
}

func (t target) byClient(ctx context.Context, env Env, c *catalog.Catalog, f *flags, n probe.Network) (target, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return t, badInput(ways(), words.Say("cli.bad.no-home"))
	}
	entries, gaps := client.Registrations(home, env.Getenv, runtime.GOOS)
	t.gaps = env.words().All(gaps)
	choice, err := client.Default(c, entries)
	if err != nil {
		problem := words.Say("cli.bad.no-region", words.Args{"why": words.Reason(err)})
		if len(gaps) > 0 {
			problem = words.Say(
				"cli.bad.no-region-gaps",
				words.Args{"why": words.Reason(err), "gaps": strings.Join(t.gaps, "; ")},
			)
		}
		return t, badInput(ways(), problem)
	}
	t.registration = choice.Registration.Redacted()
	if !choice.Note.Empty() {
		t.gaps = append(t.gaps, env.words().Tell(choice.Note))
	}
	if choice.Region == "" {
		return t.byCode(ctx, env, c, f, n, choice.Registration)
	}
	r, err := c.Find(choice.Region)
	if err != nil {
		return t, regionError(err)
	}
	return t.in(c, r), nil
}

func regionError(err error) error {
	var unknown *catalog.UnknownRegion
	if errors.As(err, &unknown) && len(unknown.Suggestions) > 0 {
		return badInput(flagged("--region ", unknown.Suggestions), words.Reason(err))
	}
	return badInput(words.Say("cli.hint.regions"), words.Reason(err))
}

func registrationError(err error) error {
	var bad *catalog.BadRegistration
	if errors.As(err, &bad) {
		return badInput(bad.Hint, words.Reason(err))
	}
	return badInput(words.Say("cli.hint.registration"), words.Reason(err))
}

// routeAddress is an address a Region's endpoint is published at.
func routeAddress(r catalog.Region) netip.Addr {
	for _, e := range r.Endpoints {
		for _, a := range e.Addresses {
			if a.Is4() {
				return a
			}
		}
	}
	return anyAddress
}
