package servers

import (
	"io"
	"net/http"
	"net/netip"
	"time"
)

// token is what the metadata service hands out and wants back.
const token = "AQAAAL4FYW5kIG5vdGhpbmcgZWxzZQ=="

// Metadata serves the EC2 instance metadata service, version 2: a token is
// handed out for PUT, and every page wants it (EC2 user guide, "Use the Instance
// Metadata Service"). Its clock is so far ahead of this computer's, and it
// says that it is of that Region.
func Metadata(s Stack, at netip.AddrPort, region string, ahead time.Duration) error {
	l, err := s.Listen(at)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") == "" {
			http.Error(w, "400 - Bad Request", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, token)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-aws-ec2-metadata-token") != token {
			http.Error(w, "401 - Unauthorized", http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/latest/meta-data/placement/region" {
			_, _ = io.WriteString(w, region)
			return
		}
		_, _ = io.WriteString(w, "ami-id\nhostname\ninstance-id\nplacement/\n")
	})
	named := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "EC2ws")
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
	server := &http.Server{Handler: named, ErrorLog: quiet, ReadTimeout: patience}
	go func() { _ = server.Serve(l) }()
	return nil
}
