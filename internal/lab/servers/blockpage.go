package servers

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/netip"
)

// BlockPage is a DNS filter's page: whatever name it is asked for, it signs a
// certificate for it and says that the page is blocked.
type BlockPage struct {
	Stack Stack
	CA    *Authority
}

// Serve answers HTTPS at an address.
func (p *BlockPage) Serve(at netip.AddrPort) error {
	l, err := p.Stack.Listen(at)
	if err != nil {
		return err
	}
	s := &http.Server{
		ErrorLog:    quiet,
		ReadTimeout: patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(
				w,
				"<!doctype html><title>This site is blocked</title><p>This site is blocked due to content filtering.</p>",
			)
		}),
	}
	go func() { _ = s.Serve(tls.NewListener(l, p.CA.ServerConfig(0))) }()
	return nil
}
