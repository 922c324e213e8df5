package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// offerAccount gives a run the flag for a report of `wsdoctor account`, whose settings it
// goes by.
func (f *flags) offerAccount(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.account, "account", "", "cli.flag.account")
}

// settingsOf reads the settings out of the report that --account names; none without it.
// The Region is the report's.
func settingsOf(ctx context.Context, env Env, name string) (s account.Settings, region string, err error) {
	if name == "" {
		return s, "", nil
	}
	r, err := readReport(ctx, env, name)
	if err != nil {
		return s, "", err
	}
	again := words.Say("cli.hint.merge.account")
	switch {
	case r.Run.Vantage != probe.InAccount:
		return s, "", badInput(again, words.Say("cli.bad.no-account-report", words.Args{"file": argument(name)}))
	case r.IsRedacted():
		return s, "", badInput(again, words.Say("cli.bad.account-redacted", words.Args{"file": argument(name)}))
	}
	return account.SettingsOf(r.Observations), r.Target.Region, nil
}

// goByAccount gives the flags of a run that the user did not give what the account's
// report says, over what the company's policy does.
func (f *flags) goByAccount(cmd *cobra.Command, env Env) (account.Settings, error) {
	s, region, err := settingsOf(cmd.Context(), env, f.account)
	if err != nil || f.account == "" {
		return s, err
	}
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
