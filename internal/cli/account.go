package cli

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"wsdoctor/internal/account"
	"wsdoctor/internal/catalog"
	rules "wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// accountTimeout is the hard limit of a walk through an account: a dozen calls, some of
// which may be to another continent.
const accountTimeout = 30 * time.Second

// quickSetup is what --expect can say.
const quickSetup = "quick-setup"

// accountFlags are the flags of `account` as typed, and what was read of them.
type accountFlags struct {
	flags
	user, workspace         string
	profile, expect, system string
	egress                  []string
	all, browse             bool

	question account.Question
}

// accountCommand reads what the AWS account knows of a user's WorkSpace.
func accountCommand(env Env) *cobra.Command {
	f := accountFlags{}
	cmd := &cobra.Command{
		Use:   "account",
		Short: "cli.help.account.short",
		Long:  "cli.help.account.long",
		Example: "  wsdoctor account --region tokyo --user jdoe --egress 203.0.113.7\n" +
			"  wsdoctor account --region us-east-1 --directory-id d-906734e1b2 --user jdoe -o json\n" +
			"  wsdoctor account --region us-east-1 --user jdoe --browse\n" +
			"  wsdoctor account --region us-east-1 --workspace ws-8a1b2c3d4 --profile helpdesk --plan\n" +
			"  wsdoctor account policy",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return readAccount(cmd.Context(), env, f)
		},
	}
	s := cmd.Flags()
	s.StringVar(&f.region, "region", "", "cli.flag.region")
	s.StringVar(&f.registration, "registration", "", "cli.flag.registration")
	s.StringVar(&f.directoryID, "directory-id", "", "cli.flag.directory-id")
	s.StringVar(&f.user, "user", "", "cli.flag.user")
	s.StringVar(&f.workspace, "workspace", "", "cli.flag.workspace")
	s.StringSliceVar(&f.egress, "egress", nil, "cli.flag.egress")
	s.StringVar(&f.system, "system", "", "cli.flag.system")
	s.StringVar(&f.protocol, "protocol", string(probe.BothProtocols), "cli.flag.protocol")
	s.StringVar(&f.symptom, "symptom", "", "cli.flag.symptom")
	s.StringVar(&f.profile, "profile", "", "cli.flag.profile")
	s.BoolVar(&f.all, "all", false, "cli.flag.all-calls")
	s.StringVar(&f.expect, "expect", "", "cli.flag.expect")
	s.DurationVar(&f.timeout, "timeout", accountTimeout, "cli.flag.timeout")
	s.BoolVar(&f.planOnly, "plan", false, "cli.flag.plan")
	offerBrowse(cmd, &f.browse)
	offerPolicy(cmd)
	f.aboutFlags.register(cmd)
	f.output.register(cmd, env)
	cmd.AddCommand(accountPolicyCommand(env))
	return cmd
}

// accountPolicyCommand prints what an administrator has to permit.
func accountPolicyCommand(env Env) *cobra.Command {
	var region string
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "cli.help.account-policy.short",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("region") {
				c, err := catalog.Load()
				if err != nil {
					return err
				}
				r, err := c.Find(region)
				if err != nil {
					return regionError(err)
				}
				region = r.ID
			}
			text, err := account.Policy(region)
			if err == nil {
				_, err = env.Stdout.Write(text)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&region, "region", "", "cli.flag.policy-region")
	return cmd
}

// readAccount validates everything first, so that bad input costs no call, then walks
// through the account, judges and prints. A program without the account's side hands all
// of it over to the one that has it.
func readAccount(ctx context.Context, env Env, f accountFlags) error {
	started := time.Now()
	opt, err := f.checkAccount()
	if err != nil {
		return err
	}
	f.browse = f.browse && !f.planOnly
	if f.browse {
		if err := browsable(env, f.output, words.Raw("wsdoctor account --region us-east-1 --user jdoe -v")); err != nil {
			return err
		}
	}
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	where, err := f.accountTarget(ctx, env, c)
	if _, found := findBeside(accountProgram); errors.Is(err, errNoRegion) && env.Account == nil && found {
		return handOver(ctx, env) // it can read the configuration of "aws"
	}
	if err != nil {
		return err
	}
	f.question.Region = where.region.ID
	s := f.session(env, opt, where, started)
	limited, cancel := withLimit(ctx, started, opt)
	defer cancel()
	if f.planOnly {
		return s.carryOut(ctx, limited, env, f.flags)
	}
	if env.Account == nil {
		return handOver(ctx, env)
	}
	showing := false
	api, err := env.Account.Open(limited, account.Access{
		Region: where.region.ID, Profile: f.profile, Version: version().Version,
		Token: untilShown(askToken(env), &showing),
	})
	if err != nil {
		return accountError(ctx, err)
	}
	if f.browse {
		showing = true
		return browseAccount(ctx, env, f, opt, where, api)
	}
	return s.walking(api, f.question).carryOut(ctx, limited, env, f.flags)
}

// session is a run that asks the account.
func (f *accountFlags) session(env Env, opt plan.Options, where target, started time.Time) session {
	return session{
		words:   env.words(),
		policy:  env.Policy,
		vantage: probe.InAccount,
		started: started,
		demo:    simulated(env),
		about:   f.about,
		target: report.Target{
			Region:       where.region.ID,
			Protocol:     opt.Protocol,
			DirectoryID:  opt.DirectoryID,
			Registration: where.registration,
			Symptom:      f.symptom,
		},
		plan: account.Plan(f.question, f.timeout),
		gaps: where.gaps,
	}
}

// walking is the session that asks a question of an account, in place of its plan.
func (s session) walking(api account.API, q account.Question) session {
	s.most = q.Most()
	s.plan.Notes = nil // they are about what will be, and a report tells what was
	s.walk = func(ctx context.Context, tell func(run.Event)) ([]words.Text, error) {
		gaps, err := account.Walk(ctx, api, q, func(e account.Event) {
			tell(run.Event{Kind: kinds[e.Kind], Step: e.Step, Observation: e.Observation})
		})
		return gaps, accountError(ctx, err)
	}
	return s
}

// kinds are those of a walk's events in a run.
var kinds = map[account.Kind]run.Kind{
	account.Started: run.StepStarted, account.Observed: run.Observed, account.Done: run.StepDone,
}

// accountError tells what users of "aws" can do about it.
func accountError(ctx context.Context, err error) error {
	var unusable *account.Unusable
	var refused *account.Error
	var several *account.ErrSeveral
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return exitError(layer.ExitInterrupted)
	case errors.As(err, &unusable):
		return badInput(unusable.Hint, unusable.Problem)
	case errors.As(err, &refused):
		return badInput(words.Say("account.hint.refused"), words.Say("account.bad.refused"))
	case errors.As(err, &several):
		const most = 10 // shown
		ids := several.IDs[:min(len(several.IDs), most)]
		return badInput(flagged("--directory-id ", ids[:1]), words.Say("account.bad.several", words.Args{"ids": ids}))
	}
	return err
}

// checkAccount looks at everything that needs no network and no catalog.
func (f *accountFlags) checkAccount() (plan.Options, error) {
	return f.through(f.checkProtocol, f.checkTimeout, f.checkSymptom, f.checkQuestion, f.checkAbout,
		func(*plan.Options) error { return f.checkOutput() })
}

// The forms of identifiers (WorkSpaces API reference, DirectoryId and WorkspaceId).
var (
	registeredForm = regexp.MustCompile(`^(d-[0-9a-f]{8,63}|wsd-[0-9a-z]{8,63})$`)
	workspaceForm  = regexp.MustCompile(`^ws-[0-9a-z]{8,63}$`)
)

// longestUser is the most that the name of a directory's user may have, and some.
const longestUser = 128

func systemNames() (names []string) {
	for _, d := range rules.Devices {
		names = append(names, d.System)
	}
	return names
}

// checkQuestion reads whom the administrator asks about.
func (f *accountFlags) checkQuestion(*plan.Options) error {
	q := &f.question
	q.All, q.Symptom = f.all, f.symptom
	if q.DirectoryID = strings.ToLower(f.directoryID); q.DirectoryID != "" && !registeredForm.MatchString(q.DirectoryID) {
		return badInput(words.Raw("--directory-id d-906734e1b2"),
			words.Say("cli.bad.directory-id", words.Args{"text": shownText(f.directoryID)}))
	}
	if q.WorkspaceID = strings.ToLower(f.workspace); q.WorkspaceID != "" && !workspaceForm.MatchString(q.WorkspaceID) {
		return badInput(words.Raw("--workspace ws-8a1b2c3d4"),
			words.Say("cli.bad.workspace-id", words.Args{"text": shownText(f.workspace)}))
	}
	if q.User = f.user; q.User != probe.Clean(q.User, longestUser) {
		return badInput(words.Raw("--user jdoe"), words.Say("cli.bad.user", words.Args{"text": shownText(f.user)}))
	}
	if f.expect != "" && f.expect != quickSetup {
		return badInput(words.Raw("--expect "+quickSetup),
			words.Say("cli.bad.expect", words.Args{"text": shownText(f.expect)}))
	}
	q.Expect = f.expect
	if err := f.checkSystem(); err != nil {
		return err
	}
	return f.checkEgress()
}

func (f *accountFlags) checkSystem() error {
	if f.system == "" {
		return nil
	}
	name := strings.ToLower(f.system)
	if slices.Contains(systemNames(), name) {
		f.question.System = name
		return nil
	}
	near := spelling.Nearest(name, systemNames())
	if len(near) == 0 {
		near = systemNames()
	}
	return badInput(flagged("--system ", near), words.Say("cli.bad.system", words.Args{"text": shownText(f.system)}))
}

// checkEgress reads the addresses that AWS sees of the user: private ones it never does.
func (f *accountFlags) checkEgress() error {
	f.question.Egress = nil
	for _, text := range f.egress {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil || nobodyElse(a.Unmap()) || a.Unmap().IsPrivate() {
			return badInput(words.Raw("--egress 203.0.113.7"), words.Say("cli.bad.egress", words.Args{"text": shownText(text)}))
		}
		if a = a.Unmap(); !slices.Contains(f.question.Egress, a) {
			f.question.Egress = append(f.question.Egress, a)
		}
	}
	return nil
}

// errNoRegion says that nothing names a Region.
var errNoRegion = badInput(words.Raw("wsdoctor account --region us-east-1"), words.Say("cli.bad.account-region"))

// accountTarget takes the Region from --region, the registration code, or the environment
// and the configuration as "aws" does.
func (f *accountFlags) accountTarget(ctx context.Context, env Env, c *catalog.Catalog) (t target, err error) {
	id := f.region
	if f.registration != "" {
		code, err := c.ParseRegistration(f.registration)
		if err != nil {
			return t, registrationError(err)
		}
		t.registration = code.Redacted()
		f.question.Registration, f.question.Alias = code.Code, code.Kind == catalog.KindFQDN
		if id == "" {
			id = code.Region
		} else if r, err := c.Find(id); err == nil && code.Region != "" && code.Region != r.ID {
			return t, badInput(words.Say("cli.hint.leave-one", words.Args{"region": r.ID}),
				words.Say("cli.bad.regions-differ", words.Args{"code": code.Region, "region": r.ID}))
		}
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if id == "" {
			id = env.Getenv(name)
		}
	}
	if id == "" && env.Account != nil {
		if id, err = env.Account.Region(ctx, f.profile); err != nil {
			return t, accountError(ctx, err)
		}
	}
	if id == "" {
		return t, errNoRegion
	}
	r, err := c.Find(id)
	if err != nil {
		return t, regionError(err)
	}
	return t.in(c, r), nil
}

// untilShown asks for a code of the second factor as long as the interface is not showing,
// which has the terminal to itself; nil where nobody can be asked.
func untilShown(ask func() (string, error), showing *bool) func() (string, error) {
	if ask == nil {
		return nil
	}
	return func() (string, error) {
		if *showing {
			return "", words.Fail(words.Say("cli.bad.token-late"))
		}
		return ask()
	}
}

// askToken asks for a code of the second factor where somebody is there to be asked; nil
// otherwise.
func askToken(env Env) func() (string, error) {
	if !isTerminalStream(env.Stdin) || !isTerminalStream(env.Stderr) || !isTerminalStream(env.Stdout) {
		return nil
	}
	return func() (string, error) {
		prompt := env.words().Tell(words.Say("cli.token")) + " "
		if _, err := env.Stderr.Write([]byte(prompt)); err != nil {
			return "", err
		}
		file := env.Stdin.(interface{ Fd() uintptr })
		b, err := term.ReadPassword(int(file.Fd()))
		env.Stderr.Write([]byte("\n"))
		return strings.TrimSpace(string(b)), err
	}
}
