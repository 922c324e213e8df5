// Package fake plays the APIs of AWS over HTTP, in the formats in which AWS speaks them,
// and answers from a world. It is for tests: what the program reads through the SDK must
// be what the world holds. It knows neither the SDK nor how the program reads.
package fake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/probe"
)

// Server answers as AWS would.
type Server struct {
	World   *world.World
	Latency time.Duration // before each answer
	Page    int           // elements of a page at most; 0: as many as AWS gives
	// Codes are errors by the action's name, in the service's own words. They come before
	// the world's failures.
	Codes map[string]string
	// Times are for how many calls an error of Codes is given; 0: all.
	Times map[string]int

	mu    sync.Mutex
	calls []Call
}

// Call is a request that came.
type Call struct {
	Action string
	Agent  string // User-Agent
	Key    string // of the credentials that signed it
	At     time.Time
}

// Calls are those that came so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// wire is how a service speaks.
type wire int

const (
	jsonRPC wire = iota
	query
	ec2Query
	cborRPC
)

// request is one that was read.
type request struct {
	wire   wire
	action string
	body   map[string]any // of JSON and CBOR
	form   url.Values     // of a query
}

const mostBytes = 1 << 20

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, mostBytes))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q, err := read(r, b)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.calls = append(s.calls, Call{q.action, r.UserAgent(), keyOf(r), time.Now()})
	code := s.Codes[q.action]
	if left, limited := s.Times[q.action]; limited && code != "" {
		if s.Times[q.action]--; left <= 0 {
			code = ""
		}
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.Latency):
	case <-r.Context().Done():
		return
	}
	if code == "" {
		code = codes[s.World.Fails[q.action]][q.wire]
	}
	if code == hangs {
		<-r.Context().Done()
		return
	}
	if code != "" {
		refuse(w, q, code)
		return
	}
	answer, known := answers[q.action]
	if !known {
		refuse(w, q, "UnknownOperationException")
		return
	}
	body, err := answer(r.Context(), s, q)
	switch {
	case isMissing(err):
		refuse(w, q, codes[probe.NotFound][q.wire])
	case err != nil:
		refuse(w, q, "InternalFailure")
	default:
		w.Header().Set("Content-Type", contents[q.wire])
		if q.wire == cborRPC {
			w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		}
		w.Write(body)
	}
}

func isMissing(err error) bool {
	var e *account.Error
	return errors.As(err, &e) && e.Failure == probe.NotFound
}

// keyOf is the access key of the signature (Signature Version 4, "Authorization").
func keyOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

// hangs is the code of a call that is never answered.
const hangs = "-"

// Hangs is for Codes.
const Hangs = hangs

var contents = map[wire]string{
	jsonRPC: "application/x-amz-json-1.1", query: "text/xml", ec2Query: "text/xml;charset=UTF-8",
	cborRPC: "application/cbor",
}

// codes are what services call a failure of a world.
var codes = map[probe.Failure]map[wire]string{
	probe.AccessDenied: {
		jsonRPC: "AccessDeniedException", query: "AccessDenied", ec2Query: "UnauthorizedOperation", cborRPC: "AccessDenied",
	},
	probe.Throttled: {
		jsonRPC: "ThrottlingException", query: "Throttling", ec2Query: "RequestLimitExceeded", cborRPC: "Throttling",
	},
	probe.CredentialsInvalid: {
		jsonRPC: "ExpiredTokenException", query: "ExpiredToken", ec2Query: "RequestExpired", cborRPC: "ExpiredToken",
	},
	probe.NotFound: {
		jsonRPC: "EntityDoesNotExistException", query: "NoSuchEntity", ec2Query: "InvalidID.NotFound",
		cborRPC: "ResourceNotFound",
	},
	probe.ServiceError: {
		jsonRPC: "InvalidParameterValuesException", query: "ValidationError", ec2Query: "InvalidParameterValue",
		cborRPC: "InvalidParameterValue",
	},
	probe.Timeout: {jsonRPC: hangs, query: hangs, ec2Query: hangs, cborRPC: hangs},
}

// targets are the prefixes of the header that names an action, and the services.
var targets = map[string]string{
	"GraniteServiceVersion20100801": "cloudwatch",
	"WorkspacesService":             "workspaces", "DirectoryService_20150416": "ds",
	"CloudTrail_20131101": "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}

// versions are those of the query protocol, and the services.
var versions = map[string]string{"2011-06-15": "sts", "2010-05-08": "iam", "2016-11-15": "ec2"}

func read(r *http.Request, b []byte) (request, error) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		cut := strings.LastIndexByte(target, '.')
		q := request{wire: jsonRPC, action: targets[target[:max(cut, 0)]] + ":" + target[cut+1:]}
		return q, decodeJSON(b, &q.body)
	}
	if r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
		parts := strings.Split(r.URL.Path, "/")
		q := request{wire: cborRPC, action: "cloudwatch:" + parts[len(parts)-1]}
		return q, cbor.Unmarshal(b, &q.body)
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return request{}, err
	}
	service := versions[form.Get("Version")]
	if service == "" {
		return request{}, errors.New("an unknown version: " + form.Get("Version"))
	}
	q := request{wire: query, action: service + ":" + form.Get("Action"), form: form}
	if service == "ec2" {
		q.wire = ec2Query
	}
	return q, nil
}

// refuse gives an error in the service's own form.
func refuse(w http.ResponseWriter, q request, code string) {
	status := http.StatusBadRequest
	switch code {
	case "UnauthorizedOperation", "AccessDenied", "ExpiredToken", "NoSuchEntity":
		status = http.StatusForbidden
	case "RequestLimitExceeded":
		status = http.StatusServiceUnavailable
	case "InternalFailure":
		status = http.StatusInternalServerError
	}
	const message = "said by the service"
	w.Header().Set("Content-Type", contents[q.wire])
	var body []byte
	switch q.wire {
	case jsonRPC:
		body = encodeJSON(object{"__type": code, "message": message})
	case cborRPC:
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		body, _ = cbor.Marshal(object{"__type": code, "message": message})
	case query:
		body = document(tag("ErrorResponse", tag("Error", leaf("Type", "Sender"), leaf("Code", code),
			leaf("Message", message)), leaf("RequestId", "0")))
	case ec2Query:
		body = document(tag("Response", tag("Errors", tag("Error", leaf("Code", code), leaf("Message", message))),
			leaf("RequestID", "0")))
	}
	w.WriteHeader(status)
	w.Write(body)
}

// answer makes the body of an answer.
type answer func(context.Context, *Server, request) ([]byte, error)

// answers are all actions that are played.
var answers = merged(jsonAnswers, queryAnswers, ec2Answers, cborAnswers)

func merged(all ...map[string]answer) map[string]answer {
	whole := map[string]answer{}
	for _, m := range all {
		for action, a := range m {
			whole[action] = a
		}
	}
	return whole
}

// api is the world without what fails, which was looked at already.
func (s *Server) api() world.API {
	sound := *s.World
	sound.Fails = nil
	return world.API{World: &sound}
}
