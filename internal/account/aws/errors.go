package aws

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// What the services call an error ("Common error types" of each API's reference, and the
// list of EC2's error codes).
var (
	denied = []string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "NotAuthorized",
		"AuthorizationError", "OptInRequired",
	}
	unwelcome = []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure",
		"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "InvalidAccessKeyId",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature",
		"IncompleteSignatureException", "InvalidToken",
	}
	absent = []string{
		"NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException", "EntityDoesNotExistException",
		"NatGatewayNotFound",
	}
)

// because makes the error of an action.
func because(ctx context.Context, action string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure, message := classify(err)
	return &account.Error{Action: action, Failure: failure, Message: text(message)}
}

func classify(err error) (probe.Failure, string) {
	var said smithy.APIError
	if errors.As(err, &said) {
		return ofCode(said.ErrorCode()), said.ErrorMessage()
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var late net.Error
	var odd *smithy.DeserializationError
	switch {
	case strings.Contains(err.Error(), "get identity: get credentials"):
		return probe.CredentialsInvalid, ""
	case errors.As(err, &dns) && dns.IsNotFound:
		return probe.DNSNXDomain, ""
	case errors.As(err, &dns):
		return probe.DNSTemporary, ""
	case errors.As(err, &certificate):
		return probe.TLSUnknownAuthority, ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return probe.ConnectionRefused, ""
	case errors.Is(err, syscall.ECONNRESET):
		return probe.ConnectionReset, ""
	case errors.As(err, &late) && late.Timeout():
		return probe.Timeout, ""
	case errors.As(err, &odd):
		return probe.MalformedReply, ""
	}
	return probe.HTTPRequestFailed, ""
}

func ofCode(code string) probe.Failure {
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	switch {
	case slices.Contains(denied, code):
		return probe.AccessDenied
	case slices.Contains(unwelcome, code):
		return probe.CredentialsInvalid
	case throttled:
		return probe.Throttled
	case slices.Contains(absent, code), strings.HasSuffix(code, ".NotFound"):
		return probe.NotFound
	}
	return probe.ServiceError
}
