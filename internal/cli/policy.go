package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/policy"
	"wsdoctor/internal/words"
)

const (
	policyFlag = "policy"
	// noPolicy is the flag's value for nobody who wants the company's.
	noPolicy = "none"
)

// offerPolicy gives a command the flag for a policy; see applyPolicy.
func offerPolicy(cmd *cobra.Command) {
	cmd.Flags().String(policyFlag, "", "cli.flag.policy")
}

// applyPolicy reads the company's policy for a command that goes by one, and gives its
// flags the values that were laid down, but for those that the user gave.
func applyPolicy(cmd *cobra.Command, env Env) error {
	flag := cmd.Flags().Lookup(policyFlag)
	if flag == nil || env.Policy == nil {
		return nil
	}
	p, err := readPolicy(flag.Value.String(), env.ManagedPolicy)
	if err != nil || p == nil {
		return err
	}
	if err := checkPolicy(cmd.Context(), p); err != nil {
		return err
	}
	*env.Policy = *p
	for _, g := range p.Flags() {
		f := cmd.Flags().Lookup(g.Flag)
		if f == nil || given(cmd, g.Flag) {
			continue
		}
		for _, value := range g.Values {
			if g.Flag == "label" && labelGiven(cmd, value) {
				continue
			}
			if err := f.Value.Set(value); err != nil {
				return wrongPolicy(p, g.Key, err)
			}
		}
	}
	return nil
}

// given says whether the user gave a flag, or another one that says the same.
func given(cmd *cobra.Command, flag string) bool {
	switch flag {
	case "label":
		return false // each key by itself
	case "region", "registration":
		return cmd.Flags().Changed("region") || cmd.Flags().Changed("registration")
	}
	return cmd.Flags().Changed(flag)
}

// labelGiven says whether the user gave a label of that key.
func labelGiven(cmd *cobra.Command, label string) bool {
	key, _, _ := strings.Cut(label, "=")
	all, err := cmd.Flags().GetStringArray("label")
	return err == nil && slices.ContainsFunc(all, func(l string) bool { return strings.HasPrefix(l, key+"=") })
}

// readPolicy reads what was named, or else what the administrator laid down; nil: none.
func readPolicy(name string, managed func() ([]byte, string, error)) (*policy.Policy, error) {
	var b []byte
	var err error
	switch name {
	case noPolicy:
		return nil, nil
	case "":
		if b, name, err = managed(); err == nil && len(b) == 0 {
			return nil, nil
		}
	default:
		b, err = policy.ReadFile(name)
	}
	if err != nil {
		about := words.Args{"file": argument(name), "why": reason(err)}
		return nil, badInput(words.Raw("--policy FILE, --policy "+noPolicy), words.Say("cli.bad.policy-file", about))
	}
	p, err := policy.Parse(b)
	var wrong *policy.Wrong
	if errors.As(err, &wrong) {
		return nil, policyProblem(name, wrong.Place, wrong.Text, wrong.Hint)
	}
	if p != nil {
		p.From = name
	}
	return p, err
}

func policyProblem(file string, at policy.Place, why, hint words.Text) error {
	about := words.Args{"file": argument(file), "line": at.Line, "column": at.Column, "why": why}
	return badInput(hint.Or(words.Say("cli.hint.policy")), words.Say("cli.bad.policy", about))
}

// wrongPolicy says of a value that it cannot be used, and where it stands.
func wrongPolicy(p *policy.Policy, key string, err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return policyProblem(p.From, p.Places[key], usage.problem, usage.hint)
	}
	return policyProblem(p.From, p.Places[key], words.Reason(err), words.Text{})
}

// checkPolicy looks at each value alone, as at a flag's, so that a mistake is told where
// it stands.
func checkPolicy(ctx context.Context, p *policy.Policy) error {
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	for _, look := range []struct {
		key   string
		check func() error
	}{
		{"region", func() error {
			if p.Region == "" {
				return nil
			}
			if _, err := c.Find(p.Region); err != nil {
				return regionError(err)
			}
			return nil
		}},
		{"registration", func() error {
			if p.Registration == "" {
				return nil
			}
			if _, err := c.ParseRegistration(p.Registration); err != nil {
				return registrationError(err)
			}
			return nil
		}},
		{"protocol", func() error {
			if p.Protocol == "" {
				return nil
			}
			return (&flags{protocol: p.Protocol}).checkProtocol(&plan.Options{})
		}},
		{"directory_id", func() error { return (&flags{directoryID: p.DirectoryID}).checkDirectory(&plan.Options{}) }},
		{"directory_dns", func() error { return (&flags{directoryDNS: p.DirectoryDNS}).checkDirectory(&plan.Options{}) }},
		{"domain", func() error { return (&flags{domain: p.Domain}).checkDirectory(&plan.Options{}) }},
		{"allowed_cidrs", func() error {
			_, err := (&flags{allowedCIDR: p.AllowedCIDRs}).cidrs(ctx)
			return err
		}},
		{"proxy", func() error { return (&flags{proxy: p.Proxy}).checkProxy(nil) }},
	} {
		if err := look.check(); err != nil {
			return wrongPolicy(p, look.key, err)
		}
	}
	return nil
}

// policyNote says in a plan what was laid down; nothing without a policy.
func policyNote(p *policy.Policy) (notes []words.Text) {
	if p == nil || p.From == "" {
		return nil
	}
	var keys []string
	for _, g := range p.Flags() {
		keys = append(keys, g.Key)
	}
	return append(
		notes,
		words.Say(
			"plan.note.policy",
			words.Args{"file": p.From, "name": p.Name, "version": p.Version, "keys": strings.Join(keys, ", ")},
		),
	)
}

// ownerSays is who fixes what is wrong at a layer, and how the company reaches them.
func (e Env) ownerSays(l layer.Layer) (owner words.Text, steps []string) {
	o, has := e.Policy.OwnerOf(l.ID, l.Owner)
	owner = words.Owner(l.Owner)
	if has && o.Name != "" {
		owner = words.Raw(o.Name)
	}
	return owner, e.words().All(o.Steps(e.words().Tell(owner)))
}
