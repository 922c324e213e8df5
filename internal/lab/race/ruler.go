//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"wsdoctor/internal/catalog"
)

// rulerArgument makes this program the ruler: run in the simulated network, it
// measures what no program there can undercut.
const rulerArgument = "__race_ruler"

func isRuler() bool { return len(os.Args) == 2 && os.Args[1] == rulerArgument }

// ruler is what was measured, in milliseconds.
type ruler struct {
	RTT   float64 `json:"rtt_ms"`   // median of TCP connects
	Chain float64 `json:"chain_ms"` // name, TCP, TLS 1.3, HTTP, by Go's own client
}

// connects is how many round trips are measured.
const connects = 5

// rulerPatience bounds the whole measurement.
const rulerPatience = 10 * time.Second

func rulerMain(out io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), rulerPatience)
	defer cancel()
	r, err := measure(ctx)
	if err == nil {
		err = json.NewEncoder(out).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ruler:", err)
		return exitNotRun
	}
	return exitMet
}

// measure asks the broker as the client would. The first connection also
// resolves the router's address, on a wire without delay.
func measure(ctx context.Context) (ruler, error) {
	c, err := catalog.Load()
	if err != nil {
		return ruler{}, err
	}
	region, err := c.Find(raceRegion)
	if err != nil {
		return ruler{}, err
	}
	broker, known := region.Endpoint("broker")
	if !known {
		return ruler{}, fmt.Errorf("the catalog has no broker in %s", raceRegion)
	}
	chain, err := timeChain(ctx, "https://"+broker.Host+broker.Path)
	if err != nil {
		return ruler{}, err
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", broker.Host)
	if err != nil {
		return ruler{}, err
	}
	var trips []float64
	for range connects {
		start := time.Now()
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(addresses[0].Unmap().String(), "443"))
		if err != nil {
			return ruler{}, err
		}
		trips = append(trips, milliseconds(time.Since(start)))
		conn.Close()
	}
	slices.Sort(trips)
	return ruler{RTT: trips[len(trips)/2], Chain: milliseconds(chain)}, nil
}

func timeChain(ctx context.Context, url string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	return time.Since(start), err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
