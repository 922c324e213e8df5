// Package aws asks AWS for what package account wants to know, with the credentials that
// the command "aws" would take: profiles, single sign-on, the environment, roles, and
// those of an instance. It is the only package that knows the SDK, and it is linked into
// the administrator's program alone. It changes nothing, and holds no credential longer
// than the run.
//
// Whatever an answer holds is bounded and cleaned here.
package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/workspaces"

	"wsdoctor/internal/account"
	"wsdoctor/internal/words"
)

const (
	// attempts of a call, and the longest wait between two: with the standard retryer's
	// jitter three fit into the time that a call has.
	attempts = 3
	backoff  = 800 * time.Millisecond
	// credentialsTimeout bounds the search for credentials, which may ask a program, an
	// instance's metadata or a sign-in service.
	credentialsTimeout = 8 * time.Second
	// mostBytes of one answer are read: a page of any of the lists is far smaller.
	mostBytes = 8 << 20
)

// client implements account.API.
type client struct {
	workspaces *workspaces.Client
	directory  *directoryservice.Client
	ec2        *ec2.Client
	iam        *iam.Client
	cloudwatch *cloudwatch.Client
	cloudtrail *cloudtrail.Client
	sts        *sts.Client
}

var _ account.API = (*client)(nil)

// Side reaches AWS.
var Side = account.Side{Open: Open, Region: Region}

// Region implements account.Side: the environment's, or that of the profile.
func Region(ctx context.Context, profile string) (string, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
	if err != nil {
		return "", unusable(err, profile)
	}
	return cfg.Region, nil
}

// Open finds credentials and makes the API of a Region. The error is an
// *account.Unusable if they are of no use, or that of the context.
func Open(ctx context.Context, o account.Access) (account.API, error) {
	limited, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	load := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(s *retry.StandardOptions) { s.MaxAttempts, s.MaxBackoff = attempts, backoff })
		}),
		config.WithAPIOptions([]func(*stack) error{middleware.AddUserAgentKeyValue("wsdoctor", o.Version)}),
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Token != nil {
		load = append(load, config.WithAssumeRoleCredentialOptions(func(a *stscreds.AssumeRoleOptions) {
			a.TokenProvider = o.Token
		}))
	}
	cfg, err := config.LoadDefaultConfig(limited, load...)
	if err == nil {
		_, err = cfg.Credentials.Retrieve(limited)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, unusable(err, o.Profile)
	}
	return from(cfg, newPace(2, 5), newPace(2, 2)), nil
}

// from makes the clients of a configuration. The paces are those of WorkSpaces ("at most
// two a second", with a burst of five; troubleshooting page of the administration guide)
// and of LookupEvents (two a second; API reference).
func from(cfg aws.Config, desktops, events *pace) *client {
	if cfg.HTTPClient == nil { // the configuration names no bundle of authorities
		cfg.HTTPClient = awshttp.NewBuildableClient()
	}
	all := bounded{cfg.HTTPClient, nil}
	cfg.HTTPClient = all
	return &client{
		workspaces: workspaces.NewFromConfig(cfg, func(o *workspaces.Options) {
			o.HTTPClient = bounded{all.next, desktops}
		}),
		directory:  directoryservice.NewFromConfig(cfg),
		ec2:        ec2.NewFromConfig(cfg),
		iam:        iam.NewFromConfig(cfg),
		cloudwatch: cloudwatch.NewFromConfig(cfg),
		cloudtrail: cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
			o.HTTPClient = bounded{all.next, events}
		}),
		sts: sts.NewFromConfig(cfg),
	}
}

// bounded sends requests at a pace and reads no more of an answer than is sensible.
type bounded struct {
	next aws.HTTPClient
	pace *pace // nil: as they come
}

// Do implements aws.HTTPClient.
func (b bounded) Do(r *http.Request) (*http.Response, error) {
	if b.pace != nil {
		if err := b.pace.wait(r.Context()); err != nil {
			return nil, err
		}
	}
	answer, err := b.next.Do(r)
	if answer != nil && answer.Body != nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostBytes), answer.Body}
	}
	return answer, err
}

// unusable says why there are no credentials, and what users of "aws" do about it.
func unusable(err error, profile string) error {
	var missing config.SharedConfigProfileNotExistError
	var mfa config.AssumeRoleTokenProviderNotSetError
	var token *ssocreds.InvalidTokenError
	name := ""
	if profile != "" {
		name = " --profile " + profile
	}
	switch {
	case errors.As(err, &missing):
		return &account.Unusable{
			Problem: words.Say("account.bad.profile", words.Args{"profile": missing.Profile}),
			Hint:    words.Raw("aws configure list-profiles"), Cause: err,
		}
	case errors.As(err, &token), strings.Contains(err.Error(), "SSO"):
		return &account.Unusable{
			Problem: words.Say("account.bad.sso"), Hint: words.Raw("aws sso login" + name), Cause: err,
		}
	case errors.As(err, &mfa):
		return &account.Unusable{
			Problem: words.Say("account.bad.mfa"), Hint: words.Say("account.hint.mfa"), Cause: err,
		}
	}
	return &account.Unusable{
		Problem: words.Say("account.bad.credentials"), Hint: words.Say("account.hint.credentials"), Cause: err,
	}
}
