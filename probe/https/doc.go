// Package https asks one web address one question and writes down every stage
// of it: TCP connect, TLS handshake, HTTP answer, or the same by way of a web
// proxy. What is sent is a GET for the target's path that holds nothing
// private: no cookie, no credential, no query of its own.
//
// Each stage is one observation. A stage that fails is the last one; redirects
// are written down and never followed; nothing is sent over a TLS connection
// that did not verify. An answer of the wrong kind is a failure of the
// http_get observation alone: what it means is for the rules to say.
//
// Everything from the peer is bounded (256 KiB of handshake, 32 KiB of header,
// 16 KiB of body, seconds of time) and cleaned before it is kept.
package https
