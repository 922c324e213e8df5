package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
)

// offerAccount gives a run the flag for a report of `wsdoctor account`, whose settings it
// goes by.
func (f *flags) offerAccount(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.account, "account", "", "cli.flag.account")
}

// accountReport reads the report that --account names; nil without it.
func accountReport(ctx context.Context, env Env, name string) (*report.Report, error) {
	if name == "" {
		return nil, nil
	}
	r, err := readReport(ctx, env, name)
	if err != nil {
		return nil, err
	}
	again := words.Say("cli.hint.merge.account")
	switch {
	case r.Run.Vantage != probe.InAccount:
		return nil, badInput(again, words.Say("cli.bad.no-account-report", words.Args{"file": argument(name)}))
	case r.IsRedacted():
		return nil, badInput(again, words.Say("cli.bad.account-redacted", words.Args{"file": argument(name)}))
	}
	return &r, nil
}

// goByAccount gives the flags of a run that the user did not give what the account's
// report says, over what the company's policy does.
func (f *flags) goByAccount(cmd *cobra.Command, env Env) (account.Settings, error) {
	r, err := accountReport(cmd.Context(), env, f.account)
	if err != nil || r == nil {
		return account.Settings{}, err
	}
	f.beside = r
	s, region := account.SettingsOf(r.Observations), r.Target.Region
	if cmd.Flags().Changed("region") && region != "" && !strings.EqualFold(f.region, region) {
		return s, badInput(
			words.Raw("--region "+region),
			words.Say("cli.bad.account-other-region", words.Args{"region": strconv.Quote(f.region), "account": region}),
		)
	}
	set := func(flag, value string, to *string) {
		if value != "" && cmd.Flags().Lookup(flag) != nil && !given(cmd, flag) {
			*to = value
		}
	}
	set("region", region, &f.region)
	set("protocol", string(s.Protocol), &f.protocol)
	set("directory-id", s.DirectoryID, &f.directoryID)
	set("domain", s.Domain, &f.domain)
	if s.Protocol != probe.PCoIP {
		set("gateway", s.Host, &f.gateway)
	}
	if !given(cmd, "directory-dns") && len(s.DNS) > 0 {
		f.directoryDNS = nil
		for _, a := range s.DNS {
			f.directoryDNS = append(f.directoryDNS, a.String())
		}
	}
	if cmd.Flags().Lookup("allowed-cidr") != nil && !given(cmd, "allowed-cidr") && len(s.AllowedCIDRs) > 0 {
		f.allowedCIDR = s.AllowedCIDRs
	}
	if s.FIPS {
		f.known = append(f.known, words.Say("cli.gap.fips", words.Args{"directory": s.DirectoryID}))
	}
	if s.Endpoint != "" && s.Protocol != probe.PCoIP {
		f.known = append(f.known, words.Say("cli.gap.vpc-endpoint", words.Args{"endpoint": s.Endpoint, "host": s.Host}))
	}
	return s, nil
}

// drawnWith draws a run's report together with the account's, as merge joins them. Where
// they do not join, because they are of two WorkSpaces, the run's is drawn alone.
func drawnWith(env Env, beside report.Report) func(report.Report) architecture.Drawing {
	opt := joining(env, merge.Options{AnyAge: true})
	beside = rejudged(env.words(), beside)
	return func(r report.Report) architecture.Drawing {
		if joined, err := merge.Merge([]report.Report{r, beside}, opt); err == nil {
			if d, drawn := architecture.Joined(joined); drawn {
				return d
			}
		}
		return architecture.Of(r)
	}
}
